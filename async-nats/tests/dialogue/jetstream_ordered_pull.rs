//! Reading in order from consumers that are pulled from; what is not about pulling stands with those that push.

use async_nats::jetstream::consumer::pull;
use futures_util::StreamExt;
use serde_json::{json, Value};

use crate::jetstream_ordered::{gone, sequence};
use crate::support::consumers::*;
use crate::support::*;

async fn next_pulled(messages: &mut pull::Ordered) -> u64 {
    sequence(
        at_last(messages.next())
            .await
            .expect("it has no end")
            .expect("no error"),
    )
}

async fn pulled(session: &mut Session, config: Value) -> (pull::Ordered, Inbox) {
    let consumer = ordered_pull(&session.client, config);
    let messages = consumer.messages().await.expect("the client is open");
    let inbox = Inbox::made(&mut session.peer).await;
    (messages, inbox)
}

#[tokio::test(start_paused = true)]
async fn pulled_in_order_across_a_gap() {
    let mut session = Session::start().await;
    let config = json!({"max_batch": 100, "max_bytes": 5000, "max_expires": 20_000_000_000_u64});
    let (mut messages, inbox) = pulled(&mut session, config).await;
    let mut api = Api::default();
    let (sequence, ()) = tokio::join!(next_pulled(&mut messages), async {
        let request = inbox.asked(&mut session.peer).await;
        assert_eq!(
            request,
            json!({"batch": 100, "max_bytes": 5000, "expires": 20_000_000_000_u64, "idle_heartbeat": 5_000_000_000_u64})
        );
        inbox.deliver(&mut session.peer, 1, 1).await;
        inbox.deliver(&mut session.peer, 3, 3).await;
    });
    assert_eq!(sequence, 1);
    let (sequence, ()) = tokio::join!(next_pulled(&mut messages), async {
        gone(&mut session, &inbox).await;
        api.deleted(&mut session.peer, "c").await;
        let inbox = Inbox::made(&mut session.peer).await;
        let asked = api.remade(&mut session.peer, "c_1").await;
        let config = &asked.json["config"];
        assert_eq!(
            (&config["opt_start_seq"], &config["deliver_subject"]),
            (&2.into(), &Value::Null)
        );
        // The regression: the limits of the configuration were sent as none.
        assert_eq!(
            (&config["max_batch"], &config["max_bytes"]),
            (&100.into(), &5000.into())
        );
        assert_eq!(config["max_expires"], 20_000_000_000_u64);
        api.made(&mut session.peer, &asked).await;
        inbox.asked_of(&mut session.peer, "c_1").await;
        inbox.deliver(&mut session.peer, 2, 1).await;
    });
    assert_eq!(sequence, 2);
}

#[tokio::test(start_paused = true)]
async fn pulled_in_order_across_silence_and_deletion() {
    for trouble in [
        None,
        Some("409 Consumer Deleted"),
        Some("409 Exceeded MaxRequestBatch of 5"),
    ] {
        let mut session = Session::start().await;
        let (mut messages, inbox) = pulled(&mut session, json!({})).await;
        let mut api = Api::default();
        let (sequence, ()) = tokio::join!(next_pulled(&mut messages), async {
            inbox.asked(&mut session.peer).await;
            inbox.deliver(&mut session.peer, 1, 1).await;
        });
        assert_eq!(sequence, 1);
        session.peer.set_patience(secs(60));
        if let Some(trouble) = trouble {
            inbox.say(&mut session.peer, trouble, &[]).await;
        }
        let (sequence, ()) = tokio::join!(next_pulled(&mut messages), async {
            gone(&mut session, &inbox).await;
            api.deleted(&mut session.peer, "c").await;
            let inbox = Inbox::made(&mut session.peer).await;
            let asked = api.remade(&mut session.peer, "c_1").await;
            assert_eq!(asked.json["config"]["opt_start_seq"], 2);
            api.made(&mut session.peer, &asked).await;
            inbox.asked_of(&mut session.peer, "c_1").await;
            inbox.deliver(&mut session.peer, 2, 1).await;
        });
        assert_eq!(sequence, 2, "{trouble:?}");
    }
}

/// A consumer that allows less than it is asked for is made once more, and then it is the end.
#[tokio::test(start_paused = true)]
async fn limits_that_cannot_be_kept_are_the_end() {
    let mut session = Session::start().await;
    let (mut messages, inbox) = pulled(&mut session, json!({})).await;
    let mut api = Api::default();
    let (item, ()) = tokio::join!(at_last(messages.next()), async {
        inbox.asked(&mut session.peer).await;
        inbox
            .say(&mut session.peer, "409 Exceeded MaxRequestBatch of 5", &[])
            .await;
        gone(&mut session, &inbox).await;
        api.deleted(&mut session.peer, "c").await;
        let inbox = Inbox::made(&mut session.peer).await;
        let asked = api.remade(&mut session.peer, "c_1").await;
        api.made(&mut session.peer, &asked).await;
        inbox.asked_of(&mut session.peer, "c_1").await;
        inbox
            .say(&mut session.peer, "409 Exceeded MaxRequestBatch of 5", &[])
            .await;
    });
    let error = error_of(item.expect("it is told"));
    assert_eq!(error.kind(), pull::OrderedErrorKind::RequestLimitExceeded);
    assert!(at_last(messages.next()).await.is_none());
}
