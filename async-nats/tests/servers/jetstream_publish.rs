//! Publishing to streams of a real server: what is acked is stored, and what is not says why.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::future::IntoFuture;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::context::{AccountErrorKind, PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::publish::PublishAck;
use async_nats::jetstream::stream::{Config, StorageType};
use async_nats::jetstream::{self, Context, ContextBuilder, ErrorCode};
use async_nats::ConnectOptions;
use futures_util::future::join_all;
use nats_server::{configs, run_basic_server, run_server_with_config_text};

use crate::jetstream_support::{config, has_messages, jetstream};
use crate::support::{connect, connect_with, disconnected, within};

async fn send(context: &Context, subject: &str, message: PublishMessage) -> Result<PublishAck, PublishError> {
    let ack = context.send_publish(subject.to_owned(), message).await?;
    within("an ack", ack.into_future()).await
}

/// I1: each of many messages in flight gets its own ack, and can be read back under the sequence that it names.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_acked_can_be_read_back() {
    let (_server, context) = jetstream().await;
    let stream = context.create_stream(config("events")).await.expect("a good stream");
    let publishers = (0..4).map(|publisher| {
        let context = context.clone();
        tokio::spawn(async move {
            let mut acks = Vec::new();
            for number in 0..1000 {
                let text = format!("{publisher} {number}");
                let ack = context
                    .publish(format!("events.{publisher}"), text.clone().into())
                    .await;
                acks.push((text, ack.expect("the client is open")));
            }
            let mut stored = Vec::new();
            for (text, ack) in acks {
                let ack = within("an ack", ack.into_future()).await.expect("there is room");
                assert_eq!((ack.stream.as_str(), ack.duplicate), ("events", false));
                stored.push((ack.sequence, text));
            }
            assert!(stored.is_sorted(), "a publisher's order is that of the stream");
            stored
        })
    });
    let stored: Vec<_> = join_all(publishers).await;
    let stored: BTreeMap<u64, String> = stored
        .into_iter()
        .flat_map(|stored| stored.expect("no panic"))
        .collect();
    assert_eq!(stored.len(), 4000, "no sequence is there twice");
    has_messages(&stream, 4000).await;
    for (sequence, text) in stored.into_iter().step_by(37) {
        let message = stream.get_raw_message(sequence).await.expect("it was stored");
        assert_eq!(&message.payload[..], text.as_bytes());
    }
}

/// Futures that are dropped at once: the bound holds, and nothing is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn futures_may_be_dropped_under_a_bound() {
    let (_server, context) = jetstream().await;
    let stream = context.create_stream(config("events")).await.expect("a good stream");
    let bounded = ContextBuilder::new().max_ack_inflight(10).build(context.client());
    for number in 0..5000 {
        let ack = bounded.publish("events.a", number.to_string().into()).await;
        drop(ack.expect("it waits for its turn"));
    }
    within("all acks", bounded.wait_for_acks()).await;
    has_messages(&stream, 5000).await;

    let impatient = ContextBuilder::new()
        .max_ack_inflight(10)
        .backpressure_on_inflight(false)
        .build(context.client());
    let mut refused = 0;
    for number in 0..5000 {
        match impatient.publish("events.b", number.to_string().into()).await {
            Ok(ack) => drop(ack),
            Err(error) => {
                assert_eq!(error.kind(), PublishErrorKind::MaxAckPending);
                refused += 1;
            }
        }
    }
    within("all acks", impatient.wait_for_acks()).await;
    assert!(refused > 0);
    has_messages(&stream, 10_000 - refused).await;
}

#[tokio::test]
async fn without_a_stream_there_is_an_error() {
    let (_server, context) = jetstream().await;
    let error = send(&context, "nowhere", PublishMessage::build())
        .await
        .expect_err("no stream");
    assert_eq!(error.kind(), PublishErrorKind::StreamNotFound);
}

/// A stream that is made a moment after the message was sent gets it nevertheless, once.
#[tokio::test]
async fn a_stream_that_is_late_gets_the_message() {
    let (_server, context) = jetstream().await;
    let ack = context.publish("events.a", "early".into()).await.expect("it is sent");
    let client = context.client();
    // Behind the first message, and before the next.
    let (ack, stream) = tokio::join!(within("an ack", ack.into_future()), async {
        client
            .flush_with_timeout(Duration::from_secs(10))
            .await
            .expect("the server is there");
        context.create_stream(config("events")).await.expect("a good stream")
    });
    assert_eq!(ack.expect("it is sent again").sequence, 1);
    has_messages(&stream, 1).await;
}

#[tokio::test]
async fn expectations() {
    let (_server, context) = jetstream().await;
    context.create_stream(config("events")).await.expect("a good stream");
    let build = PublishMessage::build;
    let good = [
        build()
            .expected_stream("events")
            .expected_last_sequence(0)
            .message_id("one"),
        build()
            .expected_last_message_id("one")
            .expected_last_sequence(1)
            .message_id("two"),
        build().expected_last_subject_sequence(2),
    ];
    for (number, message) in good.into_iter().enumerate() {
        let ack = send(&context, "events.a", message).await.expect("as expected");
        assert_eq!(ack.sequence, number as u64 + 1);
    }
    let wrong = [
        (
            build().expected_last_sequence(1),
            PublishErrorKind::WrongLastSequence,
            10071,
        ),
        (
            build().expected_last_subject_sequence(1),
            PublishErrorKind::WrongLastSequence,
            10071,
        ),
        (
            build().expected_last_message_id("one"),
            PublishErrorKind::WrongLastMessageId,
            10070,
        ),
        (build().expected_stream("other"), PublishErrorKind::Other, 10060),
    ];
    for (message, kind, code) in wrong {
        let error = send(&context, "events.a", message).await.expect_err("not as expected");
        let cause = error
            .source()
            .and_then(|cause| cause.downcast_ref::<jetstream::Error>());
        assert_eq!(cause.map(|cause| cause.error_code()), Some(ErrorCode(code)), "{error}");
        assert_eq!(error.kind(), kind, "{error}");
    }
    let ack = send(&context, "events.b", build().expected_last_subject_sequence(0)).await;
    assert_eq!(ack.expect("the first on its subject").sequence, 4);
}

#[tokio::test]
async fn a_message_with_an_id_is_stored_once() {
    let (_server, context) = jetstream().await;
    let stream = context.create_stream(config("events")).await.expect("a good stream");
    for again in [false, true, true] {
        let message = PublishMessage::build().payload("data".into()).message_id("the one");
        let ack = send(&context, "events.a", message).await.expect("it is there");
        assert_eq!((ack.sequence, ack.duplicate), (1, again));
    }
    has_messages(&stream, 1).await;
}

#[cfg(feature = "server_2_11")]
#[tokio::test]
async fn a_message_with_a_time_to_live() {
    if crate::support::lacks("ages of messages", (2, 11, 0)) {
        return;
    }
    let (_server, context) = jetstream().await;
    let with_ages = Config {
        allow_message_ttl: true,
        max_age: Duration::from_secs(1),
        ..config("events")
    };
    let stream = context.create_stream(with_ages).await.expect("a good stream");
    let ttls = [Duration::MAX, Duration::from_millis(1500), Duration::from_secs(3600)];
    for (ttl, text) in ttls.into_iter().zip(["never", "2", "3600"]) {
        let ack = send(&context, "events.a", PublishMessage::build().ttl(ttl))
            .await
            .expect(text);
        let message = stream.get_raw_message(ack.sequence).await.expect("it is there");
        assert_eq!(message.headers.get("Nats-TTL").map(|value| value.as_str()), Some(text));
    }
    // What is never to go outlives the stream's own age; other ages are bounded by it.
    has_messages(&stream, 1).await;
    stream.get_raw_message(1).await.expect("it is never to go");
}

#[tokio::test]
async fn a_message_that_is_too_large() {
    let text = format!("max_payload: 1000\n{}", configs::jetstream());
    let server = run_server_with_config_text(&text);
    let context = jetstream::new(connect(&server).await);
    context.create_stream(config("events")).await.expect("a good stream");
    for (size, fits) in [(1000, true), (1001, false)] {
        let message = PublishMessage::build().payload(vec![b'x'; size].into());
        match send(&context, "events.a", message).await {
            Ok(_) => assert!(fits),
            Err(error) => assert_eq!((error.kind(), fits), (PublishErrorKind::MaxPayloadExceeded, false)),
        }
    }
}

/// I1: over restarts of the server each publish ends, and what was acked can be read back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acked_survives_restarts() {
    let mut server = run_server_with_config_text(&configs::jetstream());
    let client = connect_with(ConnectOptions::new(), &server).await;
    let context = ContextBuilder::new()
        .timeout(Duration::from_secs(2))
        .build(client.clone());
    let on_disk = Config {
        storage: StorageType::File,
        ..config("events")
    };
    context.create_stream(on_disk).await.expect("a good stream");
    let is_over = Arc::new(AtomicBool::new(false));
    let publisher = tokio::spawn({
        let (context, is_over) = (context.clone(), is_over.clone());
        async move {
            let (mut acked, mut not) = (BTreeMap::new(), 0);
            for round in 0.. {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                let mut acks = Vec::new();
                for number in 0..100 {
                    let text = format!("{round} {number}");
                    let message = PublishMessage::build().payload(text.clone().into()).message_id(&text);
                    let ack = context.send_publish("events.a", message).await;
                    acks.push((text, ack.expect("the client is open")));
                }
                let ended = acks.into_iter().map(|(text, ack)| async { (text, ack.await) });
                for (text, ended) in within("acks or errors", join_all(ended)).await {
                    match ended.map_err(|error| error.kind()) {
                        Ok(ack) => {
                            acked.insert(ack.sequence, text);
                        }
                        Err(
                            PublishErrorKind::TimedOut | PublishErrorKind::StreamNotFound | PublishErrorKind::Other,
                        ) => {
                            not += 1;
                        }
                        Err(other) => panic!("{other}"),
                    }
                }
            }
            (acked, not)
        }
    });
    for _ in 0..2 {
        server.stop();
        disconnected(&client).await;
        server.start();
        within("an answer", client.rtt()).await.expect("the client is open");
    }
    is_over.store(true, Ordering::Relaxed);
    let (acked, not) = publisher.await.expect("no panic");
    assert_eq!((acked.len() + not) % 100, 0, "no sequence is there twice");
    assert!(!acked.is_empty());
    let stream = context.get_stream("events").await.expect("it was on disk");
    let step = 1 + acked.len() / 500;
    for (sequence, text) in acked.into_iter().step_by(step) {
        let message = stream.get_raw_message(sequence).await.expect("it was acked");
        assert_eq!(&message.payload[..], text.as_bytes());
    }
}

#[tokio::test]
async fn what_the_account_has() {
    let text = "jetstream { domain: hub, max_mem_store: 256MB, max_file_store: 1GB }\n";
    let server = run_server_with_config_text(text);
    let client = connect(&server).await;
    let context = jetstream::with_domain(client.clone(), "hub");
    context.create_stream(config("events")).await.expect("a good stream");
    let ack = context.publish("events.a", "data".into()).await.expect("it is sent");
    assert_eq!(ack.await.expect("it is stored").domain, "hub");
    let account = context.query_account().await.expect("there is JetStream");
    assert_eq!((account.streams, account.consumers), (1, 0));
    assert_eq!(account.domain.as_deref(), Some("hub"));
    assert!(account.memory > 0 && account.requests.total > 0);
    assert_eq!(account.limits.max_streams, None);

    let elsewhere = jetstream::with_domain(client, "leaf");
    let error = elsewhere.query_account().await.expect_err("no such domain");
    assert_eq!(error.kind(), AccountErrorKind::JetStreamUnavailable);
}

#[tokio::test]
async fn without_jetstream() {
    let server = run_basic_server();
    let context = jetstream::new(connect(&server).await);
    let error = context.query_account().await.expect_err("there is no JetStream");
    assert_eq!(error.kind(), AccountErrorKind::JetStreamUnavailable);
    let error = send(&context, "events", PublishMessage::build())
        .await
        .expect_err("no JetStream");
    assert_eq!(error.kind(), PublishErrorKind::StreamNotFound);
}
