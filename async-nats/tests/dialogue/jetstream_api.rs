//! Requests of the JetStream API: where they go, how long they take, what comes back.

use std::future::IntoFuture;

use async_nats::client::traits::Publisher as _;
use async_nats::jetstream::context::traits::{self, ClientProvider, RequestSender, TimeoutProvider};
use async_nats::jetstream::context::{AccountErrorKind, PublishAckFuture, PublishErrorKind, RequestErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::response::Response;
use async_nats::jetstream::{self, Context, ContextBuilder};
use async_nats::Request;
use serde_json::{json, Value};
use tokio::time::Instant;

use crate::support::*;

/// Answers one request of the API; the subject that it went to, and its payload.
async fn answer(stream: &mut Stream, peer: &mut Peer, answer: &str) -> (String, String) {
    let request = stream.published(peer).await;
    stream.answer(peer, &request, answer).await;
    (request.subject.clone(), request.text())
}

#[tokio::test(start_paused = true)]
async fn requests_go_where_the_prefix_says() {
    let Session { client, mut peer, .. } = Session::start().await;
    let mut stream = Stream::default();
    let question = json!({"a": 1});
    for (context, subject) in [
        (jetstream::new(client.clone()), "$JS.API.STREAM.INFO.S"),
        (
            jetstream::with_domain(client.clone(), "hub"),
            "$JS.hub.API.STREAM.INFO.S",
        ),
        (
            jetstream::with_prefix(client.clone(), "JS.other"),
            "JS.other.STREAM.INFO.S",
        ),
        (
            ContextBuilder::new()
                .domain("leaf")
                .timeout(secs(1))
                .build(client.clone()),
            "$JS.leaf.API.STREAM.INFO.S",
        ),
    ] {
        let (answered, (asked, payload)) = tokio::join!(
            context.request::<_, _, Response<Value>>("STREAM.INFO.S", &question),
            answer(&mut stream, &mut peer, r#"{"state": 7}"#)
        );
        assert_eq!((asked.as_str(), payload.as_str()), (subject, r#"{"a":1}"#));
        match answered {
            Ok(Response::Ok(value)) => assert_eq!(value, json!({"state": 7})),
            other => panic!("{other:?}"),
        }
    }
}

/// Requests that take no payload refuse any, also `null`.
#[tokio::test(start_paused = true)]
async fn nothing_is_sent_as_nothing() {
    let Session { client, mut peer, .. } = Session::start().await;
    let (context, mut stream) = (jetstream::new(client), Stream::default());
    let none: Option<u32> = None;
    let (_, (_, payload)) = tokio::join!(
        context.request::<_, _, Value>("INFO", &()),
        answer(&mut stream, &mut peer, "{}")
    );
    assert_eq!(payload, "");
    let (_, (_, payload)) = tokio::join!(
        context.request::<_, _, Value>("INFO", &none),
        answer(&mut stream, &mut peer, "{}")
    );
    assert_eq!(payload, "");
    let (_, (_, payload)) = tokio::join!(
        context.request::<_, _, Value>("INFO", b""),
        answer(&mut stream, &mut peer, "{}")
    );
    assert_eq!(payload, "[]");
}

/// A time-out of the context bounds each request of the API; without one it is that of the client.
#[tokio::test(start_paused = true)]
async fn a_request_takes_no_longer_than_the_time_out() {
    let Session { client, .. } = Session::with(options().request_timeout(Some(secs(20)))).await;
    let mut set = jetstream::new(client.clone());
    set.set_timeout(secs(2));
    for (context, timeout) in [
        (jetstream::new(client.clone()), secs(20)),
        (ContextBuilder::new().timeout(secs(3)).build(client.clone()), secs(3)),
        (ContextBuilder::new().timeout(secs(30)).build(client.clone()), secs(30)),
        (set, secs(2)),
    ] {
        let start = Instant::now();
        let error = at_last(context.request::<_, _, Value>("INFO", b""))
            .await
            .expect_err("no answer");
        assert_eq!(error.kind(), RequestErrorKind::TimedOut);
        assert_about(start.elapsed(), timeout);
        let start = Instant::now();
        let error = at_last(context.query_account()).await.expect_err("no answer");
        assert_eq!(error.kind(), AccountErrorKind::TimedOut);
        assert_about(start.elapsed(), timeout);
    }
}

#[tokio::test(start_paused = true)]
async fn a_handle_has_its_own_time_out() {
    let Session { client, .. } = Session::start().await;
    let context = jetstream::new(client);
    assert_eq!(context.timeout(), secs(5));
    let mut other = context.clone();
    other.set_timeout(secs(1));
    assert_eq!(other.timeout(), secs(1));
    assert_eq!(context.timeout(), secs(5));
    assert_eq!(other.clone().timeout(), secs(1));
}

#[tokio::test(start_paused = true)]
async fn what_can_go_wrong_with_a_request() {
    let Session { client, mut peer, .. } = Session::start().await;
    let (context, mut stream) = (jetstream::new(client), Stream::default());
    let (nobody, ()) = tokio::join!(context.request::<_, _, Value>("INFO", b""), async {
        let request = stream.published(&mut peer).await;
        stream.no_responders(&mut peer, &request).await;
    });
    let error = nobody.expect_err("nobody answers");
    assert_eq!(error.kind(), RequestErrorKind::NoResponders);
    assert_eq!(error.to_string(), "requested JetStream resource does not exist");

    let (nonsense, _) = tokio::join!(
        context.request::<_, _, Value>("INFO", b""),
        answer(&mut stream, &mut peer, "+OK")
    );
    assert_eq!(nonsense.expect_err("no JSON").kind(), RequestErrorKind::Other);
    let invalid = at_last(context.request::<_, _, Value>("IN FO", b"")).await;
    assert_eq!(
        invalid.expect_err("no subject").kind(),
        RequestErrorKind::InvalidSubject
    );
}

#[tokio::test(start_paused = true)]
async fn the_account() {
    let Session { client, mut peer, .. } = Session::start().await;
    let (context, mut stream) = (jetstream::new(client), Stream::default());
    let (account, (subject, _)) = tokio::join!(
        context.query_account(),
        answer(
            &mut stream,
            &mut peer,
            r#"{"memory":0,"storage":5,"streams":1,"consumers":0,"limits":{"max_storage":-1},"tiers":{"R1":{"storage":5}}}"#
        )
    );
    assert_eq!(subject, "$JS.API.INFO");
    let account = account.expect("an answer");
    assert_eq!((account.storage, account.streams), (5, 1));
    assert_eq!(account.tiers["R1"].storage, 5);

    let refusal = r#"{"error":{"code":503,"err_code":10039,"description":"JetStream not enabled for account"}}"#;
    let (refused, _) = tokio::join!(context.query_account(), answer(&mut stream, &mut peer, refusal));
    match refused.expect_err("refused").kind() {
        AccountErrorKind::JetStream(error) => assert_eq!((error.code(), error.error_code().0), (503, 10039)),
        other => panic!("{other:?}"),
    }
    let (nobody, ()) = tokio::join!(context.query_account(), async {
        let request = stream.published(&mut peer).await;
        stream.no_responders(&mut peer, &request).await;
    });
    let error = nobody.expect_err("nobody answers");
    assert_eq!(error.kind(), AccountErrorKind::JetStreamUnavailable);
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_answer_is_read_elsewhere() {
    let Session { client, mut peer, .. } = Session::start().await;
    let context = jetstream::with_domain(client, "hub");
    let request = Request::new().payload("question".into()).inbox("my.inbox".into());
    context.send_request("INFO", request).await.expect("it is sent");
    let sent = peer.expect_pub().await;
    assert_eq!(sent.subject, "$JS.hub.API.INFO");
    assert_eq!(
        (sent.reply.as_deref(), sent.text().as_str()),
        (Some("my.inbox"), "question")
    );
    assert_eq!(sent.header_block, None);

    let mut headers = async_nats::HeaderMap::new();
    headers.insert("A", "b");
    RequestSender::send_request(&context, "INFO", Request::new().headers(headers))
        .await
        .expect("it is sent");
    let sent = peer.expect_pub().await;
    assert_eq!(sent.header("A"), Some("b"));
    assert!(sent.reply.is_some_and(|reply| reply.starts_with("_INBOX.")));
}

/// What a program does that is generic over contexts.
async fn by_traits<C>(context: &C) -> Result<PublishAckFuture, jetstream::context::PublishError>
where
    C: traits::Publisher + traits::Requester + ClientProvider,
{
    let message = PublishMessage::build().payload("by message".into()).message_id("id");
    let _ack = context.publish_message(message.outbound_message("events")).await?;
    traits::Publisher::publish(context, "events", "by trait".into()).await
}

#[tokio::test(start_paused = true)]
async fn contexts_by_their_traits() {
    let Session { client, mut peer, .. } = Session::start().await;
    let (context, mut stream) = (jetstream::new(client), Stream::default());
    let ack = by_traits(&context).await.expect("it is sent");
    let message = stream.published(&mut peer).await;
    assert_eq!(
        (message.text().as_str(), message.header("Nats-Msg-Id")),
        ("by message", Some("id"))
    );
    let message = stream.published(&mut peer).await;
    assert_eq!(message.text(), "by trait");
    stream.no_responders(&mut peer, &message).await;
    drop(ack);

    // Those of a client send without JetStream.
    let outbound = PublishMessage::build().payload("plain".into()).outbound_message("a");
    async_nats::client::traits::Publisher::publish_message(&context, outbound.into())
        .await
        .expect("it is sent");
    assert_eq!(peer.expect_pub().await.reply, None);
    context
        .publish_with_reply("a", "b", "".into())
        .await
        .expect("it is sent");
    assert_eq!(peer.expect_pub().await.reply.as_deref(), Some("b"));
    let asking = async_nats::client::traits::Requester::send_request(&context, "service", Request::new());
    let (answered, ()) = tokio::join!(asking, async {
        let request = stream.published(&mut peer).await;
        assert_eq!(request.subject, "service");
        stream.answer(&mut peer, &request, "answer").await;
    });
    assert_eq!(answered.expect("an answer").payload, "answer");
}

/// A context is usable from every thread, and so are its futures.
#[test]
fn all_can_be_sent() {
    fn sent<T: Send>() {}
    fn shared<T: Send + Sync + Unpin + 'static>() {}
    shared::<Context>();
    shared::<PublishAckFuture>();
    sent::<<PublishAckFuture as IntoFuture>::IntoFuture>();
    let kind = PublishErrorKind::StreamNotFound;
    assert_eq!(kind.to_string(), "no stream found for given subject");
}
