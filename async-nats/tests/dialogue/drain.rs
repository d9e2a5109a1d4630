//! Draining: nothing that was there is lost, and it ends (I11).

use async_nats::connection::State;
use async_nats::{ClientError, Event};
use futures_util::{FutureExt, StreamExt};
use nats_server::script::Info;
use tokio::time::Instant;

use crate::support::*;

#[tokio::test(start_paused = true)]
async fn a_subscription_drains_behind_a_fence() {
    let Session { client, mut peer, .. } = Session::start().await;
    let mut messages = client.subscribe("a").await.expect("good");
    let mut other = client.subscribe("a").await.expect("good");
    let (sid, other_sid) = (peer.expect_sub().await.sid, peer.expect_sub().await.sid);
    peer.send_msg("a", sid, None, "before").await;
    settle().await;
    messages.drain().await.expect("open");
    peer.expect(&format!("UNSUB {sid}\r\nPING")).await;
    // Under way when the server read the UNSUB.
    peer.send_msg("a", sid, None, "under way").await;
    settle().await;
    let before = messages.next().await.expect("before");
    let under_way = messages.next().await.expect("under way");
    assert_eq!(
        (before.payload, under_way.payload),
        ("before".into(), "under way".into())
    );
    assert!(messages.next().now_or_never().is_none(), "the fence is not back yet");
    peer.send_raw(format!("MSG a {sid} 4\r\nlast\r\nPONG\r\n")).await;
    assert_eq!(at_last(messages.next()).await.expect("last").payload, "last");
    assert!(at_last(messages.next()).await.is_none());
    peer.send_msg("a", other_sid, None, "goes on").await;
    assert_eq!(at_last(other.next()).await.expect("open").payload, "goes on");
    // No second UNSUB when it is dropped.
    drop(messages);
    peer.expect_nothing_for(secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn draining_a_subscription_twice_is_draining_it_once() {
    let Session { client, mut peer, .. } = Session::start().await;
    let mut messages = client.subscribe("a").await.expect("good");
    let sid = peer.expect_sub().await.sid;
    messages.drain().await.expect("open");
    messages.drain().await.expect("open");
    messages.unsubscribe().await.expect("open");
    peer.expect(&format!("UNSUB {sid}\r\nPING")).await;
    peer.send_pong().await;
    assert!(at_last(messages.next()).await.is_none());
    peer.expect_nothing_for(secs(1)).await;
}

/// The server that would have sent more is gone: there is no more.
#[tokio::test(start_paused = true)]
async fn a_draining_subscription_ends_when_the_connection_is_lost() {
    let mut session = Session::start().await;
    let mut messages = session.client.subscribe("a").await.expect("good");
    let sid = session.peer.expect_sub().await.sid;
    session.peer.send_msg("a", sid, None, "kept").await;
    settle().await;
    messages.drain().await.expect("open");
    session.peer.expect(&format!("UNSUB {sid}\r\nPING")).await;
    session.reconnect().await;
    let rest: Vec<_> = at_last(messages.map(|message| message.payload).collect()).await;
    assert_eq!(rest, ["kept"]);
    session.peer.expect_nothing_for(secs(1)).await;
}

/// All of it in its order: UNSUBs and a fence behind what is pending, then the end.
#[tokio::test(start_paused = true)]
async fn a_client_drains_everything_and_ends() {
    let mut session = Session::start().await;
    let client = session.client.clone();
    let mut one = client.subscribe("one").await.expect("good");
    let two = client.queue_subscribe("two", "q".into()).await.expect("good");
    let (first, second) = (session.peer.expect_sub().await.sid, session.peer.expect_sub().await.sid);
    session.peer.send_msg("one", first, None, "before").await;
    settle().await;
    client.publish("a", "pending".into()).await.expect("good");
    let draining = client.drain();
    let script = async {
        let peer = &mut session.peer;
        peer.expect(&format!(
            "PUB a 7\r\npending\r\nUNSUB {first}\r\nUNSUB {second}\r\nPING"
        ))
        .await;
        peer.send_msg("one", first, None, "under way").await;
        settle().await;
        assert!(
            session.client.publish("a", "x".into()).await.is_err(),
            "nothing new is taken"
        );
        assert!(session.client.subscribe("a").await.is_err(), "nothing new is taken");
        assert!(
            session.client.request("a", "x".into()).await.is_err(),
            "nothing new is taken"
        );
        peer.send_raw(format!("MSG one {first} 4\r\nlast\r\nPONG\r\n")).await;
        peer.expect_eof().await;
    };
    let (drained, ()) = at_last(async { tokio::join!(draining, script) }).await;
    drained.expect("the server confirmed it");
    let got: Vec<_> = one
        .by_ref()
        .map(|message| message.payload)
        .collect()
        .now_or_never()
        .expect("it has ended");
    assert_eq!(got, ["before", "under way", "last"]);
    assert_eq!(two.count().now_or_never(), Some(0));
    assert_eq!(session.events.until_the_end().await, [Event::Draining, Event::Closed]);
    assert_eq!(client.connection_state(), State::Disconnected);
    assert!(session.net.dialed_within(secs(100)).await.is_none());
    assert!(client.drain().await.is_err() && one.unsubscribe().await.is_err());
    client.closed().now_or_never().expect("it is closed");
}

#[tokio::test(start_paused = true)]
async fn several_drains_are_one() {
    let mut session = Session::start().await;
    let (one, two) = (session.client.clone(), session.client.clone());
    let (first, second, ()) = tokio::join!(one.drain(), two.drain_with_timeout(secs(1)), async {
        session.peer.expect_ping().await;
        tokio::time::sleep(secs(20)).await;
        session.peer.send_pong().await;
        session.peer.expect_eof().await;
    });
    first.expect("the server confirmed it");
    second.expect("the first drain's time-out counts");
    assert_eq!(session.events.until_the_end().await, [Event::Draining, Event::Closed]);
}

/// The deadline holds against a server that never confirms.
#[tokio::test(start_paused = true)]
async fn a_drain_ends_at_its_deadline() {
    for (timeout, seconds) in [(Some(secs(5)), 5), (None, 30), (Some(secs(0)), 0)] {
        let mut session = Session::start().await;
        let messages = session.client.subscribe("a").await.expect("good");
        let start = Instant::now();
        let drained = match timeout {
            Some(timeout) => session.client.drain_with_timeout(timeout).await,
            None => session.client.drain().await,
        };
        let error = error_of(drained);
        assert!(error.to_string().contains("confirm"), "{error}");
        assert_about(start.elapsed(), secs(seconds));
        assert_eq!(at_last(messages.count()).await, 0);
        assert_eq!(session.events.until_the_end().await, [Event::Draining, Event::Closed]);
        assert!(session.net.dialed_within(secs(100)).await.is_none());
        session.peer.read_to_end().await;
    }
}

/// A peer that does not read: what is pending cannot be written, and the drain says so in time.
#[tokio::test(start_paused = true)]
async fn a_drain_that_cannot_write_ends_at_its_deadline() {
    let session = Session::with_capacity(options(), 64).await;
    session
        .client
        .publish("a", vec![b'x'; 100_000].into())
        .await
        .expect("there is room");
    let start = Instant::now();
    assert!(session.client.drain_with_timeout(secs(7)).await.is_err());
    assert_about(start.elapsed(), secs(7));
}

/// I21: without a connection the drain waits for one, as long as its deadline allows.
#[tokio::test(start_paused = true)]
async fn a_drain_without_a_connection_writes_what_is_kept_first() {
    let mut session = Session::start().await;
    let messages = session.client.subscribe("a").await.expect("good");
    session.peer.expect_sub().await;
    drop(std::mem::replace(&mut session.peer, nobody()));
    session.events.expect(Event::Disconnected).await;
    session.client.publish("a", "kept".into()).await.expect("it is kept");
    let (drained, ()) = tokio::join!(session.client.drain_with_timeout(secs(60)), async {
        session.net.refuse_for(secs(20)).await;
        let mut peer = session.net.accept().await;
        peer.handshake().await;
        peer.expect("PUB a 4\r\nkept\r\nPING").await;
        peer.send_pong().await;
        peer.expect_eof().await;
    });
    drained.expect("the server confirmed it");
    assert_eq!(at_last(messages.count()).await, 0);
    let events = session.events.until_the_end().await;
    assert_eq!(
        (events.first(), events.last()),
        (Some(&Event::Draining), Some(&Event::Closed))
    );
}

#[tokio::test(start_paused = true)]
async fn a_drain_without_a_connection_ends_at_its_deadline() {
    let mut session = Session::start().await;
    drop(std::mem::replace(&mut session.peer, nobody()));
    session.events.expect(Event::Disconnected).await;
    let start = Instant::now();
    let client = session.client.clone();
    let drained = tokio::spawn(async move {
        let result = client.drain_with_timeout(secs(20)).await;
        (result.is_err(), start.elapsed())
    });
    session.net.refuse_for(secs(60)).await;
    let (failed, took) = at_last(drained).await.expect("no panic");
    assert!(failed);
    assert_about(took, secs(20));
    let events = session.events.until_the_end().await;
    assert_eq!(
        (events.first(), events.last()),
        (Some(&Event::Draining), Some(&Event::Closed))
    );
    assert!(events[1..events.len() - 1]
        .iter()
        .all(|event| matches!(event, Event::ClientError(ClientError::Other(_)))));
}

/// I2, I11: the connection breaks in the middle of a drain; the next one takes over.
#[tokio::test(start_paused = true)]
async fn a_drain_goes_on_over_a_reconnect() {
    let mut session = Session::with_capacity(options(), 64).await;
    let messages = session.client.subscribe("a").await.expect("good");
    session.peer.expect_sub().await;
    session
        .client
        .publish("a", vec![b'x'; 1000].into())
        .await
        .expect("there is room");
    let (drained, ()) = tokio::join!(session.client.drain(), async {
        settle().await;
        drop(std::mem::replace(&mut session.peer, nobody()));
        let mut peer = session.net.accept().await;
        peer.handshake_with(Info::new()).await;
        let message = peer.expect_pub().await;
        assert_eq!((message.subject.as_str(), message.payload.len()), ("a", 1000));
        peer.expect_ping().await;
        peer.send_pong().await;
        peer.expect_eof().await;
    });
    drained.expect("the server confirmed it");
    assert_eq!(at_last(messages.count()).await, 0);
    let events = session.events.until_the_end().await;
    assert_eq!(
        events,
        [Event::Draining, Event::Disconnected, Event::Connected, Event::Closed]
    );
}

/// I18: a drain that nobody waits for goes on.
#[tokio::test(start_paused = true)]
async fn a_drain_goes_on_when_its_future_is_dropped() {
    let mut session = Session::start().await;
    let mut draining = Box::pin(session.client.drain());
    assert!(poll_once(&mut draining).await.is_none());
    drop(draining);
    session.peer.expect_ping().await;
    session.peer.send_pong().await;
    session.peer.expect_eof().await;
    at_last(session.client.closed()).await;
    assert_eq!(session.events.until_the_end().await, [Event::Draining, Event::Closed]);
}

/// Answers to requests that are in flight come before the fence, and count.
#[tokio::test(start_paused = true)]
async fn requests_in_flight_are_answered_in_a_drain() {
    let mut session = Session::start().await;
    let client = session.client.clone();
    let mut asked = Box::pin(client.request("service", "".into()));
    assert!(poll_once(&mut asked).await.is_none());
    let sid = session.peer.expect_sub().await.sid;
    let reply = session.peer.expect_pub().await.reply.expect("a reply subject");
    let (drained, answer, ()) = tokio::join!(session.client.drain(), asked, async {
        session.peer.expect_ping().await;
        session.peer.send_msg(&reply, sid, None, "yes").await;
        session.peer.send_pong().await;
        session.peer.expect_eof().await;
    });
    drained.expect("the server confirmed it");
    assert_eq!(answer.expect("it was answered").payload, "yes");
}

/// What the connection may have taken with it is told by the drain, which ends all the same.
#[tokio::test(start_paused = true)]
async fn a_drain_tells_of_publishes_that_may_be_lost() {
    let mut session = Session::start().await;
    session
        .client
        .publish("a", "perhaps".into())
        .await
        .expect("there is room");
    let (drained, ()) = tokio::join!(session.client.drain(), async {
        session.peer.expect("PUB a 7\r\nperhaps\r\nPING").await;
        drop(std::mem::replace(&mut session.peer, nobody()));
        let mut peer = session.net.accept().await;
        peer.handshake_with(Info::new()).await;
        peer.answer_pings(true);
        peer.expect_eof().await;
    });
    let error = error_of(drained);
    assert!(error.to_string().contains("lost"), "{error}");
    let events = session.events.until_the_end().await;
    assert_eq!(
        events,
        [Event::Draining, Event::Disconnected, Event::Connected, Event::Closed]
    );
}

/// I2: what a connection may have taken with it before the drain began, and nobody was told of, is told by the drain.
#[tokio::test(start_paused = true)]
async fn a_drain_tells_of_publishes_that_were_lost_before_it_began() {
    let mut session = Session::start().await;
    session
        .client
        .publish("a", "perhaps".into())
        .await
        .expect("there is room");
    session.peer.expect("PUB a 7\r\nperhaps").await;
    drop(std::mem::replace(&mut session.peer, nobody()));
    let mut peer = session.net.accept().await;
    peer.handshake_with(Info::new()).await;
    settle().await;
    let (drained, ()) = tokio::join!(session.client.drain(), async {
        peer.answer_pings(true);
        peer.expect_eof().await;
    });
    let error = error_of(drained);
    assert!(error.to_string().contains("lost"), "{error}");
}

/// I2: who drains, and was told, hears nothing twice; who was not is told, whoever else was.
#[tokio::test(start_paused = true)]
async fn a_drain_tells_a_loss_to_the_handle_that_was_not_told() {
    for is_told in [true, false] {
        let mut session = Session::start().await;
        let (one, two) = (session.client.clone(), session.client.clone());
        one.publish("a", "perhaps".into()).await.expect("there is room");
        session.peer.expect("PUB a 7\r\nperhaps").await;
        session.reconnect().await;
        let asks = if is_told { &two } else { &one };
        error_of(asks.flush_with_timeout(secs(5)).await);
        let peer = &mut session.peer;
        peer.answer_pings(true);
        let (drained, ()) = tokio::join!(two.drain(), peer.expect_eof());
        match is_told {
            true => drained.expect("nothing was lost since it was told"),
            false => assert!(error_of(drained).to_string().contains("lost")),
        }
    }
}
