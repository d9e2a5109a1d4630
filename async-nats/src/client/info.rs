//! What a client tells of itself and of its server.

use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use tokio::sync::watch;

use super::{Client, ReconnectError, Statistics};
use crate::client::error::ClientClosed;
use crate::connection::State;
use crate::proto::handshake::ServerInfo;
use crate::proto::inbox;

impl Client {
    /// How long a request waits for its answer unless it says so itself; `None` for as long as it takes.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) {
    /// println!("requests wait for {:?}", client.timeout());
    /// # }
    /// ```
    pub fn timeout(&self) -> Option<Duration> {
        self.core.settings.request_timeout
    }

    /// What the server said of itself last: after a reconnect the next one, and the last one while there is no connection. The
    /// default before the first connection, which happens with
    /// [`retry_on_initial_connect`](crate::ConnectOptions::retry_on_initial_connect) only.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) {
    /// println!("connected to {}", client.server_info().server_name);
    /// # }
    /// ```
    pub fn server_info(&self) -> ServerInfo {
        self.try_server_info().unwrap_or_default()
    }

    /// What the server said of itself last; `None` before the first connection.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) {
    /// if let Some(info) = client.try_server_info() {
    ///     println!("connected to {}", info.server_name);
    /// }
    /// # }
    /// ```
    pub fn try_server_info(&self) -> Option<ServerInfo> {
        self.core.server_info().map(|info| (*info).clone())
    }

    /// The largest message that the server takes: headers and payload together, in bytes. 1 MiB before the first
    /// connection. A reconnect may change it; a message that was accepted before is sent as it is.
    pub fn max_payload(&self) -> usize {
        self.core.max_payload()
    }

    /// Whether the server's version is at least `major.minor.patch`. `false` when it is not known.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) {
    /// let has_counters = client.is_server_compatible(2, 12, 0);
    /// # }
    /// ```
    pub fn is_server_compatible(&self, major: i64, minor: i64, patch: i64) -> bool {
        let Some(info) = self.core.server_info() else {
            return false;
        };
        version(&info.version).is_some_and(|version| version >= (major, minor, patch))
    }

    /// A subject that nobody else has: the inbox prefix, a dot and a unique name.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// let inbox = client.new_inbox();
    /// let mut answers = client.subscribe(inbox.clone()).await?;
    /// client.publish_with_reply("service", inbox, "question".into()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn new_inbox(&self) -> String {
        format!("{}.{}", self.core.settings.inbox_prefix, self.unique_name())
    }

    /// A name of letters and digits that nobody else has.
    pub(crate) fn unique_name(&self) -> String {
        inbox::unique(&mut self.core.rng.lock())
    }

    /// Whether there is a connection at this moment.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) {
    /// println!("{}", client.connection_state());
    /// # }
    /// ```
    pub fn connection_state(&self) -> State {
        self.core.state.borrow().clone()
    }

    /// The connection's state to watch: the receiver sees each change, or the latest of several. It keeps nothing alive: once
    /// the client is gone, waiting fails.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// use async_nats::connection::State;
    ///
    /// let mut states = client.watch_connection_state();
    /// states.wait_for(|state| *state == State::Connected).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn watch_connection_state(&self) -> watch::Receiver<State> {
        self.core.state.subscribe()
    }

    /// Counters of what this client sent and received, over all its connections and clones. They go on counting.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) {
    /// use std::sync::atomic::Ordering;
    ///
    /// let sent = client.statistics().out_messages.load(Ordering::Relaxed);
    /// # }
    /// ```
    pub fn statistics(&self) -> Arc<Statistics> {
        Arc::clone(&self.core.statistics)
    }

    /// Leaves the connection and makes another, to any server of the pool. Returns at once; nothing that is pending is
    /// lost, and what is published after it goes to the next connection. While the client is reconnecting anyway, it does
    /// nothing.
    ///
    /// # Errors
    ///
    /// When the client is closed.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// client.force_reconnect().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn force_reconnect(&self) -> Result<(), ReconnectError> {
        if self.core.is_closed() {
            return Err(ReconnectError::new(ClientClosed));
        }
        let mut wake = Vec::new();
        self.core.wish(|wishes| {
            wishes.reconnect = true;
            // Nothing goes to the old connection any more from here on. With the wish, so that it is never a new one.
            self.core.outbound.lock().stop_writer(&mut wake);
        });
        wake.into_iter().for_each(Waker::wake);
        Ok(())
    }
}

/// The three numbers at the beginning of a version; what follows them (`-beta.1`) does not count.
fn version(text: &str) -> Option<(i64, i64, i64)> {
    let mut numbers = text.trim_start_matches('v').splitn(3, '.');
    let major = numbers.next()?.parse().ok()?;
    let minor = numbers.next()?.parse().ok()?;
    let patch = numbers.next()?;
    let digits = patch.find(|c: char| !c.is_ascii_digit()).unwrap_or(patch.len());
    Some((major, minor, patch[..digits].parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        assert_eq!(version("2.10.0"), Some((2, 10, 0)));
        assert_eq!(version("2.12.3-RC.1"), Some((2, 12, 3)));
        assert_eq!(version("v2.9.25"), Some((2, 9, 25)));
        for text in ["", "2", "2.10", "2.10.", "two.ten.zero", "2.10.x"] {
            assert_eq!(version(text), None, "{text:?}");
        }
    }
}
