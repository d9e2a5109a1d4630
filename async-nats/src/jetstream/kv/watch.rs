//! Watching keys: what is written comes as a stream.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::entries::{Entries, Wanted};
use super::entry::Entry;
use super::error::{WatchError, WatcherError};
use super::store::Store;
use crate::jetstream::consumer::DeliverPolicy;

/// What a watching consumer says that it is for.
const DESCRIPTION: &str = "kv watch consumer";
/// All keys of a bucket.
const ALL_KEYS: &str = ">";

/// Changes of keys, as they are made; see [`Store::watch`].
///
/// Each comes once, in the order in which the server took them, across reconnects and changes of the stream's leader. The
/// stream goes on until it is dropped, or the bucket is gone. Dropping it deletes the consumer behind it in time.
pub struct Watch {
    entries: Entries,
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

impl Stream for Watch {
    type Item = Result<Entry, WatcherError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.entries.poll_entry(cx)
    }
}

impl Store {
    /// Watches a key, or several by wildcards: what is written from now on.
    ///
    /// # Errors
    ///
    /// `InvalidKey`; `TimedOut`; `Other` when the consumer behind it was refused.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(settings: async_nats::jetstream::kv::Store) -> Result<(), async_nats::Error> {
    /// use futures_util::StreamExt;
    ///
    /// let mut colours = settings.watch("colours.*").await?;
    /// while let Some(entry) = colours.next().await {
    ///     let entry = entry?;
    ///     println!("{}: {:?} {:?}", entry.key, entry.operation, entry.value);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn watch<T: AsRef<str>>(&self, key: T) -> Result<Watch, WatchError> {
        self.watch_from([key.as_ref()], DeliverPolicy::New).await
    }

    /// Watches several keys, each of which may have wildcards: what is written from now on.
    ///
    /// # Errors
    ///
    /// Those of [`watch`](Store::watch).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(settings: async_nats::jetstream::kv::Store) -> Result<(), async_nats::Error> {
    /// let mut changes = settings.watch_many(["colours.*", "size"]).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "server_2_10")]
    pub async fn watch_many<T, K>(&self, keys: K) -> Result<Watch, WatchError>
    where
        T: AsRef<str>,
        K: IntoIterator<Item = T>,
    {
        self.watch_from(keys, DeliverPolicy::New).await
    }

    /// Watches a key, or several by wildcards, from a revision on, as far as the history has it.
    ///
    /// # Errors
    ///
    /// Those of [`watch`](Store::watch).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(settings: async_nats::jetstream::kv::Store) -> Result<(), async_nats::Error> {
    /// let revision = settings.put("colour", "blue".into()).await?;
    /// let mut changes = settings.watch_from_revision("colour", revision).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn watch_from_revision<T: AsRef<str>>(&self, key: T, revision: u64) -> Result<Watch, WatchError> {
        self.watch_from([key.as_ref()], from_revision(revision)).await
    }

    /// Watches a key, or several by wildcards: first the last entry of each, then what is written.
    ///
    /// [`Entry::seen_current`] tells when the present state is complete. For a bucket that may be empty, and for more
    /// choice, see [`watch_with_options`](Store::watch_with_options).
    ///
    /// # Errors
    ///
    /// Those of [`watch`](Store::watch).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(settings: async_nats::jetstream::kv::Store) -> Result<(), async_nats::Error> {
    /// let mut state_and_changes = settings.watch_with_history("colours.>").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn watch_with_history<T: AsRef<str>>(&self, key: T) -> Result<Watch, WatchError> {
        self.watch_from([key.as_ref()], DeliverPolicy::LastPerSubject).await
    }

    /// Watches several keys, each of which may have wildcards: first the last entry of each, then what is written.
    ///
    /// # Errors
    ///
    /// Those of [`watch`](Store::watch).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(settings: async_nats::jetstream::kv::Store) -> Result<(), async_nats::Error> {
    /// let mut changes = settings.watch_many_with_history(["colours.*", "size"]).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "server_2_10")]
    pub async fn watch_many_with_history<T: AsRef<str>, K: IntoIterator<Item = T>>(
        &self,
        keys: K,
    ) -> Result<Watch, WatchError> {
        self.watch_from(keys, DeliverPolicy::LastPerSubject).await
    }

    /// Watches all keys: what is written from now on.
    ///
    /// # Errors
    ///
    /// Those of [`watch`](Store::watch).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(settings: async_nats::jetstream::kv::Store) -> Result<(), async_nats::Error> {
    /// let mut changes = settings.watch_all().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn watch_all(&self) -> Result<Watch, WatchError> {
        self.watch(ALL_KEYS).await
    }

    /// Watches all keys from a revision on, as far as the history has it.
    ///
    /// # Errors
    ///
    /// Those of [`watch`](Store::watch).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(settings: async_nats::jetstream::kv::Store) -> Result<(), async_nats::Error> {
    /// let mut changes = settings.watch_all_from_revision(1000).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn watch_all_from_revision(&self, revision: u64) -> Result<Watch, WatchError> {
        self.watch_from_revision(ALL_KEYS, revision).await
    }

    async fn watch_from<T, K>(&self, keys: K, from: DeliverPolicy) -> Result<Watch, WatchError>
    where
        T: AsRef<str>,
        K: IntoIterator<Item = T>,
    {
        let wanted = Wanted {
            filters: keys.into_iter().map(|key| key.as_ref().to_owned()).collect(),
            from,
            headers_only: false,
            description: DESCRIPTION,
        };
        let entries = Entries::begin(self, wanted).await?;
        Ok(Watch { entries })
    }
}

/// From a revision on; there is none before 1.
pub(super) fn from_revision(revision: u64) -> DeliverPolicy {
    DeliverPolicy::ByStartSequence {
        start_sequence: revision.max(1),
    }
}
