//! Waiting for room, and futures that are dropped while they wait (I18).

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use async_nats::message::OutboundMessage;
use async_nats::{Event, Request, RequestErrorKind};
use futures_util::{FutureExt, Sink, SinkExt, StreamExt};
use nats_server::script::Op;
use tokio::time::Instant;

use crate::support::*;

/// A message whose payload fills a stream that holds little.
fn filling(payload: &str) -> OutboundMessage {
    OutboundMessage {
        subject: "a".into(),
        reply: None,
        payload: format!("{payload:0>100}").into(),
        headers: None,
    }
}

/// A sink that is dropped while it waits gives its place to the next.
#[tokio::test(start_paused = true)]
async fn a_sink_that_is_dropped_while_it_waits_makes_room() {
    let session = Session::with_capacity(options().client_capacity(1), 16).await;
    let (client, mut peer) = (session.client, session.peer);
    let mut full = client.clone();
    while full
        .send_all(&mut futures_util::stream::iter([Ok(filling("full"))]))
        .now_or_never()
        .is_some()
    {}
    let mut waiting = client.clone();
    let ready = poll_fn(|cx| Poll::Ready(Sink::<OutboundMessage>::poll_ready(Pin::new(&mut waiting), cx))).await;
    assert!(ready.is_pending());
    let mut next = Box::pin(client.publish("next", "".into()));
    assert!(poll_once(&mut next).await.is_none());
    drop(waiting);
    let reading = async { while peer.expect_pub().await.subject != "next" {} };
    at_last(async { tokio::join!(async { next.await.expect("its turn came") }, reading) }).await;
}

/// A read that is given up loses no message, not even one that came with its last poll.
#[tokio::test(start_paused = true)]
async fn dropping_a_read_loses_no_message() {
    let Session { client, mut peer, .. } = Session::start().await;
    let mut messages = client.subscribe("a").await.expect("good");
    let sid = peer.expect_sub().await.sid;
    for number in 0..100 {
        let mut next = messages.next();
        let _ = (&mut next).now_or_never();
        peer.send_msg("a", sid, None, number.to_string()).await;
        settle().await;
        drop(next);
        if number % 2 == 0 {
            drop(tokio::time::timeout(millis(0), std::future::pending::<()>()).await);
        }
        assert_eq!(messages.next().await.expect("open").payload, number.to_string());
    }
}

/// Publishers that wait are let in by the next connection in the order in which they came.
#[tokio::test(start_paused = true)]
async fn waiting_publishers_keep_their_order_over_reconnects() {
    let mut session = Session::with_capacity(options().client_capacity(2), 16).await;
    let client = session.client.clone();
    let publisher = tokio::spawn(async move {
        for number in 0..300 {
            client.publish("a", format!("{number:060}").into()).await.expect("open");
        }
        client.flush().await.expect("open");
    });
    let mut next = 0;
    while next < 300 {
        for _ in 0..17 {
            if next < 300 {
                assert_eq!(at_last(session.peer.expect_pub()).await.text(), format!("{next:060}"));
                next += 1;
            }
        }
        if next < 300 {
            // What the stream holds is written, and lost with it.
            drop(std::mem::replace(&mut session.peer, nobody()));
            session.events.expect(Event::Disconnected).await;
            session.peer = session.net.dialed().await.accept_with_capacity(16);
            session.peer.handshake().await;
            session.events.expect(Event::Connected).await;
        }
    }
    at_last(publisher).await.expect("no panic");
}

/// A full way out makes the sink wait, and room wakes it.
#[tokio::test(start_paused = true)]
async fn a_sink_waits_for_room() {
    let session = Session::with_capacity(options().client_capacity(3), 64).await;
    let (mut client, mut peer) = (session.client, session.peer);
    let sent = async {
        for number in 0..100 {
            let message = OutboundMessage {
                subject: "a".into(),
                reply: None,
                payload: format!("{number:050}").into(),
                headers: None,
            };
            client.feed(message).await.expect("good");
        }
        SinkExt::<OutboundMessage>::flush(&mut client)
            .await
            .expect("all is written");
    };
    let read = async {
        for number in 0..100 {
            assert_eq!(peer.expect_pub().await.text(), format!("{number:050}"));
        }
    };
    at_last(async { tokio::join!(sent, read) }).await;

    let ready = poll_fn(|cx| Poll::Ready(Sink::<OutboundMessage>::poll_ready(Pin::new(&mut client), cx)));
    assert!(matches!(ready.await, Poll::Ready(Ok(()))), "all was read");
}

/// Every future that was dropped at its first await leaves the client as good as it was.
#[tokio::test(start_paused = true)]
async fn futures_can_be_dropped_at_any_await() {
    let session = Session::with_capacity(options().client_capacity(2), 64).await;
    let (client, mut peer) = (session.client, session.peer);
    let mut sent = Vec::new();
    for number in 0..300u32 {
        let text = format!("{number:040}");
        let polls = number % 4;
        let mut publish = Box::pin(client.publish("a", text.clone().into()));
        let mut done = false;
        for _ in 0..polls {
            done = done || poll_once(&mut publish).await.is_some();
            if done {
                break;
            }
            settle().await;
        }
        drop(publish);
        if done {
            sent.push(text);
        }
        let mut flush = Box::pin(client.flush());
        let mut fence = Box::pin(client.rtt());
        let mut request = Box::pin(client.request("service", "".into()));
        for _ in 0..polls {
            let _ = poll_once(&mut flush).await;
            if number.is_multiple_of(50) {
                let _ = poll_once(&mut fence).await;
                let _ = poll_once(&mut request).await;
            }
        }
        drop((flush, fence, request));
        if number % 3 == 0 {
            let _ = tokio::time::timeout(millis(1), peer.expect_op()).await.map(|op| {
                if let nats_server::script::Op::Pub(message) = op {
                    if message.subject == "a" {
                        assert_eq!(message.text(), sent.remove(0));
                    }
                }
            });
        }
    }
    // What a dropped publish promised is nothing, what a finished one promised is kept: once, in order.
    let mut last = Box::pin(client.publish("end", "".into()));
    loop {
        let (op, _) = tokio::join!(peer.expect_op(), async {
            if poll_once(&mut last).await.is_some() {
                last = Box::pin(client.publish("end", "".into()));
            }
        });
        let nats_server::script::Op::Pub(message) = op else {
            continue;
        };
        match message.subject.as_str() {
            "a" => assert_eq!(message.text(), sent.remove(0)),
            "end" => break,
            _ => {}
        }
    }
    assert!(sent.is_empty(), "{sent:?} did not come");
}

/// A waiter that left makes room for the one behind it.
#[tokio::test(start_paused = true)]
async fn a_dropped_publish_does_not_hold_up_others() {
    let session = Session::with_capacity(options().client_capacity(1), 16).await;
    let (client, mut peer) = (session.client, session.peer);
    client
        .publish("a", vec![b'0'; 100].into())
        .await
        .expect("there is room");
    settle().await;
    let mut waiting: Vec<_> = (1..10)
        .map(|number| Box::pin(client.publish("a", vec![b'0' + number; 100].into())))
        .collect();
    for publish in &mut waiting {
        while poll_once(publish).await.is_some() {
            *publish = Box::pin(client.publish("a", vec![b'0'; 100].into()));
        }
    }
    let mut kept = waiting.pop().expect("there are nine");
    drop(waiting);
    let reading = async {
        loop {
            if peer.expect_pub().await.payload[0] == b'9' {
                break;
            }
        }
    };
    at_last(async { tokio::join!(async { (&mut kept).await.expect("its turn came") }, reading) }).await;
}

/// Dropping the future of a connect leaves nothing behind: the stream is closed, no task goes on.
#[tokio::test(start_paused = true)]
async fn a_connect_can_be_dropped_at_any_await() {
    for step in 0..4 {
        let mut net = Net::new();
        let (options, mut events) = Events::record(options());
        let connecting = options.dialer(net.dialer()).connect(SERVER);
        let mut connecting = Box::pin(connecting);
        let _ = poll_once(&mut connecting).await;
        let mut peer = None;
        if step > 0 {
            let mut there = net.accept().await;
            let _ = poll_once(&mut connecting).await;
            if step > 1 {
                there.send_info(nats_server::script::Info::new()).await;
                let _ = poll_once(&mut connecting).await;
            }
            if step > 2 {
                there.expect_connect().await;
                there.expect_ping().await;
            }
            peer = Some(there);
        }
        drop(connecting);
        if let Some(mut peer) = peer {
            peer.read_to_end().await;
        }
        assert!(net.dialed_within(secs(100)).await.is_none() || step == 0);
        assert_eq!(at_last(events.until_the_end()).await, []);
    }
}

/// A request that waits for room in the way out ends by its deadline, and was never sent.
#[tokio::test(start_paused = true)]
async fn a_request_that_waits_for_room_ends_by_its_deadline() {
    let Session { client, mut peer, .. } = Session::with_capacity(options().client_capacity(1), 16).await;
    let filler = || client.publish("filler", vec![b'x'; 100].into());
    filler().await.expect("there is room");
    settle().await;
    let mut waiting = Box::pin(filler());
    while poll_once(&mut waiting).await.is_some() {
        waiting = Box::pin(filler());
        settle().await;
    }
    let start = Instant::now();
    let request = Request::new().payload("never".into()).timeout(Some(secs(2)));
    assert_eq!(
        error_of(client.send_request("service", request).await).kind(),
        RequestErrorKind::TimedOut
    );
    assert_about(start.elapsed(), secs(2));
    drop(waiting);
    let flushing = async { client.flush().await.expect("the peer reads again") };
    let reading = async {
        loop {
            match peer.expect_op().await {
                Op::Pub(message) if message.subject == "end" => break,
                Op::Pub(message) => assert_eq!(message.subject, "filler"),
                _ => {}
            }
        }
    };
    let ending = async { client.publish("end", "".into()).await.expect("there will be room") };
    at_last(async { tokio::join!(reading, ending, flushing) }).await;
}
