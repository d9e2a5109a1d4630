//! Reading in order: gaps, silence, new connections, consumers that cannot be made, and what is left
//! behind.

use async_nats::jetstream::consumer::push;
use async_nats::jetstream::Message;
use futures_util::StreamExt;
use serde_json::{json, Value};

use crate::support::consumers::*;
use crate::support::*;

async fn pushed(session: &mut Session, mut config: Value) -> (push::Ordered, Inbox) {
    config["deliver_subject"] = "push".into();
    config["idle_heartbeat"] = 5_000_000_000_u64.into();
    config["flow_control"] = true.into();
    let consumer = ordered_push(&session.client, config);
    let messages = consumer.messages().await.expect("the client is open");
    let inbox = Inbox::made(&mut session.peer).await;
    (messages, inbox)
}

pub(crate) fn sequence(message: Message) -> u64 {
    message.info().expect("it comes from a consumer").stream_sequence
}

async fn next(messages: &mut push::Ordered) -> u64 {
    sequence(
        at_last(messages.next())
            .await
            .expect("it has no end")
            .expect("no error"),
    )
}

/// The next consumer is asked for and there; its inbox and what was asked for.
async fn remade(session: &mut Session, api: &mut Api, old: &str, name: &str) -> (Inbox, Value) {
    api.deleted(&mut session.peer, old).await;
    let inbox = Inbox::made(&mut session.peer).await;
    let asked = api.remade(&mut session.peer, name).await;
    assert_eq!(asked.json["config"]["deliver_subject"], inbox.subject);
    api.made(&mut session.peer, &asked).await;
    (inbox, asked.json["config"].clone())
}

/// What a reader that finds the old consumer of no use does first: the old inbox goes when the new consumer is made.
pub(crate) async fn gone(session: &mut Session, inbox: &Inbox) {
    assert_eq!(session.peer.expect_unsub().await.sid, inbox.sid);
}

#[tokio::test(start_paused = true)]
async fn a_gap_is_filled_by_another_consumer() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = pushed(&mut session, json!({})).await;
    let mut api = Api::default();
    inbox.deliver(&mut session.peer, 10, 1).await;
    inbox.deliver(&mut session.peer, 11, 2).await;
    inbox.deliver(&mut session.peer, 13, 4).await;
    inbox.deliver(&mut session.peer, 14, 5).await;
    assert_eq!(next(&mut messages).await, 10);
    assert_eq!(next(&mut messages).await, 11);
    let (sequence, ()) = tokio::join!(next(&mut messages), async {
        gone(&mut session, &inbox).await;
        let (inbox, config) = remade(&mut session, &mut api, "c", "c_1").await;
        assert_eq!(config["deliver_policy"], "by_start_sequence");
        assert_eq!(config["opt_start_seq"], 12);
        assert_eq!(
            (&config["ack_policy"], &config["max_deliver"]),
            (&"none".into(), &1.into())
        );
        assert_eq!(
            (&config["mem_storage"], &config["num_replicas"]),
            (&true.into(), &1.into())
        );
        assert_eq!(
            (&config["flow_control"], &config["idle_heartbeat"]),
            (&true.into(), &5_000_000_000_u64.into())
        );
        inbox.deliver(&mut session.peer, 12, 1).await;
        inbox.deliver(&mut session.peer, 13, 2).await;
    });
    assert_eq!(sequence, 12);
    assert_eq!(next(&mut messages).await, 13);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_handed_over_twice() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = pushed(&mut session, json!({})).await;
    let mut api = Api::default();
    inbox.deliver(&mut session.peer, 1, 1).await;
    inbox.deliver(&mut session.peer, 1, 1).await;
    assert_eq!(next(&mut messages).await, 1);
    let (sequence, ()) = tokio::join!(next(&mut messages), async {
        gone(&mut session, &inbox).await;
        let (inbox, config) = remade(&mut session, &mut api, "c", "c_1").await;
        assert_eq!(config["opt_start_seq"], 2);
        inbox.deliver(&mut session.peer, 2, 1).await;
    });
    assert_eq!(sequence, 2);
}

/// It begins behind what was handed over, not behind what has come.
#[tokio::test(start_paused = true)]
async fn what_was_not_handed_over_is_read_again() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = pushed(&mut session, json!({})).await;
    let mut api = Api::default();
    inbox.deliver(&mut session.peer, 1, 1).await;
    assert_eq!(next(&mut messages).await, 1);
    // A heartbeat tells of two more that never came.
    inbox.heartbeat(&mut session.peer, 3).await;
    let (sequence, ()) = tokio::join!(next(&mut messages), async {
        gone(&mut session, &inbox).await;
        let (inbox, config) = remade(&mut session, &mut api, "c", "c_1").await;
        assert_eq!(config["opt_start_seq"], 2);
        inbox.deliver(&mut session.peer, 2, 1).await;
    });
    assert_eq!(sequence, 2);
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_falls_silent_is_replaced() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = pushed(&mut session, json!({})).await;
    let mut api = Api::default();
    let start = tokio::time::Instant::now();
    let (sequence, ()) = tokio::join!(next(&mut messages), async {
        gone(&mut session, &inbox).await;
        assert_about(start.elapsed(), secs(10));
        let (inbox, config) = remade(&mut session, &mut api, "c", "c_1").await;
        assert_eq!(config["opt_start_seq"], 1);
        for _ in 0..5 {
            tokio::time::sleep(secs(5)).await;
            inbox.heartbeat(&mut session.peer, 0).await;
        }
        inbox.deliver(&mut session.peer, 1, 1).await;
    });
    assert_eq!(sequence, 1);
}

/// The regression: a pause of the reader was taken for silence of the consumer, and what had come was thrown away.
#[tokio::test(start_paused = true)]
async fn buffered_messages_survive_a_pause_of_the_reader() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = pushed(&mut session, json!({})).await;
    assert!(poll_once(&mut messages.next()).await.is_none());
    inbox.deliver_all(&mut session.peer, 1..=3).await;
    for sequence in 1..=3 {
        tokio::time::sleep(secs(50)).await;
        assert_eq!(next(&mut messages).await, sequence);
    }
    session.peer.answer_pings(true);
    session.peer.expect_nothing_for(secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_new_connection_is_a_new_consumer() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = pushed(&mut session, json!({})).await;
    let mut api = Api::default();
    inbox.deliver_all(&mut session.peer, 1..=2).await;
    assert_eq!(next(&mut messages).await, 1);
    settle().await;
    drop(std::mem::replace(&mut session.peer, nobody()));
    session.events.expect(async_nats::Event::Disconnected).await;
    assert_eq!(next(&mut messages).await, 2, "what has come is handed over first");
    let (sequence, ()) = tokio::join!(next(&mut messages), async {
        session.peer = session.net.accept().await;
        session.peer.handshake().await;
        let (inbox, config) = remade(&mut session, &mut api, "c", "c_1").await;
        assert_eq!(config["opt_start_seq"], 3);
        inbox.deliver(&mut session.peer, 3, 1).await;
    });
    assert_eq!(sequence, 3);
}

#[tokio::test(start_paused = true)]
async fn attempts_are_made_again_under_the_name_that_was_refused_and_another_when_nobody_answered() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = pushed(&mut session, json!({})).await;
    let mut api = Api::default();
    inbox.deliver(&mut session.peer, 7, 2).await;
    let (sequence, ()) = tokio::join!(next(&mut messages), async {
        gone(&mut session, &inbox).await;
        api.deleted(&mut session.peer, "c").await;
        let inbox = Inbox::made(&mut session.peer).await;
        let asked = api.remade(&mut session.peer, "c_1").await;
        api.refuse(&mut session.peer, &asked, 503, 10008, "not available").await;
        // Nobody answers: it is given up, and deleted for the case that it was made.
        let start = tokio::time::Instant::now();
        let asked = api.remade(&mut session.peer, "c_1").await;
        assert_about(start.elapsed(), millis(100));
        assert_eq!(asked.json["config"]["deliver_subject"], inbox.subject);
        api.deleted(&mut session.peer, "c_1").await;
        gone(&mut session, &inbox).await;
        let inbox = Inbox::made(&mut session.peer).await;
        let asked = api.remade(&mut session.peer, "c_2").await;
        assert!(start.elapsed() < secs(5));
        assert_eq!(asked.json["config"]["deliver_subject"], inbox.subject);
        api.made(&mut session.peer, &asked).await;
        inbox.deliver(&mut session.peer, 1, 1).await;
    });
    assert_eq!(sequence, 1);
}

#[tokio::test(start_paused = true)]
async fn that_no_consumer_can_be_made_is_told_now_and_then_and_it_goes_on() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = pushed(&mut session, json!({})).await;
    let mut api = Api::default();
    inbox.deliver(&mut session.peer, 7, 2).await;
    let (item, ()) = tokio::join!(at_last(messages.next()), async {
        gone(&mut session, &inbox).await;
        api.deleted(&mut session.peer, "c").await;
        Inbox::made(&mut session.peer).await;
        for _ in 0..8 {
            let asked = api.remade(&mut session.peer, "c_1").await;
            api.refuse(&mut session.peer, &asked, 503, 10008, "not available").await;
        }
    });
    let error = error_of(item.expect("it goes on"));
    assert_eq!(error.kind(), push::OrderedErrorKind::Recreate);
    assert!(error.to_string().contains("not available"), "{error}");
    let waiting = tokio::spawn(async move { next(&mut messages).await });
    let asked = api.remade(&mut session.peer, "c_1").await;
    api.made(&mut session.peer, &asked).await;
    settle().await;
    assert!(!waiting.is_finished());
    waiting.abort();
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_gone_is_the_end() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = pushed(&mut session, json!({})).await;
    let mut api = Api::default();
    inbox.say(&mut session.peer, "409 Consumer Deleted", &[]).await;
    let (item, ()) = tokio::join!(at_last(messages.next()), async {
        gone(&mut session, &inbox).await;
        api.deleted(&mut session.peer, "c").await;
        Inbox::made(&mut session.peer).await;
        let asked = api.remade(&mut session.peer, "c_1").await;
        api.refuse(&mut session.peer, &asked, 404, 10059, "stream not found")
            .await;
    });
    let error = error_of(item.expect("it is told"));
    assert_eq!(error.kind(), push::OrderedErrorKind::Recreate);
    assert!(error.to_string().contains("stream not found"), "{error}");
    assert!(at_last(messages.next()).await.is_none());
}

/// The regression: hundreds of consumers were left behind.
#[tokio::test(start_paused = true)]
async fn each_consumer_that_was_lost_is_deleted_and_the_last_one_when_it_is_dropped() {
    let mut session = Session::start().await;
    let (mut messages, mut inbox) = pushed(&mut session, json!({})).await;
    let mut api = Api::default();
    let names = ["c", "c_1", "c_2", "c_3", "c_4"];
    for (round, pair) in names.windows(2).enumerate() {
        let at = round as u64 + 1;
        inbox.deliver(&mut session.peer, at, 1).await;
        assert_eq!(next(&mut messages).await, at);
        inbox.deliver(&mut session.peer, at + 5, 3).await;
        let script = async {
            gone(&mut session, &inbox).await;
            remade(&mut session, &mut api, pair[0], pair[1]).await.0
        };
        // It waits for the consumer meanwhile.
        let (made, _) = tokio::join!(script, tokio::time::timeout(secs(1), messages.next()));
        inbox = made;
    }
    std::thread::spawn(move || drop(messages)).join().expect("no panic");
    let mut deleted = Vec::new();
    for _ in 0..2 {
        match session.peer.expect_op().await {
            nats_server::script::Op::Pub(message) => deleted.push(message.subject),
            nats_server::script::Op::Unsub(unsub) => assert_eq!(unsub.sid, inbox.sid),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(deleted, ["$JS.API.CONSUMER.DELETE.s.c_4"]);
}

#[tokio::test(start_paused = true)]
async fn flow_control_of_an_ordered_consumer_is_answered() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = pushed(&mut session, json!({})).await;
    let (sid, peer) = (inbox.sid, &mut session.peer);
    inbox.deliver(peer, 1, 1).await;
    let request = Some("100 FlowControl Request");
    peer.send_hmsg("push", sid, Some("$JS.FC.s.c.one"), request, &[], "")
        .await;
    inbox.deliver(peer, 2, 2).await;
    assert_eq!(next(&mut messages).await, 1);
    peer.expect_nothing_for(millis(1)).await;
    assert_eq!(next(&mut messages).await, 2);
    assert_eq!(peer.expect_pub().await.subject, "$JS.FC.s.c.one");
}
