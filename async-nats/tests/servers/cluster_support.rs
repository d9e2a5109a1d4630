//! What the tests of replicated buckets have in common: a cluster with JetStream, clients of it, nodes to kill.

use std::time::Duration;

use async_nats::jetstream::{self, Context};
use async_nats::ConnectOptions;
use nats_server::proxy::Proxy;
use nats_server::{configs, run_cluster_with_config_text, Cluster};

use crate::support::until;

/// Which node of a cluster is meant.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Node {
    /// The one that leads a stream.
    Leader,
    /// The one that the client is connected to.
    OfTheClient,
}

/// Three servers with JetStream, and a context that knows all of them.
pub(crate) async fn replicated() -> (Cluster, Context) {
    let cluster = run_cluster_with_config_text(&configs::jetstream());
    let context = context(&cluster).await;
    (cluster, context)
}

/// One more client of a cluster.
pub(crate) async fn context(cluster: &Cluster) -> Context {
    let urls = cluster.client_urls();
    let client = options().connect(urls.as_slice()).await;
    jetstream::new(client.expect("the cluster takes the connection"))
}

/// A client that reaches one node of a cluster through a proxy, and no other.
pub(crate) async fn through_proxy(cluster: &Cluster) -> (Proxy, Context) {
    let url = cluster.client_url();
    let port = url.rsplit(':').next().and_then(|port| port.parse::<u16>().ok());
    let proxy = Proxy::new(("127.0.0.1", port.expect("a URL with a port")));
    let client = options().ignore_discovered_servers().connect(proxy.url()).await;
    let context = jetstream::new(client.expect("the cluster takes the connection"));
    (proxy, context)
}

fn options() -> ConnectOptions {
    ConnectOptions::new().reconnect_delay_callback(|_| Duration::from_millis(10))
}

/// Kills a node of the cluster.
pub(crate) fn kill(cluster: &mut Cluster, node: Node, stream: &str, context: &Context) {
    let node = match node {
        Node::Leader => cluster.stream_leader(stream),
        Node::OfTheClient => cluster.node_at(&format!("localhost:{}", context.client().server_info().port)),
    };
    cluster.kill(node.expect("there is one"));
}

/// Returns when the stream has a leader, and all of its replicas have what it has.
pub(crate) async fn settled(cluster: &Cluster, context: &Context, stream: &str) {
    until("a leader", || cluster.stream_leader(stream).is_some()).await;
    crate::support::until_async("all replicas to be current", || async {
        let Ok(stream) = context.get_stream(stream).await else {
            return false;
        };
        let cluster = stream.cached_info().cluster.as_ref();
        cluster.is_some_and(|cluster| {
            cluster.leader.is_some() && cluster.replicas.len() == 2 && cluster.replicas.iter().all(|peer| peer.current)
        })
    })
    .await;
}
