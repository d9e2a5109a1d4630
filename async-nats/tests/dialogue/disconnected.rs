//! What a client without a connection does: keep publishes up to a limit, and go on with all the rest (I21).

use async_nats::{Event, PublishErrorKind, WhenFull};
use futures_util::{FutureExt, StreamExt};
use nats_server::script::{Info, Op};

use crate::support::*;

/// A session whose connection is gone; dials wait.
async fn disconnected(options: async_nats::ConnectOptions) -> Session {
    let mut session = Session::with(options).await;
    drop(std::mem::replace(&mut session.peer, nobody()));
    session.events.expect(Event::Disconnected).await;
    session
}

/// The length on the wire of a publish of this payload to `a`.
fn wire_len(payload: usize) -> usize {
    format!("PUB a {payload}\r\n").len() + payload + 2
}

/// Both sides of the limit: what fits is kept, the next waits until it goes out.
#[tokio::test(start_paused = true)]
async fn publishes_are_kept_up_to_the_limit_and_then_wait() {
    let options = options().reconnect_buffer(10 * wire_len(100), WhenFull::Wait);
    let mut session = disconnected(options).await;
    let client = &session.client;
    for _ in 0..10 {
        client
            .publish("a", vec![b'k'; 100].into())
            .now_or_never()
            .expect("there is room")
            .expect("it is kept");
    }
    let mut first = Box::pin(client.publish("a", "first".into()));
    let mut second = Box::pin(client.publish("a", "second".into()));
    assert!(poll_once(&mut first).await.is_none() && poll_once(&mut second).await.is_none());
    session.net.refuse_for(secs(60)).await;
    assert!(poll_once(&mut first).await.is_none(), "time alone makes no room");
    let (sent, mut peer) = tokio::join!(async { (first.await, second.await) }, async {
        let mut peer = session.net.accept().await;
        peer.handshake().await;
        peer
    });
    sent.0.expect("there is room again");
    sent.1.expect("there is room again");
    for _ in 0..10 {
        assert_eq!(peer.expect_pub().await.payload.len(), 100);
    }
    assert_eq!(peer.expect_pub().await.text(), "first");
    assert_eq!(peer.expect_pub().await.text(), "second");
}

#[tokio::test(start_paused = true)]
async fn publishes_beyond_the_limit_fail_where_the_user_chose_that() {
    let options = options().reconnect_buffer(10 * wire_len(100), WhenFull::Fail);
    let mut session = disconnected(options).await;
    let client = &session.client;
    for _ in 0..10 {
        client
            .publish("a", vec![b'k'; 100].into())
            .now_or_never()
            .expect("there is room")
            .expect("it is kept");
    }
    let error = error_of(
        client
            .publish("a", "x".into())
            .now_or_never()
            .expect("it does not wait"),
    );
    assert_eq!(error.kind(), PublishErrorKind::Send);
    assert!(error.to_string().contains("full"), "{error}");
    // Requests are publishes too.
    let error = error_of(
        client
            .request("a", "x".into())
            .now_or_never()
            .expect("it does not wait"),
    );
    assert_eq!(error.kind(), async_nats::RequestErrorKind::Other);
    session.peer = session.net.accept().await;
    session.peer.handshake().await;
    session.events.expect(Event::Connected).await;
    client
        .publish("a", "again".into())
        .await
        .expect("there is a connection");
    loop {
        match session.peer.expect_op().await {
            Op::Pub(message) if message.text() == "again" => break,
            Op::Pub(message) => assert_eq!(message.payload.len(), 100),
            other => assert!(matches!(other, Op::Sub(_)), "{other:?}"),
        }
    }
}

/// A message that is larger than the whole limit goes alone rather than never.
#[tokio::test(start_paused = true)]
async fn a_message_larger_than_the_limit_goes_alone() {
    let mut session = disconnected(options().reconnect_buffer(50, WhenFull::Wait)).await;
    let client = &session.client;
    client
        .publish("a", vec![b'x'; 1000].into())
        .now_or_never()
        .expect("nothing else is kept")
        .expect("it is kept");
    let mut next = Box::pin(client.publish("a", "next".into()));
    assert!(poll_once(&mut next).await.is_none());
    let (sent, mut peer) = tokio::join!(next, async {
        let mut peer = session.net.accept().await;
        peer.handshake().await;
        peer
    });
    sent.expect("there is room again");
    assert_eq!(peer.expect_pub().await.payload.len(), 1000);
    assert_eq!(peer.expect_pub().await.text(), "next");
}

/// The limit is on what is kept, whatever was written before.
#[tokio::test(start_paused = true)]
async fn the_limit_holds_at_each_loss_of_the_connection() {
    let mut session = Session::with(options().reconnect_buffer(10 * wire_len(100), WhenFull::Fail)).await;
    for _ in 0..5 {
        for _ in 0..100 {
            session
                .client
                .publish("a", vec![b'c'; 100].into())
                .await
                .expect("connected");
            session.peer.expect_pub().await;
        }
        drop(std::mem::replace(&mut session.peer, nobody()));
        session.events.expect(Event::Disconnected).await;
        let client = session.client.clone();
        let kept = std::iter::from_fn(|| client.publish("a", vec![b'k'; 100].into()).now_or_never()?.ok()).count();
        assert_eq!(kept, 10);
        session.peer = session.net.accept().await;
        session.peer.handshake().await;
        session.events.expect(Event::Connected).await;
        for _ in 0..10 {
            session.peer.expect_pub().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_capacity_in_messages_holds_without_a_connection_too() {
    let mut session = disconnected(options().client_capacity(3)).await;
    let client = &session.client;
    for _ in 0..3 {
        client
            .publish("a", "x".into())
            .now_or_never()
            .expect("there is room")
            .expect("it is kept");
    }
    let mut next = Box::pin(client.publish("a", "fourth".into()));
    assert!(poll_once(&mut next).await.is_none());
    let (sent, mut peer) = tokio::join!(next, async {
        let mut peer = session.net.accept().await;
        peer.handshake().await;
        peer
    });
    sent.expect("there is room again");
    for _ in 0..3 {
        assert_eq!(peer.expect_pub().await.text(), "x");
    }
    assert_eq!(peer.expect_pub().await.text(), "fourth");
}

/// Subscriptions come and go: the new connection knows those that are left, and no word of the others.
#[tokio::test(start_paused = true)]
async fn subscriptions_come_and_go_without_a_connection() {
    let mut session = Session::start().await;
    let client = session.client.clone();
    let mut old = client.subscribe("old").await.expect("good");
    let dropped = client.subscribe("dropped").await.expect("good");
    let mut drained = client.subscribe("drained").await.expect("good");
    let kept = client.subscribe("kept").await.expect("good");
    for _ in 0..4 {
        session.peer.expect_sub().await;
    }
    drop(std::mem::replace(&mut session.peer, nobody()));
    session.events.expect(Event::Disconnected).await;

    old.unsubscribe().await.expect("open");
    assert!(at_last(old.next()).await.is_none());
    drop(dropped);
    drained.drain().await.expect("open");
    assert!(at_last(drained.next()).await.is_none(), "nothing can come any more");
    let new = client.queue_subscribe("new", "q".into()).await.expect("good");
    let mut counted = client.subscribe("counted").await.expect("good");
    counted.unsubscribe_after(2).await.expect("open");
    drop(client.subscribe("short").await.expect("good"));
    client.publish("a", "x".into()).await.expect("it is kept");

    let mut peer = session.net.accept().await;
    peer.handshake().await;
    let mut said = Vec::new();
    let counted_sid = loop {
        match peer.expect_op().await {
            Op::Sub(sub) => said.push((sub.subject, sub.queue, sub.sid)),
            Op::Unsub(unsub) => {
                assert_eq!(unsub.max, Some(2));
                said.push((format!("unsub {}", unsub.sid), None, unsub.sid));
            }
            Op::Pub(_) => break said.iter().find(|(name, ..)| name == "counted").expect("it is there").2,
            other => panic!("{other:?}"),
        }
    };
    said.sort();
    let names: Vec<_> = said.iter().map(|(name, ..)| name.clone()).collect();
    assert_eq!(
        names,
        [
            "counted".to_owned(),
            "kept".into(),
            "new".into(),
            format!("unsub {counted_sid}")
        ]
    );
    assert_eq!(said[2].1.as_deref(), Some("q"));
    for text in ["1", "2"] {
        peer.send_msg("counted", counted_sid, None, text).await;
    }
    assert_eq!(at_last(counted.count()).await, 2);
    drop((kept, new));
}

/// Several drops and subscriptions around the very moment of the loss: each is known exactly once.
#[tokio::test(start_paused = true)]
async fn no_subscription_is_asked_for_twice_on_one_connection() {
    let mut session = Session::start().await;
    let mut open = Vec::new();
    for round in 0..30 {
        open.push(session.client.subscribe(format!("s.{round}.a")).await.expect("good"));
        if round % 3 == 0 {
            settle().await;
        }
        drop(std::mem::replace(&mut session.peer, nobody()));
        for _ in 0..round % 5 {
            tokio::task::yield_now().await;
        }
        open.push(session.client.subscribe(format!("s.{round}.b")).await.expect("good"));
        if round % 4 == 3 {
            open.remove(round % open.len());
        }
        session.peer = session.net.accept().await;
        session.peer.handshake_with(Info::new()).await;
        for _ in 0..round % 7 {
            tokio::task::yield_now().await;
        }
        open.push(session.client.subscribe(format!("s.{round}.c")).await.expect("good"));
        session.client.publish("end", "".into()).await.expect("good");
        let mut known = std::collections::BTreeMap::new();
        loop {
            match session.peer.expect_op().await {
                Op::Sub(sub) => assert_eq!(known.insert(sub.sid, sub.subject), None, "round {round}"),
                Op::Unsub(unsub) => assert!(known.remove(&unsub.sid).is_some(), "round {round}"),
                Op::Pub(message) if message.subject == "end" => break,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(known.len(), open.len(), "round {round}: {known:?}");
    }
}
