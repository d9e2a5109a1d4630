//! Where scripted peers come from: a pair in memory, or connections to a port.

use std::panic::Location;
use std::time::Duration;

use tokio::io::DuplexStream;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::Peer;

/// Bytes that each direction of a pair in memory holds before the writer has to wait.
const PAIR_CAPACITY: usize = 1024 * 1024;

/// Time for a client to connect.
const ACCEPT_WITHIN: Duration = Duration::from_secs(30);

/// Makes peers.
#[derive(Debug)]
pub struct Script;

impl Script {
    /// Two ends of a connection in memory, the client's first; for use on virtual time.
    ///
    /// The peer's clock starts here, so this is to be called within a runtime.
    pub fn pair() -> (DuplexStream, Peer<DuplexStream>) {
        Self::pair_with_capacity(PAIR_CAPACITY)
    }

    /// Like [`pair`](Self::pair), where each direction holds this many bytes until they are read.
    ///
    /// With few, a client soon has to wait for a peer that does not read, and gets what is sent to it in small pieces.
    pub fn pair_with_capacity(bytes: usize) -> (DuplexStream, Peer<DuplexStream>) {
        let (client, server) = tokio::io::duplex(bytes);
        (client, Peer::new(server))
    }

    /// Listens on a free port of 127.0.0.1: the URL for the client, and where to accept its connections.
    ///
    /// Connections need real time: a runtime whose clock is paused moves on while bytes are under way.
    ///
    /// # Panics
    ///
    /// When there is no free port.
    pub async fn listen() -> (String, Listener) {
        let listener = Self::listen_on(0).await;
        (listener.url(), listener)
    }

    /// Listens on a given port of 127.0.0.1, for a server that comes back.
    ///
    /// # Panics
    ///
    /// When the port is taken.
    pub async fn listen_on(port: u16) -> Listener {
        let inner = TcpListener::bind(("127.0.0.1", port))
            .await
            .unwrap_or_else(|error| panic!("nothing can listen on 127.0.0.1:{port}: {error}"));
        let port = inner
            .local_addr()
            .unwrap_or_else(|error| panic!("a listener without an address: {error}"))
            .port();
        Listener { inner, port }
    }
}

/// A port that clients connect to; dropping it refuses those that come later.
#[derive(Debug)]
pub struct Listener {
    inner: TcpListener,
    port: u16,
}

impl Listener {
    /// The URL for clients: `nats://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// The port for clients.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The next connection.
    ///
    /// # Panics
    ///
    /// When none comes within 30 s.
    #[track_caller]
    pub fn accept(&self) -> impl std::future::Future<Output = Peer<TcpStream>> + Send + '_ {
        let at = Location::caller();
        async move {
            match timeout(ACCEPT_WITHIN, self.inner.accept()).await {
                Ok(Ok((stream, _))) => {
                    // A peer that delays small writes would show other time-outs than it asks for.
                    let _ = stream.set_nodelay(true);
                    Peer::new(stream)
                }
                Ok(Err(error)) => panic!("{at}: a connection cannot be accepted: {error}"),
                Err(_) => panic!("{at}: no client connected to {} within {ACCEPT_WITHIN:?}", self.url()),
            }
        }
    }

    /// Passes when no client connects for as long.
    ///
    /// # Panics
    ///
    /// When one does.
    #[track_caller]
    pub fn expect_no_connection_for(&self, duration: Duration) -> impl std::future::Future<Output = ()> + Send + '_ {
        let at = Location::caller();
        async move {
            if timeout(duration, self.inner.accept()).await.is_ok() {
                panic!("{at}: a client connected to {}", self.url());
            }
        }
    }
}
