//! One server that goes away and comes back: stopped, killed, paused.

use std::collections::BTreeSet;
use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event};
use futures_util::StreamExt;
use nats_server::{run_basic_server, Server};

use crate::support::{
    answered, connect, connect_with, connected, disconnected, fenced, next, number, rest, text, until, within, Events,
};

/// A client that watches its link closely.
#[cfg(unix)]
fn watchful() -> ConnectOptions {
    ConnectOptions::new()
        .ping_interval(Duration::from_millis(50))
        .max_pings_outstanding(1)
        .connection_timeout(Duration::from_millis(500))
}

async fn numbers(client: &Client, range: std::ops::Range<u64>) {
    for number in range {
        client
            .publish("n", number.to_string().into())
            .await
            .expect("a good subject");
    }
}

/// I3, I6, I21: what is published while there is no server arrives with the next one, once and in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_published_meanwhile_arrives_after_a_restart() {
    let mut server = run_basic_server();
    let client = connect(&server).await;
    let mut messages = client.subscribe("n").await.expect("a good subject");
    let mut grouped = client
        .queue_subscribe("n", "group".into())
        .await
        .expect("a good subject");
    for round in 0..3 {
        let from = round * 100;
        numbers(&client, from..from + 50).await;
        for expected in from..from + 50 {
            assert_eq!(number(&next(&mut messages).await), expected);
        }
        if round == 1 {
            server.stop();
        } else {
            server.kill();
        }
        disconnected(&client).await;
        numbers(&client, from + 50..from + 100).await;
        server.start();
        for expected in from + 50..from + 100 {
            assert_eq!(number(&next(&mut messages).await), expected);
        }
    }
    for expected in 0..300 {
        assert_eq!(number(&next(&mut grouped).await), expected);
    }
}

/// I21: subscriptions come and go while there is no server, and the next one knows exactly what is current.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscriptions_made_and_ended_meanwhile_are_known_to_the_next_server() {
    let mut server = run_basic_server();
    let client = connect(&server).await;
    let mut kept = client.subscribe("kept").await.expect("a good subject");
    let mut ended = client.subscribe("ended").await.expect("a good subject");
    let dropped = client.subscribe("dropped").await.expect("a good subject");
    let mut drained = client.subscribe("drained").await.expect("a good subject");
    fenced(&client).await;
    server.kill();
    disconnected(&client).await;
    ended.unsubscribe().await.expect("the client is open");
    drop(dropped);
    drained.drain().await.expect("the client is open");
    assert!(rest(drained).await.is_empty());
    assert!(rest(ended).await.is_empty());
    let mut fresh = client
        .queue_subscribe("fresh", "group".into())
        .await
        .expect("a good subject");
    drop(client.subscribe("brief").await.expect("a good subject"));
    server.start();
    connected(&client).await;
    for (messages, subject) in [(&mut kept, "kept"), (&mut fresh, "fresh")] {
        client.publish(subject, subject.into()).await.expect("a good subject");
        assert_eq!(text(&next(messages).await), subject);
    }
    let connz = server.monitor("/connz?subs=true").expect("the server answers");
    let list = connz["connections"][0]["subscriptions_list"]
        .as_array()
        .expect("it has subscriptions");
    let known: BTreeSet<&str> = list.iter().filter_map(|subject| subject.as_str()).collect();
    assert_eq!(known, ["fresh", "kept"].into());
}

/// I6: what is left of the count is left after the reconnect, for the server and for the client.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_left_of_a_count_survives_a_restart() {
    let mut server = run_basic_server();
    let client = connect(&server).await;
    let mut five = client.subscribe("n").await.expect("a good subject");
    five.unsubscribe_after(5).await.expect("the client is open");
    let mut two = client.subscribe("n").await.expect("a good subject");
    two.unsubscribe_after(2).await.expect("the client is open");
    let mut meanwhile = client.subscribe("n").await.expect("a good subject");
    numbers(&client, 0..2).await;
    fenced(&client).await;
    server.kill();
    disconnected(&client).await;
    meanwhile.unsubscribe_after(3).await.expect("the client is open");
    server.start();
    connected(&client).await;
    numbers(&client, 2..10).await;
    fenced(&client).await;
    assert_eq!(rest(five).await, ["0", "1", "2", "3", "4"]);
    assert_eq!(rest(two).await, ["0", "1"]);
    assert_eq!(rest(meanwhile).await, ["0", "1", "2"]);
    let connz = server.monitor("/connz").expect("the server answers");
    assert_eq!(connz["connections"][0]["subscriptions"], 0);
}

/// I7: a server that is silent for too long is given up; when it is back, everything goes on.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_silent_for_too_long_is_given_up() {
    let server = run_basic_server();
    let events = Events::default();
    let client = connect_with(events.record(watchful()), &server).await;
    let mut messages = client.subscribe("n").await.expect("a good subject");
    fenced(&client).await;
    server.pause().expect("it runs");
    events.find("the loss", |event| *event == Event::Disconnected).await;
    numbers(&client, 0..10).await;
    server.resume().expect("it runs");
    events
        .nth("the next connection", 2, |event| *event == Event::Connected)
        .await;
    for expected in 0..10 {
        assert_eq!(number(&next(&mut messages).await), expected);
    }
}

/// I7: however busy the outgoing side is, and whether there is somebody to talk to in the same process or not.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_link_is_noticed_by_a_busy_publisher() {
    let server = run_basic_server();
    let events = Events::default();
    let client = connect_with(events.record(watchful()), &server).await;
    let busy = tokio::spawn({
        let client = client.clone();
        async move {
            loop {
                client
                    .publish("n", vec![b'x'; 1000].into())
                    .await
                    .expect("a good subject");
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    });
    fenced(&client).await;
    server.pause().expect("it runs");
    events.find("the loss", |event| *event == Event::Disconnected).await;
    server.resume().expect("it runs");
    events
        .nth("the next connection", 2, |event| *event == Event::Connected)
        .await;
    answered(&client).await;
    busy.abort();
}

/// A silence that is shorter than the pings allow is none.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_short_silence_is_waited_through() {
    let server = run_basic_server();
    let events = Events::default();
    let client = connect_with(events.record(ConnectOptions::new()), &server).await;
    let mut messages = client.subscribe("n").await.expect("a good subject");
    fenced(&client).await;
    server.pause().expect("it runs");
    numbers(&client, 0..1000).await;
    let flush = client.flush_with_timeout(Duration::from_millis(100)).await;
    flush.expect_err("nobody confirms");
    server.resume().expect("it runs");
    for expected in 0..1000 {
        assert_eq!(number(&next(&mut messages).await), expected);
    }
    assert_eq!(events.all(), [Event::Connected]);
}

/// I21: a server that takes nothing in makes publishers wait, and does not make memory grow; when it goes on, all arrives.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publishers_wait_for_a_server_that_reads_nothing() {
    const COUNT: u64 = 64;
    let server = run_basic_server();
    let client = connect(&server).await;
    let mut messages = client.subscribe("n").await.expect("a good subject");
    fenced(&client).await;
    server.pause().expect("it runs");
    let payload = |number: u64| format!("{number:0>50000}").repeat(10);
    let mut publisher = tokio::spawn({
        let client = client.clone();
        async move {
            for number in 0..COUNT {
                client
                    .publish("n", payload(number).into())
                    .await
                    .expect("a good subject");
            }
        }
    });
    // 32 MB fit neither into the client nor into the buffers of the system.
    let waits = tokio::time::timeout(Duration::from_millis(200), &mut publisher).await;
    assert!(waits.is_err(), "nothing holds the publisher back");
    server.resume().expect("it runs");
    for expected in 0..COUNT {
        assert!(text(&next(&mut messages).await) == payload(expected));
    }
    publisher.await.expect("all is published");
}

/// I20: the events of a life, in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_events_of_a_restart_come_in_order() {
    let mut server = run_basic_server();
    let events = Events::default();
    let client = connect_with(events.record(ConnectOptions::new()), &server).await;
    server.kill();
    disconnected(&client).await;
    let is_failure = |event: &Event| matches!(event, Event::ClientError(_));
    events.find("a failed attempt", is_failure).await;
    server.start();
    events
        .nth("the next connection", 2, |event| *event == Event::Connected)
        .await;
    client.drain().await.expect("the server confirms");
    events.find("the last event", |event| *event == Event::Closed).await;
    let mut all = events.all();
    all.retain(|event| !is_failure(event));
    let expected = [
        Event::Connected,
        Event::Disconnected,
        Event::Connected,
        Event::Draining,
        Event::Closed,
    ];
    assert_eq!(all, expected);
}

/// Publishers and subscribers of many clients, through several restarts: per publisher in order, nothing twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn constant_traffic_goes_on_through_restarts() {
    const PUBLISHERS: usize = 4;
    let mut server = run_basic_server();
    let subscriber = connect(&server).await;
    let messages = subscriber.subscribe("n.*").await.expect("a good subject");
    fenced(&subscriber).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut publishers = Vec::new();
    for publisher in 0..PUBLISHERS {
        let client = connect(&server).await;
        let stopped = stopped.clone();
        publishers.push(tokio::spawn(async move {
            let mut count = 0_u64;
            while !*stopped.borrow() {
                client
                    .publish(format!("n.{publisher}"), count.to_string().into())
                    .await
                    .expect("a good subject");
                count += 1;
                if count.is_multiple_of(50) {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
            // The last one is published with everybody connected to the last server.
            answered(&client).await;
            let last = count.to_string().into();
            client
                .publish(format!("n.{publisher}"), last)
                .await
                .expect("a good subject");
            answered(&client).await;
            count
        }));
    }
    let reader = tokio::spawn(async move {
        let mut last = [None::<u64>; PUBLISHERS];
        let mut messages = messages;
        while let Some(message) = messages.next().await {
            let publisher: usize = message.subject[2..].parse().expect("the number of a publisher");
            let number = number(&message);
            assert!(
                last[publisher].is_none_or(|last| number > last),
                "{number} after {:?}",
                last[publisher]
            );
            last[publisher] = Some(number);
        }
        last
    });
    for round in 0..4 {
        restart(&mut server, round % 2 == 0);
        connected(&subscriber).await;
        until("traffic", || {
            subscriber
                .statistics()
                .in_messages
                .load(std::sync::atomic::Ordering::Relaxed)
                > 0
        })
        .await;
        fenced(&subscriber).await;
    }
    stop.send(true).expect("the publishers listen");
    let mut counts = Vec::new();
    for publisher in publishers {
        counts.push(
            within("the end of a publisher", publisher)
                .await
                .expect("it does not panic"),
        );
    }
    fenced(&subscriber).await;
    subscriber.drain().await.expect("the server confirms");
    let last = within("the end of the subscription", reader)
        .await
        .expect("all in order");
    let expected: Vec<Option<u64>> = counts.into_iter().map(Some).collect();
    assert_eq!(last.to_vec(), expected);
}

fn restart(server: &mut Server, orderly: bool) {
    if orderly {
        server.stop();
    } else {
        server.kill();
    }
    server.start();
}
