//! The endpoints of one service, as its instance, its groups, their requests and the verbs share them.
//!
//! An endpoint stays here when its stream is dropped: it was part of the service, and its counts are still asked for.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::endpoint::{Info, Stats};
use super::error::Error;
use crate::sync::Mutex;

/// What one endpoint is, and what it has counted.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its name, or the subject of one that was given none: what [`Service::stats`](super::Service::stats) finds it by.
    pub(super) key: String,
    info: Info,
    counts: Mutex<Counts>,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    requests: usize,
    errors: usize,
    processing_time: Duration,
    last_error: Option<Error>,
    data: Option<serde_json::Value>,
}

impl Entry {
    /// What it is.
    pub(super) fn info(&self) -> Info {
        self.info.clone()
    }

    /// What it has counted.
    pub(super) fn stats(&self) -> Stats {
        let counts = self.counts.lock().clone();
        Stats {
            name: self.info.name.clone(),
            subject: self.info.subject.clone(),
            requests: counts.requests,
            errors: counts.errors,
            processing_time: counts.processing_time,
            average_processing_time: average(counts.processing_time, counts.requests),
            last_error: counts.last_error,
            data: counts.data,
            queue_group: self.info.queue_group.clone(),
        }
    }

    /// A request was answered, after this long, perhaps with an error.
    pub(super) fn answered(&self, took: Duration, error: Option<Error>) {
        let mut counts = self.counts.lock();
        counts.requests += 1;
        counts.processing_time = counts.processing_time.saturating_add(took);
        if error.is_some() {
            counts.errors += 1;
            counts.last_error = error;
        }
    }

    /// Keeps what the program's own handler says.
    pub(super) fn keep_data(&self, data: serde_json::Value) {
        self.counts.lock().data = Some(data);
    }

    fn reset(&self) {
        *self.counts.lock() = Counts::default();
    }
}

/// The time for one request.
fn average(total: Duration, requests: usize) -> Duration {
    match u128::try_from(requests) {
        Ok(requests) if requests > 0 => {
            Duration::from_nanos(u64::try_from(total.as_nanos() / requests).unwrap_or(u64::MAX))
        }
        _ => Duration::ZERO,
    }
}

/// All endpoints, in the order in which they were added, and the subscriptions that serve them.
#[derive(Debug, Default)]
pub(super) struct Registry {
    entries: Vec<Arc<Entry>>,
    sids: Vec<u64>,
    stopped: bool,
}

impl Registry {
    /// Adds an endpoint, or finds the one that has this key already. The subscription is remembered for the end; true
    /// when the service has ended meanwhile.
    pub(super) fn add(&mut self, key: String, info: Info, sid: u64) -> (Arc<Entry>, bool) {
        self.sids.push(sid);
        let known = self.entries.iter().find(|entry| entry.key == key);
        let entry = known.cloned().unwrap_or_else(|| {
            let entry = Arc::new(Entry {
                key,
                info,
                counts: Mutex::default(),
            });
            self.entries.push(entry.clone());
            entry
        });
        (entry, self.stopped)
    }

    /// The stream of this subscription is gone.
    pub(super) fn forget(&mut self, sid: u64) {
        self.sids.retain(|kept| *kept != sid);
    }

    /// Nothing is served any more: the subscriptions to be ended.
    pub(super) fn stop(&mut self) -> Vec<u64> {
        self.stopped = true;
        std::mem::take(&mut self.sids)
    }

    pub(super) fn entries(&self) -> Vec<Arc<Entry>> {
        self.entries.clone()
    }

    pub(super) fn infos(&self) -> Vec<Info> {
        self.entries.iter().map(|entry| entry.info()).collect()
    }

    pub(super) fn stats(&self) -> HashMap<String, Stats> {
        let keyed = |entry: &Arc<Entry>| (entry.key.clone(), entry.stats());
        self.entries.iter().map(keyed).collect()
    }

    pub(super) fn reset(&self) {
        self.entries.iter().for_each(|entry| entry.reset());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(subject: &str) -> Info {
        Info {
            name: subject.replace('.', "-"),
            subject: subject.to_owned(),
            queue_group: "q".to_owned(),
            metadata: HashMap::new(),
        }
    }

    #[test]
    fn counts_and_averages() {
        let mut registry = Registry::default();
        let (entry, _) = registry.add("a.b".to_owned(), info("a.b"), 1);
        assert_eq!(entry.stats().average_processing_time, Duration::ZERO);
        entry.answered(Duration::from_nanos(3), None);
        let error = Error {
            code: 500,
            status: "broken".to_owned(),
        };
        entry.answered(Duration::from_nanos(6), Some(error.clone()));
        entry.answered(Duration::MAX, None);
        let stats = registry.stats().remove("a.b").expect("by its key");
        assert_eq!((stats.requests, stats.errors), (3, 1));
        assert_eq!(stats.last_error, Some(error));
        assert_eq!(stats.processing_time, Duration::MAX);
        registry.reset();
        let stats = entry.stats();
        assert_eq!(
            (stats.requests, stats.errors, stats.processing_time),
            (0, 0, Duration::ZERO)
        );
        assert_eq!(stats.last_error, None);
    }

    #[test]
    fn the_average_is_that_of_all_requests() {
        assert_eq!(average(Duration::from_nanos(9), 2), Duration::from_nanos(4));
        assert_eq!(average(Duration::from_nanos(9), 0), Duration::ZERO);
    }

    #[test]
    fn one_key_is_one_endpoint_whatever_serves_it() {
        let mut registry = Registry::default();
        let (one, _) = registry.add("k".to_owned(), info("a"), 1);
        let (same, stopped) = registry.add("k".to_owned(), info("b"), 2);
        assert!(Arc::ptr_eq(&one, &same) && !stopped);
        registry.add("z".to_owned(), info("z"), 3);
        registry.add("b".to_owned(), info("b"), 4);
        let names: Vec<_> = registry.infos().into_iter().map(|info| info.name).collect();
        assert_eq!(names, ["a", "z", "b"]);
        registry.forget(3);
        assert_eq!(registry.stop(), [1, 2, 4]);
        assert!(registry.add("late".to_owned(), info("late"), 5).1);
    }
}
