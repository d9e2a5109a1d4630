use std::error::Error as _;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

async fn try_dial(url: &str, settings: &DialSettings) -> Result<Transport, ConnectError> {
    let addr: ServerAddr = url.parse().expect("a URL of the test");
    dial(&addr, addr.host(), settings, &mut Rng::from_seed(1)).await
}

#[track_caller]
fn assert_error(result: Result<Transport, ConnectError>, kind: ConnectErrorKind, parts: &[&str]) -> ConnectError {
    let error = result.expect_err("this cannot be dialled");
    let text = error.to_string();
    assert_eq!(error.kind(), kind, "{text}");
    for part in parts {
        assert!(text.contains(part), "'{part}' is not in: {text}");
    }
    assert!(!text.contains("s3cr3t"), "{text}");
    error
}

#[tokio::test]
async fn plain_address_gives_a_tcp_stream() {
    let (listener, port) = listen().await;
    for scheme in ["nats", "tls"] {
        let url = format!("{scheme}://127.0.0.1:{port}");
        let settings = DialSettings::default();
        let (dialled, accepted) = tokio::join!(try_dial(&url, &settings), listener.accept());
        let mut dialled = dialled.unwrap();
        assert!(matches!(dialled, Transport::Tcp(_)), "{dialled:?}");
        let mut accepted = accepted.unwrap().0;
        accepted.write_all(b"INFO").await.unwrap();
        let mut heard = [0; 4];
        dialled.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"INFO");
    }
}

#[tokio::test]
async fn name_is_resolved_and_the_address_that_listens_is_found() {
    // On most machines the name stands for an address of either family, and one is deaf.
    let (listener, port) = listen().await;
    let url = format!("localhost:{port}");
    let settings = DialSettings::default();
    let (dialled, _) = tokio::join!(try_dial(&url, &settings), listener.accept());
    assert!(matches!(dialled.unwrap(), Transport::Tcp(_)));
}

#[test]
fn only_this_machine_by_its_usual_name_needs_no_resolver() {
    let first = |url: &str, local: Option<&str>| {
        let addr: ServerAddr = url.parse().expect("a URL of the test");
        without_resolver(&addr, local.map(|local| local.parse().expect("an address")))
    };
    let usual = cfg!(unix).then(|| SocketAddr::from(([127, 0, 0, 1], 4222)));
    assert_eq!(first("localhost", None), usual);
    assert_eq!(first("nats://LocalHost:4222", Some("192.0.2.1:0")), usual);
    assert_eq!(first("localhost", Some("[::1]:0")), None, "of the other family");
    for other in ["localhost.example.com", "127.0.0.1", "local", "example.com"] {
        assert_eq!(first(other, None), None, "{other}");
    }
}

#[tokio::test]
async fn usual_name_that_nobody_listens_at_is_tried_at_its_other_addresses_too() {
    let (listener, port) = listen().await;
    drop(listener);
    let result = try_dial(&format!("localhost:{port}"), &DialSettings::default()).await;
    assert_error(result, ConnectErrorKind::Io, &["localhost", "could not connect"]);

    // Where the name stands for an address of the other family, that is found.
    let Ok(listener) = TcpListener::bind("[::1]:0").await else {
        return;
    };
    let address = listener.local_addr().unwrap();
    let mut known = tokio::net::lookup_host(("localhost", address.port())).await.unwrap();
    if known.any(|known| known == address) {
        let url = format!("localhost:{}", address.port());
        assert!(try_dial(&url, &DialSettings::default()).await.is_ok());
    }
}

#[tokio::test]
async fn connection_comes_from_the_local_address() {
    let (listener, port) = listen().await;
    let mut settings = DialSettings {
        local_address: Some("127.0.0.1:0".parse().unwrap()),
        ..DialSettings::default()
    };
    let url = format!("localhost:{port}");
    let (dialled, accepted) = tokio::join!(try_dial(&url, &settings), listener.accept());
    dialled.unwrap();
    assert!(accepted.unwrap().1.is_ipv4());

    settings.local_address = Some("[::1]:0".parse().unwrap());
    let url = format!("nats://derek:s3cr3t@127.0.0.1:{port}");
    let result = try_dial(&url, &settings).await;
    assert_error(result, ConnectErrorKind::Io, &["no IPv6 address", "127.0.0.1"]);
}

#[tokio::test]
async fn refused_connection_names_the_address_and_keeps_the_source() {
    let (listener, port) = listen().await;
    drop(listener);
    let url = format!("nats://derek:s3cr3t@127.0.0.1:{port}");
    let result = try_dial(&url, &DialSettings::default()).await;
    let parts = [&*format!("at 127.0.0.1:{port}"), "is a server running"];
    let error = assert_error(result, ConnectErrorKind::Io, &parts);
    let source = error.source().unwrap().downcast_ref::<io::Error>();
    assert_eq!(source.unwrap().kind(), io::ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn name_that_does_not_resolve_is_an_error_of_dns() {
    // A label has at most 63 characters: the resolver need not ask anybody.
    let name = "x".repeat(64);
    let url = format!("nats://derek:s3cr3t@{name}.invalid");
    let result = try_dial(&url, &DialSettings::default()).await;
    let error = assert_error(result, ConnectErrorKind::Dns, &[&name]);
    assert!(error.source().unwrap().is::<io::Error>());
}

#[tokio::test]
async fn dialer_takes_the_place_of_name_and_socket() {
    let (near, mut far) = tokio::io::duplex(64);
    let near = std::sync::Mutex::new(Some(near));
    let dialer = move |addr: ServerAddr| {
        assert_eq!(addr.host(), "not.resolved.invalid");
        let near = near.lock().unwrap().take();
        async move { near.ok_or_else(|| io::Error::from(io::ErrorKind::HostUnreachable)) }
    };
    let settings = DialSettings {
        dialer: Some(Arc::new(dialer)),
        ..DialSettings::default()
    };
    let url = "nats://derek:s3cr3t@not.resolved.invalid";
    let mut dialled = try_dial(url, &settings).await.unwrap();
    dialled.write_all(b"PING").await.unwrap();
    let mut heard = [0; 4];
    far.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"PING");

    let result = try_dial(url, &settings).await;
    let error = assert_error(result, ConnectErrorKind::Io, &["dialer", "not.resolved"]);
    let source = error.source().unwrap().downcast_ref::<io::Error>();
    assert_eq!(source.unwrap().kind(), io::ErrorKind::HostUnreachable);
}

#[test]
fn dialling_can_move_between_threads() {
    fn assert_send<T: Send>(_: T) {}
    let addr = "localhost".parse().unwrap();
    let (settings, mut rng) = (DialSettings::default(), Rng::from_seed(1));
    assert_send(dial(&addr, "localhost", &settings, &mut rng));
}

#[test]
fn debug_shows_no_header_value() {
    let settings = DialSettings {
        websocket_headers: vec![("Authorization".into(), "Bearer s3cr3t".into())],
        ..DialSettings::default()
    };
    let shown = format!("{settings:?}");
    assert!(shown.contains("Authorization"), "{shown}");
    assert!(!shown.contains("s3cr3t"), "{shown}");
}

#[cfg(not(feature = "websockets"))]
#[tokio::test]
async fn websocket_without_the_feature_is_refused_before_anything_is_opened() {
    let settings = DialSettings {
        dialer: Some(Arc::new(|_| async {
            panic!("asked to dial");
            #[allow(unreachable_code)]
            Ok(tokio::io::empty())
        })),
        ..DialSettings::default()
    };
    let result = try_dial("ws://derek:s3cr3t@localhost", &settings).await;
    assert_error(result, ConnectErrorKind::ServerParse, &["`websockets`"]);
}

#[cfg(feature = "websockets")]
mod websockets {
    use futures_util::SinkExt;
    use tokio_websockets::{Message, ServerBuilder};

    use super::*;

    #[tokio::test]
    async fn ws_address_gives_a_websocket_with_its_headers() {
        let (listener, port) = listen().await;
        let mut settings = DialSettings {
            websocket_headers: vec![("X-Tenant".into(), "blue".into())],
            ..DialSettings::default()
        };
        // Has no say: the scheme decides.
        settings.tls.first = true;
        let server = async {
            let (stream, _) = listener.accept().await.unwrap();
            let (request, mut stream) = ServerBuilder::new().accept(stream).await.unwrap();
            assert_eq!(request.uri().path(), "/nats");
            assert_eq!(request.headers()["x-tenant"].as_bytes(), b"blue");
            stream.send(Message::binary("INFO")).await.unwrap();
            stream
        };
        let url = format!("ws://127.0.0.1:{port}/nats");
        let (dialled, _server) = tokio::join!(try_dial(&url, &settings), server);
        let mut heard = [0; 4];
        dialled.unwrap().read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"INFO");
    }

    #[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
    #[tokio::test]
    async fn wss_address_gives_a_websocket_over_tls_that_checks_the_given_name() {
        use crate::io::tls::authority::{Authority, Scratch};

        let (scratch, authority) = (Scratch::new(), Authority::new());
        let (listener, port) = listen().await;
        let mut settings = DialSettings::default();
        // Has no say: with a websocket TLS is first already.
        settings.tls.first = true;
        settings.tls.root_certificates = vec![scratch.file("root.pem", authority.pem())];
        let acceptor = authority.server(&["cluster.example.com"]);
        let server = async {
            let (stream, _) = listener.accept().await.unwrap();
            let stream = acceptor.accept(stream).await?;
            let (_, mut stream) = ServerBuilder::new().accept(stream).await.unwrap();
            stream.send(Message::binary("INFO")).await.unwrap();
            io::Result::Ok(stream)
        };
        let addr: ServerAddr = format!("wss://127.0.0.1:{port}").parse().unwrap();
        let mut rng = Rng::from_seed(1);
        let dialling = dial(&addr, "cluster.example.com", &settings, &mut rng);
        let (dialled, _server) = tokio::join!(dialling, server);
        let mut heard = [0; 4];
        dialled.unwrap().read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"INFO");

        // The name of the address itself is not one that the certificate is for.
        let server = async {
            let (stream, _) = listener.accept().await.unwrap();
            acceptor.accept(stream).await.err()
        };
        let url = format!("wss://127.0.0.1:{port}");
        let (dialled, refused) = tokio::join!(try_dial(&url, &settings), server);
        assert_error(dialled, ConnectErrorKind::Io, &["127.0.0.1"]);
        assert!(refused.is_some());
    }
}

#[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
mod tls_first {
    use super::*;
    use crate::io::tls::authority::{Authority, Scratch};

    #[tokio::test]
    async fn tls_begins_at_once_only_when_it_is_first() {
        let (scratch, authority) = (Scratch::new(), Authority::new());
        let (listener, port) = listen().await;
        let mut settings = DialSettings::default();
        settings.tls.required = true;
        settings.tls.root_certificates = vec![scratch.file("root.pem", authority.pem())];
        let url = format!("tls://127.0.0.1:{port}");
        // Required alone, it begins when the server has said hello: not here.
        let (dialled, _) = tokio::join!(try_dial(&url, &settings), listener.accept());
        assert!(matches!(dialled.unwrap(), Transport::Tcp(_)));

        settings.tls.first = true;
        let acceptor = authority.server(&["127.0.0.1"]);
        let server = async {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = acceptor.accept(stream).await.unwrap();
            stream.write_all(b"INFO").await.unwrap();
            stream.flush().await.unwrap();
            stream
        };
        let (dialled, _server) = tokio::join!(try_dial(&url, &settings), server);
        let mut heard = [0; 4];
        dialled.unwrap().read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"INFO");
    }
}
