//! Pulling from consumers with which something is wrong: what is told, what ends it, and that nothing is asked for in a hot
//! loop.

use async_nats::jetstream::consumer::pull::MessagesErrorKind;
use futures_util::StreamExt;
use serde_json::json;

use crate::jetstream_pull::{asks, error, next, reading};
use crate::support::consumers::*;
use crate::support::*;

#[tokio::test(start_paused = true)]
async fn what_came_is_handed_over_before_an_error_ends_it() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = reading(&mut session, 10).await;
    asks(&mut messages, &inbox, &mut session.peer).await;
    inbox.deliver_all(&mut session.peer, 1..=2).await;
    inbox.say(&mut session.peer, "409 Consumer Deleted", &[]).await;
    assert_eq!(next(&mut messages).await, 1);
    assert_eq!(next(&mut messages).await, 2);
    let (kind, text) = error(&mut messages).await;
    assert_eq!(kind, MessagesErrorKind::ConsumerDeleted);
    assert!(text.contains("Consumer Deleted"), "{text}");
    assert!(at_last(messages.next()).await.is_none());
    assert!(at_last(messages.next()).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_status_that_a_publisher_has_put_into_a_message_is_a_message() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = reading(&mut session, 10).await;
    asks(&mut messages, &inbox, &mut session.peer).await;
    let reply = Some("$JS.ACK.s.c.1.1.1.1700000000000000000.0");
    let forged = Some("409 Consumer Deleted");
    session
        .peer
        .send_hmsg(SUBJECT, inbox.sid, reply, forged, &[], "1")
        .await;
    inbox.deliver(&mut session.peer, 2, 2).await;
    assert_eq!(next(&mut messages).await, 1);
    assert_eq!(next(&mut messages).await, 2);
}

#[tokio::test(start_paused = true)]
async fn exceeded_max_request_ends_the_stream_with_the_words_of_the_server() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = reading(&mut session, 10).await;
    asks(&mut messages, &inbox, &mut session.peer).await;
    inbox
        .say(&mut session.peer, "409 Exceeded MaxRequestBatch of 5", &[])
        .await;
    let (kind, text) = error(&mut messages).await;
    assert_eq!(kind, MessagesErrorKind::RequestLimitExceeded);
    assert!(text.contains("Exceeded MaxRequestBatch of 5"), "{text}");
    assert!(at_last(messages.next()).await.is_none());
    session.peer.expect_nothing_for(secs(60)).await;
}

#[tokio::test(start_paused = true)]
async fn consumers_that_push_and_bad_requests_end_it() {
    for (status, kind) in [
        ("409 Consumer is push based", MessagesErrorKind::PushBasedConsumer),
        ("400 Bad Request - heartbeat value too large", MessagesErrorKind::Other),
    ] {
        let mut session = Session::start().await;
        let (mut messages, inbox) = reading(&mut session, 10).await;
        asks(&mut messages, &inbox, &mut session.peer).await;
        inbox.say(&mut session.peer, status, &[]).await;
        let (found, text) = error(&mut messages).await;
        assert_eq!(found, kind);
        assert!(text.contains(status.split_at(4).1), "{text}");
        assert!(at_last(messages.next()).await.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_is_not_there_is_told_once_and_found_when_it_comes() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = reading(&mut session, 10).await;
    asks(&mut messages, &inbox, &mut session.peer).await;
    inbox.say(&mut session.peer, "503", &[]).await;
    assert_eq!(error(&mut messages).await.0, MessagesErrorKind::NoResponders);
    let ((kind, _), ()) = tokio::join!(error(&mut messages), async {
        for _ in 0..4 {
            inbox.asked(&mut session.peer).await;
            inbox.say(&mut session.peer, "503", &[]).await;
        }
    });
    assert_eq!(kind, MessagesErrorKind::MissingHeartbeat);
    // Requests that came meanwhile and were not answered.
    let (sequence, ()) = tokio::join!(next(&mut messages), async {
        inbox.asked(&mut session.peer).await;
        inbox.deliver(&mut session.peer, 1, 1).await;
    });
    assert_eq!(sequence, 1);
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_changes_is_not_told_of() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = reading(&mut session, 10).await;
    asks(&mut messages, &inbox, &mut session.peer).await;
    inbox.deliver(&mut session.peer, 1, 1).await;
    assert_eq!(next(&mut messages).await, 1);
    let (sequence, ()) = tokio::join!(next(&mut messages), async {
        let left = [("Nats-Pending-Messages", "9"), ("Nats-Pending-Bytes", "0")];
        inbox.say(&mut session.peer, "409 Leadership Change", &left).await;
        for _ in 0..3 {
            assert_eq!(inbox.asked(&mut session.peer).await["batch"], 10);
            inbox.say(&mut session.peer, "503", &[]).await;
        }
        inbox.asked(&mut session.peer).await;
        inbox.deliver(&mut session.peer, 2, 2).await;
    });
    assert_eq!(sequence, 2);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_ends_each_request_at_once_is_not_asked_in_a_hot_loop() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = reading(&mut session, 10).await;
    let start = tokio::time::Instant::now();
    let server = async {
        for _ in 0..12 {
            inbox.asked(&mut session.peer).await;
            let left = [("Nats-Pending-Messages", "10"), ("Nats-Pending-Bytes", "0")];
            inbox.say(&mut session.peer, "409 Server Shutdown", &left).await;
        }
    };
    tokio::select! {
        item = messages.next() => panic!("{item:?}"),
        () = at_last(server) => {}
    }
    assert!(start.elapsed() > secs(20), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_message_larger_than_a_request_is_told_and_not_asked_for_in_a_hot_loop() {
    let mut session = Session::start().await;
    let consumer = pull_consumer(&session.client, json!({}));
    let mut messages = consumer.stream().max_bytes_per_batch(100).messages().await.unwrap();
    let inbox = Inbox::made(&mut session.peer).await;
    asks(&mut messages, &inbox, &mut session.peer).await;
    let left = [("Nats-Pending-Messages", "1000000"), ("Nats-Pending-Bytes", "100")];
    let refusal = "409 Message Size Exceeds MaxBytes";
    inbox.say(&mut session.peer, refusal, &left).await;
    let (kind, text) = error(&mut messages).await;
    assert_eq!(kind, MessagesErrorKind::Pull);
    assert!(text.contains("Message Size Exceeds MaxBytes"), "{text}");
    assert!(poll_once(&mut messages.next()).await.is_none());
    session.peer.expect_nothing_for(millis(90)).await;
    let (sequence, ()) = tokio::join!(next(&mut messages), async {
        inbox.asked(&mut session.peer).await;
        inbox.deliver(&mut session.peer, 1, 1).await;
    });
    assert_eq!(sequence, 1);
}
