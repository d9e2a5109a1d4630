//! The scripted peer, in memory on virtual time and over TCP.

use std::time::Duration;

use nats_server::script::{Info, Op, Peer, Script};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::TcpStream;

async fn say(client: &mut DuplexStream, text: &str) {
    client.write_all(text.as_bytes()).await.expect("the peer reads");
}

async fn hear(client: &mut DuplexStream, text: &str) {
    let mut heard = vec![0; text.len()];
    client.read_exact(&mut heard).await.expect("the peer speaks");
    assert_eq!(String::from_utf8_lossy(&heard), text);
}

/// Runs a dialogue that is to fail, and returns the text of its panic.
async fn failure<F>(dialogue: F) -> String
where
    F: std::future::Future<Output = ()> + Send + 'static,
{
    let panic = tokio::spawn(dialogue)
        .await
        .expect_err("the dialogue is to fail")
        .into_panic();
    *panic.downcast::<String>().expect("panics carry a text")
}

#[tokio::test(start_paused = true)]
async fn a_handshake_is_played() {
    let (mut client, mut peer) = Script::pair();
    say(&mut client, "CONNECT {\"name\":\"me\"}\r\nPING\r\n").await;
    let info = Info::from_value(json!({ "max_payload": 9 }));
    let connect = peer.handshake_with(info).await;
    assert_eq!(connect, json!({ "name": "me" }));
    hear(&mut client, "INFO {\"max_payload\":9}\r\nPONG\r\n").await;
}

#[tokio::test(start_paused = true)]
async fn operations_are_expected_by_their_kind() {
    let (mut client, mut peer) = Script::pair();
    say(
        &mut client,
        "SUB a q 4\r\nUNSUB 4 2\r\nPUB a b 2\r\nhi\r\nPING\r\nPONG\r\n",
    )
    .await;
    let sub = peer.expect_sub().await;
    assert_eq!((sub.subject.as_str(), sub.sid), ("a", 4));
    assert_eq!(sub.queue.as_deref(), Some("q"));
    assert_eq!(peer.expect_unsub().await.max, Some(2));
    let message = peer.expect_pub().await;
    assert_eq!(message.text(), "hi");
    assert_eq!(message.reply.as_deref(), Some("b"));
    peer.expect_ping().await;
    assert_eq!(peer.expect_op().await, Op::Pong);
}

#[tokio::test(start_paused = true)]
async fn lines_are_expected_as_they_stand() {
    let (mut client, mut peer) = Script::pair();
    say(&mut client, "SUB _INBOX.x.* 1\r\nPUB a _INBOX.x.1 2\r\nhi\r\nabc").await;
    let found = peer.expect("SUB _INBOX.{}.* {}\r\nPUB a {} 2\r\nhi").await;
    assert_eq!(found, ["x", "1", "_INBOX.x.1"]);
    assert_eq!(peer.expect_bytes(3).await, b"abc");
}

#[tokio::test(start_paused = true)]
async fn messages_are_framed() {
    let (mut client, mut peer) = Script::pair();
    peer.send_msg("a", 1, None, "hi").await;
    peer.send_msg("a", 1, Some("r"), "").await;
    peer.send_hmsg("a", 1, None, Some("503"), &[], "").await;
    peer.send_hmsg("a", 1, Some("r"), None, &[("A", "1")], "hi").await;
    peer.send_err("Stale Connection").await;
    peer.send_ok().await;
    peer.send_ping().await;
    peer.send_raw(b"MS").await;
    hear(&mut client, "MSG a 1 2\r\nhi\r\nMSG a 1 r 0\r\n\r\n").await;
    hear(&mut client, "HMSG a 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n").await;
    hear(&mut client, "HMSG a 1 r 18 20\r\nNATS/1.0\r\nA: 1\r\n\r\nhi\r\n").await;
    hear(&mut client, "-ERR 'Stale Connection'\r\n+OK\r\nPING\r\nMS").await;
}

#[tokio::test(start_paused = true)]
async fn pings_are_answered_only_when_asked_for() {
    let (mut client, mut peer) = Script::pair();
    peer.answer_pings(true);
    say(&mut client, "PING\r\nSUB a 1\r\nPING\r\nSUB b 2\r\nPING\r\n").await;
    assert_eq!(peer.expect_sub().await.subject, "a");
    peer.expect("SUB b 2").await;
    peer.expect_nothing_for(Duration::from_secs(1)).await;
    hear(&mut client, "PONG\r\nPONG\r\nPONG\r\n").await;
    say(&mut client, "PING\r\nPING\r\n").await;
    peer.expect_ping().await;
    peer.answer_pings(false);
    assert_eq!(peer.expect_op().await, Op::Ping);
}

#[tokio::test(start_paused = true)]
async fn the_end_is_expected() {
    let (client, mut peer) = Script::pair();
    drop(client);
    peer.expect_eof().await;

    let (mut client, mut peer) = Script::pair();
    say(&mut client, "PUB a 1").await;
    drop(client);
    assert_eq!(peer.read_to_end().await, b"PUB a 1");
}

#[tokio::test(start_paused = true)]
async fn a_half_closed_peer_still_reads() {
    let (mut client, mut peer) = Script::pair();
    peer.half_close().await;
    let mut nothing = [0];
    let end = client.read(&mut nothing).await.expect("an end is no error");
    assert_eq!(end, 0);
    say(&mut client, "PING\r\n").await;
    peer.expect_ping().await;
}

#[tokio::test(start_paused = true)]
async fn silence_is_measured_on_virtual_time() {
    let (mut client, mut peer) = Script::pair();
    let start = tokio::time::Instant::now();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(3600)).await;
        say(&mut client, "PING\r\n").await;
        std::future::pending::<()>().await;
    });
    peer.expect_nothing_for(Duration::from_secs(3599)).await;
    peer.expect_ping().await;
    assert_eq!(start.elapsed(), Duration::from_secs(3600));
}

#[tokio::test(start_paused = true)]
async fn patience_has_an_end_and_can_be_set() {
    let text = failure(async {
        let (_client, mut peer) = Script::pair();
        peer.set_patience(Duration::from_secs(7));
        peer.expect_ping().await;
    })
    .await;
    assert!(text.contains("nothing more within 7s"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_failure_shows_what_was_expected_what_came_and_what_was_said() {
    let text = failure(async {
        let (mut client, mut peer) = Script::pair();
        peer.send_pong().await;
        say(&mut client, "SUB a 1\r\nPUB b 2\r\nhi\r\nUNSUB 1\r\n").await;
        peer.expect_sub().await;
        peer.expect_ping().await;
    })
    .await;
    for part in [
        "tests/script.rs:",
        "expected: PING",
        "came: Pub(",
        "server: PONG",
        "client: SUB a 1",
        "read and not looked at: UNSUB 1",
    ] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_line_that_differs_is_shown() {
    let text = failure(async {
        let (mut client, mut peer) = Script::pair();
        say(&mut client, "SUB a 1\r\n").await;
        peer.expect("SUB a 2").await;
    })
    .await;
    assert!(text.contains("expected: SUB a 2\ncame: SUB a 1"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn silence_that_is_broken_fails() {
    let text = failure(async {
        let (mut client, mut peer) = Script::pair();
        say(&mut client, "PI").await;
        peer.expect_nothing_for(Duration::from_secs(1)).await;
    })
    .await;
    assert!(text.contains("expected: nothing for 1s\ncame: PI"), "{text}");
    let text = failure(async {
        let (client, mut peer) = Script::pair();
        drop(client);
        peer.expect_nothing_for(Duration::from_secs(1)).await;
    })
    .await;
    assert!(text.contains("came: the end of the connection"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn something_said_before_the_end_fails() {
    let text = failure(async {
        let (mut client, mut peer) = Script::pair();
        say(&mut client, "PING\r\n").await;
        drop(client);
        peer.expect_eof().await;
    })
    .await;
    assert!(text.contains("came: PING\\r\\n"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_is_noticed() {
    let text = failure(async {
        let (_client, mut peer) = Script::pair_with_capacity(3);
        peer.send_raw("PING").await;
    })
    .await;
    assert!(text.contains("it does not read"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_can_be_taken_out_when_all_was_looked_at() {
    let (mut client, mut peer) = Script::pair();
    peer.send_info(Info::new().tls_required(true)).await;
    let mut stream = peer.into_inner();
    stream.write_all(b"x").await.expect("it is still open");
    drop(stream);
    let mut heard = String::new();
    client.read_to_string(&mut heard).await.expect("all is text");
    assert!(heard.ends_with("\r\nx"), "{heard}");

    let text = failure(async {
        let (mut client, mut peer) = Script::pair();
        say(&mut client, "PING\r\nPI").await;
        peer.expect_ping().await;
        peer.into_inner();
    })
    .await;
    assert!(text.contains("came: PI"), "{text}");
}

async fn connected() -> (TcpStream, Peer<TcpStream>) {
    let (url, listener) = Script::listen().await;
    assert_eq!(url, format!("nats://127.0.0.1:{}", listener.port()));
    let client = TcpStream::connect(("127.0.0.1", listener.port()));
    let (client, peer) = tokio::join!(client, listener.accept());
    (client.expect("the listener takes it"), peer)
}

#[tokio::test]
async fn a_dialogue_over_tcp() {
    let (mut client, mut peer) = connected().await;
    client
        .write_all(b"CONNECT {}\r\nPING\r\nPUB a 2\r\nhi\r\n")
        .await
        .expect("the peer reads");
    peer.handshake().await;
    assert_eq!(peer.expect_pub().await.text(), "hi");
    drop(client);
    peer.expect_eof().await;
}

#[tokio::test]
async fn a_reset_is_seen_as_an_error() {
    let (mut client, peer) = connected().await;
    peer.reset();
    let mut byte = [0];
    let error = client.read(&mut byte).await.expect_err("it was reset");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_port_can_be_left_and_taken_again() {
    let (_, listener) = Script::listen().await;
    let port = listener.port();
    listener.expect_no_connection_for(Duration::from_millis(1)).await;
    drop(listener);
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
    let listener = Script::listen_on(port).await;
    assert_eq!(listener.port(), port);
}

#[tokio::test(start_paused = true)]
async fn operations_can_be_taken_up_to_the_end_of_the_connection() {
    let (mut client, mut peer) = Script::pair();
    client
        .write_all(b"PING\r\nPUB a 1\r\nx\r\nPUB in-part 5\r\nx")
        .await
        .unwrap();
    assert_eq!(peer.next_op().await, Some(Op::Ping));
    assert!(matches!(peer.next_op().await, Some(Op::Pub(message)) if message.text() == "x"));
    drop(client);
    assert_eq!(peer.next_op().await, None);
}
