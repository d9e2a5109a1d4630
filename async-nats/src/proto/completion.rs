//! A promise that one side keeps once and the other side waits for: flushes and fences end through it.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::sync::Mutex;

/// How the awaited thing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It happened.
    Done,
    /// It cannot happen any more: the client is closed.
    Closed,
    /// It did not happen, and nobody knows how much of it did: the connection broke.
    Lost,
}

#[derive(Debug, Default)]
struct State {
    outcome: Option<Outcome>,
    waker: Option<Waker>,
}

/// The side that keeps the promise. Dropping it without a word counts as [`Outcome::Closed`].
#[derive(Debug)]
pub(crate) struct Promise(Arc<Mutex<State>>);

/// The side that waits. Dropping it is allowed at any time.
#[derive(Debug)]
pub(crate) struct Completion(Arc<Mutex<State>>);

/// A promise and the side that waits for it.
pub(crate) fn promise() -> (Promise, Completion) {
    let state = Arc::new(Mutex::new(State::default()));
    (Promise(Arc::clone(&state)), Completion(state))
}

impl Promise {
    /// Keeps the promise; returns whom to wake once all locks are released.
    #[must_use]
    pub(crate) fn keep(self) -> Option<Waker> {
        self.settle(Outcome::Done)
    }

    /// Says that it cannot be kept; returns whom to wake once all locks are released.
    #[must_use]
    pub(crate) fn give_up(self) -> Option<Waker> {
        self.settle(Outcome::Closed)
    }

    /// Says that the connection broke before it was known to be kept; returns whom to wake once all locks are released.
    #[must_use]
    pub(crate) fn lose(self) -> Option<Waker> {
        self.settle(Outcome::Lost)
    }

    /// Whether somebody still waits.
    pub(crate) fn is_awaited(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }

    fn settle(&self, outcome: Outcome) -> Option<Waker> {
        let mut state = self.0.lock();
        state.outcome.get_or_insert(outcome);
        state.waker.take()
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        if let Some(waker) = self.settle(Outcome::Closed) {
            waker.wake();
        }
    }
}

impl Drop for Completion {
    fn drop(&mut self) {
        // Whoever keeps the promise, or lets it go, wakes nobody, wherever that happens.
        let waker = self.0.lock().waker.take();
        drop(waker);
    }
}

impl Completion {
    /// Ready once the promise was kept or given up; may be polled again after that.
    pub(crate) fn poll(&self, cx: &mut Context<'_>) -> Poll<Outcome> {
        let mut state = self.0.lock();
        match state.outcome {
            Some(outcome) => Poll::Ready(outcome),
            None => {
                match &mut state.waker {
                    Some(waker) => waker.clone_from(cx.waker()),
                    none => *none = Some(cx.waker().clone()),
                }
                Poll::Pending
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_given_up_and_dropped() {
        let cx = &mut Context::from_waker(Waker::noop());
        let (kept, completion) = promise();
        assert!(completion.poll(cx).is_pending());
        assert!(kept.is_awaited());
        assert!(kept.keep().is_some());
        assert_eq!(completion.poll(cx), Poll::Ready(Outcome::Done));
        assert_eq!(
            completion.poll(cx),
            Poll::Ready(Outcome::Done),
            "polling again says the same"
        );

        let (given_up, completion) = promise();
        assert!(given_up.give_up().is_none(), "nobody has polled yet");
        assert_eq!(completion.poll(cx), Poll::Ready(Outcome::Closed));

        let (lost, completion) = promise();
        assert!(lost.lose().is_none(), "nobody has polled yet");
        assert_eq!(completion.poll(cx), Poll::Ready(Outcome::Lost));

        let (dropped, completion) = promise();
        drop(dropped);
        assert_eq!(completion.poll(cx), Poll::Ready(Outcome::Closed));

        let (alone, completion) = promise();
        drop(completion);
        assert!(!alone.is_awaited());
    }

    #[test]
    fn nobody_is_woken_who_does_not_wait_any_more() {
        for end in [
            (|promise| assert!(promise.keep().is_none())) as fn(Promise),
            |promise| assert!(promise.give_up().is_none()),
            drop,
        ] {
            let (wakes, waker) = crate::proto::testing::Wakes::new();
            let (promise, completion) = promise();
            assert!(completion.poll(&mut Context::from_waker(&waker)).is_pending());
            drop(completion);
            end(promise);
            assert_eq!(wakes.take(), 0);
        }
    }
}
