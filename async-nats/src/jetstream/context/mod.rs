//! [`Context`]: the handle from which all of JetStream is reached.
//!
//! It holds the client, the prefix of the API's subjects, the time-outs and the bound on publish acks in flight; clones
//! share them. What can be done with streams, consumers and buckets stands with the feature that it belongs to.

mod account;
mod ack;
#[cfg(any(feature = "kv", feature = "object-store"))]
mod bucket_error;
mod builder;
mod error;
mod publish;
mod request;
pub mod traits;

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

pub use self::ack::PublishAckFuture;
#[cfg(any(feature = "kv", feature = "object-store"))]
pub use self::bucket_error::*;
pub use self::builder::{ContextBuilder, No, ToAssign, Yes};
pub use self::error::{AccountError, AccountErrorKind, PublishError, PublishErrorKind, RequestError, RequestErrorKind};
pub use super::consumer::manage::{ConsumerInfoError, ConsumerInfoErrorKind};
pub use super::stream::manage::{
    CreateStreamError, CreateStreamErrorKind, DeleteStreamError, DeleteStreamErrorKind, GetStreamByNameError,
    GetStreamByNameErrorKind, GetStreamError, GetStreamErrorKind, StreamNames, Streams, StreamsError, StreamsErrorKind,
    UpdateStreamError, UpdateStreamErrorKind,
};
use crate::proto::acks_in_flight::{AcksInFlight, Ticket};
use crate::sync::Mutex;
use crate::Client;

/// A message to be published, by its old name.
#[deprecated(since = "0.44.0", note = "use `jetstream::message::PublishMessage` instead")]
pub type Publish = super::message::PublishMessage;

/// How long a publish ack is waited for, and how long a publish may wait for room to be sent, unless told otherwise.
pub(super) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

/// A handle to JetStream.
///
/// Clones are cheap and share everything but the time-out, which [`set_timeout`](Context::set_timeout) sets for one handle.
/// A context holds its client: the connection stays open as long as there is one.
///
/// # Examples
///
/// ```no_run
/// # async fn example() -> Result<(), async_nats::Error> {
/// let client = async_nats::connect("localhost").await?;
/// let jetstream = async_nats::jetstream::new(client);
///
/// let ack = jetstream.publish("events.login", "data".into()).await?;
/// let stored = ack.await?;
/// println!("stored in {} as {}", stored.stream, stored.sequence);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Context {
    shared: Arc<Shared>,
    /// How long one request of the API may take, when the user has said so; each clone has its own.
    timeout: Option<Duration>,
}

/// What all clones of a context share.
#[derive(Debug)]
struct Shared {
    client: Client,
    /// Without a dot at its end: `$JS.API`.
    prefix: Box<str>,
    /// After this long a publish ack does not count as being in flight any more.
    ack_timeout: Duration,
    /// A publish that finds no place under the bound waits for one.
    waits_for_place: bool,
    /// Shared with the client's requests, which give places back when futures were dropped.
    acks: Arc<Mutex<AcksInFlight>>,
}

impl Context {
    /// The client that this context uses.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// jetstream.client().flush().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn client(&self) -> Client {
        self.shared.client.clone()
    }

    /// Lets every later request of the API through this handle take at most `timeout`, and every later publish wait that
    /// long for its ack. Other handles keep theirs.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(mut jetstream: async_nats::jetstream::Context) {
    /// jetstream.set_timeout(std::time::Duration::from_secs(2));
    /// # }
    /// ```
    pub fn set_timeout(&mut self, timeout: Duration) {
        self.timeout = Some(timeout);
    }

    /// Waits until no publish ack is in flight of those that were when this was called: each came, or its time-out passed.
    ///
    /// The futures of these publishes must be awaited elsewhere, or have been dropped: an ack whose future is held counts
    /// as being in flight until something becomes of it. Whether the messages were stored is what the futures tell.
    ///
    /// # Cancellation
    ///
    /// Dropping the future changes nothing.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// for number in 0..1000 {
    ///     jetstream.publish("events", number.to_string().into()).await?;
    /// }
    /// jetstream.wait_for_acks().await;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn wait_for_acks(&self) {
        let mut observing = Observing {
            acks: &self.shared.acks,
            ticket: None,
        };
        poll_fn(|cx| observing.acks.lock().poll_settled(&mut observing.ticket, cx)).await;
    }

    /// The client, without another handle to it.
    pub(crate) fn client_ref(&self) -> &Client {
        &self.shared.client
    }

    /// What the API's subjects begin with, without a dot at its end.
    #[allow(dead_code)] // needed by what stands with its own feature
    pub(crate) fn prefix(&self) -> &str {
        &self.shared.prefix
    }

    /// How long what is not a request of the API may take: a publish ack, or the answer to an ack.
    pub(crate) fn timeout_or_default(&self) -> Duration {
        self.timeout.unwrap_or(DEFAULT_TIMEOUT)
    }

    /// How long one request of the API may take: as this context was told, else as the client was.
    pub(crate) fn request_timeout(&self) -> Duration {
        // A time-out too long for the clock is none.
        self.timeout
            .or_else(|| self.client_ref().timeout())
            .unwrap_or(Duration::MAX)
    }
}

/// Somebody who waits for acks.
struct Observing<'a> {
    acks: &'a Mutex<AcksInFlight>,
    ticket: Option<Ticket>,
}

impl Drop for Observing<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.acks.lock().stop_observing(ticket);
        }
    }
}

#[cfg(test)]
mod tests {}
