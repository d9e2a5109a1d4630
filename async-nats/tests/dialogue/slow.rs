//! Slow consumers: what they lose is counted and told, and nobody else is held up (I12).

use async_nats::client::SubscribeOptions;
use async_nats::Event;
use futures_util::{FutureExt, StreamExt};

use crate::support::*;

/// Events of one episode in which this many messages were dropped one by one: at its beginning, and when it doubled.
fn told(dropped: usize) -> usize {
    (usize::BITS - dropped.leading_zeros()) as usize
}

#[tokio::test(start_paused = true)]
async fn the_newest_are_dropped_counted_and_told_once() {
    let mut session = Session::start().await;
    let limits = SubscribeOptions::new().max_pending_messages(3);
    let mut slow = session.client.subscribe_with_options("a", limits).await.expect("good");
    let sid = session.peer.expect_sub().await.sid;
    for number in 0..3 {
        session.peer.send_msg("a", sid, None, number.to_string()).await;
    }
    settle().await;
    assert_eq!((slow.pending_messages(), slow.dropped()), (3, 0));
    assert_eq!(session.events.so_far(), [], "the limit is not passed yet");
    session.peer.send_msg("a", sid, None, "3").await;
    settle().await;
    assert_eq!((slow.pending_messages(), slow.dropped()), (3, 1));
    assert_eq!(session.events.so_far(), [Event::SlowConsumer(sid)]);
    for number in 4..1000 {
        session.peer.send_msg("a", sid, None, number.to_string()).await;
        settle().await;
    }
    assert_eq!(slow.dropped(), 997);
    let events = session.events.so_far();
    assert!(events.iter().all(|event| *event == Event::SlowConsumer(sid)));
    assert!(events.len() < told(997), "{} events of one episode", events.len());

    let kept: Vec<_> = (0..3)
        .map(|_| slow.next().now_or_never().flatten().expect("kept").payload)
        .collect();
    assert_eq!(kept, ["0", "1", "2"]);
    assert!(slow.next().now_or_never().is_none());
    // It keeps up again; the next time is another episode.
    for _ in 0..2 {
        session.peer.send_msg("a", sid, None, "again").await;
        settle().await;
        assert_eq!(
            slow.next().now_or_never().flatten().expect("it keeps up").payload,
            "again"
        );
    }
    assert_eq!(session.events.so_far(), []);
    for _ in 0..4 {
        session.peer.send_msg("a", sid, None, "more").await;
    }
    settle().await;
    assert_eq!(session.events.so_far(), [Event::SlowConsumer(sid)]);
    assert_eq!(slow.dropped(), 998);
}

/// Bytes are bounded as messages are; a single large message passes alone.
#[tokio::test(start_paused = true)]
async fn bytes_are_bounded_too() {
    let mut session = Session::with(options().subscription_byte_capacity(1000)).await;
    let mut slow = session.client.subscribe("a").await.expect("good");
    let sid = session.peer.expect_sub().await.sid;
    for size in [499, 499, 0, 0] {
        session.peer.send_msg("a", sid, None, vec![b'x'; size]).await;
    }
    settle().await;
    // Subjects count: 500 and 500 fill it.
    assert_eq!(
        (slow.pending_messages(), slow.pending_bytes(), slow.dropped()),
        (2, 1000, 2)
    );
    assert_eq!(session.events.until(Event::SlowConsumer(sid)).await.len(), 1);
    assert_eq!(slow.next().await.expect("kept").payload.len(), 499);
    assert_eq!(slow.next().await.expect("kept").payload.len(), 499);
    session.peer.send_msg("a", sid, None, vec![b'x'; 50_000]).await;
    session.peer.send_msg("a", sid, None, "y").await;
    settle().await;
    assert_eq!(slow.next().await.expect("alone").payload.len(), 50_000);
    assert_eq!(slow.dropped(), 3);
}

/// The reader never waits for a subscriber: others get theirs, requests their answers, the server its PONGs.
#[tokio::test(start_paused = true)]
async fn a_slow_consumer_holds_up_nobody() {
    let mut session = Session::with(options().subscription_capacity(10)).await;
    let (client, peer) = (session.client.clone(), &mut session.peer);
    let slow = client.subscribe("slow").await.expect("good");
    let mut quick = client.subscribe("quick").await.expect("good");
    let (slow_sid, quick_sid) = (peer.expect_sub().await.sid, peer.expect_sub().await.sid);
    for number in 0..200 {
        for _ in 0..50 {
            peer.send_msg("slow", slow_sid, None, "x").await;
        }
        peer.send_msg("quick", quick_sid, None, number.to_string()).await;
        peer.send_ping().await;
        assert_eq!(at_last(quick.next()).await.expect("open").payload, number.to_string());
        peer.expect_pong().await;
    }
    assert_eq!((slow.pending_messages(), slow.dropped()), (10, 200 * 50 - 10));
    assert_eq!(quick.dropped(), 0);
    let (answer, ()) = tokio::join!(client.request("service", "".into()), async {
        let sid = peer.expect_sub().await.sid;
        let reply = peer.expect_pub().await.reply.expect("a reply subject");
        peer.send_msg(&reply, sid, None, "yes").await;
    });
    answer.expect("it was answered");
    let events = session.events.so_far();
    assert!(
        events.iter().all(|event| *event == Event::SlowConsumer(slow_sid)),
        "{events:?}"
    );
    assert!((1..=told(10_000)).contains(&events.len()), "{events:?}");
}

/// Each subscription has its own episode.
#[tokio::test(start_paused = true)]
async fn slow_consumers_are_told_apart() {
    let mut session = Session::with(options().subscription_capacity(1)).await;
    let one = session.client.subscribe("a").await.expect("good");
    let two = session.client.subscribe("a").await.expect("good");
    let (first, second) = (session.peer.expect_sub().await.sid, session.peer.expect_sub().await.sid);
    session
        .peer
        .send_raw(format!("MSG a {first} 1\r\nx\r\nMSG a {second} 1\r\nx\r\n").repeat(2))
        .await;
    settle().await;
    let mut events = session.events.so_far();
    events.sort_by_key(ToString::to_string);
    assert_eq!(events, [Event::SlowConsumer(first), Event::SlowConsumer(second)]);
    assert_eq!((one.dropped(), two.dropped()), (1, 1));
}

/// What was counted survives a reconnect, and so does the subscription.
#[tokio::test(start_paused = true)]
async fn a_slow_consumer_survives_a_reconnect() {
    let mut session = Session::with(options().subscription_capacity(2)).await;
    let mut slow = session.client.subscribe("a").await.expect("good");
    let sid = session.peer.expect_sub().await.sid;
    session.peer.send_raw(format!("MSG a {sid} 1\r\nx\r\n").repeat(5)).await;
    settle().await;
    assert_eq!(session.events.so_far().len(), 1);
    session.reconnect().await;
    session.peer.expect_sub().await;
    assert_eq!(slow.dropped(), 3);
    assert_eq!(slow.next().await.expect("kept").payload, "x");
    assert_eq!(slow.next().await.expect("kept").payload, "x");
    session.peer.send_msg("a", sid, None, "y").await;
    assert_eq!(at_last(slow.next()).await.expect("open").payload, "y");
}

/// Messages of all sizes, and a reader that looks now and then: what it gets is whole and in order, what it lost is counted.
#[tokio::test(start_paused = true)]
async fn what_is_kept_is_whole_and_in_order() {
    for seed in 0..20u64 {
        let limits = SubscribeOptions::new()
            .max_pending_messages(7)
            .max_pending_bytes(40_000);
        let Session { client, mut peer, .. } = Session::with_capacity(options(), 3000).await;
        let mut slow = client.subscribe_with_options("a", limits).await.expect("good");
        let mut quick = client.subscribe("b").await.expect("good");
        let (sid, other) = (peer.expect_sub().await.sid, peer.expect_sub().await.sid);
        let mut random = seed + 1;
        let mut below = |bound: u64| {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % bound
        };
        let (mut last, mut got) = (None, 0);
        let check = |payload: &[u8], last: &mut Option<u64>| {
            let text = std::str::from_utf8(payload).expect("text");
            let (number, filling) = text.split_once(' ').expect("a number and more");
            let number = number.parse().ok();
            assert!(
                filling.bytes().all(|byte| byte == b'x') && number > *last,
                "seed {seed}"
            );
            *last = number;
        };
        for number in 0..300u64 {
            let len = if below(5) == 0 { below(20_000) } else { below(100) };
            let payload = format!("{number} {}", "x".repeat(len as usize));
            peer.send_msg("a", sid, None, &payload).await;
            if below(3) == 0 {
                peer.send_msg("b", other, None, &payload).await;
                assert_eq!(at_last(quick.next()).await.expect("open").payload, payload);
            }
            while below(3) == 0 {
                let Some(message) = slow.next().now_or_never() else {
                    break;
                };
                check(&message.expect("open").payload, &mut last);
                got += 1;
            }
        }
        peer.send_ping().await;
        peer.expect_pong().await;
        while let Some(message) = slow.next().now_or_never() {
            check(&message.expect("open").payload, &mut last);
            got += 1;
        }
        assert_eq!(got + slow.dropped(), 300, "seed {seed}");
        assert!(slow.dropped() > 0 && got > 20, "seed {seed}: {got}");
        assert_eq!((slow.pending_messages(), slow.pending_bytes()), (0, 0));
    }
}
