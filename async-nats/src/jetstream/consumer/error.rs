//! Why reading from a consumer could not begin.

use std::fmt;

use super::manage::{ConsumerError, ConsumerErrorKind};
use crate::error::Error;

/// Why reading from a consumer could not begin.
pub type StreamError = Error<StreamErrorKind>;

/// The kinds of [`StreamError`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StreamErrorKind {
    /// The server did not answer in time.
    TimedOut,
    /// Anything else; the cause says what.
    Other,
}

impl fmt::Display for StreamErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StreamErrorKind::TimedOut => "timed out",
            StreamErrorKind::Other => "failed",
        })
    }
}

impl From<ConsumerError> for StreamError {
    fn from(error: ConsumerError) -> Self {
        let kind = match error.kind() {
            ConsumerErrorKind::TimedOut => StreamErrorKind::TimedOut,
            _ => StreamErrorKind::Other,
        };
        StreamError::with_source(kind, error)
    }
}
