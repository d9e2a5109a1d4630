//! What the account may use of JetStream, and what it uses.

use super::{AccountError, AccountErrorKind, Context};
use crate::jetstream::account::Account;
use crate::jetstream::response::Response;

impl Context {
    /// What the account may use of JetStream, and what it uses, at this moment.
    ///
    /// # Errors
    ///
    /// `JetStreamUnavailable` when nobody answers for JetStream; `JetStream` when the server refuses, as it does when the
    /// account has none; `TimedOut`; `Other` when the answer does not parse or the client is closed.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// let account = jetstream.query_account().await?;
    /// println!("{} bytes of {:?}", account.storage, account.limits.max_storage);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn query_account(&self) -> Result<Account, AccountError> {
        match self.request("INFO", b"").await? {
            Response::Ok(account) => Ok(account),
            Response::Err { error } => Err(AccountErrorKind::JetStream(error).into()),
        }
    }
}
