//! Getting an object, through links when it is one.

use super::description::ObjectInfo;
use super::error::{GetError, GetErrorKind};
use super::object::Object;
use super::store::ObjectStore;

/// Links that are followed for one object. Links to links are refused when they are made; other clients may have made
/// some, and circles of them.
const MAX_LINKS: usize = 8;

impl ObjectStore {
    /// The content of an object, to be read; a link is followed.
    ///
    /// # Errors
    ///
    /// `NotFound`, also for one that was deleted; `BucketLink`; `InvalidName` for an empty name; `TimedOut`; `Other`, also for links in a circle.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(pictures: async_nats::jetstream::object_store::ObjectStore) -> Result<(), async_nats::Error> {
    /// use tokio::io::AsyncReadExt;
    ///
    /// let mut picture = Vec::new();
    /// pictures.get("cat.png").await?.read_to_end(&mut picture).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get<T: AsRef<str> + Send>(&self, object_name: T) -> Result<Object, GetError> {
        self.get_from(object_name, 0).await
    }

    /// The content of an object behind its first `offset` bytes, to go on with what was read before. What comes before
    /// is read and left out, because the digest is that of the whole.
    ///
    /// # Errors
    ///
    /// Those of [`get`](ObjectStore::get); `Other` for an offset beyond the end.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(pictures: async_nats::jetstream::object_store::ObjectStore) -> Result<(), async_nats::Error> {
    /// use tokio::io::AsyncReadExt;
    ///
    /// let mut rest = Vec::new();
    /// pictures.get_from("cat.png", 1000).await?.read_to_end(&mut rest).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_from<T: AsRef<str> + Send>(&self, object_name: T, offset: u64) -> Result<Object, GetError> {
        let (store, info) = self.follow(object_name.as_ref()).await?;
        if offset > info.size as u64 {
            let text = format!("the object has {} bytes: there is nothing behind {offset}", info.size);
            return Err(GetError::with_source(GetErrorKind::Other, text));
        }
        Ok(Object::new(info, store.stream, offset))
    }

    /// The object that a name leads to, and the store that it is in.
    async fn follow(&self, name: &str) -> Result<(ObjectStore, ObjectInfo), GetError> {
        let mut store = self.clone();
        let mut name = name.to_owned();
        for _ in 0..=MAX_LINKS {
            let info = store.info_of_present(&name).await?;
            let Some(link) = info.link() else {
                return Ok((store, info));
            };
            let Some(target) = &link.name else {
                return Err(GetError::new(GetErrorKind::BucketLink));
            };
            if link.bucket != store.name {
                let other = store.context().get_object_store(&link.bucket).await;
                store = other.map_err(|error| GetError::with_source(GetErrorKind::Other, error))?;
            }
            name.clone_from(target);
        }
        let text = format!("more than {MAX_LINKS} links, one after the other");
        Err(GetError::with_source(GetErrorKind::Other, text))
    }
}
