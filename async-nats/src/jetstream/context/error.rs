//! The errors of a [`Context`](super::Context)'s own operations: requests, publishes, and what the account has.

use std::fmt;

use crate::client;
use crate::error::Error;
use crate::jetstream;

/// Why a request of the API had no answer.
pub type RequestError = Error<RequestErrorKind>;

/// The kinds of [`RequestError`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RequestErrorKind {
    /// Nobody answers for JetStream: it is not enabled, or the prefix or domain is wrong.
    NoResponders,
    /// No answer came within the time-out.
    TimedOut,
    /// The subject is not one that can be published to.
    InvalidSubject,
    /// Anything else; the cause says what.
    Other,
}

impl fmt::Display for RequestErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoResponders => "requested JetStream resource does not exist",
            Self::TimedOut => "timed out",
            Self::InvalidSubject => "invalid subject",
            Self::Other => "request failed",
        })
    }
}

impl From<client::RequestError> for RequestError {
    fn from(error: client::RequestError) -> Self {
        let kind = match error.kind() {
            client::RequestErrorKind::TimedOut => RequestErrorKind::TimedOut,
            // That nobody answers says it all.
            client::RequestErrorKind::NoResponders => return RequestErrorKind::NoResponders.into(),
            client::RequestErrorKind::InvalidSubject => RequestErrorKind::InvalidSubject,
            client::RequestErrorKind::MaxPayloadExceeded | client::RequestErrorKind::Other => RequestErrorKind::Other,
        };
        RequestError::with_source(kind, error)
    }
}

impl From<jetstream::Error> for RequestError {
    fn from(error: jetstream::Error) -> Self {
        RequestError::with_source(RequestErrorKind::Other, error)
    }
}

/// Why a message was not published, or not acked.
pub type PublishError = Error<PublishErrorKind>;

/// The kinds of [`PublishError`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PublishErrorKind {
    /// No stream takes messages of this subject: create one, or look at the subjects of the one that was meant.
    StreamNotFound,
    /// The last message of the stream has another id than the one that was expected.
    WrongLastMessageId,
    /// The last sequence, of the stream or of the subject, is another one than what was expected: somebody else
    /// published in between.
    WrongLastSequence,
    /// No ack came in time, or there was no room to send the message for that long. The message may have been stored;
    /// publishing it again with the same message id stores it once.
    TimedOut,
    /// The client was closed before the ack came.
    BrokenPipe,
    /// As many acks are in flight as may be, and the context was told not to wait.
    MaxAckPending,
    /// The message is larger than the server takes.
    MaxPayloadExceeded,
    /// Anything else; the cause says what. An error of the server's is a
    /// [`jetstream::Error`](crate::jetstream::Error).
    Other,
}

impl fmt::Display for PublishErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StreamNotFound => "no stream found for given subject",
            Self::WrongLastMessageId => "wrong last message id",
            Self::WrongLastSequence => "wrong last sequence",
            Self::TimedOut => "timed out: didn't receive ack in time",
            Self::BrokenPipe => "broken pipe",
            Self::MaxAckPending => "max ack pending reached",
            Self::MaxPayloadExceeded => "max payload size exceeded",
            Self::Other => "publish failed",
        })
    }
}

/// Why the account's state could not be had.
pub type AccountError = Error<AccountErrorKind>;

/// The kinds of [`AccountError`].
#[derive(Clone, Debug, PartialEq)]
pub enum AccountErrorKind {
    /// No answer came within the time-out.
    TimedOut,
    /// The server refused to answer.
    JetStream(jetstream::Error),
    /// Nobody answers: JetStream is not enabled for the account, or the prefix or domain is wrong.
    JetStreamUnavailable,
    /// Anything else; the cause says what.
    Other,
}

impl fmt::Display for AccountErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("timed out"),
            Self::JetStream(error) => write!(f, "JetStream error: {error}"),
            Self::JetStreamUnavailable => f.write_str("JetStream unavailable"),
            Self::Other => f.write_str("error"),
        }
    }
}

impl From<RequestError> for AccountError {
    fn from(error: RequestError) -> Self {
        let kind = match error.kind() {
            RequestErrorKind::NoResponders => AccountErrorKind::JetStreamUnavailable,
            // Its text would be said twice.
            RequestErrorKind::TimedOut => return AccountErrorKind::TimedOut.into(),
            RequestErrorKind::InvalidSubject | RequestErrorKind::Other => AccountErrorKind::Other,
        };
        AccountError::with_source(kind, error)
    }
}
