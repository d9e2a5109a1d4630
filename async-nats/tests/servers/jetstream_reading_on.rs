//! Readers of a real server's consumers that go on: across restarts, deletions and limits.

use std::collections::BTreeSet;
use std::time::Duration;

use async_nats::jetstream::consumer::{pull, push};
use async_nats::jetstream::Message;
use futures_util::{StreamExt, TryStreamExt};

use crate::jetstream_readers::{durable, filled, publish, sequence};
use crate::jetstream_support::{has_messages, jetstream};
use crate::support::{connected, within};

#[tokio::test]
async fn everything_is_pulled_across_a_restart() {
    const COUNT: u64 = 3000;
    let (mut server, context, stream) = filled(COUNT).await;
    let config = pull::Config {
        ack_wait: Duration::from_secs(2),
        ..durable("c")
    };
    let consumer = stream.create_consumer(config).await.unwrap();
    let mut messages = consumer.stream().max_messages_per_batch(100).messages().await.unwrap();
    let mut seen = BTreeSet::new();
    let mut is_restarted = false;
    while (seen.len() as u64) < COUNT {
        let message = within("a message", messages.next()).await.unwrap().unwrap();
        message.ack().await.unwrap();
        seen.insert(sequence(&message));
        if seen.len() == 700 && !is_restarted {
            is_restarted = true;
            server.restart();
            connected(&context.client()).await;
        }
    }
    assert!(is_restarted);
    assert_eq!(seen, (1..=COUNT).collect());
}

#[tokio::test]
async fn a_consumer_that_is_deleted_under_its_reader_is_told_of() {
    let (_server, _context, stream) = filled(3).await;
    let consumer = stream.create_consumer(durable("c")).await.unwrap();
    let mut messages = consumer.messages().await.unwrap();
    within("a message", messages.next()).await.unwrap().unwrap();
    let reader = tokio::spawn(async move {
        let mut count = 1;
        loop {
            match messages.next().await.unwrap() {
                Ok(_) => count += 1,
                Err(error) => return (count, error.kind(), messages.next().await.is_none()),
            }
        }
    });
    stream.delete_consumer("c").await.unwrap();
    let end = within("the end", reader).await.unwrap();
    assert_eq!(end, (3, pull::MessagesErrorKind::ConsumerDeleted, true));
}

#[tokio::test]
async fn a_consumer_that_is_not_there_is_told_of() {
    let (_server, _context, stream) = filled(1).await;
    let consumer = stream.create_consumer(durable("c")).await.unwrap();
    stream.delete_consumer("c").await.unwrap();
    let mut messages = consumer.messages().await.unwrap();
    let error = within("an error", messages.next()).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), pull::MessagesErrorKind::NoResponders);
    // It comes back, and is found.
    stream.create_consumer(durable("c")).await.unwrap();
    let message = within("a message", messages.next()).await.unwrap().unwrap();
    assert_eq!(sequence(&message), 1);
    let mut fetched = consumer.fetch().messages().await.unwrap();
    assert!(within("the end", fetched.next()).await.is_none());
    stream.delete_consumer("c").await.unwrap();
    let mut fetched = consumer.fetch().messages().await.unwrap();
    within("an error", fetched.next()).await.unwrap().unwrap_err();
}

#[tokio::test]
async fn requests_stay_within_the_limits_of_the_consumer() {
    let (_server, _context, stream) = filled(50).await;
    let config = pull::Config {
        max_batch: 7,
        max_expires: Duration::from_secs(2),
        max_bytes: 100_000,
        ..durable("c")
    };
    let consumer = stream.create_consumer(config).await.unwrap();
    let messages = consumer.messages().await.unwrap();
    let read: Vec<Message> = within("all", messages.take(50).try_collect()).await.unwrap();
    assert_eq!(
        read.iter().map(sequence).collect::<Vec<_>>(),
        (1..=50).collect::<Vec<_>>()
    );
    for stream in [
        consumer.stream().max_messages_per_batch(8),
        consumer.stream().expires(Duration::from_secs(60)),
        consumer.stream().max_bytes_per_batch(200_000),
    ] {
        let mut messages = stream.messages().await.unwrap();
        let error = within("a refusal", messages.next()).await.unwrap().unwrap_err();
        assert_eq!(error.kind(), pull::MessagesErrorKind::RequestLimitExceeded);
        assert!(error.to_string().contains("Exceeded MaxRequest"), "{error}");
        assert!(within("the end", messages.next()).await.is_none());
    }
}

#[tokio::test]
async fn batches_fetches_and_sequences() {
    let (_server, context, stream) = filled(10).await;
    let consumer = stream.create_consumer(durable("c")).await.unwrap();
    let read = |batch: pull::Batch| async move {
        let messages: Vec<Message> = within("all", batch.try_collect()).await.unwrap();
        for message in &messages {
            message.double_ack().await.unwrap();
        }
        messages.iter().map(sequence).collect::<Vec<_>>()
    };
    let fetch = consumer.fetch().max_messages(4).messages().await.unwrap();
    assert_eq!(read(fetch).await, [1, 2, 3, 4]);
    let mut sequence = consumer.sequence(2).unwrap();
    for expected in [[5, 6], [7, 8]] {
        let batch = sequence.next().await.unwrap().unwrap();
        assert_eq!(read(batch).await, expected);
    }
    let fetch = consumer.fetch().max_messages(100).messages().await.unwrap();
    assert_eq!(read(fetch).await, [9, 10]);
    let batch = consumer.batch().max_messages(2).expires(Duration::from_secs(20));
    let batch = tokio::spawn(read(batch.messages().await.unwrap()));
    publish(&context, 11..=12).await;
    assert_eq!(batch.await.unwrap(), [11, 12]);
    let batch = consumer
        .batch()
        .expires(Duration::from_millis(200))
        .messages()
        .await
        .unwrap();
    assert!(read(batch).await.is_empty());
    publish(&context, 13..=15).await;
    has_messages(&stream, 15).await;
    let fetch = consumer.fetch().max_bytes(150).messages().await.unwrap();
    let read = read(fetch).await;
    assert!(!read.is_empty() && read.len() < 3, "{read:?}");
}

#[tokio::test]
async fn bytes_bound_what_is_on_its_way() {
    let (_server, _context, stream) = filled(500).await;
    let consumer = stream.create_consumer(durable("c")).await.unwrap();
    let messages = consumer.stream().max_bytes_per_batch(1024).messages().await.unwrap();
    let read: Vec<Message> = within("all", messages.take(500).try_collect()).await.unwrap();
    assert_eq!(
        read.iter().map(sequence).collect::<Vec<_>>(),
        (1..=500).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn pushed_with_flow_control() {
    const COUNT: u64 = 20_000;
    let (_server, _context, stream) = filled(COUNT).await;
    let config = push::Config {
        deliver_subject: "to.here".to_owned(),
        durable_name: Some("push".to_owned()),
        flow_control: true,
        idle_heartbeat: Duration::from_millis(500),
        max_ack_pending: -1,
        ..Default::default()
    };
    let consumer = stream.create_consumer(config).await.unwrap();
    let mut messages = consumer.messages().await.unwrap();
    for expected in 1..=COUNT {
        let message = within("a message", messages.next()).await.unwrap().unwrap();
        assert_eq!(sequence(&message), expected);
        message.ack().await.unwrap();
    }
}

#[tokio::test]
async fn a_push_consumer_that_is_deleted_is_missed_and_found_when_it_comes_back() {
    let (_server, context, stream) = filled(1).await;
    let config = push::Config {
        deliver_subject: "to.here".to_owned(),
        durable_name: Some("push".to_owned()),
        idle_heartbeat: Duration::from_millis(500),
        ..Default::default()
    };
    let consumer = stream.create_consumer(config.clone()).await.unwrap();
    let mut messages = consumer.messages().await.unwrap();
    within("a message", messages.next()).await.unwrap().unwrap();
    stream.delete_consumer("push").await.unwrap();
    let error = within("an error", messages.next()).await.unwrap().unwrap_err();
    assert_ne!(error.kind(), push::MessagesErrorKind::Other);
    stream.create_consumer(config).await.unwrap();
    publish(&context, 2..=2).await;
    within("the second message", async {
        loop {
            if let Ok(message) = messages.next().await.unwrap() {
                if sequence(&message) == 2 {
                    return;
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_queue_group_shares_what_is_pushed() {
    let (_server, _context, stream) = filled(100).await;
    let config = push::Config {
        deliver_subject: "to.here".to_owned(),
        deliver_group: Some("workers".to_owned()),
        durable_name: Some("push".to_owned()),
        ..Default::default()
    };
    let consumer = stream.create_consumer(config).await.unwrap();
    let one = consumer.messages().await.unwrap();
    let other = consumer.messages().await.unwrap();
    let both = futures_util::stream::select(one, other).take(100);
    let read: Vec<Message> = within("all", both.try_collect()).await.unwrap();
    assert_eq!(read.iter().map(sequence).collect::<BTreeSet<_>>(), (1..=100).collect());
}

#[tokio::test]
async fn nothing_hangs_when_jetstream_goes_away() {
    let (mut server, context) = jetstream().await;
    let stream = context
        .create_stream(crate::jetstream_support::config("events"))
        .await
        .unwrap();
    let consumer = stream.create_consumer(durable("c")).await.unwrap();
    let mut messages = consumer
        .stream()
        .heartbeat(Duration::from_secs(1))
        .messages()
        .await
        .unwrap();
    let waiting = tokio::spawn(async move { messages.next().await });
    // Streams in memory do not survive that.
    server.restart();
    let item = within("an error", waiting).await.unwrap();
    let error = item.expect("it goes on").unwrap_err();
    assert!(
        matches!(
            error.kind(),
            pull::MessagesErrorKind::NoResponders | pull::MessagesErrorKind::MissingHeartbeat
        ),
        "{error}"
    );
}
