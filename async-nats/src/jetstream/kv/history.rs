//! What a bucket has at this moment: the history of a key, and its keys.

use std::fmt;
use std::pin::Pin;
use std::task::{ready, Context, Poll};

use futures_core::Stream;

use super::entries::{Entries, Wanted};
use super::entry::{Entry, Operation};
use super::error::{HistoryError, HistoryErrorKind, WatchError, WatcherError};
use super::names::is_key;
use super::store::Store;
use crate::jetstream::consumer::DeliverPolicy;

/// What the consumer says that it is for.
const DESCRIPTION: &str = "kv history consumer";

/// The entries of a key, the oldest first; see [`Store::history`]. It ends with the last one that was there when it began.
pub struct History {
    entries: Entries,
    failed: bool,
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("History").finish_non_exhaustive()
    }
}

impl Stream for History {
    type Item = Result<Entry, WatcherError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.failed || self.entries.has_seen_current() {
            return Poll::Ready(None);
        }
        let entry = ready!(self.entries.poll_entry_or_end(cx));
        self.failed = matches!(entry, Some(Err(_)));
        Poll::Ready(entry)
    }
}

/// The keys that have a value, each once; see [`Store::keys`].
pub struct Keys {
    history: History,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

impl Stream for Keys {
    type Item = Result<String, WatcherError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match ready!(Pin::new(&mut self.history).poll_next(cx)) {
                Some(Ok(entry)) if entry.operation != Operation::Put => {}
                Some(Ok(entry)) => return Poll::Ready(Some(Ok(entry.key))),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl Store {
    /// The entries that the bucket keeps of a key, the oldest first, also those that say that it was deleted.
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
    /// let mut history = settings.history("colour").await?;
    /// while let Some(entry) = history.next().await {
    ///     let entry = entry?;
    ///     println!("{}: {:?} {:?}", entry.revision, entry.operation, entry.value);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn history<T: AsRef<str>>(&self, key: T) -> Result<History, HistoryError> {
        let key = key.as_ref();
        if !is_key(key) {
            return Err(HistoryError::new(HistoryErrorKind::InvalidKey));
        }
        self.present([key], DeliverPolicy::All, false).await
    }

    /// The keys that have a value.
    ///
    /// # Errors
    ///
    /// `TimedOut`; `Other` when the consumer behind it was refused.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(settings: async_nats::jetstream::kv::Store) -> Result<(), async_nats::Error> {
    /// use futures_util::TryStreamExt;
    ///
    /// let mut keys: Vec<String> = settings.keys().await?.try_collect().await?;
    /// keys.sort();
    /// # Ok(())
    /// # }
    /// ```
    pub async fn keys(&self) -> Result<Keys, HistoryError> {
        self.keys_with_filters([">"]).await
    }

    /// The keys that have a value, of those that one of the filters names; each filter may have wildcards.
    ///
    /// # Errors
    ///
    /// `InvalidKey`; `TimedOut`; `Other`, also for several filters without the feature `server_2_10`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(settings: async_nats::jetstream::kv::Store) -> Result<(), async_nats::Error> {
    /// let mut keys = settings.keys_with_filters(["colours.*", "sizes.>"]).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn keys_with_filters<T, K>(&self, filters: K) -> Result<Keys, HistoryError>
    where
        T: AsRef<str>,
        K: IntoIterator<Item = T>,
    {
        let history = self.present(filters, DeliverPolicy::LastPerSubject, true).await?;
        Ok(Keys { history })
    }

    async fn present<T, K>(&self, filters: K, from: DeliverPolicy, headers_only: bool) -> Result<History, WatchError>
    where
        T: AsRef<str>,
        K: IntoIterator<Item = T>,
    {
        let wanted = Wanted {
            filters: filters.into_iter().map(|filter| filter.as_ref().to_owned()).collect(),
            from,
            headers_only,
            description: DESCRIPTION,
        };
        Ok(History {
            entries: Entries::begin(self, wanted).await?,
            failed: false,
        })
    }
}
