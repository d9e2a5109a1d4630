//! Why a server told nothing of a consumer.

use std::fmt;

use crate::error::Error;
use crate::jetstream::context::{RequestError, RequestErrorKind};
use crate::jetstream::{self, ErrorCode};

/// Why a server told nothing of a consumer.
pub type ConsumerInfoError = Error<ConsumerInfoErrorKind>;

/// The kinds of [`ConsumerInfoError`].
#[derive(Clone, Debug, PartialEq)]
pub enum ConsumerInfoErrorKind {
    /// The name is none that a consumer can have.
    InvalidName,
    /// The consumer is there, and no server that has it is running, or knows what it asks for.
    Offline,
    /// There is no consumer of this name.
    NotFound,
    /// There is no such stream.
    StreamNotFound,
    /// The request could not be sent, or the answer does not parse.
    Request,
    /// The server refused it, in its words.
    JetStream(jetstream::Error),
    /// The server did not answer in time.
    TimedOut,
    /// Nobody answers for JetStream: it is not enabled, or the prefix or domain is wrong.
    NoResponders,
}

impl fmt::Display for ConsumerInfoErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ConsumerInfoErrorKind::InvalidName => "invalid consumer name",
            ConsumerInfoErrorKind::Offline => "consumer is offline",
            ConsumerInfoErrorKind::NotFound => "consumer not found",
            ConsumerInfoErrorKind::StreamNotFound => "stream not found",
            ConsumerInfoErrorKind::Request => "request error",
            ConsumerInfoErrorKind::JetStream(error) => return write!(f, "jetstream error: {error}"),
            ConsumerInfoErrorKind::TimedOut => "timed out",
            ConsumerInfoErrorKind::NoResponders => "no responders",
        })
    }
}

impl From<jetstream::Error> for ConsumerInfoError {
    fn from(error: jetstream::Error) -> Self {
        let kind = match error.error_code() {
            ErrorCode::CONSUMER_NOT_FOUND => ConsumerInfoErrorKind::NotFound,
            ErrorCode::STREAM_NOT_FOUND => ConsumerInfoErrorKind::StreamNotFound,
            ErrorCode::CONSUMER_OFFLINE | ErrorCode::CONSUMER_OFFLINE_REASON => ConsumerInfoErrorKind::Offline,
            _ => return ConsumerInfoError::new(ConsumerInfoErrorKind::JetStream(error)),
        };
        ConsumerInfoError::with_source(kind, error)
    }
}

impl From<RequestError> for ConsumerInfoError {
    fn from(error: RequestError) -> Self {
        let kind = match error.kind() {
            RequestErrorKind::TimedOut => ConsumerInfoErrorKind::TimedOut,
            RequestErrorKind::InvalidSubject => ConsumerInfoErrorKind::InvalidName,
            RequestErrorKind::NoResponders => ConsumerInfoErrorKind::NoResponders,
            RequestErrorKind::Other => ConsumerInfoErrorKind::Request,
        };
        ConsumerInfoError::with_source(kind, error)
    }
}
