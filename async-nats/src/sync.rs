//! The mutex that the shared structures stand behind, and their atomics.
//!
//! A lock here is short: no system call, no growth of a large buffer and no call into a user's code happens while one is
//! held. Because of that a panic cannot leave the data half-changed, and poisoning is ignored: the thread that panicked
//! reports itself, the others go on.
//!
//! They are those of the standard library. In the tests of `io/concurrency/`, which are built with `--cfg shuttle`, they are
//! those of a scheduler that tries many orders in which threads may run.

#[cfg(all(test, shuttle))]
use shuttle::sync as source;
#[cfg(not(all(test, shuttle)))]
use std::sync as source;

use std::sync::PoisonError;

use source::{Mutex as StdMutex, MutexGuard};

pub(crate) use source::atomic;

/// A mutex without poisoning.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(StdMutex<T>);

impl<T> Mutex<T> {
    /// A mutex around `value`.
    pub(crate) const fn new(value: T) -> Self {
        Mutex(StdMutex::new(value))
    }

    /// Waits for the lock and takes it.
    #[inline]
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
