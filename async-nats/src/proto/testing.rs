//! What the tests of the machines share: wakers that count, and slices of a stream.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::task::{Wake, Waker};

use super::rng::Rng;

/// Counts how often its wakers were called.
#[derive(Debug, Default)]
pub(crate) struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Wakes {
    /// A counter, and a waker that it counts.
    pub(crate) fn new() -> (Arc<Wakes>, Waker) {
        let wakes = Arc::new(Wakes::default());
        (Arc::clone(&wakes), Waker::from(wakes))
    }

    /// How often the waker was called since the last question.
    pub(crate) fn take(&self) -> usize {
        self.0.swap(0, Ordering::Relaxed)
    }
}

/// Lengths of random slices that make up `total`: many short ones, some long.
pub(crate) fn slices(rng: &mut Rng, total: usize) -> Vec<usize> {
    let mut lengths = Vec::new();
    let mut left = total;
    while left > 0 {
        let longest = [1, 3, 20, 300, 5_000, 40_000][rng.below(6) as usize];
        let length = (1 + rng.below(longest) as usize).min(left);
        lengths.push(length);
        left -= length;
    }
    lengths
}

/// `length` random bytes.
pub(crate) fn random_bytes(rng: &mut Rng, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    bytes.fill_with(|| rng.below(256) as u8);
    bytes
}

/// One of `choices`.
pub(crate) fn pick<T: Copy>(rng: &mut Rng, choices: &[T]) -> T {
    choices[rng.below(choices.len() as u64) as usize]
}
