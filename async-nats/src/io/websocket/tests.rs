use std::error::Error as _;
use std::io::{self, ErrorKind, IoSlice};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio_websockets::{CloseCode, Message, ServerBuilder, WebSocketStream};

use super::adapter::{message_bytes_max, WRITE_BYTES_MAX};
use super::*;
use crate::io::transport::Transport;

type Server = WebSocketStream<DuplexStream>;

/// Room for the handshake and some messages.
const PIPE_BYTES: usize = 256 * 1024;

fn addr(url: &str) -> ServerAddr {
    url.parse().expect("a URL of the test")
}

/// A client and a server after the handshake, with so many bytes of room between them.
async fn connected(room: usize) -> (Transport, Server) {
    connected_with(room, &Arc::default()).await
}

async fn connected_with(room: usize, max_payload: &Arc<AtomicUsize>) -> (Transport, Server) {
    let (near, far) = tokio::io::duplex(room);
    let near = Transport::Stream(Box::new(near));
    let addr = addr("ws://localhost");
    let client = handshake(near, &addr, &[], max_payload);
    let server = ServerBuilder::new();
    let (client, server) = tokio::join!(client, server.accept(far));
    (client.unwrap(), server.unwrap().1)
}

/// What a server is asked for: the target, the host, and the values of one more header.
async fn request(url: &str, headers: &[(&str, &str)], header: &str) -> [String; 3] {
    let (near, far) = tokio::io::duplex(PIPE_BYTES);
    let near = Transport::Stream(Box::new(near));
    let addr = addr(url);
    let headers: Vec<_> = headers
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let server = ServerBuilder::new();
    let unknown = Arc::default();
    let (client, server) = tokio::join!(handshake(near, &addr, &headers, &unknown), server.accept(far));
    client.unwrap();
    let (request, _) = server.unwrap();
    let value = |name: &str| match request.headers().get(name) {
        Some(value) => value.to_str().unwrap().to_owned(),
        None => String::new(),
    };
    [request.uri().to_string(), value("host"), value(header)]
}

/// The error of a handshake with a server that answers so, and then ends.
async fn refused(answer: &[u8]) -> ConnectError {
    let (near, mut far) = tokio::io::duplex(PIPE_BYTES);
    let near = Transport::Stream(Box::new(near));
    let addr = addr("ws://derek:s3cr3t@localhost:8080/nats");
    let server = async {
        far.write_all(answer).await.unwrap();
        far.shutdown().await.unwrap();
        // What was asked is read, so that the writing of it is not what fails.
        far.read_to_end(&mut Vec::new()).await.unwrap();
    };
    let unknown = Arc::default();
    let (client, ()) = tokio::join!(handshake(near, &addr, &[], &unknown), server);
    let error = client.unwrap_err();
    assert_eq!(error.kind(), ConnectErrorKind::Io);
    assert!(!error.to_string().contains("s3cr3t"), "{error}");
    error
}

#[tokio::test]
async fn host_has_the_port_unless_it_is_the_schemes_own() {
    for (url, host) in [
        ("ws://example.com", "example.com"),
        ("ws://example.com:80", "example.com"),
        ("ws://example.com:443", "example.com:443"),
        ("ws://example.com:8080", "example.com:8080"),
        ("wss://example.com:443", "example.com"),
        ("wss://example.com:80", "example.com:80"),
        ("ws://[::1]:8080", "[::1]:8080"),
        ("ws://derek:s3cr3t@example.com", "example.com"),
    ] {
        let [target, found, authorization] = request(url, &[], "authorization").await;
        assert_eq!((target.as_str(), found.as_str()), ("/", host), "{url}");
        assert_eq!(authorization, "");
    }
}

#[tokio::test]
async fn path_and_query_are_asked_for() {
    let [target, ..] = request("ws://example.com/a/b?c=d&e=%20f", &[], "").await;
    assert_eq!(target, "/a/b?c=d&e=%20f");
}

#[tokio::test]
async fn headers_are_sent_and_values_of_one_name_joined() {
    let headers = [("Authorization", "Bearer t0ken"), ("X-Hop", "one"), ("x-hop", "two")];
    let [.., authorization] = request("ws://localhost", &headers, "authorization").await;
    assert_eq!(authorization, "Bearer t0ken");
    let [.., hop] = request("ws://localhost", &headers, "x-hop").await;
    assert_eq!(hop, "one, two");
}

#[tokio::test]
async fn headers_that_cannot_be_sent_are_named_without_their_value() {
    for (name, value) in [
        ("a b", "hidden"),
        ("", "hidden"),
        ("x-hop", "hidden\r\nx-evil: 1"),
        ("Host", "hidden"),
        ("sec-websocket-key", "hidden"),
    ] {
        let (near, _far) = tokio::io::duplex(PIPE_BYTES);
        let near = Transport::Stream(Box::new(near));
        let headers = [(name.to_owned(), value.to_owned())];
        let error = handshake(near, &addr("ws://localhost"), &headers, &Arc::default()).await;
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ConnectErrorKind::Io);
        let text = error.to_string();
        assert!(text.contains(&format!("'{name}'")), "{text}");
        assert!(!text.contains("hidden"), "{text}");
    }
}

#[tokio::test]
async fn server_that_is_no_websocket_is_an_error_with_advice() {
    for (answer, part) in [
        ("HTTP/1.1 404 Not Found\r\n\r\n", "404"),
        ("INFO {\"server_id\":\"x\"}\r\n", "websocket port"),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", "Sec-WebSocket-Accept"),
    ] {
        let text = refused(answer.as_bytes()).await.to_string();
        assert!(text.contains(part), "{text}");
        assert!(text.contains("localhost:8080"), "{text}");
    }
    let error = refused(b"").await;
    let source = error.source().unwrap().downcast_ref::<io::Error>();
    assert_eq!(source.unwrap().kind(), ErrorKind::UnexpectedEof);
}

#[tokio::test]
async fn answer_to_the_handshake_is_limited() {
    let header = "HTTP/1.1 101 Switching Protocols\r\nX: ";
    let long = header.to_owned() + &"x".repeat(16 * 1024 - header.len());
    let text = refused(long.as_bytes()).await.to_string();
    assert!(text.contains("more than 16384 bytes"), "{text}");
    // One byte less, and it is the end of the stream that is missed.
    let text = refused(&long.as_bytes()[1..]).await.to_string();
    assert!(!text.contains("more than 16384 bytes"), "{text}");
}

#[tokio::test]
async fn a_batch_is_one_binary_message() {
    let (mut client, mut server) = connected(PIPE_BYTES).await;
    client.write_all(b"PING\r\n").await.unwrap();
    assert!(client.is_write_vectored());
    let slices = [IoSlice::new(b"PUB a 1\r\n"), IoSlice::new(b""), IoSlice::new(b"x\r\n")];
    assert_eq!(client.write_vectored(&slices).await.unwrap(), 12);
    assert_eq!(client.write(b"").await.unwrap(), 0);
    client.flush().await.unwrap();
    for expected in ["PING\r\n", "PUB a 1\r\nx\r\n"] {
        let message = server.next().await.unwrap().unwrap();
        assert!(message.is_binary());
        assert_eq!(&message.as_payload()[..], expected.as_bytes());
    }
}

#[tokio::test]
async fn messages_are_sent_up_to_the_limit() {
    let (mut client, mut server) = connected(PIPE_BYTES).await;
    let bytes = vec![b'x'; WRITE_BYTES_MAX + 1];
    assert_eq!(client.write(&bytes[1..]).await.unwrap(), WRITE_BYTES_MAX);
    assert_eq!(client.write(&bytes).await.unwrap(), WRITE_BYTES_MAX);
    let slices = [IoSlice::new(&bytes[2..]), IoSlice::new(b"yz")];
    let written = client.write_vectored(&slices).await.unwrap();
    assert_eq!(written, WRITE_BYTES_MAX);
    client.flush().await.unwrap();
    for _ in 0..3 {
        let message = server.next().await.unwrap().unwrap();
        assert_eq!(message.as_payload().len(), WRITE_BYTES_MAX);
    }
}

#[tokio::test]
async fn writes_wait_when_the_server_does_not_read() {
    let (mut client, _server) = connected(1024).await;
    let bytes = vec![b'x'; 10_000];
    let mut taken = 0;
    while let Some(written) = client.write(&bytes).now_or_never() {
        taken += written.unwrap();
        assert!(taken <= 2 * WRITE_BYTES_MAX, "nothing bounds the memory");
    }
    assert!(taken >= WRITE_BYTES_MAX);
}

#[tokio::test]
async fn messages_are_read_as_a_stream() {
    let (mut client, mut server) = connected(PIPE_BYTES).await;
    for message in [
        Message::binary("INFO "),
        Message::binary(""),
        Message::text("{}\r\n"),
        Message::pong("not a part"),
        Message::binary("PING\r\n"),
    ] {
        server.send(message).await.unwrap();
    }
    let mut heard = [0; 3];
    client.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"INF");
    let mut heard = [0; 12];
    client.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"O {}\r\nPING\r\n");
}

#[tokio::test]
async fn reading_nothing_waits_for_nothing() {
    let (mut client, _server) = connected(PIPE_BYTES).await;
    assert_eq!(client.read(&mut []).now_or_never().unwrap().unwrap(), 0);
}

#[tokio::test]
async fn limit_of_the_handshake_ends_with_it() {
    let (mut client, mut server) = connected(PIPE_BYTES).await;
    let bytes = vec![b'x'; 128 * 1024];
    server.send(Message::binary(bytes.clone())).await.unwrap();
    let mut heard = vec![0; bytes.len()];
    client.read_exact(&mut heard).await.unwrap();
    assert!(heard == bytes);
}

#[tokio::test]
async fn pings_are_answered_and_not_a_part_of_the_stream() {
    let (mut client, mut server) = connected(PIPE_BYTES).await;
    server.send(Message::ping("are you there")).await.unwrap();
    server.send(Message::binary("x")).await.unwrap();
    let mut heard = [0; 1];
    client.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"x");
    let answer = server.next().await.unwrap().unwrap();
    assert!(answer.is_pong());
    assert_eq!(&answer.as_payload()[..], b"are you there");
}

#[tokio::test]
async fn ping_is_answered_while_nothing_else_comes() {
    let (mut client, mut server) = connected(PIPE_BYTES).await;
    server.send(Message::ping("x")).await.unwrap();
    assert!(client.read(&mut [0; 1]).now_or_never().is_none());
    assert!(server.next().await.unwrap().unwrap().is_pong());
}

#[tokio::test]
async fn pings_whose_answers_nobody_reads_end_the_connection() {
    let (mut client, mut server) = connected(256).await;
    let raw = server.get_mut();
    // Opcode ping, not masked, with a payload of four bytes.
    let flood = [0x89, 4, b'p', b'i', b'n', b'g'].repeat(10_000);
    let mut heard = [0; 1];
    let error = tokio::select! {
        result = client.read(&mut heard) => result.unwrap_err(),
        _ = raw.write_all(&flood) => panic!("all pings were taken"),
    };
    assert!(error.to_string().contains("more than 64"), "{error}");
    assert_eq!(client.read(&mut heard).await.unwrap(), 0);
}

#[tokio::test]
async fn close_is_the_end_or_an_error_with_the_reason() {
    for (code, reason, expected) in [
        (None, "", None),
        (Some(CloseCode::NORMAL_CLOSURE), "bye", None),
        (Some(CloseCode::GOING_AWAY), "Server Shutdown", None),
        (
            Some(CloseCode::POLICY_VIOLATION),
            "Authentication Failure",
            Some("code 1008 and the reason \"Authentication Failure\""),
        ),
    ] {
        let (mut client, mut server) = connected(PIPE_BYTES).await;
        server.send(Message::binary("x")).await.unwrap();
        server.send(Message::close(code, reason)).await.unwrap();
        let mut heard = Vec::new();
        let end = client.read_to_end(&mut heard).await;
        assert_eq!(heard, b"x");
        match expected {
            None => assert_eq!(end.unwrap(), 1),
            Some(part) => {
                let error = end.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::ConnectionAborted);
                assert!(error.to_string().contains(part), "{error}");
            }
        }
        // The close was answered, and the end stays the end.
        assert!(server.next().await.unwrap().unwrap().is_close());
        assert_eq!(client.read(&mut [0; 1]).await.unwrap(), 0);
        let error = client.write(b"x").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        client.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn stream_that_ends_without_a_close_ends() {
    let (mut client, server) = connected(PIPE_BYTES).await;
    drop(server);
    assert_eq!(client.read(&mut [0; 1]).await.unwrap(), 0);
}

#[tokio::test]
async fn nonsense_is_an_error_and_not_data() {
    let (mut client, mut server) = connected(PIPE_BYTES).await;
    let raw = server.get_mut();
    raw.write_all(b"INFO {}\r\n").await.unwrap();
    let error = client.read(&mut [0; 1]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    assert_eq!(client.read(&mut [0; 1]).await.unwrap(), 0);
}

/// A server may send what it takes, with what it has for the client behind it: also when it says so, or takes it back, in
/// the middle of a connection.
#[tokio::test]
async fn messages_are_received_up_to_the_limit_of_the_server() {
    let (small, large) = (1 << 20, 300 << 20);
    assert_eq!(message_bytes_max(0), message_bytes_max(small));
    for (max_payload, length, accepted) in [
        (0, message_bytes_max(0), true),
        (0, message_bytes_max(0) + 1, false),
        (large, message_bytes_max(small) + 1, true),
        (large, message_bytes_max(large), true),
        (large, message_bytes_max(large) + 1, false),
        (small, message_bytes_max(large), false),
        (usize::MAX, message_bytes_max(large) + 1, true),
    ] {
        let limit = Arc::new(AtomicUsize::new(0));
        let (mut client, mut server) = connected_with(PIPE_BYTES, &limit).await;
        limit.store(max_payload, Ordering::Relaxed);
        let raw = server.get_mut();
        // The header alone: a whole binary message, not masked, of so many bytes.
        raw.write_all(&[0x82, 127]).await.unwrap();
        raw.write_all(&(length as u64).to_be_bytes()).await.unwrap();
        match client.read(&mut [0; 1]).now_or_never() {
            None => assert!(accepted, "{max_payload} {length}"),
            Some(result) => {
                assert!(!accepted, "{max_payload} {length}");
                assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidData);
            }
        }
    }
}

#[tokio::test]
async fn shutdown_says_goodbye_after_what_was_written() {
    let (mut client, mut server) = connected(PIPE_BYTES).await;
    client.write_all(b"last words").await.unwrap();
    client.shutdown().await.unwrap();
    let message = server.next().await.unwrap().unwrap();
    assert_eq!(&message.as_payload()[..], b"last words");
    let message = server.next().await.unwrap().unwrap();
    assert_eq!(message.as_close(), Some((CloseCode::NORMAL_CLOSURE, "")));
    let error = client.write(b"x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
}
