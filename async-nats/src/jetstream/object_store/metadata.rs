//! Changing what is known of an object.

use super::description::{ObjectInfo, UpdateMetadata};
use super::error::{InfoErrorKind, UpdateMetadataError, UpdateMetadataErrorKind};
use super::names;
use super::store::ObjectStore;
use crate::jetstream::context::PublishErrorKind;

impl ObjectStore {
    /// Changes what is known of an object beside its content; another name renames it.
    ///
    /// The object is there under its new name before it is gone under the old one.
    ///
    /// # Errors
    ///
    /// `NotFound`, also for one that was deleted; `InvalidName`; `NameAlreadyInUse`; `PublishMetadata` when the server refused; `Purge` when
    /// it is there under both names; `TimedOut`; `Other`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(pictures: async_nats::jetstream::object_store::ObjectStore) -> Result<(), async_nats::Error> {
    /// use async_nats::jetstream::object_store::UpdateMetadata;
    ///
    /// let update = UpdateMetadata {
    ///     name: "tabby.png".to_owned(),
    ///     description: Some("a tabby".to_owned()),
    ///     ..Default::default()
    /// };
    /// pictures.update_metadata("cat.png", update).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn update_metadata<A: AsRef<str>>(
        &self,
        object: A,
        metadata: UpdateMetadata,
    ) -> Result<ObjectInfo, UpdateMetadataError> {
        let before = self.info_of_present(object.as_ref()).await?;
        let is_renamed = metadata.name != before.name;
        if is_renamed {
            self.check_free(&metadata.name).await?;
        }
        let info = ObjectInfo {
            name: metadata.name,
            description: metadata.description,
            metadata: metadata.metadata,
            headers: metadata.headers,
            ..before.clone()
        };
        self.describe(&info).await.map_err(|error| {
            let kind = match error.kind() {
                PublishErrorKind::TimedOut => UpdateMetadataErrorKind::TimedOut,
                _ => UpdateMetadataErrorKind::PublishMetadata,
            };
            UpdateMetadataError::with_source(kind, error)
        })?;
        if is_renamed {
            let old = names::metadata(&self.name, &before.name);
            let purged = self.stream.purge().filter(old).await;
            purged.map_err(|error| UpdateMetadataError::with_source(UpdateMetadataErrorKind::Purge, error))?;
        }
        Ok(info)
    }

    /// No object has this name.
    async fn check_free(&self, name: &str) -> Result<(), UpdateMetadataError> {
        match self.info_of_present(name).await {
            Ok(_) => Err(UpdateMetadataError::new(UpdateMetadataErrorKind::NameAlreadyInUse)),
            Err(error) if error.kind() == InfoErrorKind::NotFound => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
