//! The request that opens a websocket, and a whole life over one.

use async_nats::{ConnectErrorKind, Event};
use futures_util::{SinkExt, StreamExt};
use nats_server::script::Info;
use tokio_websockets::{Message, ServerBuilder};

use crate::support::*;

/// The head of the HTTP request, line by line.
async fn request_head(peer: &mut Peer) -> Vec<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.extend(peer.expect_bytes(1).await);
    }
    let text = String::from_utf8(head).expect("HTTP is text");
    text.trim_end().split("\r\n").map(str::to_owned).collect()
}

/// Ports that go without saying were put into the Host.
#[tokio::test(start_paused = true)]
async fn the_host_has_a_port_where_it_is_not_the_usual_one() {
    for (addr, host) in [
        ("ws://one", "one"),
        ("ws://one:80", "one"),
        ("ws://one:443", "one:443"),
        ("ws://one:8080", "one:8080"),
        ("ws://[::1]:8080", "[::1]:8080"),
        ("ws://derek:s3cr3t@one", "one"),
    ] {
        let mut net = Net::new();
        let result = connect_to(&mut net, addr, options(), |mut peer| async {
            let head = request_head(&mut peer).await;
            assert!(head[0].starts_with("GET / HTTP/1.1"), "{head:?}");
            let hosts: Vec<_> = head.iter().filter_map(|line| line.strip_prefix("Host: ")).collect();
            assert_eq!(hosts, [host], "{addr}: {head:?}");
            assert!(!head.concat().contains("s3cr3t"), "{head:?}");
            peer.send_raw("HTTP/1.1 404 Not Found\r\n\r\n").await;
            peer.read_to_end().await;
            peer
        });
        assert_eq!(error_of(result.await).kind(), ConnectErrorKind::Io, "{addr}");
    }
}

/// I14: headers of the user's stand in the request, and never break out of their line.
#[tokio::test(start_paused = true)]
async fn headers_of_the_users_are_sent_and_stay_in_their_lines() {
    let mut net = Net::new();
    let options = options()
        .websocket_header("Authorization", "Bearer abc")
        .websocket_header("X-One", "1");
    let result = connect_to(&mut net, "ws://one", options, |mut peer| async {
        let head = request_head(&mut peer).await;
        for line in ["authorization: Bearer abc", "x-one: 1"] {
            assert!(head.iter().any(|sent| sent.eq_ignore_ascii_case(line)), "{head:?}");
        }
        peer
    });
    error_of(result.await);
    for (name, value) in [("X\r\nEvil", "1"), ("X", "1\r\nEvil: 2"), ("", "1"), ("Host", "evil")] {
        let mut net = Net::new();
        let options = crate::support::options()
            .websocket_header(name, value)
            .dialer(net.dialer());
        let (result, ()) = tokio::join!(options.connect("ws://one"), async {
            let mut peer = net.accept().await;
            assert_eq!(peer.read_to_end().await, b"", "{name:?}: {value:?}");
        });
        assert_eq!(error_of(result).kind(), ConnectErrorKind::Io, "{name:?}: {value:?}");
    }
}

/// Messages of a websocket have nothing to do with messages of NATS: frames are cut anywhere.
#[tokio::test(start_paused = true)]
async fn a_client_lives_on_a_websocket() {
    let mut net = Net::new();
    let (options, mut events) = Events::record(options());
    let connecting = options.dialer(net.dialer()).connect("ws://one");
    let (client, (mut server, mut heard)) = tokio::join!(connecting, async {
        let (near, far) = tokio::io::duplex(1 << 16);
        net.dialed().await.accept_stream(near);
        let (_, mut server) = ServerBuilder::new().accept(far).await.expect("a good request");
        server
            .send(Message::binary(format!("{}\r\n", Info::new())))
            .await
            .expect("it is read");
        let mut heard = Vec::new();
        while !heard.ends_with(b"PING\r\n") {
            let message = server.next().await.expect("open").expect("good");
            heard.extend_from_slice(message.as_payload());
        }
        server.send(Message::binary("PONG\r\n")).await.expect("it is read");
        (server, heard)
    });
    let client = client.expect("the handshake was good");
    assert!(heard.starts_with(b"CONNECT "));
    events.expect(Event::Connected).await;
    let mut messages = client.subscribe("a").await.expect("good");
    client.publish("b", vec![b'x'; 100_000].into()).await.expect("good");
    heard.clear();
    while !heard.ends_with(b"x\r\n") {
        let message = at_last(server.next()).await.expect("open").expect("good");
        heard.extend_from_slice(message.as_payload());
    }
    assert!(heard.starts_with(b"SUB a 1\r\nPUB b 100000\r\nxxx"));
    for byte in b"MSG a 1 5\r\nhello\r\nPING\r\n" {
        server.send(Message::binary(vec![*byte])).await.expect("it is read");
    }
    assert_eq!(at_last(messages.next()).await.expect("open").payload, "hello");
    let pong = at_last(server.next()).await.expect("open").expect("good");
    assert_eq!(&pong.as_payload()[..], b"PONG\r\n");
    server.close().await.expect("it is read");
    events.expect(Event::Disconnected).await;
    assert_eq!(net.dialed().await.addr.scheme(), "ws");
}
