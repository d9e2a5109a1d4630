//! Priority groups of a real server's consumers: overflow, pinned clients, priorities.

use std::time::Duration;

use async_nats::jetstream::consumer::{pull, PriorityPolicy, PullConsumer};
use async_nats::jetstream::stream::Stream;
use async_nats::jetstream::Context;
use futures_util::StreamExt;
use nats_server::Server;

use crate::jetstream_support::{config, jetstream, store};
use crate::support::{lacks, within, LOOK_EVERY};

async fn consumer(policy: PriorityPolicy) -> (Server, Context, Stream, PullConsumer) {
    let (server, context) = jetstream().await;
    let stream = context.create_stream(config("events")).await.unwrap();
    let config = pull::Config {
        durable_name: Some("c".to_owned()),
        priority_policy: policy,
        priority_groups: vec!["A".to_owned()],
        priority_timeout: Duration::from_secs(60),
        ..Default::default()
    };
    let config = match config.priority_policy {
        PriorityPolicy::PinnedClient => config,
        _ => pull::Config {
            priority_timeout: Duration::ZERO,
            ..config
        },
    };
    let consumer = stream.create_consumer(config).await.unwrap();
    (server, context, stream, consumer)
}

#[tokio::test]
async fn overflow_is_served_when_there_is_enough() {
    if lacks("priority groups", (2, 11, 0)) {
        return;
    }
    let (_server, context, _stream, consumer) = consumer(PriorityPolicy::Overflow).await;
    let overflow = consumer.stream().group("A").min_pending(5);
    let mut messages = overflow.messages().await.unwrap();
    let reader = tokio::spawn(async move { messages.next().await.unwrap().unwrap() });
    for number in 1..=4 {
        store(&context, "events.a", &number.to_string()).await;
    }
    let waiting = consumer.get_info().await.unwrap();
    assert_eq!(
        (waiting.num_pending, waiting.num_ack_pending),
        (4, 0),
        "it is not served yet"
    );
    store(&context, "events.a", "5").await;
    let message = within("a message", reader).await.unwrap();
    assert_eq!(message.payload, "1");
}

#[tokio::test]
async fn one_client_is_pinned_until_it_is_unpinned() {
    if lacks("pinned clients", (2, 12, 0)) {
        return;
    }
    let (_server, context, stream, consumer) = consumer(PriorityPolicy::PinnedClient).await;
    let begin = || async {
        let stream = consumer.stream().group("A").max_messages_per_batch(4);
        stream.expires(Duration::from_secs(2)).messages().await.unwrap()
    };
    let (mut first, mut second) = (begin().await, begin().await);
    store(&context, "events.a", "1").await;
    let message = within("a message", first.next()).await.unwrap().unwrap();
    message.ack().await.unwrap();
    let pinned = || async {
        let info = consumer.get_info().await.unwrap();
        info.priority_groups[0].pinned_client_id.clone()
    };
    let id = pinned().await.expect("the first is pinned");
    let reader = tokio::spawn(async move { second.next().await.unwrap().unwrap() });
    for number in 2..=30 {
        store(&context, "events.a", &number.to_string()).await;
        let message = within("a message", first.next()).await.unwrap().unwrap();
        assert_eq!(message.payload, number.to_string());
        message.ack().await.unwrap();
    }
    assert_eq!(pinned().await.as_deref(), Some(id.as_str()));
    // The first reads no more, so that it cannot be pinned again.
    drop(first);
    stream.unpin_consumer("c", "A").await.unwrap();
    store(&context, "events.a", "31").await;
    let message = within("a message for the second", reader).await.unwrap();
    assert_eq!(message.payload, "31");
    assert_ne!(pinned().await.as_deref(), Some(id.as_str()));
    let error = stream.unpin_consumer("c", "B").await.unwrap_err();
    assert!(error.to_string().contains("group"), "{error}");
}

#[cfg(feature = "server_2_12")]
#[tokio::test]
async fn the_first_in_priority_is_served_first() {
    if lacks("priorities", (2, 12, 0)) {
        return;
    }
    let (_server, context, _stream, consumer) = consumer(PriorityPolicy::Prioritized).await;
    let begin = |priority| {
        consumer
            .stream()
            .group("A")
            .priority(priority)
            .max_messages_per_batch(50)
    };
    let mut low = begin(5).messages().await.unwrap();
    let mut high = begin(1).messages().await.unwrap();
    let low = tokio::spawn(async move { low.next().await.unwrap().unwrap() });
    let high = tokio::spawn(async move {
        let mut payloads = Vec::new();
        for _ in 0..20 {
            payloads.push(high.next().await.unwrap().unwrap().payload.clone());
        }
        payloads
    });
    within("both wait", async {
        while consumer.get_info().await.unwrap().num_waiting < 2 {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    })
    .await;
    for number in 1..=20 {
        store(&context, "events.a", &number.to_string()).await;
    }
    let payloads = within("all messages", high).await.unwrap();
    assert_eq!(payloads.len(), 20);
    assert!(!low.is_finished(), "the other one got nothing");
    low.abort();
}
