//! Setting a consumer back, or forward, to another place in its stream.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::error::check_names;
use crate::error::Error;
use crate::jetstream::consumer::info::Info;
use crate::jetstream::consumer::serial::is_default;
use crate::jetstream::context::{RequestError, RequestErrorKind};
use crate::jetstream::response::Response;
use crate::jetstream::{self, Context, ErrorCode};

/// What the server says when a consumer was reset.
#[derive(Clone, Debug, Deserialize)]
pub struct ConsumerResetResponse {
    /// The consumer as it is now.
    #[serde(flatten)]
    pub info: Info,
    /// The sequence of the stream from which it goes on.
    pub reset_seq: u64,
}

/// Why a consumer was not reset.
pub type ConsumerResetError = Error<ConsumerResetErrorKind>;

/// The kinds of [`ConsumerResetError`].
#[derive(Clone, Debug, PartialEq)]
pub enum ConsumerResetErrorKind {
    /// The server did not answer in time.
    TimedOut,
    /// The request could not be sent, or the answer does not parse.
    Request,
    /// There is no such stream or consumer, or the server does not know of resets.
    NotFound,
    /// The consumer cannot be reset, or not to this sequence.
    InvalidReset,
    /// The server refused it, in its words.
    JetStream(jetstream::Error),
}

impl fmt::Display for ConsumerResetErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ConsumerResetErrorKind::TimedOut => "timed out",
            ConsumerResetErrorKind::Request => "request failed",
            ConsumerResetErrorKind::NotFound => "stream or consumer not found",
            ConsumerResetErrorKind::InvalidReset => "invalid reset",
            ConsumerResetErrorKind::JetStream(error) => return write!(f, "JetStream error: {error}"),
        })
    }
}

impl From<jetstream::Error> for ConsumerResetError {
    fn from(error: jetstream::Error) -> Self {
        let kind = match error.error_code() {
            ErrorCode::CONSUMER_INVALID_RESET => ConsumerResetErrorKind::InvalidReset,
            ErrorCode::CONSUMER_NOT_FOUND | ErrorCode::STREAM_NOT_FOUND => ConsumerResetErrorKind::NotFound,
            _ => return ConsumerResetError::new(ConsumerResetErrorKind::JetStream(error)),
        };
        ConsumerResetError::with_source(kind, error)
    }
}

impl From<RequestError> for ConsumerResetError {
    fn from(error: RequestError) -> Self {
        let kind = match error.kind() {
            RequestErrorKind::TimedOut => ConsumerResetErrorKind::TimedOut,
            RequestErrorKind::NoResponders => ConsumerResetErrorKind::NotFound,
            _ => ConsumerResetErrorKind::Request,
        };
        ConsumerResetError::with_source(kind, error)
    }
}

#[derive(Serialize)]
struct Reset {
    #[serde(skip_serializing_if = "is_default")]
    seq: u64,
}

/// Has a consumer go on from a sequence of the stream, or from what is not acknowledged.
pub(in crate::jetstream::consumer) async fn reset(
    context: &Context,
    stream: &str,
    consumer: &str,
    sequence: Option<u64>,
) -> Result<ConsumerResetResponse, ConsumerResetError> {
    check_names(stream, consumer)
        .map_err(|error| ConsumerResetError::with_source(ConsumerResetErrorKind::Request, error))?;
    let subject = format!("CONSUMER.RESET.{stream}.{consumer}");
    let reset = Reset {
        seq: sequence.unwrap_or(0),
    };
    match context.request(subject, &reset).await? {
        Response::Ok(answer) => Ok(answer),
        Response::Err { error } => Err(error.into()),
    }
}
