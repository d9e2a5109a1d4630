//! Consumers of a real server: created, found, changed, listed, paused and deleted; and what is refused.

use std::time::Duration;

use async_nats::jetstream::consumer::{
    self, pull, push, AckPolicy, Consumer, DeliverPolicy, PullConsumer, PushConsumer, ReplayPolicy,
};
use async_nats::jetstream::context::ConsumerInfoErrorKind;
use async_nats::jetstream::stream::{ConsumerErrorKind, Stream};
use async_nats::jetstream::{self, Context, ErrorCode};
use futures_util::TryStreamExt;
use nats_server::{run_basic_server, Server};

use crate::jetstream_support::{config, jetstream};
use crate::support::{connect, lacks, within};

async fn stream() -> (Server, Context, Stream) {
    let (server, context) = jetstream().await;
    let stream = context.create_stream(config("events")).await.unwrap();
    (server, context, stream)
}

fn durable(name: &str) -> pull::Config {
    pull::Config {
        durable_name: Some(name.to_owned()),
        ..Default::default()
    }
}

#[tokio::test]
async fn the_life_of_a_consumer() {
    let (_server, context, stream) = stream().await;
    let mut created = stream.create_consumer(durable("c")).await.unwrap();
    assert_eq!(created.cached_info().name, "c");
    assert_eq!(created.cached_info().stream_name, "events");
    let found: PullConsumer = stream.get_consumer("c").await.unwrap();
    assert_eq!(found.cached_info().created, created.cached_info().created);
    let found: PullConsumer = context.get_consumer_from_stream("c", "events").await.unwrap();
    assert_eq!(found.cached_info().config, created.cached_info().config);
    assert_eq!(stream.consumer_info("c").await.unwrap().name, "c");
    assert_eq!(created.info().await.unwrap().num_pending, 0);
    assert_eq!(created.get_info().await.unwrap(), *created.cached_info());

    let changed = pull::Config {
        description: Some("changed".to_owned()),
        ..durable("c")
    };
    let changed = context.create_consumer_on_stream(changed, "events").await.unwrap();
    assert_eq!(changed.cached_info().config.description.as_deref(), Some("changed"));

    assert!(stream.delete_consumer("c").await.unwrap().success);
    assert_eq!(
        created.get_info().await.unwrap_err().kind(),
        ConsumerInfoErrorKind::NotFound
    );
    let error = context
        .delete_consumer_from_stream("c", "events")
        .await
        .expect_err("it is gone");
    assert!(error.to_string().contains("consumer not found"), "{error}");
}

#[tokio::test]
async fn what_a_consumer_is_told_the_server_knows() {
    let (_server, _context, stream) = stream().await;
    let pull = pull::Config {
        name: Some("pull".to_owned()),
        description: Some("words".to_owned()),
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: 3 },
        ack_policy: AckPolicy::All,
        ack_wait: Duration::from_secs(7),
        max_deliver: 5,
        filter_subject: "events.a".to_owned(),
        replay_policy: ReplayPolicy::Original,
        sample_frequency: 30,
        max_waiting: 9,
        max_ack_pending: 11,
        headers_only: true,
        max_batch: 13,
        max_bytes: 15_000,
        max_expires: Duration::from_secs(17),
        inactive_threshold: Duration::from_secs(19),
        memory_storage: true,
        ..Default::default()
    };
    let created = stream.create_consumer(pull.clone()).await.unwrap();
    let found: PullConsumer = stream.get_consumer("pull").await.unwrap();
    assert_eq!(found.cached_info().config, created.cached_info().config);
    let config = &created.cached_info().config;
    let as_sent: consumer::Config = consumer::IntoConsumerConfig::into_consumer_config(&pull);
    assert_eq!(config.deliver_policy, as_sent.deliver_policy);
    assert_eq!(config.ack_policy, as_sent.ack_policy);
    assert_eq!(
        (config.ack_wait, config.max_deliver),
        (as_sent.ack_wait, as_sent.max_deliver)
    );
    assert_eq!(config.filter_subject, as_sent.filter_subject);
    assert_eq!(
        (config.replay_policy, config.sample_frequency),
        (ReplayPolicy::Original, 30)
    );
    assert_eq!((config.max_waiting, config.max_ack_pending), (9, 11));
    assert_eq!((config.headers_only, config.memory_storage), (true, true));
    assert_eq!((config.max_batch, config.max_bytes), (13, 15_000));
    assert_eq!(config.max_expires, as_sent.max_expires);
    assert_eq!(config.inactive_threshold, as_sent.inactive_threshold);

    let push = push::Config {
        deliver_subject: "to.here".to_owned(),
        deliver_group: Some("workers".to_owned()),
        durable_name: Some("push".to_owned()),
        flow_control: false,
        idle_heartbeat: Duration::from_secs(3),
        rate_limit: 1_000_000,
        backoff: vec![Duration::from_secs(1), Duration::from_secs(2)],
        max_deliver: 5,
        ..Default::default()
    };
    let created = stream.create_consumer(push).await.unwrap();
    let config = &created.cached_info().config;
    assert_eq!(config.deliver_subject.as_deref(), Some("to.here"));
    assert_eq!(config.deliver_group.as_deref(), Some("workers"));
    assert_eq!(
        (config.idle_heartbeat, config.rate_limit),
        (Duration::from_secs(3), 1_000_000)
    );
    assert_eq!(config.backoff, [Duration::from_secs(1), Duration::from_secs(2)]);
}

#[tokio::test]
async fn a_consumer_of_another_kind_is_refused() {
    let (_server, context, stream) = stream().await;
    stream.create_consumer(durable("pull")).await.unwrap();
    let push = push::Config {
        deliver_subject: "to.here".to_owned(),
        durable_name: Some("push".to_owned()),
        ..Default::default()
    };
    stream.create_consumer(push.clone()).await.unwrap();
    let error = stream.get_consumer::<push::Config>("pull").await.unwrap_err();
    assert!(error.to_string().contains("pull consumer"), "{error}");
    let found = context
        .get_consumer_from_stream::<pull::Config, _, _>("push", "events")
        .await;
    assert_eq!(found.unwrap_err().kind(), ConsumerErrorKind::InvalidConsumerType);
    let found = stream.get_or_create_consumer("pull", push).await;
    assert_eq!(found.unwrap_err().kind(), ConsumerErrorKind::InvalidConsumerType);
    let any: Consumer<consumer::Config> = stream.get_consumer("push").await.unwrap();
    assert_eq!(any.cached_info().name, "push");
}

#[tokio::test]
async fn get_or_create_takes_what_is_there() {
    let (_server, _context, stream) = stream().await;
    let created = stream.get_or_create_consumer("c", durable("c")).await.unwrap();
    let other = pull::Config {
        max_deliver: 3,
        ..durable("c")
    };
    let found = stream.get_or_create_consumer("c", other).await.unwrap();
    assert_eq!(found.cached_info().created, created.cached_info().created);
    assert_ne!(
        found.cached_info().config.max_deliver,
        3,
        "what is there stays as it is"
    );
}

#[cfg(feature = "server_2_10")]
#[tokio::test]
async fn creating_and_changing_strictly() {
    use async_nats::jetstream::stream::{ConsumerCreateStrictErrorKind, ConsumerUpdateErrorKind};

    let (_server, context, stream) = stream().await;
    let missing = stream.update_consumer(durable("c")).await.unwrap_err();
    assert_eq!(missing.kind(), ConsumerUpdateErrorKind::DoesNotExist);
    stream.create_consumer_strict(durable("c")).await.unwrap();
    stream.create_consumer_strict(durable("c")).await.unwrap();
    let other = pull::Config {
        max_deliver: 3,
        ..durable("c")
    };
    let there = context.create_consumer_strict_on_stream(other.clone(), "events").await;
    assert_eq!(there.unwrap_err().kind(), ConsumerCreateStrictErrorKind::AlreadyExists);
    let changed = context.update_consumer_on_stream(other, "events").await.unwrap();
    assert_eq!(changed.cached_info().config.max_deliver, 3);
}

/// Bad input gives typed errors with the words of the server.
#[tokio::test]
async fn what_is_refused() {
    let (_server, context, stream) = stream().await;
    for name in ["", "a.b", "a b", "*", ">", "a/b"] {
        let error = stream.consumer_info(name).await.unwrap_err();
        assert_eq!(error.kind(), ConsumerInfoErrorKind::InvalidName, "{name:?}");
        let error = stream.delete_consumer(name).await.expect_err("it is no name");
        assert_eq!(error.kind(), ConsumerErrorKind::InvalidName, "{name:?}");
        let error = context.create_consumer_on_stream(durable("c"), name).await.unwrap_err();
        assert_eq!(error.kind(), ConsumerErrorKind::InvalidName, "{name:?}");
    }
    let error = stream.create_consumer(durable("a.b")).await.unwrap_err();
    assert_eq!(error.kind(), ConsumerErrorKind::InvalidName);
    let error = context
        .create_consumer_on_stream(durable("c"), "nowhere")
        .await
        .unwrap_err();
    let ConsumerErrorKind::JetStream(server) = error.kind() else {
        panic!("{error}")
    };
    assert_eq!(server.error_code(), ErrorCode::STREAM_NOT_FOUND);
    assert!(error.to_string().contains("stream not found"), "{error}");
    let bad = pull::Config {
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: 0 },
        ..durable("c")
    };
    let error = stream.create_consumer(bad).await.unwrap_err();
    let ConsumerErrorKind::JetStream(server) = error.kind() else {
        panic!("{error}")
    };
    assert_eq!(server.error_code(), ErrorCode::CONSUMER_INVALID_POLICY);
    let nowhere = context.get_stream_no_info("nowhere").await.unwrap();
    let error = nowhere.consumer_info("c").await.unwrap_err();
    assert_eq!(error.kind(), ConsumerInfoErrorKind::StreamNotFound);
}

#[tokio::test]
async fn without_jetstream_nothing_hangs() {
    let server = run_basic_server();
    let context = jetstream::new(connect(&server).await);
    let error = within("a refusal", context.create_consumer_on_stream(durable("c"), "events")).await;
    assert_eq!(error.unwrap_err().kind(), ConsumerErrorKind::Request);
    let stream = context.get_stream_no_info("events").await.unwrap();
    let error = within("a refusal", stream.consumer_info("c")).await.unwrap_err();
    assert_eq!(error.kind(), ConsumerInfoErrorKind::NoResponders);
    let names: Result<Vec<String>, _> = within("a refusal", stream.consumer_names().try_collect()).await;
    names.unwrap_err();
}

#[tokio::test]
async fn listings_have_all_pages() {
    let (_server, _context, stream) = stream().await;
    let none: Vec<String> = stream.consumer_names().try_collect().await.unwrap();
    assert!(none.is_empty());
    let mut expected: Vec<String> = (0..600).map(|number| format!("c{number}")).collect();
    for name in &expected {
        let config = pull::Config {
            memory_storage: true,
            inactive_threshold: Duration::from_secs(600),
            name: Some(name.clone()),
            ..Default::default()
        };
        stream.create_consumer(config).await.unwrap();
    }
    let mut names: Vec<String> = stream.consumer_names().try_collect().await.unwrap();
    let infos: Vec<consumer::Info> = stream.consumers().try_collect().await.unwrap();
    let mut from_infos: Vec<String> = infos.into_iter().map(|info| info.name).collect();
    names.sort_unstable();
    from_infos.sort_unstable();
    expected.sort_unstable();
    assert_eq!(names, expected);
    assert_eq!(from_infos, expected);
}

#[cfg(feature = "server_2_11")]
#[tokio::test]
async fn pausing_and_resuming() {
    use async_nats::datetime;
    use futures_util::StreamExt;

    if lacks("consumers that pause", (2, 11, 0)) {
        return;
    }
    let (_server, context, stream) = stream().await;
    let consumer = stream.create_consumer(durable("c")).await.unwrap();
    let until = datetime::add_std_duration(datetime::now(), Duration::from_secs(3600)).unwrap();
    let paused = stream.pause_consumer("c", until).await.unwrap();
    assert!(paused.paused && paused.pause_remaining.is_some());
    let info = consumer.get_info().await.unwrap();
    assert!(info.paused && info.pause_remaining.is_some() && info.config.pause_until.is_some());
    crate::jetstream_support::store(&context, "events.a", "1").await;
    let mut messages = consumer.messages().await.unwrap();
    let waiting = tokio::spawn(async move { messages.next().await });
    let resumed = stream.resume_consumer("c").await.unwrap();
    assert!(!resumed.paused);
    within("the message", waiting).await.unwrap().unwrap().unwrap();
    assert!(!consumer.get_info().await.unwrap().paused);
    let error = stream.pause_consumer("nobody", until).await.unwrap_err();
    assert!(error.to_string().contains("consumer not found"), "{error}");
}

#[cfg(feature = "server_2_14")]
#[tokio::test]
async fn going_back_and_forward() {
    use async_nats::jetstream::stream::ConsumerResetErrorKind;
    use futures_util::StreamExt;

    if lacks("consumers that can be reset", (2, 14, 0)) {
        return;
    }
    let (_server, context, stream) = stream().await;
    let mut consumer = stream.create_consumer(durable("c")).await.unwrap();
    for number in 1..=5 {
        crate::jetstream_support::store(&context, "events.a", &number.to_string()).await;
    }
    let fetched = |consumer: PullConsumer| async move {
        let mut batch = consumer.fetch().messages().await.unwrap();
        let mut sequences = Vec::new();
        while let Some(message) = batch.next().await {
            let message = message.unwrap();
            message.double_ack().await.unwrap();
            sequences.push(message.info().unwrap().stream_sequence);
        }
        sequences
    };
    assert_eq!(fetched(consumer.clone()).await, [1, 2, 3, 4, 5]);
    let reset = consumer.reset(Some(3)).await.unwrap();
    assert_eq!(reset.reset_seq, 3);
    assert_eq!(consumer.cached_info().num_pending, reset.info.num_pending);
    assert_eq!(fetched(consumer.clone()).await, [3, 4, 5]);
    stream.reset_consumer("c", Some(5)).await.unwrap();
    assert_eq!(fetched(consumer).await, [5]);
    let late = pull::Config {
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: 3 },
        ..durable("late")
    };
    stream.create_consumer(late).await.unwrap();
    let error = stream.reset_consumer("late", Some(1)).await.unwrap_err();
    assert_eq!(error.kind(), ConsumerResetErrorKind::InvalidReset);
    stream.reset_consumer("no.body", None).await.unwrap_err();
    // There are servers that do not answer when there is no such consumer.
    let mut hasty = context.clone();
    hasty.set_timeout(Duration::from_millis(500));
    let stream = hasty.get_stream_no_info("events").await.unwrap();
    let error = within("a refusal", stream.reset_consumer("nobody", None))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error.kind(),
            ConsumerResetErrorKind::NotFound | ConsumerResetErrorKind::TimedOut
        ),
        "{error}"
    );
}

/// An ordered configuration of each kind is one that the server takes.
#[tokio::test]
async fn ordered_configurations_are_accepted() {
    let (_server, _context, stream) = stream().await;
    let pull = pull::OrderedConfig {
        max_batch: 10,
        max_bytes: 1000,
        max_expires: Duration::from_secs(5),
        ..Default::default()
    };
    let pulled = stream.create_consumer(pull).await.unwrap();
    let config = &pulled.cached_info().config;
    assert_eq!((config.max_batch, config.max_bytes), (10, 1000));
    assert_eq!((config.max_expires, config.max_deliver), (Duration::from_secs(5), 1));
    assert_eq!((config.ack_policy, config.num_replicas), (AckPolicy::None, 1));
    let push = push::OrderedConfig {
        deliver_subject: "to.here".to_owned(),
        ..Default::default()
    };
    let pushed = stream.create_consumer(push).await.unwrap();
    let config = &pushed.cached_info().config;
    assert!(config.flow_control && config.memory_storage);
    assert_eq!(config.idle_heartbeat, Duration::from_secs(5));
    let found: PushConsumer = stream.get_consumer(&pushed.cached_info().name).await.unwrap();
    assert_eq!(found.cached_info().config.deliver_subject.as_deref(), Some("to.here"));
}
