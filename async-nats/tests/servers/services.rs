//! Services: what they answer, how they are found, and how they end.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::Duration;

use async_nats::service::error::Error;
use async_nats::service::{self, Config, Discovery, Info, ServiceExt, NATS_SERVICE_ERROR, NATS_SERVICE_ERROR_CODE};
use async_nats::{Client, HeaderMap, RequestErrorKind};
use futures_util::future::join_all;
use futures_util::StreamExt;
use nats_server::run_basic_server;
use serde_json::{json, Value};
use tokio::sync::Semaphore;

use crate::support::{connect, fenced, next, text, until, within};

fn config(name: &str) -> Config {
    Config {
        name: name.to_owned(),
        version: "1.0.0".to_owned(),
        description: None,
        stats_handler: None,
        metadata: None,
        queue_group: None,
    }
}

fn failure(code: usize, status: &str) -> Error {
    let status = status.to_owned();
    Error { code, status }
}

async fn ask(client: &Client, subject: &str) -> Value {
    let answer = client.request(subject.to_owned(), "".into()).await.expect("an answer");
    serde_json::from_slice(&answer.payload).expect("JSON")
}

#[tokio::test]
async fn an_instance_answers_to_all_its_name_and_its_id() {
    let server = run_basic_server();
    let client = connect(&server).await;
    let service = client
        .service_builder()
        .description("sells things")
        .metadata(HashMap::from([("team".to_owned(), "shop".to_owned())]))
        .start("shop", "1.2.3")
        .await
        .expect("a good service");
    let id = service.info().await.id;
    for subject in [
        "$SRV.PING".to_owned(),
        "$SRV.PING.shop".to_owned(),
        format!("$SRV.PING.shop.{id}"),
    ] {
        let expected = json!({
            "type": "io.nats.micro.v1.ping_response", "name": "shop", "id": id, "version": "1.2.3",
            "metadata": {"team": "shop"},
        });
        assert_eq!(ask(&client, &subject).await, expected, "{subject}");
    }
    let error = client
        .request("$SRV.PING.other", "".into())
        .await
        .expect_err("another name");
    assert_eq!(error.kind(), RequestErrorKind::NoResponders);
}

/// In 0.49.1 what `info()` returned had no endpoints.
#[tokio::test]
async fn info_without_its_endpoints() {
    let server = run_basic_server();
    let client = connect(&server).await;
    let service = client
        .service_builder()
        .start("shop", "1.0.0")
        .await
        .expect("a good service");
    let metadata = HashMap::from([("kind".to_owned(), "list".to_owned())]);
    let builder = service.endpoint_builder().name("list").metadata(metadata.clone());
    let _list = builder.add("products.list").await.expect("a good subject");
    // Dropped at once, and still part of the service.
    drop(
        service
            .group("v2")
            .endpoint("products.get")
            .await
            .expect("a good subject"),
    );
    let asked: Info = serde_json::from_value(ask(&client, "$SRV.INFO.shop").await).expect("an info");
    for info in [service.info().await, asked] {
        assert_eq!(info.kind, "io.nats.micro.v1.info_response");
        let [list, get] = &info.endpoints[..] else {
            panic!("two endpoints: {info:?}")
        };
        assert_eq!(
            (&*list.name, &*list.subject, &*list.queue_group),
            ("list", "products.list", "q")
        );
        assert_eq!(list.metadata, metadata);
        assert_eq!((&*get.name, &*get.subject), ("v2-products-get", "v2.products.get"));
    }
}

#[tokio::test]
async fn stats_count_answers_and_errors_until_they_are_reset() {
    let server = run_basic_server();
    let client = connect(&server).await;
    let mut service = client
        .service_builder()
        .stats_handler(|name, stats| json!({"name": name, "so far": stats.requests}))
        .start("shop", "1.0.0")
        .await
        .expect("a good service");
    let mut endpoint = service.endpoint("products").await.expect("a good subject");
    let requester = connect(&server).await;
    fenced(&client).await;
    for number in 0..3 {
        let answering = async {
            let request = endpoint.next().await.expect("a request");
            let answer = if number == 1 {
                Err(failure(404, "none left"))
            } else {
                Ok("one".into())
            };
            request.respond(answer).await.expect("it has a reply subject");
        };
        let (answer, ()) = tokio::join!(requester.request("products", "".into()), answering);
        let answer = answer.expect("an answer");
        let headers = answer.headers.unwrap_or_default();
        let error = (headers.get(NATS_SERVICE_ERROR_CODE), headers.get(NATS_SERVICE_ERROR));
        let expected = (number == 1).then_some(("404", "none left"));
        assert_eq!(
            error
                .0
                .zip(error.1)
                .map(|(code, status)| (code.as_str(), status.as_str())),
            expected
        );
    }
    let stats = ask(&client, "$SRV.STATS.shop").await;
    assert_eq!(stats["type"], "io.nats.micro.v1.stats_response");
    let products = &stats["endpoints"][0];
    assert_eq!(
        (&products["num_requests"], &products["num_errors"]),
        (&json!(3), &json!(1))
    );
    assert_eq!(products["last_error"], "404:none left");
    assert_eq!(products["data"], json!({"name": "products", "so far": 3}));
    let total = products["processing_time"].as_u64().expect("nanoseconds");
    assert_eq!(products["average_processing_time"].as_u64(), Some(total / 3));

    service.reset().await;
    let stats = service.stats().await.remove("products").expect("by its subject");
    assert_eq!((stats.requests, stats.errors, stats.last_error), (0, 0, None));
}

/// In 0.49.1 a question without a reply subject ended the task that answers them.
#[tokio::test]
async fn a_question_without_a_reply_subject_panics_the_verbs() {
    let server = run_basic_server();
    let client = connect(&server).await;
    let service = client.add_service(config("shop")).await.expect("a good service");
    let mut endpoint = service.endpoint("products").await.expect("a good subject");
    for subject in ["$SRV.PING", "$SRV.INFO", "$SRV.STATS", "products"] {
        client.publish(subject, "".into()).await.expect("a good subject");
    }
    fenced(&client).await;
    for subject in ["$SRV.PING", "$SRV.INFO", "$SRV.STATS"] {
        assert_eq!(ask(&client, subject).await["name"], "shop");
    }
    let request = within("the request", endpoint.next()).await.expect("the request");
    let error = request.respond(Ok("".into())).await.expect_err("nobody waits");
    assert_eq!(error.kind(), async_nats::client::PublishErrorKind::InvalidSubject);
}

/// In 0.49.1 stopping failed when no endpoint was left.
#[tokio::test]
async fn stop_without_an_endpoint_fails() {
    let server = run_basic_server();
    let client = connect(&server).await;
    let service = client.add_service(config("shop")).await.expect("a good service");
    drop(service.endpoint("products").await.expect("a good subject"));
    service.stop().await.expect("nothing to tell");
    let error = client.request("$SRV.PING", "".into()).await.expect_err("it is gone");
    assert_eq!(error.kind(), RequestErrorKind::NoResponders);
}

#[tokio::test]
async fn a_stopped_service_hands_out_what_had_come_and_takes_nothing_new() {
    let server = run_basic_server();
    let client = connect(&server).await;
    let service = client.add_service(config("shop")).await.expect("a good service");
    let mut endpoint = service.endpoint("products").await.expect("a good subject");
    let group = service.group("late");
    client
        .publish("products", "before".into())
        .await
        .expect("a good subject");
    service.stop().await.expect("nothing to tell");
    client
        .publish("products", "after".into())
        .await
        .expect("a good subject");
    let request = within("what was sent before", endpoint.next())
        .await
        .expect("a request");
    assert_eq!(text(&request.message), "before");
    assert!(within("the end", endpoint.next()).await.is_none());
    let error = group.endpoint("products").await.expect_err("the service is gone");
    assert!(error.to_string().contains("stopped"), "{error}");
}

#[tokio::test]
async fn a_stopped_endpoint_leaves_the_others() {
    let server = run_basic_server();
    let client = connect(&server).await;
    let service = client.add_service(config("shop")).await.expect("a good service");
    let mut one = service.endpoint("one").await.expect("a good subject");
    let mut other = service.endpoint("other").await.expect("a good subject");
    one.stop().await.expect("the client is open");
    client.publish("one", "".into()).await.expect("a good subject");
    client.publish("other", "".into()).await.expect("a good subject");
    assert!(within("the end", one.next()).await.is_none());
    assert!(within("a request", other.next()).await.is_some());
}

/// One answer for the group of each service; without a group, one of each instance.
#[tokio::test]
async fn queue_groups_of_service_group_and_endpoint_and_none() {
    let server = run_basic_server();
    let client = connect(&server).await;
    let mut running = Vec::new();
    for _ in 0..2 {
        let service = client
            .service_builder()
            .queue_group("shop")
            .start("shop", "1.0.0")
            .await
            .expect("good");
        let unqueued = client
            .service_builder()
            .without_queue_group()
            .start("bell", "1.0.0")
            .await
            .expect("good");
        let endpoints = [
            service.endpoint("a").await,
            service.group_with_queue_group("g", "mine").endpoint("b").await,
            service.group("g").group_without_queue_group("h").endpoint("c").await,
            service.endpoint_builder().queue_group("other").add("d").await,
            service.endpoint_builder().without_queue_group().add("e").await,
            unqueued.endpoint("f").await,
        ];
        for endpoint in endpoints {
            running.push(endpoint.expect("a good subject"));
        }
        let groups: Vec<_> = service
            .info()
            .await
            .endpoints
            .into_iter()
            .map(|info| info.queue_group)
            .collect();
        assert_eq!(groups, ["shop", "mine", "", "other", ""]);
        assert_eq!(unqueued.info().await.endpoints[0].queue_group, "");
    }
    for subject in ["a", "g.b", "g.h.c", "d", "e", "f"] {
        client.publish(subject, "".into()).await.expect("a good subject");
    }
    fenced(&client).await;
    let mut counts = HashMap::new();
    for endpoint in &mut running {
        while let Some(request) = futures_util::FutureExt::now_or_never(endpoint.next()).flatten() {
            *counts.entry(request.message.subject.to_string()).or_insert(0) += 1;
        }
    }
    let counts: Vec<i32> = ["a", "g.b", "g.h.c", "d", "e", "f"]
        .iter()
        .map(|subject| counts[*subject])
        .collect();
    assert_eq!(counts, [1, 1, 2, 1, 2, 2]);
}

#[tokio::test]
async fn headers_of_an_answer_are_kept_but_those_of_an_error() {
    let server = run_basic_server();
    let client = connect(&server).await;
    let service = client.add_service(config("shop")).await.expect("a good service");
    let mut endpoint = service.endpoint("products").await.expect("a good subject");
    let mut headers = HeaderMap::new();
    headers.insert("Trace", "7");
    headers.insert(NATS_SERVICE_ERROR, "the user's");
    for (answer, expected) in [
        (Ok("".into()), "the user's"),
        (Err(failure(500, "broken\r\nX: y")), "broken  X: y"),
    ] {
        let answering = async {
            let request = endpoint.next().await.expect("a request");
            request
                .respond_with_headers(answer, headers.clone())
                .await
                .expect("it has a reply subject");
        };
        let (answer, ()) = tokio::join!(client.request("products", "".into()), answering);
        let headers = answer.expect("an answer").headers.expect("headers");
        assert_eq!(headers.get("Trace").map(|value| value.as_str()), Some("7"));
        assert_eq!(
            headers.get(NATS_SERVICE_ERROR).map(|value| value.as_str()),
            Some(expected)
        );
        assert!(headers.get("X").is_none(), "no header of the status's making");
    }
}

#[tokio::test]
async fn bad_names_versions_and_subjects_are_refused() {
    let server = run_basic_server();
    let client = connect(&server).await;
    for (name, version) in [("a.b", "1.0.0"), ("", "1.0.0"), ("a", "1.0.0.1"), ("a", "")] {
        let error = client
            .service_builder()
            .start(name, version)
            .await
            .expect_err("not allowed");
        let error = error.downcast::<std::io::Error>().expect("an error of input");
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    }
    let service = client.add_service(config("shop")).await.expect("a good service");
    for subject in ["", "a b", "a..b"] {
        service.endpoint(subject).await.expect_err("no subject");
    }
    service
        .endpoint_builder()
        .queue_group("a b")
        .add("a")
        .await
        .expect_err("no queue group");
}

#[tokio::test]
async fn discovery_finds_all_those_of_a_name_and_one_instance() {
    let server = run_basic_server();
    let client = connect(&server).await;
    let discovery = || Discovery::new(client.clone()).stall(Duration::from_secs(1));
    assert!(discovery().ping().await.expect("an open client").is_empty());
    let mut ids = Vec::new();
    for name in ["shop", "shop", "bank"] {
        let service = client.add_service(config(name)).await.expect("a good service");
        let _ = service.endpoint("products").await.expect("a good subject");
        ids.push(service.info().await.id);
    }
    let found = |answers: Vec<service::PingResponse>| {
        let mut found: Vec<_> = answers.into_iter().map(|answer| answer.id).collect();
        found.sort();
        found
    };
    let sorted = |ids: &[String]| {
        let mut ids = ids.to_vec();
        ids.sort();
        ids
    };
    assert_eq!(found(discovery().ping().await.expect("an open client")), sorted(&ids));
    assert_eq!(
        found(discovery().name("shop").ping().await.expect("an open client")),
        sorted(&ids[..2])
    );
    let one = discovery().name("shop").id(&*ids[1]);
    let infos = one.info().await.expect("an open client");
    assert_eq!(infos.len(), 1);
    assert_eq!((&infos[0].id, infos[0].endpoints.len()), (&ids[1], 1));
    let stats = one.stats().await.expect("an open client");
    assert_eq!((stats.len(), stats[0].endpoints[0].requests), (1, 0));
    discovery().id("x").ping().await.expect_err("an id without a name");
    discovery().name("a.b").ping().await.expect_err("no token");
}

/// As many handlers as the limit says run, and no more; all are answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serving_runs_as_many_handlers_as_the_limit_says() {
    const LIMIT: usize = 3;
    let server = run_basic_server();
    let client = connect(&server).await;
    let service = client.add_service(config("shop")).await.expect("a good service");
    let endpoint = service.endpoint("products").await.expect("a good subject");
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let gate = Arc::new(Semaphore::new(0));
    let handler = {
        let (running, most, gate) = (running.clone(), most.clone(), gate.clone());
        move |message: async_nats::Message| {
            let (running, most, gate) = (running.clone(), most.clone(), gate.clone());
            async move {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                gate.acquire().await.expect("open").forget();
                running.fetch_sub(1, Ordering::SeqCst);
                assert_ne!(text(&message), "panic", "asked for");
                Ok(message.payload)
            }
        }
    };
    let serving = tokio::spawn(endpoint.serve(NonZeroUsize::new(LIMIT).expect("not zero"), handler));
    let requester = connect(&server).await;
    let asked = ["a", "b", "panic", "c", "d", "e", "f"];
    let answers = tokio::spawn(join_all(asked.map(|payload| {
        let requester = requester.clone();
        async move { requester.request("products", payload.into()).await.expect("an answer") }
    })));
    until("the limit is reached", || running.load(Ordering::SeqCst) == LIMIT).await;
    gate.add_permits(asked.len());
    let answers = within("all answers", answers).await.expect("no panic");
    for (answer, asked) in answers.iter().zip(asked) {
        let headers = answer.headers.clone().unwrap_or_default();
        let code = headers.get(NATS_SERVICE_ERROR_CODE).map(|value| value.to_string());
        match asked {
            "panic" => assert_eq!(code.as_deref(), Some("500")),
            _ => assert_eq!((&*text(answer), code), (asked, None)),
        }
    }
    assert_eq!(most.load(Ordering::SeqCst), LIMIT);
    assert_eq!(service.stats().await["products"].requests, asked.len());
    service.stop().await.expect("nothing to tell");
    within("the end of serving", serving).await.expect("no panic");
}

#[tokio::test]
async fn a_service_goes_on_after_a_reconnect() {
    let mut server = run_basic_server();
    let client = connect(&server).await;
    let service = client.add_service(config("shop")).await.expect("a good service");
    let mut endpoint = service.endpoint("products").await.expect("a good subject");
    server.restart();
    let requester = connect(&server).await;
    fenced(&client).await;
    requester
        .publish("products", "again".into())
        .await
        .expect("a good subject");
    let request = within("a request", endpoint.next()).await.expect("a request");
    assert_eq!(text(&request.message), "again");
    assert_eq!(ask(&requester, "$SRV.PING.shop").await["name"], "shop");
    let mut inbox = client.subscribe("unrelated").await.expect("a good subject");
    client.publish("unrelated", "x".into()).await.expect("a good subject");
    assert_eq!(text(&next(&mut inbox).await), "x");
}
