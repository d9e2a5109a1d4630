//! What a broken connection does to what was on its way: nothing twice, nothing in part, nothing out of order.

use async_nats::header::HeaderMap;
use async_nats::{Client, Event, Subscriber};
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use nats_server::script::{Op, Pub};

use crate::support::*;

/// Frames of all kinds, in one go: on the line, copied, by reference, with headers; and what is no publish between them.
async fn publish_series(client: &Client) -> Vec<Subscriber> {
    let mut headers = HeaderMap::new();
    headers.insert("Name", "value");
    let mut subscriptions = Vec::new();
    let big = |size: usize| Bytes::from((0..size).map(|at| b"PUB a 1\r\n"[at % 9]).collect::<Vec<_>>());
    client.publish("s.0", "short".into()).await.expect("good");
    client.publish("s.1", Bytes::new()).await.expect("good");
    subscriptions.push(client.subscribe("kept").await.expect("good"));
    client
        .publish_with_reply("s.2", "reply", "\r\nPUB x 1\r\n".into())
        .await
        .expect("good");
    client
        .publish_with_headers("s.3", headers.clone(), "with headers".into())
        .await
        .expect("good");
    client.publish("s.4", big(9000)).await.expect("good");
    let mut left = client.subscribe("left").await.expect("good");
    left.unsubscribe().await.expect("open");
    drop(left);
    client.publish("s.5", big(300)).await.expect("good");
    client
        .publish_with_reply_and_headers("s.6", "reply", headers, big(8192))
        .await
        .expect("good");
    client.publish("s.7", "last".into()).await.expect("good");
    subscriptions
}

/// What a server makes of the bytes: the whole operations, and how many bytes are left of one in part.
async fn understood(bytes: &[u8]) -> Vec<Op> {
    let (near, mut peer) = nats_server::script::Script::pair();
    let mut near = near;
    tokio::io::AsyncWriteExt::write_all(&mut near, bytes)
        .await
        .expect("there is room");
    let mut ops = Vec::new();
    loop {
        // A peer takes whole operations only; what is left is a part of one, or nothing.
        let ready = std::panic::AssertUnwindSafe(peer.expect_op()).now_or_never();
        match ready {
            Some(op) => ops.push(op),
            None => return ops,
        }
    }
}

fn publishes(ops: Vec<Op>) -> Vec<Pub> {
    ops.into_iter()
        .filter_map(|op| if let Op::Pub(message) = op { Some(message) } else { None })
        .collect()
}

/// The whole series, as it is written on a connection that does not break.
async fn whole_series() -> Vec<u8> {
    let Session { client, mut peer, .. } = Session::start().await;
    let _subscriptions = publish_series(&client).await;
    client.flush().await.expect("there is room");
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\nlast\r\n") {
        bytes.extend(peer.expect_bytes(1).await);
    }
    bytes
}

/// Every offset near an end of a frame, and some of those far from all.
fn offsets(series: &[u8]) -> Vec<usize> {
    let near_an_end = |at: usize| {
        let around = &series[at.saturating_sub(45)..(at + 45).min(series.len())];
        around.windows(2).any(|pair| pair == b"s.") || at + 45 > series.len()
    };
    (0..=series.len())
        .filter(|at| near_an_end(*at) || at % 331 == 0)
        .collect()
}

/// I3, I4: cut after any byte, the frames of both connections together are the series: each once, whole, in order. The
/// subscriptions come first on the second connection.
#[tokio::test(start_paused = true)]
async fn a_stream_cut_after_any_byte_loses_and_repeats_nothing() {
    let series = whole_series().await;
    let expected = publishes(understood(&series).await);
    assert_eq!(expected.len(), 8);
    for offset in offsets(&series) {
        let (mut session, faults) = Session::faulty(options(), offset % 2 == 0).await;
        faults.break_after(offset);
        let _subscriptions = publish_series(&session.client).await;
        let flushed = session.client.flush();
        let mut flushed = std::pin::pin!(flushed);
        // At the very end there is nothing left to fail: the server closes.
        let first = match offset == series.len() {
            true => session.peer.expect_bytes(offset).await,
            false => session.peer.read_to_end().await,
        };
        assert_eq!(first, series[..offset], "cut at {offset}");
        if offset < series.len() {
            assert!(
                flushed.as_mut().now_or_never().is_none(),
                "cut at {offset}: not all is written"
            );
        } else {
            drop(std::mem::replace(&mut session.peer, nobody()));
        }
        let mut peer = session.net.accept().await;
        peer.handshake().await;
        assert_eq!(peer.expect_sub().await.subject, "kept", "cut at {offset}");
        let mut got = publishes(understood(&first).await);
        let (result, ()) = tokio::join!(flushed, async {
            while got.len() < expected.len() {
                got.push(at_last(peer.expect_pub()).await);
            }
        });
        result.expect("all is written");
        assert!(got == expected, "cut at {offset}");
        peer.expect_nothing_for(secs(1)).await;
    }
}

/// I3: cut again and again, with publishes in between.
#[tokio::test(start_paused = true)]
async fn many_cuts_lose_and_repeat_nothing() {
    for seed in 0..40u64 {
        let (mut session, mut faults) = Session::faulty(options(), seed % 2 == 0).await;
        let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut below = |bound: u64| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random % bound
        };
        let mut sent = Vec::new();
        let mut got = Vec::new();
        for round in 0..12 {
            faults.break_after(below(4000) as usize);
            for number in 0..below(30) {
                let len = if below(8) == 0 { 8000 + below(2000) } else { below(60) };
                let payload = format!("{round}.{number}.{}", "x".repeat(len as usize));
                session
                    .client
                    .publish("a", payload.clone().into())
                    .await
                    .expect("there is room");
                sent.push(payload);
                if below(4) == 0 {
                    tokio::task::yield_now().await;
                }
            }
            settle().await;
            faults.break_after(0);
            session
                .client
                .publish("a", "the straw".into())
                .await
                .expect("there is room");
            sent.push("the straw".into());
            let bytes = at_last(session.peer.read_to_end()).await;
            got.extend(
                publishes(understood(&bytes).await)
                    .into_iter()
                    .map(|message| message.text()),
            );
            (session.peer, faults) = session.net.dialed().await.accept_faulty(round % 2 == 0);
            session.peer.handshake().await;
        }
        while got.len() < sent.len() {
            got.push(at_last(session.peer.expect_pub()).await.text());
        }
        assert!(got == sent, "seed {seed}");
        session.peer.expect_nothing_for(secs(1)).await;
    }
}

/// I3: half a frame that came before the cut is forgotten; the next connection is read from its first byte.
#[tokio::test(start_paused = true)]
async fn the_decoder_starts_afresh_on_a_new_connection() {
    let mut session = Session::start().await;
    let mut messages = session.client.subscribe("a").await.expect("good");
    let sid = session.peer.expect_sub().await.sid;
    let big = "y".repeat(9000);
    let frame = format!(
        "MSG a {sid} 9000\r\n{big}\r\nHMSG a {sid} r 12 15\r\nNATS/1.0\r\n\r\nabc\r\nINFO {{}}\r\nPONG\r\n-ERR 'x'\r\n"
    );
    let ends = [frame.find("HMSG").expect("there"), frame.find("INFO").expect("there")];
    for cut in (0..frame.len()).filter(|at| *at < 60 || *at > 8980 || at % 257 == 0) {
        session.peer.send_raw(&frame[..cut]).await;
        settle().await;
        session.reconnect_with(nats_server::script::Info::new()).await;
        assert_eq!(session.peer.expect_sub().await.sid, sid);
        session.peer.send_msg("a", sid, None, "afresh").await;
        for expected in [big.as_str(), "abc"]
            .iter()
            .take(ends.iter().filter(|end| **end <= cut).count())
        {
            assert_eq!(
                at_last(messages.next()).await.expect("open").payload,
                expected.as_bytes(),
                "cut at {cut}"
            );
        }
        assert_eq!(
            at_last(messages.next()).await.expect("open").payload,
            "afresh",
            "cut at {cut}"
        );
        assert!(messages.next().now_or_never().is_none());
    }
}

/// I6: the new connection knows everything before it gets what was pending, in one write.
#[tokio::test(start_paused = true)]
async fn subscriptions_come_back_before_what_is_pending() {
    let mut session = Session::start().await;
    let client = session.client.clone();
    let _plain = client.subscribe("plain.>").await.expect("good");
    let _shared = client.queue_subscribe("shared", "q".into()).await.expect("good");
    let mut counted = client.subscribe("counted").await.expect("good");
    let mut left = client.subscribe("left").await.expect("good");
    let subs: Vec<_> = [
        session.peer.expect_sub().await,
        session.peer.expect_sub().await,
        session.peer.expect_sub().await,
        session.peer.expect_sub().await,
    ]
    .into();
    counted.unsubscribe_after(5).await.expect("open");
    left.unsubscribe().await.expect("open");
    session
        .peer
        .expect(&format!("UNSUB {} 5\r\nUNSUB {}", subs[2].sid, subs[3].sid))
        .await;
    for _ in 0..2 {
        session.peer.send_msg("counted", subs[2].sid, None, "x").await;
    }
    let (answer, _) = tokio::join!(client.request("service", "".into()), async {
        let inbox = session.peer.expect_sub().await.sid;
        let reply = session.peer.expect_pub().await.reply.expect("a reply subject");
        session.peer.send_msg(&reply, inbox, None, "yes").await;
    });
    answer.expect("it was answered");

    drop(std::mem::replace(&mut session.peer, nobody()));
    session.events.expect(Event::Disconnected).await;
    client.publish("pending", "1".into()).await.expect("it is kept");
    let _late = client.subscribe("late").await.expect("good");
    client.publish("pending", "2".into()).await.expect("it is kept");
    let mut peer = session.net.accept().await;
    peer.handshake().await;
    settle().await;
    let mut said = Vec::new();
    for _ in 0..8 {
        said.push(peer.expect_op().await);
    }
    let pubs: Vec<_> = publishes(said.split_off(6))
        .into_iter()
        .map(|message| message.text())
        .collect();
    assert_eq!(pubs, ["1", "2"]);
    for sub in &subs[..3] {
        assert!(said.contains(&Op::Sub(sub.clone())), "{sub:?} is not in {said:?}");
    }
    // Two of five have come.
    let place = |wanted: &dyn Fn(&Op) -> bool| said.iter().position(wanted).unwrap_or_else(|| panic!("{said:?}"));
    let unsub = place(&|op| matches!(op, Op::Unsub(unsub) if unsub.sid == subs[2].sid && unsub.max == Some(3)));
    assert!(unsub > place(&|op| *op == Op::Sub(subs[2].clone())));
    place(&|op| matches!(op, Op::Sub(sub) if sub.subject == "late"));
    let inbox = place(&|op| matches!(op, Op::Sub(sub) if sub.subject.starts_with("_INBOX.")));
    assert!(inbox < 6);
    for _ in 0..5 {
        peer.send_msg("counted", subs[2].sid, None, "x").await;
    }
    assert_eq!(at_last(counted.count()).await, 5);
}

/// A request that was written belongs to the server that has it: it is not asked again, and a late answer counts.
#[tokio::test(start_paused = true)]
async fn a_written_request_is_not_sent_again_and_its_answer_counts() {
    let mut session = Session::start().await;
    let client = session.client.clone();
    let mut asked = Box::pin(client.request("service", "once".into()));
    assert!(poll_once(&mut asked).await.is_none());
    let inbox = session.peer.expect_sub().await;
    let reply = session.peer.expect_pub().await.reply.expect("a reply subject");
    session.reconnect().await;
    assert_eq!(session.peer.expect_sub().await, inbox);
    session.peer.expect_nothing_for(secs(1)).await;
    session
        .peer
        .send_msg(&reply, inbox.sid, None, "by way of another server")
        .await;
    assert_eq!(
        at_last(asked).await.expect("it was answered").payload,
        "by way of another server"
    );
}

/// I6: what had all its messages does not come back.
#[tokio::test(start_paused = true)]
async fn a_subscription_that_has_ended_does_not_come_back() {
    let mut session = Session::start().await;
    let mut counted = session.client.subscribe("counted").await.expect("good");
    let sid = session.peer.expect_sub().await.sid;
    counted.unsubscribe_after(2).await.expect("open");
    session.peer.expect(&format!("UNSUB {sid} 2")).await;
    session
        .peer
        .send_raw(format!("MSG counted {sid} 1\r\nx\r\n").repeat(2))
        .await;
    settle().await;
    session.reconnect().await;
    session.peer.expect_nothing_for(secs(1)).await;
    assert_eq!(at_last(counted.count()).await, 2);
}

/// I6: a count that is set after a reconnect goes to the server less what came before, of which it does not know.
#[tokio::test(start_paused = true)]
async fn a_count_that_is_set_after_a_reconnect_is_less_what_came_before() {
    let mut session = Session::start().await;
    let mut counted = session.client.subscribe("counted").await.expect("good");
    let sid = session.peer.expect_sub().await.sid;
    session
        .peer
        .send_raw(format!("MSG counted {sid} 1\r\nx\r\n").repeat(2))
        .await;
    settle().await;
    session.reconnect().await;
    session.peer.expect_sub().await;
    counted.unsubscribe_after(5).await.expect("open");
    session.peer.expect(&format!("UNSUB {sid} 3")).await;
}
