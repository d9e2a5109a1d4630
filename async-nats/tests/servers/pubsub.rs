//! Publishing and subscribing.

use std::collections::BTreeMap;

use async_nats::message::OutboundMessage;
use async_nats::{Client, ConnectOptions, HeaderMap, PublishErrorKind, Subject, Subscriber};
use futures_util::{SinkExt, StreamExt};
use nats_server::{run_basic_server, run_server_with_config_text};

use crate::support::{connect, connect_with, fenced, next, number, text, within, Events};

/// Messages of the large tests, over all publishers.
const MANY: u64 = 100_000;

async fn publish_numbers(client: Client, subject: impl Into<Subject>, count: u64) {
    let subject = subject.into();
    for number in 0..count {
        client
            .publish(subject.clone(), number.to_string().into())
            .await
            .expect("a good subject");
    }
}

/// The numbers from each subject, in the order in which they came, until there are `count`.
async fn by_subject(messages: &mut Subscriber, count: u64) -> BTreeMap<String, Vec<u64>> {
    let mut seen = BTreeMap::<String, Vec<u64>>::new();
    for _ in 0..count {
        let message = next(messages).await;
        seen.entry(message.subject.to_string())
            .or_default()
            .push(number(&message));
    }
    seen
}

/// I4: one publisher, everything in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_messages_come_in_order() {
    let server = run_basic_server();
    let subscriber = connect_with(ConnectOptions::new().subscription_capacity(MANY as usize), &server).await;
    let mut messages = subscriber.subscribe("n").await.expect("a good subject");
    fenced(&subscriber).await;
    let client = connect(&server).await;
    let publisher = tokio::spawn(publish_numbers(client.clone(), "n", MANY));
    for expected in 0..MANY {
        assert_eq!(number(&next(&mut messages).await), expected);
    }
    publisher.await.expect("all is published");
    assert_eq!(messages.dropped(), 0);
}

/// I4: the clones of a client share one connection; what each of them publishes stays in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_tasks_keep_their_own_order() {
    const TASKS: u64 = 8;
    let server = run_basic_server();
    let client = connect_with(ConnectOptions::new().subscription_capacity(MANY as usize), &server).await;
    let mut all = client.subscribe("n.*").await.expect("a good subject");
    let mut one = client.subscribe("n.3").await.expect("a good subject");
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| tokio::spawn(publish_numbers(client.clone(), format!("n.{task}"), MANY / TASKS)))
        .collect();
    let expected: Vec<u64> = (0..MANY / TASKS).collect();
    let seen = by_subject(&mut all, MANY).await;
    assert_eq!(seen.len() as u64, TASKS);
    assert!(seen.values().all(|numbers| *numbers == expected));
    let seen = by_subject(&mut one, MANY / TASKS).await;
    assert!(seen["n.3"] == expected);
    for task in tasks {
        task.await.expect("all is published");
    }
}

/// I4: nothing reaches a subscription that is another's, over one connection and over many.
#[tokio::test]
async fn each_subscription_gets_what_matches_it_and_nothing_else() {
    let server = run_basic_server();
    let client = connect(&server).await;
    let patterns = ["a.b.c", "a.*.c", "a.>", ">", "a.b", "*.b.c", "b.>", "a.b.c"];
    let mut subscriptions = Vec::new();
    for pattern in patterns {
        subscriptions.push(client.subscribe(pattern).await.expect("a good subject"));
    }
    let subjects = ["a.b.c", "a.x.c", "a.b", "b.b.c", "a", "c"];
    for subject in subjects {
        client.publish(subject, subject.into()).await.expect("a good subject");
    }
    fenced(&client).await;
    let expected: [&[&str]; 8] = [
        &["a.b.c"],
        &["a.b.c", "a.x.c"],
        &["a.b.c", "a.x.c", "a.b"],
        &subjects,
        &["a.b"],
        &["a.b.c", "b.b.c"],
        &["b.b.c"],
        &["a.b.c"],
    ];
    for ((mut messages, pattern), expected) in subscriptions.into_iter().zip(patterns).zip(expected) {
        messages.unsubscribe().await.expect("the client is open");
        let got: Vec<String> = messages.map(|message| message.subject.to_string()).collect().await;
        assert_eq!(got, expected, "{pattern}");
    }
}

#[tokio::test]
async fn the_members_of_a_queue_group_share_the_work() {
    const COUNT: u64 = 3000;
    let server = run_basic_server();
    let clients = [connect(&server).await, connect(&server).await, connect(&server).await];
    let mut workers = Vec::new();
    for client in &clients {
        workers.push(
            client
                .queue_subscribe("jobs", "workers".into())
                .await
                .expect("a good name"),
        );
    }
    // One more member on the same connection, another group, and somebody who only looks.
    workers.push(
        clients[0]
            .queue_subscribe("jobs", "workers".into())
            .await
            .expect("a good name"),
    );
    let mut auditor = clients[0]
        .queue_subscribe("jobs", "auditors".into())
        .await
        .expect("a good name");
    let mut looker = clients[0].subscribe("jobs").await.expect("a good subject");
    for client in &clients {
        fenced(client).await;
    }
    publish_numbers(clients[1].clone(), "jobs", COUNT).await;
    fenced(&clients[1]).await;
    for client in &clients {
        fenced(client).await;
    }
    let mut seen = Vec::new();
    for mut worker in workers {
        worker.unsubscribe().await.expect("the client is open");
        let numbers: Vec<u64> = worker.map(|message| number(&message)).collect().await;
        assert!(!numbers.is_empty(), "a worker had nothing to do");
        assert!(numbers.is_sorted(), "the order of the publisher is kept");
        seen.extend(numbers);
    }
    seen.sort_unstable();
    let all: Vec<u64> = (0..COUNT).collect();
    assert!(seen == all, "each is done once");
    assert!(by_subject(&mut auditor, COUNT).await["jobs"] == all);
    assert!(by_subject(&mut looker, COUNT).await["jobs"] == all);
}

#[tokio::test]
async fn headers_come_as_they_were_sent() {
    let server = run_basic_server();
    let client = connect(&server).await;
    let mut messages = client.subscribe("n").await.expect("a good subject");
    let mut headers = HeaderMap::new();
    headers.append("Twice", "one");
    headers.append("Twice", "two");
    headers.insert("lower-CASE", "a value: with, all sorts  of things");
    headers.insert("Empty", "");
    for payload in ["", "with a payload"] {
        client
            .publish_with_headers("n", headers.clone(), payload.into())
            .await
            .expect("good headers");
        let message = next(&mut messages).await;
        assert_eq!(text(&message), payload);
        assert_eq!(message.headers.as_ref(), Some(&headers));
    }
    client
        .publish_with_reply_and_headers("n", "answers", headers.clone(), "x".into())
        .await
        .expect("good headers");
    let message = next(&mut messages).await;
    assert_eq!(
        (message.reply.as_deref(), message.headers),
        (Some("answers"), Some(headers))
    );
    client
        .publish_with_reply("n", "answers", "y".into())
        .await
        .expect("a good subject");
    let message = next(&mut messages).await;
    assert_eq!((message.reply.as_deref(), message.headers), (Some("answers"), None));
}

#[tokio::test]
async fn an_empty_payload_is_a_message() {
    let server = run_basic_server();
    let client = connect(&server).await;
    let mut messages = client.subscribe("n").await.expect("a good subject");
    for _ in 0..3 {
        client.publish("n", "".into()).await.expect("a good subject");
        let message = next(&mut messages).await;
        assert!(message.payload.is_empty() && message.headers.is_none() && message.status.is_none());
    }
}

/// Both sides of the limit: what is just as large as the server takes passes, a byte more is refused, and the
/// connection does not suffer.
#[tokio::test]
async fn a_message_may_be_as_large_as_the_server_takes() {
    let server = run_server_with_config_text("max_payload: 2000");
    let events = Events::default();
    let client = connect_with(events.record(ConnectOptions::new()), &server).await;
    assert_eq!(client.max_payload(), 2000);
    let mut messages = client.subscribe("n").await.expect("a good subject");
    client
        .publish("n", vec![b'x'; 2000].into())
        .await
        .expect("it is as large as allowed");
    assert_eq!(next(&mut messages).await.payload.len(), 2000);
    let error = client
        .publish("n", vec![b'x'; 2001].into())
        .await
        .expect_err("it is too large");
    assert_eq!(error.kind(), PublishErrorKind::MaxPayloadExceeded);
    assert!(
        error.to_string().contains("2001") && error.to_string().contains("2000"),
        "{error}"
    );

    let mut headers = HeaderMap::new();
    headers.insert("Name", "value");
    let head = "NATS/1.0\r\nName: value\r\n\r\n".len();
    client
        .publish_with_headers("n", headers.clone(), vec![b'x'; 2000 - head].into())
        .await
        .expect("just so");
    assert_eq!(next(&mut messages).await.payload.len(), 2000 - head);
    let error = client
        .publish_with_headers("n", headers, vec![b'x'; 2001 - head].into())
        .await;
    assert_eq!(
        error.expect_err("it is too large").kind(),
        PublishErrorKind::MaxPayloadExceeded
    );
    let error = client
        .request("n", vec![b'x'; 2001].into())
        .await
        .expect_err("it is too large");
    assert_eq!(error.kind(), async_nats::RequestErrorKind::MaxPayloadExceeded);
    fenced(&client).await;
    assert_eq!(events.all(), [async_nats::Event::Connected]);
}

/// I4: messages of a MiB, between clients and between small ones.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_of_a_mebibyte_go_both_ways() {
    const COUNT: u8 = 20;
    const SIZE: usize = 1024 * 1024;
    let server = run_basic_server();
    let (one, other) = (connect(&server).await, connect(&server).await);
    let at_one = one.subscribe("to.one").await.expect("a good subject");
    let at_other = other.subscribe("to.other").await.expect("a good subject");
    fenced(&one).await;
    fenced(&other).await;
    let send = |client: Client, subject: &'static str| async move {
        for number in 0..COUNT {
            client
                .publish(subject, vec![number; SIZE].into())
                .await
                .expect("it is as large as allowed");
            client
                .publish(subject, vec![number; 3].into())
                .await
                .expect("a good subject");
        }
    };
    let receive = |mut messages: Subscriber| async move {
        for number in 0..COUNT {
            let large = next(&mut messages).await.payload;
            assert_eq!(large.len(), SIZE);
            assert!(large.iter().all(|&byte| byte == number));
            assert_eq!(next(&mut messages).await.payload, vec![number; 3]);
        }
    };
    let tasks = [
        tokio::spawn(receive(at_one)),
        tokio::spawn(receive(at_other)),
        tokio::spawn(send(one.clone(), "to.other")),
        tokio::spawn(send(other.clone(), "to.one")),
    ];
    for task in tasks {
        task.await.expect("all went well");
    }
}

#[tokio::test]
async fn a_subscription_ends_after_its_number_of_messages() {
    let server = run_basic_server();
    let client = connect(&server).await;
    let mut three = client.subscribe("n").await.expect("a good subject");
    three.unsubscribe_after(3).await.expect("the client is open");
    let mut late = client.subscribe("n").await.expect("a good subject");
    publish_numbers(client.clone(), "n", 5).await;
    fenced(&client).await;
    late.unsubscribe_after(2).await.expect("the client is open");
    publish_numbers(client.clone(), "n", 5).await;
    fenced(&client).await;
    assert_eq!(crate::support::rest(three).await, ["0", "1", "2"]);
    assert_eq!(
        crate::support::rest(late).await.len(),
        5,
        "it had more already, and no more come"
    );
    let connz = server.monitor("/connz").expect("the server answers");
    assert_eq!(connz["connections"][0]["subscriptions"], 0);
}

#[tokio::test]
async fn a_dropped_subscription_is_gone_from_the_server() {
    let server = run_basic_server();
    let client = connect(&server).await;
    let kept = client.subscribe("kept").await.expect("a good subject");
    let mut ended = client.subscribe("ended").await.expect("a good subject");
    drop(client.subscribe("dropped").await.expect("a good subject"));
    ended.unsubscribe().await.expect("the client is open");
    fenced(&client).await;
    let connz = server.monitor("/connz?subs=true").expect("the server answers");
    assert_eq!(
        connz["connections"][0]["subscriptions_list"],
        serde_json::json!(["kept"])
    );
    drop(kept);
}

/// A client is a sink of messages as well.
#[tokio::test]
async fn messages_can_be_sent_into_a_client() {
    let server = run_basic_server();
    let mut client = connect(&server).await;
    let mut messages = client.subscribe("n").await.expect("a good subject");
    let outgoing = |number: u64| OutboundMessage {
        subject: "n".into(),
        reply: None,
        payload: number.to_string().into(),
        headers: None,
    };
    let mut source = futures_util::stream::iter((0..1000).map(|number| Ok(outgoing(number))));
    within("all to be sent", client.send_all(&mut source))
        .await
        .expect("all are good");
    for expected in 0..1000 {
        assert_eq!(number(&next(&mut messages).await), expected);
    }
}
