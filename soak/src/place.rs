//! Where the soak takes place: three servers, each behind a network that goes wrong, and the clients that come to it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event};
use nats_server::proxy::{Fault, Proxy, Seeded};
use nats_server::{run_cluster, Cluster};

use crate::ledger::Ledger;

/// The server that is never restarted: where what it confirmed must arrive.
pub(crate) const CALM: usize = 0;

/// Bytes of a connection within which something goes wrong.
const WITHIN: u64 = 1024 * 1024;

/// What goes wrong on a connection.
const FAULTS: &[Fault] = &[
    Fault::Cut,
    Fault::Reset,
    Fault::HalfClose,
    Fault::Delay(Duration::from_millis(20)),
    Fault::Blackhole,
];

/// The servers and their network.
#[derive(Debug)]
pub(crate) struct Place {
    cluster: Mutex<Cluster>,
    proxies: Vec<Proxy>,
    calm: String,
    ledger: Arc<Ledger>,
}

impl Place {
    /// Starts it all; blocks.
    pub(crate) fn start(seed: u64, ledger: &Arc<Ledger>) -> Self {
        let cluster = run_cluster("");
        let proxies: Vec<Proxy> = cluster.servers.iter().map(Proxy::in_front_of).collect();
        for (proxy, number) in proxies.iter().zip(0..) {
            proxy.set_seeded(Seeded::new(seed * 10 + number, FAULTS, WITHIN));
        }
        Place {
            calm: cluster.servers[CALM].client_url(),
            cluster: Mutex::new(cluster),
            proxies,
            ledger: Arc::clone(ledger),
        }
    }

    /// Calls `disturb` with the servers; blocks.
    pub(crate) fn with_servers<T>(&self, disturb: impl FnOnce(&mut Cluster) -> T) -> T {
        disturb(&mut self.cluster.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The networks in front of the servers.
    pub(crate) fn proxies(&self) -> &[Proxy] {
        &self.proxies
    }

    /// A client of the calm server, over a network that does no harm.
    pub(crate) async fn calm_client(&self, name: &str) -> Client {
        self.client(name, vec![self.calm.clone()]).await
    }

    /// A client of the calm server, over a network that goes wrong.
    pub(crate) async fn shaken_client(&self, name: &str) -> Client {
        self.client(name, vec![self.proxies[CALM].url()]).await
    }

    /// A client of all servers, over networks that go wrong.
    pub(crate) async fn any_client(&self, name: &str) -> Client {
        self.client(name, self.proxies.iter().map(Proxy::url).collect()).await
    }

    async fn client(&self, name: &str, urls: Vec<String>) -> Client {
        let ledger = Arc::clone(&self.ledger);
        let options = ConnectOptions::new()
            .name(name)
            // Other ways to the servers than those through the proxies.
            .ignore_discovered_servers()
            .retry_on_initial_connect()
            .ping_interval(Duration::from_secs(2))
            .max_pings_outstanding(1)
            .connection_timeout(Duration::from_secs(5))
            .reconnect_delay_callback(|attempts| Duration::from_millis(20 * attempts.min(25) as u64))
            .event_callback(move |event| {
                match event {
                    Event::Disconnected => ledger.count("connections of clients that broke", 1),
                    Event::Connected => ledger.count("connections that clients made", 1),
                    Event::SlowConsumer(_) => ledger.count("subscribers that were slow", 1),
                    _ => {}
                }
                std::future::ready(())
            });
        let client = async_nats::connect_with_options(urls, options).await;
        client.expect("a client that connects in the background is there at once")
    }
}
