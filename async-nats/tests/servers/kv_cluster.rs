//! Watching a bucket on three servers (I9): nodes that die, and connections that are cut, while it is read and written.

use std::collections::HashMap;

use async_nats::jetstream::kv::{Config, Store, Watch};
use async_nats::jetstream::stream::StorageType;
use async_nats::jetstream::Context;
use futures_util::StreamExt;

use crate::cluster_support::{context, kill, replicated, settled, through_proxy, Node};
use crate::support::within;

const KEYS: usize = 5;
const ROUNDS: usize = 40;
const LAST: &str = "40";

/// How many entries come before the first thing happens to the watcher.
const BEFORE: usize = 40;

async fn bucket(context: &Context) -> Store {
    let config = Config {
        bucket: "b".to_owned(),
        history: 64,
        num_replicas: 3,
        storage: StorageType::Memory,
        ..Default::default()
    };
    context.create_key_value(config).await.expect("a good bucket")
}

/// Writes all keys in turn, each until it is known to be stored: an attempt that failed may have been stored too.
async fn write(store: Store) {
    for round in 1..=ROUNDS {
        for key in 0..KEYS {
            within("a value to be stored", async {
                while let Err(error) = store.put(format!("k{key}"), round.to_string().into()).await {
                    println!("round {round} of k{key}: {error}");
                }
            })
            .await;
        }
    }
}

/// Reads until every key has the last value that is written to it. No entry comes twice, and none out of order, though
/// `between` is done after each, which is told how many there were.
async fn read(mut watch: Watch, mut between: impl FnMut(usize)) {
    let (mut values, mut revision, mut count) = (HashMap::new(), 0, 0);
    while values.len() < KEYS || values.values().any(|value| value != LAST) {
        let entry = within("an entry", watch.next()).await.expect("it goes on");
        let entry = entry.expect("no error");
        assert!(entry.revision > revision, "{} after {revision}", entry.revision);
        revision = entry.revision;
        values.insert(entry.key, entry.value);
        count += 1;
        between(count);
    }
    assert!(count >= KEYS * ROUNDS, "{count}: it watched from the beginning");
}

async fn a_watch_goes_on_without(node: Node) {
    let (mut cluster, watching) = replicated().await;
    let store = bucket(&watching).await;
    settled(&cluster, &watching, "KV_b").await;
    let watch = store.watch_all().await.expect("a good bucket");
    let other = context(&cluster).await;
    let writer = tokio::spawn(write(other.get_key_value("b").await.expect("it is there")));
    read(watch, |count| {
        if count == BEFORE {
            kill(&mut cluster, node, "KV_b", &watching);
        }
    })
    .await;
    writer.await.expect("everything is stored");
    assert_eq!(
        store.get("k0").await.expect("it is there").as_deref(),
        Some(LAST.as_bytes())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_goes_on_without_the_leader_of_the_bucket() {
    a_watch_goes_on_without(Node::Leader).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_goes_on_without_the_node_of_its_client() {
    a_watch_goes_on_without(Node::OfTheClient).await;
}

/// The connection is cut again and again, orderly and by a reset, and nothing is missed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_goes_on_over_connections_that_are_cut() {
    let (cluster, writing) = replicated().await;
    let store = bucket(&writing).await;
    settled(&cluster, &writing, "KV_b").await;
    let (proxy, watching) = through_proxy(&cluster).await;
    let watched = watching.get_key_value("b").await.expect("it is there");
    let watch = watched.watch_all().await.expect("a good bucket");
    let writer = tokio::spawn(write(store));
    read(watch, |count| match count % (2 * BEFORE) {
        0 => proxy.reset(),
        BEFORE => proxy.cut(),
        _ => {}
    })
    .await;
    writer.await.expect("everything is stored");
    assert!(proxy.connections() > 1, "it was cut while it watched");
}
