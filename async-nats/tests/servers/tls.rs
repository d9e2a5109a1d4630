//! TLS with real servers: what asks for it, who shows which certificate, and which name is checked.

use std::sync::Arc;

use async_nats::{ConnectOptions, Event};
use nats_server::tls::Certificates;
use nats_server::{configs, run_server_with_config_text, Launch};

use crate::support::{connected, fenced, lacks, next, until, Events};

/// Options that trust the authority of the test.
pub(crate) fn trusting(certificates: &Certificates) -> ConnectOptions {
    ConnectOptions::new().add_root_certificates(certificates.ca.clone())
}

/// What carries one message there and back, and is encrypted.
async fn works(options: ConnectOptions, url: &str) {
    let client = options
        .connect(url)
        .await
        .unwrap_or_else(|error| panic!("{url}: {error}"));
    let mut messages = client.subscribe("n").await.expect("a good subject");
    client.publish("n", "x".into()).await.expect("a good subject");
    next(&mut messages).await;
}

/// TLS is used because the URL says so, because the server does, or because the user does.
#[tokio::test]
async fn a_connection_is_encrypted_whoever_asks_for_it() {
    let certificates = Certificates::new();
    let server = run_server_with_config_text(&configs::tls(&certificates.server));
    let port = server.client_port();
    for scheme in ["tls", "nats"] {
        for host in ["localhost", "127.0.0.1"] {
            works(trusting(&certificates), &format!("{scheme}://{host}:{port}")).await;
        }
    }
    works(trusting(&certificates).require_tls(true), &format!("localhost:{port}")).await;
    let client = trusting(&certificates)
        .connect(server.client_url())
        .await
        .expect("it trusts the server");
    let connz = server.monitor("/connz").expect("the server answers");
    assert_eq!(connz["connections"][0]["tls_version"], "1.3");
    drop(client);
}

#[tokio::test]
async fn tls_can_come_first() {
    if lacks("handshake_first", (2, 10, 4)) {
        return;
    }
    let certificates = Certificates::new();
    let server = run_server_with_config_text(&configs::tls_first(&certificates.server));
    works(trusting(&certificates).tls_first(), &server.client_url()).await;
    let server = run_server_with_config_text(&configs::tls_first_or_after(&certificates.server, "50ms"));
    works(trusting(&certificates).tls_first(), &server.client_url()).await;
    works(trusting(&certificates), &server.client_url()).await;
}

#[tokio::test]
async fn a_client_shows_its_certificate() {
    let certificates = Certificates::new();
    let config = configs::tls_verify(&certificates.server, &certificates.ca);
    let server = run_server_with_config_text(&config);
    let client = &certificates.client;
    let of_two_files = trusting(&certificates).add_client_certificate(client.certificate.clone(), client.key.clone());
    works(of_two_files, &server.client_url()).await;
    let of_one_file = trusting(&certificates).add_client_certificate(client.both.clone(), client.both.clone());
    works(of_one_file, &server.client_url()).await;
}

#[cfg(feature = "ring")]
#[tokio::test]
async fn a_configuration_of_the_users_own_is_used_as_it_is() {
    use async_nats::rustls::pki_types::{pem::PemObject, CertificateDer};
    use async_nats::rustls::{crypto::ring::default_provider, version::TLS12, ClientConfig, RootCertStore};
    let certificates = Certificates::new();
    let server = run_server_with_config_text(&configs::tls(&certificates.server));
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(&certificates.ca).expect("it is PEM"))
        .expect("an authority");
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&TLS12])
        .expect("the provider has it")
        .with_root_certificates(roots)
        .with_no_client_auth();
    // The file beside it is not even looked at.
    let options = ConnectOptions::new()
        .add_root_certificates("no/such/file".into())
        .tls_client_config(config);
    let client = options
        .connect(server.client_url())
        .await
        .expect("it trusts the server");
    let connz = server.monitor("/connz").expect("the server answers");
    assert_eq!(connz["connections"][0]["tls_version"], "1.2");
    drop(client);
}

/// Two providers in one tree, and none of them the default of the process: nothing panics.
#[cfg(all(feature = "ring", feature = "aws-lc-rs"))]
#[tokio::test]
async fn two_providers_in_one_program_need_no_default() {
    let certificates = Certificates::new();
    let server = run_server_with_config_text(&configs::tls(&certificates.server));
    assert!(async_nats::rustls::crypto::CryptoProvider::get_default().is_none());
    works(trusting(&certificates), &server.client_url()).await;
    assert!(async_nats::rustls::crypto::CryptoProvider::get_default().is_none());
}

#[tokio::test]
async fn a_server_can_be_reached_by_ipv6() {
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        println!("skipped: this machine has no IPv6");
        return;
    }
    let host = std::net::Ipv6Addr::LOCALHOST.into();
    let server = Launch::new().host(host).start();
    works(ConnectOptions::new(), &format!("nats://[::1]:{}", server.client_port())).await;
    works(ConnectOptions::new(), &format!("[::1]:{}", server.client_port())).await;
    let certificates = Certificates::new();
    let server = Launch::new()
        .host(host)
        .config_text(&configs::tls(&certificates.server))
        .start();
    works(
        trusting(&certificates),
        &format!("tls://[::1]:{}", server.client_port()),
    )
    .await;
}

/// I4 over TLS: large and small messages, both ways, in order and whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_of_all_sizes_go_through_tls() {
    let certificates = Certificates::new();
    let server = run_server_with_config_text(&configs::tls(&certificates.server));
    let client = trusting(&certificates)
        .connect(server.client_url())
        .await
        .expect("it trusts the server");
    let mut messages = client.subscribe("n").await.expect("a good subject");
    let payloads = || {
        let sizes = [0, 1, 100, 16_384, 65_536, 1_000_000, 10].into_iter().cycle().take(35);
        sizes
            .enumerate()
            .map(|(number, size)| vec![u8::try_from(number).expect("few"); size])
    };
    let publisher = client.clone();
    tokio::spawn(async move {
        for payload in payloads() {
            publisher.publish("n", payload.into()).await.expect("a good subject");
        }
    });
    for payload in payloads() {
        assert!(next(&mut messages).await.payload == payload);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_is_made_again_with_tls() {
    let certificates = Certificates::new();
    let mut server = run_server_with_config_text(&configs::tls(&certificates.server));
    let events = Events::default();
    let client = events
        .record(trusting(&certificates))
        .connect(server.client_url())
        .await
        .expect("it trusts it");
    let mut messages = client.subscribe("n").await.expect("a good subject");
    server.restart();
    events
        .nth("the next connection", 2, |event| *event == Event::Connected)
        .await;
    client.publish("n", "x".into()).await.expect("a good subject");
    next(&mut messages).await;
}

/// I16: servers of a cluster are told by IP address; their certificate is checked for the name that the user gave.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_discovered_address_goes_by_the_name_that_the_user_gave() {
    let files = Named::localhost();
    let mut cluster = nats_server::run_cluster_with_config_text(&configs::tls(&files.identity));
    let port = cluster.servers[0].client_port();
    let options = || ConnectOptions::new().add_root_certificates(files.identity.both.clone());
    let error = options()
        .connect(format!("tls://127.0.0.1:{port}"))
        .await
        .expect_err("it has no such name");
    assert!(error.to_string().contains("127.0.0.1"), "{error}");
    let client = options()
        .connect(format!("tls://localhost:{port}"))
        .await
        .expect("it has this name");
    let mut pool = client.server_pool().await.expect("the client is open");
    until("the others to be known", || {
        pool = futures_util::FutureExt::now_or_never(client.server_pool())
            .expect("it never waits")
            .expect("open");
        pool.iter().filter(|server| server.is_discovered).count() >= 2
    })
    .await;
    assert!(
        pool.iter()
            .all(|server| !server.is_discovered || server.addr.host() == "127.0.0.1"),
        "{pool:?}"
    );
    cluster.kill(0);
    until("another server", || client.server_info().port != port).await;
    connected(&client).await;
    fenced(&client).await;
}

/// Stands between clients and a server, and has the server tell of one more server of its cluster before TLS begins.
async fn between(port: u16) -> u16 {
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufStream};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port is free");
    let own = listener.local_addr().expect("it is bound").port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let server = tokio::net::TcpStream::connect(("127.0.0.1", port))
                .await
                .expect("the server runs");
            let mut server = BufStream::new(server);
            let mut info = String::new();
            server.read_line(&mut info).await.expect("it says INFO");
            let told = info.replacen('{', "{\"connect_urls\":[\"127.0.0.9:4\"],", 1);
            client.write_all(told.as_bytes()).await.expect("the client listens");
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut client, &mut server).await });
        }
    });
    own
}

/// I16: whoever sits in between can say what he likes before TLS. Where to connect to next is not taken from him.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_are_told_of_before_tls_are_not_believed() {
    let certificates = Certificates::new();
    let encrypted = run_server_with_config_text(&configs::tls(&certificates.server));
    let plain = nats_server::run_basic_server();
    for (server, scheme, believed) in [(&encrypted, "tls", false), (&plain, "nats", true)] {
        let port = between(server.client_port()).await;
        let client = trusting(&certificates)
            .connect(format!("{scheme}://127.0.0.1:{port}"))
            .await
            .expect("what it sees is right");
        fenced(&client).await;
        let pool = client.server_pool().await.expect("the client is open");
        assert_eq!(pool.iter().any(|server| server.is_discovered), believed, "{pool:?}");
        assert!(
            client.server_info().connect_urls.is_empty(),
            "what came last, from the server itself"
        );
    }
}

/// A server whose certificate has the name localhost and no address, signed by itself.
struct Named {
    identity: nats_server::tls::Identity,
    _folder: Certificates,
}

impl Named {
    fn localhost() -> Self {
        let folder = Certificates::new();
        let key = rcgen::KeyPair::generate().expect("the system has random numbers");
        let parameters = rcgen::CertificateParams::new(["localhost".to_owned()]).expect("a name");
        let certificate = parameters.self_signed(&key).expect("its own key").pem();
        let write = |name: &str, text: &str| {
            let path = folder.ca.with_file_name(name);
            std::fs::write(&path, text).expect("the folder is writable");
            path
        };
        let identity = nats_server::tls::Identity {
            key: write("named-key.pem", &key.serialize_pem()),
            both: write("named-ca.pem", &certificate),
            certificate: write("named.pem", &certificate),
        };
        Named {
            identity,
            _folder: folder,
        }
    }
}
