//! What a service answers a request with that it cannot fulfil.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An answer that says why there is no other.
///
/// It travels in the headers [`NATS_SERVICE_ERROR`](super::NATS_SERVICE_ERROR) and
/// [`NATS_SERVICE_ERROR_CODE`](super::NATS_SERVICE_ERROR_CODE).
///
/// ```
/// use async_nats::service::error::Error;
///
/// let error = Error {
///     code: 404,
///     status: "no such product".to_owned(),
/// };
/// assert_eq!(error.to_string(), "service request error code: 404, status: no such product");
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Error {
    /// What went wrong, in words.
    pub status: String,
    /// A number that callers can decide by, after the manner of HTTP.
    pub code: usize,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "service request error code: {}, status: {}", self.code, self.status)
    }
}

impl std::error::Error for Error {}
