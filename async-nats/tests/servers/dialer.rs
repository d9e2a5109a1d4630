//! Streams of the user's own: over a unix socket, and through a proxy.

use std::io;

use async_nats::{ConnectErrorKind, ConnectOptions, Event, ServerAddr};
use nats_server::run_basic_server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{next, text, Events};

/// Passes connections to a unix socket on to the port of a server, until it is dropped.
#[cfg(unix)]
struct UnixRelay {
    path: std::path::PathBuf,
    task: tokio::task::JoinHandle<()>,
}

#[cfg(unix)]
impl UnixRelay {
    fn new(name: &str, port: u16) -> Self {
        let path = std::env::temp_dir().join(format!("nats-{name}-{}.sock", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let listener = tokio::net::UnixListener::bind(&path).expect("the temporary folder is writable");
        let task = tokio::spawn(async move {
            loop {
                let (mut client, _) = listener.accept().await.expect("the socket is there");
                tokio::spawn(async move {
                    let mut server = TcpStream::connect(("127.0.0.1", port)).await?;
                    tokio::io::copy_bidirectional(&mut client, &mut server).await
                });
            }
        });
        UnixRelay { path, task }
    }
}

#[cfg(unix)]
impl Drop for UnixRelay {
    fn drop(&mut self) {
        self.task.abort();
        let _ = std::fs::remove_file(&self.path);
    }
}

/// The dialer is asked again at each reconnect.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_speaks_over_a_unix_socket() {
    let mut server = run_basic_server();
    let relay = UnixRelay::new("dialer", server.client_port());
    let path = relay.path.clone();
    let events = Events::default();
    let options = events
        .record(ConnectOptions::new())
        .dialer(move |_addr| tokio::net::UnixStream::connect(path.clone()));
    let client = options
        .connect("nats://no.such.host.example:4222")
        .await
        .expect("the name is not looked up");
    let mut messages = client.subscribe("n").await.expect("a good subject");
    for number in 0..1000 {
        client
            .publish("n", format!("{number:0>1000}").into())
            .await
            .expect("a good subject");
    }
    for number in 0..1000 {
        assert_eq!(text(&next(&mut messages).await), format!("{number:0>1000}"));
    }
    server.restart();
    events
        .nth("the next connection", 2, |event| *event == Event::Connected)
        .await;
    client.publish("n", "again".into()).await.expect("a good subject");
    assert_eq!(text(&next(&mut messages).await), "again");
}

/// A proxy that is told where to go in a line of its own, as HTTP proxies are.
async fn through_proxy(proxy: u16, addr: ServerAddr) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(("127.0.0.1", proxy)).await?;
    let line = format!("CONNECT {}:{} HTTP/1.1\r\n\r\n", addr.host(), addr.port());
    stream.write_all(line.as_bytes()).await?;
    let mut answer = [0; 19];
    stream.read_exact(&mut answer).await?;
    match &answer {
        b"HTTP/1.1 200 OK\r\n\r\n" => Ok(stream),
        _ => Err(io::Error::other("the proxy does not want to")),
    }
}

async fn run_proxy(listener: TcpListener) {
    loop {
        let (mut client, _) = listener.accept().await.expect("the port is there");
        tokio::spawn(async move {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(client.read_u8().await?);
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
            let mut server = TcpStream::connect(target).await?;
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
            tokio::io::copy_bidirectional(&mut client, &mut server).await
        });
    }
}

async fn proxy() -> (u16, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    (port, tokio::spawn(run_proxy(listener)))
}

#[tokio::test]
async fn a_client_speaks_through_a_proxy() {
    let server = run_basic_server();
    let (port, task) = proxy().await;
    let options = ConnectOptions::new().dialer(move |addr| through_proxy(port, addr));
    let client = options
        .connect(server.client_url())
        .await
        .expect("the proxy goes there");
    let mut messages = client.subscribe("n").await.expect("a good subject");
    client.publish("n", "x".into()).await.expect("a good subject");
    assert_eq!(text(&next(&mut messages).await), "x");
    task.abort();
}

/// TLS and websockets come on top of the stream, with the name of the server and not the proxy's.
#[cfg(all(feature = "websockets", any(feature = "ring", feature = "aws-lc-rs")))]
#[tokio::test]
async fn tls_and_websockets_go_through_a_proxy() {
    use nats_server::{configs, tls::Certificates};
    let certificates = Certificates::new();
    let text = configs::tls(&certificates.server) + &configs::websocket_tls(&certificates.server);
    let server = nats_server::run_server_with_config_text(&text);
    let (port, task) = proxy().await;
    for url in [server.client_url(), server.websocket_url().expect("it has one")] {
        let options = crate::tls::trusting(&certificates).dialer(move |addr| through_proxy(port, addr));
        let client = options.connect(url).await.expect("the proxy goes there");
        let mut messages = client.subscribe("n").await.expect("a good subject");
        client
            .publish("n", vec![b'x'; 100_000].into())
            .await
            .expect("a good subject");
        assert_eq!(next(&mut messages).await.payload.len(), 100_000);
    }
    task.abort();
}

#[tokio::test]
async fn what_a_dialer_fails_with_is_the_cause() {
    let options = ConnectOptions::new().dialer(|_addr| async { Err::<TcpStream, _>(io::Error::other("no cable")) });
    let error = options.connect("somewhere:1234").await.expect_err("there is no stream");
    assert_eq!(error.kind(), ConnectErrorKind::Io);
    assert!(
        error.to_string().contains("no cable") && error.to_string().contains("somewhere"),
        "{error}"
    );
}
