//! Certificates and the servers that are configured with them.

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;

use common::PATIENCE;
use nats_server::tls::{Certificates, Identity};
use nats_server::{configs, run_server_with_config_text, version};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};

type Tls = StreamOwned<ClientConnection, TcpStream>;

fn certificates_of(path: &Path) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_file_iter(path)
        .expect("the file is there")
        .collect::<Result<_, _>>()
        .expect("the file is PEM")
}

fn client_config(ca: &Path, identity: Option<&Identity>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    for certificate in certificates_of(ca) {
        roots.add(certificate).expect("a certificate");
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has all versions")
        .with_root_certificates(roots);
    match identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let key = PrivateKeyDer::from_pem_file(&identity.key).expect("a key in PEM");
            builder
                .with_client_auth_cert(certificates_of(&identity.certificate), key)
                .expect("key and certificate belong together")
        }
    }
}

fn tcp(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("the server listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("an own socket");
    stream
}

fn info(stream: &mut impl Read) -> String {
    let mut line = String::new();
    // One byte at a time: what follows is not ours to read.
    BufReader::with_capacity(1, stream)
        .read_line(&mut line)
        .expect("the server speaks");
    line
}

fn wrap(stream: TcpStream, config: ClientConfig, name: &str) -> Tls {
    let name = ServerName::try_from(name.to_owned()).expect("a name or an address");
    let connection = ClientConnection::new(Arc::new(config), name).expect("a good configuration");
    StreamOwned::new(connection, stream)
}

/// INFO, the handshake, CONNECT and PING; what the server answers in the end.
fn greet(port: u16, config: ClientConfig, name: &str) -> std::io::Result<String> {
    let mut stream = tcp(port);
    let line = info(&mut stream);
    assert!(line.contains("\"tls_required\":true"), "{line}");
    talk(wrap(stream, config, name))
}

fn talk(mut stream: Tls) -> std::io::Result<String> {
    stream.write_all(b"CONNECT {\"verbose\":false}\r\nPING\r\n")?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(line)
}

const PONG: &str = "PONG\r\n";

#[test]
fn the_server_is_trusted_under_all_of_its_names() {
    let made = Certificates::new();
    let server = run_server_with_config_text(&configs::tls(&made.server));
    let port = server.client_port();
    assert_eq!(server.client_url(), format!("tls://localhost:{port}"));
    assert_eq!(server.client_url_with("a", "b"), format!("tls://a:b@localhost:{port}"));
    for name in ["localhost", "127.0.0.1", "::1"] {
        let answer = greet(port, client_config(&made.ca, None), name);
        assert_eq!(answer.expect("a good certificate"), PONG);
    }
    assert!(greet(port, client_config(&made.ca, None), "other.example").is_err());
    assert!(greet(port, client_config(&made.untrusted_ca, None), "localhost").is_err());
}

#[test]
fn servers_with_something_wrong_are_not_trusted() {
    let made = Certificates::new();
    for (identity, reason) in [
        (&made.expired_server, "Expired"),
        (&made.misnamed_server, "NotValidForName"),
        (&made.untrusted_server, "UnknownIssuer"),
    ] {
        let server = run_server_with_config_text(&configs::tls(identity));
        let config = client_config(&made.ca, None);
        let error = greet(server.client_port(), config, "localhost").expect_err(reason);
        let text = format!("{error:?}");
        assert!(text.contains(reason), "{reason} is not in {text}");
    }
}

#[test]
fn clients_are_verified() {
    let made = Certificates::new();
    let text = configs::tls_verify(&made.server, &made.ca);
    let server = run_server_with_config_text(&text);
    let greet_as = |identity| {
        let config = client_config(&made.ca, identity);
        greet(server.client_port(), config, "localhost")
    };
    let answer = greet_as(Some(&made.client));
    assert_eq!(answer.expect("a good certificate"), PONG);
    for bad in [None, Some(&made.expired_client), Some(&made.untrusted_client)] {
        assert!(!greet_as(bad).is_ok_and(|answer| answer == PONG), "{bad:?}");
    }
}

#[test]
fn the_handshake_can_come_first() {
    if version() < (2, 10, 0) {
        println!("skipped: handshake_first needs nats-server 2.10");
        return;
    }
    let made = Certificates::new();
    for text in [
        configs::tls_first(&made.server),
        configs::tls_first_or_after(&made.server, "20s"),
    ] {
        let server = run_server_with_config_text(&text);
        assert!(server.client_url().starts_with("tls://"));
        let config = client_config(&made.ca, None);
        let mut stream = wrap(tcp(server.client_port()), config, "localhost");
        assert!(info(&mut stream).starts_with("INFO "));
        assert_eq!(talk(stream).expect("a good certificate"), PONG);
    }
}

#[test]
fn key_and_certificate_can_lie_in_one_file() {
    let made = Certificates::new();
    let both = &made.client.both;
    assert_eq!(certificates_of(both).len(), 1);
    assert!(PrivateKeyDer::from_pem_file(both).is_ok());
}

#[test]
fn websockets_are_opened() {
    let made = Certificates::new();
    let port = nats_server::free_port();
    let request = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    let upgraded = |line: String| assert!(line.contains("101"), "{line}");

    let server = run_server_with_config_text(&configs::websocket_with_port(port));
    assert_eq!(server.websocket_url(), Some(format!("ws://localhost:{port}")));
    let mut stream = tcp(port);
    stream.write_all(request.as_bytes()).expect("the server reads");
    upgraded(info(&mut stream));

    for (text, identity) in [
        (configs::websocket_tls(&made.server), None),
        (
            configs::websocket_tls_verify(&made.server, &made.ca),
            Some(&made.client),
        ),
    ] {
        let server = run_server_with_config_text(&text);
        let url = server.websocket_url().expect("the configuration has one");
        let port = url.strip_prefix("wss://localhost:").expect("it has TLS");
        let port = port.parse().expect("a port");
        assert!(server.client_url().starts_with("nats://"));
        let config = client_config(&made.ca, identity);
        let mut stream = wrap(tcp(port), config, "localhost");
        stream.write_all(request.as_bytes()).expect("the server reads");
        upgraded(info(&mut stream));
    }
}

#[test]
fn the_files_are_gone_after_drop() {
    let made = Certificates::new();
    let ca = made.ca.clone();
    assert!(ca.is_file());
    drop(made);
    assert!(!ca.exists());
}
