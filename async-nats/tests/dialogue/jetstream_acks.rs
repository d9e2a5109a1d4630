//! Acking messages: what is said goes to the reply subject, and is confirmed when that is asked for.

use std::io;
use std::time::Duration;

use async_nats::jetstream::message::{AckKind, Acker};
use async_nats::jetstream::{self, Context, ContextBuilder, Message};
use async_nats::{Error, RequestError, RequestErrorKind};
use nats_server::script::{Op, Pub};
use tokio::time::Instant;

use crate::support::*;

const REPLY: &str = "$JS.ACK.events.worker.1.100.20.1605139610113260000.5";

fn message(context: &Context, reply: Option<&str>) -> Message {
    Message {
        message: async_nats::Message {
            subject: "events".into(),
            reply: reply.map(Into::into),
            payload: "data".into(),
            headers: None,
            status: None,
            description: None,
            length: 0,
        },
        context: context.clone(),
    }
}

const KINDS: [(AckKind, &str); 6] = [
    (AckKind::Ack, "+ACK"),
    (AckKind::Nak(None), "-NAK"),
    (
        AckKind::Nak(Some(Duration::from_millis(1500))),
        r#"-NAK {"delay":1500000000}"#,
    ),
    (AckKind::Progress, "+WPI"),
    (AckKind::Next, "+NXT"),
    (AckKind::Term, "+TERM"),
];

#[tokio::test(start_paused = true)]
async fn what_is_said_goes_to_the_reply_subject() {
    let Session { client, mut peer, .. } = Session::start().await;
    let message = message(&jetstream::new(client), Some(REPLY));
    message.ack().await.expect("it is sent");
    let said = peer.expect_pub().await;
    assert_eq!(
        (said.subject.as_str(), said.reply.as_deref(), said.text().as_str()),
        (REPLY, None, "")
    );
    for (kind, text) in KINDS {
        message.ack_with(kind).await.expect("it is sent");
        let said = peer.expect_pub().await;
        assert_eq!(
            (said.subject.as_str(), said.reply.as_deref(), said.text().as_str()),
            (REPLY, None, text)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_is_acked_apart_from_itself() {
    let Session { client, mut peer, .. } = Session::start().await;
    let context = jetstream::new(client);
    let (core, acker) = message(&context, Some(REPLY)).split();
    assert_eq!((core.reply, &core.payload[..]), (None, &b"data"[..]));
    acker.ack().await.expect("it is sent");
    assert_eq!(peer.expect_pub().await.subject, REPLY);
    for (kind, text) in KINDS {
        acker.ack_with(kind).await.expect("it is sent");
        assert_eq!(peer.expect_pub().await.text(), text);
    }
    let acker = Acker::new(context.clone(), Some("other".into()));
    acker.ack().await.expect("it is sent");
    assert_eq!(peer.expect_pub().await.subject, "other");
    assert_eq!(&async_nats::Message::from(message(&context, None)).payload[..], b"data");
}

async fn confirm(peer: &mut Peer, sid: &mut Option<u64>) -> Pub {
    loop {
        match peer.expect_op().await {
            Op::Sub(sub) => *sid = Some(sub.sid),
            Op::Pub(said) => {
                let reply = said.reply.as_deref().expect("it is to be confirmed");
                peer.send_msg(reply, sid.expect("the inbox comes first"), None, "")
                    .await;
                break said;
            }
            other => panic!("{other:?} is no ack"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_ack_is_confirmed() {
    let Session { client, mut peer, .. } = Session::start().await;
    let context = jetstream::new(client);
    let (message, mut sid) = (message(&context, Some(REPLY)), None);
    let (result, said) = tokio::join!(message.double_ack(), confirm(&mut peer, &mut sid));
    result.expect("it was confirmed");
    assert_eq!((said.subject.as_str(), said.text().as_str()), (REPLY, "+ACK"));
    let acker = Acker::new(context, Some(REPLY.into()));
    for (kind, text) in KINDS.into_iter().filter(|(kind, _)| !matches!(kind, AckKind::Next)) {
        let (result, said) = tokio::join!(message.double_ack_with(kind), confirm(&mut peer, &mut sid));
        result.expect("it was confirmed");
        assert_eq!(said.text(), text);
        let (result, said) = tokio::join!(acker.double_ack_with(kind), confirm(&mut peer, &mut sid));
        result.expect("it was confirmed");
        assert_eq!(said.text(), text);
    }
    let (result, _) = tokio::join!(acker.double_ack(), confirm(&mut peer, &mut sid));
    result.expect("it was confirmed");
    // No inbox is subscribed to for one ack alone.
    peer.expect_nothing_for(secs(10)).await;
}

/// What confirms that the next message is asked for is that message, which comes under its own subject.
#[tokio::test(start_paused = true)]
async fn asking_for_the_next_message_is_confirmed_by_it() {
    let Session { client, mut peer, .. } = Session::start().await;
    let message = message(&jetstream::new(client), Some(REPLY));
    let (result, ()) = tokio::join!(message.double_ack_with(AckKind::Next), async {
        let inbox = peer.expect_sub().await;
        let said = peer.expect_pub().await;
        assert_eq!(
            (said.text().as_str(), said.reply.as_deref()),
            ("+NXT", Some(inbox.subject.as_str()))
        );
        peer.send_msg("events", inbox.sid, Some(REPLY), "the next").await;
        assert_eq!(peer.expect_unsub().await.sid, inbox.sid);
    });
    result.expect("it was confirmed");
}

fn kind_of(error: &Error) -> Option<io::ErrorKind> {
    error.downcast_ref::<io::Error>().map(io::Error::kind)
}

#[tokio::test(start_paused = true)]
async fn an_ack_that_is_not_confirmed() {
    let Session { client, mut peer, .. } = Session::start().await;
    for (context, timeout) in [
        (jetstream::new(client.clone()), secs(5)),
        (ContextBuilder::new().timeout(secs(1)).build(client.clone()), secs(1)),
    ] {
        let start = Instant::now();
        let error = at_last(message(&context, Some(REPLY)).double_ack()).await;
        let error = error.expect_err("nobody confirms");
        assert_eq!(kind_of(&error), Some(io::ErrorKind::TimedOut), "{error}");
        assert_about(start.elapsed(), timeout);
    }
    let mut stream = Stream::default();
    stream.all_published(&mut peer, 2).await;
    let acker = Acker::new(jetstream::new(client), Some(REPLY.into()));
    let (result, ()) = tokio::join!(acker.double_ack(), async {
        let said = stream.published(&mut peer).await;
        stream.no_responders(&mut peer, &said).await;
    });
    let error = result.expect_err("the consumer is gone");
    let error = error.downcast_ref::<RequestError>().expect("of a request");
    assert_eq!(error.kind(), RequestErrorKind::NoResponders);
}

#[tokio::test(start_paused = true)]
async fn a_message_without_a_reply_subject_cannot_be_acked() {
    let Session { client, mut peer, .. } = Session::start().await;
    let context = jetstream::new(client);
    let message = message(&context, None);
    let acker = Acker::new(context.clone(), None);
    for result in [
        message.ack().await,
        message.ack_with(AckKind::Term).await,
        message.double_ack().await,
        acker.ack().await,
        acker.ack_with(AckKind::Next).await,
        acker.double_ack().await,
    ] {
        let error = result.expect_err("there is nobody to tell");
        assert_eq!(kind_of(&error), Some(io::ErrorKind::Other), "{error}");
    }
    assert!(message
        .info()
        .expect_err("nothing to read")
        .to_string()
        .contains("reply subject"));
    let bad = Acker::new(context, Some("a b".into()));
    bad.ack().await.expect_err("not a subject");
    peer.expect_nothing_for(secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn what_a_reply_subject_says() {
    let Session { client, .. } = Session::start().await;
    let message = message(&jetstream::new(client), Some(REPLY));
    let info = message.info().expect("it is one");
    assert_eq!((info.stream, info.consumer), ("events", "worker"));
    assert_eq!(
        (
            info.stream_sequence,
            info.consumer_sequence,
            info.delivered,
            info.pending
        ),
        (100, 20, 1, 5)
    );
}

/// I18: an ack that is given up before it is polled is not sent; one that waits for room waits as others do.
#[tokio::test(start_paused = true)]
async fn an_ack_that_is_given_up() {
    let Session { client, mut peer, .. } = Session::start().await;
    let message = message(&jetstream::new(client), Some(REPLY));
    drop(message.ack());
    let mut asking = Box::pin(message.double_ack());
    assert!(poll_once(&mut asking).await.is_none());
    std::thread::scope(|scope| scope.spawn(|| drop(asking)).join()).expect("no panic");
    let mut stream = Stream::default();
    assert_eq!(stream.published(&mut peer).await.text(), "+ACK");
    peer.expect_nothing_for(secs(20)).await;
}
