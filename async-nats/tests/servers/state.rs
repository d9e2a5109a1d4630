//! What a client tells of itself: counters, the state of its connection, its server, slow consumers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::Duration;

use async_nats::connection::State;
use async_nats::{ConnectOptions, Event};
use nats_server::proxy::Proxy;
use nats_server::{run_basic_server, run_server_with_config_text};

use crate::support::{connect, connect_with, connected, fenced, next, number, until, within, Events};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_counters_count_messages_bytes_and_connections() {
    let mut server = run_basic_server();
    let client = connect(&server).await;
    let statistics = client.statistics();
    let read = || {
        let count = |counter: &portable::Counter| counter.load(Ordering::Relaxed);
        [&statistics.out_messages, &statistics.in_messages, &statistics.connects].map(count)
    };
    assert_eq!(read(), [0, 0, 1]);
    let mut messages = client.subscribe("n").await.expect("a good subject");
    let other = client.clone();
    for _ in 0..100 {
        client.publish("n", "hello".into()).await.expect("a good subject");
        other.publish("nobody", "hello".into()).await.expect("a good subject");
    }
    fenced(&client).await;
    for _ in 0..100 {
        next(&mut messages).await;
    }
    assert_eq!(read(), [200, 100, 1]);
    let (out_bytes, in_bytes) = (&statistics.out_bytes, &statistics.in_bytes);
    let (out_bytes, in_bytes) = (out_bytes.load(Ordering::Relaxed), in_bytes.load(Ordering::Relaxed));
    assert!(
        out_bytes >= 200 * 5 && in_bytes >= 100 * 5,
        "{out_bytes} out, {in_bytes} in"
    );
    server.restart();
    until("the second connection", || read() == [200, 100, 2]).await;
}

/// The counters' type, which is the same on machines without 64-bit atomics.
mod portable {
    pub(super) type Counter = portable_atomic::AtomicU64;
}

#[tokio::test]
async fn the_way_to_the_server_and_back_takes_time() {
    let server = run_basic_server();
    let client = connect(&server).await;
    let rtt = within("the answer", client.rtt()).await.expect("the client is open");
    assert!(rtt > Duration::ZERO);
    client.drain().await.expect("the server confirms");
    client.rtt().await.expect_err("it is closed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_state_of_the_connection_can_be_watched() {
    let mut server = run_basic_server();
    let client = connect(&server).await;
    let mut states = client.watch_connection_state();
    assert_eq!(*states.borrow_and_update(), State::Connected);
    server.kill();
    let lost = within("the loss", states.wait_for(|state| *state == State::Disconnected)).await;
    drop(lost.expect("the client lives"));
    assert_eq!(client.connection_state(), State::Disconnected);
    server.start();
    let back = within("the connection", states.wait_for(|state| *state == State::Connected)).await;
    drop(back.expect("the client lives"));
    client.drain().await.expect("the server confirms");
    let end = within("the end", states.wait_for(|state| *state == State::Disconnected)).await;
    drop(end.expect("the client lives"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_server_says_of_itself_is_of_the_one_that_is_connected() {
    let server = run_server_with_config_text("server_name: first, max_payload: 1000");
    let address = Proxy::in_front_of(&server);
    let events = Events::default();
    let options = events.record(ConnectOptions::new());
    let client = options.connect(address.url()).await.expect("the server takes it");
    let info = client.server_info();
    assert_eq!(
        (info.server_name.as_str(), info.port, info.max_payload),
        ("first", server.client_port(), 1000)
    );
    let (major, minor, patch) = nats_server::version();
    assert_eq!(info.version, format!("{major}.{minor}.{patch}"));
    assert_eq!(info.client_ip, "127.0.0.1");
    assert!(info.headers && !info.tls_required && !info.auth_required && !info.lame_duck_mode);
    drop(server);
    let server = run_server_with_config_text("server_name: second, max_payload: 2000");
    address.set_target(server.client_address());
    events
        .nth("the next connection", 2, |event| *event == Event::Connected)
        .await;
    connected(&client).await;
    assert_eq!(client.server_info().server_name, "second");
    assert_eq!(client.max_payload(), 2000);
    client
        .publish("n", vec![b'x'; 2000].into())
        .await
        .expect("this server takes it");
}

#[tokio::test]
async fn a_forced_reconnect_makes_another_connection() {
    let server = run_basic_server();
    let events = Events::default();
    let client = connect_with(events.record(ConnectOptions::new()), &server).await;
    let mut messages = client.subscribe("n").await.expect("a good subject");
    let first = client.server_info().client_id;
    for round in 0..10 {
        client
            .publish("n", round.to_string().into())
            .await
            .expect("a good subject");
        fenced(&client).await;
        client.force_reconnect().await.expect("the client is open");
        events
            .nth("the next connection", 2 + round, |event| *event == Event::Connected)
            .await;
    }
    client.publish("n", "10".into()).await.expect("a good subject");
    for expected in 0..=10 {
        assert_eq!(number(&next(&mut messages).await), expected);
    }
    assert_ne!(client.server_info().client_id, first);
}

#[tokio::test]
async fn another_pool_is_gone_to() {
    let (one, other) = (run_basic_server(), run_basic_server());
    let events = Events::default();
    let client = connect_with(events.record(ConnectOptions::new()), &one).await;
    client
        .set_server_pool(vec![other.client_url()])
        .await
        .expect("good addresses");
    assert_eq!(client.server_info().port, one.client_port(), "the connection stays");
    client.force_reconnect().await.expect("the client is open");
    events
        .nth("the next connection", 2, |event| *event == Event::Connected)
        .await;
    assert_eq!(client.server_info().port, other.client_port());
    let pool = client.server_pool().await.expect("the client is open");
    assert_eq!(pool.len(), 1);
    assert!(pool[0].did_connect && !pool[0].is_discovered);
}

/// I12: a flood that nobody reads is dropped and counted, said once, and does not keep others from their messages.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_that_is_not_read_hurts_nobody_else() {
    const FLOOD: u64 = 100_000;
    let server = run_basic_server();
    let events = Events::default();
    let options = events.record(ConnectOptions::new().subscription_capacity(1000));
    let client = connect_with(options, &server).await;
    let mut unread = client.subscribe("flood").await.expect("a good subject");
    let mut calm = client.subscribe("calm").await.expect("a good subject");
    fenced(&client).await;
    let other = connect(&server).await;
    for number in 0..FLOOD {
        other
            .publish("flood", number.to_string().into())
            .await
            .expect("a good subject");
        if number % 1000 == 0 {
            other
                .publish("calm", number.to_string().into())
                .await
                .expect("a good subject");
            assert_eq!(self::number(&next(&mut calm).await), number);
        }
    }
    fenced(&other).await;
    fenced(&client).await;
    assert_eq!((unread.pending_messages(), unread.dropped()), (1000, FLOOD - 1000));
    for expected in 0..1000 {
        assert_eq!(
            number(&next(&mut unread).await),
            expected,
            "the newest are dropped, not the oldest"
        );
    }
    let is_slow = |event: &Event| matches!(event, Event::SlowConsumer(_));
    let told = events.count(is_slow);
    assert!(
        (1..=18).contains(&told),
        "told {told} times: once, and each time that the number has doubled"
    );

    // The reader keeps up again, and then it does not: that is another episode.
    other.publish("flood", "0".into()).await.expect("a good subject");
    assert_eq!(number(&next(&mut unread).await), 0);
    for number in 0..2000_u64 {
        other
            .publish("flood", number.to_string().into())
            .await
            .expect("a good subject");
    }
    fenced(&other).await;
    fenced(&client).await;
    assert_eq!(unread.dropped(), FLOOD - 1000 + 1000);
    events.nth("the second episode", told + 1, is_slow).await;
}

/// I20: a callback that takes its time delays events, not the connection, and misses none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_callback_misses_nothing_and_stops_nothing() {
    let server = run_basic_server();
    let (open, gate) = tokio::sync::watch::channel(false);
    let called = Arc::new(AtomicU64::new(0));
    let calls = Arc::clone(&called);
    let options = ConnectOptions::new().event_callback(move |_| {
        let mut gate = gate.clone();
        calls.fetch_add(1, Ordering::Relaxed);
        async move {
            let _ = gate.wait_for(|open| *open).await;
        }
    });
    let client = connect_with(options, &server).await;
    let connects = client.statistics();
    for round in 2..=300 {
        client.force_reconnect().await.expect("the client is open");
        until("the connection", || connects.connects.load(Ordering::Relaxed) == round).await;
        connected(&client).await;
    }
    fenced(&client).await;
    assert_eq!(called.load(Ordering::Relaxed), 1, "it has not returned yet");
    open.send(true).expect("the callback waits");
    until("all events", || called.load(Ordering::Relaxed) == 1 + 2 * 299).await;
}

/// I17, and an error of its own: the server takes one connection and no more.
#[tokio::test]
async fn a_full_server_says_so() {
    let server = run_server_with_config_text("max_connections: 1");
    let _client = connect(&server).await;
    let error = async_nats::connect(server.client_url())
        .await
        .expect_err("the server is full");
    assert!(
        error
            .to_string()
            .to_lowercase()
            .contains("maximum connections exceeded"),
        "{error}"
    );
}

/// A connection that is left on the user's wish delivers what was written to it, even in a flood from the server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forced_reconnect_in_a_flood_loses_nothing() {
    const COUNT: u64 = 20_000;
    let server = run_basic_server();
    let other = connect(&server).await;
    let mut messages = other.subscribe("n").await.expect("a good subject");
    fenced(&other).await;
    let client = connect(&server).await;
    let _echo = client.subscribe("n").await.expect("a good subject");
    let publisher = tokio::spawn({
        let client = client.clone();
        async move {
            for number in 0..COUNT {
                if number % 1000 == 500 {
                    client.force_reconnect().await.expect("the client is open");
                }
                client
                    .publish("n", format!("{number:0>1000}").into())
                    .await
                    .expect("a good subject");
            }
        }
    });
    let mut seen = std::collections::BTreeSet::new();
    while (seen.len() as u64) < COUNT {
        assert!(seen.insert(number(&next(&mut messages).await)), "twice");
    }
    publisher.await.expect("all is published");
}
