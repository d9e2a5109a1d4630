//! The servers that a client may connect to.

use super::{Client, ServerPoolError, ServerPoolErrorKind, SetServerPoolError, SetServerPoolErrorKind};
use crate::client::error::ClientClosed;
use crate::proto::server_pool::Server;
use crate::server_addr::{ServerAddr, ToServerAddrs};

impl Client {
    /// The servers that the client may connect to: given ones and discovered ones, with what is known of them. It works
    /// without a connection too.
    ///
    /// # Errors
    ///
    /// `Send` when the client is closed.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// for server in client.server_pool().await? {
    ///     println!("{server}: {} failures", server.failed_attempts);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn server_pool(&self) -> Result<Vec<Server>, ServerPoolError> {
        if self.core.is_closed() {
            return Err(ServerPoolError::with_source(ServerPoolErrorKind::Send, ClientClosed));
        }
        Ok(self.core.pool.lock().servers())
    }

    /// Replaces all servers, discovered ones included, and counts attempts to connect from zero. The connection stays;
    /// the next one is made to one of the new servers. To go there at once, [`Client::force_reconnect`].
    ///
    /// # Errors
    ///
    /// `InvalidAddress`; `EmptyPool`; `MixedSchemes` when some addresses are of websockets and some are not; `Send` when
    /// the client is closed.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// client.set_server_pool(vec!["one.example.com", "two.example.com"]).await?;
    /// client.force_reconnect().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn set_server_pool<A: ToServerAddrs>(&self, addrs: A) -> Result<(), SetServerPoolError> {
        let addrs: Vec<ServerAddr> = addrs
            .to_server_addrs()
            .map_err(|error| SetServerPoolError::with_source(SetServerPoolErrorKind::InvalidAddress, error))?
            .collect();
        if addrs.is_empty() {
            return Err(SetServerPoolError::new(SetServerPoolErrorKind::EmptyPool));
        }
        if self.core.is_closed() {
            return Err(SetServerPoolError::with_source(
                SetServerPoolErrorKind::Send,
                ClientClosed,
            ));
        }
        let set = self.core.pool.lock().set(addrs);
        set.map_err(|error| SetServerPoolError::with_source(SetServerPoolErrorKind::MixedSchemes, error))
    }
}
