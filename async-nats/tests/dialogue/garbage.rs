//! Bytes that no server should send: no panic, no hang, and no harm beyond what they spoil (I13).

use async_nats::{ClientError, Event, Message};
use futures_util::StreamExt;
use nats_server::script::{Info, Op};

use crate::support::*;

/// Numbers that are random and the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

/// Violations of the protocol: an event that says what it was, and a new connection. What came before counts.
#[tokio::test(start_paused = true)]
async fn a_violation_of_the_protocol_is_told_and_the_connection_made_anew() {
    let long = "x".repeat(40_000);
    let violations: Vec<Vec<u8>> = [
        "BAD\r\n",
        "HTTP/1.1 200 OK\r\n",
        "\0\0\0\0",
        "MSG\r\n",
        "MSG a\r\n",
        "MSG a 1\r\n",
        "MSG a x 1\r\n",
        "MSG a 1 -1\r\n\r\n",
        "MSG a 1 1 1 1\r\nx\r\n",
        "MSG a 1 2\r\nabcd\r\n",
        "MSG a 1 99999999999999999999\r\n",
        "MSG a 1 18446744073709551615\r\n",
        "MSG a 1 67174401\r\n",
        "MSG a 18446744073709551616 1\r\nx\r\n",
        "HMSG a 1 10 5\r\n",
        "HMSG a 1 18446744073709551615 1\r\n",
        "HMSG a 1 1\r\n\r\n",
        "PINGPONG\r\n",
        &format!("MSG {long} 1 1\r\nx\r\n"),
        &format!("P{long}"),
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .collect();
    let mut session = Session::start().await;
    let mut messages = session.client.subscribe("a").await.expect("good");
    let sid = session.peer.expect_sub().await.sid;
    for violation in violations {
        let shown = violation[..violation.len().min(60)].escape_ascii().to_string();
        let before = format!("MSG a {sid} 6\r\nbefore\r\n");
        session.peer.send_raw([before.as_bytes(), &violation].concat()).await;
        assert_eq!(
            at_last(messages.next()).await.expect("open").payload,
            "before",
            "{shown}"
        );
        let Event::ClientError(ClientError::Other(why)) = session.events.next().await else {
            panic!("{shown}: not told")
        };
        assert!(why.contains("the server"), "{shown}: {why}");
        session.events.expect(Event::Disconnected).await;
        session.peer.read_to_end().await;
        session.peer = session.net.accept().await;
        session.peer.handshake().await;
        session.events.expect(Event::Connected).await;
        assert_eq!(session.peer.expect_sub().await.sid, sid, "{shown}");
    }
}

/// Odd, and no violation: blanks, cases, a bare LF.
#[tokio::test(start_paused = true)]
async fn oddities_that_servers_may_send_are_understood() {
    let mut session = Session::start().await;
    let mut messages = session.client.subscribe("a").await.expect("good");
    let sid = session.peer.expect_sub().await.sid;
    for odd in [
        format!("MSG  a   {sid}\t1\r\nx\r\n"),
        format!("msg a {sid} 1\r\nx\r\n"),
        format!("MSG\ta\t{sid} 01\r\nx\r\n"),
        format!("+ok\r\nMSG a {sid} 1 \r\nx\r\n"),
        format!("PING \r\nPONG\t\r\nMSG a {sid} 1\r\nx\r\n"),
    ] {
        session.peer.send_raw(&odd).await;
        assert_eq!(at_last(messages.next()).await.expect("open").payload, "x", "{odd:?}");
    }
    assert_eq!(session.events.so_far(), []);
}

/// A lone CR in a header, sent by any publisher, broke the connection.
#[tokio::test(start_paused = true)]
async fn a_bad_header_spoils_one_message_and_nothing_else() {
    let blocks: &[&[u8]] = &[
        b"NATS/1.0\r\nA: 1\rB: 2\r\n\r\n",
        b"NATS/1.0\r\nA: 1\nB: 2\r\n\r\n",
        b"NATS/1.0\r\nA: 1\r\n folded\r\n\r\n",
        b"NATS/1.0\r\n\tfolded: at the start\r\n\r\n",
        b"NATS/1.0\r\n: no name\r\n\r\n",
        b"NATS/1.0\r\nno colon\r\n\r\n",
        b"NATS/1.0\r\nA\r\n\r\n",
        b"NATS/1.0\r\nA: \xff\xfe\r\n\r\n",
        b"NATS/1.0\r\n\xff: 1\r\n\r\n",
        b"NATS/1.0\r\nA: \0\r\n\r\n",
        b"NATS/1.0\r\nA B: 1\r\n\r\n",
        b"NATS/1.0 abc\r\n\r\n",
        b"NATS/1.0 99\r\n\r\n",
        b"NATS/1.0 99999999999\r\n\r\n",
        b"NATS/1.0 -1 minus\r\n\r\n",
        b"NATS/1.0 503\xff\r\n\r\n",
        b"NATS/2.0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"NATS/1.0",
        b"NATS/1.0\r\n",
        b"NATS/1.0\r\nA: 1",
        b"NATS/1.0\r\nA: 1\r\n",
        b"\r\n\r\n",
        b"\r",
        b"\0",
        b"NATS/1.0\r\n\r\nA: behind the end\r\n\r\n",
    ];
    let mut session = Session::start().await;
    let mut messages = session.client.subscribe("a").await.expect("good");
    let mut others = session.client.subscribe("b").await.expect("good");
    let (sid, other) = (session.peer.expect_sub().await.sid, session.peer.expect_sub().await.sid);
    let mut spoilt = 0;
    for block in blocks {
        session.peer.send_hmsg_raw("a", sid, Some("r"), block, "payload").await;
        session.peer.send_msg("b", other, None, "good").await;
        let message = at_last(messages.next()).await.expect("open");
        assert_eq!(
            (&message.payload[..], message.reply.as_deref()),
            (&b"payload"[..], Some("r")),
            "{}",
            block.escape_ascii()
        );
        assert_eq!(at_last(others.next()).await.expect("open").payload, "good");
        let events = session.events.so_far();
        assert!(
            events
                .iter()
                .all(|event| matches!(event, Event::ClientError(ClientError::Other(_)))),
            "{events:?}"
        );
        spoilt += events.len();
    }
    assert!(spoilt > 10, "only {spoilt} of {} were told", blocks.len());
    assert_eq!(
        session.client.connection_state(),
        async_nats::connection::State::Connected
    );
}

/// The same, as the answer to a request.
#[tokio::test(start_paused = true)]
async fn an_answer_with_a_bad_header_is_an_answer() {
    let mut session = Session::start().await;
    let (answer, ()) = tokio::join!(session.client.request("service", "".into()), async {
        let sid = session.peer.expect_sub().await.sid;
        let reply = session.peer.expect_pub().await.reply.expect("a reply subject");
        session
            .peer
            .send_hmsg_raw(&reply, sid, None, b"NATS/1.0\r\nA: 1\rB\r\n\r\n", "yes")
            .await;
    });
    assert_eq!(answer.expect("it was answered").payload, "yes");
}

/// A header block as large as a message may be: any publisher can send it where the server's limit is high.
#[tokio::test(start_paused = true)]
async fn a_huge_header_block_spoils_one_message_at_most() {
    let mut session = Session::start().await;
    let mut messages = session.client.subscribe("a").await.expect("good");
    let sid = session.peer.expect_sub().await.sid;
    let line = format!("Name: {}\r\n", "value".repeat(200)).into_bytes();
    for size in [1_000_000, 9_000_000] {
        let mut block = b"NATS/1.0\r\n".to_vec();
        while block.len() < size {
            block.extend_from_slice(&line);
        }
        block.extend_from_slice(b"\r\n");
        session.peer.send_hmsg_raw("a", sid, None, &block, "payload").await;
        assert_eq!(
            at_last(messages.next()).await.expect("open").payload,
            "payload",
            "{size} bytes"
        );
    }
    session.peer.send_msg("a", sid, None, "next").await;
    assert_eq!(at_last(messages.next()).await.expect("open").payload, "next");
    assert!(!session.events.so_far().contains(&Event::Disconnected));
}

/// A subject that is no text: the message arrives all the same.
#[tokio::test(start_paused = true)]
async fn a_subject_that_is_no_utf8_spoils_no_message() {
    let Session { client, mut peer, .. } = Session::start().await;
    let mut messages = client.subscribe(">").await.expect("good");
    let sid = peer.expect_sub().await.sid;
    peer.send_raw([b"MSG a.\xff\xfe.b ", format!("{sid} r").as_bytes(), b"\xff 1\r\nx\r\n"].concat())
        .await;
    let message: Message = at_last(messages.next()).await.expect("open");
    assert_eq!(message.payload, "x");
    peer.send_msg("good", sid, None, "y").await;
    assert_eq!(at_last(messages.next()).await.expect("open").subject.as_str(), "good");
}

/// After whatever it was: the client works on this connection or on the next one.
async fn still_works(session: &mut Session) {
    let client = session.client.clone();
    drop(std::mem::replace(&mut session.peer, nobody()));
    session.peer = session.net.accept().await;
    session.peer.handshake_with(Info::new()).await;
    let mut asked = Box::pin(client.request("works", "?".into()));
    assert!(poll_once(&mut asked).await.is_none());
    let mut inbox = None;
    loop {
        match session.peer.expect_op().await {
            Op::Sub(sub) if sub.subject.starts_with("_INBOX") => inbox = Some(sub.sid),
            Op::Pub(message) if message.subject == "works" => {
                let reply = message.reply.expect("a reply subject");
                session
                    .peer
                    .send_msg(&reply, inbox.expect("subscribed first"), None, "yes")
                    .await;
                break;
            }
            Op::Sub(_) | Op::Pub(_) | Op::Pong | Op::Ping | Op::Unsub(_) => {}
            other @ Op::Connect(_) => panic!("{other:?}"),
        }
    }
    assert_eq!(at_last(asked).await.expect("it was answered").payload, "yes");
}

/// Random words and bytes in random pieces.
#[tokio::test(start_paused = true)]
async fn random_garbage_neither_panics_nor_hangs() {
    let words: &[&[u8]] = &[
        b"MSG ",
        b"HMSG ",
        b"PING\r\n",
        b"PONG\r\n",
        b"+OK\r\n",
        b"-ERR ",
        b"INFO ",
        b"INFO {}\r\n",
        b"\r\n",
        b"\n",
        b"\r",
        b" ",
        b"\t",
        b"a",
        b"1",
        b"0",
        b"12",
        b"99999999999",
        b"{",
        b"}",
        b"\"",
        b"'",
        b"NATS/1.0\r\n",
        b"A: 1\r\n",
        b"\0",
        b"\xff",
        b"MSG a 1 1\r\nx\r\n",
        b"HMSG a 1 12 13\r\nNATS/1.0\r\n\r\nx\r\n",
        b"MSG a 1 9000\r\n",
        b"'Permissions Violation for Subscription to \"a\"'\r\n",
        b"{\"ldm\":true,\"connect_urls\":[\"x\",\"one:4222\"]}\r\n",
        b"{\"max_payload\":100000}\r\n",
    ];
    for seed in 0..400 {
        let mut random = Random(seed);
        let mut session = Session::start().await;
        let _messages = session.client.subscribe("a").await.expect("good");
        let _more = session.client.queue_subscribe("b", "q".into()).await.expect("good");
        let _ = poll_once(&mut Box::pin(session.client.request("a", "".into()))).await;
        let mut bytes = Vec::new();
        for _ in 0..random.below(60) {
            bytes.extend_from_slice(words[random.below(words.len())]);
        }
        while !bytes.is_empty() {
            let rest = bytes.split_off(1 + random.below(bytes.len().min(30)));
            if session.client.connection_state() != async_nats::connection::State::Connected {
                break;
            }
            session.peer.send_raw(bytes).await;
            settle_a_little().await;
            bytes = rest;
        }
        still_works(&mut session).await;
    }
}

async fn settle_a_little() {
    for _ in 0..5 {
        tokio::task::yield_now().await;
    }
}

/// A good stream with one byte changed, at every place.
#[tokio::test(start_paused = true)]
async fn a_stream_with_one_wrong_byte_neither_panics_nor_hangs() {
    let good = b"MSG a 1 2\r\nhi\r\nHMSG a 1 r 22 24\r\nNATS/1.0 100\r\nA: 1\r\n\r\nok\r\nPING\r\n-ERR 'no'\r\nPONG\r\nINFO {\"port\":1}\r\n";
    let mut random = Random(1);
    for at in 0..good.len() {
        for byte in [b'\r', b'\n', b' ', b'9', 0xff, random.below(256) as u8] {
            let mut session = Session::start().await;
            let _messages = session.client.subscribe("a").await.expect("good");
            let mut bytes = good.to_vec();
            bytes[at] = byte;
            session.peer.send_raw(&bytes).await;
            settle_a_little().await;
            still_works(&mut session).await;
        }
    }
}

/// Garbage in place of the handshake of a reconnect: the client goes on trying, and never in a hot loop.
#[tokio::test(start_paused = true)]
async fn garbage_in_a_reconnect_is_told_and_tried_again() {
    let mut session = Session::start().await;
    drop(std::mem::replace(&mut session.peer, nobody()));
    let start = tokio::time::Instant::now();
    for number in 0..100 {
        let mut peer = session.net.accept().await;
        let mut random = Random(number);
        let bytes: Vec<u8> = (0..random.below(200)).map(|_| random.below(256) as u8).collect();
        peer.send_raw(bytes).await;
        peer.half_close().await;
    }
    assert!(
        start.elapsed() > secs(300),
        "a hundred attempts within {:?}",
        start.elapsed()
    );
    session.net.accept().await.handshake().await;
    let told = session.events.until(Event::Connected).await;
    assert_eq!(told.len(), 102, "each attempt, between two words of the state");
}
