//! Consumers that push: flow control, heartbeats, queue groups, and what a new connection does.

use async_nats::jetstream::consumer::push::{Messages, MessagesErrorKind};
use futures_util::StreamExt;
use serde_json::{json, Value};

use crate::support::consumers::*;
use crate::support::*;

async fn reading(session: &mut Session, mut config: Value) -> (Messages, Inbox) {
    config["deliver_subject"] = "push".into();
    let consumer = push_consumer(&session.client, config);
    let messages = consumer.messages().await.expect("the client is open");
    let inbox = Inbox::made(&mut session.peer).await;
    assert_eq!(inbox.subject, "push");
    (messages, inbox)
}

/// The sequence of the next message.
async fn next(messages: &mut Messages) -> u64 {
    let message = at_last(messages.next())
        .await
        .expect("it has no end")
        .expect("no error");
    message.info().expect("it comes from a consumer").stream_sequence
}

#[tokio::test(start_paused = true)]
async fn messages_come_and_nothing_is_asked_for() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = reading(&mut session, json!({})).await;
    inbox.deliver_all(&mut session.peer, 1..=5).await;
    for sequence in 1..=5 {
        assert_eq!(next(&mut messages).await, sequence);
    }
    session.peer.expect_nothing_for(secs(30)).await;
    drop(messages);
    assert_eq!(session.peer.expect_unsub().await.sid, inbox.sid);
}

#[tokio::test(start_paused = true)]
async fn a_deliver_group_is_a_queue_group() {
    let mut session = Session::start().await;
    let config = json!({"deliver_subject": "push", "deliver_group": "workers"});
    let consumer = push_consumer(&session.client, config);
    let _messages = consumer.messages().await.unwrap();
    assert_eq!(session.peer.expect_sub().await.queue.as_deref(), Some("workers"));
}

/// An answer says that what came before was read, so it must not come earlier.
#[tokio::test(start_paused = true)]
async fn flow_control_is_answered_after_what_came_before_it_was_handed_over() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = reading(&mut session, json!({"flow_control": true})).await;
    let request = "100 FlowControl Request";
    let (sid, peer) = (inbox.sid, &mut session.peer);
    inbox.deliver_all(peer, 1..=2).await;
    peer.send_hmsg("push", sid, Some("$JS.FC.s.c.one"), Some(request), &[], "")
        .await;
    inbox.deliver(peer, 3, 3).await;
    assert_eq!(next(&mut messages).await, 1);
    assert_eq!(next(&mut messages).await, 2);
    peer.expect_nothing_for(secs(1)).await;
    assert_eq!(next(&mut messages).await, 3);
    let answer = peer.expect_pub().await;
    assert_eq!(
        (answer.subject.as_str(), answer.text().as_str()),
        ("$JS.FC.s.c.one", "")
    );
    // At once when nothing is buffered.
    let waiting = tokio::spawn(async move { next(&mut messages).await });
    settle().await;
    peer.send_hmsg("push", sid, Some("$JS.FC.s.c.two"), Some(request), &[], "")
        .await;
    assert_eq!(peer.expect_pub().await.subject, "$JS.FC.s.c.two");
    inbox.deliver(peer, 4, 4).await;
    assert_eq!(at_last(waiting).await.unwrap(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_stalled_consumer_is_answered() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = reading(&mut session, json!({"flow_control": true})).await;
    assert!(poll_once(&mut messages.next()).await.is_none());
    let waiting = tokio::spawn(async move { next(&mut messages).await });
    let headers = [("Nats-Last-Consumer", "0"), ("Nats-Consumer-Stalled", "$JS.FC.s.c.x")];
    inbox.say(&mut session.peer, "100 Idle Heartbeat", &headers).await;
    assert_eq!(session.peer.expect_pub().await.subject, "$JS.FC.s.c.x");
    inbox.deliver(&mut session.peer, 1, 1).await;
    assert_eq!(at_last(waiting).await.unwrap(), 1);
}

/// What a server says cannot become protocol.
#[tokio::test(start_paused = true)]
async fn a_stalled_subject_that_is_none_is_not_answered() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = reading(&mut session, json!({"flow_control": true})).await;
    let headers = [("Nats-Consumer-Stalled", "a b")];
    inbox.say(&mut session.peer, "100 Idle Heartbeat", &headers).await;
    inbox.deliver(&mut session.peer, 1, 1).await;
    assert_eq!(next(&mut messages).await, 1);
    session.peer.expect_nothing_for(secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_silent_consumer_is_told_of_and_reading_goes_on() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = reading(&mut session, json!({"idle_heartbeat": 5_000_000_000_u64})).await;
    let start = tokio::time::Instant::now();
    let (item, ()) = tokio::join!(at_last(messages.next()), async {
        tokio::time::sleep(secs(5)).await;
        inbox.heartbeat(&mut session.peer, 0).await;
    });
    let error = error_of(item.expect("it goes on"));
    assert_eq!(error.kind(), MessagesErrorKind::MissingHeartbeat);
    assert_about(start.elapsed(), secs(15));
    inbox.deliver(&mut session.peer, 1, 1).await;
    assert_eq!(next(&mut messages).await, 1);
}

/// The regression: a heartbeat was missed while messages waited to be read.
#[tokio::test(start_paused = true)]
async fn no_heartbeat_is_missing_while_messages_are_buffered() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = reading(&mut session, json!({"idle_heartbeat": 5_000_000_000_u64})).await;
    assert!(poll_once(&mut messages.next()).await.is_none());
    inbox.deliver_all(&mut session.peer, 1..=3).await;
    for sequence in 1..=3 {
        tokio::time::sleep(secs(50)).await;
        assert_eq!(next(&mut messages).await, sequence);
    }
    assert!(poll_once(&mut messages.next()).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_missed_while_there_is_no_connection() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = reading(&mut session, json!({"idle_heartbeat": 5_000_000_000_u64})).await;
    inbox.deliver(&mut session.peer, 1, 1).await;
    assert_eq!(next(&mut messages).await, 1);
    drop(std::mem::replace(&mut session.peer, nobody()));
    let (sequence, ()) = tokio::join!(next(&mut messages), async {
        session.net.refuse_for(secs(100)).await;
        session.peer = session.net.accept().await;
        session.peer.handshake().await;
        let inbox = Inbox::made(&mut session.peer).await;
        tokio::time::sleep(secs(9)).await;
        inbox.deliver(&mut session.peer, 2, 2).await;
    });
    assert_eq!(sequence, 2);
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_was_deleted_is_told_of() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = reading(&mut session, json!({})).await;
    inbox.deliver(&mut session.peer, 1, 1).await;
    inbox.say(&mut session.peer, "409 Consumer Deleted", &[]).await;
    inbox.deliver(&mut session.peer, 2, 1).await;
    assert_eq!(next(&mut messages).await, 1);
    let error = error_of(at_last(messages.next()).await.unwrap());
    assert_eq!(error.kind(), MessagesErrorKind::ConsumerDeleted);
    assert_eq!(next(&mut messages).await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_delivery_subject_that_is_none_is_refused() {
    let session = Session::start().await;
    for config in [
        json!({"deliver_subject": "a b"}),
        json!({"deliver_subject": ""}),
        json!({"deliver_subject": "a", "deliver_group": "b c"}),
    ] {
        error_of(push_consumer(&session.client, config).messages().await);
    }
    error_of(
        ordered_push(&session.client, json!({"deliver_subject": ""}))
            .messages()
            .await,
    );
}

/// The regression: what reads from a consumer panicked when it was dropped outside of a runtime.
#[tokio::test(start_paused = true)]
async fn it_may_be_dropped_outside_of_a_runtime() {
    let mut session = Session::start().await;
    let (messages, inbox) = reading(&mut session, json!({"idle_heartbeat": 5_000_000_000_u64})).await;
    std::thread::spawn(move || drop(messages)).join().expect("no panic");
    assert_eq!(session.peer.expect_unsub().await.sid, inbox.sid);
}
