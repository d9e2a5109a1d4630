//! Streams of a real server: created, found, changed, listed and deleted; and what is refused.

use std::time::Duration;

use async_nats::jetstream::context::{
    CreateStreamErrorKind, GetStreamByNameErrorKind, GetStreamErrorKind, RequestErrorKind,
};
use async_nats::jetstream::stream::{
    Config, DeleteMessageErrorKind, DirectGetErrorKind, DiscardPolicy, Info, Placement, PurgeErrorKind,
    RawMessageErrorKind, Republish, RetentionPolicy, StorageType, Stream,
};
use async_nats::jetstream::{self, ErrorCode};
use async_nats::StatusCode;
use futures_util::{StreamExt, TryStreamExt};
use nats_server::{run_basic_server, run_server_with_config_text};

use crate::jetstream_support::{config, has_messages, jetstream, store};
use crate::support::{connect, connected, fenced, within};

#[tokio::test]
async fn the_life_of_a_stream() {
    let (_server, context) = jetstream().await;
    let created = context.create_stream(config("events")).await.unwrap();
    assert_eq!(created.cached_info().config.subjects, ["events.>"]);
    assert_eq!(created.cached_info().state.messages, 0);
    let same = context.create_stream(config("events")).await.unwrap();
    assert_eq!(same.cached_info().created, created.cached_info().created);

    let mut found = context.get_stream("events").await.unwrap();
    assert_eq!(found.cached_info().config, created.cached_info().config);
    let nameless = context.get_stream_no_info("events").await.unwrap();
    assert_eq!(
        nameless.get_info().await.unwrap().created,
        created.cached_info().created
    );

    let changed = Config {
        description: Some("changed".to_owned()),
        max_messages: 7,
        ..found.cached_info().config.clone()
    };
    let info = context.update_stream(&changed).await.unwrap();
    assert_eq!(info.config, changed);
    assert_eq!(found.cached_info().config.description, None, "it was not asked again");
    assert_eq!(found.info().await.unwrap().config, changed);
    assert_eq!(found.cached_info().config, changed);

    assert!(context.delete_stream("events").await.unwrap().success);
    let error = found.info().await.unwrap_err();
    assert_eq!(error.kind(), RequestErrorKind::Other);
    assert!(error.to_string().contains("stream not found"), "{error}");
    assert_eq!(found.cached_info().config, changed, "what was known is kept");
}

#[tokio::test]
async fn get_or_create_and_create_or_update() {
    let (_server, context) = jetstream().await;
    let created = context.get_or_create_stream(config("one")).await.unwrap();
    let other = Config {
        max_messages: 3,
        ..config("one")
    };
    let found = context.get_or_create_stream(&other).await.unwrap();
    assert_eq!(found.cached_info().created, created.cached_info().created);
    assert_ne!(
        found.cached_info().config.max_messages,
        3,
        "what is there stays as it is"
    );

    let info = context.create_or_update_stream(other).await.unwrap();
    assert_eq!(info.config.max_messages, 3);
    let info = context.create_or_update_stream(config("two")).await.unwrap();
    assert_eq!(info.config.name, "two");
    let by_name = context.get_or_create_stream("three").await.unwrap();
    assert_eq!(by_name.cached_info().config.subjects, ["three"]);
}

/// What the server is to make of a configuration without what it makes of what was left open.
fn as_chosen(info: &Info, chosen: &Config) -> Config {
    Config {
        #[cfg(feature = "server_2_10")]
        metadata: info
            .config
            .metadata
            .clone()
            .into_iter()
            .filter(|(name, _)| !name.starts_with("_nats."))
            .collect(),
        placement: info.config.placement.clone().or_else(|| chosen.placement.clone()),
        ..info.config.clone()
    }
}

/// Nothing is at its default that can be combined with the rest.
#[tokio::test]
async fn every_field_comes_back_equal() {
    let (_server, context) = jetstream().await;
    let chosen = Config {
        max_bytes: 1_000_000,
        max_messages: 1000,
        max_messages_per_subject: 100,
        discard: DiscardPolicy::New,
        discard_new_per_subject: true,
        retention: RetentionPolicy::Limits,
        max_consumers: 5,
        max_age: Duration::from_secs(3600),
        max_message_size: 1000,
        storage: StorageType::File,
        num_replicas: 1,
        no_ack: true,
        duplicate_window: Duration::from_millis(1500),
        description: Some("every field".to_owned()),
        allow_rollup: true,
        deny_delete: true,
        republish: Some(Republish {
            source: "full.>".to_owned(),
            destination: "again.>".to_owned(),
            headers_only: true,
        }),
        allow_direct: true,
        #[cfg(feature = "server_2_10")]
        metadata: [("owner".to_owned(), "me".to_owned())].into(),
        #[cfg(feature = "server_2_10")]
        subject_transform: Some(async_nats::jetstream::stream::SubjectTransform {
            source: "full.in.*".to_owned(),
            destination: "full.out.{{wildcard(1)}}".to_owned(),
        }),
        #[cfg(feature = "server_2_10")]
        compression: Some(async_nats::jetstream::stream::Compression::S2),
        #[cfg(feature = "server_2_10")]
        consumer_limits: Some(async_nats::jetstream::stream::ConsumerLimits {
            inactive_threshold: Duration::from_secs(60),
            max_ack_pending: 50,
        }),
        #[cfg(feature = "server_2_10")]
        first_sequence: Some(100),
        #[cfg(feature = "server_2_11")]
        allow_message_ttl: true,
        #[cfg(feature = "server_2_11")]
        subject_delete_marker_ttl: Some(Duration::from_secs(5)),
        #[cfg(feature = "server_2_12")]
        allow_atomic_publish: true,
        #[cfg(feature = "server_2_14")]
        allow_batch_publish: true,
        ..config("full")
    };
    let created = context.create_stream(&chosen).await.unwrap();
    let expected = Config {
        #[cfg(feature = "server_2_10")]
        compression: created.cached_info().config.compression.clone(),
        ..chosen.clone()
    };
    assert_eq!(as_chosen(created.cached_info(), &chosen), expected);
    let found = context.get_stream("full").await.unwrap();
    assert_eq!(found.cached_info().config, created.cached_info().config);
    assert_eq!(
        context.update_stream(&found.cached_info().config).await.unwrap().config,
        found.cached_info().config
    );
}

/// Fields that exclude some of the others.
#[tokio::test]
async fn fields_that_stand_alone_come_back_equal() {
    let (_server, context) = jetstream().await;
    let sealed = context.create_stream(config("sealed")).await.unwrap();
    let chosen = Config {
        sealed: true,
        ..sealed.cached_info().config.clone()
    };
    assert!(context.update_stream(chosen).await.unwrap().config.sealed);

    let purged = Config {
        deny_purge: true,
        retention: RetentionPolicy::WorkQueue,
        placement: Some(Placement::default()),
        ..config("kept")
    };
    let info = context.create_or_update_stream(purged).await.unwrap();
    assert!(info.config.deny_purge && info.config.retention == RetentionPolicy::WorkQueue);
    let interest = Config {
        retention: RetentionPolicy::Interest,
        persist_mode: Some(async_nats::jetstream::stream::PersistenceMode::Default),
        ..config("interest")
    };
    let info = context.create_or_update_stream(interest).await.unwrap();
    assert_eq!(info.config.retention, RetentionPolicy::Interest);
    let quick = Config {
        storage: StorageType::File,
        persist_mode: Some(async_nats::jetstream::stream::PersistenceMode::Async),
        ..config("quick")
    };
    let info = context.create_or_update_stream(quick).await.unwrap();
    assert_eq!(
        info.config.persist_mode,
        Some(async_nats::jetstream::stream::PersistenceMode::Async)
    );
}

#[tokio::test]
async fn names_are_refused_before_anything_is_sent() {
    // Without JetStream a request would fail in another way.
    let server = run_basic_server();
    let context = jetstream::new(connect(&server).await);
    for name in ["a.b", "a b", "a*", ">", "a/b", r"a\b", "a\tb", "a\r\nPING\r\n"] {
        let invalid = CreateStreamErrorKind::InvalidStreamName;
        assert_eq!(
            context.create_stream(name).await.unwrap_err().kind(),
            invalid,
            "{name:?}"
        );
        assert_eq!(context.get_or_create_stream(name).await.unwrap_err().kind(), invalid);
        assert_eq!(
            context.update_stream(Config::from(name)).await.unwrap_err().kind(),
            invalid
        );
        assert_eq!(
            context.create_or_update_stream(name.into()).await.unwrap_err().kind(),
            invalid
        );
        let invalid = GetStreamErrorKind::InvalidStreamName;
        assert_eq!(context.get_stream(name).await.unwrap_err().kind(), invalid);
        assert_eq!(context.get_stream_no_info(name).await.unwrap_err().kind(), invalid);
        assert_eq!(context.delete_stream(name).await.err().unwrap().kind(), invalid);
    }
    let empty = CreateStreamErrorKind::EmptyStreamName;
    assert_eq!(context.create_stream("").await.unwrap_err().kind(), empty);
    assert_eq!(context.get_or_create_stream("").await.unwrap_err().kind(), empty);
    assert_eq!(
        context.update_stream(Config::default()).await.unwrap_err().kind(),
        empty
    );
    assert_eq!(
        context.get_stream("").await.unwrap_err().kind(),
        GetStreamErrorKind::EmptyName
    );
    assert_eq!(
        context.delete_stream("").await.err().unwrap().kind(),
        GetStreamErrorKind::EmptyName
    );
    let error = context.stream_by_subject("a b").await.unwrap_err();
    assert_eq!(error.kind(), GetStreamByNameErrorKind::InvalidSubject);
}

/// The number by which the server names why it refuses.
fn refused(kind: &CreateStreamErrorKind) -> Option<ErrorCode> {
    match kind {
        CreateStreamErrorKind::JetStream(error) => Some(error.error_code()),
        _ => None,
    }
}

#[tokio::test]
async fn what_the_server_refuses_keeps_its_words() {
    let (_server, context) = jetstream().await;
    match context.get_stream("nowhere").await.unwrap_err().kind() {
        GetStreamErrorKind::JetStream(error) => {
            assert_eq!((error.code(), error.error_code()), (404, ErrorCode::STREAM_NOT_FOUND));
            assert!(error.to_string().contains("stream not found"), "{error}");
        }
        other => panic!("{other:?}"),
    }
    match context.delete_stream("nowhere").await.err().unwrap().kind() {
        GetStreamErrorKind::JetStream(error) => assert_eq!(error.error_code(), ErrorCode::STREAM_NOT_FOUND),
        other => panic!("{other:?}"),
    }
    let error = context.update_stream(config("nowhere")).await.unwrap_err();
    assert_eq!(error.kind(), CreateStreamErrorKind::NotFound);

    context.create_stream(config("events")).await.unwrap();
    let taken = Config {
        max_messages: 1,
        ..config("events")
    };
    let error = context.create_stream(taken).await.unwrap_err();
    assert_eq!(refused(&error.kind()), Some(ErrorCode::STREAM_NAME_EXIST));
    let overlapping = Config {
        subjects: vec!["events.a".to_owned()],
        ..config("other")
    };
    let error = context.create_stream(overlapping).await.unwrap_err();
    assert_eq!(refused(&error.kind()), Some(ErrorCode::STREAM_SUBJECT_OVERLAP));
    let elsewhere = Config {
        storage: StorageType::File,
        ..config("events")
    };
    let error = context.update_stream(&elsewhere).await.unwrap_err();
    assert_eq!(refused(&error.kind()), Some(ErrorCode::STREAM_INVALID_CONFIG));
    assert!(error.to_string().contains("storage"), "{error}");
}

#[tokio::test]
async fn a_stream_by_its_subject() {
    let (_server, context) = jetstream().await;
    context.create_stream(config("events")).await.unwrap();
    context.create_stream(config("orders")).await.unwrap();
    for subject in ["events.>", "events.a", "events.*"] {
        assert_eq!(context.stream_by_subject(subject).await.unwrap(), "events");
    }
    let error = context.stream_by_subject("elsewhere").await.unwrap_err();
    assert_eq!(error.kind(), GetStreamByNameErrorKind::NotFound);
}

#[tokio::test]
async fn listings_have_all_streams_on_all_pages() {
    let (_server, context) = jetstream().await;
    assert_eq!(context.stream_names().count().await, 0);
    assert_eq!(context.streams().count().await, 0);
    // A page of the listing has 256.
    let mut names: Vec<String> = (0..300).map(|number| format!("s{number:03}")).collect();
    for name in &names {
        context.create_stream(config(name)).await.unwrap();
    }
    let listed: Vec<String> = context.stream_names().try_collect().await.unwrap();
    assert_eq!(listed, names);
    let infos: Vec<Info> = context.streams().try_collect().await.unwrap();
    let mut listed: Vec<String> = infos.into_iter().map(|info| info.config.name).collect();
    listed.sort();
    assert_eq!(listed, names);

    // Between two pages all goes away.
    let mut streams = context.streams();
    assert!(streams.next().await.unwrap().is_ok());
    for name in names.drain(..) {
        context.delete_stream(name).await.unwrap();
    }
    let rest = within("the end of the listing", streams.count()).await;
    assert_eq!(rest, 255);
}

#[tokio::test]
async fn subjects_come_on_all_pages() {
    let (_server, context) = jetstream().await;
    let stream = context.create_stream(config("many")).await.unwrap();
    // A page has 100 000.
    const SUBJECTS: u64 = 100_010;
    let client = context.client();
    for number in 0..SUBJECTS {
        client.publish(format!("many.{number}"), "x".into()).await.unwrap();
    }
    fenced(&client).await;
    has_messages(&stream, SUBJECTS).await;
    let mut details = stream.info_with_subjects("many.>").await.unwrap();
    assert_eq!(details.info.state.subjects_count, SUBJECTS);
    let mut seen = std::collections::HashSet::new();
    while let Some((subject, messages)) = details.try_next().await.unwrap() {
        assert_eq!(messages, 1);
        assert!(seen.insert(subject), "no subject comes twice");
    }
    assert_eq!(seen.len() as u64, SUBJECTS);

    let some = stream.info_with_subjects("many.7").await.unwrap();
    let some: Vec<_> = some.try_collect().await.unwrap();
    assert_eq!(some, [("many.7".to_owned(), 1)]);
    assert_eq!(stream.info_with_subjects("none.>").await.unwrap().count().await, 0);

    stream.delete_message(5).await.unwrap();
    let details = stream.info_builder().with_deleted(true).fetch().await.unwrap();
    assert_eq!(details.info.state.deleted, Some(vec![5]));
    assert_eq!(details.info.state.deleted_count, Some(1));
    assert_eq!(details.count().await, 0, "no subjects were asked for");
}

/// A handle is good for as long as there is its stream, over a restart of the server too.
#[tokio::test]
async fn a_stream_survives_a_restart() {
    let (mut server, context) = jetstream().await;
    let in_files = Config {
        storage: StorageType::File,
        ..config("kept")
    };
    let stream = context.create_stream(in_files).await.unwrap();
    store(&context, "kept.a", "first").await;
    server.restart();
    connected(&context.client()).await;
    within("JetStream to be back", async {
        while stream.get_info().await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(stream.get_raw_message(1).await.unwrap().payload, "first");
    assert_eq!(store(&context, "kept.a", "second").await, 2);
}

/// Every operation says that nobody answers; none hangs.
#[tokio::test]
async fn without_jetstream() {
    let server = run_basic_server();
    let context = jetstream::new(connect(&server).await);
    let unavailable = CreateStreamErrorKind::JetStreamUnavailable;
    assert_eq!(context.create_stream("a").await.unwrap_err().kind(), unavailable);
    assert_eq!(context.get_or_create_stream("a").await.unwrap_err().kind(), unavailable);
    assert_eq!(
        context.update_stream(config("a")).await.unwrap_err().kind(),
        unavailable
    );
    assert_eq!(
        context.get_stream("a").await.unwrap_err().kind(),
        GetStreamErrorKind::Request
    );
    assert_eq!(
        context.delete_stream("a").await.err().unwrap().kind(),
        GetStreamErrorKind::Request
    );
    let error = context.stream_by_subject("a").await.unwrap_err();
    assert_eq!(error.kind(), GetStreamByNameErrorKind::Request);

    let names: Vec<_> = context.stream_names().collect().await;
    assert!(matches!(&names[..], [Err(error)] if error.kind() == RequestErrorKind::Other));
    assert!(names[0].as_ref().unwrap_err().to_string().contains("does not exist"));
    assert_eq!(context.streams().count().await, 1, "an error ends it");

    let stream = context.get_stream_no_info("a").await.unwrap();
    let kind = stream.get_info().await.unwrap_err().kind();
    assert_eq!(kind, RequestErrorKind::NoResponders);
    assert_eq!(stream.purge().await.unwrap_err().kind(), PurgeErrorKind::Request);
    let kind = stream.delete_message(1).await.unwrap_err().kind();
    assert_eq!(kind, DeleteMessageErrorKind::Request);
    let kind = stream.get_raw_message(1).await.unwrap_err().kind();
    assert_eq!(kind, RawMessageErrorKind::Other);
    let nobody = DirectGetErrorKind::ErrorResponse(StatusCode::NO_RESPONDERS, "no responders".to_owned());
    assert_eq!(stream.direct_get(1).await.unwrap_err().kind(), nobody);
}

/// A server that does not answer any more: every operation ends by the time-out of the context.
#[cfg(unix)]
#[tokio::test]
async fn nothing_hangs_when_the_server_is_silent() {
    let (server, mut context) = jetstream().await;
    let stream = context.create_stream(config("a")).await.unwrap();
    context.set_timeout(Duration::from_millis(50));
    let impatient = context.get_stream_no_info("a").await.unwrap();
    server.pause().unwrap();
    let all = async {
        let timed_out = CreateStreamErrorKind::TimedOut;
        assert_eq!(context.create_stream("a").await.unwrap_err().kind(), timed_out);
        assert_eq!(context.update_stream(config("a")).await.unwrap_err().kind(), timed_out);
        assert_eq!(
            context.get_stream("a").await.unwrap_err().kind(),
            GetStreamErrorKind::Request
        );
        assert_eq!(context.streams().count().await, 1);
        let kind = impatient.get_info().await.unwrap_err().kind();
        assert_eq!(kind, RequestErrorKind::TimedOut);
        assert_eq!(impatient.purge().await.unwrap_err().kind(), PurgeErrorKind::TimedOut);
        let kind = impatient.delete_message(1).await.unwrap_err().kind();
        assert_eq!(kind, DeleteMessageErrorKind::TimedOut);
        assert_eq!(
            impatient.direct_get(1).await.unwrap_err().kind(),
            DirectGetErrorKind::TimedOut
        );
        let kind = impatient.get_raw_message(1).await.unwrap_err().kind();
        assert_eq!(kind, RawMessageErrorKind::Other);
    };
    within("all to time out", all).await;
    server.resume().unwrap();
    let still_there: &Stream = &stream;
    within("an answer", still_there.get_info()).await.unwrap();
}

#[tokio::test]
async fn limits_of_an_account() {
    let server = run_server_with_config_text(
        r#"
        jetstream { max_mem_store: 64MB, max_file_store: 64MB }
        accounts {
          small {
            jetstream { max_mem: 1MB, max_file: 1MB, max_streams: 1, max_consumers: 1 }
            users [ { user: "small", password: "s" } ]
          }
          none { users [ { user: "none", password: "n" } ] }
        }
        "#,
    );
    let connect = |user: &'static str, password: &'static str| {
        let url = server.client_url_with(user, password);
        async move { jetstream::new(async_nats::connect(url).await.unwrap()) }
    };
    let small = connect("small", "s").await;
    let large = Config {
        max_bytes: 2_000_000,
        ..config("large")
    };
    let error = small.create_stream(large).await.unwrap_err();
    assert_eq!(
        refused(&error.kind()),
        Some(ErrorCode::MEMORY_RESOURCES_EXCEEDED),
        "{error}"
    );
    small.create_stream(config("first")).await.unwrap();
    let error = small.create_stream(config("second")).await.unwrap_err();
    assert_eq!(
        refused(&error.kind()),
        Some(ErrorCode::MAXIMUM_STREAMS_LIMIT),
        "{error}"
    );

    let none = connect("none", "n").await;
    let error = none.create_stream(config("first")).await.unwrap_err();
    let code = refused(&error.kind());
    assert_eq!(code, Some(ErrorCode::JETSTREAM_NOT_ENABLED_FOR_ACCOUNT), "{error}");
    match none.get_stream("first").await.unwrap_err().kind() {
        GetStreamErrorKind::JetStream(error) => {
            assert_eq!(error.error_code(), ErrorCode::JETSTREAM_NOT_ENABLED_FOR_ACCOUNT);
        }
        other => panic!("{other:?}"),
    }
    let names: Vec<_> = none.stream_names().collect().await;
    assert!(names[0].as_ref().unwrap_err().to_string().contains("not enabled"));
}
