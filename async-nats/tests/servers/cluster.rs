//! A cluster of three: servers that are discovered, that go away, and that are left in time.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event, Server, Subscriber};
use futures_util::{FutureExt, StreamExt};
use nats_server::{run_cluster, run_cluster_with_config_text, Cluster};

use crate::support::{connect, connected, fenced, number, until, within, Events};

fn pool(client: &Client) -> Vec<Server> {
    client
        .server_pool()
        .now_or_never()
        .expect("it never waits")
        .expect("the client is open")
}

/// The ports of discovered servers.
fn discovered(client: &Client) -> BTreeSet<u16> {
    pool(client)
        .iter()
        .filter(|server| server.is_discovered)
        .map(|server| server.addr.port())
        .collect()
}

/// A client that was given one node and knows the others.
async fn informed(options: ConnectOptions, cluster: &Cluster, node: usize) -> Client {
    let client = options
        .connect(cluster.servers[node].client_url())
        .await
        .expect("the node runs");
    until("the other nodes to be known", || discovered(&client).len() >= 2).await;
    client
}

/// A client of one node and no other.
async fn pinned(cluster: &Cluster, node: usize) -> Client {
    let options = ConnectOptions::new().ignore_discovered_servers();
    options
        .connect(cluster.servers[node].client_url())
        .await
        .expect("the node runs")
}

fn node_of(client: &Client, cluster: &Cluster) -> Option<usize> {
    cluster.node_named(&client.server_info().server_name)
}

/// The given server stays, others come with the scheme of the connection, and those that are gone leave.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_servers_of_a_cluster_are_discovered_and_forgotten() {
    let mut cluster = run_cluster("");
    let client = informed(ConnectOptions::new(), &cluster, 0).await;
    let ports: BTreeSet<u16> = cluster.servers.iter().map(|server| server.client_port()).collect();
    assert!(discovered(&client).is_subset(&ports));
    let given: Vec<Server> = pool(&client)
        .into_iter()
        .filter(|server| !server.is_discovered)
        .collect();
    assert_eq!(given.len(), 1);
    assert_eq!(given[0].addr.port(), cluster.servers[0].client_port());
    assert!(pool(&client).iter().all(|server| server.addr.scheme() == "nats"));

    let aloof = pinned(&cluster, 0).await;
    let gone = cluster.servers[1].client_port();
    cluster.kill(1);
    until("the dead node to be forgotten", || !discovered(&client).contains(&gone)).await;
    cluster.start(1);
    until("the node to be known again", || discovered(&client).contains(&gone)).await;
    assert_eq!(pool(&aloof).len(), 1, "it was told to keep to what it was given");
    fenced(&client).await;
    fenced(&aloof).await;

    // Without its own node, the one goes to another, and the other waits for it.
    cluster.kill(0);
    until("another node", || matches!(node_of(&client, &cluster), Some(1 | 2))).await;
    connected(&client).await;
    fenced(&client).await;
    crate::support::disconnected(&aloof).await;
    cluster.start(0);
    connected(&aloof).await;
    assert_eq!(node_of(&aloof, &cluster), Some(0));
}

/// Publishes numbers, with a fence after each few; counts those that were confirmed.
struct Publisher {
    task: tokio::task::JoinHandle<(BTreeSet<u64>, u64)>,
    confirmed: Arc<AtomicU64>,
    stop: tokio::sync::watch::Sender<bool>,
}

impl Publisher {
    fn start(client: Client) -> Self {
        let confirmed = Arc::new(AtomicU64::new(0));
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let count = Arc::clone(&confirmed);
        let task = tokio::spawn(async move {
            let mut promised = BTreeSet::new();
            let mut next = 0;
            while !*stopped.borrow() {
                let batch = next..next + 20;
                for number in batch.clone() {
                    client
                        .publish("n", number.to_string().into())
                        .await
                        .expect("a good subject");
                }
                next = batch.end;
                if client.flush_with_timeout(Duration::from_secs(10)).await.is_ok() {
                    promised.extend(batch);
                    count.store(promised.len() as u64, Ordering::Relaxed);
                }
            }
            (promised, next)
        });
        Publisher { task, confirmed, stop }
    }

    /// Returns when there was some traffic from now on.
    async fn goes_on(&self) {
        let until_now = self.confirmed.load(Ordering::Relaxed);
        until("traffic", || self.confirmed.load(Ordering::Relaxed) >= until_now + 200).await;
    }

    /// What was confirmed, and how many were published.
    async fn end(self) -> (BTreeSet<u64>, u64) {
        self.stop.send(true).expect("it publishes");
        within("the end of the publisher", self.task)
            .await
            .expect("it does not panic")
    }
}

/// Reads until the end of the subscription: no number is there twice.
async fn read(messages: Subscriber) -> BTreeSet<u64> {
    let mut seen = BTreeSet::new();
    let mut messages = messages;
    while let Some(message) = messages.next().await {
        let number = number(&message);
        assert!(seen.insert(number), "{number} came twice");
    }
    seen
}

/// A client leaves a server that is going away by itself, before it has to, and what it had published arrives.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lame_duck_is_left_in_time_and_without_loss() {
    let cluster = run_cluster_with_config_text("lame_duck_duration: 40s\nlame_duck_grace_period: 20s\n");
    let events = Events::default();
    let client = informed(events.record(ConnectOptions::new()), &cluster, 0).await;
    let echo = client.subscribe("n").await.expect("a good subject");
    let witness = connect(&cluster.servers[1]).await;
    let seen = tokio::spawn(read(witness.subscribe("n").await.expect("a good subject")));
    fenced(&witness).await;
    fenced(&client).await;
    let publisher = Publisher::start(client.clone());
    publisher.goes_on().await;

    nats_server::set_lame_duck_mode(&cluster.servers[0]);
    events.find("the news", |event| *event == Event::LameDuckMode).await;
    events.nth("another node", 2, |event| *event == Event::Connected).await;
    assert_ne!(node_of(&client, &cluster), Some(0));
    publisher.goes_on().await;
    let (_, published) = publisher.end().await;
    drop(echo);
    fenced(&client).await;
    settle(&client, &witness).await;
    witness.drain().await.expect("the server confirms");
    let seen = within("the end", seen).await.expect("nothing twice");
    let missing: Vec<u64> = (0..published).filter(|number| !seen.contains(number)).collect();
    assert!(missing.is_empty(), "of {published} are missing {missing:?}");
    assert!(
        cluster.servers[0].monitor("/varz").is_ok(),
        "the server is still there: it was left before it went"
    );
}

/// Returns when what `from` has published before has reached `to`, over whichever nodes: a message behind it has.
async fn settle(from: &Client, to: &Client) {
    let mut marks = to.subscribe("mark").await.expect("a good subject");
    fenced(to).await;
    within("a mark", async {
        loop {
            from.publish("mark", "".into()).await.expect("a good subject");
            if tokio::time::timeout(Duration::from_millis(20), marks.next())
                .await
                .is_ok()
            {
                return;
            }
        }
    })
    .await;
}

/// Rolling restarts under constant traffic, each announced: what was confirmed is there for everybody whose node was not
/// the one to go. Without the announcement, a server takes what it had confirmed and not passed on with it.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rolling_restarts_lose_nothing_that_was_confirmed() {
    let mut cluster = run_cluster("");
    let client = informed(ConnectOptions::new(), &cluster, 0).await;
    for node in 0..3 {
        let others: Vec<usize> = (0..3).filter(|&other| other != node).collect();
        let mut witnesses = Vec::new();
        for &other in &others {
            let witness = pinned(&cluster, other).await;
            let seen = tokio::spawn(read(witness.subscribe("n").await.expect("a good subject")));
            fenced(&witness).await;
            settle(&client, &witness).await;
            witnesses.push((other, witness, seen));
        }
        let publisher = Publisher::start(client.clone());
        publisher.goes_on().await;
        nats_server::set_lame_duck_mode(&cluster.servers[node]);
        until("another node", || node_of(&client, &cluster) != Some(node)).await;
        publisher.goes_on().await;
        cluster.stop(node);
        publisher.goes_on().await;
        cluster.start(node);
        publisher.goes_on().await;
        let (confirmed, published) = publisher.end().await;
        assert!(
            confirmed.len() >= 600,
            "round {node}: {} of {published}",
            confirmed.len()
        );
        for (other, witness, seen) in witnesses {
            settle(&client, &witness).await;
            witness.drain().await.expect("the server confirms");
            let seen = within("the end", seen).await.expect("nothing twice");
            let missing: Vec<&u64> = confirmed.difference(&seen).collect();
            assert!(
                missing.is_empty(),
                "node {node} restarted; at node {other} are missing {missing:?}"
            );
        }
    }
}
