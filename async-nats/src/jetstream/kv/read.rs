//! Reading one entry.

use bytes::Bytes;

use super::entry::{Entry, Operation};
use super::error::{EntryError, EntryErrorKind};
use super::names::is_key;
use super::store::Store;
use crate::jetstream::message::StreamMessage;
use crate::jetstream::stream::{DirectGetErrorKind, LastRawMessageErrorKind};
use crate::jetstream::ErrorCode;

impl Store {
    /// The value of a key; `None` when it has none.
    ///
    /// A bucket that allows it is read from any server that has it, which may be a moment behind. Where the last word
    /// matters, [`update`](Store::update) tells by the revision.
    ///
    /// # Errors
    ///
    /// `InvalidKey`; `TimedOut`; `Other`, because the bucket is gone for instance.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(settings: async_nats::jetstream::kv::Store) -> Result<(), async_nats::Error> {
    /// if let Some(colour) = settings.get("colour").await? {
    ///     println!("{colour:?}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get<T: Into<String>>(&self, key: T) -> Result<Option<Bytes>, EntryError> {
        let entry = self.entry(key).await?;
        Ok(entry
            .filter(|entry| entry.operation == Operation::Put)
            .map(|entry| entry.value))
    }

    /// The last entry of a key, which may say that it was deleted or purged; `None` when there is none.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Store::get).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(settings: async_nats::jetstream::kv::Store) -> Result<(), async_nats::Error> {
    /// if let Some(entry) = settings.entry("colour").await? {
    ///     println!("{:?} at {}", entry.operation, entry.revision);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn entry<T: Into<String>>(&self, key: T) -> Result<Option<Entry>, EntryError> {
        self.entry_at(key.into(), None).await
    }

    /// The entry of a key with this revision; `None` when the history has it no more, or when it is another key's.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Store::get).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(settings: async_nats::jetstream::kv::Store) -> Result<(), async_nats::Error> {
    /// let revision = settings.put("colour", "blue".into()).await?;
    /// settings.put("colour", "green".into()).await?;
    /// let before = settings.entry_for_revision("colour", revision).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn entry_for_revision<T: Into<String>>(
        &self,
        key: T,
        revision: u64,
    ) -> Result<Option<Entry>, EntryError> {
        self.entry_at(key.into(), Some(revision)).await
    }

    async fn entry_at(&self, key: String, revision: Option<u64>) -> Result<Option<Entry>, EntryError> {
        if !is_key(&key) {
            return Err(EntryError::new(EntryErrorKind::InvalidKey));
        }
        let subject = self.subject(&key);
        let message = match self.stream.cached_info().config.allow_direct {
            true => self.read_direct(&subject, revision).await?,
            false => self.read_from_leader(&subject, revision).await?,
        };
        Ok(message
            .filter(|message| message.subject.as_str() == subject)
            .map(|message| self.make_entry(key, message)))
    }

    async fn read_direct(&self, subject: &str, revision: Option<u64>) -> Result<Option<StreamMessage>, EntryError> {
        let read = match revision {
            Some(revision) => self.stream.direct_get(revision).await,
            None => self.stream.direct_get_last_for_subject(subject).await,
        };
        match read {
            Ok(message) => Ok(Some(message)),
            Err(error) if error.kind() == DirectGetErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn read_from_leader(
        &self,
        subject: &str,
        revision: Option<u64>,
    ) -> Result<Option<StreamMessage>, EntryError> {
        let read = match revision {
            Some(revision) => self.stream.get_raw_message(revision).await,
            None => self.stream.get_last_raw_message_by_subject(subject).await,
        };
        let error = match read {
            Ok(message) => return Ok(Some(message)),
            Err(error) => error,
        };
        match error.kind() {
            LastRawMessageErrorKind::NoMessageFound => Ok(None),
            LastRawMessageErrorKind::JetStream(refusal) if refusal.error_code() == ErrorCode::NO_MESSAGE_FOUND => {
                Ok(None)
            }
            LastRawMessageErrorKind::InvalidSubject => Err(EntryError::with_source(EntryErrorKind::InvalidKey, error)),
            _ => Err(EntryError::with_source(EntryErrorKind::Other, error)),
        }
    }

    fn make_entry(&self, key: String, message: StreamMessage) -> Entry {
        Entry {
            bucket: self.name.clone(),
            key,
            operation: Operation::of(&message.headers),
            value: message.payload,
            revision: message.sequence,
            delta: 0,
            created: message.time,
            seen_current: false,
        }
    }
}
