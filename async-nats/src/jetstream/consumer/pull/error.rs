//! Why pulling failed.

use std::fmt;

use crate::client::SubscribeError;
use crate::error::Error;
use crate::jetstream::machine::notice::Words;
use crate::jetstream::machine::trouble::Trouble;

/// Why a request for messages was not sent.
pub type BatchRequestError = Error<BatchRequestErrorKind>;

/// The kinds of [`BatchRequestError`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BatchRequestErrorKind {
    /// It could not be published: the client is closed, or the inbox is no subject.
    Publish,
    /// It was not written. Not used any more.
    Flush,
    /// It could not be written as JSON.
    Serialize,
}

impl fmt::Display for BatchRequestErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BatchRequestErrorKind::Publish => "publish failed",
            BatchRequestErrorKind::Flush => "flush failed",
            BatchRequestErrorKind::Serialize => "serialize failed",
        })
    }
}

/// Why a batch was not begun.
pub type BatchError = Error<BatchErrorKind>;

/// The kinds of [`BatchError`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BatchErrorKind {
    /// There could be no subscription: the client is closed.
    Subscribe,
    /// The request could not be sent.
    Pull,
    /// The request was not written. Not used any more.
    Flush,
    /// The request could not be written as JSON.
    Serialize,
    /// The consumer serves one pinned client, which has to read with [`stream`](crate::jetstream::consumer::Consumer::stream).
    PinnedClient,
}

impl fmt::Display for BatchErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BatchErrorKind::Subscribe => "subscribe failed",
            BatchErrorKind::Pull => "pull request failed",
            BatchErrorKind::Flush => "flush failed",
            BatchErrorKind::Serialize => "serialize failed",
            BatchErrorKind::PinnedClient => "a consumer with a pinned client is read with stream() only",
        })
    }
}

impl From<SubscribeError> for BatchError {
    fn from(error: SubscribeError) -> Self {
        BatchError::with_source(BatchErrorKind::Subscribe, error)
    }
}

impl From<BatchRequestError> for BatchError {
    fn from(error: BatchRequestError) -> Self {
        BatchError::with_source(BatchErrorKind::Pull, error)
    }
}

/// What went wrong while messages were read.
pub type MessagesError = Error<MessagesErrorKind>;

/// The kinds of [`MessagesError`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MessagesErrorKind {
    /// The consumer was silent for twice the heartbeat. Reading goes on, with a new request.
    MissingHeartbeat,
    /// The consumer was deleted. Reading ends.
    ConsumerDeleted,
    /// A request could not be sent, or could not be served: a message is larger than all the bytes that it asked for.
    Pull,
    /// The consumer is one that pushes. Reading ends.
    PushBasedConsumer,
    /// Nobody answers for the consumer: it is not there, or moves from one server to another. Reading goes on, with new
    /// requests.
    NoResponders,
    /// A request asked for more than the consumer's configuration allows. Reading ends.
    RequestLimitExceeded,
    /// Anything else; the cause has the server's words.
    Other,
}

impl fmt::Display for MessagesErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            MessagesErrorKind::MissingHeartbeat => "missed idle heartbeat",
            MessagesErrorKind::ConsumerDeleted => "consumer deleted",
            MessagesErrorKind::Pull => "pull request failed",
            MessagesErrorKind::PushBasedConsumer => "cannot use with push consumer",
            MessagesErrorKind::NoResponders => "no responders",
            MessagesErrorKind::RequestLimitExceeded => "pull request exceeds the limits of the consumer",
            MessagesErrorKind::Other => "error",
        })
    }
}

/// The error for what is wrong with a consumer, with the server's words.
pub(super) fn messages_error(trouble: Trouble, words: Option<Words>) -> MessagesError {
    let kind = match trouble {
        Trouble::MissingHeartbeat => MessagesErrorKind::MissingHeartbeat,
        Trouble::NoResponders => MessagesErrorKind::NoResponders,
        Trouble::Deleted => MessagesErrorKind::ConsumerDeleted,
        Trouble::PushBased => MessagesErrorKind::PushBasedConsumer,
        Trouble::OverLimit => MessagesErrorKind::RequestLimitExceeded,
        Trouble::TooLarge => MessagesErrorKind::Pull,
        Trouble::Bad | Trouble::Moved | Trouble::TooMany | Trouble::WrongPin | Trouble::Unknown => {
            MessagesErrorKind::Other
        }
    };
    match words {
        Some(words) => MessagesError::with_source(kind, words),
        None => MessagesError::new(kind),
    }
}

/// What went wrong while messages were read in order.
pub type OrderedError = Error<OrderedErrorKind>;

/// The kinds of [`OrderedError`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OrderedErrorKind {
    /// The consumer was silent. Not told by an ordered consumer, which makes another one.
    MissingHeartbeat,
    /// The consumer was deleted. Not told by an ordered consumer, which makes another one.
    ConsumerDeleted,
    /// A request could not be sent, or could not be served.
    Pull,
    /// The consumer is one that pushes. Reading ends.
    PushBasedConsumer,
    /// Another consumer could not be made. When the stream is gone, reading ends; else it is tried again.
    Recreate,
    /// Nobody answers. Not told by an ordered consumer, which makes another one.
    NoResponders,
    /// Requests ask for more than the configuration allows, of another consumer too. Reading ends.
    RequestLimitExceeded,
    /// Anything else; the cause has the server's words.
    Other,
}

impl fmt::Display for OrderedErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OrderedErrorKind::MissingHeartbeat => "missed idle heartbeat",
            OrderedErrorKind::ConsumerDeleted => "consumer deleted",
            OrderedErrorKind::Pull => "pull request failed",
            OrderedErrorKind::PushBasedConsumer => "cannot use with push consumer",
            OrderedErrorKind::Recreate => "consumer recreation failed",
            OrderedErrorKind::NoResponders => "no responders",
            OrderedErrorKind::RequestLimitExceeded => "pull request exceeds the limits of the consumer",
            OrderedErrorKind::Other => "error",
        })
    }
}

impl From<MessagesError> for OrderedError {
    fn from(error: MessagesError) -> Self {
        let kind = match error.kind() {
            MessagesErrorKind::MissingHeartbeat => OrderedErrorKind::MissingHeartbeat,
            MessagesErrorKind::ConsumerDeleted => OrderedErrorKind::ConsumerDeleted,
            MessagesErrorKind::Pull => OrderedErrorKind::Pull,
            MessagesErrorKind::PushBasedConsumer => OrderedErrorKind::PushBasedConsumer,
            MessagesErrorKind::NoResponders => OrderedErrorKind::NoResponders,
            MessagesErrorKind::RequestLimitExceeded => OrderedErrorKind::RequestLimitExceeded,
            MessagesErrorKind::Other => OrderedErrorKind::Other,
        };
        OrderedError::with_source(kind, error)
    }
}

/// Why another consumer could not be made for one that was lost.
pub type ConsumerRecreateError = Error<ConsumerRecreateErrorKind>;

/// The kinds of [`ConsumerRecreateError`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ConsumerRecreateErrorKind {
    /// The stream is not there.
    GetStream,
    /// The server refused it.
    Recreate,
    /// The server did not answer in time.
    TimedOut,
}

impl fmt::Display for ConsumerRecreateErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ConsumerRecreateErrorKind::GetStream => "error getting stream",
            ConsumerRecreateErrorKind::Recreate => "consumer creation failed",
            ConsumerRecreateErrorKind::TimedOut => "timed out",
        })
    }
}
