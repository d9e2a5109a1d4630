//! The bound on publish acks in flight: it holds, whatever becomes of acks and futures, and no place is lost (I5).

use std::future::IntoFuture;
use std::task::Poll;

use async_nats::jetstream::context::{PublishAckFuture, PublishErrorKind};
use async_nats::jetstream::{Context, ContextBuilder};
use futures_util::future::{poll_immediate, FutureExt};
use tokio::time::Instant;

use crate::support::*;

struct Bounded {
    context: Context,
    peer: Peer,
    stream: Stream,
    // Held, so that the client lives.
    _rest: (async_nats::Client, Net, Events),
}

/// A context whose publishes wait, unless told otherwise, when `bound` acks are in flight.
async fn bounded(bound: usize, waits: bool) -> Bounded {
    let Session {
        client,
        peer,
        net,
        events,
    } = Session::start().await;
    let context = ContextBuilder::new()
        .max_ack_inflight(bound)
        .backpressure_on_inflight(waits)
        .build(client.clone());
    Bounded {
        context,
        peer,
        stream: Stream::default(),
        _rest: (client, net, events),
    }
}

/// Publishes if there is a place.
async fn try_publish(context: &Context) -> Option<PublishAckFuture> {
    let publishing = std::pin::pin!(context.publish("events", "".into()));
    let published = poll_immediate(publishing).await?;
    Some(published.expect("it is sent"))
}

#[tokio::test(start_paused = true)]
async fn a_publish_waits_until_an_ack_came_and_was_looked_at() {
    let Bounded {
        context,
        mut peer,
        mut stream,
        ..
    } = bounded(2, true).await;
    let first = try_publish(&context).await.expect("a place is free");
    let second = try_publish(&context).await.expect("a place is free");
    let mut third = Box::pin(context.publish("events", "third".into()));
    assert!(poll_once(&mut third).await.is_none());
    let messages = stream.all_published(&mut peer, 2).await;
    peer.expect_nothing_for(secs(1)).await;
    stream.ack(&mut peer, &messages[1], 2).await;
    settle().await;
    assert!(
        poll_once(&mut third).await.is_none(),
        "the future still holds the place"
    );
    assert_eq!(at_last(second.into_future()).await.expect("it was acked").sequence, 2);
    let third = at_last(third).await.expect("it is sent");
    assert_eq!(stream.published(&mut peer).await.text(), "third");
    drop((first, third));
}

#[tokio::test(start_paused = true)]
async fn a_publish_that_does_not_wait_fails() {
    let Bounded {
        context,
        mut peer,
        mut stream,
        ..
    } = bounded(1, false).await;
    for sequence in 1..10 {
        let ack = at_last(context.publish("events", "".into())).await.expect("it is sent");
        let error = at_last(context.publish("events", "".into())).await.expect_err("full");
        assert_eq!(error.kind(), PublishErrorKind::MaxAckPending);
        let message = stream.published(&mut peer).await;
        stream.ack(&mut peer, &message, sequence).await;
        assert_eq!(
            at_last(ack.into_future()).await.expect("it was acked").sequence,
            sequence
        );
    }
}

/// The place of a dropped future is free when its ack came, and not before.
#[tokio::test(start_paused = true)]
async fn a_dropped_future_counts_until_its_ack_came() {
    let Bounded {
        context,
        mut peer,
        mut stream,
        ..
    } = bounded(3, true).await;
    for round in 0..50 {
        for _ in 0..3 {
            drop(try_publish(&context).await.expect("a place is free"));
        }
        assert!(try_publish(&context).await.is_none());
        let messages = stream.all_published(&mut peer, 3).await;
        for (number, message) in messages.iter().enumerate() {
            if round % 2 == 0 {
                stream.ack(&mut peer, message, number as u64).await;
            } else {
                stream.no_responders(&mut peer, message).await;
            }
        }
        let start = Instant::now();
        at_last(context.wait_for_acks()).await;
        assert_about(start.elapsed(), secs(0));
    }
    peer.expect_nothing_for(secs(20)).await;
}

#[tokio::test(start_paused = true)]
async fn a_dropped_future_whose_ack_never_comes_counts_until_the_time_out() {
    let Session { client, .. } = Session::start().await;
    let context = ContextBuilder::new()
        .max_ack_inflight(2)
        .ack_timeout(secs(7))
        .build(client);
    for _ in 0..5 {
        let start = Instant::now();
        drop(try_publish(&context).await.expect("a place is free"));
        let mut waited = try_publish(&context).await.expect("a place is free").into_future();
        assert!(poll_once(&mut waited).await.is_none());
        drop(waited);
        let third = at_last(context.publish("events", "".into())).await.expect("it is sent");
        // Waiting has brought the deadline of the second forward.
        assert_about(start.elapsed(), secs(5));
        drop(third);
        at_last(context.wait_for_acks()).await;
        assert_about(start.elapsed(), secs(12));
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_publishes_go_in_the_order_in_which_they_came() {
    let Bounded {
        context,
        mut peer,
        mut stream,
        ..
    } = bounded(1, true).await;
    drop(try_publish(&context).await.expect("a place is free"));
    let mut waiting = Vec::new();
    for number in 0..10 {
        let context = context.clone();
        waiting.push(tokio::spawn(async move {
            let ack = context.publish("events", number.to_string().into()).await;
            ack.expect("it is sent").await.expect("it was acked").sequence
        }));
        settle().await;
    }
    let first = stream.published(&mut peer).await;
    stream.ack(&mut peer, &first, 0).await;
    for number in 0..10 {
        let message = stream.published(&mut peer).await;
        assert_eq!(message.text(), number.to_string());
        stream.ack(&mut peer, &message, number + 1).await;
    }
    for (number, task) in waiting.into_iter().enumerate() {
        assert_eq!(at_last(task).await.expect("no panic"), number as u64 + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_publish_that_is_given_up_while_it_waits_sends_nothing() {
    let Bounded {
        context,
        mut peer,
        mut stream,
        ..
    } = bounded(1, true).await;
    drop(try_publish(&context).await.expect("a place is free"));
    let mut gone = Box::pin(context.publish("events", "gone".into()));
    let mut handed = Box::pin(context.publish("events", "handed a place".into()));
    let mut next = Box::pin(context.publish("events", "next".into()));
    for waiting in [&mut gone, &mut handed, &mut next] {
        assert!(poll_once(waiting).await.is_none());
    }
    drop(gone);
    let message = stream.published(&mut peer).await;
    stream.ack(&mut peer, &message, 1).await;
    settle().await;
    drop(handed);
    let ack = at_last(next).await.expect("it was handed the place");
    let message = stream.published(&mut peer).await;
    assert_eq!(message.text(), "next");
    stream.ack(&mut peer, &message, 2).await;
    assert_eq!(at_last(ack.into_future()).await.expect("it was acked").sequence, 2);
    at_last(context.wait_for_acks()).await;
}

#[tokio::test(start_paused = true)]
async fn waiting_for_acks_is_waiting_for_those_in_flight() {
    let Bounded {
        context,
        mut peer,
        mut stream,
        ..
    } = bounded(10, true).await;
    at_last(context.wait_for_acks()).await;
    drop(try_publish(&context).await.expect("a place is free"));
    let held = try_publish(&context).await.expect("a place is free");
    let mut waiting = Box::pin(context.wait_for_acks());
    let mut given_up = Box::pin(context.wait_for_acks());
    assert!(poll_once(&mut waiting).await.is_none());
    assert!(poll_once(&mut given_up).await.is_none());
    drop(given_up);
    let later = try_publish(&context)
        .await
        .expect("waiting keeps nobody from publishing");
    let messages = stream.all_published(&mut peer, 3).await;
    stream.ack(&mut peer, &messages[0], 1).await;
    stream.ack(&mut peer, &messages[1], 2).await;
    settle().await;
    assert!(poll_once(&mut waiting).await.is_none(), "one is held");
    at_last(held.into_future()).await.expect("it was acked");
    assert!(poll_once(&mut waiting).await.is_some());
    drop((waiting, later));
}

/// While the way out is full, a publish waits for room, and gives up after the time-out with nothing sent.
#[tokio::test(start_paused = true)]
async fn a_publish_without_room_times_out_and_gives_its_place_back() {
    let Session { client, mut peer, .. } = Session::with_capacity(options().client_capacity(1), 16).await;
    let context = ContextBuilder::new().max_ack_inflight(1).build(client.clone());
    while client
        .publish("filling", vec![b'x'; 100].into())
        .now_or_never()
        .is_some()
    {}
    let start = Instant::now();
    let error = at_last(context.publish("events", "".into()))
        .await
        .expect_err("no room");
    assert_eq!(error.kind(), PublishErrorKind::TimedOut);
    assert_about(start.elapsed(), secs(5));
    let mut given_up = Box::pin(context.publish("events", "".into()));
    assert!(poll_once(&mut given_up).await.is_none());
    drop(given_up);
    at_last(context.wait_for_acks()).await;

    let mut waiting = Box::pin(context.publish("events", "there is room".into()));
    assert!(poll_once(&mut waiting).await.is_none());
    let reading = async {
        loop {
            match peer.expect_op().await {
                nats_server::script::Op::Pub(message) if message.subject == "events" => break message,
                _ => {}
            }
        }
    };
    let (ack, message) = at_last(async { tokio::join!(waiting, reading) }).await;
    assert_eq!(message.text(), "there is room");
    drop(ack.expect("it is sent"));
}

#[tokio::test(start_paused = true)]
async fn with_no_place_at_all_nothing_is_published() {
    let Bounded { context, .. } = bounded(0, false).await;
    let error = at_last(context.publish("events", "".into())).await.expect_err("full");
    assert_eq!(error.kind(), PublishErrorKind::MaxAckPending);
    at_last(context.wait_for_acks()).await;
    let Bounded { context, .. } = bounded(usize::MAX, true).await;
    assert!(try_publish(&context).await.is_some());
}

/// A client that ends frees the places of what nobody waits for.
#[tokio::test(start_paused = true)]
async fn nothing_is_in_flight_once_the_client_is_closed() {
    let Session { client, mut peer, .. } = Session::start().await;
    let context = ContextBuilder::new().max_ack_inflight(1).build(client.clone());
    drop(try_publish(&context).await.expect("a place is free"));
    let mut waiting = Box::pin(context.publish("events", "".into()));
    assert!(matches!(futures_util::poll!(&mut waiting), Poll::Pending));
    let draining = tokio::spawn(async move { client.drain_with_timeout(secs(1)).await });
    while let Some(op) = peer.next_op().await {
        if matches!(op, nats_server::script::Op::Ping) {
            peer.send_pong().await;
        }
    }
    let _ = at_last(draining).await.expect("no panic");
    let error = at_last(waiting).await.expect_err("closed");
    assert_eq!(error.kind(), PublishErrorKind::Other);
    at_last(context.wait_for_acks()).await;
}
