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
    session.peer.expect_eof().await;
    assert_eq!(session.events.to_the_end().await, [Event::Closed]);
    assert!(session.net.dialed_within(secs(100)).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn an_idle_client_closes_at_once_with_its_last_handle() {
    let mut session = Session::start().await;
    let start = Instant::now();
    drop(session.client);
    session.peer.expect_eof().await;
    assert_about(start.elapsed(), secs(0));
    assert_eq!(session.events.to_the_end().await, [Event::Closed]);
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
    assert_eq!(session.events.to_the_end().await.last(), Some(&Event::Closed));
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
        peer.expect_eof().await;
        assert!(
            start.elapsed() < secs(1),
            "it closed {:?} after all was written",
            start.elapsed()
        );
        assert_eq!(session.events.to_the_end().await.last(), Some(&Event::Closed));
    }
}

/// With nothing pending, a client that nobody holds does not look for a server any more.
#[tokio::test(start_paused = true)]
async fn a_client_that_nobody_holds_stops_connecting() {
    let mut session = Session::start().await;
    drop(std::mem::replace(&mut session.peer, nobody()));
    session.events.expect(Event::Disconnected).await;
    let dial = session.net.dialed().await;
    drop(session.client);
    settle().await;
    dial.refuse();
    assert!(session.net.dialed_within(secs(100)).await.is_none());
    assert_eq!(session.events.to_the_end().await.last(), Some(&Event::Closed));
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
    let (first, rest) = waiting.split_at_mut(4);
    drop((first.len(), rest.len()));
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
        session.peer.expect_eof().await;
        assert_eq!(session.events.to_the_end().await, [Event::Closed]);
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
        assert_eq!(at_last(events.to_the_end()).await, []);
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
    assert_eq!(session.events.to_the_end().await.last(), Some(&Event::Closed));
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
