//! Acks to consumers of a real server: each kind does what it says.

use std::time::Duration;

use async_nats::jetstream::consumer::{pull, AckPolicy, PullConsumer};
use async_nats::jetstream::{AckKind, Context, Message};
use futures_util::StreamExt;
use nats_server::Server;

use crate::jetstream_support::{config, jetstream, store};
use crate::support::{within, LOOK_EVERY};

/// Long enough that nothing is delivered again for lack of an ack.
const LONG: Duration = Duration::from_secs(600);

struct Delivered {
    _server: Server,
    context: Context,
    consumer: PullConsumer,
}

/// A stream with three messages, and a consumer.
async fn delivered(ack_wait: Duration) -> Delivered {
    let (server, context) = jetstream().await;
    context.create_stream(config("events")).await.expect("a good stream");
    for number in 1..=3 {
        store(&context, "events.a", &number.to_string()).await;
    }
    let config = pull::Config {
        durable_name: Some("worker".to_owned()),
        ack_policy: AckPolicy::Explicit,
        ack_wait,
        ..Default::default()
    };
    let consumer = context.create_consumer_on_stream(config, "events").await;
    Delivered {
        _server: server,
        context,
        consumer: consumer.expect("a good consumer"),
    }
}

impl Delivered {
    /// The next message, which is this one, delivered as often as that.
    async fn expect(&self, text: &str, delivered: i64) -> Message {
        let fetch = self
            .consumer
            .fetch()
            .max_messages(1)
            .expires(Duration::from_secs(20))
            .messages();
        let mut messages = within("a batch", fetch).await.expect("the consumer is there");
        let message = within("a message", messages.next()).await.expect("one is there");
        let message = message.expect("the consumer is there");
        assert_eq!(&message.payload[..], text.as_bytes());
        assert_eq!(message.info().expect("it is from a consumer").delivered, delivered);
        message
    }

    /// No message is left to be delivered now.
    async fn expect_none(&self) {
        let mut messages = self
            .consumer
            .fetch()
            .max_messages(1)
            .messages()
            .await
            .expect("the consumer is there");
        if let Some(message) = within("the end of the batch", messages.next()).await {
            panic!("none was due, and {message:?} came");
        }
    }

    /// Returns when this many messages wait for an ack.
    async fn pending(&self, pending: usize) {
        within("the acks", async {
            while self
                .consumer
                .get_info()
                .await
                .expect("the consumer is there")
                .num_ack_pending
                != pending
            {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn an_acked_message_is_done() {
    let delivered = delivered(LONG).await;
    let first = delivered.expect("1", 1).await;
    let (message, acker) = delivered.expect("2", 1).await.split();
    assert_eq!(message.reply, None);
    let third = delivered.expect("3", 1).await;
    delivered.pending(3).await;
    first.ack().await.expect("the client is open");
    delivered.pending(2).await;
    acker.ack().await.expect("the client is open");
    delivered.pending(1).await;
    third.ack_with(AckKind::Ack).await.expect("the client is open");
    delivered.pending(0).await;
    delivered.expect_none().await;
}

/// What was confirmed is done by then.
#[tokio::test]
async fn a_confirmed_ack_is_known_to_the_consumer() {
    let delivered = delivered(LONG).await;
    let pending = async || {
        delivered
            .consumer
            .get_info()
            .await
            .expect("it is there")
            .num_ack_pending
    };
    let first = delivered.expect("1", 1).await;
    let (_, acker) = delivered.expect("2", 1).await.split();
    assert_eq!(pending().await, 2);
    first.double_ack().await.expect("it is confirmed");
    assert_eq!(pending().await, 1);
    acker.double_ack_with(AckKind::Term).await.expect("it is confirmed");
    assert_eq!(pending().await, 0);
    // A second one says nothing new, and is confirmed too.
    first.double_ack().await.expect("it is confirmed");

    let third = delivered.expect("3", 1).await;
    delivered
        .context
        .delete_consumer_from_stream("worker", "events")
        .await
        .expect("it was there");
    third.double_ack().await.expect_err("nobody is there to confirm");
}

#[tokio::test]
async fn what_is_refused_comes_again_at_once_or_later() {
    let delivered = delivered(LONG).await;
    delivered
        .expect("1", 1)
        .await
        .ack_with(AckKind::Nak(None))
        .await
        .expect("open");
    delivered.pending(1).await;
    let again = delivered.expect("1", 2).await;
    again
        .ack_with(AckKind::Nak(Some(Duration::from_millis(300))))
        .await
        .expect("open");
    // Others come first.
    let second = delivered.expect("2", 1).await;
    let third = delivered.expect("3", 1).await;
    let again = delivered.expect("1", 3).await;
    for message in [second, third, again] {
        message.double_ack().await.expect("it is confirmed");
    }
    delivered.expect_none().await;
}

#[tokio::test]
async fn what_is_given_up_does_not_come_again() {
    let delivered = delivered(LONG).await;
    for number in ["1", "2", "3"] {
        let message = delivered.expect(number, 1).await;
        message.double_ack_with(AckKind::Term).await.expect("it is confirmed");
    }
    delivered.pending(0).await;
    delivered.expect_none().await;
}

/// A message that is being worked on does not come again for as long as that is said.
#[tokio::test]
async fn progress_keeps_a_message() {
    let delivered = delivered(Duration::from_secs(1)).await;
    let (first, second) = (delivered.expect("1", 1).await, delivered.expect("2", 1).await);
    delivered
        .expect("3", 1)
        .await
        .double_ack()
        .await
        .expect("it is confirmed");
    let second_again = async { delivered.expect("2", 2).await };
    let working = async {
        loop {
            first.double_ack_with(AckKind::Progress).await.expect("it is confirmed");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::select! {
        again = second_again => again.double_ack().await.expect("it is confirmed"),
        () = working => {}
    }
    drop(second);
    first.double_ack().await.expect("it is confirmed");
    delivered.pending(0).await;
}

/// Asked for with an ack, the next message comes to whoever the ack names as the one to answer.
#[tokio::test]
async fn an_ack_asks_for_the_next_message() {
    let delivered = delivered(LONG).await;
    let first = delivered.expect("1", 1).await;
    let client = delivered.context.client();
    let inbox = client.new_inbox();
    let mut answers = client.subscribe(inbox.clone()).await.expect("a good subject");
    let reply = first.reply.clone().expect("it can be acked");
    let asking = client.publish_with_reply(reply, inbox, AckKind::Next.into());
    asking.await.expect("the client is open");
    let next = crate::support::next(&mut answers).await;
    assert_eq!(&next.payload[..], b"2");
    delivered.pending(1).await;

    let next = Message {
        message: next,
        context: delivered.context.clone(),
    };
    // The confirmation is the message, which comes again once its time is over.
    let confirmed = within("the confirmation", next.double_ack_with(AckKind::Next)).await;
    confirmed.expect("the next message confirms it");
    delivered.pending(1).await;
    delivered.expect_none().await;
}

#[tokio::test]
async fn a_message_says_where_it_comes_from() {
    let delivered = delivered(LONG).await;
    delivered
        .expect("1", 1)
        .await
        .double_ack()
        .await
        .expect("it is confirmed");
    let before = async_nats::datetime::now();
    store(&delivered.context, "events.b", "4").await;
    drop(delivered.expect("2", 1).await);
    drop(delivered.expect("3", 1).await);
    let message = delivered.expect("4", 1).await;
    let info = message.info().expect("it is from a consumer");
    assert_eq!((info.stream, info.consumer, info.domain), ("events", "worker", None));
    assert_eq!((info.stream_sequence, info.consumer_sequence, info.pending), (4, 4, 0));
    let second = Duration::from_secs(1);
    assert!(async_nats::datetime::add_std_duration(info.published, second).expect("a time") > before);
}
