//! Pulling without an end: what is asked for and when, what is told, and what a new connection does.

use async_nats::jetstream::consumer::pull::{MessagesErrorKind, Stream};
use futures_util::StreamExt;
use serde_json::{json, Value};

use crate::support::consumers::*;
use crate::support::*;

/// The sequence of the next message.
pub(crate) async fn next(messages: &mut Stream) -> u64 {
    let message = at_last(messages.next())
        .await
        .expect("it has no end")
        .expect("no error");
    message.info().expect("it comes from a consumer").stream_sequence
}

/// The kind and the text of the error that comes next.
pub(crate) async fn error(messages: &mut Stream) -> (MessagesErrorKind, String) {
    let error = error_of(at_last(messages.next()).await.expect("it has no end"));
    (error.kind(), error.to_string())
}

/// A reader of batches of `batch` with a heartbeat of 15 s, and its inbox.
pub(crate) async fn reading(session: &mut Session, batch: usize) -> (Stream, Inbox) {
    let consumer = pull_consumer(&session.client, json!({}));
    let stream = consumer.stream().max_messages_per_batch(batch).heartbeat(secs(15));
    let messages = stream.messages().await.expect("the client is open");
    let inbox = Inbox::made(&mut session.peer).await;
    (messages, inbox)
}

/// Polls until the request is there, with nothing to read; the request.
pub(crate) async fn asks(messages: &mut Stream, inbox: &Inbox, peer: &mut Peer) -> Value {
    assert!(poll_once(&mut messages.next()).await.is_none(), "nothing came");
    inbox.asked(peer).await
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_for_before_somebody_reads() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = reading(&mut session, 10).await;
    session.peer.expect_nothing_for(secs(60)).await;
    let request = asks(&mut messages, &inbox, &mut session.peer).await;
    assert_eq!(
        request,
        json!({"batch": 10, "expires": 30_000_000_000_u64, "idle_heartbeat": 15_000_000_000_u64})
    );
}

#[tokio::test(start_paused = true)]
async fn more_is_asked_for_when_half_was_read() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = reading(&mut session, 10).await;
    asks(&mut messages, &inbox, &mut session.peer).await;
    inbox.deliver_all(&mut session.peer, 1..=10).await;
    for sequence in 1..=4 {
        assert_eq!(next(&mut messages).await, sequence);
    }
    session.peer.expect_nothing_for(millis(10)).await;
    assert_eq!(next(&mut messages).await, 5);
    assert_eq!(inbox.asked(&mut session.peer).await["batch"], 5);
    assert_eq!(next(&mut messages).await, 6);
    session.peer.expect_nothing_for(millis(10)).await;
}

#[tokio::test(start_paused = true)]
async fn unset_batch_and_expiry_are_capped_to_the_limits_of_the_consumer() {
    let mut session = Session::start().await;
    let limits = json!({"max_batch": 7, "max_expires": 2_000_000_000_u64});
    let consumer = pull_consumer(&session.client, limits);
    let mut messages = consumer.messages().await.unwrap();
    let inbox = Inbox::made(&mut session.peer).await;
    let request = asks(&mut messages, &inbox, &mut session.peer).await;
    assert_eq!(
        request,
        json!({"batch": 7, "expires": 2_000_000_000_u64, "idle_heartbeat": 1_000_000_000_u64})
    );
    let mut messages = consumer.stream().max_bytes_per_batch(100).messages().await.unwrap();
    let inbox = Inbox::made(&mut session.peer).await;
    let request = asks(&mut messages, &inbox, &mut session.peer).await;
    assert_eq!((&request["batch"], &request["max_bytes"]), (&7.into(), &100.into()));
}

#[tokio::test(start_paused = true)]
async fn a_silent_consumer_is_told_of_and_asked_again() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = reading(&mut session, 10).await;
    asks(&mut messages, &inbox, &mut session.peer).await;
    let start = tokio::time::Instant::now();
    let ((kind, _), ()) = tokio::join!(error(&mut messages), async {
        tokio::time::sleep(secs(10)).await;
        inbox.heartbeat(&mut session.peer, 0).await;
    });
    assert_eq!(kind, MessagesErrorKind::MissingHeartbeat);
    assert_about(start.elapsed(), secs(40));
    assert_eq!(asks(&mut messages, &inbox, &mut session.peer).await["batch"], 10);
    inbox.deliver(&mut session.peer, 1, 1).await;
    assert_eq!(next(&mut messages).await, 1);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_told_of_silence_who_did_not_ask_for_heartbeats() {
    let mut session = Session::start().await;
    let consumer = pull_consumer(&session.client, json!({}));
    let mut messages = consumer.stream().messages().await.unwrap();
    let inbox = Inbox::made(&mut session.peer).await;
    let request = asks(&mut messages, &inbox, &mut session.peer).await;
    assert_eq!(request["idle_heartbeat"], 15_000_000_000_u64);
    session.peer.answer_pings(true);
    session.peer.set_patience(secs(60));
    let (sequence, ()) = tokio::join!(next(&mut messages), async {
        for _ in 0..3 {
            inbox.asked(&mut session.peer).await;
        }
        inbox.deliver(&mut session.peer, 1, 1).await;
    });
    assert_eq!(sequence, 1);
}

/// The regression: a heartbeat was missed while messages waited to be read.
#[tokio::test(start_paused = true)]
async fn no_heartbeat_is_missing_while_messages_are_buffered() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = reading(&mut session, 10).await;
    asks(&mut messages, &inbox, &mut session.peer).await;
    inbox.deliver_all(&mut session.peer, 1..=3).await;
    assert_eq!(next(&mut messages).await, 1);
    tokio::time::sleep(secs(50)).await;
    assert_eq!(next(&mut messages).await, 2);
    tokio::time::sleep(secs(50)).await;
    assert_eq!(next(&mut messages).await, 3);
    assert!(
        poll_once(&mut messages.next()).await.is_none(),
        "silence counts from now on"
    );
}

#[tokio::test(start_paused = true)]
async fn over_a_new_connection_it_asks_again_and_tells_nothing() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = reading(&mut session, 10).await;
    asks(&mut messages, &inbox, &mut session.peer).await;
    inbox.deliver(&mut session.peer, 1, 1).await;
    assert_eq!(next(&mut messages).await, 1);
    let (sequence, ()) = tokio::join!(next(&mut messages), async {
        session.reconnect().await;
        let inbox = Inbox::made(&mut session.peer).await;
        assert_eq!(inbox.asked(&mut session.peer).await["batch"], 10);
        inbox.deliver(&mut session.peer, 2, 2).await;
    });
    assert_eq!(sequence, 2);
}

/// Without a connection there is nobody to miss.
#[tokio::test(start_paused = true)]
async fn nothing_is_missed_while_there_is_no_connection() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = reading(&mut session, 10).await;
    asks(&mut messages, &inbox, &mut session.peer).await;
    drop(std::mem::replace(&mut session.peer, nobody()));
    let mut waiting = messages.next();
    assert!(poll_once(&mut waiting).await.is_none());
    let (item, ()) = tokio::join!(at_last(waiting), async {
        session.net.refuse_for(secs(100)).await;
        session.peer = session.net.accept().await;
        session.peer.handshake().await;
        let inbox = Inbox::made(&mut session.peer).await;
        inbox.asked(&mut session.peer).await;
        inbox.deliver(&mut session.peer, 1, 1).await;
    });
    item.expect("it goes on").expect("nothing is told");
}

/// Whoever may publish to a stream cannot end its readers.
/// The regression: a request over the consumer's limit was sent again for ever.
#[tokio::test(start_paused = true)]
async fn a_request_that_expired_is_followed_by_another() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = reading(&mut session, 10).await;
    asks(&mut messages, &inbox, &mut session.peer).await;
    let (sequence, ()) = tokio::join!(next(&mut messages), async {
        for _ in 0..3 {
            for _ in 0..2 {
                tokio::time::sleep(secs(15)).await;
                inbox.heartbeat(&mut session.peer, 0).await;
            }
            let left = [("Nats-Pending-Messages", "10"), ("Nats-Pending-Bytes", "0")];
            inbox.say(&mut session.peer, "408 Request Timeout", &left).await;
            assert_eq!(inbox.asked(&mut session.peer).await["batch"], 10);
        }
        inbox.deliver(&mut session.peer, 1, 1).await;
    });
    assert_eq!(sequence, 1);
}

#[cfg(feature = "server_2_11")]
#[tokio::test(start_paused = true)]
async fn a_pinned_client_names_itself_until_another_one_is_pinned() {
    let mut session = Session::start().await;
    let config = json!({"priority_policy": "pinned_client", "priority_groups": ["A"]});
    let consumer = pull_consumer(&session.client, config);
    let stream = consumer.stream().max_messages_per_batch(1).group("A");
    let mut messages = stream.messages().await.unwrap();
    let inbox = Inbox::made(&mut session.peer).await;
    let first = asks(&mut messages, &inbox, &mut session.peer).await;
    assert_eq!((&first["group"], &first["id"]), (&"A".into(), &Value::Null));
    let reply = "$JS.ACK.s.c.1.1.1.1700000000000000000.0";
    let headers = [("Nats-Pin-Id", "forged"), ("Nats-Pin-Id", "mine")];
    let sid = inbox.sid;
    session
        .peer
        .send_hmsg(SUBJECT, sid, Some(reply), None, &headers, "1")
        .await;
    assert_eq!(next(&mut messages).await, 1);
    assert_eq!(inbox.asked(&mut session.peer).await["id"], "mine");
    let left = [("Nats-Pending-Messages", "1"), ("Nats-Pending-Bytes", "0")];
    inbox.say(&mut session.peer, "423 Nats-Wrong-Pin-Id", &left).await;
    let (sequence, ()) = tokio::join!(next(&mut messages), async {
        assert_eq!(inbox.asked(&mut session.peer).await["id"], Value::Null);
        inbox.deliver(&mut session.peer, 2, 2).await;
    });
    assert_eq!(sequence, 2);
}

#[cfg(feature = "server_2_12")]
#[tokio::test(start_paused = true)]
async fn groups_thresholds_and_priorities_are_asked_for() {
    let mut session = Session::start().await;
    let consumer = pull_consumer(&session.client, json!({}));
    let stream = consumer
        .stream()
        .group("A")
        .min_pending(1)
        .min_ack_pending(2)
        .priority(3);
    let mut messages = stream.messages().await.unwrap();
    let inbox = Inbox::made(&mut session.peer).await;
    let request = asks(&mut messages, &inbox, &mut session.peer).await;
    assert_eq!(request["group"], "A");
    assert_eq!(
        (&request["min_pending"], &request["min_ack_pending"]),
        (&1.into(), &2.into())
    );
    assert_eq!(request["priority"], 3);
}

#[tokio::test(start_paused = true)]
async fn it_ends_with_the_client() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = reading(&mut session, 10).await;
    asks(&mut messages, &inbox, &mut session.peer).await;
    drain(&mut session).await;
    assert!(at_last(messages.next()).await.is_none());
}

/// The regression: what reads from a consumer panicked when it was dropped outside of a runtime.
#[tokio::test(start_paused = true)]
async fn it_may_be_dropped_outside_of_a_runtime() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = reading(&mut session, 10).await;
    asks(&mut messages, &inbox, &mut session.peer).await;
    std::thread::spawn(move || drop(messages)).join().expect("no panic");
    assert_eq!(session.peer.expect_unsub().await.sid, inbox.sid);
}
