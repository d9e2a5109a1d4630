//! Watching with options that combine, and a sign for the end of what was there.

use std::fmt;
use std::pin::Pin;
use std::task::{ready, Context, Poll};

use futures_core::Stream;

use super::entries::{Entries, Wanted};
use super::entry::{Entry, Operation};
use super::error::{WatchError, WatcherError};
use super::store::Store;
use super::watch::from_revision;
use crate::jetstream::consumer::DeliverPolicy;

/// What a watching consumer says that it is for.
const DESCRIPTION: &str = "kv watcher";

/// What a [`Watcher`] tells; see [`Store::watch_with_options`].
///
/// ```
/// use async_nats::jetstream::kv::WatchOptions;
///
/// let options = WatchOptions::new().ignore_deletes().meta_only();
/// ```
#[derive(Clone, Debug)]
pub struct WatchOptions {
    from: DeliverPolicy,
    ignore_deletes: bool,
    meta_only: bool,
}

impl Default for WatchOptions {
    fn default() -> Self {
        WatchOptions {
            from: DeliverPolicy::LastPerSubject,
            ignore_deletes: false,
            meta_only: false,
        }
    }
}

impl WatchOptions {
    /// The last entry of each key, then what is written.
    pub fn new() -> Self {
        WatchOptions::default()
    }

    /// All that the history has of each key, then what is written.
    pub fn include_history(mut self) -> Self {
        self.from = DeliverPolicy::All;
        self
    }

    /// Nothing of what is there, only what is written from now on.
    pub fn updates_only(mut self) -> Self {
        self.from = DeliverPolicy::New;
        self
    }

    /// What the history has from this revision on, then what is written.
    pub fn from_revision(mut self, revision: u64) -> Self {
        self.from = from_revision(revision);
        self
    }

    /// Nothing of keys that were deleted or purged.
    pub fn ignore_deletes(mut self) -> Self {
        self.ignore_deletes = true;
        self
    }

    /// Whether entries come with their values.
    pub(super) fn has_values(&self) -> bool {
        !self.meta_only
    }

    /// Entries without their values.
    pub fn meta_only(mut self) -> Self {
        self.meta_only = true;
        self
    }
}

/// What a [`Watcher`] hands over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A key has another value, or none any more.
    Entry(Entry),
    /// All that was there in the beginning was handed over; also when there was nothing. It comes once.
    Current,
}

/// Entries as they are written, after those that were there; see [`Store::watch_with_options`].
///
/// Each comes once, in the order in which the server took them, across reconnects and changes of the stream's leader. The
/// stream goes on until it is dropped, or the bucket is gone.
pub struct Watcher {
    entries: Entries,
    ignore_deletes: bool,
    told_current: bool,
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watcher").finish_non_exhaustive()
    }
}

impl Stream for Watcher {
    type Item = Result<Change, WatcherError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if !self.told_current && self.entries.has_seen_current() {
                self.told_current = true;
                return Poll::Ready(Some(Ok(Change::Current)));
            }
            match ready!(self.entries.poll_entry(cx)) {
                Some(Ok(entry)) if self.ignore_deletes && entry.operation != Operation::Put => {}
                Some(Ok(entry)) => return Poll::Ready(Some(Ok(Change::Entry(entry)))),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl Store {
    /// Watches keys, each of which may have wildcards, with options; [`Change::Current`] tells when all that was there has
    /// come, even when that is nothing.
    ///
    /// # Errors
    ///
    /// `InvalidKey`; `TimedOut`; `Other` when the consumer behind it was refused, or for several keys without the feature
    /// `server_2_10`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(settings: async_nats::jetstream::kv::Store) -> Result<(), async_nats::Error> {
    /// use std::collections::HashMap;
    ///
    /// use async_nats::jetstream::kv::{Change, WatchOptions};
    /// use futures_util::StreamExt;
    ///
    /// let mut state = HashMap::new();
    /// let mut watcher = settings.watch_with_options([">"], WatchOptions::new().ignore_deletes()).await?;
    /// while let Some(change) = watcher.next().await {
    ///     match change? {
    ///         Change::Entry(entry) => drop(state.insert(entry.key, entry.value)),
    ///         Change::Current => println!("the state is complete: {} keys", state.len()),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn watch_with_options<T, K>(&self, keys: K, options: WatchOptions) -> Result<Watcher, WatchError>
    where
        T: AsRef<str>,
        K: IntoIterator<Item = T>,
    {
        let wanted = Wanted {
            filters: keys.into_iter().map(|key| key.as_ref().to_owned()).collect(),
            from: options.from,
            headers_only: options.meta_only,
            description: DESCRIPTION,
        };
        Ok(Watcher {
            entries: Entries::begin(self, wanted).await?,
            ignore_deletes: options.ignore_deletes,
            told_current: false,
        })
    }
}
