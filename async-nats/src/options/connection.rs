//! Options about connections: how they are made, watched and made again.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::ConnectOptions;
use crate::callbacks::{DelayCallback, EventCallback, ReconnectToServer, ReconnectToServerCallback};
use crate::client::error::ConnectError;
use crate::client::Client;
use crate::event::Event;
use crate::io::Dialer;
use crate::proto::handshake::ServerInfo;
use crate::proto::server_pool::Server;
use crate::server_addr::ToServerAddrs;

impl ConnectOptions {
    /// Connects with these options; see [`connect_with_options`](crate::connect_with_options).
    ///
    /// # Errors
    ///
    /// Those of [`connect_with_options`](crate::connect_with_options).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), async_nats::ConnectError> {
    /// let client = async_nats::ConnectOptions::new().connect("localhost:4222").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn connect<A: ToServerAddrs>(self, addrs: A) -> Result<Client, ConnectError> {
        crate::connect_with_options(addrs, self).await
    }

    /// The client's name, for people who look at the server.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = async_nats::ConnectOptions::new().name("orders");
    /// ```
    pub fn name<T: ToString>(mut self, name: T) -> ConnectOptions {
        self.name = Some(name.to_string());
        self
    }

    /// Has the server leave out, on this client's subscriptions, what this client publishes.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = async_nats::ConnectOptions::new().no_echo();
    /// ```
    pub fn no_echo(mut self) -> ConnectOptions {
        self.no_echo = true;
        self
    }

    /// The beginning of inboxes: of reply subjects and of [`Client::new_inbox`]. Default: `_INBOX`. A prefix of its own,
    /// together with permissions, keeps one client's answers from others. With a prefix that is no subject, requests and
    /// subscriptions to such inboxes fail.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = async_nats::ConnectOptions::new().custom_inbox_prefix("_INBOX_orders");
    /// ```
    pub fn custom_inbox_prefix<T: ToString>(mut self, prefix: T) -> ConnectOptions {
        self.inbox_prefix = prefix.to_string();
        self
    }

    /// Bounds each attempt to connect to one server: name resolution, TCP, TLS and the handshake. Default: five seconds.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let options = async_nats::ConnectOptions::new().connection_timeout(Duration::from_secs(2));
    /// ```
    pub fn connection_timeout(mut self, timeout: Duration) -> ConnectOptions {
        self.connection_timeout = timeout;
        self
    }

    /// How long the server may be silent before it is asked for a sign of life. Zero counts as a millisecond. Default: a
    /// minute.
    ///
    /// A dead link is noticed within this, times one more than
    /// [`ConnectOptions::max_pings_outstanding`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let options = async_nats::ConnectOptions::new().ping_interval(Duration::from_secs(10));
    /// ```
    pub fn ping_interval(mut self, ping_interval: Duration) -> ConnectOptions {
        self.ping_interval = ping_interval;
        self
    }

    /// How many pings in a row may stay unanswered before the link counts as dead. With zero, a link that was silent for an
    /// interval is given up without asking. Default: two.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = async_nats::ConnectOptions::new().max_pings_outstanding(1);
    /// ```
    pub fn max_pings_outstanding(mut self, pings: u32) -> ConnectOptions {
        self.max_pings = pings;
        self
    }

    /// Attempts to connect in a row, over all servers, before the client gives up and ends with
    /// [`ClientError::MaxReconnects`](crate::ClientError::MaxReconnects) and [`Event::Closed`]. `None`, the default, and
    /// zero mean that it never does.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = async_nats::ConnectOptions::new().max_reconnects(20);
    /// ```
    pub fn max_reconnects<T: Into<Option<usize>>>(mut self, max_reconnects: T) -> ConnectOptions {
        self.max_reconnects = max_reconnects.into().filter(|max| *max > 0);
        self
    }

    /// The wait before an attempt to connect, in place of the usual one (nothing first, then doubling to four seconds,
    /// with [jitter](ConnectOptions::reconnect_jitter); longer after connections that did not last, see
    /// [the handbook](crate::manual::reconnecting)). The callback gets the number of the attempt, counted from one since
    /// the last connection; nothing is added to what it returns. One that panics ends the client.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let options = async_nats::ConnectOptions::new()
    ///     .reconnect_delay_callback(|attempt| Duration::from_millis(100 * attempt.min(50) as u64));
    /// ```
    pub fn reconnect_delay_callback<F>(mut self, cb: F) -> ConnectOptions
    where
        F: Fn(usize) -> Duration + Send + Sync + 'static,
    {
        self.delay = Some(DelayCallback::new(cb));
        self
    }

    /// Bounds of the random time that is added to the wait before an attempt, for servers without and with TLS, so that
    /// clients do not come back all at once. Default: 100 ms and one second. Nothing is added to the first attempt, which
    /// does not wait.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let options = async_nats::ConnectOptions::new()
    ///     .reconnect_jitter(Duration::from_millis(500), Duration::from_secs(2));
    /// ```
    pub fn reconnect_jitter(mut self, plain: Duration, tls: Duration) -> ConnectOptions {
        self.jitter = (plain, tls);
        self
    }

    /// Asks `cb` for the server to connect to, before the first connection and each later one. It gets the pool and what
    /// the last server said of itself. `None` leaves the choice to the client. The client waits for the answer as long as it
    /// takes. One server that was chosen is one attempt; when it fails, `cb` is asked again.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_nats::ReconnectToServer;
    ///
    /// let options = async_nats::ConnectOptions::new().reconnect_to_server_callback(|servers, _info| async move {
    ///     let best = servers.into_iter().min_by_key(|server| server.failed_attempts)?;
    ///     Some(ReconnectToServer { addr: best.addr, delay: None })
    /// });
    /// ```
    pub fn reconnect_to_server_callback<F, Fut>(mut self, cb: F) -> ConnectOptions
    where
        F: Fn(Vec<Server>, ServerInfo) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Option<ReconnectToServer>> + Send + Sync + 'static,
    {
        self.choose_server = Some(ReconnectToServerCallback::new(cb));
        self
    }

    /// Has [`connect`](ConnectOptions::connect) return at once, with a client that connects in the background for as long
    /// as it takes, or as [`max_reconnects`](ConnectOptions::max_reconnects) allows. Until then, publishes and subscriptions
    /// are kept as during a reconnect.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = async_nats::ConnectOptions::new().retry_on_initial_connect();
    /// ```
    pub fn retry_on_initial_connect(mut self) -> ConnectOptions {
        self.retry_on_initial_connect = true;
        self
    }

    /// Keeps to the servers that were given, whatever a server tells of its cluster.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = async_nats::ConnectOptions::new().ignore_discovered_servers();
    /// ```
    pub fn ignore_discovered_servers(mut self) -> ConnectOptions {
        self.ignore_discovered_servers = true;
        self
    }

    /// Tries servers, and the addresses of each, in their order rather than shuffled.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = async_nats::ConnectOptions::new().retain_servers_order();
    /// ```
    pub fn retain_servers_order(mut self) -> ConnectOptions {
        self.dial.retain_order = true;
        self
    }

    /// Connects from this local address. Port 0 lets the system choose one.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = async_nats::ConnectOptions::new().local_address(([127, 0, 0, 1], 0).into());
    /// ```
    pub fn local_address(mut self, address: SocketAddr) -> ConnectOptions {
        self.dial.local_address = Some(address);
        self
    }

    /// Opens streams with `dialer`, in place of TCP connections: through a proxy, over a unix socket, in the same process.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_nats::ServerAddr;
    /// use tokio::net::TcpStream;
    ///
    /// let options = async_nats::ConnectOptions::new()
    ///     .dialer(|addr: ServerAddr| async move { TcpStream::connect((addr.host(), addr.port())).await });
    /// ```
    pub fn dialer(mut self, dialer: impl Dialer + 'static) -> ConnectOptions {
        self.dial.dialer = Some(Arc::new(dialer));
        self
    }

    /// Sends a header with the handshake of a websocket, for proxies that want one. May be called several times.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = async_nats::ConnectOptions::new().websocket_header("Authorization", "Bearer t0k3n");
    /// ```
    pub fn websocket_header(mut self, name: impl Into<String>, value: impl Into<String>) -> ConnectOptions {
        self.dial.websocket_headers.push((name.into(), value.into()));
        self
    }

    /// Calls `cb` with each [`Event`], in order, one at a time, in a task of its own. A callback that takes long delays later
    /// events, and nothing else; they wait in memory. One that panics is not called again.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = async_nats::ConnectOptions::new().event_callback(|event| async move {
    ///     println!("{event}");
    /// });
    /// ```
    pub fn event_callback<F, Fut>(mut self, cb: F) -> ConnectOptions
    where
        F: Fn(Event) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + 'static + Send + Sync,
    {
        self.event_callback = Some(EventCallback::new(cb));
        self
    }

    /// Has all chance in the client (jitter, shuffling, inboxes) come from a seed, for simulations.
    #[doc(hidden)]
    pub fn entropy_seed(mut self, seed: u64) -> ConnectOptions {
        self.seed = Some(seed);
        self
    }
}
