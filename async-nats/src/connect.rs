//! The two ways to a client: [`connect`] and [`connect_with_options`].

use std::sync::Arc;

use crate::client::error::{ConnectError, ConnectErrorKind};
use crate::client::Client;
use crate::io::connector::Connector;
use crate::io::core::Core;
use crate::io::driver::{announce, Driver};
use crate::io::events::Events;
use crate::options::ConnectOptions;
use crate::proto::server_pool::ServerPool;
use crate::server_addr::ToServerAddrs;

/// Connects with the default options; see [`connect_with_options`].
///
/// # Errors
///
/// Those of [`connect_with_options`].
///
/// # Examples
///
/// ```no_run
/// # #[tokio::main]
/// # async fn main() -> Result<(), async_nats::ConnectError> {
/// let client = async_nats::connect("nats://localhost:4222").await?;
///
/// let of_a_cluster = async_nats::connect(vec!["one.example.com", "two.example.com"]).await?;
/// # Ok(())
/// # }
/// ```
pub async fn connect<A: ToServerAddrs>(addrs: A) -> Result<Client, ConnectError> {
    connect_with_options(addrs, ConnectOptions::default()).await
}

/// Connects to one of the servers at `addrs`.
///
/// Each server is tried once, in random order unless it is
/// [retained](ConnectOptions::retain_servers_order), until one answers or refuses the credentials. With
/// [`retry_on_initial_connect`](ConnectOptions::retry_on_initial_connect) this returns at once. `localhost` is tried at
/// 127.0.0.1 before the resolver is asked for its addresses, except on Windows.
///
/// # Errors
///
/// `ServerParse` when an address is none; else what the last attempt failed with: `Dns`, `Io`, `Tls`, `TimedOut`,
/// `Authentication` when credentials could not be made, `AuthorizationViolation` when the server refused them,
/// `MaxReconnects` when there were as many attempts as are allowed.
///
/// # Cancellation
///
/// Dropping the future leaves nothing behind.
///
/// # Panics
///
/// Outside of a Tokio runtime with I/O and time.
///
/// # Examples
///
/// ```no_run
/// # #[tokio::main]
/// # async fn main() -> Result<(), async_nats::ConnectError> {
/// use async_nats::ConnectOptions;
///
/// let options = ConnectOptions::new().name("orders");
/// let client = async_nats::connect_with_options("localhost", options).await?;
/// # Ok(())
/// # }
/// ```
pub async fn connect_with_options<A: ToServerAddrs>(addrs: A, options: ConnectOptions) -> Result<Client, ConnectError> {
    let addrs = addrs
        .to_server_addrs()
        .map_err(|error| ConnectError::with_source(ConnectErrorKind::ServerParse, error))?;
    let pool = ServerPool::new(addrs, options.retains_order(), options.ignores_discovered());
    let events = Events::new(options.event_callback_or_none());
    let core = Arc::new(Core::new(
        options.settings(),
        options.outbound_limits(),
        pool,
        options.rng(),
        events,
    ));
    let mut connector = Connector::new(&core, options.connector_settings());
    let client = Client::new(&core);
    let mut first = None;
    if !options.connects_in_background() {
        // The future is large, and callers keep this one on their stacks.
        let established = Box::new(Box::pin(connector.round()).await?);
        announce(&core, &established);
        first = Some(established);
    }
    tokio::spawn(Driver::new(&core, connector, options.link_settings()).run(first));
    Ok(client)
}
