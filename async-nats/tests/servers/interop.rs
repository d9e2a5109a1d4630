//! Buckets, objects and services between this client and another one: the Python package `nats-py`.
//!
//! Where Python or the package is missing, the tests say so and end. `NATS_PY` names the folder of the package.

use std::io::{BufRead, BufReader};
use std::num::NonZeroUsize;
use std::process::{Command, Stdio};

use async_nats::jetstream::{kv, object_store};
use async_nats::service::error::Error;
use async_nats::service::{Discovery, ServiceExt, NATS_SERVICE_ERROR_CODE};
use futures_util::TryStreamExt;
use nats_server::Server;
use serde_json::{json, Value};
use tokio::io::AsyncReadExt;

use crate::jetstream_support::jetstream;
use crate::support::{connect, text, until_async, within};

const PEER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/servers/interop/peer.py");
/// How the peer ends when the package is missing.
const MISSING: i32 = 77;
const SIZE: usize = 300_000;

fn content() -> Vec<u8> {
    (0..SIZE).map(|place| (place % 251) as u8).collect()
}

fn peer(verb: &str, server: &Server) -> Command {
    let mut command = Command::new(if cfg!(windows) { "python" } else { "python3" });
    command.arg(PEER).arg(verb).arg(server.client_url());
    if let Some(folder) = std::env::var_os("NATS_PY") {
        command.env("PYTHONPATH", folder);
    }
    command
}

/// What the peer says; `None` when it is not there, which is said.
async fn said(verb: &'static str, server: &Server) -> Option<String> {
    let mut command = peer(verb, server);
    let ended = within("the peer", tokio::task::spawn_blocking(move || command.output())).await;
    let output = match ended.expect("no panic") {
        Ok(output) => output,
        Err(error) => {
            println!("skipped: there is no Python: {error}");
            return None;
        }
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.code() == Some(MISSING) {
        println!("skipped: {said}");
        return None;
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{verb}: {said}{errors}");
    Some(said)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_client_wrote_is_read() {
    let (server, context) = jetstream().await;
    if said("write", &server).await.is_none() {
        return;
    }
    let bucket = context.get_key_value("theirs").await.expect("it was made");
    assert_eq!(bucket.get("a.b").await.expect("a key"), Some("2".into()));
    assert_eq!(bucket.get("gone").await.expect("a key"), None);
    let keys: Vec<String> = bucket
        .keys()
        .await
        .expect("a bucket")
        .try_collect()
        .await
        .expect("no error");
    assert_eq!(keys, ["a.b"]);
    let history: Vec<kv::Entry> = bucket
        .history("a.b")
        .await
        .expect("a key")
        .try_collect()
        .await
        .expect("no error");
    assert_eq!(history.len(), 2);

    let store = context.get_object_store("theirs").await.expect("it was made");
    let mut file = Vec::new();
    let mut object = store.get("a file").await.expect("it was put");
    object.read_to_end(&mut file).await.expect("whole and right");
    assert!(file == content());
    let listed: Vec<object_store::ObjectInfo> = store.list().await.expect("a store").try_collect().await.expect("all");
    assert_eq!(listed.len(), 1);
    assert!(listed[0].modified.is_some() || store.info("a file").await.expect("it is there").modified.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_here_another_client_reads() {
    let (server, context) = jetstream().await;
    let config = kv::Config {
        bucket: "ours".to_owned(),
        history: 3,
        ..Default::default()
    };
    let bucket = context.create_key_value(config).await.expect("a good bucket");
    for value in ["1", "2"] {
        bucket.put("a.b", value.into()).await.expect("a good key");
    }
    bucket.put("gone", "x".into()).await.expect("a good key");
    bucket.purge("gone").await.expect("a good key");
    let config = object_store::Config {
        bucket: "ours".to_owned(),
        ..Default::default()
    };
    let store = context.create_object_store(config).await.expect("a good store");
    let metadata = object_store::ObjectMetadata {
        name: "a file".to_owned(),
        description: Some("bytes".to_owned()),
        ..Default::default()
    };
    store
        .put(metadata, &mut &content()[..])
        .await
        .expect("the server takes it");
    let Some(said) = said("read", &server).await else {
        return;
    };
    let said: Value = serde_json::from_str(&said).expect("JSON");
    let expected = json!({
        "value": "2", "history": ["1", "2"], "keys": ["a.b"], "size": SIZE, "description": "bytes",
        "sha256": "3c65ea93424a9c362fec0e3a69ea36031e8a358441479dd665cc6110eabe7b08",
    });
    assert_eq!(said, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_of_ours_is_found_and_called_by_another_client() {
    let (server, context) = jetstream().await;
    let client = context.client();
    let service = client
        .service_builder()
        .start("ours", "1.2.3")
        .await
        .expect("a good service");
    let endpoint = service.endpoint("ours.square").await.expect("a good subject");
    let limit = NonZeroUsize::new(4).expect("not zero");
    let serving = tokio::spawn(endpoint.serve(limit, |message| async move {
        match text(&message).parse::<u64>() {
            Ok(number) => Ok((number * number).to_string().into()),
            Err(error) => Err(Error {
                code: 400,
                status: error.to_string(),
            }),
        }
    }));
    if let Some(said) = said("call", &server).await {
        let expected = json!({
            "type": "io.nats.micro.v1.info_response", "version": "1.2.3", "answer": "144", "code": "400",
            "requests": 2, "errors": 1,
        });
        assert_eq!(serde_json::from_str::<Value>(&said).expect("JSON"), expected);
    }
    service.stop().await.expect("nothing to tell");
    within("the end", serving).await.expect("no panic");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_of_another_client_is_found_and_called() {
    let (server, _context) = jetstream().await;
    let mut command = peer("serve", &server);
    let Ok(mut peer) = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn() else {
        println!("skipped: there is no Python");
        return;
    };
    let mut lines = BufReader::new(peer.stdout.take().expect("it is piped")).lines();
    let first = tokio::task::spawn_blocking(move || lines.next());
    let first = within("the service", first).await.expect("no panic");
    if first.and_then(Result::ok).as_deref() == Some("ready") {
        let client = connect(&server).await;
        let found = Discovery::new(client.clone())
            .name("theirs")
            .info()
            .await
            .expect("an open client");
        assert_eq!(
            (found.len(), &*found[0].version, &*found[0].description),
            (1, "2.0.0", "shouts")
        );
        assert_eq!(found[0].endpoints[0].subject, "theirs.upper");
        let answer = client.request("theirs.upper", "loud".into()).await.expect("an answer");
        assert_eq!(text(&answer), "LOUD");
        let answer = client.request("theirs.upper", "".into()).await.expect("an answer");
        let headers = answer.headers.expect("an error");
        assert_eq!(
            headers.get(NATS_SERVICE_ERROR_CODE).map(|code| code.as_str()),
            Some("400")
        );
        // It counts after it has answered.
        until_async("both are counted", || async {
            let stats = Discovery::new(client.clone()).name("theirs").stats().await;
            let stats = stats.expect("an open client");
            let endpoint = &stats[0].endpoints[0];
            (endpoint.requests, endpoint.errors) == (2, 1) && endpoint.last_error.is_some()
        })
        .await;
    } else {
        println!("skipped: the Python package nats-py is missing");
    }
    drop(peer.stdin.take());
    let ended = tokio::task::spawn_blocking(move || peer.wait());
    within("the end of the peer", ended)
        .await
        .expect("no panic")
        .expect("it was started");
}
