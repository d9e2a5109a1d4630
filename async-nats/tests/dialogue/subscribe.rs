//! Subscribing: the words on the wire, and which message reaches whom.

use async_nats::client::SubscribeOptions;
use async_nats::{Event, ServerError, StatusCode, SubscribeErrorKind};
use futures_util::{FutureExt, StreamExt};
use nats_server::script::Op;

use crate::support::*;

#[tokio::test(start_paused = true)]
async fn subscriptions_are_asked_for_as_they_were_given() {
    let Session { client, mut peer, .. } = Session::start().await;
    let _all = client.subscribe("a.*.>").await.expect("good");
    let _shared = client.queue_subscribe("jobs", "workers".into()).await.expect("good");
    let options = SubscribeOptions::new().queue_group("others").max_pending_messages(1);
    let _bounded = client.subscribe_with_options("jobs", options).await.expect("good");
    let (all, shared, bounded) = (
        peer.expect_sub().await,
        peer.expect_sub().await,
        peer.expect_sub().await,
    );
    assert_eq!((all.subject.as_str(), all.queue), ("a.*.>", None));
    assert_eq!(
        (shared.subject.as_str(), shared.queue.as_deref()),
        ("jobs", Some("workers"))
    );
    assert_eq!(
        (bounded.subject.as_str(), bounded.queue.as_deref()),
        ("jobs", Some("others"))
    );
    assert!(all.sid != shared.sid && shared.sid != bounded.sid && bounded.sid != all.sid);
}

/// I14: no subject and no queue group becomes protocol.
#[tokio::test(start_paused = true)]
async fn bad_names_are_refused_before_anything_is_sent() {
    for skip in [false, true] {
        let Session { client, mut peer, .. } = Session::with(options().skip_subject_validation(skip)).await;
        let bad = ["", " ", "a b", "a\r\nPING", "a\n", "\r", "a..b", ".a", "a.", "a\tb"];
        for subject in bad {
            if skip && !subject.is_empty() && !subject.contains(['\r', '\n']) {
                continue;
            }
            let error = error_of(client.subscribe(subject).await);
            assert_eq!(error.kind(), SubscribeErrorKind::InvalidSubject, "{subject:?}");
            let error = error_of(client.queue_subscribe(subject, "q".into()).await);
            assert_eq!(error.kind(), SubscribeErrorKind::InvalidSubject, "{subject:?}");
        }
        for queue in ["", " ", "a b", "a\tb", "a\r\nPING", "a\n"] {
            let error = error_of(client.queue_subscribe("a", queue.into()).await);
            assert_eq!(error.kind(), SubscribeErrorKind::InvalidQueueName, "{queue:?}");
        }
        peer.expect_nothing_for(secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn messages_arrive_with_all_their_parts() {
    let Session { client, mut peer, .. } = Session::start().await;
    let mut messages = client.subscribe("a.*").await.expect("good");
    let sid = peer.expect_sub().await.sid;
    peer.send_msg("a.b", sid, None, "plain").await;
    peer.send_msg("a.c", sid, Some("r.1"), "").await;
    peer.send_hmsg(
        "a.d",
        sid,
        Some("r"),
        None,
        &[("A", "1"), ("B", "2"), ("A", "3")],
        "with headers",
    )
    .await;
    peer.send_hmsg("a.e", sid, None, Some("100 Idle Heartbeat"), &[("Nats-Last", "7")], "")
        .await;

    let plain = messages.next().await.expect("plain");
    assert_eq!(
        (plain.subject.as_str(), plain.reply, &plain.payload[..]),
        ("a.b", None, &b"plain"[..])
    );
    assert_eq!((plain.headers, plain.status, plain.length), (None, None, 8));
    let asking = messages.next().await.expect("with a reply");
    assert_eq!(
        (asking.reply.as_deref(), asking.payload.len(), asking.length),
        (Some("r.1"), 0, 6)
    );
    let headed = messages.next().await.expect("with headers");
    let headers = headed.headers.expect("there are some");
    let all: Vec<_> = headers.get_all("A").map(|value| value.as_str()).collect();
    assert_eq!(
        (all, headers.get("B").map(|value| value.as_str())),
        (vec!["1", "3"], Some("2"))
    );
    assert!(headers.get("a").is_none(), "names keep their case");
    assert_eq!(&headed.payload[..], b"with headers");
    let status = messages.next().await.expect("with a status");
    assert_eq!(
        (status.status, status.description.as_deref()),
        (Some(StatusCode::IDLE_HEARTBEAT), Some("Idle Heartbeat"))
    );
}

/// I4: in order, to the right one, and to no other; split at every byte.
#[tokio::test(start_paused = true)]
async fn messages_that_come_in_two_parts_reach_their_subscriptions_in_order() {
    let Session { client, mut peer, .. } = Session::start().await;
    let mut one = client.subscribe("one").await.expect("good");
    let mut two = client.subscribe("two").await.expect("good");
    let (first, second) = (peer.expect_sub().await.sid, peer.expect_sub().await.sid);
    let big = "x".repeat(40);
    let series = format!(
        "MSG one {first} 1\r\n1\r\nMSG two {second} re.ply 0\r\n\r\nPING\r\nHMSG one {first} 18 58\r\nNATS/1.0\r\nA: 1\r\n\r\n{big}\r\n\
         +OK\r\nMSG two {second} 3\r\n\r\n.\r\nMSG nobody 999 4\r\nlost\r\nMSG one {first} 1\r\n3\r\n"
    );
    for cut in 0..=series.len() {
        peer.send_raw(&series[..cut]).await;
        settle().await;
        peer.send_raw(&series[cut..]).await;
        let mut got = Vec::new();
        for _ in 0..3 {
            got.push(at_last(one.next()).await.expect("open").payload);
        }
        assert_eq!(got, [&b"1"[..], big.as_bytes(), b"3"], "cut at {cut}");
        let (empty, odd) = (two.next().await.expect("open"), two.next().await.expect("open"));
        assert_eq!(
            (&empty.payload[..], empty.reply.as_deref()),
            (&b""[..], Some("re.ply")),
            "cut at {cut}"
        );
        assert_eq!(&odd.payload[..], b"\r\n.", "cut at {cut}");
        assert!(one.next().now_or_never().is_none() && two.next().now_or_never().is_none());
        peer.expect_pong().await;
    }
}

/// Large messages go another way inside: whole, in order, and between small ones, whatever pieces they come in.
#[tokio::test(start_paused = true)]
async fn large_and_small_messages_keep_their_order() {
    let sizes = [0, 10, 8191, 8192, 8193, 5, 70_000, 200_000, 1, 65_536, 3_000_000, 2];
    let body = |size: usize| (0..size).map(|at| (at % 250) as u8).collect::<Vec<_>>();
    for (capacity, buffer, count) in [
        (7, 65_535, 5),
        (1000, 1, 12),
        (4096, 4096, 12),
        (65_536, 65_535, 12),
        (1 << 22, 30_000, 12),
    ] {
        let options = options().read_buffer_capacity(buffer);
        let Session { client, mut peer, .. } = Session::with_capacity(options, capacity).await;
        let mut messages = client.subscribe("a").await.expect("good");
        let sid = peer.expect_sub().await.sid;
        let sender = async {
            for (number, size) in sizes.into_iter().take(count).enumerate() {
                match number % 2 {
                    0 => peer.send_msg("a", sid, Some("r"), body(size)).await,
                    _ => peer.send_hmsg("a", sid, None, None, &[("N", "v")], body(size)).await,
                }
            }
        };
        let reader = async {
            for size in sizes.into_iter().take(count) {
                let message = messages.next().await.expect("open");
                assert!(
                    message.payload == body(size),
                    "the message of {size} bytes over {capacity}"
                );
                assert_eq!(message.reply.is_some(), message.headers.is_none());
            }
        };
        at_last(async { tokio::join!(sender, reader) }).await;
    }
}

#[tokio::test(start_paused = true)]
async fn unsubscribe_ends_the_stream_behind_what_is_there() {
    let Session { client, mut peer, .. } = Session::start().await;
    let mut messages = client.subscribe("a").await.expect("good");
    let sid = peer.expect_sub().await.sid;
    peer.send_msg("a", sid, None, "1").await;
    peer.send_msg("a", sid, None, "2").await;
    settle().await;
    messages.unsubscribe().await.expect("open");
    peer.expect(&format!("UNSUB {sid}")).await;
    peer.send_msg("a", sid, None, "too late").await;
    settle().await;
    let rest: Vec<_> = at_last(messages.map(|message| message.payload).collect::<Vec<_>>()).await;
    assert_eq!(rest, ["1", "2"]);
    // Nothing more is said of it when it is dropped.
    peer.expect_nothing_for(secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn dropping_a_subscription_ends_it() {
    let Session { client, mut peer, .. } = Session::start().await;
    let messages = client.subscribe("a").await.expect("good");
    let sid = peer.expect_sub().await.sid;
    drop(messages);
    peer.expect(&format!("UNSUB {sid}")).await;
    // A message for it, under way, reaches nobody: not even one who comes next.
    let mut next = client.subscribe("a").await.expect("good");
    let next_sid = peer.expect_sub().await.sid;
    assert_ne!(sid, next_sid);
    peer.send_msg("a", sid, None, "for the old one").await;
    peer.send_msg("a", next_sid, None, "for the new one").await;
    assert_eq!(next.next().await.expect("open").payload, "for the new one");
}

/// The count is from the beginning of the subscription, as the server counts.
#[tokio::test(start_paused = true)]
async fn unsubscribe_after_ends_at_its_count() {
    let Session { client, mut peer, .. } = Session::start().await;
    for received_before in 0..3u64 {
        let mut messages = client.subscribe("a").await.expect("good");
        let sid = peer.expect_sub().await.sid;
        for _ in 0..received_before {
            peer.send_msg("a", sid, None, "x").await;
        }
        settle().await;
        messages.unsubscribe_after(3).await.expect("open");
        peer.expect(&format!("UNSUB {sid} 3")).await;
        // A server that miscounts makes no difference.
        for _ in received_before..6 {
            peer.send_msg("a", sid, None, "x").await;
        }
        assert_eq!(
            at_last(messages.by_ref().count()).await,
            3,
            "{received_before} came before"
        );
        drop(messages);
        peer.expect_nothing_for(secs(1)).await;
    }
    let mut messages = client.subscribe("a").await.expect("good");
    let sid = peer.expect_sub().await.sid;
    peer.send_msg("a", sid, None, "x").await;
    peer.send_msg("a", sid, None, "x").await;
    settle().await;
    messages.unsubscribe_after(1).await.expect("open");
    peer.expect(&format!("UNSUB {sid}{{..}}")).await;
    assert_eq!(at_last(messages.count()).await, 2, "what had come is handed out");
}

/// A limit is raised while the last messages of the old one are on their way: the server has ended the subscription by
/// then, and hears nothing of it that it understands. The stream must not wait for ever for messages that nobody sends.
#[tokio::test(start_paused = true)]
async fn a_limit_that_is_raised_too_late_does_not_hang() {
    let Session { client, mut peer, .. } = Session::start().await;
    let mut messages = client.subscribe("a").await.expect("good");
    let sid = peer.expect_sub().await.sid;
    messages.unsubscribe_after(2).await.expect("open");
    peer.expect(&format!("UNSUB {sid} 2")).await;
    messages.unsubscribe_after(3).await.expect("open");
    // Sent before the server heard of the third: for it, the subscription ends here.
    peer.send_msg("a", sid, None, "x").await;
    peer.send_msg("a", sid, None, "x").await;
    settle().await;
    peer.expect(&format!("UNSUB {sid} 3\r\nPING")).await;
    let mut count = Box::pin(messages.count());
    assert!(poll_once(&mut count).await.is_none(), "nobody knows yet");
    peer.send_pong().await;
    assert_eq!(
        at_last(count).await,
        2,
        "the stream ends with the messages of the old limit"
    );
    // In case that the server did hear of it before.
    peer.expect(&format!("UNSUB {sid}")).await;
    peer.expect_nothing_for(secs(1)).await;
}

/// The server heard of the greater limit in time: whatever it has sent by then, the stream ends with that one.
#[tokio::test(start_paused = true)]
async fn a_limit_that_is_raised_in_time_counts() {
    for before_the_answer in [0, 1, 3] {
        let Session { client, mut peer, .. } = Session::start().await;
        let mut messages = client.subscribe("a").await.expect("good");
        let sid = peer.expect_sub().await.sid;
        messages.unsubscribe_after(2).await.expect("open");
        messages.unsubscribe_after(4).await.expect("open");
        peer.expect(&format!("UNSUB {sid} 2\r\nUNSUB {sid} 4\r\nPING")).await;
        for _ in 0..before_the_answer {
            peer.send_msg("a", sid, None, "x").await;
        }
        peer.send_pong().await;
        settle().await;
        for _ in before_the_answer..4 {
            peer.send_msg("a", sid, None, "x").await;
        }
        assert_eq!(at_last(messages.count()).await, 4, "{before_the_answer} came before");
        peer.expect_nothing_for(secs(1)).await;
    }
}

/// The next connection hears of what is left of the greater limit, whatever became of the question on the last one.
#[tokio::test(start_paused = true)]
async fn a_limit_that_was_raised_survives_a_reconnect() {
    let mut session = Session::start().await;
    let mut messages = session.client.subscribe("a").await.expect("good");
    let sid = session.peer.expect_sub().await.sid;
    messages.unsubscribe_after(1).await.expect("open");
    messages.unsubscribe_after(3).await.expect("open");
    session
        .peer
        .expect(&format!("UNSUB {sid} 1\r\nUNSUB {sid} 3\r\nPING"))
        .await;
    session.peer.send_msg("a", sid, None, "x").await;
    settle().await;
    session.reconnect().await;
    session.peer.expect(&format!("SUB a {sid}\r\nUNSUB {sid} 2")).await;
    session.peer.send_msg("a", sid, None, "x").await;
    session.peer.send_msg("a", sid, None, "x").await;
    assert_eq!(at_last(messages.count()).await, 3);
    session.peer.expect_nothing_for(secs(1)).await;
}

/// The server says no: an event, a word to the subscription that it was about, and nobody else is disturbed.
#[tokio::test(start_paused = true)]
async fn a_refused_subscription_is_told() {
    let mut session = Session::start().await;
    let mut refused = session
        .client
        .queue_subscribe("secret", "q".into())
        .await
        .expect("good");
    let mut other = session.client.subscribe("secret").await.expect("good");
    let (_, sid) = (session.peer.expect_sub().await, session.peer.expect_sub().await.sid);
    let text = r#"Permissions Violation for Subscription to "secret" using queue "q""#;
    session.peer.send_err(text).await;
    session.peer.send_msg("secret", sid, None, "allowed").await;
    let error = at_last(refused.next_or_refused()).await.expect_err("it was refused");
    assert_eq!(error, ServerError::Other(text.into()));
    session
        .events
        .expect(Event::ServerError(ServerError::Other(text.into())))
        .await;
    assert_eq!(other.next().await.expect("open").payload, "allowed");
    assert_eq!(other.take_refusal(), None);
    assert_eq!(
        session.client.connection_state(),
        async_nats::connection::State::Connected
    );
}

#[tokio::test(start_paused = true)]
async fn a_refused_publish_is_told_and_the_connection_goes_on() {
    let mut session = Session::start().await;
    let text = r#"Permissions Violation for Publish to "secret""#;
    session.client.publish("secret", "x".into()).await.expect("good");
    session.peer.expect("PUB secret 1\r\nx").await;
    session.peer.send_err(text).await;
    session
        .events
        .expect(Event::ServerError(ServerError::Other(text.into())))
        .await;
    session.client.publish("a", "y".into()).await.expect("good");
    session.peer.expect("PUB a 1\r\ny").await;
}

/// A thousand subscriptions that come and go: each gets its own messages.
#[tokio::test(start_paused = true)]
async fn places_of_subscriptions_are_used_again_without_mixing() {
    let Session { client, mut peer, .. } = Session::start().await;
    let mut open = std::collections::VecDeque::new();
    for number in 0..1000u32 {
        let mut messages = client.subscribe(format!("s.{number}")).await.expect("good");
        if number % 3 == 0 {
            open.push_back(messages);
        } else {
            messages.unsubscribe().await.expect("open");
        }
        if open.len() > 20 {
            open.pop_front();
        }
    }
    client.flush().await.expect("there is room");
    let mut sids = std::collections::HashMap::new();
    settle().await;
    client.publish("end", "".into()).await.expect("good");
    loop {
        match peer.expect_op().await {
            Op::Sub(sub) => assert!(sids.insert(sub.sid, sub.subject).is_none(), "a sid was used twice"),
            Op::Unsub(_) => {}
            Op::Pub(_) => break,
            other => panic!("{other:?}"),
        }
    }
    for (sid, subject) in &sids {
        peer.send_msg(subject, *sid, None, subject).await;
    }
    for messages in &mut open {
        let message = at_last(messages.next()).await.expect("open");
        assert_eq!(message.subject.as_bytes(), &message.payload[..]);
        assert!(messages.next().now_or_never().is_none());
    }
}
