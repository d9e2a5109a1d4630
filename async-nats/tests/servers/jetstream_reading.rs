//! Messages of a stream, read and deleted one by one: directly, from the leader, by sequence and by subject.

use async_nats::jetstream::stream::{
    Config, DeleteMessageErrorKind, DirectGetErrorKind, PurgeErrorKind, RawMessageErrorKind, Stream,
};
use async_nats::jetstream::{Context, ErrorCode};
use async_nats::{HeaderMap, StatusCode};
use nats_server::Server;

use crate::jetstream_support::{config, has_messages, jetstream, store};

/// A stream with `log.a` as 1 and 3, `log.b` as 2 and 4.
async fn filled() -> (Server, Context, Stream) {
    let (server, context) = jetstream().await;
    let direct = Config {
        allow_direct: true,
        ..config("log")
    };
    let stream = context.create_stream(direct).await.unwrap();
    for (number, subject) in ["log.a", "log.b", "log.a", "log.b"].into_iter().enumerate() {
        let sequence = store(&context, subject, &format!("text {}", number + 1)).await;
        assert_eq!(sequence, number as u64 + 1);
    }
    (server, context, stream)
}

#[tokio::test]
async fn directly() {
    let (_server, _context, stream) = filled().await;
    let message = stream.direct_get(2).await.unwrap();
    assert_eq!((message.sequence, message.subject.as_str()), (2, "log.b"));
    assert_eq!(&message.payload[..], b"text 2");
    assert!(message.time >= stream.cached_info().created);

    let sequence = |message: async_nats::jetstream::message::StreamMessage| message.sequence;
    let first = stream.direct_get_first_for_subject("log.b").await.unwrap();
    assert_eq!(sequence(first), 2);
    for (from, expected) in [(None, 1), (Some(1), 1), (Some(2), 3), (Some(3), 3)] {
        let next = stream.direct_get_next_for_subject("log.a", from).await.unwrap();
        assert_eq!(sequence(next), expected, "from {from:?}");
    }
    let any = stream.direct_get_next_for_subject("log.*", Some(2)).await.unwrap();
    assert_eq!(sequence(any), 2);
    assert_eq!(sequence(stream.direct_get_last_for_subject("log.a").await.unwrap()), 3);
    let built = stream.direct_get_builder().next_by_subject("log.b").sequence(3);
    assert_eq!(sequence(built.send().await.unwrap()), 4);
    let built = stream.direct_get_builder().last_by_subject("log.b");
    assert_eq!(sequence(built.send().await.unwrap()), 4);
}

#[tokio::test]
async fn directly_what_is_not_there() {
    let (_server, context, stream) = filled().await;
    let not_found = DirectGetErrorKind::NotFound;
    assert_eq!(stream.direct_get(99).await.unwrap_err().kind(), not_found);
    let kind = stream.direct_get_last_for_subject("log.c").await.unwrap_err().kind();
    assert_eq!(kind, not_found);
    let kind = stream
        .direct_get_next_for_subject("log.a", Some(4))
        .await
        .unwrap_err()
        .kind();
    assert_eq!(kind, not_found);

    let invalid = DirectGetErrorKind::InvalidSubject;
    for bad in ["", "log a", "log..a", "log.a\r\n"] {
        assert_eq!(
            stream.direct_get_last_for_subject(bad).await.unwrap_err().kind(),
            invalid,
            "{bad:?}"
        );
        assert_eq!(
            stream.direct_get_first_for_subject(bad).await.unwrap_err().kind(),
            invalid
        );
        let kind = stream
            .direct_get_next_for_subject(bad, Some(1))
            .await
            .unwrap_err()
            .kind();
        assert_eq!(kind, invalid);
    }
    let nothing = stream.direct_get_builder().send().await.unwrap_err();
    assert_eq!(nothing.kind(), invalid, "so says the server");

    // Without `allow_direct`, and without the stream, nobody answers; the text says what may be wrong.
    let closed = context.create_stream(config("closed")).await.unwrap();
    let gone = context.get_stream_no_info("gone").await.unwrap();
    let nobody = DirectGetErrorKind::ErrorResponse(StatusCode::NO_RESPONDERS, "no responders".to_owned());
    let error = closed.direct_get(1).await.unwrap_err();
    assert_eq!(error.kind(), nobody);
    assert!(error.to_string().contains("direct access"), "{error}");
    assert_eq!(gone.direct_get(1).await.unwrap_err().kind(), nobody);
}

#[tokio::test]
async fn from_the_leader() {
    let (_server, _context, stream) = filled().await;
    let message = stream.get_raw_message(3).await.unwrap();
    assert_eq!((message.sequence, message.subject.as_str()), (3, "log.a"));
    assert_eq!(&message.payload[..], b"text 3");
    assert!(message.headers.is_empty());
    let directly = stream.direct_get(3).await.unwrap();
    assert_eq!(message.time, directly.time);

    let first = stream.get_first_raw_message_by_subject("log.a", 2).await.unwrap();
    assert_eq!(first.sequence, 3);
    let next = stream.get_next_raw_message_by_subject("log.b").await.unwrap();
    assert_eq!(next.sequence, 2);
    let last = stream.get_last_raw_message_by_subject("log.b").await.unwrap();
    assert_eq!(last.sequence, 4);
    let built = stream.raw_message_builder().sequence(4).next_by_subject("log.*");
    assert_eq!(built.send().await.unwrap().sequence, 4);

    let missing = stream.get_raw_message(99).await.unwrap_err();
    assert_eq!(missing.kind(), RawMessageErrorKind::NoMessageFound);
    assert!(
        missing.to_string().contains("10037"),
        "the server's words are kept: {missing}"
    );
    let kind = stream
        .get_last_raw_message_by_subject("log.c")
        .await
        .unwrap_err()
        .kind();
    assert_eq!(kind, RawMessageErrorKind::NoMessageFound);
    for bad in ["", "log a", "log..a"] {
        let kind = stream.get_last_raw_message_by_subject(bad).await.unwrap_err().kind();
        assert_eq!(kind, RawMessageErrorKind::InvalidSubject, "{bad:?}");
        let kind = stream.get_next_raw_message_by_subject(bad).await.unwrap_err().kind();
        assert_eq!(kind, RawMessageErrorKind::InvalidSubject, "{bad:?}");
    }
    let both = stream
        .raw_message_builder()
        .sequence(1)
        .last_by_subject("log.a")
        .send()
        .await;
    assert!(matches!(both.unwrap_err().kind(), RawMessageErrorKind::JetStream(_)));
}

/// Headers and bytes that are no text come as they were published, either way.
#[tokio::test]
async fn headers_and_bytes() {
    let (_server, context) = jetstream().await;
    let direct = Config {
        allow_direct: true,
        ..config("log")
    };
    let stream = context.create_stream(direct).await.unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("Color", "grün");
    headers.append("Twice", "one");
    headers.append("Twice", "two");
    let bytes: Vec<u8> = (0..=255).chain(0..100).collect();
    let ack = context
        .publish_with_headers("log.bytes", headers, bytes.clone().into())
        .await;
    let sequence = ack.unwrap().await.unwrap().sequence;
    let empty = store(&context, "log.empty", "").await;

    let from_leader = stream.get_raw_message(sequence).await.unwrap();
    let directly = stream.direct_get(sequence).await.unwrap();
    for message in [from_leader, directly] {
        assert_eq!(message.payload, bytes);
        assert_eq!(message.headers.get("Color").unwrap().as_str(), "grün");
        let values: Vec<_> = message.headers.get_all("Twice").map(|value| value.as_str()).collect();
        assert_eq!(values, ["one", "two"]);
    }
    assert!(stream.get_raw_message(empty).await.unwrap().payload.is_empty());
    assert!(stream.direct_get(empty).await.unwrap().payload.is_empty());
}

#[tokio::test]
async fn deleting() {
    let (_server, context, stream) = filled().await;
    assert!(stream.delete_message(2).await.unwrap());
    has_messages(&stream, 3).await;
    assert_eq!(
        stream.direct_get(2).await.unwrap_err().kind(),
        DirectGetErrorKind::NotFound
    );
    match stream.delete_message(2).await.unwrap_err().kind() {
        DeleteMessageErrorKind::JetStream(error) => {
            assert_eq!(error.error_code(), ErrorCode::SEQUENCE_NOT_FOUND, "{error}");
        }
        other => panic!("{other:?}"),
    }
    let denying = Config {
        deny_delete: true,
        ..config("kept")
    };
    let kept = context.create_stream(denying).await.unwrap();
    store(&context, "kept.a", "x").await;
    let error = kept.delete_message(1).await.unwrap_err();
    assert!(error.to_string().contains("delete not permitted"), "{error}");
}

#[tokio::test]
async fn purging() {
    let (_server, context, stream) = filled().await;
    let done = stream.purge().filter("log.a").keep(1).await.unwrap();
    assert!(done.success);
    assert_eq!(done.purged, 1);
    let done = stream.purge().sequence(3).filter("log.b").await.unwrap();
    assert_eq!(done.purged, 1);
    let info = stream.get_info().await.unwrap();
    assert_eq!((info.state.first_sequence, info.state.messages), (3, 2));
    #[allow(deprecated)]
    let done = stream.purge_subject("log.a").await.unwrap();
    assert_eq!(done.purged, 1);
    assert_eq!(stream.purge().await.unwrap().purged, 1);
    assert_eq!(stream.purge().await.unwrap().purged, 0);
    assert_eq!(stream.get_info().await.unwrap().state.last_sequence, 4);

    let denying = Config {
        deny_purge: true,
        ..config("kept")
    };
    let kept = context.create_stream(denying).await.unwrap();
    let error = kept.purge().await.unwrap_err();
    assert!(matches!(error.kind(), PurgeErrorKind::JetStream(_)));
    assert!(error.to_string().contains("purge not permitted"), "{error}");
}
