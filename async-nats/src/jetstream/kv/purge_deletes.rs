//! Clearing away what says that keys were deleted.

use std::future::poll_fn;
use std::time::Duration;

use super::entries::{Entries, Wanted};
use super::entry::Operation;
use super::error::{PurgeError, UpdateErrorKind};
use super::store::Store;
use crate::datetime;
use crate::jetstream::consumer::DeliverPolicy;

impl Store {
    /// Takes away the histories of all keys that were deleted or purged. What says so stays for those where it is
    /// younger than `keep_markers_for`, so that watchers which were away learn of it; zero takes all of them. Half an hour
    /// is a good choice.
    ///
    /// Returns how many keys were cleared away.
    ///
    /// # Errors
    ///
    /// `TimedOut`; `Other` when the keys could not be read, or the server refused; some are cleared away then.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(settings: async_nats::jetstream::kv::Store) -> Result<(), async_nats::Error> {
    /// use std::time::Duration;
    ///
    /// let cleared = settings.purge_deletes(Duration::from_secs(30 * 60)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn purge_deletes(&self, keep_markers_for: Duration) -> Result<usize, PurgeError> {
        let other = |error| PurgeError::with_source(UpdateErrorKind::Other, error);
        let wanted = Wanted {
            filters: vec![">".to_owned()],
            from: DeliverPolicy::LastPerSubject,
            headers_only: true,
            description: "kv purge of deletes",
        };
        let mut entries = Entries::begin(self, wanted)
            .await
            .map_err(|error| other(Box::new(error) as crate::Error))?;
        let mut markers = Vec::new();
        while !entries.has_seen_current() {
            let Some(entry) = poll_fn(|cx| entries.poll_entry_or_end(cx)).await else {
                break;
            };
            let entry = entry.map_err(|error| other(error.into()))?;
            if entry.operation != Operation::Put {
                markers.push((entry.key, entry.revision, entry.created));
            }
        }
        drop(entries);
        let now = datetime::now();
        for (key, revision, created) in &markers {
            let is_young = datetime::add_std_duration(*created, keep_markers_for).is_ok_and(|end| end > now);
            // Up to the marker and no further: a value that was written meanwhile stays.
            let upto = if is_young { *revision } else { revision + 1 };
            self.stream
                .purge()
                .filter(self.subject(key))
                .sequence(upto)
                .await
                .map_err(|error| other(error.into()))?;
        }
        Ok(markers.len())
    }
}
