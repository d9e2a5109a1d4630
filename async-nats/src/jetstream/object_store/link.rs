//! Links to objects and stores.

use std::collections::HashMap;

use super::description::{AsObjectInfo, ObjectInfo, ObjectLink, ObjectOptions};
use super::error::{AddLinkError, AddLinkErrorKind, InfoErrorKind};
use super::store::ObjectStore;
use crate::datetime;

impl ObjectStore {
    /// Makes a link to an object, of this store or another one. A link of the name is replaced.
    ///
    /// # Errors
    ///
    /// `EmptyName`; `ObjectRequired`; `Deleted`; `LinkToLink`; `AlreadyExists` when there is an object of the name;
    /// `PublishMetadata` when the server refused; `Other`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(pictures: async_nats::jetstream::object_store::ObjectStore) -> Result<(), async_nats::Error> {
    /// let cat = pictures.info("cat.png").await?;
    /// pictures.add_link("favourite", &cat).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn add_link<T, O>(&self, name: T, object: O) -> Result<ObjectInfo, AddLinkError>
    where
        T: ToString,
        O: AsObjectInfo,
    {
        let object = object.as_info();
        let name = name.to_string();
        let refused = if name.is_empty() {
            Some(AddLinkErrorKind::EmptyName)
        } else if object.name.is_empty() {
            Some(AddLinkErrorKind::ObjectRequired)
        } else if object.deleted {
            Some(AddLinkErrorKind::Deleted)
        } else if object.link().is_some() {
            Some(AddLinkErrorKind::LinkToLink)
        } else {
            None
        };
        if let Some(kind) = refused {
            return Err(AddLinkError::new(kind));
        }
        let link = ObjectLink {
            name: Some(object.name.clone()),
            bucket: object.bucket.clone(),
        };
        self.write_link(name, link).await
    }

    /// Makes a link to a whole store. A link of the name is replaced.
    ///
    /// # Errors
    ///
    /// `EmptyName`; `AlreadyExists` when there is an object of the name; `PublishMetadata` when the server refused;
    /// `Other`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(pictures: async_nats::jetstream::object_store::ObjectStore) -> Result<(), async_nats::Error> {
    /// pictures.add_bucket_link("archive", "old_pictures").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn add_bucket_link<T: ToString, U: ToString>(
        &self,
        name: T,
        bucket: U,
    ) -> Result<ObjectInfo, AddLinkError> {
        let name = name.to_string();
        if name.is_empty() {
            return Err(AddLinkError::new(AddLinkErrorKind::EmptyName));
        }
        let link = ObjectLink {
            name: None,
            bucket: bucket.to_string(),
        };
        self.write_link(name, link).await
    }

    async fn write_link(&self, name: String, link: ObjectLink) -> Result<ObjectInfo, AddLinkError> {
        match self.info(&name).await {
            Ok(info) if !info.deleted && info.link().is_none() => {
                return Err(AddLinkError::new(AddLinkErrorKind::AlreadyExists));
            }
            Err(error) if error.kind() != InfoErrorKind::NotFound => {
                return Err(AddLinkError::with_source(AddLinkErrorKind::Other, error));
            }
            Ok(_) | Err(_) => {}
        }
        let info = ObjectInfo {
            name,
            description: None,
            metadata: HashMap::new(),
            headers: None,
            options: Some(ObjectOptions {
                link: Some(link),
                max_chunk_size: None,
            }),
            bucket: self.name.clone(),
            nuid: self.context().client_ref().unique_name(),
            size: 0,
            chunks: 0,
            modified: Some(datetime::now()),
            digest: None,
            deleted: false,
        };
        self.describe(&info)
            .await
            .map_err(|error| AddLinkError::with_source(AddLinkErrorKind::PublishMetadata, error))?;
        Ok(info)
    }
}
