//! JetStream: streams that keep messages, and consumers that read them.
//!
//! A [`Context`] is where everything begins: [`new`] makes one from a [`Client`].
//!
//! Source: the [JetStream API](https://docs.nats.io/reference/reference-protocols/nats_api_reference).

pub mod account;
pub mod consumer;
pub mod context;
mod error;
#[cfg(any(feature = "kv", feature = "object-store"))]
mod kinds;
#[cfg(feature = "kv")]
pub mod kv;
mod machine;
pub mod message;
mod names;
#[cfg(feature = "object-store")]
pub mod object_store;
mod paged;
pub mod publish;
pub mod response;
pub mod stream;

pub use context::{Context, ContextBuilder};
pub use error::{Error, ErrorCode};
pub use message::{AckKind, Message};

use crate::Client;

/// A context for the JetStream of the account that `client` is connected to.
///
/// # Examples
///
/// ```no_run
/// # async fn example() -> Result<(), async_nats::Error> {
/// let client = async_nats::connect("localhost").await?;
/// let jetstream = async_nats::jetstream::new(client);
/// # Ok(())
/// # }
/// ```
pub fn new(client: Client) -> Context {
    ContextBuilder::new().build(client)
}

/// A context for the JetStream of a domain, as leaf nodes have one of their own: the API's subjects begin with
/// `$JS.<domain>.API`.
///
/// # Examples
///
/// ```no_run
/// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
/// let hub = async_nats::jetstream::with_domain(client, "hub");
/// # Ok(())
/// # }
/// ```
pub fn with_domain<T: AsRef<str>>(client: Client, domain: T) -> Context {
    ContextBuilder::new().domain(domain.as_ref()).build(client)
}

/// A context whose API subjects begin with `prefix` instead of `$JS.API`, as accounts that import another one's
/// JetStream use it.
///
/// # Examples
///
/// ```no_run
/// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
/// let other = async_nats::jetstream::with_prefix(client, "JS.other.API");
/// # Ok(())
/// # }
/// ```
pub fn with_prefix(client: Client, prefix: &str) -> Context {
    ContextBuilder::new().api_prefix(prefix).build(client)
}
