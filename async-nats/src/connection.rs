//! What a program can see of the connection: whether there is one.

use std::fmt;

/// Whether the client has a connection, from [`Client::connection_state`](crate::Client::connection_state).
///
/// It is a snapshot: the connection may be gone, or back, by the time that it is looked at. Publishing and subscribing
/// work in every state.
#[derive(Debug, Eq, PartialEq, Clone)]
pub enum State {
    /// The first connection has not been made yet.
    Pending,
    /// A server has answered, and messages flow.
    Connected,
    /// The connection was lost, or closed; unless the client was drained, it is looking for a server to reconnect to.
    Disconnected,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            State::Pending => "pending",
            State::Connected => "connected",
            State::Disconnected => "disconnected",
        })
    }
}

/// Whether a flush of the connection would do anything.
#[derive(Debug, Eq, PartialEq, Clone)]
pub enum ShouldFlush {
    /// All that was buffered went to the socket, which has not been flushed since.
    Yes,
    /// There was no flush since the last write, and more is buffered.
    May,
    /// Nothing was written since the last flush.
    No,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        let texts = [State::Pending, State::Connected, State::Disconnected].map(|state| format!("{state} {state:?}"));
        assert_eq!(
            texts,
            ["pending Pending", "connected Connected", "disconnected Disconnected"]
        );
        assert_eq!(format!("{:?}", ShouldFlush::May), "May");
    }
}
