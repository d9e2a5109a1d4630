//! Watching buckets of a real server: what is there, what changes, histories and keys; also across restarts.

use std::collections::HashMap;
use std::time::Duration;

use async_nats::jetstream::kv::codec::{Base64, Chain, CodedErrorKind, Path, Plain};
use async_nats::jetstream::kv::{
    Change, Config, CreateErrorKind, Entry, Operation, Store, WatchErrorKind, WatchOptions, Watcher, WatcherError,
};
use async_nats::jetstream::Context;
use futures_util::{Stream, StreamExt, TryStreamExt};

use crate::jetstream_support::jetstream;
use crate::support::{connected, within};

async fn bucket(context: &Context) -> Store {
    let config = Config {
        bucket: "b".to_owned(),
        history: 5,
        ..Default::default()
    };
    context.create_key_value(config).await.expect("a good bucket")
}

async fn next(watch: &mut (impl Stream<Item = Result<Entry, WatcherError>> + Unpin)) -> Entry {
    let entry = within("an entry", watch.next()).await;
    entry.expect("it goes on").expect("no error")
}

async fn change(watcher: &mut Watcher) -> Change {
    let change = within("a change", watcher.next()).await;
    change.expect("it goes on").expect("no error")
}

async fn keys(store: &Store, filters: &[&str]) -> Vec<String> {
    let keys = store.keys_with_filters(filters).await.expect("good filters");
    let mut keys: Vec<String> = within("the end", keys.try_collect()).await.expect("no error");
    keys.sort();
    keys
}

#[tokio::test]
async fn a_watch_sees_what_is_written_from_now_on() {
    let (_server, context) = jetstream().await;
    let store = bucket(&context).await;
    store.put("a.1", "before".into()).await.expect("a good key");
    let mut watch = store.watch("a.*").await.expect("a good key");
    store.put("b.1", "another".into()).await.expect("a good key");
    let revision = store.put("a.1", "1".into()).await.expect("a good key");
    store.delete("a.1").await.expect("a good key");
    store.purge("a.2").await.expect("a good key");
    let entry = next(&mut watch).await;
    assert_eq!((&*entry.key, entry.revision, &*entry.bucket), ("a.1", revision, "b"));
    assert_eq!((entry.operation, &*entry.value), (Operation::Put, &b"1"[..]));
    assert!(entry.seen_current);
    assert_eq!(next(&mut watch).await.operation, Operation::Delete);
    let entry = next(&mut watch).await;
    assert_eq!((&*entry.key, entry.operation), ("a.2", Operation::Purge));
}

#[tokio::test]
async fn a_watch_with_history_begins_with_the_last_values() {
    let (_server, context) = jetstream().await;
    let store = bucket(&context).await;
    for (key, value) in [("a", "1"), ("b", "2"), ("a", "3")] {
        store.put(key, value.into()).await.expect("a good key");
    }
    let mut watch = store.watch_with_history(">").await.expect("a good filter");
    let entry = next(&mut watch).await;
    assert_eq!(
        (&*entry.key, &*entry.value, entry.delta, entry.seen_current),
        ("b", &b"2"[..], 1, false)
    );
    let entry = next(&mut watch).await;
    assert_eq!(
        (&*entry.key, &*entry.value, entry.delta, entry.seen_current),
        ("a", &b"3"[..], 0, true)
    );
    store.put("c", "4".into()).await.expect("a good key");
    assert_eq!(next(&mut watch).await.key, "c");

    let mut all = store.watch_all_from_revision(0).await.expect("from the beginning");
    let mut from = store.watch_from_revision("a", 2).await.expect("a good key");
    assert_eq!(next(&mut all).await.value, "1");
    assert_eq!(next(&mut from).await.value, "3");
    let mut many = store.watch_many_with_history(["a", "c"]).await.expect("good keys");
    assert_eq!(
        (next(&mut many).await.key, next(&mut many).await.key),
        ("a".to_owned(), "c".to_owned())
    );
    let mut many = store.watch_many(["a", "c"]).await.expect("good keys");
    store.put("b", "x".into()).await.expect("a good key");
    store.put("c", "5".into()).await.expect("a good key");
    assert_eq!(next(&mut many).await.value, "5");
}

#[tokio::test]
async fn options_of_a_watcher_combine() {
    let (_server, context) = jetstream().await;
    let store = bucket(&context).await;
    let mut empty = store
        .watch_with_options([">"], WatchOptions::new())
        .await
        .expect("a good filter");
    assert_eq!(
        change(&mut empty).await,
        Change::Current,
        "nothing is there, and that is told"
    );
    for (key, value) in [("a", "1"), ("b", "2"), ("a", "3")] {
        store.put(key, value.into()).await.expect("a good key");
    }
    store.delete("b").await.expect("a good key");
    let seen = |options: WatchOptions| {
        let store = store.clone();
        async move {
            let mut watcher = store.watch_with_options([">"], options).await.expect("a good filter");
            let mut seen = Vec::new();
            while let Change::Entry(entry) = change(&mut watcher).await {
                seen.push(format!(
                    "{}{:?}{}",
                    entry.key,
                    entry.operation,
                    String::from_utf8_lossy(&entry.value)
                ));
            }
            seen
        }
    };
    assert_eq!(seen(WatchOptions::new()).await, ["aPut3", "bDelete"]);
    assert_eq!(seen(WatchOptions::new().ignore_deletes()).await, ["aPut3"]);
    assert_eq!(seen(WatchOptions::new().meta_only().ignore_deletes()).await, ["aPut"]);
    assert_eq!(
        seen(WatchOptions::new().include_history()).await,
        ["aPut1", "bPut2", "aPut3", "bDelete"]
    );
    assert_eq!(seen(WatchOptions::new().from_revision(3)).await, ["aPut3", "bDelete"]);
    assert_eq!(seen(WatchOptions::new().updates_only()).await, [""; 0]);
    let Change::Entry(entry) = change(&mut empty).await else {
        panic!("the sign came once")
    };
    assert_eq!(entry.value, "1");
}

/// In 0.49.1 both hung when nothing came.
#[tokio::test]
async fn keys_and_history_of_nothing_hang() {
    let (_server, context) = jetstream().await;
    let store = bucket(&context).await;
    assert!(keys(&store, &[">"]).await.is_empty());
    let history = store.history("a").await.expect("a good key");
    let history: Vec<_> = within("the end", history.try_collect()).await.expect("no error");
    assert!(history.is_empty());
    store.put("a", "1".into()).await.expect("a good key");
    store.delete("a").await.expect("a good key");
    assert!(keys(&store, &[">"]).await.is_empty());
}

#[tokio::test]
async fn keys_and_histories() {
    let (_server, context) = jetstream().await;
    let store = bucket(&context).await;
    for number in 0..8 {
        store.put("a.x", number.to_string().into()).await.expect("a good key");
    }
    for key in ["a.y", "b.x", "c"] {
        store.put(key, "1".into()).await.expect("a good key");
    }
    store.delete("c").await.expect("a good key");
    assert_eq!(keys(&store, &[">"]).await, ["a.x", "a.y", "b.x"]);
    assert_eq!(keys(&store, &["a.*", "b.>"]).await, ["a.x", "a.y", "b.x"]);
    assert_eq!(keys(&store, &["*.y"]).await, ["a.y"]);
    let history = store.history("a.x").await.expect("a good key");
    let history: Vec<Entry> = within("the end", history.try_collect()).await.expect("no error");
    let values: Vec<_> = history
        .iter()
        .map(|entry| String::from_utf8_lossy(&entry.value))
        .collect();
    assert_eq!(values, ["3", "4", "5", "6", "7"], "as many as the bucket keeps");
    assert!(history.windows(2).all(|two| two[0].revision < two[1].revision));
}

/// What describes keys goes while they are listed: the list ends nevertheless.
#[tokio::test]
async fn a_list_ends_when_what_it_waits_for_is_gone() {
    let (_server, context) = jetstream().await;
    let store = bucket(&context).await;
    for number in 0..3 {
        store.put(format!("k{number}"), "1".into()).await.expect("a good key");
    }
    // The consumer is made, and what it is to send is gone before anything is read.
    let mut stream = store.stream.clone();
    let config = stream.info().await.expect("it is there").config.clone();
    let keys = store.keys().await.expect("a bucket");
    stream.purge().await.expect("it is there");
    assert_eq!(config.name, "KV_b");
    let found: Vec<String> = within("the end", keys.try_collect()).await.expect("no error");
    assert!(found.len() <= 3);
}

/// I9: a watcher sees the last value of every key, across a restart of the server.
#[tokio::test]
async fn a_watcher_goes_on_after_a_restart() {
    let (mut server, context) = jetstream().await;
    let store = bucket(&context).await;
    store.put("a", "1".into()).await.expect("a good key");
    let mut watcher = store
        .watch_with_options([">"], WatchOptions::new())
        .await
        .expect("a good filter");
    assert!(matches!(change(&mut watcher).await, Change::Entry(_)));
    assert_eq!(change(&mut watcher).await, Change::Current);
    server.restart();
    connected(&context.client()).await;
    let put = async {
        // The server may not have its streams yet.
        while store.put("a", "2".into()).await.is_err() {}
    };
    within("the server takes it", put).await;
    let Change::Entry(entry) = change(&mut watcher).await else {
        panic!("the sign came once")
    };
    assert_eq!(entry.value, "2");
}

#[tokio::test]
async fn filters_that_are_none_are_refused() {
    let (_server, context) = jetstream().await;
    let store = bucket(&context).await;
    for filter in ["", "a b", "a.", "a\r\nSUB x 1", "a*"] {
        let error = store.watch(filter).await.expect_err(filter);
        assert_eq!(error.kind(), WatchErrorKind::InvalidKey, "{filter:?}");
    }
    context.delete_key_value("b").await.expect("it is there");
    let error = store.watch("a").await.expect_err("the bucket is gone");
    assert_eq!(error.kind(), WatchErrorKind::Other);
    assert!(error.to_string().contains("stream not found"), "{error}");
}

#[tokio::test]
async fn purging_deletes_clears_old_markers_and_keeps_young_ones() {
    let (_server, context) = jetstream().await;
    let store = bucket(&context).await;
    for key in ["a", "b", "c"] {
        store.put(key, "1".into()).await.expect("a good key");
    }
    store.delete("a").await.expect("a good key");
    store.purge("b").await.expect("a good key");
    assert_eq!(
        store
            .purge_deletes(Duration::from_secs(3600))
            .await
            .expect("it is there"),
        2
    );
    let entry = store
        .entry("a")
        .await
        .expect("a good key")
        .expect("the marker is young");
    assert_eq!(entry.operation, Operation::Delete);
    assert_eq!(
        store.status().await.expect("it is there").values(),
        3,
        "its history is gone"
    );
    assert_eq!(store.purge_deletes(Duration::ZERO).await.expect("it is there"), 2);
    assert!(store.entry("a").await.expect("a good key").is_none());
    assert_eq!(store.status().await.expect("it is there").values(), 1);
    assert_eq!(store.get("c").await.expect("a good key"), Some("1".into()));
}

#[tokio::test]
async fn codecs_stand_between_the_program_and_the_bucket() {
    let (_server, context) = jetstream().await;
    let store = bucket(&context).await;
    let coded = store.with_codecs(Chain(Path, Base64), Base64);
    let revision = coded.put("/etc/some hosts", "ä".into()).await.expect("any text");
    assert_eq!(
        coded.get("/etc/some hosts").await.expect("as written"),
        Some("ä".into())
    );
    assert_eq!(keys(&store, &[">"]).await.len(), 1);
    coded
        .update("/etc/some hosts", "b".into(), revision)
        .await
        .expect("the last revision");
    let error = coded
        .create("/etc/some hosts", "c".into())
        .await
        .expect_err("it is there");
    assert_eq!(error.kind(), CodedErrorKind::Create(CreateErrorKind::AlreadyExists));
    let found: Vec<String> = coded
        .keys()
        .await
        .expect("a bucket")
        .try_collect()
        .await
        .expect("no error");
    assert_eq!(found, ["/etc/some hosts"]);
    let history: Vec<Entry> = coded
        .history("/etc/some hosts")
        .await
        .expect("a key")
        .try_collect()
        .await
        .expect("all");
    assert_eq!(history.len(), 2);
    assert_eq!(
        (&*history[0].key, &*history[0].value),
        ("/etc/some hosts", "ä".as_bytes())
    );

    let paths = store.with_codecs(Path, Plain);
    paths.put("/var/log", "1".into()).await.expect("a path");
    let mut changes = paths.watch(&["/var/*"], WatchOptions::new()).await.expect("a filter");
    let change = within("a change", changes.next())
        .await
        .expect("it goes on")
        .expect("no error");
    assert!(matches!(change, Change::Entry(entry) if entry.key == "/var/log"));
    store.put("not_base64", "?".into()).await.expect("a good key");
    let mut wrong = HashMap::new();
    for key in store
        .keys()
        .await
        .expect("a bucket")
        .try_collect::<Vec<_>>()
        .await
        .expect("no error")
    {
        wrong.insert(
            key.clone(),
            store
                .with_codecs(Plain, Base64)
                .get(&key)
                .await
                .map_err(|error| error.kind()),
        );
    }
    assert_eq!(wrong["not_base64"], Err(CodedErrorKind::Codec));
    coded.delete("/etc/some hosts").await.expect("it is there");
    coded.purge("/etc/some hosts").await.expect("it is there");
    assert_eq!(
        coded
            .entry("/etc/some hosts")
            .await
            .expect("a key")
            .map(|entry| entry.operation),
        Some(Operation::Purge)
    );
}
