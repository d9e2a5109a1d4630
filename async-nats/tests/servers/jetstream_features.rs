//! What streams can do since 2.10: limits of their consumers, ages of single messages and markers where they were,
//! counters, schedules, several messages as one.

use std::time::Duration;

use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::{Config, Stream};
use async_nats::jetstream::Context;
use async_nats::HeaderMap;

use crate::jetstream_support::{config, has_messages, jetstream, store};
use crate::support::{lacks, within, LOOK_EVERY};

/// Publishes with a header; the answer is that of the server, as it is.
async fn ask(context: &Context, subject: &str, headers: &[(&str, &str)], text: &str) -> serde_json::Value {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, *value);
    }
    let client = context.client();
    let request = client.request_with_headers(subject.to_owned(), map, text.to_owned().into());
    let answer = within("an acknowledgement", request).await.unwrap();
    serde_json::from_slice(&answer.payload).unwrap_or_default()
}

/// The last message of a subject, once it is as it is to be.
async fn last(stream: &Stream, subject: &str, is_meant: impl Fn(&StreamMessage) -> bool) -> StreamMessage {
    within("a message as it is to be", async {
        loop {
            if let Ok(message) = stream.get_last_raw_message_by_subject(subject).await {
                if is_meant(&message) {
                    return message;
                }
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    })
    .await
}

#[tokio::test]
async fn markers_where_the_last_message_grew_too_old() {
    if lacks("markers of deleted subjects", (2, 11, 0)) {
        return;
    }
    let (_server, context) = jetstream().await;
    let chosen = Config {
        max_age: Duration::from_secs(1),
        duplicate_window: Duration::from_millis(500),
        allow_message_ttl: true,
        allow_rollup: true,
        subject_delete_marker_ttl: Some(Duration::from_secs(60)),
        ..config("short")
    };
    let stream = context.create_stream(&chosen).await.unwrap();
    let there = &stream.cached_info().config;
    assert_eq!(there.subject_delete_marker_ttl, chosen.subject_delete_marker_ttl);
    assert!(there.allow_message_ttl);
    store(&context, "short.a", "soon gone").await;
    let marker = last(&stream, "short.a", |message| message.payload.is_empty()).await;
    assert_eq!(marker.headers.get("Nats-Marker-Reason").unwrap().as_str(), "MaxAge");
    assert_eq!(marker.headers.get("Nats-TTL").unwrap().as_str(), "1m0s");
}

#[tokio::test]
async fn a_message_with_an_age_of_its_own() {
    if lacks("ages of messages", (2, 11, 0)) {
        return;
    }
    let (_server, context) = jetstream().await;
    let chosen = Config {
        allow_message_ttl: true,
        ..config("some")
    };
    let stream = context.create_stream(chosen).await.unwrap();
    ask(&context, "some.short", &[("Nats-TTL", "1s")], "x").await;
    store(&context, "some.long", "y").await;
    has_messages(&stream, 1).await;
    assert_eq!(stream.get_raw_message(2).await.unwrap().payload, "y");
}

#[tokio::test]
async fn counters() {
    if lacks("counters", (2, 12, 0)) {
        return;
    }
    let (_server, context) = jetstream().await;
    let chosen = Config {
        allow_message_counter: true,
        allow_direct: true,
        ..config("count")
    };
    let stream = context.create_stream(chosen).await.unwrap();
    assert!(stream.cached_info().config.allow_message_counter);
    for step in ["+1", "+41", "-2"] {
        ask(&context, "count.visits", &[("Nats-Incr", step)], "").await;
    }
    let message = stream.direct_get_last_for_subject("count.visits").await.unwrap();
    assert_eq!(message.payload, r#"{"val":"40"}"#);
}

#[tokio::test]
async fn schedules() {
    if lacks("schedules", (2, 12, 0)) {
        return;
    }
    let (_server, context) = jetstream().await;
    let chosen = Config {
        allow_message_schedules: true,
        allow_message_ttl: true,
        ..config("later")
    };
    let stream = context.create_stream(chosen).await.unwrap();
    assert!(stream.cached_info().config.allow_message_schedules);
    // A time that has passed is due at once.
    let headers = [
        ("Nats-Schedule", "@at 2024-05-01T10:00:00Z"),
        ("Nats-Schedule-Target", "later.now"),
    ];
    let answer = ask(&context, "later.plan", &headers, "it is time").await;
    assert_eq!(answer["error"], serde_json::Value::Null, "{answer}");
    let message = last(&stream, "later.now", |_| true).await;
    assert_eq!(message.payload, "it is time");
    assert_eq!(message.headers.get("Nats-Scheduler").unwrap().as_str(), "later.plan");
}

#[tokio::test]
async fn several_messages_as_one() {
    if lacks("atomic publishing", (2, 12, 0)) {
        return;
    }
    let (_server, context) = jetstream().await;
    let chosen = Config {
        allow_atomic_publish: true,
        ..config("batch")
    };
    let stream = context.create_stream(chosen).await.unwrap();
    assert!(stream.cached_info().config.allow_atomic_publish);
    let id = ("Nats-Batch-Id", "one");
    ask(&context, "batch.a", &[id, ("Nats-Batch-Sequence", "1")], "a").await;
    assert_eq!(stream.get_info().await.unwrap().state.messages, 0);
    let last = [id, ("Nats-Batch-Sequence", "2"), ("Nats-Batch-Commit", "1")];
    let answer = ask(&context, "batch.b", &last, "b").await;
    assert_eq!(answer["count"], 2, "{answer}");
    assert_eq!(stream.get_info().await.unwrap().state.messages, 2);
}

#[tokio::test]
async fn a_source_that_reads_from_a_consumer_of_the_users() {
    use async_nats::jetstream::stream::{Source, StreamConsumerSource};

    if lacks("consumers of sources", (2, 14, 0)) {
        return;
    }
    let (_server, context) = jetstream().await;
    context.create_stream(config("origin")).await.unwrap();
    store(&context, "origin.a", "text").await;
    let consumer = serde_json::json!({
        "stream_name": "origin",
        "config": {
            "durable_name": "copier", "name": "copier", "deliver_subject": "copies", "ack_policy": "flow_control",
            "deliver_policy": "all", "replay_policy": "instant", "flow_control": true, "idle_heartbeat": 1_000_000_000,
            "max_ack_pending": 1000,
        },
    });
    let created: serde_json::Value = context
        .request("CONSUMER.DURABLE.CREATE.origin.copier", &consumer)
        .await
        .unwrap();
    assert_eq!(created["error"], serde_json::Value::Null, "{created}");
    let chosen = Config {
        sources: Some(vec![Source {
            name: "origin".to_owned(),
            consumer: Some(StreamConsumerSource::new("copier", "copies")),
            ..Default::default()
        }]),
        subjects: Vec::new(),
        allow_batch_publish: true,
        ..config("copy")
    };
    let copy = context.create_stream(&chosen).await.unwrap();
    assert_eq!(copy.cached_info().config.sources, chosen.sources);
    assert!(copy.cached_info().config.allow_batch_publish);
    has_messages(&copy, 1).await;
}
