//! How a client ends: by its handles, in or outside of a runtime, and with whatever was under way (I18).

use std::time::Duration;

use async_nats::{Client, Event, Subscriber};
use futures_util::{FutureExt, StreamExt};
use tokio::runtime::Runtime;
use tokio::time::Instant;

use crate::support::*;

#[tokio::test(start_paused = true)]
async fn the_last_handle_writes_what_is_pending_and_closes() {
    let mut session = Session::with_capacity(options(), 50).await;
    let clone = session.client.clone();
    for number in 0..20 {
        clone
            .publish("a", format!("{number:0100}").into())
            .await
            .expect("there is room");
    }
    drop((clone, session.client));
    for number in 0..20 {
        assert_eq!(session.peer.expect_pub().await.text(), format!("{number:0100}"));
    }
    session.peer.answer_pings(true);
    session.peer.expect_eof().await;
    assert_eq!(session.events.until_the_end().await, [Event::Closed]);
    assert!(session.net.dialed_within(secs(100)).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn an_idle_client_closes_at_once_with_its_last_handle() {
    let mut session = Session::start().await;
    let start = Instant::now();
    drop(session.client);
    session.peer.answer_pings(true);
    session.peer.expect_eof().await;
    assert_about(start.elapsed(), secs(0));
    assert_eq!(session.events.until_the_end().await, [Event::Closed]);
}

/// A subscription is a handle too; when it is the last one its UNSUB is still said.
#[tokio::test(start_paused = true)]
async fn a_subscriber_alone_keeps_the_client_alive() {
    let mut session = Session::start().await;
    let mut messages = session.client.subscribe("a").await.expect("good");
    let sid = session.peer.expect_sub().await.sid;
    drop(session.client);
    session.peer.answer_pings(true);
    session.peer.expect_nothing_for(secs(600)).await;
    session.peer.send_msg("a", sid, None, "still here").await;
    assert_eq!(at_last(messages.next()).await.expect("open").payload, "still here");
    drop(session.peer);
    session.peer = session.net.accept().await;
    session.peer.handshake().await;
    assert_eq!(session.peer.expect_sub().await.sid, sid);
    drop(messages);
    session.peer.expect(&format!("UNSUB {sid}")).await;
    session.peer.answer_pings(true);
    session.peer.expect_eof().await;
    assert_eq!(
        session.events.until(Event::Closed).await,
        [Event::Disconnected, Event::Connected, Event::Closed]
    );
}

/// A peer that never reads cannot keep a client alive that nobody holds.
#[tokio::test(start_paused = true)]
async fn last_writes_are_bounded() {
    let mut session = Session::with_capacity(options(), 50).await;
    session
        .client
        .publish("a", vec![b'x'; 1000].into())
        .await
        .expect("there is room");
    let start = Instant::now();
    drop(session.client);
    assert_eq!(session.events.until_the_end().await.last(), Some(&Event::Closed));
    assert!(start.elapsed() <= secs(61), "{:?}", start.elapsed());
}

/// Pending publishes of a client that nobody holds go out on the next connection; then it ends, with no further wait.
#[tokio::test(start_paused = true)]
async fn last_writes_outlive_a_reconnect() {
    for lost_before in [false, true] {
        let mut session = Session::with_capacity(options(), 50).await;
        session
            .client
            .publish("a", vec![b'x'; 1000].into())
            .await
            .expect("there is room");
        settle().await;
        let peer = std::mem::replace(&mut session.peer, nobody());
        if lost_before {
            drop(peer);
            session.events.expect(Event::Disconnected).await;
            drop(session.client);
        } else {
            drop(session.client);
            settle().await;
            drop(peer);
        }
        let mut peer = session.net.accept().await;
        peer.handshake().await;
        assert_eq!(peer.expect_pub().await.payload.len(), 1000);
        let start = Instant::now();
        peer.answer_pings(true);
        peer.expect_eof().await;
        assert!(
            start.elapsed() < secs(1),
            "it closed {:?} after all was written",
            start.elapsed()
        );
        assert_eq!(session.events.until_the_end().await.last(), Some(&Event::Closed));
    }
}

/// A client that nobody holds looks for a server for half a minute, for what may be pending, and not for ever.
#[tokio::test(start_paused = true)]
async fn a_client_that_nobody_holds_stops_connecting() {
    let mut session = Session::start().await;
    drop(std::mem::replace(&mut session.peer, nobody()));
    session.events.expect(Event::Disconnected).await;
    drop(session.client);
    let start = Instant::now();
    while let Some(dial) = session.net.dialed_within(secs(100)).await {
        assert!(start.elapsed() <= secs(31), "{:?}", start.elapsed());
        dial.refuse();
    }
    assert_eq!(session.events.until_the_end().await.last(), Some(&Event::Closed));
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

/// Runs on a thread of its own, outside of all runtimes, and passes a panic on.
fn outside(what: impl FnOnce() + Send + 'static) {
    std::thread::spawn(what).join().expect("no panic");
}

/// `Subscriber::drop` panicked outside of a runtime.
#[test]
fn handles_can_be_dropped_outside_of_a_runtime() {
    let runtime = runtime();
    let (mut session, messages, extra) = runtime.block_on(async {
        let session = Session::start().await;
        let messages = session.client.subscribe("a").await.expect("good");
        let extra = session.client.clone();
        (session, messages, extra)
    });
    let client = session.client;
    outside(move || drop((messages, client, extra)));
    runtime.block_on(async {
        session.peer.expect_sub().await;
        session.peer.expect_unsub().await;
        session.peer.answer_pings(true);
        session.peer.expect_eof().await;
        assert_eq!(session.events.until_the_end().await, [Event::Closed]);
    });
}

/// The runtime is shut down first; then the handles are dropped, here and there, and nothing panics.
#[test]
fn handles_can_outlive_their_runtime() {
    let runtime = runtime();
    let (client, messages): (Client, Subscriber) = runtime.block_on(async {
        let session = Session::start().await;
        let messages = session.client.subscribe("a").await.expect("good");
        session.client.publish("a", "x".into()).await.expect("good");
        (session.client, messages)
    });
    runtime.shutdown_background();
    let second = client.clone();
    outside(move || drop((messages, client)));
    drop(second);
}

/// I5: the runtime that the client's tasks ran on is gone; what waits for them ends with an error, not never.
#[test]
fn a_client_whose_runtime_is_gone_says_so() {
    let first = runtime();
    let (client, messages) = first.block_on(async {
        let session = Session::start().await;
        let messages = session.client.subscribe("a").await.expect("good");
        (session.client, messages)
    });
    first.shutdown_timeout(Duration::from_secs(10));
    runtime().block_on(async {
        tokio::time::pause();
        assert!(at_last(client.request("a", "".into())).await.is_err());
        assert!(at_last(client.flush()).await.is_err());
        assert!(at_last(client.drain()).await.is_err());
        assert!(client.publish("a", "x".into()).await.is_err());
        assert_eq!(at_last(messages.count()).await, 0);
        at_last(client.closed()).await;
    });
}

/// A runtime that is shut down with everything under way.
#[test]
fn a_runtime_can_be_shut_down_at_any_time() {
    for rounds in 0..20 {
        let runtime = runtime();
        let _kept = runtime.block_on(async {
            let mut session = Session::start().await;
            let client = session.client.clone();
            let mut messages = client.subscribe("a").await.expect("good");
            tokio::spawn(async move {
                while messages.next().await.is_some() {}
                messages.unsubscribe().await
            });
            let asking = client.clone();
            tokio::spawn(async move { asking.request("service", "".into()).await });
            let draining = client.clone();
            tokio::spawn(async move {
                tokio::task::yield_now().await;
                draining.drain().await
            });
            for _ in 0..rounds {
                tokio::task::yield_now().await;
            }
            if rounds % 2 == 0 {
                drop(std::mem::replace(&mut session.peer, nobody()));
            }
            (client, session.peer)
        });
        drop(runtime);
    }
}

/// A callback of the user's that panics takes the connection's task with it: the client says that it is closed, and nobody
/// waits for ever.
#[tokio::test(start_paused = true)]
async fn a_callback_that_panics_ends_the_client() {
    let options = options().reconnect_delay_callback(|attempt| match attempt {
        1 => secs(0),
        _ => panic!("a fault of the user's"),
    });
    let mut session = Session::with(options).await;
    drop(std::mem::replace(&mut session.peer, nobody()));
    let (answer, ()) = tokio::join!(session.client.request("a", "".into()), async {
        session.net.dialed().await.refuse();
    });
    assert!(answer.is_err());
    at_last(session.client.closed()).await;
    assert_eq!(session.events.until_the_end().await.last(), Some(&Event::Closed));
}

/// The client's state is no secret, and is of use in a log.
#[tokio::test(start_paused = true)]
async fn handles_can_be_shown() {
    let Session { client, .. } = Session::start().await;
    let messages = client.subscribe("a").await.expect("good");
    assert!(format!("{client:?}").contains("Connected"));
    assert!(format!("{messages:?}").contains("Subscriber"));
    assert!(messages.into_future().now_or_never().is_none());
}
