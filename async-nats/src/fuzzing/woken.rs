//! A waker that remembers whether it was called: who waits is looked at again only then, so that a wake that is forgotten
//! is found.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::task::{Wake, Waker};

/// Whether to look. From the start on, once.
#[derive(Debug)]
pub(super) struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Woken {
    pub(super) fn new() -> Arc<Woken> {
        Arc::new(Woken(AtomicBool::new(true)))
    }

    pub(super) fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(Arc::clone(self))
    }

    /// Whether it was called since the last question.
    pub(super) fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}
