//! What happens to a connection, as it is told to the event callback, and what the server says in its `-ERR` lines.
//!
//! The public types name few errors. What else the client has to know about an `-ERR` line, to decide whether to go
//! on, is in [`reason::Reason`]. Nothing here decides: that is left to the connection.

use std::fmt;

pub(crate) mod reason;

/// Something that happened to the connection.
///
/// Events reach the callback set with [`ConnectOptions::event_callback`](crate::ConnectOptions::event_callback) in the
/// order in which they happened. [`Event::Closed`] is the last one of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A connection was established: the first one, or again. Subscriptions and what was kept go out on it.
    Connected,
    /// The connection was lost. Unless this is the end, the client is reconnecting.
    Disconnected,
    /// The server is about to shut down. If there is another one in the pool, the client writes what is pending and moves
    /// on to it.
    LameDuckMode,
    /// The client is being drained: it takes no more work, and ends when what it had is done.
    Draining,
    /// The client has ended.
    Closed,
    /// A subscription, named by its number, does not keep up: messages for it are being dropped. Told when an episode
    /// begins, and each time that the number of messages dropped in it has doubled; see
    /// [the handbook](crate::manual::slow_consumers).
    SlowConsumer(u64),
    /// The server reported an error. When it refuses a subscription, that is told to the subscription too:
    /// [`Subscriber::take_refusal`](crate::Subscriber::take_refusal).
    ServerError(ServerError),
    /// The client itself failed at something.
    ClientError(ClientError),
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::Connected => f.write_str("connected"),
            Event::Disconnected => f.write_str("disconnected"),
            Event::LameDuckMode => f.write_str("lame duck mode detected"),
            Event::Draining => f.write_str("draining"),
            Event::Closed => f.write_str("closed"),
            Event::SlowConsumer(sid) => write!(f, "slow consumers for subscription {sid}"),
            Event::ServerError(error) => write!(f, "server error: {error}"),
            Event::ClientError(error) => write!(f, "client error: {error}"),
        }
    }
}

/// An error that the server reported.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ServerError {
    /// The credentials were refused.
    AuthorizationViolation,
    /// A subscription, named by its number, does not keep up. The client does not report this: what it notices itself is
    /// [`Event::SlowConsumer`].
    SlowConsumer(u64),
    /// Anything else, in the server's words.
    Other(String),
}

impl ServerError {
    /// The error in an `-ERR` line, from what stands behind `-ERR`, with or without the quotes.
    pub(crate) fn from_err_line(rest: &str) -> ServerError {
        let text = err_text(rest);
        if text.eq_ignore_ascii_case("authorization violation") {
            ServerError::AuthorizationViolation
        } else {
            // The server's own spelling is kept: it may name a subject.
            ServerError::Other(text.to_owned())
        }
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServerError::AuthorizationViolation => f.write_str("nats: authorization violation"),
            ServerError::SlowConsumer(sid) => {
                write!(f, "nats: subscription {sid} is a slow consumer")
            }
            ServerError::Other(text) => write!(f, "nats: {text}"),
        }
    }
}

impl std::error::Error for ServerError {}

/// An error on the client's side of the connection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ClientError {
    /// Any failure that has no variant of its own: an attempt to connect that failed, a server that broke the protocol or
    /// did not answer, a message with a bad header.
    Other(String),
    /// As many attempts to reconnect as allowed have failed; the client ends.
    MaxReconnects,
    /// The callback that picks the server to reconnect to picked one that is not in the pool.
    ServerNotInPool,
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClientError::Other(text) => write!(f, "nats: {text}"),
            ClientError::MaxReconnects => f.write_str("nats: max reconnects reached"),
            ClientError::ServerNotInPool => f.write_str("nats: reconnect callback returned server not in pool"),
        }
    }
}

/// An error from either side of the connection. The client gives [`Event`]s to its callback; this type is for programs that
/// collect the errors among them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CallbackError {
    /// From the client.
    Client(ClientError),
    /// From the server.
    Server(ServerError),
}

impl fmt::Display for CallbackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallbackError::Client(error) => write!(f, "{error}"),
            CallbackError::Server(error) => write!(f, "{error}"),
        }
    }
}

impl From<ClientError> for CallbackError {
    fn from(error: ClientError) -> Self {
        CallbackError::Client(error)
    }
}

impl From<ServerError> for CallbackError {
    fn from(error: ServerError) -> Self {
        CallbackError::Server(error)
    }
}

/// What an `-ERR` line says, without the space before it and the quotes around it.
fn err_text(rest: &str) -> &str {
    rest.trim().trim_matches('\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_events() {
        let table = [
            (Event::Connected, "connected"),
            (Event::Disconnected, "disconnected"),
            (Event::LameDuckMode, "lame duck mode detected"),
            (Event::Draining, "draining"),
            (Event::Closed, "closed"),
            (Event::SlowConsumer(7), "slow consumers for subscription 7"),
            (
                Event::ServerError(ServerError::AuthorizationViolation),
                "server error: nats: authorization violation",
            ),
            (
                Event::ServerError(ServerError::SlowConsumer(7)),
                "server error: nats: subscription 7 is a slow consumer",
            ),
            (
                Event::ServerError(ServerError::Other("Odd".into())),
                "server error: nats: Odd",
            ),
            (
                Event::ClientError(ClientError::Other("Odd".into())),
                "client error: nats: Odd",
            ),
            (
                Event::ClientError(ClientError::MaxReconnects),
                "client error: nats: max reconnects reached",
            ),
            (
                Event::ClientError(ClientError::ServerNotInPool),
                "client error: nats: reconnect callback returned server not in pool",
            ),
        ];
        for (event, text) in table {
            assert_eq!(event.to_string(), text);
        }
        assert_eq!(format!("{:?}", Event::SlowConsumer(7)), "SlowConsumer(7)");
    }

    #[test]
    fn errors_of_either_side() {
        let client = CallbackError::from(ClientError::MaxReconnects);
        assert_eq!(client.to_string(), "nats: max reconnects reached");
        let server = CallbackError::from(ServerError::Other("Odd".into()));
        assert_eq!(server.to_string(), "nats: Odd");
        assert_eq!(format!("{server:?}"), r#"Server(Other("Odd"))"#);
    }

    #[test]
    fn err_lines() {
        let violation = ServerError::AuthorizationViolation;
        for line in [
            " 'Authorization Violation'",
            " 'authorization violation' ",
            "Authorization Violation",
        ] {
            assert_eq!(ServerError::from_err_line(line), violation, "{line:?}");
        }
        let others = [
            (" 'Unknown Protocol Operation'", "Unknown Protocol Operation"),
            (
                r#" 'Permissions Violation for Publish to "Foo"'"#,
                r#"Permissions Violation for Publish to "Foo""#,
            ),
            (" 'Authorization Violation!'", "Authorization Violation!"),
            ("", ""),
            (" ", ""),
            (" '", ""),
            (" 'é", "é"),
        ];
        for (line, text) in others {
            let error = ServerError::from_err_line(line);
            assert_eq!(error, ServerError::Other(text.into()), "{line:?}");
        }
    }
}
