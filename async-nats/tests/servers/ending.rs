//! Flushing and draining: what is known once they have ended.

use std::time::Duration;

use async_nats::client::FlushErrorKind;
use async_nats::{Client, Event, PublishErrorKind, SubscribeErrorKind};
use futures_util::{FutureExt, StreamExt};
use nats_server::run_basic_server;

use crate::support::{connect, connect_with, disconnected, fenced, next, number, rest, within, Events, PATIENCE};

/// I2: what `flush_with_timeout` has confirmed, a client that was subscribed gets before anything that it asks later.
#[tokio::test]
async fn what_is_fenced_another_client_sees() {
    let server = run_basic_server();
    let (one, other) = (connect(&server).await, connect(&server).await);
    let mut messages = other.subscribe("n").await.expect("a good subject");
    fenced(&other).await;
    for round in 1..=50_u64 {
        for number in 0..20 {
            one.publish("n", number.to_string().into())
                .await
                .expect("a good subject");
        }
        one.flush_with_timeout(PATIENCE).await.expect("the server confirms");
        fenced(&other).await;
        assert_eq!(messages.pending_messages(), 20, "in round {round}");
        for expected in 0..20 {
            assert_eq!(number(&next(&mut messages).await), expected);
        }
    }
}

#[tokio::test]
async fn a_flush_alone_gets_everything_on_its_way() {
    let server = run_basic_server();
    let (one, other) = (connect(&server).await, connect(&server).await);
    let mut messages = other.subscribe("n").await.expect("a good subject");
    fenced(&other).await;
    one.publish("n", "7".into()).await.expect("a good subject");
    within("the flush", one.flush()).await.expect("the client is open");
    // The runtime of this test does nothing else between the two, and the client is not dropped: only the flush wrote.
    assert_eq!(number(&next(&mut messages).await), 7);
    within("a flush of nothing", one.flush())
        .await
        .expect("the client is open");
}

/// I2: nobody confirms while there is no connection, and the time-out is kept.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flush_is_confirmed_by_the_next_server() {
    let mut server = run_basic_server();
    let client = connect(&server).await;
    server.kill();
    disconnected(&client).await;
    client.publish("n", "x".into()).await.expect("it is kept");
    let error = client
        .flush_with_timeout(Duration::from_millis(20))
        .await
        .expect_err("nobody confirms");
    assert_eq!(error.kind(), FlushErrorKind::FlushError);
    let flush = tokio::spawn({
        let client = client.clone();
        async move { client.flush_with_timeout(PATIENCE).await }
    });
    server.start();
    within("the flush", flush)
        .await
        .expect("it does not panic")
        .expect("the server confirms");
    let connz = server.monitor("/connz").expect("the server answers");
    assert_eq!(connz["connections"][0]["in_msgs"], 1);
}

/// Publishes numbers until it is told to stop, and returns how many it published.
fn keep_publishing(client: Client, stop: tokio::sync::oneshot::Receiver<()>) -> tokio::task::JoinHandle<u64> {
    tokio::spawn(async move {
        let mut stop = stop;
        let mut count = 0_u64;
        while stop.try_recv() == Err(tokio::sync::oneshot::error::TryRecvError::Empty) {
            client
                .publish("n", count.to_string().into())
                .await
                .expect("a good subject");
            count += 1;
        }
        fenced(&client).await;
        count
    })
}

/// I11: a drained subscription has all messages up to some point, without a gap, and all that came before the drain.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drained_subscription_loses_nothing_under_way() {
    let server = run_basic_server();
    // Nothing is to be dropped, however long a busy machine lets the reader wait.
    let roomy = async_nats::ConnectOptions::new().subscription_capacity(10_000_000);
    let (one, other) = (connect(&server).await, connect_with(roomy, &server).await);
    for round in 0..10 {
        let mut messages = other.subscribe("n").await.expect("a good subject");
        fenced(&other).await;
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let publisher = keep_publishing(one.clone(), stopped);
        let mut seen = vec![number(&next(&mut messages).await)];
        fenced(&one).await;
        fenced(&other).await;
        let until_now = messages.pending_messages();
        messages.drain().await.expect("the client is open");
        let rest: Vec<u64> = within("the end", messages.map(|message| number(&message)).collect()).await;
        assert!(
            rest.len() as u64 >= until_now,
            "round {round}: less than what was there already"
        );
        seen.extend(rest);
        let gap = (0..).zip(&seen).find(|(expected, number)| expected != *number);
        assert_eq!(gap, None, "round {round}");
        stop.send(()).expect("the publisher goes on");
        assert!(publisher.await.expect("it does not panic") >= seen.len() as u64);
    }
}

/// I11: the client's drain hands over what it had, writes what was published, and then ends everything.
#[tokio::test]
async fn a_drained_client_has_delivered_everything() {
    const COUNT: u64 = 10_000;
    let server = run_basic_server();
    let events = Events::default();
    let client = connect_with(events.record(async_nats::ConnectOptions::new()), &server).await;
    let other = connect(&server).await;
    let mut out = other.subscribe("out").await.expect("a good subject");
    fenced(&other).await;
    let own = client.subscribe("in").await.expect("a good subject");
    fenced(&client).await;
    for number in 0..COUNT {
        other
            .publish("in", number.to_string().into())
            .await
            .expect("a good subject");
    }
    fenced(&other).await;
    for number in 0..COUNT {
        client
            .publish("out", number.to_string().into())
            .await
            .expect("a good subject");
    }
    within("the drain", client.drain()).await.expect("the server confirms");

    let all: Vec<String> = (0..COUNT).map(|number| number.to_string()).collect();
    assert!(rest(own).await == all);
    for expected in 0..COUNT {
        assert_eq!(number(&next(&mut out).await), expected);
    }
    events.find("the last event", |event| *event == Event::Closed).await;
    assert_eq!(events.all(), [Event::Connected, Event::Draining, Event::Closed]);
    assert_eq!(
        client.publish("n", "".into()).await.expect_err("closed").kind(),
        PublishErrorKind::Send
    );
    assert_eq!(
        client.subscribe("n").await.expect_err("closed").kind(),
        SubscribeErrorKind::Other
    );
    assert_eq!(
        client.flush().await.expect_err("closed").kind(),
        FlushErrorKind::SendError
    );
    assert!(client.drain().await.is_err() && client.force_reconnect().await.is_err());
    let connz = server.monitor("/connz").expect("the server answers");
    assert_eq!(connz["num_connections"], 1, "only the other client is left");
}

/// I11: several drains of clones end together; publishes after the first are refused.
#[tokio::test]
async fn drains_at_the_same_time_are_one() {
    let server = run_basic_server();
    let client = connect(&server).await;
    let (one, other, late) = tokio::join!(client.drain(), client.drain(), async {
        tokio::task::yield_now().await;
        client.publish("n", "".into()).await
    });
    one.expect("the server confirms");
    other.expect("the server confirms");
    assert_eq!(late.expect_err("it takes no more").kind(), PublishErrorKind::Send);
}

/// I11: a drain has a deadline, whether there is a server or not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_without_a_server_ends_with_its_time() {
    let mut server = run_basic_server();
    let client = connect(&server).await;
    let messages = client.subscribe("n").await.expect("a good subject");
    server.kill();
    disconnected(&client).await;
    client.publish("n", "x".into()).await.expect("it is kept");
    let drained = within("the end", client.drain_with_timeout(Duration::from_millis(50))).await;
    drained.expect_err("nobody confirmed");
    assert!(rest(messages).await.is_empty());
    within("the end of the client", client.closed()).await;
}

/// I21: a drain that began without a connection is carried out by the next server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_goes_on_with_the_next_server() {
    let mut server = run_basic_server();
    let client = connect(&server).await;
    server.kill();
    disconnected(&client).await;
    client.publish("n", "x".into()).await.expect("it is kept");
    let drain = tokio::spawn({
        let client = client.clone();
        async move { client.drain().await }
    });
    server.start();
    within("the drain", drain)
        .await
        .expect("it does not panic")
        .expect("the server confirms");
    let varz = server.monitor("/varz").expect("the server answers");
    assert_eq!(varz["in_msgs"], 1);
}

/// What was published before the last handle was dropped is still written.
#[tokio::test]
async fn a_dropped_client_writes_what_is_pending() {
    const COUNT: u64 = 1000;
    let server = run_basic_server();
    let other = connect(&server).await;
    let mut messages = other.subscribe("n").await.expect("a good subject");
    fenced(&other).await;
    let client = connect(&server).await;
    for number in 0..COUNT {
        client
            .publish("n", number.to_string().into())
            .await
            .expect("a good subject");
    }
    drop(client);
    for expected in 0..COUNT {
        assert_eq!(number(&next(&mut messages).await), expected);
    }
    crate::support::until("the end of the connection", || {
        server.monitor("/connz").expect("the server answers")["num_connections"] == 1
    })
    .await;
}

/// A subscriber keeps the connection, with no client left.
#[tokio::test]
async fn a_subscription_outlives_the_client_it_came_from() {
    let server = run_basic_server();
    let other = connect(&server).await;
    let client = connect(&server).await;
    let mut messages = client.subscribe("n").await.expect("a good subject");
    fenced(&client).await;
    drop(client);
    other.publish("n", "1".into()).await.expect("a good subject");
    assert_eq!(number(&next(&mut messages).await), 1);
}

/// The same when the server has much to say to the client at that moment: a connection that is closed with something
/// unread in it is reset, and takes what is under way with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_dropped_in_a_flood_writes_what_is_pending() {
    const COUNT: u64 = 5000;
    let server = run_basic_server();
    let other = connect(&server).await;
    for _ in 0..5 {
        let mut messages = other.subscribe("n").await.expect("a good subject");
        fenced(&other).await;
        let client = connect(&server).await;
        let echo = client.subscribe("n").await.expect("a good subject");
        for number in 0..COUNT {
            client
                .publish("n", format!("{number:0>1000}").into())
                .await
                .expect("a good subject");
        }
        drop((echo, client));
        for expected in 0..COUNT {
            assert_eq!(number(&next(&mut messages).await), expected);
        }
    }
}

/// Publishes to a server that reads nothing, until there is no more room; returns how many.
#[cfg(unix)]
async fn fill(client: &Client) -> u64 {
    let mut count = 0_u64;
    loop {
        let publish = client.publish("n", format!("{count:0>50000}").into());
        match tokio::time::timeout(Duration::from_millis(100), publish).await {
            Ok(published) => published.expect("a good subject"),
            Err(_) => return count,
        }
        count += 1;
    }
}

/// I11: a drain that nobody waits for any more, and a client that nobody holds, still end in order.
#[cfg(unix)]
#[tokio::test]
async fn a_full_client_that_is_dropped_writes_what_is_pending() {
    for drains in [true, false] {
        let server = run_basic_server();
        let other = connect(&server).await;
        let mut messages = other.subscribe("n").await.expect("a good subject");
        fenced(&other).await;
        let client = connect(&server).await;
        server.pause().expect("it runs");
        let count = fill(&client).await;
        if drains {
            assert!(client.drain().now_or_never().is_none(), "it cannot be over yet");
        }
        drop(client);
        // The client's task has its turns now, and must not take them for the end.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        server.resume().expect("it runs");
        for expected in 0..count {
            assert_eq!(
                number(&next(&mut messages).await),
                expected,
                "of {count}, drained: {drains}"
            );
        }
    }
}
