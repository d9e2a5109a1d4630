//! Three servers that form a cluster, known to be one before anybody uses them.
//!
//! "Formed" means, asked from the monitoring ports: every node has all of its routes to every other; and with
//! JetStream, all nodes name the same meta leader, which sees every other node as current.

use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::config::{Config, ConfigText, IntoConfig, CLUSTER_SIZE};
use crate::launch::{Launch, StartError};
use crate::ports::{self, port_of};
use crate::server::Server;

/// Time for a cluster to form, elections included; long, because a machine may be busy with other tests.
const FORM_WITHIN: Duration = Duration::from_secs(90);

/// How often the nodes are asked; each round is up to three requests a node.
const ASK_EVERY: Duration = Duration::from_millis(10);

/// How often a cluster is started from the beginning because one of its ports was taken meanwhile.
const START_ATTEMPTS: u32 = 5;

/// The name of the cluster.
const NAME: &str = "cluster";

/// Three servers, `node1` to `node3`, of a cluster.
#[derive(Debug)]
pub struct Cluster {
    /// The nodes, in the order of their names.
    pub servers: Vec<Server>,
}

impl Cluster {
    pub(crate) fn launch(config: &Config<'_>) -> Result<Self, StartError> {
        let mut attempt = 1;
        let servers = loop {
            match start_nodes(config) {
                Ok(servers) => break servers,
                Err(error) if error.is_port_taken() && attempt < START_ATTEMPTS => attempt += 1,
                Err(error) => return Err(error),
            }
        };
        let cluster = Self { servers };
        cluster.wait_until_formed()?;
        Ok(cluster)
    }

    /// The URL of the first node for clients.
    pub fn client_url(&self) -> String {
        self.servers[0].client_url()
    }

    /// The URLs of all nodes for clients.
    pub fn client_urls(&self) -> Vec<String> {
        self.servers.iter().map(Server::client_url).collect()
    }

    /// The index of the node that listens for clients on the port of this URL or `host:port`.
    pub fn node_at(&self, url: &str) -> Option<usize> {
        let port = port_of(url)?;
        self.servers.iter().position(|server| server.client_port() == port)
    }

    /// The index of the node with this server name, which is `node1` for the first.
    pub fn node_named(&self, name: &str) -> Option<usize> {
        (0..self.servers.len()).find(|&index| node_name(index) == name)
    }

    /// Stops one node in order; see [`Server::stop`].
    ///
    /// # Panics
    ///
    /// When there is no such node.
    pub fn stop(&mut self, node: usize) {
        self.servers[node].stop();
    }

    /// Kills one node; see [`Server::kill`].
    ///
    /// # Panics
    ///
    /// When there is no such node.
    pub fn kill(&mut self, node: usize) {
        self.servers[node].kill();
    }

    /// Starts a stopped node again, and returns when all nodes that run form a cluster.
    ///
    /// # Panics
    ///
    /// When there is no such node, when it does not start, or when they do not form a cluster.
    #[track_caller]
    pub fn start(&mut self, node: usize) {
        self.servers[node].start();
        self.wait_ready();
    }

    /// Returns when all nodes that run are routed to each other and, with JetStream, have a meta leader.
    ///
    /// A minority of the nodes cannot have a leader, so it is not waited for when only one node runs.
    ///
    /// # Panics
    ///
    /// When they have not within 90 s.
    #[track_caller]
    pub fn wait_ready(&self) {
        if let Err(error) = self.wait_until_formed() {
            panic!("{error}");
        }
    }

    /// The index of the JetStream meta leader, as the first node says that knows it.
    pub fn meta_leader(&self) -> Option<usize> {
        let leader = self.running().find_map(|server| {
            let jsz = server.monitor("/jsz").ok()?;
            Some(jsz["meta_cluster"]["leader"].as_str()?.to_owned())
        })?;
        self.node_named(&leader)
    }

    /// The index of the leader of a stream of the default account, as the first node says that knows it.
    pub fn stream_leader(&self, stream: &str) -> Option<usize> {
        let leader = self.running().find_map(|server| {
            let jsz = server.monitor("/jsz?accounts=true&streams=true").ok()?;
            let accounts = jsz["account_details"].as_array()?;
            let details = accounts
                .iter()
                .filter_map(|account| account["stream_detail"].as_array())
                .flatten()
                .find(|details| details["name"] == stream)?;
            let leader = details["cluster"]["leader"].as_str()?;
            (!leader.is_empty()).then(|| leader.to_owned())
        })?;
        self.node_named(&leader)
    }

    fn running(&self) -> impl Iterator<Item = &Server> {
        self.servers.iter().filter(|server| server.is_started())
    }

    fn wait_until_formed(&self) -> Result<(), StartError> {
        let deadline = Instant::now() + FORM_WITHIN;
        loop {
            let Err(missing) = self.check() else {
                return Ok(());
            };
            if Instant::now() >= deadline {
                return Err(StartError::new(format!(
                    "the cluster did not form within {} s: {missing}",
                    FORM_WITHIN.as_secs()
                )));
            }
            thread::sleep(ASK_EVERY);
        }
    }

    /// What is still missing.
    fn check(&self) -> Result<(), String> {
        let nodes: Vec<&Server> = self.running().collect();
        let others = nodes.len().saturating_sub(1);
        let has_majority = nodes.len() * 2 > self.servers.len();
        let mut leaders = Vec::new();
        let mut leader_sees_all = false;
        for node in &nodes {
            let ask = |path: &str| {
                node.monitor(path)
                    .map_err(|error| format!("{} does not answer {path}: {error}", node.client_url()))
            };
            let varz = ask("/varz")?;
            check_routes(&varz, &ask("/routez")?, others)?;
            let jsz = ask("/jsz")?;
            if jsz["disabled"] == true || !has_majority {
                continue;
            }
            let name = &varz["server_name"];
            let leader = jsz["meta_cluster"]["leader"].as_str().unwrap_or_default();
            if leader.is_empty() {
                return Err(format!("{name} knows no meta leader"));
            }
            if *name == leader {
                leader_sees_all = leader_sees(&jsz, others);
            }
            leaders.push(leader.to_owned());
        }
        match leaders.first() {
            None => Ok(()),
            Some(first) if leaders.iter().any(|leader| leader != first) => {
                Err(format!("different meta leaders are known: {leaders:?}"))
            }
            Some(first) if !leader_sees_all => Err(format!("the meta leader {first} does not see all others yet")),
            Some(_) => Ok(()),
        }
    }
}

/// Whether a node has all of its routes to `others` other nodes.
fn check_routes(varz: &Value, routez: &Value, others: usize) -> Result<(), String> {
    let remotes: Vec<&str> = routez["routes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|route| route["remote_id"].as_str())
        .collect();
    let mut distinct = remotes.clone();
    distinct.sort_unstable();
    distinct.dedup();
    // Servers from 2.10 on have a pool of routes to each other node, and one more for the system account.
    let each = match varz["cluster"]["pool_size"].as_u64() {
        Some(size) if size > 0 => usize::try_from(size).unwrap_or(usize::MAX).saturating_add(1),
        _ => 1,
    };
    let complete = distinct.iter().all(|remote| {
        let count = remotes.iter().filter(|other| *other == remote).count();
        count >= each
    });
    if distinct.len() == others && complete {
        return Ok(());
    }
    Err(format!(
        "{} has {} routes to {} nodes instead of {each} to each of {others}",
        varz["server_name"],
        remotes.len(),
        distinct.len()
    ))
}

/// Whether the meta leader that answered with `jsz` follows `others` other nodes closely.
fn leader_sees(jsz: &Value, others: usize) -> bool {
    let replicas = jsz["meta_cluster"]["replicas"].as_array();
    let current = replicas
        .into_iter()
        .flatten()
        .filter(|replica| replica["current"] == true && replica["offline"] != true)
        .count();
    current >= others
}

fn node_name(index: usize) -> String {
    format!("node{}", index + 1)
}

fn start_nodes(config: &Config<'_>) -> Result<Vec<Server>, StartError> {
    // A node with JetStream wants to know the routes to all others when it starts, so their ports are picked here.
    let held: Vec<(TcpListener, u16)> = (0..CLUSTER_SIZE).map(|_| ports::hold_port()).collect();
    let routes: Vec<String> = held
        .iter()
        .map(|(_, port)| format!("nats://127.0.0.1:{port}"))
        .collect();
    let mut servers = Vec::with_capacity(CLUSTER_SIZE);
    for (index, (listener, port)) in held.into_iter().enumerate() {
        let launch = Launch::new()
            .source(config.nodes()[index].clone())
            .arg("--server_name")
            .arg(node_name(index))
            .arg("--cluster_name")
            .arg(NAME)
            .arg("--cluster")
            .arg(format!("nats://127.0.0.1:{port}"))
            .arg("--routes")
            .arg(routes.join(","));
        drop(listener);
        servers.push(launch.try_start()?);
    }
    Ok(servers)
}

/// Starts a cluster of three nodes, and returns when all routes are up and, with JetStream, the meta leader is known.
///
/// `cfg` is one configuration for all nodes, or an array with one for each: paths relative to the current folder, or
/// [`ConfigText`]. Whatever they say, the nodes are called `node1` to `node3`, the cluster `cluster`, and all listen
/// on free ports of 127.0.0.1.
///
/// # Panics
///
/// When there is no `nats-server` to run, a node does not start, or they do not form a cluster; the text says why.
#[track_caller]
pub fn run_cluster<'a, C: IntoConfig<'a>>(cfg: C) -> Cluster {
    Cluster::launch(&cfg.into_config()).unwrap_or_else(|error| panic!("{error}"))
}

/// Like [`run_cluster`], from the text of a configuration for all nodes.
///
/// # Panics
///
/// As [`run_cluster`] does.
#[track_caller]
pub fn run_cluster_with_config_text(text: &str) -> Cluster {
    run_cluster(ConfigText(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn routez(remotes: &[&str]) -> Value {
        let routes: Vec<Value> = remotes.iter().map(|id| json!({ "remote_id": id })).collect();
        json!({ "routes": routes })
    }

    #[test]
    fn without_a_pool_one_route_to_each_node_is_enough() {
        let varz = json!({ "server_name": "node1", "cluster": {} });
        assert!(check_routes(&varz, &routez(&["A", "B"]), 2).is_ok());
        assert!(check_routes(&varz, &routez(&["A", "A"]), 2).is_err());
        assert!(check_routes(&varz, &json!({}), 2).is_err());
        assert!(check_routes(&varz, &json!({}), 0).is_ok());
    }

    #[test]
    fn a_pool_has_to_be_complete() {
        let varz = json!({ "server_name": "node1", "cluster": { "pool_size": 1 } });
        assert!(check_routes(&varz, &routez(&["A", "B", "A", "B"]), 2).is_ok());
        let error = check_routes(&varz, &routez(&["A", "B", "A"]), 2).expect_err("one misses");
        assert!(error.contains("node1"), "{error}");
    }

    #[test]
    fn replicas_that_are_behind_or_offline_do_not_count() {
        let jsz = |replicas: Value| json!({ "meta_cluster": { "replicas": replicas } });
        let good = json!({ "current": true });
        assert!(leader_sees(&jsz(json!([good, good])), 2));
        assert!(!leader_sees(&jsz(json!([good])), 2));
        assert!(!leader_sees(&jsz(json!([good, { "current": false }])), 2));
        let offline = json!({ "current": true, "offline": true });
        assert!(!leader_sees(&jsz(json!([good, offline])), 2));
    }
}
