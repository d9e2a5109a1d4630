//! Why a consumer could not be created, changed, found or deleted.

use std::fmt;

use crate::error::Error;
use crate::jetstream::context::{RequestError, RequestErrorKind};
use crate::jetstream::names::is_valid_name;
use crate::jetstream::{self, ErrorCode};

/// Why an operation on a consumer failed.
pub type ConsumerError = Error<ConsumerErrorKind>;

/// The kinds of [`ConsumerError`].
#[derive(Clone, Debug, PartialEq)]
pub enum ConsumerErrorKind {
    /// The server did not answer in time.
    TimedOut,
    /// The request could not be sent, nobody answers for JetStream, or the answer does not parse.
    Request,
    /// The consumer is of another kind: a push consumer as a pull consumer, or the other way round.
    InvalidConsumerType,
    /// The name of the consumer, or of the stream, is none that it can have.
    InvalidName,
    /// The server refused it, in its words.
    JetStream(jetstream::Error),
    /// Anything else; the cause says what.
    Other,
}

impl fmt::Display for ConsumerErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ConsumerErrorKind::TimedOut => "timed out",
            ConsumerErrorKind::Request => "request failed",
            ConsumerErrorKind::InvalidConsumerType => "invalid consumer type",
            ConsumerErrorKind::InvalidName => "invalid consumer name",
            ConsumerErrorKind::JetStream(error) => return write!(f, "JetStream error: {error}"),
            ConsumerErrorKind::Other => "consumer error",
        })
    }
}

/// Why a new consumer was not created.
pub type ConsumerCreateStrictError = Error<ConsumerCreateStrictErrorKind>;

/// The kinds of [`ConsumerCreateStrictError`].
#[derive(Clone, Debug, PartialEq)]
pub enum ConsumerCreateStrictErrorKind {
    /// The server did not answer in time.
    TimedOut,
    /// The request could not be sent, nobody answers for JetStream, or the answer does not parse.
    Request,
    /// The consumer is of another kind: a push consumer as a pull consumer, or the other way round.
    InvalidConsumerType,
    /// The name of the consumer, or of the stream, is none that it can have.
    InvalidName,
    /// There is one of this name already, with another configuration.
    AlreadyExists,
    /// The server refused it, in its words.
    JetStream(jetstream::Error),
    /// Anything else; the cause says what.
    Other,
}

impl fmt::Display for ConsumerCreateStrictErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ConsumerCreateStrictErrorKind::TimedOut => "timed out",
            ConsumerCreateStrictErrorKind::Request => "request failed",
            ConsumerCreateStrictErrorKind::InvalidConsumerType => "invalid consumer type",
            ConsumerCreateStrictErrorKind::InvalidName => "invalid consumer name",
            ConsumerCreateStrictErrorKind::AlreadyExists => "consumer already exists",
            ConsumerCreateStrictErrorKind::JetStream(error) => return write!(f, "JetStream error: {error}"),
            ConsumerCreateStrictErrorKind::Other => "consumer error",
        })
    }
}

/// Why a consumer was not changed.
pub type ConsumerUpdateError = Error<ConsumerUpdateErrorKind>;

/// The kinds of [`ConsumerUpdateError`].
#[derive(Clone, Debug, PartialEq)]
pub enum ConsumerUpdateErrorKind {
    /// The server did not answer in time.
    TimedOut,
    /// The request could not be sent, nobody answers for JetStream, or the answer does not parse.
    Request,
    /// The consumer is of another kind: a push consumer as a pull consumer, or the other way round.
    InvalidConsumerType,
    /// The name of the consumer, or of the stream, is none that it can have.
    InvalidName,
    /// There is none of this name.
    DoesNotExist,
    /// The server refused it, in its words.
    JetStream(jetstream::Error),
    /// Anything else; the cause says what.
    Other,
}

impl fmt::Display for ConsumerUpdateErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ConsumerUpdateErrorKind::TimedOut => "timed out",
            ConsumerUpdateErrorKind::Request => "request failed",
            ConsumerUpdateErrorKind::InvalidConsumerType => "invalid consumer type",
            ConsumerUpdateErrorKind::InvalidName => "invalid consumer name",
            ConsumerUpdateErrorKind::DoesNotExist => "consumer does not exist",
            ConsumerUpdateErrorKind::JetStream(error) => return write!(f, "JetStream error: {error}"),
            ConsumerUpdateErrorKind::Other => "consumer error",
        })
    }
}

/// The same kind of failure in a request, in the kinds of each operation.
macro_rules! from_request_error {
    ($($error:ident, $kind:ident;)*) => {$(
        impl From<RequestError> for $error {
            fn from(error: RequestError) -> Self {
                let kind = match error.kind() {
                    RequestErrorKind::TimedOut => $kind::TimedOut,
                    _ => $kind::Request,
                };
                $error::with_source(kind, error)
            }
        }
    )*};
}

from_request_error! {
    ConsumerError, ConsumerErrorKind;
    ConsumerCreateStrictError, ConsumerCreateStrictErrorKind;
    ConsumerUpdateError, ConsumerUpdateErrorKind;
}

impl From<jetstream::Error> for ConsumerError {
    fn from(error: jetstream::Error) -> Self {
        ConsumerError::new(ConsumerErrorKind::JetStream(error))
    }
}

impl From<jetstream::Error> for ConsumerCreateStrictError {
    fn from(error: jetstream::Error) -> Self {
        match error.error_code() {
            ErrorCode::CONSUMER_ALREADY_EXISTS => {
                Self::with_source(ConsumerCreateStrictErrorKind::AlreadyExists, error)
            }
            _ => Self::new(ConsumerCreateStrictErrorKind::JetStream(error)),
        }
    }
}

impl From<jetstream::Error> for ConsumerUpdateError {
    fn from(error: jetstream::Error) -> Self {
        match error.error_code() {
            ErrorCode::CONSUMER_DOES_NOT_EXIST => Self::with_source(ConsumerUpdateErrorKind::DoesNotExist, error),
            _ => Self::new(ConsumerUpdateErrorKind::JetStream(error)),
        }
    }
}

/// A failure of creating or changing, in the kinds of the strict operations; the cause is the failure itself.
macro_rules! from_consumer_error {
    ($($error:ident, $kind:ident;)*) => {$(
        impl From<ConsumerError> for $error {
            fn from(error: ConsumerError) -> Self {
                let kind = match error.kind() {
                    ConsumerErrorKind::JetStream(error) => return error.into(),
                    ConsumerErrorKind::TimedOut => $kind::TimedOut,
                    ConsumerErrorKind::Request => $kind::Request,
                    ConsumerErrorKind::InvalidConsumerType => $kind::InvalidConsumerType,
                    ConsumerErrorKind::InvalidName => $kind::InvalidName,
                    ConsumerErrorKind::Other => $kind::Other,
                };
                $error::with_source(kind, error)
            }
        }
    )*};
}

from_consumer_error! {
    ConsumerCreateStrictError, ConsumerCreateStrictErrorKind;
    ConsumerUpdateError, ConsumerUpdateErrorKind;
}

/// Refuses names that no stream and no consumer can have, before they become part of a subject.
pub(super) fn check_names(stream: &str, consumer: &str) -> Result<(), ConsumerError> {
    check_stream(stream)?;
    match is_valid_name(consumer) {
        true => Ok(()),
        false => Err(ConsumerError::with_source(
            ConsumerErrorKind::InvalidName,
            format!("{consumer:?} is empty or has a character that names cannot have"),
        )),
    }
}

/// Refuses a name that no stream can have.
pub(super) fn check_stream(stream: &str) -> Result<(), ConsumerError> {
    match is_valid_name(stream) {
        true => Ok(()),
        false => Err(ConsumerError::with_source(
            ConsumerErrorKind::InvalidName,
            format!("{stream:?} is not the name of a stream"),
        )),
    }
}
