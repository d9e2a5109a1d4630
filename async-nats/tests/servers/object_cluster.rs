//! Objects on three servers (I10): nodes that die, and connections that are cut, in the middle of a put and of a get.

use async_nats::jetstream::object_store::{Config, GetErrorKind, ObjectStore};
use async_nats::jetstream::stream::StorageType;
use async_nats::jetstream::Context;
use nats_server::Cluster;
use tokio::io::AsyncReadExt;

use crate::cluster_support::{kill, replicated, settled, through_proxy, Node};
use crate::support::{until_async, within};

const CHUNK: usize = 128 * 1024;
/// More than a server sends before it hears how far its reader is.
const LEN: usize = 96 * CHUNK;
/// Where something happens.
const MIDDLE: usize = 20 * CHUNK;

fn content() -> Vec<u8> {
    (0..LEN as u64)
        .map(|place| (place.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8)
        .collect()
}

async fn store(cluster: &Cluster, context: &Context) -> ObjectStore {
    let config = Config {
        bucket: "b".to_owned(),
        num_replicas: 3,
        storage: StorageType::Memory,
        ..Default::default()
    };
    let store = context.create_object_store(config).await.expect("a good store");
    settled(cluster, context, "OBJ_b").await;
    store
}

/// Reads to the end, in pieces; `between` is done after each, which is told how many bytes there were. That the content is
/// whole and right is the reader's promise, and looked at here as well.
async fn read(store: &ObjectStore, expected: &[u8], mut between: impl FnMut(usize)) {
    let mut object = within("the object", store.get("a")).await.expect("it is there");
    let (mut bytes, mut piece) = (Vec::new(), vec![0; CHUNK]);
    loop {
        let count = within("more of it", object.read(&mut piece)).await.expect("no error");
        if count == 0 {
            break;
        }
        bytes.extend_from_slice(&piece[..count]);
        between(bytes.len());
    }
    assert!(bytes == expected, "{} bytes of {}", bytes.len(), expected.len());
}

/// Says once that so many bytes were reached.
fn once_at(middle: usize) -> impl FnMut(usize) -> bool {
    let mut is_done = false;
    move |len| len >= middle && !std::mem::replace(&mut is_done, true)
}

async fn a_get_goes_on_without(node: Node) {
    let (mut cluster, context) = replicated().await;
    let store = store(&cluster, &context).await;
    let content = content();
    store.put("a", &mut &content[..]).await.expect("the cluster takes it");
    settled(&cluster, &context, "OBJ_b").await;
    let mut is_middle = once_at(MIDDLE);
    read(&store, &content, |len| {
        if is_middle(len) {
            kill(&mut cluster, node, "OBJ_b", &context);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_get_goes_on_without_the_leader_of_the_store() {
    a_get_goes_on_without(Node::Leader).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_get_goes_on_without_the_node_of_its_client() {
    a_get_goes_on_without(Node::OfTheClient).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_get_goes_on_over_connections_that_are_cut() {
    let (cluster, writing) = replicated().await;
    let content = content();
    let written = store(&cluster, &writing).await;
    written.put("a", &mut &content[..]).await.expect("the cluster takes it");
    settled(&cluster, &writing, "OBJ_b").await;
    let (proxy, reading) = through_proxy(&cluster).await;
    let store = reading.get_object_store("b").await.expect("it is there");
    let (mut first, mut second) = (once_at(MIDDLE), once_at(2 * MIDDLE));
    read(&store, &content, |len| {
        if first(len) {
            proxy.cut();
        }
        if second(len) {
            proxy.reset();
        }
    })
    .await;
    assert!(proxy.connections() > 1, "it was cut while it read");
}

/// A put that a node's death falls into ends: with an object that can be read, or with an error and nothing that is left.
async fn a_put_is_whole_or_not_at_all_without(node: Node) {
    let (mut cluster, context) = replicated().await;
    let store = store(&cluster, &context).await;
    let content = content();
    let mut is_middle = once_at(MIDDLE);
    let mut data = &content[..];
    let put = store.put_with_progress("a", &mut data, |sent| {
        if is_middle(usize::try_from(sent).expect("not more than there is")) {
            kill(&mut cluster, node, "OBJ_b", &context);
        }
    });
    match within("the end of the put", put).await {
        Ok(info) => {
            assert_eq!(info.size, LEN);
            read(&store, &content, |_| {}).await;
        }
        Err(error) => {
            println!("the put failed: {error}");
            until_async("everything to be taken away", || async {
                let status = store.status().await;
                status.is_ok_and(|status| status.info.state.messages == 0)
            })
            .await;
            let error = store.get("a").await.expect_err("there is none");
            assert_eq!(error.kind(), GetErrorKind::NotFound, "{error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_put_is_whole_or_not_at_all_without_the_leader_of_the_store() {
    a_put_is_whole_or_not_at_all_without(Node::Leader).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_put_is_whole_or_not_at_all_without_the_node_of_its_client() {
    a_put_is_whole_or_not_at_all_without(Node::OfTheClient).await;
}
