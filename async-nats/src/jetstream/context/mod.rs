//! [`Context`]: the handle from which all of JetStream is reached.
//!
//! It holds the client, the prefix of the API's subjects and the time-outs; clones share them. What can be done with
//! it stands with the feature that it belongs to.

mod builder;
mod error;
mod request;

use std::sync::Arc;
use std::time::Duration;

pub use self::builder::{ContextBuilder, No, ToAssign, Yes};
pub use self::error::{RequestError, RequestErrorKind};
pub use super::consumer::manage::{ConsumerInfoError, ConsumerInfoErrorKind};
pub use super::stream::manage::{
    CreateStreamError, CreateStreamErrorKind, DeleteStreamError, DeleteStreamErrorKind, GetStreamByNameError,
    GetStreamByNameErrorKind, GetStreamError, GetStreamErrorKind, StreamNames, Streams, StreamsError, StreamsErrorKind,
    UpdateStreamError, UpdateStreamErrorKind,
};
use crate::Client;

/// A handle to JetStream; clones are cheap.
#[derive(Clone, Debug)]
pub struct Context {
    shared: Arc<Shared>,
    /// How long one request of the API may take; each clone has its own.
    timeout: Duration,
}

/// What all clones of a context share.
#[derive(Debug)]
struct Shared {
    client: Client,
    /// Without a dot at its end: `$JS.API`.
    prefix: Box<str>,
}

impl Context {
    /// The client that this context uses.
    pub fn client(&self) -> Client {
        self.shared.client.clone()
    }

    /// Lets every later request of the API through this handle take at most `timeout`.
    pub fn set_timeout(&mut self, timeout: Duration) {
        self.timeout = timeout;
    }

    /// The client, without another handle to it.
    pub(crate) fn client_ref(&self) -> &Client {
        &self.shared.client
    }

    /// What the API's subjects begin with, without a dot at its end.
    pub(crate) fn prefix(&self) -> &str {
        &self.shared.prefix
    }

    /// How long one request of the API may take.
    pub(crate) fn request_timeout(&self) -> Duration {
        self.timeout
    }
}
