//! One request and its answer: batches, fetches, sequences of batches.

use async_nats::jetstream::consumer::pull::{Batch, MessagesError, MessagesErrorKind};
use futures_util::StreamExt;
use serde_json::{json, Value};

use crate::support::consumers::*;
use crate::support::*;

/// The sequences of all messages, and the error at the end, if there is one.
async fn all(mut batch: Batch) -> (Vec<u64>, Option<MessagesErrorKind>) {
    let mut sequences = Vec::new();
    while let Some(item) = at_last(batch.next()).await {
        match item {
            Ok(message) => sequences.push(message.info().expect("it comes from a consumer").stream_sequence),
            Err(error) => {
                let error = error.downcast::<MessagesError>().expect("it is one of those");
                assert!(at_last(batch.next()).await.is_none(), "an error is the last item");
                return (sequences, Some(error.kind()));
            }
        }
    }
    (sequences, None)
}

async fn begun(session: &mut Session, batch: impl std::future::Future<Output = Batch>) -> (Batch, Inbox, Value) {
    let batch = batch.await;
    let inbox = Inbox::made(&mut session.peer).await;
    let request = inbox.asked(&mut session.peer).await;
    (batch, inbox, request)
}

/// The regression: the priority of a fetch was taken for its size.
#[cfg(feature = "server_2_12")]
#[tokio::test(start_paused = true)]
async fn fetch_builder_priority_leaves_the_size_alone() {
    let mut session = Session::start().await;
    let consumer = pull_consumer(&session.client, json!({}));
    let fetch = consumer.fetch().max_messages(50).group("A").priority(3);
    let (_batch, _, request) = begun(&mut session, async { fetch.messages().await.unwrap() }).await;
    assert_eq!(
        request,
        json!({"batch": 50, "no_wait": true, "group": "A", "priority": 3})
    );
}

#[tokio::test(start_paused = true)]
async fn a_fetch_takes_what_is_there() {
    let mut session = Session::start().await;
    let consumer = pull_consumer(&session.client, json!({"max_batch": 9}));
    let (batch, inbox, request) = begun(&mut session, async { consumer.fetch().messages().await.unwrap() }).await;
    assert_eq!(request, json!({"batch": 9, "no_wait": true}));
    inbox.deliver_all(&mut session.peer, 1..=3).await;
    inbox.say(&mut session.peer, "404 No Messages", &[]).await;
    assert_eq!(all(batch).await, (vec![1, 2, 3], None));
    assert_eq!(session.peer.expect_unsub().await.sid, inbox.sid);
}

#[tokio::test(start_paused = true)]
async fn a_batch_ends_when_it_is_full() {
    let mut session = Session::start().await;
    let consumer = pull_consumer(&session.client, json!({}));
    let batch = consumer.batch().max_messages(3).expires(secs(30));
    let (batch, inbox, request) = begun(&mut session, async { batch.messages().await.unwrap() }).await;
    assert_eq!(request, json!({"batch": 3, "expires": 30_000_000_000_u64}));
    inbox.deliver_all(&mut session.peer, 1..=4).await;
    assert_eq!(all(batch).await, (vec![1, 2, 3], None));
}

#[tokio::test(start_paused = true)]
async fn a_batch_ends_with_its_request() {
    let mut session = Session::start().await;
    let consumer = pull_consumer(&session.client, json!({"max_expires": 3_000_000_000_u64}));
    let (batch, inbox, request) = begun(&mut session, async { consumer.batch().messages().await.unwrap() }).await;
    assert_eq!(request, json!({"batch": 200, "expires": 3_000_000_000_u64}));
    inbox.deliver(&mut session.peer, 1, 1).await;
    inbox.say(&mut session.peer, "408 Request Timeout", &[]).await;
    assert_eq!(all(batch).await, (vec![1], None));
}

/// The regression: after an idle heartbeat nobody was woken for the messages that followed.
#[tokio::test(start_paused = true)]
async fn a_batch_goes_on_after_an_idle_heartbeat() {
    let mut session = Session::start().await;
    let consumer = pull_consumer(&session.client, json!({}));
    let batch = consumer.batch().max_messages(2).expires(secs(60)).heartbeat(secs(20));
    let (batch, inbox, _) = begun(&mut session, async { batch.messages().await.unwrap() }).await;
    let reading = tokio::spawn(all(batch));
    for _ in 0..3 {
        settle().await;
        inbox.heartbeat(&mut session.peer, 0).await;
    }
    settle().await;
    inbox.deliver(&mut session.peer, 1, 1).await;
    settle().await;
    inbox.heartbeat(&mut session.peer, 1).await;
    settle().await;
    inbox.deliver(&mut session.peer, 2, 2).await;
    assert_eq!(at_last(reading).await.unwrap(), (vec![1, 2], None));
}

#[tokio::test(start_paused = true)]
async fn a_batch_misses_the_heartbeats_that_it_asked_for() {
    let mut session = Session::start().await;
    let consumer = pull_consumer(&session.client, json!({}));
    let batch = consumer.batch().expires(secs(60)).heartbeat(secs(20));
    let (batch, inbox, request) = begun(&mut session, async { batch.messages().await.unwrap() }).await;
    assert_eq!(request["idle_heartbeat"], 20_000_000_000_u64);
    inbox.deliver(&mut session.peer, 1, 1).await;
    let start = tokio::time::Instant::now();
    assert_eq!(all(batch).await, (vec![1], Some(MessagesErrorKind::MissingHeartbeat)));
    assert_about(start.elapsed(), secs(40));
}

#[tokio::test(start_paused = true)]
async fn a_batch_whose_request_was_lost_ends() {
    let mut session = Session::start().await;
    let consumer = pull_consumer(&session.client, json!({}));
    let batch = consumer.batch().expires(secs(30));
    let (batch, inbox, _) = begun(&mut session, async { batch.messages().await.unwrap() }).await;
    let start = tokio::time::Instant::now();
    assert_eq!(all(batch).await, (vec![], None));
    assert_about(start.elapsed(), secs(35));
    assert_eq!(session.peer.expect_unsub().await.sid, inbox.sid);
    let (batch, _, _) = begun(&mut session, async { consumer.fetch().messages().await.unwrap() }).await;
    let start = tokio::time::Instant::now();
    assert_eq!(all(batch).await, (vec![], None));
    assert_about(start.elapsed(), secs(5));
}

/// What has come is handed over however late the reader is.
#[tokio::test(start_paused = true)]
async fn a_batch_that_is_read_late_is_whole() {
    let mut session = Session::start().await;
    let consumer = pull_consumer(&session.client, json!({}));
    let batch = consumer.batch().expires(secs(1));
    let (batch, inbox, _) = begun(&mut session, async { batch.messages().await.unwrap() }).await;
    inbox.deliver_all(&mut session.peer, 1..=3).await;
    inbox.say(&mut session.peer, "408 Request Timeout", &[]).await;
    tokio::time::sleep(secs(100)).await;
    assert_eq!(all(batch).await, (vec![1, 2, 3], None));
}

#[tokio::test(start_paused = true)]
async fn everything_else_is_an_error_at_the_end() {
    for (status, kind) in [
        ("503", MessagesErrorKind::NoResponders),
        ("409 Consumer Deleted", MessagesErrorKind::ConsumerDeleted),
        ("409 Consumer is push based", MessagesErrorKind::PushBasedConsumer),
        (
            "409 Exceeded MaxRequestBatch of 5",
            MessagesErrorKind::RequestLimitExceeded,
        ),
        ("409 Leadership Change", MessagesErrorKind::Other),
        ("409 Exceeded MaxWaiting", MessagesErrorKind::Other),
        ("400 Bad Request", MessagesErrorKind::Other),
    ] {
        let mut session = Session::start().await;
        let consumer = pull_consumer(&session.client, json!({}));
        let (batch, inbox, _) = begun(&mut session, async { consumer.fetch().messages().await.unwrap() }).await;
        inbox.deliver(&mut session.peer, 1, 1).await;
        inbox.say(&mut session.peer, status, &[]).await;
        assert_eq!(all(batch).await, (vec![1], Some(kind)), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn bytes_that_are_used_up_end_a_batch() {
    let mut session = Session::start().await;
    let consumer = pull_consumer(&session.client, json!({}));
    let fetch = consumer.fetch().max_bytes(100);
    let (batch, inbox, request) = begun(&mut session, async { fetch.messages().await.unwrap() }).await;
    assert_eq!(request["max_bytes"], 100);
    inbox.deliver(&mut session.peer, 1, 1).await;
    inbox
        .say(&mut session.peer, "409 Message Size Exceeds MaxBytes", &[])
        .await;
    assert_eq!(all(batch).await, (vec![1], None));
}

#[tokio::test(start_paused = true)]
async fn a_sequence_is_one_batch_after_the_other() {
    let mut session = Session::start().await;
    let consumer = pull_consumer(&session.client, json!({"max_batch": 2}));
    let mut batches = consumer.sequence(3).unwrap();
    session.peer.expect_nothing_for(secs(1)).await;
    for round in 0..3 {
        let batch = at_last(batches.next()).await.unwrap().unwrap();
        let inbox = Inbox::made(&mut session.peer).await;
        let request = inbox.asked(&mut session.peer).await;
        assert_eq!(request, json!({"batch": 2, "expires": 60_000_000_000_u64}));
        let first = round * 2 + 1;
        inbox.deliver_all(&mut session.peer, first..=first + 1).await;
        assert_eq!(all(batch).await, (vec![first, first + 1], None));
        assert_eq!(session.peer.expect_unsub().await.sid, inbox.sid);
    }
}

#[cfg(feature = "server_2_11")]
#[tokio::test(start_paused = true)]
async fn a_consumer_with_a_pinned_client_has_no_batches() {
    use async_nats::jetstream::consumer::pull::BatchErrorKind;

    let mut session = Session::start().await;
    let config = json!({"priority_policy": "pinned_client", "priority_groups": ["A"]});
    let consumer = pull_consumer(&session.client, config);
    let error = error_of(consumer.fetch().group("A").messages().await);
    assert_eq!(error.kind(), BatchErrorKind::PinnedClient);
    assert_eq!(error_of(consumer.sequence(5)).kind(), BatchErrorKind::PinnedClient);
    session.peer.expect_nothing_for(secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_request_alone_goes_to_an_inbox_of_the_callers() {
    use async_nats::jetstream::consumer::pull::{BatchConfig, BatchRequestErrorKind};

    let mut session = Session::start().await;
    let consumer = pull_consumer(&session.client, json!({}));
    let config = BatchConfig {
        batch: 4,
        expires: Some(secs(1)),
        ..Default::default()
    };
    consumer.request_batch(config.clone(), "mine".into()).await.unwrap();
    let asked = session.peer.expect_pub().await;
    assert_eq!(asked.subject, "$JS.API.CONSUMER.MSG.NEXT.s.c");
    assert_eq!(asked.reply.as_deref(), Some("mine"));
    assert_eq!(asked.text(), r#"{"batch":4,"expires":1000000000}"#);
    let error = error_of(consumer.request_batch(config, "not mine".into()).await);
    assert_eq!(error.kind(), BatchRequestErrorKind::Publish);
}

/// The regression: batches panicked when they were dropped outside of a runtime.
#[tokio::test(start_paused = true)]
async fn a_batch_may_be_dropped_outside_of_a_runtime() {
    let mut session = Session::start().await;
    let consumer = pull_consumer(&session.client, json!({}));
    let (batch, inbox, _) = begun(&mut session, async { consumer.fetch().messages().await.unwrap() }).await;
    std::thread::spawn(move || drop(batch)).join().expect("no panic");
    assert_eq!(session.peer.expect_unsub().await.sid, inbox.sid);
}

#[tokio::test(start_paused = true)]
async fn a_closed_client_begins_nothing() {
    use async_nats::jetstream::consumer::pull::BatchErrorKind;

    let mut session = Session::start().await;
    let consumer = pull_consumer(&session.client, json!({}));
    let mut batches = consumer.sequence(1).unwrap();
    drain(&mut session).await;
    assert_eq!(
        error_of(consumer.fetch().messages().await).kind(),
        BatchErrorKind::Subscribe
    );
    let error = error_of(at_last(batches.next()).await.unwrap());
    assert_eq!(error.kind(), MessagesErrorKind::Pull);
    error_of(consumer.messages().await);
}
