//! The error that a server answers a JetStream request with: a code like HTTP's, a number that names the cause, and
//! the server's words.

mod code;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::code::ErrorCode;

/// An error in the server's words.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Error {
    code: usize,
    #[serde(default)]
    err_code: ErrorCode,
    description: Option<String>,
}

impl Error {
    /// The class of the error, after the manner of HTTP: 404 for what is not there, 503 for what is not available.
    pub fn code(&self) -> usize {
        self.code
    }

    /// The number that names the cause.
    pub fn error_code(&self) -> ErrorCode {
        self.err_code
    }

    /// The number that names the cause, as [`error_code`](Error::error_code) does.
    pub fn kind(&self) -> ErrorCode {
        self.err_code
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.description.as_deref().unwrap_or("unknown");
        write!(f, "{words} (code {}, error code {})", self.code, self.err_code.0)
    }
}

impl std::error::Error for Error {}
