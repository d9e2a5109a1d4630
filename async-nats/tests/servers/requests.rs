//! Requests and replies.

use std::collections::HashSet;
use std::time::Duration;

use async_nats::{Client, ConnectOptions, HeaderMap, Request, RequestErrorKind};
use futures_util::future::join_all;
use futures_util::StreamExt;
use nats_server::{run_basic_server, run_server_with_config_text};
use tokio::task::JoinHandle;

use crate::support::{connect, connect_with, fenced, next, text, until, within};

/// Answers each request on `subject` with what it holds.
async fn echo(client: &Client, subject: &'static str) -> JoinHandle<()> {
    let mut requests = client.subscribe(subject).await.expect("a good subject");
    fenced(client).await;
    let client = client.clone();
    tokio::spawn(async move {
        while let Some(request) = requests.next().await {
            let reply = request.reply.expect("a request has a reply subject");
            client.publish(reply, request.payload).await.expect("a good subject");
        }
    })
}

/// I5: each of a thousand requests in flight gets its own answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_requests_in_flight_get_their_own_answers() {
    let server = run_basic_server();
    let responder = connect(&server).await;
    let echo = echo(&responder, "echo").await;
    let client = connect(&server).await;
    for _ in 0..3 {
        let requests = (0..1000).map(|number: u32| {
            let client = client.clone();
            tokio::spawn(async move {
                let answer = client
                    .request("echo", number.to_string().into())
                    .await
                    .expect("an answer");
                assert_eq!(text(&answer), number.to_string());
            })
        });
        for request in within("all answers", join_all(requests)).await {
            request.expect("the answer is its own");
        }
    }
    echo.abort();
}

/// The answer comes on the same connection that the request went out on.
#[tokio::test]
async fn a_client_can_answer_itself() {
    let server = run_basic_server();
    let client = connect(&server).await;
    let echo = echo(&client, "echo").await;
    for size in [0, 1, 8192, 1024 * 1024] {
        let answer = client
            .request("echo", vec![b'x'; size].into())
            .await
            .expect("an answer");
        assert_eq!(answer.payload.len(), size);
    }
    echo.abort();
}

#[tokio::test]
async fn a_request_that_nobody_hears_fails_at_once() {
    let server = run_basic_server();
    let client = connect_with(ConnectOptions::new().request_timeout(None), &server).await;
    let error = within("the error", client.request("nobody", "x".into()))
        .await
        .expect_err("nobody is there");
    assert_eq!(error.kind(), RequestErrorKind::NoResponders);
    let to_inbox = Request::new().inbox(client.new_inbox());
    let error = within("the error", client.send_request("nobody", to_inbox))
        .await
        .expect_err("nobody is there");
    assert_eq!(error.kind(), RequestErrorKind::NoResponders);
}

#[tokio::test]
async fn a_request_that_nobody_answers_times_out() {
    let server = run_basic_server();
    let options = ConnectOptions::new().request_timeout(Some(Duration::from_millis(20)));
    let client = connect_with(options, &server).await;
    let mut requests = client.subscribe("silent").await.expect("a good subject");
    let error = client.request("silent", "x".into()).await.expect_err("nobody answers");
    assert_eq!(error.kind(), RequestErrorKind::TimedOut);
    let own = Request::new()
        .timeout(Some(Duration::from_millis(10)))
        .inbox(client.new_inbox());
    let error = client.send_request("silent", own).await.expect_err("nobody answers");
    assert_eq!(error.kind(), RequestErrorKind::TimedOut);
    // An answer that comes too late goes nowhere.
    for _ in 0..2 {
        let reply = next(&mut requests).await.reply.expect("a request has a reply subject");
        client.publish(reply, "late".into()).await.expect("a good subject");
    }
    let echo = echo(&client, "echo").await;
    let long = Request::new().payload("on time".into()).timeout(None);
    let answer = client.send_request("echo", long).await.expect("an answer");
    assert_eq!(text(&answer), "on time");
    echo.abort();
}

/// I5, I18: requests that are given up leave nothing behind, whether they are answered or not.
#[tokio::test]
async fn requests_can_be_given_up() {
    let server = run_basic_server();
    let client = connect(&server).await;
    let mut requests = client.subscribe("slow").await.expect("a good subject");
    for _ in 0..100 {
        let request = client.request("slow", "x".into());
        let given_up = tokio::time::timeout(Duration::ZERO, request).await;
        assert!(given_up.is_err());
    }
    fenced(&client).await;
    let mut replies = HashSet::new();
    for _ in 0..requests.pending_messages() {
        let reply = next(&mut requests).await.reply.expect("a request has a reply subject");
        client
            .publish(reply.clone(), "late".into())
            .await
            .expect("a good subject");
        replies.insert(reply.to_string());
    }
    assert_eq!(replies.len(), 100, "each has a reply subject of its own");
    let kept = tokio::spawn({
        let client = client.clone();
        async move { client.request("slow", "kept".into()).await }
    });
    let request = next(&mut requests).await;
    let reply = request.reply.expect("a request has a reply subject");
    assert!(!replies.contains(reply.as_str()));
    client
        .publish(reply, "the right one".into())
        .await
        .expect("a good subject");
    let answer = within("the answer", kept)
        .await
        .expect("it does not panic")
        .expect("an answer");
    assert_eq!(text(&answer), "the right one");
}

#[tokio::test]
async fn headers_go_there_and_back() {
    let server = run_basic_server();
    let client = connect(&server).await;
    let mut requests = client.subscribe("service").await.expect("a good subject");
    let responder = client.clone();
    let task = tokio::spawn(async move {
        let request = next(&mut requests).await;
        let reply = request.reply.expect("a request has a reply subject");
        let mut headers = request.headers.expect("they were sent");
        headers.insert("Answer", "yes");
        responder
            .publish_with_headers(reply, headers, "".into())
            .await
            .expect("good headers");
    });
    let mut headers = HeaderMap::new();
    headers.insert("Question", "what?");
    let answer = client
        .request_with_headers("service", headers, "x".into())
        .await
        .expect("an answer");
    let headers = answer.headers.expect("they were sent");
    assert_eq!(headers.get("Question").map(|value| value.as_str()), Some("what?"));
    assert_eq!(headers.get("Answer").map(|value| value.as_str()), Some("yes"));
    assert!(answer.payload.is_empty());
    task.await.expect("all went well");
}

#[tokio::test]
async fn the_first_of_several_answers_is_taken() {
    let server = run_basic_server();
    let client = connect(&server).await;
    let tasks = [
        echo(&client, "echo").await,
        echo(&client, "echo").await,
        echo(&client, "echo").await,
    ];
    for number in 0..100 {
        let request = format!("{number}");
        let answer = client.request("echo", request.clone().into()).await.expect("an answer");
        assert_eq!(text(&answer), request);
    }
    tasks.iter().for_each(JoinHandle::abort);
}

#[tokio::test]
async fn an_inbox_of_the_users_own_gets_the_answer() {
    let server = run_basic_server();
    let client = connect(&server).await;
    let mut requests = client.subscribe("service").await.expect("a good subject");
    let responder = client.clone();
    let task = tokio::spawn(async move {
        let reply = next(&mut requests).await.reply.expect("a request has a reply subject");
        responder
            .publish(reply.clone(), "x".into())
            .await
            .expect("a good subject");
        reply
    });
    let request = Request::new().inbox("answers.for.me".into());
    let answer = within("the answer", client.send_request("service", request))
        .await
        .expect("an answer");
    assert_eq!(answer.subject.as_str(), "answers.for.me");
    assert_eq!(task.await.expect("all went well").as_str(), "answers.for.me");
    drop(answer);
    fenced(&client).await;
    let connz = server.monitor("/connz?subs=true").expect("the server answers");
    let subscriptions = connz["connections"][0]["subscriptions_list"].to_string();
    assert!(!subscriptions.contains("answers.for.me"), "{subscriptions}");
}

/// With permissions for the prefix alone, requests work, and others' answers cannot be read.
#[tokio::test]
async fn an_inbox_prefix_is_enough_for_requests() {
    let config = r#"
        authorization { users: [
            { user: service, password: service }
            { user: shy, password: shy, permissions: { subscribe: "_SHY.>", publish: "echo" } }
        ] }
    "#;
    let server = run_server_with_config_text(config);
    let user = |name: &str| ConnectOptions::with_user_and_password(name.into(), name.into());
    let service = connect_with(user("service"), &server).await;
    let echo = echo(&service, "echo").await;
    let shy = connect_with(user("shy").custom_inbox_prefix("_SHY"), &server).await;
    let answer = within("the answer", shy.request("echo", "x".into()))
        .await
        .expect("an answer");
    assert_eq!(text(&answer), "x");
    echo.abort();
}

/// I6: the inbox of the requests is subscribed to again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_work_after_a_reconnect() {
    let mut server = run_basic_server();
    let client = connect(&server).await;
    let echo = echo(&client, "echo").await;
    assert_eq!(
        text(&client.request("echo", "before".into()).await.expect("an answer")),
        "before"
    );
    server.restart();
    until("the second connection", || {
        client.statistics().connects.load(std::sync::atomic::Ordering::Relaxed) == 2
    })
    .await;
    assert_eq!(
        text(&client.request("echo", "after".into()).await.expect("an answer")),
        "after"
    );
    echo.abort();
}

/// A request that is made while there is no connection goes out with the next one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_waits_for_the_connection() {
    let mut server = run_basic_server();
    let client = connect(&server).await;
    let echo = echo(&client, "echo").await;
    server.kill();
    crate::support::disconnected(&client).await;
    let request = tokio::spawn({
        let client = client.clone();
        async move { client.request("echo", "x".into()).await }
    });
    server.start();
    let answer = within("the answer", request).await.expect("it does not panic");
    assert_eq!(text(&answer.expect("an answer")), "x");
    echo.abort();
}
