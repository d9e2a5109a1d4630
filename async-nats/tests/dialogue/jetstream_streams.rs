//! Streams: what is asked of the API, byte by byte, and what comes of answers that no good server gives.

use std::future::{Future, IntoFuture};

use async_nats::jetstream::context::{CreateStreamErrorKind, GetStreamErrorKind, RequestErrorKind};
use async_nats::jetstream::stream::{
    Config, DeleteMessageErrorKind, DirectGetErrorKind, PurgeErrorKind, RawMessageErrorKind, Stream,
};
use async_nats::jetstream::{self, Context};
use async_nats::StatusCode;
use futures_util::{FutureExt, StreamExt};
use nats_server::script::Op;
use serde_json::{json, Value};
use tokio::time::Instant;

use crate::support::*;

/// The peer, as a JetStream that says what the test wants.
struct Api {
    session: Session,
    /// Of the inbox for answers.
    sid: u64,
}

/// What was asked, and where the answer goes.
struct Asked {
    subject: String,
    payload: String,
    reply: String,
}

impl Asked {
    fn json(&self) -> Value {
        serde_json::from_str(&self.payload).expect("the API is asked in JSON")
    }
}

impl Api {
    async fn start() -> (Self, Context) {
        let session = Session::start().await;
        let context = jetstream::new(session.client.clone());
        (Api { session, sid: 0 }, context)
    }

    async fn asked(&mut self) -> Asked {
        loop {
            match self.session.peer.expect_op().await {
                Op::Sub(sub) => self.sid = sub.sid,
                Op::Pub(message) => {
                    let payload = message.text();
                    let reply = message.reply.expect("a request asks for an answer");
                    return Asked {
                        subject: message.subject,
                        payload,
                        reply,
                    };
                }
                other => panic!("{other:?} is no part of a request"),
            }
        }
    }

    async fn answer(&mut self, asked: &Asked, payload: impl ToString) {
        let payload = payload.to_string();
        self.session.peer.send_msg(&asked.reply, self.sid, None, payload).await;
    }

    /// What the future gives while one request is answered; and that request.
    async fn exchange<T>(&mut self, call: impl Future<Output = T>, payload: impl ToString) -> (T, Asked) {
        at_last(async {
            tokio::join!(call, async {
                let asked = self.asked().await;
                self.answer(&asked, payload).await;
                asked
            })
        })
        .await
    }

    async fn nothing_more(&mut self) {
        self.session.peer.expect_nothing_for(secs(30)).await;
    }
}

fn info(name: &str) -> Value {
    json!({
        "config": { "name": name, "discard": "old", "retention": "limits", "storage": "file", "num_replicas": 1 },
        "created": "2024-05-01T09:59:59Z",
        "state": {
            "messages": 0, "bytes": 0, "first_seq": 0, "first_ts": "0001-01-01T00:00:00Z",
            "last_seq": 0, "last_ts": "0001-01-01T00:00:00Z", "consumer_count": 0,
        },
    })
}

fn refusal(code: u64) -> Value {
    json!({ "error": { "code": 400, "err_code": code, "description": "words" } })
}

#[tokio::test(start_paused = true)]
async fn what_is_asked() {
    let (mut api, context) = Api::start().await;
    let (created, asked) = api.exchange(context.create_stream("events"), info("events")).await;
    let stream = created.unwrap();
    assert_eq!(asked.subject, "$JS.API.STREAM.CREATE.events");
    assert_eq!(asked.json(), serde_json::to_value(Config::from("events")).unwrap());

    let (_, asked) = api.exchange(context.get_stream("events"), info("events")).await;
    assert_eq!(
        (asked.subject.as_str(), asked.payload.as_str()),
        ("$JS.API.STREAM.INFO.events", "{}")
    );
    let (_, asked) = api
        .exchange(context.update_stream(Config::from("events")), info("events"))
        .await;
    assert_eq!(asked.subject, "$JS.API.STREAM.UPDATE.events");
    let (_, asked) = api
        .exchange(context.delete_stream("events"), json!({ "success": true }))
        .await;
    assert_eq!(
        (asked.subject.as_str(), asked.payload.as_str()),
        ("$JS.API.STREAM.DELETE.events", "{}")
    );

    let purge = stream.purge().filter("a.>").keep(2).into_future();
    let (_, asked) = api.exchange(purge, json!({ "success": true, "purged": 1 })).await;
    assert_eq!(asked.subject, "$JS.API.STREAM.PURGE.events");
    assert_eq!(asked.json(), json!({ "filter": "a.>", "keep": 2 }));
    let purge = stream.purge().sequence(7).into_future();
    let (_, asked) = api.exchange(purge, json!({ "success": true, "purged": 1 })).await;
    assert_eq!(asked.json(), json!({ "seq": 7 }));
    let (deleted, asked) = api.exchange(stream.delete_message(7), json!({ "success": true })).await;
    assert!(deleted.unwrap());
    assert_eq!(asked.subject, "$JS.API.STREAM.MSG.DELETE.events");
    assert_eq!(asked.json(), json!({ "seq": 7 }));

    let (_, asked) = api.exchange(stream.direct_get_last_for_subject("a.b"), "").await;
    assert_eq!(
        (asked.subject.as_str(), asked.payload.as_str()),
        ("$JS.API.DIRECT.GET.events.a.b", "")
    );
    let (_, asked) = api.exchange(stream.direct_get(3), "").await;
    assert_eq!(asked.subject, "$JS.API.DIRECT.GET.events");
    assert_eq!(asked.json(), json!({ "seq": 3 }));
    let (_, asked) = api.exchange(stream.get_last_raw_message_by_subject("a"), "").await;
    assert_eq!(asked.subject, "$JS.API.STREAM.MSG.GET.events");
    assert_eq!(asked.json(), json!({ "last_by_subj": "a" }));

    let elsewhere = jetstream::with_domain(context.client(), "hub");
    let there = elsewhere.get_stream_no_info("events").await.unwrap();
    let (_, asked) = api.exchange(there.direct_get(3), "").await;
    assert_eq!(asked.subject, "$JS.hub.API.DIRECT.GET.events");
    api.nothing_more().await;
}

#[tokio::test(start_paused = true)]
async fn a_listing_asks_for_each_page_once() {
    let (mut api, context) = Api::start().await;
    let mut names = context.stream_names();
    let page = |offset: u64, names: &[&str], total: u64| json!({ "offset": offset, "total": total, "streams": names });
    let (name, asked) = api.exchange(names.next(), page(0, &["a", "b"], 3)).await;
    assert_eq!(
        (asked.subject.as_str(), asked.json()),
        ("$JS.API.STREAM.NAMES", json!({ "offset": 0 }))
    );
    assert_eq!(name.unwrap().unwrap(), "a");
    assert_eq!(names.next().now_or_never().flatten().unwrap().unwrap(), "b");

    // A future that is dropped takes nothing back: the page it asked for is what the next one gets.
    assert!(names.next().now_or_never().is_none());
    settle().await;
    let (name, asked) = api.exchange(names.next(), page(2, &["c"], 3)).await;
    assert_eq!(asked.json(), json!({ "offset": 2 }));
    assert_eq!(name.unwrap().unwrap(), "c");
    assert!(names.next().now_or_never().flatten().is_none());
    assert!(names.next().now_or_never().flatten().is_none());
    api.nothing_more().await;
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_makes_no_progress_ends() {
    for page in [
        json!({ "total": 1000, "streams": [] }),
        json!({ "total": 1000, "streams": null }),
        json!({ "total": 1000 }),
    ] {
        let (mut api, context) = Api::start().await;
        let (streams, _) = api.exchange(context.streams().collect::<Vec<_>>(), page.clone()).await;
        assert!(streams.is_empty(), "{page}");
        api.nothing_more().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_listing_ends_with_an_error() {
    let (mut api, context) = Api::start().await;
    let mut names = context.stream_names();
    let (name, _) = api
        .exchange(names.next(), json!({ "total": 9, "streams": ["a"] }))
        .await;
    assert!(name.unwrap().is_ok());
    let (error, _) = api.exchange(names.next(), refusal(10039)).await;
    let error = error.unwrap().unwrap_err();
    assert_eq!(error.kind(), RequestErrorKind::Other);
    assert!(error.to_string().contains("words"), "{error}");
    assert!(names.next().now_or_never().flatten().is_none());
    api.nothing_more().await;
}

#[tokio::test(start_paused = true)]
async fn subjects_page_by_page() {
    let (mut api, context) = Api::start().await;
    let stream = context.get_stream_no_info("events").await.unwrap();
    let page = |offset: u64, subjects: Value| {
        let mut info = info("events");
        info["state"]["subjects"] = subjects;
        info["offset"] = json!(offset);
        info["total"] = json!(3);
        info["limit"] = json!(2);
        info
    };
    let (details, asked) = api
        .exchange(stream.info_with_subjects(">"), page(0, json!({ "a": 1, "b": 2 })))
        .await;
    assert_eq!(
        asked.json(),
        json!({ "offset": 0, "deleted_details": false, "subjects_filter": ">" })
    );
    let mut details = details.unwrap();
    let mut first: Vec<_> = details.by_ref().take(2).map(Result::unwrap).collect().await;
    first.sort();
    assert_eq!(first, [("a".to_owned(), 1), ("b".to_owned(), 2)]);
    let (third, asked) = api.exchange(details.next(), page(2, json!({ "c": 3 }))).await;
    assert_eq!(
        asked.json(),
        json!({ "offset": 2, "deleted_details": false, "subjects_filter": ">" })
    );
    assert_eq!(third.unwrap().unwrap(), ("c".to_owned(), 3));
    assert!(details.next().now_or_never().flatten().is_none());
    api.nothing_more().await;
}

/// The error of every operation, with its kind.
async fn all_operations(api: &mut Api, context: &Context, stream: &Stream<()>, answer: &str) -> [String; 9] {
    fn kind<T, E: std::error::Error>(result: (Result<T, E>, Asked)) -> String {
        match result.0 {
            Ok(_) => "fine".to_owned(),
            Err(error) => error.to_string(),
        }
    }
    [
        kind(api.exchange(context.create_stream("events"), answer).await),
        kind(api.exchange(context.get_stream("events"), answer).await),
        kind(api.exchange(context.delete_stream("events"), answer).await),
        kind(api.exchange(context.stream_by_subject("events"), answer).await),
        kind(api.exchange(stream.get_info(), answer).await),
        kind(api.exchange(stream.purge().into_future(), answer).await),
        kind(api.exchange(stream.delete_message(1), answer).await),
        kind(api.exchange(stream.get_raw_message(1), answer).await),
        kind(api.exchange(stream.direct_get(1), answer).await),
    ]
}

#[tokio::test(start_paused = true)]
async fn answers_that_make_no_sense_are_errors() {
    let (mut api, context) = Api::start().await;
    let stream = context.get_stream_no_info("events").await.unwrap();
    let deep = "[".repeat(100_000);
    for answer in [
        "",
        "x",
        "null",
        "{}",
        "[]",
        "7",
        "{\"error\":7}",
        "\u{0}",
        deep.as_str(),
    ] {
        for error in all_operations(&mut api, &context, &stream, answer).await {
            assert_ne!(error, "fine", "{}", answer.get(..9).unwrap_or(answer));
        }
    }
    for error in &all_operations(&mut api, &context, &stream, &refusal(10039).to_string()).await[..8] {
        assert!(error.contains("words"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn direct_answers() {
    let (mut api, context) = Api::start().await;
    let stream = context.get_stream_no_info("events").await.unwrap();
    let mut direct = async |status: Option<&'static str>, headers: &[(&str, &str)]| {
        at_last(async {
            let (message, ()) = tokio::join!(stream.direct_get(1), async {
                let asked = api.asked().await;
                let peer = &mut api.session.peer;
                peer.send_hmsg(&asked.reply, api.sid, None, status, headers, "text")
                    .await;
            });
            message
        })
        .await
    };
    let headers = [
        ("Nats-Stream", "events"),
        ("Nats-Subject", "events.a"),
        ("Nats-Sequence", "7"),
        ("Nats-Time-Stamp", "2024-05-01T10:00:00.5Z"),
        ("Own", "value"),
    ];
    let message = direct(None, &headers).await.unwrap();
    assert_eq!((message.subject.as_str(), message.sequence), ("events.a", 7));
    assert_eq!(message.headers.get("Own").unwrap().as_str(), "value");
    assert_eq!(message.payload, "text");
    for missing in 1..4 {
        let mut fewer = headers.to_vec();
        fewer.remove(missing);
        let error = direct(None, &fewer).await.unwrap_err();
        assert_eq!(
            error.kind(),
            DirectGetErrorKind::Other,
            "without {:?}",
            headers[missing]
        );
    }
    for (status, kind) in [
        ("404 Message Not Found", DirectGetErrorKind::NotFound),
        ("404", DirectGetErrorKind::NotFound),
        ("408 Empty Request", DirectGetErrorKind::InvalidSubject),
        (
            "413 Too Many Results",
            DirectGetErrorKind::ErrorResponse(StatusCode::from_u16(413).unwrap(), "Too Many Results".to_owned()),
        ),
    ] {
        assert_eq!(direct(Some(status), &[]).await.unwrap_err().kind(), kind);
    }
}

/// Nobody answers: everything ends after the time-out of the context, by the clock.
#[tokio::test(start_paused = true)]
async fn silence_is_bounded_by_the_time_out_of_the_context() {
    let (api, mut context) = Api::start().await;
    context.set_timeout(secs(3));
    let stream = context.get_stream_no_info("events").await.unwrap();
    let begun = Instant::now();
    let mut waits = 0;
    let mut timed = || {
        waits += 1;
        assert_about(begun.elapsed(), secs(3 * waits));
    };
    let error = at_last(context.create_stream("events")).await.unwrap_err();
    assert_eq!(error.kind(), CreateStreamErrorKind::TimedOut);
    timed();
    let error = at_last(context.get_stream("events")).await.unwrap_err();
    assert_eq!(error.kind(), GetStreamErrorKind::Request);
    timed();
    assert_eq!(at_last(context.streams().count()).await, 1);
    timed();
    let error = at_last(stream.purge().into_future()).await.unwrap_err();
    assert_eq!(error.kind(), PurgeErrorKind::TimedOut);
    timed();
    let error = at_last(stream.delete_message(1)).await.unwrap_err();
    assert_eq!(error.kind(), DeleteMessageErrorKind::TimedOut);
    timed();
    let error = at_last(stream.get_raw_message(1)).await.unwrap_err();
    assert_eq!(error.kind(), RawMessageErrorKind::Other);
    timed();
    let error = at_last(stream.direct_get(1)).await.unwrap_err();
    assert_eq!(error.kind(), DirectGetErrorKind::TimedOut);
    timed();
    drop(api);
}

/// A request that was written when the connection broke is not sent again; the handle and the listing go on.
#[tokio::test(start_paused = true)]
async fn across_a_reconnect() {
    let (mut api, mut context) = Api::start().await;
    context.set_timeout(secs(3));
    let stream = context.get_stream_no_info("events").await.unwrap();
    let mut names = context.stream_names();
    let (name, _) = api
        .exchange(names.next(), json!({ "total": 2, "streams": ["a"] }))
        .await;
    assert_eq!(name.unwrap().unwrap(), "a");

    let (purged, ()) = tokio::join!(stream.purge().into_future(), async {
        assert_eq!(api.asked().await.subject, "$JS.API.STREAM.PURGE.events");
        api.session.reconnect().await;
    });
    assert_eq!(purged.unwrap_err().kind(), PurgeErrorKind::TimedOut);

    let (name, asked) = api
        .exchange(names.next(), json!({ "total": 2, "streams": ["b"] }))
        .await;
    assert_eq!(asked.json(), json!({ "offset": 1 }));
    assert_eq!(name.unwrap().unwrap(), "b");
    let (done, _) = api
        .exchange(stream.purge().into_future(), json!({ "success": true, "purged": 5 }))
        .await;
    assert_eq!(done.unwrap().purged, 5);
}
