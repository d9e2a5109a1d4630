//! How a connection begins: what each side says, what may come in between, and what ends it.

use std::error::Error as _;

use async_nats::{ConnectErrorKind, ServerError};
use futures_util::StreamExt;
use nats_server::script::Info;
use serde_json::json;
use tokio::time::Instant;

use crate::support::*;

/// All fields of CONNECT that do not concern the user.
#[tokio::test(start_paused = true)]
async fn connect_says_what_the_client_is_and_can_do() {
    let mut net = Net::new();
    let options = options().name("orders \"of\"\r\nPUB x 0\r\n");
    let client = connect_to(&mut net, SERVER, options, |mut peer| async {
        let connect = peer.handshake().await;
        let expected = json!({
            "verbose": false, "pedantic": false, "jwt": null, "nkey": null, "sig": null,
            "name": "orders \"of\"\r\nPUB x 0\r\n", "echo": true, "lang": "rust", "version": env!("CARGO_PKG_VERSION"),
            "protocol": 1, "tls_required": false, "user": null, "pass": null, "auth_token": null,
            "headers": true, "no_responders": true,
        });
        assert_eq!(connect, expected);
        peer
    });
    let client = client.await.expect("the handshake was good");
    assert_eq!(client.server_info().server_name, "script");
}

#[tokio::test(start_paused = true)]
async fn no_echo_is_said_and_nothing_else_changes() {
    let mut net = Net::new();
    let client = connect_to(&mut net, SERVER, options().no_echo(), |mut peer| async {
        let connect = peer.handshake().await;
        assert_eq!(connect["echo"], false);
        assert_eq!(connect["name"], json!(null));
        peer
    });
    client.await.expect("the handshake was good");
}

#[tokio::test(start_paused = true)]
async fn a_client_is_there_after_the_pong_and_not_before() {
    let mut net = Net::new();
    let mut connecting = Box::pin(options().dialer(net.dialer()).connect(SERVER));
    assert!(poll_once(&mut connecting).await.is_none());
    let mut peer = net.accept().await;
    peer.send_info(Info::new()).await;
    assert!(
        poll_once(&mut connecting).await.is_none(),
        "there was no answer to CONNECT yet"
    );
    let (said, still) = tokio::join!(peer.expect_connect(), poll_once(&mut connecting));
    assert_eq!(said["lang"], "rust");
    assert!(still.is_none());
    peer.expect_ping().await;
    assert!(poll_once(&mut connecting).await.is_none());
    peer.send_pong().await;
    at_last(connecting).await.expect("the handshake was good");
}

/// Every byte of the handshake comes alone, in both directions.
#[tokio::test(start_paused = true)]
async fn a_handshake_passes_through_a_stream_of_single_bytes() {
    let mut session = Session::with_capacity(options(), 1).await;
    assert_eq!(session.client.server_info().server_id, "SCRIPT");
    session.client.publish("a", "hi".into()).await.expect("there is room");
    session.peer.expect("PUB a 2\r\nhi").await;
}

/// I13: whatever is not NATS is noticed at once, not when the time is over.
#[tokio::test(start_paused = true)]
async fn what_is_no_nats_server_is_an_error_at_once() {
    let babble: &[&[u8]] = &[
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.7\r\n",
        b"220 mail.example.com ESMTP\r\n",
        b"\x15\x03\x01\x00\x02\x02\x16",
        b"\xff\xfe\xfd\r\n",
        b"\r\n",
        b"PING\r\n",
        b"PONG\r\n",
        b"+OK\r\n",
        b"MSG a 1 0\r\n\r\n",
        b"INFO\r\n",
        b"INFO {\r\n",
        b"INFO {\"max_payload\":\"many\"}\r\n",
        b"INFO {\"port\":-1}\r\n",
        b"INFO \xff\r\n",
    ];
    for bytes in babble {
        let mut net = Net::new();
        let start = Instant::now();
        let result = connect_to(&mut net, SERVER, options(), |mut peer| async {
            peer.send_raw(bytes).await;
            peer.expect_eof().await;
            peer
        });
        let error = error_of(result.await);
        assert_eq!(error.kind(), ConnectErrorKind::Io, "{}: {error}", bytes.escape_ascii());
        assert!(
            start.elapsed() < secs(1),
            "{}: {:?}",
            bytes.escape_ascii(),
            start.elapsed()
        );
        assert!(error.source().is_some(), "{error}");
    }
}

/// I13: a line without an end is bounded.
#[tokio::test(start_paused = true)]
async fn an_info_without_an_end_is_given_up() {
    let mut net = Net::new();
    let result = connect_to(&mut net, SERVER, options(), |mut peer| async {
        peer.send_raw("INFO {\"server_id\":\"").await;
        for _ in 0..32 {
            peer.send_raw(vec![b'x'; 32 * 1024]).await;
            settle().await;
        }
        peer.expect_eof().await;
        peer
    });
    assert_eq!(error_of(result.await).kind(), ConnectErrorKind::Io);
}

/// The time-out holds whatever it is that does not come: the stream, the INFO, the rest of the INFO, the PONG.
#[tokio::test(start_paused = true)]
async fn a_silent_server_is_given_up_when_the_time_is_over() {
    for (timeout, step) in [
        (None, 0),
        (Some(millis(700)), 0),
        (Some(millis(700)), 1),
        (Some(secs(2)), 2),
        (None, 3),
    ] {
        let mut net = Net::new();
        let options = timeout
            .into_iter()
            .fold(options(), async_nats::ConnectOptions::connection_timeout);
        let start = Instant::now();
        let connecting = options.dialer(net.dialer()).connect(SERVER);
        let (result, _open) = tokio::join!(connecting, async {
            let dial = net.dialed().await;
            if step == 0 {
                return (Some(dial), None);
            }
            let mut peer = dial.accept();
            if step == 2 {
                peer.send_raw("INFO {\"server_id\"").await;
            }
            if step == 3 {
                peer.send_info(Info::new()).await;
                peer.expect_connect().await;
            }
            (None, Some(peer))
        });
        assert_eq!(error_of(result).kind(), ConnectErrorKind::TimedOut, "step {step}");
        assert_about(start.elapsed(), timeout.unwrap_or(secs(5)));
    }
}

/// The kind of each refusal, and what the server said behind it.
#[tokio::test(start_paused = true)]
async fn a_refusal_in_place_of_the_pong_is_told_by_its_kind() {
    use ConnectErrorKind::{AuthorizationViolation, Io};
    let table = [
        ("Authorization Violation", AuthorizationViolation),
        ("authorization violation", AuthorizationViolation),
        ("User Authentication Expired", AuthorizationViolation),
        ("User Authentication Revoked", AuthorizationViolation),
        ("Account Authentication Expired", AuthorizationViolation),
        ("Authentication Timeout", AuthorizationViolation),
        ("maximum connections exceeded", Io),
        ("maximum account active connections exceeded", Io),
        ("Secure Connection - TLS Required", Io),
        ("it's late", Io),
    ];
    for (text, kind) in table {
        let mut net = Net::new();
        let result = connect_to(&mut net, SERVER, options(), |mut peer| async {
            peer.send_info(Info::new()).await;
            peer.expect_connect().await;
            peer.expect_ping().await;
            peer.send_err(text).await;
            peer.expect_eof().await;
            peer
        });
        let error = error_of(result.await);
        assert_eq!(error.kind(), kind, "{text}");
        let source = error.source().and_then(|source| source.downcast_ref::<ServerError>());
        match source.unwrap_or_else(|| panic!("{text}: {error:?}")) {
            ServerError::AuthorizationViolation => assert!(text.eq_ignore_ascii_case("authorization violation")),
            other => assert_eq!(*other, ServerError::Other(text.to_owned())),
        }
    }
}

/// A server that is full says so in place of its INFO.
#[tokio::test(start_paused = true)]
async fn a_refusal_in_place_of_the_info_is_an_error_with_its_text() {
    let mut net = Net::new();
    let result = connect_to(&mut net, SERVER, options(), |mut peer| async {
        peer.send_err("maximum connections exceeded").await;
        peer.expect_eof().await;
        peer
    });
    let error = error_of(result.await);
    assert!(error.to_string().contains("maximum connections exceeded"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_closes_in_the_handshake_is_an_error_at_once() {
    for step in 0..3 {
        let mut net = Net::new();
        let start = Instant::now();
        let connecting = options().dialer(net.dialer()).connect(SERVER);
        let (result, ()) = tokio::join!(connecting, async {
            let mut peer = net.accept().await;
            match step {
                0 => {}
                1 => peer.send_raw("INFO {").await,
                _ => {
                    peer.send_info(Info::new()).await;
                    peer.expect_connect().await;
                }
            }
        });
        assert_eq!(error_of(result).kind(), ConnectErrorKind::Io, "step {step}");
        assert!(start.elapsed() < secs(1));
    }
}

#[tokio::test(start_paused = true)]
async fn words_before_the_pong_are_understood() {
    let mut net = Net::new();
    let client = connect_to(&mut net, SERVER, options(), |mut peer| async {
        peer.send_info(Info::new()).await;
        peer.expect_connect().await;
        peer.expect_ping().await;
        peer.send_ok().await;
        peer.send_ping().await;
        peer.expect_pong().await;
        peer.send_info(Info::new().server_name("renamed").max_payload(9)).await;
        peer.send_raw("+OK\r\nPONG\r\n").await;
        peer
    });
    let client = client.await.expect("the handshake was good");
    assert_eq!(client.server_info().server_name, "renamed");
    assert_eq!(client.max_payload(), 9);
}

/// What comes in one read with the PONG belongs to the connection.
#[tokio::test(start_paused = true)]
async fn bytes_behind_the_pong_are_not_lost() {
    let behind = b"MSG a 1 5\r\nfirst\r\nPING\r\nMSG a 1 6\r\nsecond\r\n";
    for cut in 0..behind.len() {
        let mut net = Net::new();
        let options = options().retry_on_initial_connect().dialer(net.dialer());
        let client = options.connect(SERVER).await.expect("this cannot fail");
        let mut messages = client.subscribe("a").await.expect("a good subject");
        let mut peer = net.accept().await;
        peer.send_info(Info::new()).await;
        peer.expect_connect().await;
        peer.expect_ping().await;
        let (now, later) = behind.split_at(cut);
        peer.send_raw([b"PONG\r\n", now].concat()).await;
        settle().await;
        peer.send_raw(later).await;
        let first = at_last(messages.next()).await.expect("the first message");
        assert_eq!(first.payload, "first", "cut at {cut}");
        let second = at_last(messages.next()).await.expect("the second message");
        assert_eq!(second.payload, "second", "cut at {cut}");
        let said = [peer.expect_op().await, peer.expect_op().await];
        assert!(said.contains(&nats_server::script::Op::Pong), "{said:?}");
    }
}

/// A list of servers is gone through until one answers; the last error counts when none does.
#[tokio::test(start_paused = true)]
async fn every_server_is_tried_once() {
    let servers = vec!["nats://one", "nats://two", "nats://three"];
    let mut net = Net::new();
    let connecting = options()
        .retain_servers_order()
        .dialer(net.dialer())
        .connect(servers.clone());
    let (client, _peer) = tokio::join!(connecting, async {
        for expected in ["one", "two"] {
            let dial = net.dialed().await;
            assert_eq!(dial.addr.host(), expected);
            dial.refuse();
        }
        let mut peer = net.accept().await;
        peer.handshake().await;
        peer
    });
    client.expect("the third server answered");

    let mut net = Net::new();
    let connecting = options().dialer(net.dialer()).connect(servers);
    let (result, refused) = tokio::join!(connecting, net.refuse_for(secs(60)));
    assert_eq!(error_of(result).kind(), ConnectErrorKind::Io);
    let mut hosts: Vec<_> = refused.iter().map(|(_, addr)| addr.host()).collect();
    hosts.sort_unstable();
    assert_eq!(hosts, ["one", "three", "two"]);
}

/// Wrong credentials are wrong at the other servers of a cluster too; asking there would lock an account.
#[tokio::test(start_paused = true)]
async fn a_refusal_of_the_credentials_ends_the_round() {
    let mut net = Net::new();
    let connecting = options().dialer(net.dialer()).connect(vec!["nats://one", "nats://two"]);
    let (result, ()) = tokio::join!(connecting, async {
        let mut peer = net.accept().await;
        peer.send_info(Info::new()).await;
        peer.expect_connect().await;
        peer.expect_ping().await;
        peer.send_err("Authorization Violation").await;
        peer.expect_eof().await;
    });
    assert_eq!(error_of(result).kind(), ConnectErrorKind::AuthorizationViolation);
    assert!(net.dialed_within(secs(60)).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn what_the_server_says_of_itself_can_be_read() {
    let info = Info::new()
        .version("2.11.3-RC.1")
        .max_payload(77)
        .with("cluster", "east")
        .with("jetstream", true);
    let session = Session::to(SERVER, options(), info).await;
    let info = session.client.server_info();
    assert_eq!(
        (info.max_payload, info.cluster.as_deref(), info.jetstream),
        (77, Some("east"), true)
    );
    assert_eq!(session.client.max_payload(), 77);
    assert!(session.client.is_server_compatible(2, 11, 3) && !session.client.is_server_compatible(2, 12, 0));
}
