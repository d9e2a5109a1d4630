//! Requests: one answer each, by the deadline, and nothing left behind.

use std::future::Future;
use std::pin::Pin;

use async_nats::header::HeaderMap;
use async_nats::{Client, Event, Message, Request, RequestError, RequestErrorKind};
use nats_server::script::{Info, Op, Pub};
use tokio::time::Instant;

use crate::support::*;

type Asked<'a> = Pin<Box<dyn Future<Output = Result<Message, RequestError>> + Send + 'a>>;

fn ask<'a>(client: &'a Client, subject: &'static str, payload: &'static str) -> Asked<'a> {
    Box::pin(client.request(subject, payload.into()))
}

/// Takes the inbox's SUB, when it is the first request, and the question.
async fn question(peer: &mut Peer, sid: &mut Option<u64>) -> (Pub, String) {
    loop {
        match peer.expect_op().await {
            Op::Sub(sub) => {
                assert!(
                    sub.subject.starts_with("_INBOX.") && sub.subject.ends_with(".*"),
                    "{sub:?}"
                );
                assert_eq!(sid.replace(sub.sid), None, "the inbox is subscribed to once");
            }
            Op::Pub(message) => {
                let reply = message.reply.clone().expect("a request asks for an answer");
                break (message, reply);
            }
            other => panic!("{other:?} is no part of a request"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_is_one_publish_and_its_answer() {
    let Session { client, mut peer, .. } = Session::start().await;
    let mut sid = None;
    for number in 0..3 {
        let (answer, ()) = tokio::join!(client.request("service", "what?".into()), async {
            let (message, reply) = question(&mut peer, &mut sid).await;
            assert_eq!(
                (message.subject.as_str(), message.text().as_str()),
                ("service", "what?")
            );
            assert_eq!(message.header_block, None);
            let sid = sid.expect("the inbox comes before the first question");
            peer.send_hmsg(
                &reply,
                sid,
                Some("more"),
                None,
                &[("N", "v")],
                format!("answer {number}"),
            )
            .await;
        });
        let answer = answer.expect("it was answered");
        assert_eq!(&answer.payload[..], format!("answer {number}").as_bytes());
        assert_eq!(answer.reply.as_deref(), Some("more"));
        assert_eq!(
            answer
                .headers
                .and_then(|headers| headers.get("N").map(ToString::to_string))
                .as_deref(),
            Some("v")
        );
    }
    // Nothing is said of it afterwards.
    peer.expect_nothing_for(secs(30)).await;
}

#[tokio::test(start_paused = true)]
async fn a_request_carries_headers() {
    let Session { client, mut peer, .. } = Session::start().await;
    let mut headers = HeaderMap::new();
    headers.insert("Trace-Id", "4711");
    let (answer, ()) = tokio::join!(client.request_with_headers("service", headers, "".into()), async {
        let mut sid = None;
        let (message, reply) = question(&mut peer, &mut sid).await;
        assert_eq!(message.header("Trace-Id"), Some("4711"));
        peer.send_msg(&reply, sid.expect("subscribed"), None, "").await;
    });
    assert_eq!(answer.expect("it was answered").payload.len(), 0);
}

/// Answers find their questions in any order, large ones and small ones, in one read or in parts.
#[tokio::test(start_paused = true)]
async fn many_requests_at_once_get_their_own_answers() {
    let Session { client, mut peer, .. } = Session::with_capacity(options(), 5000).await;
    let sizes = |number: usize| {
        if number.is_multiple_of(7) {
            20_000 + number
        } else {
            number
        }
    };
    let mut asking = tokio::task::JoinSet::new();
    for number in 0..200usize {
        let client = client.clone();
        asking.spawn(async move {
            let answer = client
                .request("service", number.to_string().into())
                .await
                .expect("it was answered");
            let text = number.to_string().repeat(sizes(number));
            assert!(answer.payload == text.as_bytes(), "the answer to {number}");
        });
    }
    let mut sid = None;
    let mut questions = Vec::new();
    for _ in 0..200 {
        questions.push(question(&mut peer, &mut sid).await);
    }
    // Far from the order in which they were asked.
    questions.sort_by_key(|(message, _)| message.text().bytes().rev().collect::<Vec<_>>());
    for (message, reply) in questions {
        let text = message.text();
        let number: usize = text.parse().expect("a number");
        peer.send_msg(&reply, sid.expect("subscribed"), None, text.repeat(sizes(number)))
            .await;
    }
    at_last(asking.join_all()).await;
}

#[tokio::test(start_paused = true)]
async fn nobody_there_is_told_at_once() {
    let Session { client, mut peer, .. } = Session::start().await;
    let start = Instant::now();
    let (answer, ()) = tokio::join!(client.request("service", "".into()), async {
        let mut sid = None;
        let (_, reply) = question(&mut peer, &mut sid).await;
        peer.send_hmsg(&reply, sid.expect("subscribed"), None, Some("503"), &[], "")
            .await;
    });
    assert_eq!(error_of(answer).kind(), RequestErrorKind::NoResponders);
    assert!(start.elapsed() < millis(10));
}

/// I5: at the deadline, not before and not after: that of the client, of the request, and each of several.
#[tokio::test(start_paused = true)]
async fn a_request_ends_at_its_deadline() {
    let default = Session::start().await;
    assert_eq!(default.client.timeout(), Some(secs(10)));
    let start = Instant::now();
    let error = error_of(default.client.request("service", "".into()).await);
    assert_eq!(error.kind(), RequestErrorKind::TimedOut);
    assert_about(start.elapsed(), secs(10));

    let session = Session::with(options().request_timeout(Some(secs(3)))).await;
    let client = &session.client;
    let start = Instant::now();
    let timed = |timeout: Option<std::time::Duration>| async move {
        let request = timeout.map_or_else(Request::new, |timeout| Request::new().timeout(Some(timeout)));
        let error = error_of(client.send_request("service", request).await);
        assert_eq!(error.kind(), RequestErrorKind::TimedOut);
        assert_about(start.elapsed(), timeout.unwrap_or(secs(3)));
    };
    // Later ones with earlier deadlines, and the other way round.
    tokio::join!(
        timed(Some(secs(5))),
        timed(None),
        timed(Some(millis(100))),
        timed(Some(secs(60))),
        timed(Some(secs(4)))
    );
    let start = Instant::now();
    let request = Request::new().timeout(Some(std::time::Duration::ZERO));
    assert_eq!(
        error_of(client.send_request("service", request).await).kind(),
        RequestErrorKind::TimedOut
    );
    assert_about(start.elapsed(), secs(0));
}

#[tokio::test(start_paused = true)]
async fn a_request_without_a_deadline_waits() {
    let Session {
        client,
        mut peer,
        net: _net,
        ..
    } = Session::with(options().request_timeout(None)).await;
    let mut sid = None;
    let request = Request::new().timeout(None);
    let (answer, ()) = tokio::join!(client.send_request("service", request), async {
        let (_, reply) = question(&mut peer, &mut sid).await;
        peer.answer_pings(true);
        peer.expect_nothing_for(secs(3000)).await;
        peer.send_msg(&reply, sid.expect("subscribed"), None, "at last").await;
    });
    assert_eq!(answer.expect("it was answered").payload, "at last");
    // A deadline beyond all clocks is none.
    let request = Request::new().timeout(Some(std::time::Duration::MAX));
    let (answer, ()) = tokio::join!(client.send_request("service", request), async {
        let (_, reply) = question(&mut peer, &mut sid).await;
        peer.send_msg(&reply, sid.expect("subscribed"), None, "again").await;
    });
    assert_eq!(answer.expect("it was answered").payload, "again");
}

/// I5, I18: a request that was dropped is gone: its answer reaches nobody, not even one who has its place.
#[tokio::test(start_paused = true)]
async fn a_dropped_request_leaves_nothing_behind() {
    let mut session = Session::start().await;
    let (client, peer) = (&session.client, &mut session.peer);
    let mut sid = None;
    let mut first = ask(client, "service", "first");
    assert!(poll_once(&mut first).await.is_none());
    let (_, late) = question(peer, &mut sid).await;
    drop(first);

    let mut second = ask(client, "service", "second");
    assert!(poll_once(&mut second).await.is_none());
    let (_, reply) = question(peer, &mut sid).await;
    assert_ne!(late, reply);
    let sid = sid.expect("subscribed");
    peer.send_msg(&late, sid, None, "to the first").await;
    settle().await;
    assert!(poll_once(&mut second).await.is_none(), "it got the answer of another");
    peer.send_msg(&reply, sid, None, "to the second").await;
    assert_eq!(at_last(second).await.expect("it was answered").payload, "to the second");
    // Twice is once too often, and does no harm.
    peer.send_msg(&reply, sid, None, "again").await;
    peer.send_msg("_INBOX.somebody.else", sid, None, "lost").await;
    settle().await;
    assert_eq!(session.events.so_far(), []);
}

#[tokio::test(start_paused = true)]
async fn an_answer_after_the_deadline_is_ignored() {
    let Session { client, mut peer, .. } = Session::with(options().request_timeout(Some(secs(1)))).await;
    let mut sid = None;
    let (answer, (_, late)) = tokio::join!(client.request("service", "".into()), question(&mut peer, &mut sid));
    assert_eq!(error_of(answer).kind(), RequestErrorKind::TimedOut);
    let sid = sid.expect("subscribed");
    let (answer, ()) = tokio::join!(client.request("service", "".into()), async {
        let (_, reply) = question(&mut peer, &mut Some(sid)).await;
        peer.send_msg(&late, sid, None, "late").await;
        peer.send_msg(&reply, sid, None, "in time").await;
    });
    assert_eq!(answer.expect("it was answered").payload, "in time");
}

/// I5: without a connection too, the deadline holds.
#[tokio::test(start_paused = true)]
async fn requests_while_disconnected_end_by_their_deadline() {
    let mut session = Session::with(options().request_timeout(Some(secs(7)))).await;
    drop(std::mem::replace(&mut session.peer, nobody()));
    session.events.expect(Event::Disconnected).await;
    let client = session.client.clone();
    let start = Instant::now();
    let asked = tokio::spawn(async move {
        let error = error_of(client.request("service", "".into()).await);
        (error.kind(), start.elapsed())
    });
    session.net.refuse_for(secs(20)).await;
    let (kind, took) = at_last(asked).await.expect("no panic");
    assert_eq!(kind, RequestErrorKind::TimedOut);
    assert_about(took, secs(7));
}

/// A request that nobody has written yet is as good as new after a reconnect.
/// A stream that is given up may take a moment to say so. Deadlines do not wait for that, nor do those of requests that
/// are made meanwhile.
#[tokio::test(start_paused = true)]
async fn requests_end_by_their_deadline_while_a_stream_is_shut_down() {
    let (session, faults) = Session::faulty(options().request_timeout(Some(millis(50))), false).await;
    faults.hold_shutdown();
    session.client.force_reconnect().await.expect("the client is open");
    settle().await;
    let begin = Instant::now();
    let asked = ask(&session.client, "early", "?");
    let later = async {
        tokio::time::sleep(millis(10)).await;
        let soon = Request::new().timeout(Some(millis(20)));
        let error = error_of(session.client.send_request("later", soon).await);
        (error.kind(), begin.elapsed())
    };
    let (first, (kind, elapsed)) = tokio::join!(async { (asked.await, begin.elapsed()) }, later);
    assert_eq!(kind, RequestErrorKind::TimedOut);
    assert_about(elapsed, millis(30));
    assert_eq!(error_of(first.0).kind(), RequestErrorKind::TimedOut);
    assert_about(first.1, millis(50));
}

#[tokio::test(start_paused = true)]
async fn a_request_while_disconnected_goes_out_when_there_is_a_connection() {
    let mut session = Session::start().await;
    drop(std::mem::replace(&mut session.peer, nobody()));
    session.events.expect(Event::Disconnected).await;
    let (answer, ()) = tokio::join!(session.client.request("service", "kept".into()), async {
        session.net.refuse_for(secs(3)).await;
        let mut peer = session.net.accept().await;
        peer.handshake().await;
        let mut sid = None;
        let (message, reply) = question(&mut peer, &mut sid).await;
        assert_eq!(message.text(), "kept");
        peer.send_msg(&reply, sid.expect("subscribed before the question"), None, "yes")
            .await;
    });
    assert_eq!(answer.expect("it was answered").payload, "yes");
}

/// With an inbox of the user's, a subscription that lasts as long as the request.
#[tokio::test(start_paused = true)]
async fn a_request_with_its_own_inbox_subscribes_for_its_time() {
    let Session { client, mut peer, .. } = Session::start().await;
    let request = || {
        Request::new()
            .payload("what?".into())
            .inbox("answers.for.me".into())
            .timeout(Some(secs(2)))
    };
    let (answer, sid) = tokio::join!(client.send_request("service", request()), async {
        let sub = peer.expect_sub().await;
        assert_eq!((sub.subject.as_str(), sub.queue), ("answers.for.me", None));
        let message = peer.expect_pub().await;
        assert_eq!(
            (message.reply.as_deref(), message.text().as_str()),
            (Some("answers.for.me"), "what?")
        );
        peer.send_msg("answers.for.me", sub.sid, None, "this").await;
        sub.sid
    });
    assert_eq!(answer.expect("it was answered").payload, "this");
    peer.expect(&format!("UNSUB {sid}")).await;

    let start = Instant::now();
    let (answer, ()) = tokio::join!(client.send_request("service", request()), async {
        peer.expect_sub().await;
        peer.expect_pub().await;
    });
    assert_eq!(error_of(answer).kind(), RequestErrorKind::TimedOut);
    assert_about(start.elapsed(), secs(2));
    peer.expect_unsub().await;

    let (answer, ()) = tokio::join!(client.send_request("service", request()), async {
        let sid = peer.expect_sub().await.sid;
        peer.expect_pub().await;
        peer.send_hmsg("answers.for.me", sid, None, Some("503"), &[], "").await;
    });
    assert_eq!(error_of(answer).kind(), RequestErrorKind::NoResponders);
}

#[tokio::test(start_paused = true)]
async fn inboxes_begin_with_the_prefix_of_the_options() {
    let Session { client, mut peer, .. } = Session::with(options().custom_inbox_prefix("_MINE.of.me")).await;
    let (one, two) = (client.new_inbox(), client.new_inbox());
    assert!(one.starts_with("_MINE.of.me.") && two.starts_with("_MINE.of.me.") && one != two);
    let mut asked = ask(&client, "service", "");
    assert!(poll_once(&mut asked).await.is_none());
    let sub = peer.expect_sub().await;
    let reply = peer.expect_pub().await.reply.expect("a reply subject");
    assert!(
        sub.subject.starts_with("_MINE.of.me.") && sub.subject.ends_with(".*"),
        "{}",
        sub.subject
    );
    assert!(reply.starts_with(sub.subject.trim_end_matches('*')), "{reply}");
    let other = Session::with(async_nats::ConnectOptions::new()).await;
    assert!(!other.client.new_inbox().starts_with("_MINE"));
}

/// I14: what is wrong with a request is told before anything is sent.
#[tokio::test(start_paused = true)]
async fn bad_requests_are_refused_before_anything_is_sent() {
    let Session { client, mut peer, .. } = Session::to(SERVER, options(), Info::new().max_payload(10)).await;
    for subject in ["", "a b", "a\r\nPING"] {
        let error = error_of(client.request(subject, "".into()).await);
        assert_eq!(error.kind(), RequestErrorKind::InvalidSubject, "{subject:?}");
    }
    let error = error_of(client.request("a", "12345678901".into()).await);
    assert_eq!(error.kind(), RequestErrorKind::MaxPayloadExceeded);
    for inbox in ["", "a b", "a\r\nPING", "a..b"] {
        let error = error_of(client.send_request("a", Request::new().inbox(inbox.into())).await);
        assert_eq!(error.kind(), RequestErrorKind::Other, "{inbox:?}");
    }
    peer.expect_nothing_for(secs(1)).await;
}

/// I14: a prefix that is no subject never reaches the wire.
#[tokio::test(start_paused = true)]
async fn a_bad_inbox_prefix_never_becomes_protocol() {
    for prefix in ["", "a b", "x\r\nPUB evil 0\r\n\r\nSUB x", "a..b", "a.\n"] {
        let Session { client, mut peer, .. } = Session::with(options().custom_inbox_prefix(prefix)).await;
        let error = error_of(client.request("service", "".into()).await);
        assert_eq!(error.kind(), RequestErrorKind::Other, "{prefix:?}: {error}");
        peer.expect_nothing_for(secs(1)).await;
    }
}
