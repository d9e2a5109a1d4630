//! The books: what was promised, how often it was kept and broken, and what else was counted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Breaches of one promise that are told in words.
const TOLD: usize = 5;

/// All promises and counts, by their names.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    promises: Mutex<BTreeMap<&'static str, Arc<Promise>>>,
    counts: Mutex<BTreeMap<&'static str, u64>>,
}

/// One promise.
#[derive(Debug, Default)]
pub(crate) struct Promise(Mutex<Record>);

#[derive(Debug, Default)]
struct Record {
    kept: u64,
    broken: u64,
    told: Vec<String>,
}

impl Record {
    fn is_kept(&self) -> bool {
        self.kept > 0 && self.broken == 0
    }
}

impl Ledger {
    /// The promise with this name; it is in the books from the first time on that it is asked for.
    pub(crate) fn promise(&self, name: &'static str) -> Arc<Promise> {
        let mut promises = self.promises.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(promises.entry(name).or_default())
    }

    /// Counts something that is no promise.
    pub(crate) fn count(&self, name: &'static str, more: u64) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(name).or_default() += more;
    }

    /// Whether every promise was kept each time, and came up at least once.
    pub(crate) fn is_kept(&self) -> bool {
        let promises = self.promises.lock().unwrap_or_else(PoisonError::into_inner);
        promises.values().all(|promise| promise.is_kept())
    }

    /// Prints a table of promises, one of counts, and the first breaches in words.
    pub(crate) fn print(&self) {
        let promises = self.promises.lock().unwrap_or_else(PoisonError::into_inner);
        println!("\n{:>10} {:>8}  promise", "kept", "broken");
        for (name, promise) in &*promises {
            let record = promise.record();
            let mark = if record.is_kept() { "     " } else { "FAIL " };
            println!("{:>10} {:>8}  {mark}{name}", record.kept, record.broken);
            record.told.iter().for_each(|text| println!("{:>26}{text}", ""));
        }
        println!("\n{:>10}  count", "number");
        for (name, count) in &*self.counts.lock().unwrap_or_else(PoisonError::into_inner) {
            println!("{count:>10}  {name}");
        }
        let text = if promises.values().all(|promise| promise.is_kept()) {
            "everything that was promised was kept"
        } else {
            "something that was promised was not kept, or never came up"
        };
        println!("\n{text}");
    }
}

impl Promise {
    /// It was kept so many times.
    pub(crate) fn kept(&self, times: u64) {
        self.record().kept += times;
    }

    /// It was broken.
    pub(crate) fn broken(&self, text: String) {
        let mut record = self.record();
        record.broken += 1;
        if record.told.len() < TOLD {
            record.told.push(text);
        }
    }

    /// It was kept, or broken as `text` says.
    pub(crate) fn kept_if(&self, kept: bool, text: impl FnOnce() -> String) {
        match kept {
            true => self.kept(1),
            false => self.broken(text()),
        }
    }

    fn is_kept(&self) -> bool {
        self.record().is_kept()
    }

    fn record(&self) -> std::sync::MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_that_never_came_up_or_was_broken_once_is_not_kept() {
        let ledger = Ledger::default();
        let promise = ledger.promise("a");
        assert!(!ledger.is_kept());
        promise.kept(2);
        assert!(ledger.is_kept());
        ledger.promise("a").broken("once".to_owned());
        assert!(!ledger.is_kept());
    }
}
