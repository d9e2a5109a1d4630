//! The errors of the client's operations, one small kind for each.
//!
//! A kind says what to decide by; the cause behind it (see [`Error`]) says what happened. The texts belong to the
//! public interface: programs log and compare them.

use std::fmt;
use std::io;

use crate::error::Error;

/// Why a connection could not be made: see [`ConnectErrorKind`].
///
/// Returned when the first connection fails; later ones are tried again, and reported as [`Event`](crate::Event).
pub type ConnectError = Error<ConnectErrorKind>;

/// The kinds of [`ConnectError`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ConnectErrorKind {
    /// An address of a server is not valid, or there is none.
    ServerParse,
    /// The name of a server could not be resolved.
    Dns,
    /// The client's side of authentication failed: credentials could not be read, or the nonce could not be signed.
    Authentication,
    /// The server refused the credentials.
    AuthorizationViolation,
    /// No connection was ready within the connection time-out.
    TimedOut,
    /// TLS could not be set up, or the handshake failed.
    Tls,
    /// Any other failure of the connection.
    Io,
    /// As many attempts as allowed have failed.
    MaxReconnects,
}

impl fmt::Display for ConnectErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ServerParse => "failed to parse server or server list",
            Self::Dns => "DNS error",
            Self::Authentication => "failed signing nonce",
            Self::AuthorizationViolation => "authorization violation",
            Self::TimedOut => "timed out",
            Self::Tls => "TLS error",
            Self::Io => "IO error",
            Self::MaxReconnects => "reached maximum number of reconnects",
        })
    }
}

impl From<io::Error> for ConnectError {
    fn from(error: io::Error) -> Self {
        ConnectError::with_source(ConnectErrorKind::Io, error)
    }
}

/// Why a message was not published: see [`PublishErrorKind`].
///
/// When one is returned, nothing of the message was sent or will be, also not after a reconnect.
pub type PublishError = Error<PublishErrorKind>;

/// The kinds of [`PublishError`].
#[derive(Copy, Clone, Debug, PartialEq)]
pub enum PublishErrorKind {
    /// Headers and payload together are larger than the server allows.
    MaxPayloadExceeded,
    /// The subject or the reply subject is empty, or has white space in it.
    InvalidSubject,
    /// The client takes no more messages, or the message cannot be written.
    Send,
}

impl fmt::Display for PublishErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MaxPayloadExceeded => "max payload size exceeded",
            Self::InvalidSubject => "invalid subject",
            Self::Send => "failed to send message",
        })
    }
}

/// Why a subscription was not made: see [`SubscribeErrorKind`].
pub type SubscribeError = Error<SubscribeErrorKind>;

/// The kinds of [`SubscribeError`].
#[derive(Copy, Clone, Debug, PartialEq)]
pub enum SubscribeErrorKind {
    /// The subject is empty, has an empty token, or has white space in it.
    InvalidSubject,
    /// The name of the queue group is empty, or has white space in it.
    InvalidQueueName,
    /// The client takes no more subscriptions.
    Other,
}

impl fmt::Display for SubscribeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidSubject => "invalid subject",
            Self::InvalidQueueName => "invalid queue name",
            Self::Other => "subscribe failed",
        })
    }
}

/// Why a request got no answer: see [`RequestErrorKind`].
pub type RequestError = Error<RequestErrorKind>;

/// The kinds of [`RequestError`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RequestErrorKind {
    /// No answer came in time. The request may have been received, and acted on; or it may still be waiting to be written,
    /// and will be then.
    TimedOut,
    /// Nobody listens on the subject.
    NoResponders,
    /// The subject is empty, or has white space in it.
    InvalidSubject,
    /// Headers and payload together are larger than the server allows.
    MaxPayloadExceeded,
    /// Any other failure: the cause says more.
    Other,
}

impl fmt::Display for RequestErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TimedOut => "request timed out",
            Self::NoResponders => "no responders",
            Self::InvalidSubject => "invalid subject",
            Self::MaxPayloadExceeded => "max payload size exceeded",
            Self::Other => "request failed",
        })
    }
}

impl From<PublishError> for RequestError {
    fn from(error: PublishError) -> Self {
        RequestError::with_source(RequestErrorKind::Other, error)
    }
}

impl From<SubscribeError> for RequestError {
    fn from(error: SubscribeError) -> Self {
        RequestError::with_source(RequestErrorKind::Other, error)
    }
}

/// Why a flush was not carried out: see [`FlushErrorKind`].
pub type FlushError = Error<FlushErrorKind>;

/// The kinds of [`FlushError`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FlushErrorKind {
    /// The client takes no more operations.
    SendError,
    /// The client ended, or gave up, before all was written.
    FlushError,
}

impl fmt::Display for FlushErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SendError => "failed to send flush request",
            Self::FlushError => "flush failed",
        })
    }
}

/// Why the pool of servers could not be read: see [`ServerPoolErrorKind`].
pub type ServerPoolError = Error<ServerPoolErrorKind>;

/// The kinds of [`ServerPoolError`].
#[derive(Copy, Clone, Debug, PartialEq)]
pub enum ServerPoolErrorKind {
    /// The client has ended.
    Send,
}

impl fmt::Display for ServerPoolErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Send => "failed to send server_pool command",
        })
    }
}

/// Why the pool of servers was not replaced: see [`SetServerPoolErrorKind`]. The pool is as it was.
pub type SetServerPoolError = Error<SetServerPoolErrorKind>;

/// The kinds of [`SetServerPoolError`].
#[derive(Copy, Clone, Debug, PartialEq)]
pub enum SetServerPoolErrorKind {
    /// The client has ended.
    Send,
    /// An address is not valid.
    InvalidAddress,
    /// Some addresses are for websockets (`ws`, `wss`) and some are not (`nats`, `tls`).
    MixedSchemes,
    /// There is no address in the pool.
    EmptyPool,
}

impl fmt::Display for SetServerPoolErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Send => "failed to send set_server_pool command",
            Self::InvalidAddress => "invalid server address",
            Self::MixedSchemes => "cannot mix websocket and non-websocket URLs in server pool",
            Self::EmptyPool => "server pool cannot be empty",
        })
    }
}

/// An error whose only news is its cause: the type, and the text before the cause.
macro_rules! caused_error {
    ($(#[$docs:meta])* $name:ident, $text:literal) => {
        $(#[$docs])*
        #[derive(Debug)]
        pub struct $name(crate::Error);

        impl $name {
            pub(crate) fn new(cause: impl Into<crate::Error>) -> Self {
                Self(cause.into())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($text, ": {}"), self.0)
            }
        }

        impl std::error::Error for $name {
            fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
                Some(self.0.as_ref())
            }
        }
    };
}

caused_error! {
    /// The client was not drained: it had ended already, the server did not confirm in time, or a connection broke meanwhile that
    /// may have taken publishes with it. The text says which.
    DrainError, "failed to send drain"
}

caused_error! {
    /// The client could not be made to reconnect, because it has already ended.
    ReconnectError, "failed to send reconnect"
}

/// A subscription could not be ended or drained, because the client has already ended. No more messages will come.
#[derive(Debug, PartialEq)]
pub struct UnsubscribeError(String);

impl UnsubscribeError {
    pub(crate) fn new(cause: impl fmt::Display) -> Self {
        Self(cause.to_string())
    }
}

impl fmt::Display for UnsubscribeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("failed to send unsubscribe")
    }
}

impl std::error::Error for UnsubscribeError {}

/// The cause of all errors that say that the client takes no more work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClientClosed;

impl fmt::Display for ClientClosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("channel closed: the client was drained or has given up reconnecting; connect again to go on")
    }
}

impl std::error::Error for ClientClosed {}

#[cfg(test)]
mod tests;
