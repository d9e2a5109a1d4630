//! Sealing a store.

use super::error::{SealError, SealErrorKind};
use super::store::ObjectStore;

impl ObjectStore {
    /// Seals the store: nothing in it can be changed any more, by anybody, for ever.
    ///
    /// # Errors
    ///
    /// `Info` and `Update` when the server did not answer or refused; `TimedOut`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(mut pictures: async_nats::jetstream::object_store::ObjectStore) -> Result<(), async_nats::Error> {
    /// pictures.seal().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn seal(&mut self) -> Result<(), SealError> {
        let info = self.stream.info().await;
        let mut config = info
            .map_err(|error| SealError::with_source(SealErrorKind::Info, error))?
            .config
            .clone();
        config.sealed = true;
        self.context().update_stream(&config).await?;
        Ok(())
    }
}
