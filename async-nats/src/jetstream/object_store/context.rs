//! Making, opening and deleting stores.

use std::fmt;
use std::pin::Pin;
use std::task::{ready, Context as TaskContext, Poll};

use super::config::Config;
use super::names::{self, is_bucket, STREAM_PREFIX};
use super::store::ObjectStore;
use crate::jetstream::context::{
    Context, CreateKeyValueErrorKind, CreateObjectStoreError, CreateStreamErrorKind, DeleteObjectStore,
    ObjectStoreError, ObjectStoreErrorKind, RequestError, StreamNames,
};
#[cfg(feature = "server_2_10")]
use crate::jetstream::stream::Compression;
use crate::jetstream::stream::{self, DiscardPolicy};

impl Context {
    /// Makes a store. One that is there already with the same configuration is opened.
    ///
    /// # Errors
    ///
    /// `InvalidStoreName`; `BucketCreate` when the server refused, because there is a store of the name with another
    /// configuration for instance, or JetStream is not enabled; `TimedOut`.
    ///
    /// # Cancellation
    ///
    /// A future that is dropped may have made the store.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// use async_nats::jetstream::object_store;
    ///
    /// let config = object_store::Config {
    ///     bucket: "pictures".to_owned(),
    ///     ..Default::default()
    /// };
    /// let pictures = jetstream.create_object_store(config).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create_object_store(&self, config: Config) -> Result<ObjectStore, CreateObjectStoreError> {
        let bucket = config.bucket;
        if !is_bucket(&bucket) {
            return Err(CreateObjectStoreError::new(CreateKeyValueErrorKind::InvalidStoreName));
        }
        let stream = stream::Config {
            name: [STREAM_PREFIX, &bucket].concat(),
            description: config.description,
            subjects: vec![names::chunks(&bucket, ">"), names::all_metadata(&bucket)],
            max_age: config.max_age,
            max_bytes: config.max_bytes,
            storage: config.storage,
            num_replicas: config.num_replicas,
            placement: config.placement,
            discard: DiscardPolicy::New,
            allow_rollup: true,
            allow_direct: true,
            #[cfg(feature = "server_2_10")]
            compression: config.compression.then_some(Compression::S2),
            ..Default::default()
        };
        let stream = self.create_stream(stream).await.map_err(|error| {
            let kind = match error.kind() {
                CreateStreamErrorKind::TimedOut => CreateKeyValueErrorKind::TimedOut,
                _ => CreateKeyValueErrorKind::BucketCreate,
            };
            CreateObjectStoreError::with_source(kind, error)
        })?;
        Ok(ObjectStore::new(stream, bucket))
    }

    /// Opens a store that is there.
    ///
    /// # Errors
    ///
    /// `InvalidBucketName`; `GetStore` when there is none, or the server did not answer: the cause says which.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// let pictures = jetstream.get_object_store("pictures").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_object_store<T: AsRef<str>>(&self, bucket_name: T) -> Result<ObjectStore, ObjectStoreError> {
        let bucket = bucket_name.as_ref();
        if !is_bucket(bucket) {
            return Err(ObjectStoreError::new(ObjectStoreErrorKind::InvalidBucketName));
        }
        let stream = self
            .get_stream([STREAM_PREFIX, bucket].concat())
            .await
            .map_err(|error| ObjectStoreError::with_source(ObjectStoreErrorKind::GetStore, error))?;
        Ok(ObjectStore::new(stream, bucket.to_owned()))
    }

    /// Deletes a store with all that is in it.
    ///
    /// # Errors
    ///
    /// `InvalidBucketName`; `GetStore` when there is none, or the server refused.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// jetstream.delete_object_store("pictures").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn delete_object_store<T: AsRef<str>>(&self, bucket_name: T) -> Result<(), DeleteObjectStore> {
        let bucket = bucket_name.as_ref();
        if !is_bucket(bucket) {
            return Err(ObjectStoreError::new(ObjectStoreErrorKind::InvalidBucketName));
        }
        self.delete_stream([STREAM_PREFIX, bucket].concat())
            .await
            .map_err(|error| ObjectStoreError::with_source(ObjectStoreErrorKind::GetStore, error))?;
        Ok(())
    }

    /// The names of all stores.
    ///
    /// # Errors
    ///
    /// The stream ends with the first error: JetStream is not enabled, or no answer came in time.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// use futures_util::TryStreamExt;
    ///
    /// let stores: Vec<String> = jetstream.object_store_names().try_collect().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn object_store_names(&self) -> ObjectStoreNames {
        ObjectStoreNames {
            streams: self.stream_names(),
        }
    }
}

/// The names of stores; see [`Context::object_store_names`].
pub struct ObjectStoreNames {
    streams: StreamNames,
}

impl fmt::Debug for ObjectStoreNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectStoreNames").finish_non_exhaustive()
    }
}

impl futures_core::Stream for ObjectStoreNames {
    type Item = Result<String, RequestError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match ready!(Pin::new(&mut self.streams).poll_next(cx)) {
                Some(Ok(stream)) => {
                    if let Some(bucket) = stream.strip_prefix(STREAM_PREFIX) {
                        return Poll::Ready(Some(Ok(bucket.to_owned())));
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}
