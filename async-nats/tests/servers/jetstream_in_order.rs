//! Reading a real server's streams in order: across kills, deletions and a subscription that is too small.

use async_nats::jetstream::consumer::{pull, push, DeliverPolicy, OrderedPullConsumer, OrderedPushConsumer};
use async_nats::jetstream::Message;
use async_nats::ConnectOptions;
use futures_util::{StreamExt, TryStreamExt};

use crate::jetstream_readers::{consumers, filled, filled_with, publish, sequence};
use crate::jetstream_support::has_messages;
use crate::support::{connected, disconnected, within, LOOK_EVERY};

/// Sequences without a gap, from an ordered reader of either kind, while its server is killed in the middle.
macro_rules! replayed_across_a_kill {
    ($name:ident, $consumer:ty, $config:expr) => {
        #[tokio::test]
        async fn $name() {
            const COUNT: u64 = 4000;
            let (mut server, context, stream) = filled(COUNT).await;
            let consumer: $consumer = stream.create_consumer($config).await.unwrap();
            let mut messages = consumer.messages().await.unwrap();
            for expected in 1..=COUNT {
                let message = within("a message", messages.next()).await.unwrap().unwrap();
                assert_eq!(sequence(&message), expected);
                if expected == 1500 || expected == 2500 {
                    server.kill();
                    disconnected(&context.client()).await;
                    server.start();
                    connected(&context.client()).await;
                }
            }
            assert!(
                consumers(&stream).await.len() <= 1,
                "{:?}",
                consumers(&stream).await
            );
            publish(&context, COUNT + 1..=COUNT + 1).await;
            let message = within("a message", messages.next()).await.unwrap().unwrap();
            assert_eq!(sequence(&message), COUNT + 1);
            drop(messages);
            within("no consumer is left", async {
                while !consumers(&stream).await.is_empty() {
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            })
            .await;
        }
    };
}

replayed_across_a_kill!(
    pulled_in_order_across_a_kill,
    OrderedPullConsumer,
    pull::OrderedConfig::default()
);
replayed_across_a_kill!(
    pushed_in_order_across_a_kill,
    OrderedPushConsumer,
    push::OrderedConfig {
        deliver_subject: "to.here".to_owned(),
        ..Default::default()
    }
);

#[tokio::test]
async fn a_reader_in_order_finds_another_consumer_when_its_own_is_deleted() {
    let (_server, context, stream) = filled(100).await;
    let pulled: OrderedPullConsumer = stream.create_consumer(pull::OrderedConfig::default()).await.unwrap();
    let mut messages = pulled.messages().await.unwrap();
    for expected in 1..=100 {
        let message = within("a message", messages.next()).await.unwrap().unwrap();
        assert_eq!(sequence(&message), expected);
        if expected == 40 {
            for name in consumers(&stream).await {
                stream.delete_consumer(&name).await.unwrap();
            }
        }
    }
    let reader = tokio::spawn(async move {
        let message = messages.next().await.unwrap().unwrap();
        (messages, sequence(&message))
    });
    for name in consumers(&stream).await {
        stream.delete_consumer(&name).await.unwrap();
    }
    publish(&context, 101..=101).await;
    let (_messages, next) = within("a message", reader).await.unwrap();
    assert_eq!(next, 101);
    assert_eq!(consumers(&stream).await.len(), 1);
}

#[tokio::test]
async fn a_stream_that_is_deleted_is_the_end_of_reading_in_order() {
    let (_server, context, stream) = filled(10).await;
    let pulled: OrderedPullConsumer = stream.create_consumer(pull::OrderedConfig::default()).await.unwrap();
    let mut messages = pulled.messages().await.unwrap();
    for _ in 0..10 {
        within("a message", messages.next()).await.unwrap().unwrap();
    }
    let reader = tokio::spawn(async move {
        let error = messages.next().await.unwrap().unwrap_err();
        (error, messages.next().await.is_none())
    });
    context.delete_stream("events").await.unwrap();
    let (error, is_over) = within("the end", reader).await.unwrap();
    assert_eq!(error.kind(), pull::OrderedErrorKind::Recreate);
    assert!(error.to_string().contains("stream not found"), "{error}");
    assert!(is_over);
}

/// A reader that is too slow for its subscription loses messages, which another consumer sends once more.
#[tokio::test]
async fn in_order_with_a_subscription_that_is_too_small() {
    const COUNT: u64 = 5000;
    let options = ConnectOptions::new().subscription_capacity(500);
    let (_server, _context, stream) = filled_with(options, COUNT).await;
    let config = push::OrderedConfig {
        deliver_subject: "to.here".to_owned(),
        ..Default::default()
    };
    let consumer = stream.create_consumer(config).await.unwrap();
    let mut messages = consumer.messages().await.unwrap();
    for expected in 1..=COUNT {
        let message = within("a message", messages.next()).await.unwrap().unwrap();
        assert_eq!(sequence(&message), expected);
    }
}

#[tokio::test]
async fn in_order_from_where_it_is_to_begin() {
    let (_server, context, stream) = filled(9).await;
    let from = |deliver_policy, filter: &'static str| pull::OrderedConfig {
        deliver_policy,
        filter_subject: filter.to_owned(),
        ..Default::default()
    };
    for (config, expected) in [
        (from(DeliverPolicy::All, "events.0"), vec![3, 6, 9]),
        (from(DeliverPolicy::Last, ""), vec![9]),
        (
            from(DeliverPolicy::ByStartSequence { start_sequence: 8 }, ""),
            vec![8, 9],
        ),
        (from(DeliverPolicy::LastPerSubject, "events.>"), vec![7, 8, 9]),
    ] {
        let consumer = stream.create_consumer(config).await.unwrap();
        let messages = consumer.messages().await.unwrap().take(expected.len());
        let read: Vec<Message> = within("all", messages.try_collect()).await.unwrap();
        assert_eq!(read.iter().map(sequence).collect::<Vec<_>>(), expected);
    }
    // What is published before the first poll is not lost, though the consumer is.
    let consumer = stream.create_consumer(from(DeliverPolicy::New, "")).await.unwrap();
    let mut messages = consumer.messages().await.unwrap();
    publish(&context, 10..=10).await;
    has_messages(&stream, 10).await;
    for name in consumers(&stream).await {
        // Those of the readers above may go meanwhile.
        let _ = stream.delete_consumer(&name).await;
    }
    let message = within("a message", messages.next()).await.unwrap().unwrap();
    assert_eq!(sequence(&message), 10);
}
