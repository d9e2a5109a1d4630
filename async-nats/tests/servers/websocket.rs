//! Websockets with real servers, plain and with TLS.

use async_nats::{Client, ConnectErrorKind, ConnectOptions, Event, ServerAddr};
use nats_server::auth::Jwt;
use nats_server::proxy::Proxy;
use nats_server::{configs, run_server_with_config_text, Server};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{fenced, next, text, Events};

fn url(server: &Server) -> String {
    server.websocket_url().expect("the configuration has one")
}

async fn works(client: &Client) {
    let mut messages = client.subscribe("n").await.expect("a good subject");
    client.publish("n", "x".into()).await.expect("a good subject");
    assert_eq!(text(&next(&mut messages).await), "x");
}

#[tokio::test]
async fn a_websocket_carries_messages() {
    let server = run_server_with_config_text(&configs::websocket());
    let client = async_nats::connect(url(&server)).await.expect("the server takes it");
    works(&client).await;
    let connz = server.monitor("/connz").expect("the server answers");
    assert_eq!(connz["connections"][0]["type"], "websocket");
}

/// I4: large and small messages, both ways, in order and whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_of_all_sizes_go_through_a_websocket() {
    let server = run_server_with_config_text(&configs::websocket());
    let client = async_nats::connect(url(&server)).await.expect("the server takes it");
    let mut messages = client.subscribe("n").await.expect("a good subject");
    let sizes = || {
        [0, 1, 125, 126, 127, 65_535, 65_536, 1_000_000, 10]
            .into_iter()
            .cycle()
            .take(45)
    };
    let publisher = client.clone();
    tokio::spawn(async move {
        for (number, size) in sizes().enumerate() {
            let byte = u8::try_from(number).expect("few");
            publisher
                .publish("n", vec![byte; size].into())
                .await
                .expect("a good subject");
        }
    });
    for (number, size) in sizes().enumerate() {
        let payload = next(&mut messages).await.payload;
        assert_eq!(payload.len(), size);
        assert!(payload.iter().all(|&byte| usize::from(byte) == number));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_websocket_is_made_again() {
    let mut server = run_server_with_config_text(&configs::websocket());
    let target = |server: &Server| {
        let addr: ServerAddr = url(server).parse().expect("a good URL");
        ("127.0.0.1", addr.port())
    };
    // Its port is another one after each start, and the address of the client is not.
    let address = Proxy::new(target(&server));
    let events = Events::default();
    let client = events
        .record(ConnectOptions::new())
        .connect(address.url().replace("nats://", "ws://"))
        .await
        .expect("the server takes it");
    let mut messages = client.subscribe("n").await.expect("a good subject");
    server.restart();
    address.set_target(target(&server));
    events
        .nth("the next connection", 2, |event| *event == Event::Connected)
        .await;
    client.publish("n", "x".into()).await.expect("a good subject");
    assert_eq!(text(&next(&mut messages).await), "x");
}

#[tokio::test]
async fn credentials_go_over_a_websocket() {
    let text = configs::websocket() + &configs::user_password("derek", "s3cr3t");
    let server = run_server_with_config_text(&text);
    let with = |password: &str| url(&server).replace("ws://", &format!("ws://derek:{password}@"));
    works(&async_nats::connect(with("s3cr3t")).await.expect("a good password")).await;
    let error = async_nats::connect(with("wrong")).await.expect_err("a wrong password");
    assert_eq!(error.kind(), ConnectErrorKind::AuthorizationViolation);
}

/// The server takes a bearer's JWT from a cookie, which is a header of the websocket's handshake.
#[tokio::test]
async fn headers_are_sent_with_the_handshake() {
    let jwt = Jwt::new();
    let websocket = "websocket { listen: \"127.0.0.1:-1\", no_tls: true, jwt_cookie: \"jwt\" }\n";
    let server = run_server_with_config_text(&(jwt.config() + websocket));
    let bearer = jwt.user_with(1, json!({ "bearer_token": true }), None);
    let options = ConnectOptions::new().websocket_header("Cookie", format!("jwt={}", bearer.jwt));
    works(&options.connect(url(&server)).await.expect("the cookie is enough")).await;
    let error = async_nats::connect(url(&server)).await.expect_err("there is no cookie");
    assert_eq!(error.kind(), ConnectErrorKind::AuthorizationViolation);
}

/// The path of the URL and all headers are in the request, as a proxy in between sees it.
#[tokio::test]
async fn the_path_and_the_headers_are_in_the_request() {
    let server = run_server_with_config_text(&configs::websocket());
    let target: ServerAddr = url(&server).parse().expect("a good URL");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    let proxy = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.expect("the client comes");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(client.read_u8().await.expect("the client sends a request"));
        }
        let mut server = TcpStream::connect(("127.0.0.1", target.port())).await.expect("it runs");
        server.write_all(&head).await.expect("it reads");
        let relay = tokio::spawn(async move { tokio::io::copy_bidirectional(&mut client, &mut server).await });
        (String::from_utf8(head).expect("it is text"), relay)
    });
    let options = ConnectOptions::new()
        .websocket_header("X-One", "1")
        .websocket_header("X-Two", "zwei");
    let client = options
        .connect(format!("ws://127.0.0.1:{port}/some/path"))
        .await
        .expect("it is passed on");
    works(&client).await;
    let (head, relay) = proxy.await.expect("it was passed on");
    relay.abort();
    let mut lines = head.lines();
    assert_eq!(lines.next(), Some("GET /some/path HTTP/1.1"));
    let has = |line: &str| head.lines().any(|other| other.eq_ignore_ascii_case(line));
    assert!(has("X-One: 1") && has("X-Two: zwei"), "{head}");
    assert!(has(&format!("Host: 127.0.0.1:{port}")), "{head}");
}

#[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
#[tokio::test]
async fn a_websocket_can_have_tls() {
    let certificates = nats_server::tls::Certificates::new();
    let server = run_server_with_config_text(&configs::websocket_tls(&certificates.server));
    assert!(url(&server).starts_with("wss://"));
    let client = crate::tls::trusting(&certificates)
        .connect(url(&server))
        .await
        .expect("it trusts the server");
    works(&client).await;
    let error = async_nats::connect(url(&server))
        .await
        .expect_err("nobody knows the authority");
    assert!(error.to_string().contains("add_root_certificates"), "{error}");
}

#[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
#[tokio::test]
async fn a_client_shows_its_certificate_on_a_websocket() {
    let certificates = nats_server::tls::Certificates::new();
    let config = configs::websocket_tls_verify(&certificates.server, &certificates.ca);
    let server = run_server_with_config_text(&config);
    let shown = &certificates.client;
    let options = crate::tls::trusting(&certificates);
    let with = options
        .clone()
        .add_client_certificate(shown.certificate.clone(), shown.key.clone());
    works(&with.connect(url(&server)).await.expect("it shows a certificate")).await;
    let error = options.connect(url(&server)).await.expect_err("it shows none");
    assert!(error.to_string().contains("add_client_certificate"), "{error}");
}

/// What is no websocket says so, in both directions.
#[tokio::test]
async fn a_websocket_and_what_is_none_do_not_go_together() {
    let server = run_server_with_config_text(&configs::websocket());
    let plain = server.client_url().replace("nats://", "ws://");
    let error = async_nats::connect(plain).await.expect_err("the port has no websocket");
    assert_eq!(error.kind(), ConnectErrorKind::Io);
    assert!(error.to_string().contains("websocket"), "{error}");
    let websocket = url(&server).replace("ws://", "nats://");
    let options = ConnectOptions::new().connection_timeout(std::time::Duration::from_millis(100));
    let error = options.connect(websocket).await.expect_err("the port has nothing else");
    assert!(
        matches!(error.kind(), ConnectErrorKind::TimedOut | ConnectErrorKind::Io),
        "{error}"
    );
}

#[tokio::test]
async fn a_client_on_a_websocket_drains() {
    let server = run_server_with_config_text(&configs::websocket());
    let client = async_nats::connect(url(&server)).await.expect("the server takes it");
    let messages = client.subscribe("n").await.expect("a good subject");
    for _ in 0..100 {
        client.publish("n", "x".into()).await.expect("a good subject");
    }
    fenced(&client).await;
    client.drain().await.expect("the server confirms");
    assert_eq!(crate::support::rest(messages).await.len(), 100);
}
