//! Deleting an object.

use super::error::{DeleteError, DeleteErrorKind};
use super::names;
use super::store::ObjectStore;
use crate::jetstream::context::PublishErrorKind;

impl ObjectStore {
    /// Deletes an object: it is marked as deleted, which watchers are told, and its content is taken away. A link goes
    /// without what it leads to.
    ///
    /// # Errors
    ///
    /// `NotFound`; `InvalidName`; `Metadata` when the server refused; `Chunks` when the object is deleted and its content
    /// could not be taken away; `TimedOut`; `Other`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(pictures: async_nats::jetstream::object_store::ObjectStore) -> Result<(), async_nats::Error> {
    /// pictures.delete("cat.png").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn delete<T: AsRef<str>>(&self, object_name: T) -> Result<(), DeleteError> {
        let mut info = self.info(object_name).await?;
        info.chunks = 0;
        info.size = 0;
        info.digest = None;
        info.deleted = true;
        self.describe(&info).await.map_err(|error| {
            let kind = match error.kind() {
                PublishErrorKind::TimedOut => DeleteErrorKind::TimedOut,
                _ => DeleteErrorKind::Metadata,
            };
            DeleteError::with_source(kind, error)
        })?;
        if !info.nuid.is_empty() {
            let chunks = names::chunks(&self.name, &info.nuid);
            let purged = self.stream.purge().filter(chunks).await;
            purged.map_err(|error| DeleteError::with_source(DeleteErrorKind::Chunks, error))?;
        }
        Ok(())
    }
}
