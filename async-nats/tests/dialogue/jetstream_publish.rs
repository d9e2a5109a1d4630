//! Publishing to a stream: each message gets its own ack, or an error, or its time-out (I1).

use std::future::IntoFuture;

use async_nats::jetstream::context::{PublishAckFuture, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{self, Context, ContextBuilder, ErrorCode};
use async_nats::Event;
use nats_server::script::Op;
use tokio::time::Instant;

use crate::support::*;

async fn publish(context: &Context, payload: impl ToString) -> PublishAckFuture {
    let publish = context.publish("events", payload.to_string().into());
    at_last(publish).await.expect("it is sent")
}

#[tokio::test(start_paused = true)]
async fn acks_in_any_order_find_their_messages() {
    let Session { client, mut peer, .. } = Session::start().await;
    let (context, mut stream) = (jetstream::new(client), Stream::default());
    let mut acks = Vec::new();
    for number in 0..100 {
        acks.push(publish(&context, number).await);
    }
    let mut messages = stream.all_published(&mut peer, 100).await;
    // Far from the order in which they were published.
    messages.sort_by_key(|message| message.text().bytes().rev().collect::<Vec<_>>());
    for message in &messages {
        assert_eq!(message.subject, "events");
        assert_eq!(message.header_block, None);
        let number: u64 = message.text().parse().expect("a number");
        stream.ack(&mut peer, message, number + 1).await;
    }
    for (number, ack) in acks.into_iter().enumerate() {
        let ack = at_last(ack.into_future()).await.expect("it was acked");
        assert_eq!(ack.sequence, number as u64 + 1);
        assert_eq!(ack.stream, "S");
    }
    peer.expect_nothing_for(secs(20)).await;
}

#[tokio::test(start_paused = true)]
async fn an_ack_has_what_the_stream_says() {
    let Session { client, mut peer, .. } = Session::start().await;
    let (context, mut stream) = (jetstream::new(client), Stream::default());
    let ack = publish(&context, "").await;
    let message = stream.published(&mut peer).await;
    let said = r#"{"stream":"S","domain":"hub","seq":7,"duplicate":true}"#;
    stream.answer(&mut peer, &message, said).await;
    let ack = ack.await.expect("it was acked");
    assert_eq!(
        (ack.stream.as_str(), ack.domain.as_str(), ack.sequence),
        ("S", "hub", 7)
    );
    assert!(ack.duplicate);

    let ack = publish(&context, "").await;
    let message = stream.published(&mut peer).await;
    let said = r#"{"stream": "S", "seq": 8, "val": "12", "batch": "b", "count": 3}"#;
    stream.answer(&mut peer, &message, said).await;
    let ack = ack.await.expect("it was acked");
    assert_eq!((ack.sequence, ack.value.as_deref()), (8, Some("12")));
    #[cfg(feature = "server_2_14")]
    assert_eq!((ack.batch_id.as_deref(), ack.batch_size), (Some("b"), Some(3)));
}

#[tokio::test(start_paused = true)]
async fn headers_are_sent_with_the_message() {
    let Session { client, mut peer, .. } = Session::start().await;
    let (context, mut stream) = (jetstream::new(client), Stream::default());
    let message = PublishMessage::build()
        .payload("data".into())
        .message_id("id")
        .expected_last_sequence(4);
    let _ack = context.send_publish("events", message).await.expect("it is sent");
    let message = stream.published(&mut peer).await;
    assert_eq!(message.text(), "data");
    assert_eq!(message.header("Nats-Msg-Id"), Some("id"));
    assert_eq!(message.header("Nats-Expected-Last-Sequence"), Some("4"));

    let mut headers = async_nats::HeaderMap::new();
    headers.insert("A", "b");
    let _ack = context.publish_with_headers("events", headers, "data".into()).await;
    assert_eq!(stream.published(&mut peer).await.header("A"), Some("b"));
}

#[tokio::test(start_paused = true)]
async fn refusals_of_the_stream_are_errors_of_their_kind() {
    let Session { client, mut peer, .. } = Session::start().await;
    let (context, mut stream) = (jetstream::new(client), Stream::default());
    for (code, kind) in [
        (10070, PublishErrorKind::WrongLastMessageId),
        (10071, PublishErrorKind::WrongLastSequence),
        (10164, PublishErrorKind::WrongLastSequence),
        (10060, PublishErrorKind::Other),
        (10077, PublishErrorKind::Other),
    ] {
        let ack = publish(&context, "").await;
        let message = stream.published(&mut peer).await;
        let said = format!(r#"{{"error":{{"code":400,"err_code":{code},"description":"no"}},"stream":"S","seq":0}}"#);
        stream.answer(&mut peer, &message, &said).await;
        let error = ack.await.expect_err("it was refused");
        assert_eq!(error.kind(), kind, "{code}");
        let cause = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<jetstream::Error>());
        assert_eq!(cause.map(|cause| cause.error_code()), Some(ErrorCode(code)));
    }
    for nonsense in ["", "+OK", "{}", r#"{"stream":7,"seq":1}"#] {
        let ack = publish(&context, "").await;
        let message = stream.published(&mut peer).await;
        stream.answer(&mut peer, &message, nonsense).await;
        assert_eq!(ack.await.expect_err(nonsense).kind(), PublishErrorKind::Other);
    }
}

/// I1: a lost ack ends in a time-out, counted from when somebody waits for it.
#[tokio::test(start_paused = true)]
async fn a_lost_ack_times_out() {
    let Session { client, mut peer, .. } = Session::start().await;
    let mut context = jetstream::new(client);
    for (timeout, expected) in [
        (None, secs(5)),
        (Some(millis(200)), millis(200)),
        (Some(secs(60)), secs(30)),
    ] {
        timeout.into_iter().for_each(|timeout| context.set_timeout(timeout));
        let ack = publish(&context, "").await;
        let start = Instant::now();
        let error = at_last(ack.into_future()).await.expect_err("nobody acked");
        assert_eq!(error.kind(), PublishErrorKind::TimedOut);
        assert_about(start.elapsed(), expected);
    }
    while let Ok(Some(_)) = tokio::time::timeout(secs(1), peer.next_op()).await {}
}

#[tokio::test(start_paused = true)]
async fn the_time_out_of_acks_ends_a_wait_too() {
    let Session { client, .. } = Session::start().await;
    let context = ContextBuilder::new().ack_timeout(secs(2)).build(client);
    let (start, ack) = (Instant::now(), publish(&context, "").await);
    let error = at_last(ack.into_future()).await.expect_err("nobody acked");
    assert_eq!(error.kind(), PublishErrorKind::TimedOut);
    assert_about(start.elapsed(), secs(2));

    let ack = publish(&context, "").await;
    tokio::time::sleep(secs(3)).await;
    let start = Instant::now();
    let error = at_last(ack.into_future()).await.expect_err("nobody acked");
    assert_eq!(error.kind(), PublishErrorKind::TimedOut);
    assert_about(start.elapsed(), secs(0));
}

#[tokio::test(start_paused = true)]
async fn an_ack_that_came_is_kept_until_somebody_asks() {
    let Session { client, mut peer, .. } = Session::start().await;
    let (context, mut stream) = (jetstream::new(client), Stream::default());
    let ack = publish(&context, "").await;
    let message = stream.published(&mut peer).await;
    tokio::time::sleep(secs(20)).await;
    stream.ack(&mut peer, &message, 3).await;
    tokio::time::sleep(secs(1000)).await;
    assert_eq!(at_last(ack.into_future()).await.expect("it came").sequence, 3);
}

/// I1: what no stream takes is sent again with the same headers, and fails when none takes it then.
#[tokio::test(start_paused = true)]
async fn what_no_stream_takes_is_sent_again() {
    let Session { client, mut peer, .. } = Session::start().await;
    let (context, mut stream) = (jetstream::new(client), Stream::default());
    for (refusals, is_stored) in [(1, true), (2, true), (3, false)] {
        let message = PublishMessage::build().payload("data".into()).message_id("id");
        let ack = context.send_publish("events", message).await.expect("it is sent");
        let start = Instant::now();
        let (ack, ()) = at_last(async {
            tokio::join!(ack.into_future(), async {
                for refusal in 0..refusals {
                    let message = stream.published(&mut peer).await;
                    assert_about(start.elapsed(), millis(250) * refusal);
                    assert_eq!((message.subject.as_str(), message.text().as_str()), ("events", "data"));
                    assert_eq!(message.header("Nats-Msg-Id"), Some("id"));
                    stream.no_responders(&mut peer, &message).await;
                }
                if is_stored {
                    let message = stream.published(&mut peer).await;
                    assert_eq!(message.header("Nats-Msg-Id"), Some("id"));
                    stream.ack(&mut peer, &message, 9).await;
                }
            })
        })
        .await;
        match ack {
            Ok(ack) => assert_eq!((ack.sequence, is_stored), (9, true)),
            Err(error) => assert_eq!((error.kind(), is_stored), (PublishErrorKind::StreamNotFound, false)),
        }
    }
    peer.expect_nothing_for(secs(20)).await;
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_again_beyond_the_time_out() {
    let Session { client, mut peer, .. } = Session::start().await;
    let context = ContextBuilder::new().timeout(millis(400)).build(client);
    let mut stream = Stream::default();
    for answer_second in [true, false] {
        let ack = publish(&context, "").await;
        let start = Instant::now();
        let (ack, ()) = at_last(async {
            tokio::join!(ack.into_future(), async {
                let first = stream.published(&mut peer).await;
                stream.no_responders(&mut peer, &first).await;
                let second = stream.published(&mut peer).await;
                if answer_second {
                    stream.no_responders(&mut peer, &second).await;
                }
            })
        })
        .await;
        let (kind, after) = match answer_second {
            true => (PublishErrorKind::StreamNotFound, millis(250)),
            false => (PublishErrorKind::TimedOut, millis(400)),
        };
        assert_eq!(ack.expect_err("no stream").kind(), kind);
        assert_about(start.elapsed(), after);
    }
    peer.expect_nothing_for(secs(20)).await;
}

/// I3: what was written when a connection broke is not sent twice, and its ack times out; what was kept goes out later.
#[tokio::test(start_paused = true)]
async fn a_reconnect_between_message_and_ack() {
    let mut session = Session::start().await;
    let (context, mut stream) = (jetstream::new(session.client.clone()), Stream::default());
    let lost = publish(&context, "lost").await;
    let message = stream.published(&mut session.peer).await;
    drop(std::mem::replace(&mut session.peer, nobody()));
    session.events.expect(Event::Disconnected).await;
    let kept = publish(&context, "kept").await;
    session.peer = session.net.accept().await;
    session.peer.handshake().await;
    stream.forget();
    let start = Instant::now();
    let next = stream.published(&mut session.peer).await;
    assert_eq!(next.text(), "kept");
    stream.ack(&mut session.peer, &next, 2).await;
    assert_eq!(at_last(kept.into_future()).await.expect("it was acked").sequence, 2);
    let error = at_last(lost.into_future()).await.expect_err("nobody acked");
    assert_eq!(error.kind(), PublishErrorKind::TimedOut);
    assert_about(start.elapsed(), secs(5));
    stream.ack(&mut session.peer, &message, 1).await;
    session.peer.expect_nothing_for(secs(20)).await;
}

/// An ack that comes late, over another connection, is still the ack.
#[tokio::test(start_paused = true)]
async fn an_ack_over_the_next_connection() {
    let mut session = Session::start().await;
    let (context, mut stream) = (jetstream::new(session.client.clone()), Stream::default());
    let ack = publish(&context, "").await;
    let message = stream.published(&mut session.peer).await;
    session.reconnect().await;
    stream.forget();
    let second = publish(&context, "").await;
    stream.published(&mut session.peer).await;
    stream.ack(&mut session.peer, &message, 5).await;
    assert_eq!(at_last(ack.into_future()).await.expect("it came").sequence, 5);
    drop(second);
}

#[tokio::test(start_paused = true)]
async fn a_closed_client_ends_all_acks() {
    let Session { client, mut peer, .. } = Session::start().await;
    let context = jetstream::new(client.clone());
    let ack = publish(&context, "").await;
    let mut waiting = publish(&context, "").await.into_future();
    assert!(poll_once(&mut waiting).await.is_none());
    let draining = tokio::spawn(async move { client.drain_with_timeout(secs(1)).await });
    while let Some(op) = peer.next_op().await {
        if matches!(op, Op::Ping) {
            peer.send_pong().await;
        }
    }
    let _ = at_last(draining).await.expect("no panic");
    assert_eq!(
        at_last(waiting).await.expect_err("closed").kind(),
        PublishErrorKind::BrokenPipe
    );
    assert_eq!(
        at_last(ack.into_future()).await.expect_err("closed").kind(),
        PublishErrorKind::BrokenPipe
    );
    let error = at_last(context.publish("events", "".into())).await.expect_err("closed");
    assert_eq!(error.kind(), PublishErrorKind::Other);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_published_takes_no_place() {
    let Session { client, mut peer, .. } = Session::start().await;
    let context = ContextBuilder::new().max_ack_inflight(1).build(client);
    for subject in ["", "a b", "a\r\nPUB x 0\r\n"] {
        let error = at_last(context.publish(subject, "".into())).await.expect_err(subject);
        assert_eq!(error.kind(), PublishErrorKind::Other);
    }
    let large = vec![0; 1024 * 1024 + 1];
    let error = at_last(context.publish("events", large.into()))
        .await
        .expect_err("too large");
    assert_eq!(error.kind(), PublishErrorKind::MaxPayloadExceeded);
    assert!(error.to_string().contains("1048577"), "{error}");
    let _ack = publish(&context, "good").await;
    assert_eq!(Stream::default().published(&mut peer).await.text(), "good");
}

/// I18: everything may be dropped outside of a runtime.
#[tokio::test(start_paused = true)]
async fn all_can_be_dropped_outside_of_a_runtime() {
    let Session { client, mut peer, .. } = Session::start().await;
    let (context, mut stream) = (jetstream::new(client), Stream::default());
    let ack = publish(&context, "").await;
    let mut waiting = publish(&context, "").await.into_future();
    assert!(poll_once(&mut waiting).await.is_none());
    let mut retrying = publish(&context, "").await.into_future();
    let messages = stream.all_published(&mut peer, 3).await;
    stream.no_responders(&mut peer, &messages[2]).await;
    settle().await;
    assert!(poll_once(&mut retrying).await.is_none());
    let other = context.clone();
    std::thread::spawn(move || drop((ack, waiting, retrying, other)))
        .join()
        .expect("no panic");
    stream.ack(&mut peer, &messages[0], 1).await;
    stream.ack(&mut peer, &messages[1], 2).await;
    at_last(context.wait_for_acks()).await;
    std::thread::spawn(move || drop(context)).join().expect("no panic");
}
