//! Events: in order, none lost, and the last one last (I20).

use std::sync::{Arc, Mutex, OnceLock};

use async_nats::{Client, Event, ServerError};
use futures_util::StreamExt;
use tokio::time::Instant;

use crate::support::*;

/// A queue of 128 that dropped what did not fit.
#[tokio::test(start_paused = true)]
async fn a_slow_callback_gets_every_event_in_order_and_delays_nothing_else() {
    let seen: Arc<Mutex<Vec<Event>>> = Arc::default();
    let log = Arc::clone(&seen);
    let options = options().event_callback(move |event| {
        let log = Arc::clone(&log);
        async move {
            tokio::time::sleep(secs(10)).await;
            log.lock().expect("no panic").push(event);
        }
    });
    let mut net = Net::new();
    let connecting = options.dialer(net.dialer()).connect(SERVER);
    let (client, mut peer) = tokio::join!(connecting, async {
        let mut peer = net.accept().await;
        peer.handshake().await;
        peer
    });
    let client = client.expect("the handshake was good");
    let mut messages = client.subscribe("a").await.expect("good");
    let sid = peer.expect_sub().await.sid;
    let start = Instant::now();
    for number in 0..1000 {
        peer.send_err(&format!("number {number}")).await;
        peer.send_msg("a", sid, None, number.to_string()).await;
        assert_eq!(messages.next().await.expect("open").payload, number.to_string());
    }
    assert!(start.elapsed() < secs(1), "{:?}", start.elapsed());
    let (drained, ()) = tokio::join!(client.drain(), async {
        peer.expect(&format!("UNSUB {sid}\r\nPING")).await;
        peer.send_pong().await;
    });
    drained.expect("the server confirmed it");
    tokio::time::sleep(secs(20_000)).await;
    let mut expected = vec![Event::Connected];
    expected.extend((0..1000).map(|number| Event::ServerError(ServerError::Other(format!("number {number}")))));
    expected.extend([Event::Draining, Event::Closed]);
    assert_eq!(*seen.lock().expect("no panic"), expected);
}

/// One after the other: the callback is not called again before its future has ended.
#[tokio::test(start_paused = true)]
async fn callbacks_do_not_overlap() {
    let running = Arc::new(tokio::sync::Mutex::new(()));
    let guard = Arc::clone(&running);
    let options = options().event_callback(move |_| {
        let running = Arc::clone(&guard);
        async move {
            let _alone = running.try_lock().expect("another callback runs");
            tokio::time::sleep(millis(5)).await;
        }
    });
    let mut net = Net::new();
    let connecting = options.dialer(net.dialer()).connect(SERVER);
    let (client, mut peer) = tokio::join!(connecting, async {
        let mut peer = net.accept().await;
        peer.handshake().await;
        peer
    });
    for _ in 0..50 {
        peer.send_err("again").await;
    }
    tokio::time::sleep(secs(10)).await;
    drop(client);
    tokio::time::sleep(secs(10)).await;
}

/// A callback may use the client that it is called for.
#[tokio::test(start_paused = true)]
async fn a_callback_may_use_the_client() {
    let slot: Arc<OnceLock<Client>> = Arc::default();
    let inside = Arc::clone(&slot);
    let options = options().event_callback(move |event| {
        let slot = Arc::clone(&inside);
        async move {
            let Some(client) = slot.get() else { return };
            match event {
                Event::Disconnected => client.publish("note", "lost".into()).await.expect("it is kept"),
                Event::Connected => client.flush_with_timeout(secs(5)).await.expect("the server has it"),
                Event::ServerError(_) => client.drain().await.expect("the server confirmed it"),
                _ => {}
            }
        }
    });
    let mut net = Net::new();
    let connecting = options.dialer(net.dialer()).connect(SERVER);
    let (client, mut peer) = tokio::join!(connecting, async {
        let mut peer = net.accept().await;
        peer.handshake().await;
        peer
    });
    let client = client.expect("the handshake was good");
    settle().await;
    slot.set(client.clone()).expect("set once");
    drop(peer);
    peer = net.accept().await;
    peer.handshake().await;
    peer.expect("PUB note 4\r\nlost\r\nPING").await;
    peer.send_pong().await;
    peer.send_err("that is all").await;
    peer.expect_ping().await;
    peer.send_pong().await;
    peer.expect_eof().await;
    at_last(client.closed()).await;
}

/// A callback that panics is the user's fault, and the connection's trouble not at all.
#[tokio::test(start_paused = true)]
async fn a_callback_that_panics_does_not_disturb_the_connection() {
    let options = options().event_callback(|event| async move {
        assert_ne!(event, Event::Connected, "a fault of the user's");
    });
    let mut net = Net::new();
    let connecting = options.dialer(net.dialer()).connect(SERVER);
    let (client, mut peer) = tokio::join!(connecting, async {
        let mut peer = net.accept().await;
        peer.handshake().await;
        peer
    });
    let client = client.expect("the handshake was good");
    settle().await;
    client.publish("a", "x".into()).await.expect("good");
    peer.expect("PUB a 1\r\nx").await;
    drop(peer);
    net.accept().await.handshake().await;
}

#[tokio::test(start_paused = true)]
async fn a_client_without_a_callback_does_the_same() {
    let mut net = Net::new();
    let connecting = options().dialer(net.dialer()).connect(SERVER);
    let (client, mut peer) = tokio::join!(connecting, async {
        let mut peer = net.accept().await;
        peer.handshake().await;
        peer
    });
    let client = client.expect("the handshake was good");
    peer.send_err("unheard").await;
    drop(peer);
    peer = net.accept().await;
    peer.handshake().await;
    client.publish("a", "x".into()).await.expect("good");
    peer.expect("PUB a 1\r\nx").await;
    drop(client);
    peer.answer_pings(true);
    peer.expect_eof().await;
}

/// A connect that fails tells the errors of its attempts to its caller; no client was there to be closed.
#[tokio::test(start_paused = true)]
async fn a_failed_connect_is_told_by_its_error() {
    let mut net = Net::new();
    let (options, mut events) = Events::record(options());
    let connecting = options.dialer(net.dialer()).connect(SERVER);
    let (result, _) = tokio::join!(connecting, net.refuse_for(secs(10)));
    assert!(result.is_err());
    assert_eq!(events.until_the_end().await, []);
}
