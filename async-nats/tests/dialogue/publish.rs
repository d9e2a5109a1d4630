//! Publishing: the bytes on the wire, and what is refused before anything is sent.

use async_nats::header::HeaderMap;
use async_nats::message::OutboundMessage;
use async_nats::{HeaderName, HeaderValue, PublishErrorKind};
use bytes::Bytes;
use futures_util::SinkExt;
use nats_server::script::{Info, Op};

use crate::support::*;

/// The words of a publish with all that it can have.
fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(*name, *value);
    }
    headers
}

#[tokio::test(start_paused = true)]
async fn publishes_go_out_as_they_were_given() {
    let Session { client, mut peer, .. } = Session::start().await;
    client.publish("a.b", "hello".into()).await.expect("good");
    client.publish("a.b", Bytes::new()).await.expect("good");
    client.publish("ä.日本", "ö\r\n\0".into()).await.expect("good");
    client.publish_with_reply("a", "r.1", "x".into()).await.expect("good");
    let block = headers(&[("A", "1"), ("b", "two words"), ("A", "3")]);
    client
        .publish_with_headers("h", block.clone(), "y".into())
        .await
        .expect("good");
    client
        .publish_with_reply_and_headers("h", "r", block, Bytes::new())
        .await
        .expect("good");
    client
        .publish_with_headers("h", HeaderMap::new(), "z".into())
        .await
        .expect("good");
    client.flush().await.expect("there is room");

    let block = "NATS/1.0\r\nA: 1\r\nb: two words\r\nA: 3\r\n\r\n";
    let len = block.len();
    let wire = [
        "PUB a.b 5\r\nhello\r\n",
        "PUB a.b 0\r\n\r\n",
        "PUB ä.日本 5\r\nö\r\n\0\r\n",
        "PUB a r.1 1\r\nx\r\n",
        &format!("HPUB h {len} {}\r\n{block}y\r\n", len + 1),
        &format!("HPUB h r {len} {len}\r\n{block}\r\n"),
        "PUB h 1\r\nz\r\n",
    ]
    .concat();
    let sent = peer.expect_bytes(wire.len()).await;
    assert_eq!(String::from_utf8_lossy(&sent), wire);
}

/// Payloads on both sides of every way that they can go: on the line, copied, by reference.
#[tokio::test(start_paused = true)]
async fn payloads_of_all_sizes_arrive_whole() {
    let Session { client, mut peer, .. } = Session::with_capacity(options(), 3000).await;
    let sizes = [
        1, 200, 240, 250, 256, 300, 1023, 1024, 8191, 8192, 8193, 65_535, 65_536, 65_537, 1_048_000,
    ];
    let expected: Vec<Bytes> = sizes
        .iter()
        .map(|size| (0..*size).map(|at| (at * 7 % 251) as u8).collect::<Vec<_>>().into())
        .collect();
    let publisher = async {
        for payload in &expected {
            client.publish("a", payload.clone()).await.expect("good");
            client
                .publish_with_headers("b", headers(&[("N", "v")]), payload.slice(1..))
                .await
                .expect("good");
        }
    };
    let reader = async {
        for payload in &expected {
            assert!(
                peer.expect_pub().await.payload == payload[..],
                "{} bytes",
                payload.len()
            );
            let with_headers = peer.expect_pub().await;
            assert!(with_headers.payload == payload[1..], "{} bytes", payload.len());
            assert_eq!(with_headers.header("N"), Some("v"));
        }
    };
    at_last(async { tokio::join!(publisher, reader) }).await;
}

/// I14: no subject becomes protocol, and nothing of a refused publish is on the wire.
#[tokio::test(start_paused = true)]
async fn bad_subjects_are_refused_before_anything_is_sent() {
    let Session { client, mut peer, .. } = Session::start().await;
    let bad = ["", " ", "a b", "a\tb", "a\r\nPING", "a\n", "\r"];
    for subject in bad {
        let error = error_of(client.publish(subject, "x".into()).await);
        assert_eq!(error.kind(), PublishErrorKind::InvalidSubject, "{subject:?}");
        let error = error_of(client.publish_with_reply("a", subject, "x".into()).await);
        assert_eq!(error.kind(), PublishErrorKind::InvalidSubject, "reply {subject:?}");
        let error = error_of(
            client
                .publish_with_reply_and_headers(subject, "r", headers(&[("A", "1")]), "x".into())
                .await,
        );
        assert_eq!(error.kind(), PublishErrorKind::InvalidSubject, "{subject:?}");
    }
    client.publish("good", "x".into()).await.expect("good");
    peer.expect("PUB good 1\r\nx").await;
}

/// I14: without the checks, what could end the line is refused still.
#[tokio::test(start_paused = true)]
async fn line_ends_are_refused_without_validation_too() {
    let Session { client, mut peer, .. } = Session::with(options().skip_subject_validation(true)).await;
    for subject in ["", "a\r\nPING\r\nPUB a", "a\n", "\r"] {
        let error = error_of(client.publish(subject, "x".into()).await);
        assert_eq!(error.kind(), PublishErrorKind::InvalidSubject, "{subject:?}");
        let error = error_of(client.publish_with_reply("a", subject, "x".into()).await);
        assert_eq!(error.kind(), PublishErrorKind::InvalidSubject, "reply {subject:?}");
    }
    client.publish(".odd.", "x".into()).await.expect("the checks are off");
    peer.expect("PUB .odd. 1\r\nx").await;
}

/// I14: names and values with a line end never become a line, whichever way they were made.
#[tokio::test(start_paused = true)]
async fn headers_with_line_ends_are_refused_before_anything_is_sent() {
    let Session { client, mut peer, .. } = Session::start().await;
    let evil = ["v\r\nInjected: 1", "v\n", "v\r", "\r\n\r\nPUB x 0"];
    for text in evil {
        assert!(text.parse::<HeaderValue>().is_err(), "{text:?}");
        assert!(text.parse::<HeaderName>().is_err(), "{text:?}");
        let mut block = HeaderMap::new();
        // An infallible way in panics or keeps the text; either way it does not get out.
        let made = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| block.insert("A", text)));
        if made.is_ok() {
            if let Err(error) = client.publish_with_headers("a", block, "x".into()).await {
                assert_eq!(error.kind(), PublishErrorKind::Send, "{error}");
                continue;
            }
            let sent = peer.expect_pub().await;
            assert_eq!(sent.headers.len(), 1, "{text:?} became {:?}", sent.headers);
        }
    }
    client.publish("good", "x".into()).await.expect("good");
    peer.expect("PUB good 1\r\nx").await;
}

/// The server's limit counts headers and payload together: one byte less passes, one more does not.
#[tokio::test(start_paused = true)]
async fn the_largest_message_passes_and_one_byte_more_does_not() {
    let Session { client, mut peer, .. } = Session::to(SERVER, options(), Info::new().max_payload(100)).await;
    let block = headers(&[("A", "1")]);
    let len = "NATS/1.0\r\nA: 1\r\n\r\n".len();
    for (payload, with_headers, fits) in [
        (100, false, true),
        (101, false, false),
        (100 - len, true, true),
        (101 - len, true, false),
    ] {
        let body = Bytes::from(vec![b'x'; payload]);
        let result = match with_headers {
            true => client.publish_with_headers("a", block.clone(), body.clone()).await,
            false => client.publish("a", body.clone()).await,
        };
        if fits {
            result.expect("it is not too large");
            assert_eq!(peer.expect_pub().await.payload, body);
        } else {
            assert_eq!(error_of(result).kind(), PublishErrorKind::MaxPayloadExceeded);
        }
    }
    peer.expect_nothing_for(secs(1)).await;
}

/// A server of old, or one that was told so, has no headers: it would end the connection at an HPUB.
#[tokio::test(start_paused = true)]
async fn headers_are_refused_where_the_server_has_none() {
    let Session { client, mut peer, .. } = Session::to(SERVER, options(), Info::new().headers(false)).await;
    let error = error_of(
        client
            .publish_with_headers("a", headers(&[("A", "1")]), "x".into())
            .await,
    );
    assert_eq!(error.kind(), PublishErrorKind::Send);
    client
        .publish_with_headers("a", HeaderMap::new(), "x".into())
        .await
        .expect("there are none");
    peer.expect("PUB a 1\r\nx").await;
}

/// An INFO that leaves the limit out says nothing of it; it does not forbid all payloads.
#[tokio::test(start_paused = true)]
async fn a_limit_that_the_server_does_not_name_is_the_usual_one() {
    let Session { client, mut peer, .. } = Session::to(SERVER, options(), Info::new().without("max_payload")).await;
    client.publish("a", "x".into()).await.expect("one byte is not too much");
    peer.expect("PUB a 1\r\nx").await;
}

#[tokio::test(start_paused = true)]
async fn a_client_is_a_sink_of_messages() {
    let Session {
        mut client, mut peer, ..
    } = Session::start().await;
    let message = |subject: &'static str, payload: &'static str| OutboundMessage {
        subject: subject.into(),
        reply: None,
        payload: payload.into(),
        headers: None,
    };
    client.send(message("a", "one")).await.expect("good");
    client
        .feed(OutboundMessage {
            reply: Some("r".into()),
            ..message("a", "two")
        })
        .await
        .expect("good");
    let bad = error_of(client.feed(message("a b", "three")).await);
    assert_eq!(bad.kind(), PublishErrorKind::InvalidSubject);
    let bad = error_of(
        client
            .feed(OutboundMessage {
                reply: Some("\r".into()),
                ..message("a", "four")
            })
            .await,
    );
    assert_eq!(bad.kind(), PublishErrorKind::InvalidSubject);
    SinkExt::<OutboundMessage>::close(&mut client)
        .await
        .expect("all is written");
    peer.expect("PUB a 3\r\none\r\nPUB a r 3\r\ntwo").await;
    // Closing the sink leaves the client open.
    client.publish("a", "five".into()).await.expect("good");
    peer.expect("PUB a 4\r\nfive").await;
}

/// I4: what one publisher sends to one subject keeps its order; others come in between, whole.
#[tokio::test(start_paused = true)]
async fn each_publisher_keeps_its_order() {
    let Session { client, mut peer, .. } = Session::with_capacity(options().client_capacity(8), 512).await;
    let mut publishers = tokio::task::JoinSet::new();
    for publisher in 0..5 {
        let client = client.clone();
        publishers.spawn(async move {
            for number in 0..200 {
                let subject = format!("p{publisher}");
                client
                    .publish(subject, format!("{number}").repeat(number % 40 + 1).into())
                    .await
                    .expect("good");
            }
        });
    }
    let mut next = [0; 5];
    for _ in 0..1000 {
        let message = at_last(peer.expect_pub()).await;
        let publisher: usize = message.subject[1..].parse().expect("a number");
        let number = next[publisher];
        next[publisher] += 1;
        assert_eq!(message.text(), format!("{number}").repeat(number % 40 + 1));
    }
    at_last(publishers.join_all()).await;
}

/// The words of all of the client's side, in the order of the calls.
#[tokio::test(start_paused = true)]
async fn subscriptions_and_publishes_keep_the_order_of_the_calls() {
    let Session { client, mut peer, .. } = Session::start().await;
    client.publish("a", "1".into()).await.expect("good");
    let mut messages = client.subscribe("a").await.expect("good");
    client.publish("a", "2".into()).await.expect("good");
    messages.unsubscribe().await.expect("open");
    client.publish("a", "3".into()).await.expect("good");
    let mut said = Vec::new();
    for _ in 0..5 {
        said.push(match peer.expect_op().await {
            Op::Pub(message) => message.text(),
            Op::Sub(_) => "sub".to_owned(),
            Op::Unsub(_) => "unsub".to_owned(),
            other => panic!("{other:?}"),
        });
    }
    assert_eq!(said, ["1", "sub", "2", "unsub", "3"]);
}
