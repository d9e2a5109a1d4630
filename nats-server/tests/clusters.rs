//! Clusters: formed when they are handed over, and whole again after a node was away.

mod common;

use common::Client;
use nats_server::{run_cluster, run_cluster_with_config_text, Cluster};
use serde_json::json;

const JETSTREAM: &str = "jetstream { max_mem_store: 64MB, max_file_store: 1GB }";

/// Every node can place a stream with three replicas at once.
fn assert_streams_can_be_made(cluster: &Cluster, label: &str) {
    for (index, server) in cluster.servers.iter().enumerate() {
        let name = format!("{label}{index}");
        let made = Client::connect(server.client_port()).jetstream(
            &format!("STREAM.CREATE.{name}"),
            &json!({ "name": name, "subjects": [name], "storage": "memory", "num_replicas": 3 }),
        );
        assert_eq!(made["config"]["num_replicas"], 3, "{made}");
        assert!(cluster.stream_leader(&name).is_some());
    }
}

#[test]
fn a_cluster_has_three_named_nodes_that_know_each_other() {
    let cluster = run_cluster("");
    assert_eq!(cluster.servers.len(), 3);
    assert_eq!(cluster.client_url(), cluster.servers[0].client_url());
    for (index, server) in cluster.servers.iter().enumerate() {
        let varz = server.monitor("/varz").expect("the node answers");
        assert_eq!(varz["server_name"], format!("node{}", index + 1));
        assert_eq!(varz["cluster"]["name"], "cluster");
        assert_eq!(cluster.node_at(&server.client_url()), Some(index));
        let info = Client::connect(server.client_port()).info;
        let urls = info["connect_urls"].as_array().expect("the others are told");
        assert_eq!(urls.len(), 3, "{info}");
        for url in urls {
            let url = url.as_str().expect("a URL is a text");
            assert!(cluster.node_at(url).is_some(), "{url}");
        }
    }
    assert_eq!(cluster.node_at("nats://localhost:1"), None);
    assert_eq!(cluster.meta_leader(), None);
}

#[test]
fn messages_cross_a_fresh_cluster() {
    let cluster = run_cluster(["", "", ""]);
    let mut receiver = Client::connect(cluster.servers[0].client_port());
    receiver.send("SUB crossing 1\r\n").expect("the node reads");
    receiver.round_trip();
    let mut sender = Client::connect(cluster.servers[2].client_port());
    // Interest travels by itself; what matters is that the route is there for it.
    common::wait_until("the third node knows the interest", || {
        let subsz = cluster.servers[2].monitor("/routez?subs=1");
        subsz.is_ok_and(|answer| answer.to_string().contains("crossing"))
    });
    sender.send("PUB crossing 2\r\nhi\r\n").expect("the node reads");
    assert_eq!(receiver.answer().expect("it arrives"), "MSG crossing 1 2");
}

#[test]
fn streams_can_be_made_as_soon_as_the_cluster_is_handed_over() {
    let cluster = run_cluster_with_config_text(JETSTREAM);
    assert!(cluster.meta_leader().is_some());
    assert_streams_can_be_made(&cluster, "fresh");
}

#[test]
fn a_cluster_is_whole_again_after_its_leader_was_killed() {
    let mut cluster = run_cluster_with_config_text(JETSTREAM);
    let leader = cluster.meta_leader().expect("it was waited for");
    let ports: Vec<u16> = cluster.servers.iter().map(|s| s.client_port()).collect();
    cluster.kill(leader);
    cluster.wait_ready();
    let next = cluster.meta_leader().expect("it was waited for");
    assert_ne!(next, leader);
    cluster.start(leader);
    let ports_now: Vec<u16> = cluster.servers.iter().map(|s| s.client_port()).collect();
    assert_eq!(ports_now, ports);
    assert_streams_can_be_made(&cluster, "again");
}

#[test]
fn a_stopped_node_comes_back_to_a_minority() {
    let mut cluster = run_cluster_with_config_text(JETSTREAM);
    cluster.stop(0);
    cluster.stop(1);
    cluster.wait_ready();
    cluster.start(0);
    cluster.start(1);
    assert_streams_can_be_made(&cluster, "back");
}
