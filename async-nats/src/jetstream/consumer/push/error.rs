//! What goes wrong with push consumers.

use std::fmt;

use crate::error::Error;
use crate::jetstream::machine::notice::Words;
use crate::jetstream::machine::trouble::Trouble;

/// What went wrong while messages were read.
pub type MessagesError = Error<MessagesErrorKind>;

/// The kinds of [`MessagesError`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MessagesErrorKind {
    /// The consumer was silent for twice its heartbeat. Reading goes on, should it come back.
    MissingHeartbeat,
    /// The consumer was deleted. Reading goes on, should one come that sends to the same subject.
    ConsumerDeleted,
    /// The consumer is one to pull from.
    PullBasedConsumer,
    /// Anything else; the cause has the server's words.
    Other,
}

impl fmt::Display for MessagesErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            MessagesErrorKind::MissingHeartbeat => "missed idle heartbeat",
            MessagesErrorKind::ConsumerDeleted => "consumer deleted",
            MessagesErrorKind::PullBasedConsumer => "cannot use with pull consumer",
            MessagesErrorKind::Other => "error",
        })
    }
}

/// The error for what is wrong with a consumer, with the server's words.
pub(super) fn messages_error(trouble: Trouble, words: Option<Words>) -> MessagesError {
    let kind = match trouble {
        Trouble::MissingHeartbeat => MessagesErrorKind::MissingHeartbeat,
        Trouble::Deleted => MessagesErrorKind::ConsumerDeleted,
        _ => MessagesErrorKind::Other,
    };
    match words {
        Some(words) => MessagesError::with_source(kind, words),
        None => MessagesError::new(kind),
    }
}

/// What went wrong while messages were read in order.
pub type OrderedError = Error<OrderedErrorKind>;

/// The kinds of [`OrderedError`].
#[derive(Clone, Debug, PartialEq)]
pub enum OrderedErrorKind {
    /// The consumer was silent. Not told by an ordered consumer, which makes another one.
    MissingHeartbeat,
    /// The consumer was deleted. Not told by an ordered consumer, which makes another one.
    ConsumerDeleted,
    /// The consumer is one to pull from.
    PullBasedConsumer,
    /// Another consumer could not be made. When the stream is gone, reading ends; else it is tried again.
    Recreate,
    /// Anything else; the cause says what.
    Other,
}

impl fmt::Display for OrderedErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OrderedErrorKind::MissingHeartbeat => "missed idle heartbeat",
            OrderedErrorKind::ConsumerDeleted => "consumer deleted",
            OrderedErrorKind::PullBasedConsumer => "cannot use with pull consumer",
            OrderedErrorKind::Recreate => "consumer recreation failed",
            OrderedErrorKind::Other => "error",
        })
    }
}

impl From<MessagesError> for OrderedError {
    fn from(error: MessagesError) -> Self {
        let kind = match error.kind() {
            MessagesErrorKind::MissingHeartbeat => OrderedErrorKind::MissingHeartbeat,
            MessagesErrorKind::ConsumerDeleted => OrderedErrorKind::ConsumerDeleted,
            MessagesErrorKind::PullBasedConsumer => OrderedErrorKind::PullBasedConsumer,
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
    /// There could be no subscription: the client is closed.
    Subscription,
    /// The server refused it.
    Recreate,
    /// The server did not answer in time.
    TimedOut,
}

impl fmt::Display for ConsumerRecreateErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ConsumerRecreateErrorKind::GetStream => "error getting stream",
            ConsumerRecreateErrorKind::Subscription => "failed to resubscribe",
            ConsumerRecreateErrorKind::Recreate => "consumer creation failed",
            ConsumerRecreateErrorKind::TimedOut => "timed out",
        })
    }
}
