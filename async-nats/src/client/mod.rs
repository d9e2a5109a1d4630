//! [`Client`]: the handle that programs use.
//!
//! What it does stands by topic: publishing, requests, subscriptions, flushing, draining, the server pool. No sockets and
//! no parsing here: calls become operations on the machines that the
//! client's tasks share.

#[cfg(feature = "jetstream")]
mod at_once;
mod drain;
pub(crate) mod error;
mod flush;
mod info;
mod outgoing;
mod pool;
mod publish;
#[cfg(feature = "jetstream")]
pub(crate) mod publish_ack;
mod request;
mod request_options;
mod sink;
mod subscribe;
pub(crate) mod subscriber;
mod told;
pub mod traits;

use std::fmt;
use std::sync::Arc;

pub use self::error::{
    DrainError, FlushError, FlushErrorKind, PublishError, PublishErrorKind, ReconnectError, RequestError,
    RequestErrorKind, ServerPoolError, ServerPoolErrorKind, SetServerPoolError, SetServerPoolErrorKind, SubscribeError,
    SubscribeErrorKind,
};
pub use self::request_options::Request;
use self::sink::Place;
pub use self::subscribe::SubscribeOptions;
use self::told::Told;
use crate::io::core::{Core, Handle};
pub use crate::statistics::Statistics;

/// A connection to NATS, and everything that goes over it.
///
/// A client is a handle: clones are cheap and share one connection. It reconnects by itself; meanwhile publishes and
/// subscriptions are kept, up to the limits in [`ConnectOptions`](crate::ConnectOptions). When the last clone and the last
/// [`Subscriber`](crate::Subscriber) are dropped, what is pending is still written, and the connection is closed.
///
/// # Examples
///
/// ```no_run
/// # #[tokio::main]
/// # async fn main() -> Result<(), async_nats::Error> {
/// use futures_util::StreamExt;
///
/// let client = async_nats::connect("localhost").await?;
/// let mut greetings = client.subscribe("greetings").await?;
/// client.publish("greetings", "hello".into()).await?;
/// if let Some(message) = greetings.next().await {
///     println!("{:?}", message.payload);
/// }
/// # Ok(())
/// # }
/// ```
pub struct Client {
    core: Handle,
    /// The place that this handle has as a [`Sink`](futures_sink::Sink).
    place: Place,
    /// Connections that broke with publishes that were written and not confirmed.
    unconfirmed: Told,
    /// Connections that broke with publishes that their streams had not flushed.
    unflushed: Told,
}

impl Client {
    pub(crate) fn new(core: &Arc<Core>) -> Self {
        Client {
            core: Handle::new(core),
            place: Place::default(),
            unconfirmed: Told::default(),
            unflushed: Told::default(),
        }
    }
}

impl Clone for Client {
    fn clone(&self) -> Self {
        let (losses, flush_losses) = {
            let outbound = self.core.outbound.lock();
            (outbound.losses(), outbound.flush_losses())
        };
        Client {
            core: self.core.clone(),
            place: self.place.clone(),
            unconfirmed: self.unconfirmed.for_clone(losses),
            unflushed: self.unflushed.for_clone(flush_losses),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("state", &self.connection_state())
            .finish_non_exhaustive()
    }
}
