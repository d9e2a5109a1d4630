//! A faulty network in front of a server: a proxy that delays, slices, cuts and swallows bytes.
//!
//! A [`Proxy`] listens on a free port of 127.0.0.1 and passes every connection on to its target. It runs on a thread of
//! its own, so that it works beside any runtime, and needs none. What goes wrong is said by a [`Plan`] for a connection
//! that comes (a [`Fault`] after a number of bytes, in one [`Direction`]), by a seed, or at once for connections that are
//! there. Once a method that pauses, swallows or ends has returned, not one more byte is passed on.
//!
//! ```no_run
//! use nats_server::proxy::{Direction, Fault, Plan, Proxy};
//!
//! let server = nats_server::run_basic_server();
//! let proxy = Proxy::in_front_of(&server);
//! // The first connection is reset after 1000 bytes from the server, all others are left alone.
//! proxy.set_plans([Plan::new().after(Direction::ToClient, 1000, Fault::Reset)]);
//! println!("connect to {}", proxy.url());
//! ```
//!
//! Dropping a proxy ends all of its connections and its thread.

mod accept;
mod lane;
mod link;
mod plan;

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::thread::JoinHandle;

pub use link::Connection;
pub use plan::{Direction, Fault, Plan, Seeded, Slices};

use accept::{Acceptor, Command, Shared};

use crate::server::Server;

/// A proxy that can go wrong; see the [module](self).
#[derive(Debug)]
pub struct Proxy {
    shared: Arc<Shared>,
    acceptor: Acceptor,
    port: u16,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Listens on a free port, and passes connections on to this address.
    ///
    /// # Panics
    ///
    /// When the address is none, or the system gives no port or thread.
    #[track_caller]
    pub fn new(target: impl ToSocketAddrs) -> Self {
        let shared = Arc::new(Shared::new(resolve(target)));
        let started = accept::start(Arc::clone(&shared));
        let (acceptor, port, thread) = started.unwrap_or_else(|error| panic!("a proxy cannot be started: {error}"));
        Self {
            shared,
            acceptor,
            port,
            thread: Some(thread),
        }
    }

    /// A proxy in front of the client port of a server.
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new) does.
    #[track_caller]
    pub fn in_front_of(server: &Server) -> Self {
        Self::new(server.client_address())
    }

    /// The port for clients.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL for clients: `nats://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Passes connections that come from now on to another address.
    ///
    /// # Panics
    ///
    /// When the address is none.
    #[track_caller]
    pub fn set_target(&self, target: impl ToSocketAddrs) {
        self.shared.set_target(resolve(target));
    }

    /// The plan of all connections that come from now on; a new proxy does no harm.
    pub fn set_plan(&self, plan: Plan) {
        self.shared.set_plans(Vec::new(), Seeded::always(plan));
    }

    /// The plans of the next connections, one for each; those after them are left alone.
    pub fn set_plans(&self, plans: impl IntoIterator<Item = Plan>) {
        let plans = plans.into_iter().collect();
        self.shared.set_plans(plans, Seeded::always(Plan::new()));
    }

    /// Makes the plan of every connection that comes from now on from a seed.
    pub fn set_seeded(&self, plans: Seeded) {
        self.shared.set_plans(Vec::new(), plans);
    }

    /// Refuses connections (`true`) as a port does on which nothing listens, or takes them again; those that are there
    /// stay.
    ///
    /// # Panics
    ///
    /// When the port cannot be had back from the system.
    #[track_caller]
    pub fn refuse(&self, refuse: bool) {
        let command = if refuse { Command::Refuse } else { Command::Accept };
        if let Err(error) = self.acceptor.tell(command) {
            panic!("a proxy lost its port {}: {error}", self.port);
        }
    }

    /// How many connections have come so far.
    pub fn connections(&self) -> usize {
        self.shared.connections().len()
    }

    /// How many connections are open.
    pub fn open_connections(&self) -> usize {
        self.open().count()
    }

    /// A connection by the order in which they came, open or not.
    pub fn connection(&self, index: usize) -> Option<Connection> {
        self.shared.connections().get(index).cloned()
    }

    /// The connection that came last, open or not.
    pub fn last_connection(&self) -> Option<Connection> {
        self.shared.connections().last().cloned()
    }

    /// Bytes that were passed on in a direction, over all connections.
    pub fn bytes(&self, direction: Direction) -> u64 {
        let connections = self.shared.connections();
        connections.iter().map(|link| link.bytes(direction)).sum()
    }

    /// Lets a fault happen now, on all open connections.
    pub fn apply(&self, direction: Direction, fault: Fault) {
        self.open().for_each(|link| link.apply(direction, fault));
    }

    /// Lets a paused direction go on, on all open connections.
    pub fn resume(&self, direction: Direction) {
        self.open().for_each(|link| link.resume(direction));
    }

    /// Closes all open connections on both sides.
    pub fn cut(&self) {
        self.apply(Direction::ToClient, Fault::Cut);
    }

    /// Ends all open connections with a reset on both sides.
    pub fn reset(&self) {
        self.apply(Direction::ToClient, Fault::Reset);
    }

    fn open(&self) -> impl Iterator<Item = Connection> {
        let connections = self.shared.connections();
        connections.into_iter().filter(Connection::is_open)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // A thread that is gone already has stopped, which is all that is asked for.
        let _ = self.acceptor.tell(Command::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[track_caller]
fn resolve(target: impl ToSocketAddrs) -> SocketAddr {
    let first = target
        .to_socket_addrs()
        .and_then(|mut found| found.next().ok_or_else(|| io::ErrorKind::NotFound.into()));
    first.unwrap_or_else(|error| panic!("the target of a proxy is no address: {error}"))
}
