//! Why streams are not created, found, changed or deleted.

use std::fmt;

use crate::error::Error;
use crate::jetstream::context::{RequestError, RequestErrorKind};
use crate::jetstream::{self, ErrorCode};

/// Why a stream was not created.
pub type CreateStreamError = Error<CreateStreamErrorKind>;

/// Why a stream was not changed.
pub type UpdateStreamError = CreateStreamError;

/// The kinds of [`UpdateStreamError`].
pub type UpdateStreamErrorKind = CreateStreamErrorKind;

/// The kinds of [`CreateStreamError`].
#[derive(Clone, Debug, PartialEq)]
pub enum CreateStreamErrorKind {
    /// The configuration has no name.
    EmptyStreamName,
    /// The name has a dot, white space, a wildcard or a path separator.
    InvalidStreamName,
    /// A mirror or source has a domain and an external JetStream, of which there can be only one.
    DomainAndExternalSet,
    /// Nobody answers for JetStream: it is not enabled, or the prefix or domain of the context is wrong.
    JetStreamUnavailable,
    /// The server refuses, for this reason.
    JetStream(jetstream::Error),
    /// No answer came within the time-out of the context. The server may have done it.
    TimedOut,
    /// The request failed, or its answer could not be read; the cause says how.
    Response,
    /// There is no such stream.
    NotFound,
    /// The answer could not be read.
    ResponseParse,
}

impl fmt::Display for CreateStreamErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CreateStreamErrorKind::EmptyStreamName => "stream name cannot be empty",
            CreateStreamErrorKind::InvalidStreamName => "stream name cannot contain `.`, `_`",
            CreateStreamErrorKind::DomainAndExternalSet => "domain and external are both set",
            CreateStreamErrorKind::JetStreamUnavailable => "jetstream unavailable",
            CreateStreamErrorKind::JetStream(error) => return write!(f, "jetstream error: {error}"),
            CreateStreamErrorKind::TimedOut => "jetstream request timed out",
            CreateStreamErrorKind::Response => "response error",
            CreateStreamErrorKind::NotFound => "stream not found",
            CreateStreamErrorKind::ResponseParse => "failed to parse server response",
        })
    }
}

impl From<jetstream::Error> for CreateStreamError {
    fn from(error: jetstream::Error) -> Self {
        match error.error_code() {
            ErrorCode::STREAM_NOT_FOUND => CreateStreamError::with_source(CreateStreamErrorKind::NotFound, error),
            _ => CreateStreamError::new(CreateStreamErrorKind::JetStream(error)),
        }
    }
}

impl From<RequestError> for CreateStreamError {
    fn from(error: RequestError) -> Self {
        let kind = match error.kind() {
            RequestErrorKind::NoResponders => CreateStreamErrorKind::JetStreamUnavailable,
            RequestErrorKind::TimedOut => CreateStreamErrorKind::TimedOut,
            RequestErrorKind::InvalidSubject => CreateStreamErrorKind::InvalidStreamName,
            RequestErrorKind::Other => CreateStreamErrorKind::Response,
        };
        CreateStreamError::with_source(kind, error)
    }
}

/// Why there is no handle to a stream.
pub type GetStreamError = Error<GetStreamErrorKind>;

/// Why a stream was not deleted.
pub type DeleteStreamError = GetStreamError;

/// The kinds of [`DeleteStreamError`].
pub type DeleteStreamErrorKind = GetStreamErrorKind;

/// The kinds of [`GetStreamError`].
#[derive(Clone, Debug, PartialEq)]
pub enum GetStreamErrorKind {
    /// The name is empty.
    EmptyName,
    /// The request failed; the cause says how.
    Request,
    /// The name has a dot, white space, a wildcard or a path separator.
    InvalidStreamName,
    /// The server refuses, for this reason.
    JetStream(jetstream::Error),
}

impl fmt::Display for GetStreamErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            GetStreamErrorKind::EmptyName => "empty name cannot be empty",
            GetStreamErrorKind::Request => "request error",
            GetStreamErrorKind::InvalidStreamName => "invalid stream name",
            GetStreamErrorKind::JetStream(error) => return write!(f, "jetstream error: {error}"),
        })
    }
}

/// Why no stream was found for a subject.
pub type GetStreamByNameError = Error<GetStreamByNameErrorKind>;

/// The kinds of [`GetStreamByNameError`].
#[derive(Clone, Debug, PartialEq)]
pub enum GetStreamByNameErrorKind {
    /// The request failed; the cause says how.
    Request,
    /// No stream listens on the subject.
    NotFound,
    /// The subject is not one.
    InvalidSubject,
    /// The server refuses, for this reason.
    JetStream(jetstream::Error),
}

impl fmt::Display for GetStreamByNameErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            GetStreamByNameErrorKind::Request => "request error",
            GetStreamByNameErrorKind::NotFound => "stream not found",
            GetStreamByNameErrorKind::InvalidSubject => "invalid subject",
            GetStreamByNameErrorKind::JetStream(error) => return write!(f, "jetstream error: {error}"),
        })
    }
}
