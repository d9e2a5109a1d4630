//! What is refused, by the client or by a real server, and servers that do not answer.

use std::time::Duration;

use async_nats::jetstream::context::{
    CreateStreamErrorKind, GetStreamByNameErrorKind, GetStreamErrorKind, RequestErrorKind,
};
use async_nats::jetstream::stream::{
    Config, DeleteMessageErrorKind, DirectGetErrorKind, PurgeErrorKind, RawMessageErrorKind, StorageType, Stream,
};
use async_nats::jetstream::{self, ErrorCode};
use async_nats::StatusCode;
use futures_util::StreamExt;
use nats_server::{run_basic_server, run_server_with_config_text};

use crate::jetstream_support::{config, jetstream};
use crate::support::{connect, within};

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
        assert_eq!(context.delete_stream(name).await.unwrap_err().kind(), invalid);
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
        context.delete_stream("").await.unwrap_err().kind(),
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
    match context.delete_stream("nowhere").await.unwrap_err().kind() {
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
        context.delete_stream("a").await.unwrap_err().kind(),
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
