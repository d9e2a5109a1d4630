//! Making, opening, changing and deleting buckets.

use super::config::Config;
use super::names::{is_bucket, STREAM_PREFIX};
use super::store::Store;
use super::to_stream::{to_stream, TooLongHistory};
#[cfg(feature = "server_2_11")]
use crate::jetstream::context::AccountErrorKind;
use crate::jetstream::context::{
    Context, CreateKeyValueError, CreateKeyValueErrorKind, CreateStreamErrorKind, KeyValueError, KeyValueErrorKind,
    UpdateKeyValueError, UpdateKeyValueErrorKind, UpdateStreamErrorKind,
};
use crate::jetstream::stream::{DeleteStatus, Stream};

impl Context {
    /// Opens a bucket that is there.
    ///
    /// # Errors
    ///
    /// `InvalidStoreName`, also when there is a stream of the name that is no bucket; `GetBucket` when there is none, the server did not
    /// answer, or JetStream is not enabled: the cause says which.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// let settings = jetstream.get_key_value("settings").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_key_value<T: Into<String>>(&self, bucket: T) -> Result<Store, KeyValueError> {
        let bucket = bucket.into();
        if !is_bucket(&bucket) {
            return Err(KeyValueError::new(KeyValueErrorKind::InvalidStoreName));
        }
        let stream = self
            .get_stream([STREAM_PREFIX, &bucket].concat())
            .await
            .map_err(|error| KeyValueError::with_source(KeyValueErrorKind::GetBucket, error))?;
        if stream.cached_info().config.max_messages_per_subject < 1 {
            let text = "the stream of this name keeps no history for each subject: it is not a bucket";
            return Err(KeyValueError::with_source(KeyValueErrorKind::InvalidStoreName, text));
        }
        Ok(Store::new(stream, bucket))
    }

    /// Makes a bucket. One that is there already with the same configuration is opened.
    ///
    /// # Errors
    ///
    /// `InvalidStoreName`; `TooLongHistory` for more than 64 values a key; `LimitMarkersNotSupported` by a server before
    /// 2.11; `BucketCreate` when the server refused, because there is a bucket of the name with another configuration
    /// for instance; `TimedOut`; `JetStream` when it is not enabled.
    ///
    /// # Cancellation
    ///
    /// A future that is dropped may have made the bucket.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// use async_nats::jetstream::kv;
    ///
    /// let config = kv::Config {
    ///     bucket: "settings".to_owned(),
    ///     history: 10,
    ///     ..Default::default()
    /// };
    /// let settings = jetstream.create_key_value(config).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create_key_value(&self, config: Config) -> Result<Store, CreateKeyValueError> {
        let bucket = config.bucket.clone();
        let config = self.checked(config).await.map_err(Unfit::on_creation)?;
        let stream = self.create_stream(config).await.map_err(|error| {
            let kind = match error.kind() {
                CreateStreamErrorKind::TimedOut => CreateKeyValueErrorKind::TimedOut,
                _ => CreateKeyValueErrorKind::BucketCreate,
            };
            CreateKeyValueError::with_source(kind, error)
        })?;
        Ok(Store::new(stream, bucket))
    }

    /// Changes the configuration of a bucket.
    ///
    /// # Errors
    ///
    /// `NotFound` when there is none; `InvalidStoreName`; `TooLongHistory`; `LimitMarkersNotSupported`; `TimedOut`; `JetStream` when the server
    /// refused.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// use async_nats::jetstream::kv;
    ///
    /// let config = kv::Config {
    ///     bucket: "settings".to_owned(),
    ///     history: 20,
    ///     ..Default::default()
    /// };
    /// let settings = jetstream.update_key_value(config).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn update_key_value(&self, config: Config) -> Result<Store, UpdateKeyValueError> {
        let bucket = config.bucket.clone();
        let config = self.checked(config).await.map_err(Unfit::on_update)?;
        let info = self.update_stream(&config).await.map_err(|error| {
            let kind = match error.kind() {
                UpdateStreamErrorKind::NotFound => UpdateKeyValueErrorKind::NotFound,
                UpdateStreamErrorKind::TimedOut => UpdateKeyValueErrorKind::TimedOut,
                _ => UpdateKeyValueErrorKind::JetStream,
            };
            UpdateKeyValueError::with_source(kind, error)
        })?;
        Ok(Store::new(Stream::new(self.clone(), config.name, info), bucket))
    }

    /// Changes the configuration of a bucket, or makes it when there is none.
    ///
    /// # Errors
    ///
    /// Those of [`create_key_value`](Context::create_key_value), with `JetStream` when the server refused.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// use async_nats::jetstream::kv;
    ///
    /// let config = kv::Config {
    ///     bucket: "settings".to_owned(),
    ///     ..Default::default()
    /// };
    /// let settings = jetstream.create_or_update_key_value(config).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create_or_update_key_value(&self, config: Config) -> Result<Store, CreateKeyValueError> {
        let bucket = config.bucket.clone();
        let config = self.checked(config).await.map_err(Unfit::on_creation)?;
        let name = config.name.clone();
        let info = self.create_or_update_stream(config).await.map_err(|error| {
            let kind = match error.kind() {
                CreateStreamErrorKind::TimedOut => CreateKeyValueErrorKind::TimedOut,
                _ => CreateKeyValueErrorKind::JetStream,
            };
            CreateKeyValueError::with_source(kind, error)
        })?;
        Ok(Store::new(Stream::new(self.clone(), name, info), bucket))
    }

    /// Deletes a bucket with all that is in it.
    ///
    /// # Errors
    ///
    /// `InvalidStoreName`; `JetStream` when there is none, or the server refused.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// jetstream.delete_key_value("settings").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn delete_key_value<T: AsRef<str>>(&self, bucket: T) -> Result<DeleteStatus, KeyValueError> {
        let bucket = bucket.as_ref();
        if !is_bucket(bucket) {
            return Err(KeyValueError::new(KeyValueErrorKind::InvalidStoreName));
        }
        self.delete_stream([STREAM_PREFIX, bucket].concat())
            .await
            .map_err(|error| KeyValueError::with_source(KeyValueErrorKind::JetStream, error))
    }

    /// The stream's configuration, once it is known that the server can keep what is asked for.
    async fn checked(&self, config: Config) -> Result<crate::jetstream::stream::Config, Unfit> {
        if !is_bucket(&config.bucket) {
            return Err(Unfit::Name);
        }
        #[cfg(feature = "server_2_11")]
        if config.limit_markers.is_some() {
            let account = self.query_account().await.map_err(Unfit::Account)?;
            if account.requests.level < 1 {
                return Err(Unfit::LimitMarkers);
            }
        }
        to_stream(config).map_err(|TooLongHistory| Unfit::History)
    }
}

/// Why a configuration makes no bucket.
enum Unfit {
    Name,
    History,
    #[cfg(feature = "server_2_11")]
    LimitMarkers,
    #[cfg(feature = "server_2_11")]
    Account(crate::jetstream::context::AccountError),
}

impl Unfit {
    fn on_creation(self) -> CreateKeyValueError {
        match self {
            Unfit::Name => CreateKeyValueError::new(CreateKeyValueErrorKind::InvalidStoreName),
            Unfit::History => CreateKeyValueError::new(CreateKeyValueErrorKind::TooLongHistory),
            #[cfg(feature = "server_2_11")]
            Unfit::LimitMarkers => CreateKeyValueError::new(CreateKeyValueErrorKind::LimitMarkersNotSupported),
            #[cfg(feature = "server_2_11")]
            Unfit::Account(error) => {
                let kind = match error.kind() {
                    AccountErrorKind::TimedOut => CreateKeyValueErrorKind::TimedOut,
                    _ => CreateKeyValueErrorKind::JetStream,
                };
                CreateKeyValueError::with_source(kind, error)
            }
        }
    }

    fn on_update(self) -> UpdateKeyValueError {
        match self {
            Unfit::Name => UpdateKeyValueError::new(UpdateKeyValueErrorKind::InvalidStoreName),
            Unfit::History => UpdateKeyValueError::new(UpdateKeyValueErrorKind::TooLongHistory),
            #[cfg(feature = "server_2_11")]
            Unfit::LimitMarkers => UpdateKeyValueError::new(UpdateKeyValueErrorKind::LimitMarkersNotSupported),
            #[cfg(feature = "server_2_11")]
            Unfit::Account(error) => {
                let kind = match error.kind() {
                    AccountErrorKind::TimedOut => UpdateKeyValueErrorKind::TimedOut,
                    _ => UpdateKeyValueErrorKind::JetStream,
                };
                UpdateKeyValueError::with_source(kind, error)
            }
        }
    }
}
