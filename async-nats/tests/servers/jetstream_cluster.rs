//! Streams on three servers: leaders that step down, nodes that die and come back.

use async_nats::jetstream::stream::{Config, Info, Placement, StorageType, Stream};
use async_nats::jetstream::{self, Context};
use async_nats::ConnectOptions;
use nats_server::{configs, run_cluster_with_config_text, Cluster};

use crate::jetstream_support::config;
use crate::support::{within, LOOK_EVERY};

/// A cluster with JetStream, a context that knows all nodes, and a stream on all of them.
async fn replicated() -> (Cluster, Context, Stream) {
    let cluster = run_cluster_with_config_text(&configs::jetstream());
    let client = ConnectOptions::new()
        .connect(cluster.client_urls().as_slice())
        .await
        .unwrap();
    let context = jetstream::new(client);
    let chosen = Config {
        num_replicas: 3,
        storage: StorageType::File,
        allow_direct: true,
        placement: Some(Placement {
            cluster: Some("cluster".to_owned()),
            tags: Vec::new(),
        }),
        ..config("events")
    };
    let stream = context.create_stream(&chosen).await.unwrap();
    assert_eq!(stream.cached_info().config.num_replicas, 3);
    assert_eq!(stream.cached_info().config.placement, chosen.placement);
    (cluster, context, stream)
}

/// What is known of the stream once it is as it is to be; a cluster may not answer for a while.
async fn info(stream: &Stream, what: &str, is_meant: impl Fn(&Info) -> bool) -> Info {
    within(what, async {
        loop {
            match stream.get_info().await {
                Ok(info) if is_meant(&info) => return info,
                _ => tokio::time::sleep(LOOK_EVERY).await,
            }
        }
    })
    .await
}

fn leader(info: &Info) -> Option<String> {
    info.cluster.as_ref()?.leader.clone()
}

fn is_complete(info: &Info) -> bool {
    let Some(cluster) = &info.cluster else { return false };
    cluster.leader.is_some() && cluster.replicas.len() == 2 && cluster.replicas.iter().all(|peer| peer.current)
}

/// Publishes until a message is stored, as one does while there is no leader.
async fn store(context: &Context, payload: &str) -> u64 {
    within("a message to be stored", async {
        loop {
            let ack = context.publish("events.a", payload.to_owned().into()).await;
            if let Ok(stored) = ack.expect("the client is open").await {
                return stored.sequence;
            }
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_steps_down() {
    let (_cluster, context, stream) = replicated().await;
    let before = info(&stream, "all replicas to be current", is_complete).await;
    let cluster = before.cluster.as_ref().unwrap();
    assert_eq!(cluster.name.as_deref(), Some("cluster"));
    assert!(cluster.raft_group.is_some() && cluster.leader_since.is_some());
    let first = store(&context, "before").await;

    let answer: serde_json::Value = context
        .request("STREAM.LEADER.STEPDOWN.events", &serde_json::json!({}))
        .await
        .unwrap();
    assert_eq!(answer["success"], true, "{answer}");
    let after = info(&stream, "another leader", |info| {
        leader(info).is_some_and(|name| Some(name) != leader(&before))
    })
    .await;
    assert_ne!(leader(&after), leader(&before));
    let second = store(&context, "after").await;
    assert!(second > first);
    assert_eq!(stream.get_raw_message(first).await.unwrap().payload, "before");
    assert_eq!(stream.direct_get(first).await.unwrap().payload, "before");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_dies_and_comes_back() {
    let (mut cluster, context, stream) = replicated().await;
    let before = info(&stream, "all replicas to be current", is_complete).await;
    let first = store(&context, "before").await;

    // The leader goes, and the client's own node may be the same.
    let dead = cluster.node_named(&leader(&before).unwrap()).unwrap();
    cluster.kill(dead);
    let without = info(&stream, "another leader", |info| {
        leader(info).is_some_and(|name| Some(name) != leader(&before))
    })
    .await;
    assert_ne!(leader(&without), leader(&before));
    let second = store(&context, "without it").await;
    assert!(second > first);
    assert_eq!(stream.get_raw_message(first).await.unwrap().payload, "before");

    cluster.start(dead);
    let after = info(&stream, "the node to be current again", is_complete).await;
    assert!(after.state.last_sequence >= second);
    let back = before.cluster.as_ref().unwrap().leader.as_ref().unwrap();
    let peers = &after.cluster.as_ref().unwrap().replicas;
    assert!(
        peers.iter().any(|peer| &peer.name == back && !peer.offline),
        "{peers:?}"
    );
    assert_eq!(
        stream
            .get_last_raw_message_by_subject("events.a")
            .await
            .unwrap()
            .sequence,
        after.state.last_sequence
    );
    assert!(context.delete_stream("events").await.unwrap().success);
}

/// Without a majority nothing is promised; with it again, all goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_majority_is_an_error_and_not_a_hang() {
    let (mut cluster, mut context, stream) = replicated().await;
    let first = store(&context, "before").await;
    info(&stream, "all replicas to be current", is_complete).await;
    cluster.kill(1);
    cluster.kill(2);
    context.set_timeout(std::time::Duration::from_millis(300));
    // What fails here may still be done once there is a majority: so it is nothing that hurts.
    let attempt = context.create_stream("other");
    assert!(within("the attempt to fail", attempt).await.is_err());
    cluster.start(1);
    cluster.start(2);
    info(&stream, "all replicas to be current", is_complete).await;
    assert_eq!(stream.get_raw_message(first).await.unwrap().payload, "before");
}
