//! Writing: put, create, update, delete and purge. Each is one message, which the server confirms.

use std::time::Duration;

use bytes::Bytes;

use super::entry::{Operation, OPERATION};
use super::error::{
    CreateError, CreateErrorKind, DeleteError, PurgeError, PutError, PutErrorKind, UpdateError, UpdateErrorKind,
};
use super::names::is_key;
use super::store::Store;
use crate::header::{self, HeaderMap, HeaderValue};
use crate::jetstream::message::outbound::ttl_value;

/// The rollup of all messages of a subject into this one.
const ROLLUP_SUBJECT: &str = "sub";

impl Store {
    /// Writes a value, whatever was there, and returns its revision.
    ///
    /// # Errors
    ///
    /// `InvalidKey`; `Publish` when it was not sent; `Ack` when the server refused it, for its size or because the
    /// bucket is full for instance, or did not confirm it in time.
    ///
    /// # Cancellation
    ///
    /// A future that is dropped may have written.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(settings: async_nats::jetstream::kv::Store) -> Result<(), async_nats::Error> {
    /// let revision = settings.put("colour", "blue".into()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn put<T: AsRef<str>>(&self, key: T, value: Bytes) -> Result<u64, PutError> {
        let key = key.as_ref();
        if !is_key(key) {
            return Err(PutError::new(PutErrorKind::InvalidKey));
        }
        let ack = self
            .context()
            .publish(self.put_subject(key), value)
            .await
            .map_err(|error| PutError::with_source(PutErrorKind::Publish, error))?;
        let ack = ack
            .await
            .map_err(|error| PutError::with_source(PutErrorKind::Ack, error))?;
        Ok(ack.sequence)
    }

    /// Writes a value for a key that has none, and returns its revision. A key that was deleted or purged has none.
    ///
    /// # Errors
    ///
    /// `AlreadyExists`; `InvalidKey`; `Publish` when no answer came in time; `Other`.
    ///
    /// # Cancellation
    ///
    /// A future that is dropped may have written.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(locks: async_nats::jetstream::kv::Store) -> Result<(), async_nats::Error> {
    /// use async_nats::jetstream::kv::CreateErrorKind;
    ///
    /// match locks.create("printer", "mine".into()).await {
    ///     Ok(revision) => println!("the lock is ours, at {revision}"),
    ///     Err(error) if error.kind() == CreateErrorKind::AlreadyExists => println!("somebody else has it"),
    ///     Err(error) => return Err(error.into()),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create<T: AsRef<str>>(&self, key: T, value: Bytes) -> Result<u64, CreateError> {
        self.create_for(key.as_ref(), value, None).await
    }

    /// Writes a value for a key that has none, which the server takes away after `ttl`; [`Duration::MAX`] is never, even when
    /// the bucket has a [`max_age`](super::Config::max_age).
    ///
    /// # Errors
    ///
    /// Those of [`create`](Store::create); `Other` when the bucket has no [`limit_markers`](super::Config::limit_markers).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(locks: async_nats::jetstream::kv::Store) -> Result<(), async_nats::Error> {
    /// use std::time::Duration;
    ///
    /// let revision = locks.create_with_ttl("printer", "mine".into(), Duration::from_secs(30)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create_with_ttl<T: AsRef<str>>(
        &self,
        key: T,
        value: Bytes,
        ttl: Duration,
    ) -> Result<u64, CreateError> {
        self.create_for(key.as_ref(), value, Some(ttl)).await
    }

    async fn create_for(&self, key: &str, value: Bytes, ttl: Option<Duration>) -> Result<u64, CreateError> {
        let refused = match self.update_for(key, value.clone(), 0, ttl).await {
            Ok(revision) => return Ok(revision),
            Err(refused) if refused.kind() == UpdateErrorKind::WrongLastRevision => refused,
            Err(error) => return Err(error.into()),
        };
        // Something was there: a value, or what says that there is none.
        match self.entry(key).await? {
            Some(entry) if entry.operation == Operation::Put => Err(CreateError::with_source(
                CreateErrorKind::AlreadyExists,
                format!("its revision is {}", entry.revision),
            )),
            Some(entry) => Ok(self.update_for(key, value, entry.revision, ttl).await?),
            None => Err(refused.into()),
        }
    }

    /// Writes a value if the last revision of the key is `revision`, 0 for none, and returns the new one.
    ///
    /// # Errors
    ///
    /// `WrongLastRevision` when somebody else has written; `InvalidKey`; `TimedOut`; `Other`.
    ///
    /// # Cancellation
    ///
    /// A future that is dropped may have written.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(settings: async_nats::jetstream::kv::Store) -> Result<(), async_nats::Error> {
    /// let revision = settings.put("colour", "blue".into()).await?;
    /// settings.update("colour", "green".into(), revision).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn update<T: AsRef<str>>(&self, key: T, value: Bytes, revision: u64) -> Result<u64, UpdateError> {
        self.update_for(key.as_ref(), value, revision, None).await
    }

    async fn update_for(
        &self,
        key: &str,
        value: Bytes,
        revision: u64,
        ttl: Option<Duration>,
    ) -> Result<u64, UpdateError> {
        self.write(key, value, HeaderMap::new(), Some(revision), ttl).await
    }

    /// Deletes the value of a key. Its history stays, and watchers are told. Not an error when there is none.
    ///
    /// # Errors
    ///
    /// `InvalidKey`; `TimedOut`; `Other`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(settings: async_nats::jetstream::kv::Store) -> Result<(), async_nats::Error> {
    /// settings.delete("colour").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn delete<T: AsRef<str>>(&self, key: T) -> Result<(), DeleteError> {
        self.delete_expect_revision(key, None).await
    }

    /// Deletes the value of a key if its last revision is the one that is given.
    ///
    /// # Errors
    ///
    /// `WrongLastRevision` when it is not; `InvalidKey`; `TimedOut`; `Other`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(settings: async_nats::jetstream::kv::Store) -> Result<(), async_nats::Error> {
    /// let revision = settings.put("colour", "blue".into()).await?;
    /// settings.delete_expect_revision("colour", Some(revision)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn delete_expect_revision<T: AsRef<str>>(&self, key: T, revison: Option<u64>) -> Result<(), DeleteError> {
        let headers = told(Operation::Delete);
        self.write(key.as_ref(), Bytes::new(), headers, revison, None).await?;
        Ok(())
    }

    /// Deletes the value of a key and all its history. Watchers are told.
    ///
    /// # Errors
    ///
    /// `InvalidKey`; `TimedOut`; `Other`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(settings: async_nats::jetstream::kv::Store) -> Result<(), async_nats::Error> {
    /// settings.purge("colour").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn purge<T: AsRef<str>>(&self, key: T) -> Result<(), PurgeError> {
        self.purge_for(key.as_ref(), None, None).await
    }

    /// Purges a key as [`purge`](Store::purge) does; the message that says so goes after `ttl`, [`Duration::MAX`] for
    /// never.
    ///
    /// # Errors
    ///
    /// Those of [`purge`](Store::purge); `Other` when the bucket has no [`limit_markers`](super::Config::limit_markers).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(settings: async_nats::jetstream::kv::Store) -> Result<(), async_nats::Error> {
    /// use std::time::Duration;
    ///
    /// settings.purge_with_ttl("colour", Duration::from_secs(3600)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn purge_with_ttl<T: AsRef<str>>(&self, key: T, ttl: Duration) -> Result<(), PurgeError> {
        self.purge_for(key.as_ref(), None, Some(ttl)).await
    }

    /// Purges a key if its last revision is the one that is given.
    ///
    /// # Errors
    ///
    /// `WrongLastRevision` when it is not; those of [`purge`](Store::purge).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(settings: async_nats::jetstream::kv::Store) -> Result<(), async_nats::Error> {
    /// let revision = settings.put("colour", "blue".into()).await?;
    /// settings.purge_expect_revision("colour", Some(revision)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn purge_expect_revision<T: AsRef<str>>(&self, key: T, revision: Option<u64>) -> Result<(), PurgeError> {
        self.purge_for(key.as_ref(), revision, None).await
    }

    /// Purges a key if its last revision is `revision`; the message that says so goes after `ttl`.
    ///
    /// # Errors
    ///
    /// Those of [`purge_expect_revision`](Store::purge_expect_revision) and [`purge_with_ttl`](Store::purge_with_ttl).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(settings: async_nats::jetstream::kv::Store) -> Result<(), async_nats::Error> {
    /// use std::time::Duration;
    ///
    /// let revision = settings.put("colour", "blue".into()).await?;
    /// settings.purge_expect_revision_with_ttl("colour", revision, Duration::from_secs(3600)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn purge_expect_revision_with_ttl<T: AsRef<str>>(
        &self,
        key: T,
        revision: u64,
        ttl: Duration,
    ) -> Result<(), PurgeError> {
        self.purge_for(key.as_ref(), Some(revision), Some(ttl)).await
    }

    async fn purge_for(&self, key: &str, revision: Option<u64>, ttl: Option<Duration>) -> Result<(), PurgeError> {
        let mut headers = told(Operation::Purge);
        headers.insert(header::NATS_ROLLUP, ROLLUP_SUBJECT);
        self.write(key, Bytes::new(), headers, revision, ttl).await?;
        Ok(())
    }

    /// One message, and its revision.
    async fn write(
        &self,
        key: &str,
        value: Bytes,
        mut headers: HeaderMap,
        revision: Option<u64>,
        ttl: Option<Duration>,
    ) -> Result<u64, UpdateError> {
        if !is_key(key) {
            return Err(UpdateError::new(UpdateErrorKind::InvalidKey));
        }
        if let Some(revision) = revision {
            headers.insert(header::NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, HeaderValue::from(revision));
        }
        if let Some(ttl) = ttl {
            headers.insert(header::NATS_MESSAGE_TTL, ttl_value(ttl));
        }
        let subject = self.put_subject(key);
        let ack = self
            .context()
            .publish_with_headers(subject, headers, value)
            .await?
            .await?;
        Ok(ack.sequence)
    }
}

/// Headers that name an operation.
fn told(operation: Operation) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(OPERATION, operation.name());
    headers
}
