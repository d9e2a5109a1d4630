//! The errors of a [`Context`](super::Context)'s own operations.

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
            RequestErrorKind::NoResponders => "requested JetStream resource does not exist",
            RequestErrorKind::TimedOut => "timed out",
            RequestErrorKind::InvalidSubject => "invalid subject",
            RequestErrorKind::Other => "request failed",
        })
    }
}

impl From<client::RequestError> for RequestError {
    fn from(error: client::RequestError) -> Self {
        let kind = match error.kind() {
            client::RequestErrorKind::TimedOut => RequestErrorKind::TimedOut,
            client::RequestErrorKind::NoResponders => RequestErrorKind::NoResponders,
            client::RequestErrorKind::InvalidSubject => RequestErrorKind::InvalidSubject,
            _ => RequestErrorKind::Other,
        };
        RequestError::with_source(kind, error)
    }
}

impl From<jetstream::Error> for RequestError {
    fn from(error: jetstream::Error) -> Self {
        RequestError::with_source(RequestErrorKind::Other, error)
    }
}
