//! When a consumer that is silent is missed.
//!
//! Nothing is looked up for each message: that something came is noted, and when it was is known as soon as the reader has
//! nothing left, which is the only moment at which silence counts. So a consumer is never missed while something of it
//! waits to be read.

use std::time::{Duration, Instant};

/// The signs of life of one consumer.
#[derive(Debug)]
pub(crate) struct Liveness {
    /// How long it may be silent; `None` for as long as it likes.
    limit: Option<Duration>,
    /// Something came since `since` was set.
    heard: bool,
    since: Option<Instant>,
}

impl Liveness {
    /// A consumer that may be silent for `limit`.
    pub(crate) fn within(limit: Option<Duration>) -> Self {
        Liveness {
            limit,
            heard: false,
            since: None,
        }
    }

    /// A consumer that gives a sign of life every `heartbeat`, and is missed when two of them are missing; with none, it is
    /// never missed.
    pub(crate) fn new(heartbeat: Duration) -> Self {
        Liveness::within((!heartbeat.is_zero()).then(|| heartbeat.saturating_mul(2)))
    }

    /// Something came.
    #[inline]
    pub(crate) fn heard(&mut self) {
        self.heard = true;
    }

    /// From now on signs of life are due. An earlier call counts on.
    pub(crate) fn expect(&mut self, now: Instant) {
        if self.heard || self.since.is_none() {
            self.since = Some(now);
            self.heard = false;
        }
    }

    /// No signs of life are due until [`expect`](Liveness::expect).
    pub(crate) fn rest(&mut self) {
        self.since = None;
        self.heard = false;
    }

    /// When it is missed, if nothing comes until then.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.since?.checked_add(self.limit?)
    }

    /// Whether it is missed. It is told once; then it begins anew.
    pub(crate) fn is_missed(&mut self, now: Instant) -> bool {
        let missed = self.deadline().is_some_and(|deadline| deadline <= now);
        if missed {
            self.rest();
        }
        missed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn two_missing_signs_are_too_many() {
        let start = Instant::now();
        let mut life = Liveness::new(SECOND);
        assert_eq!(life.deadline(), None);
        life.expect(start);
        life.expect(start + SECOND);
        assert_eq!(life.deadline(), Some(start + 2 * SECOND));
        assert!(!life.is_missed(start + 2 * SECOND - Duration::from_nanos(1)));
        assert!(life.is_missed(start + 2 * SECOND));
        assert!(!life.is_missed(start + 3 * SECOND), "it is told once");
    }

    #[test]
    fn a_sign_counts_from_when_nothing_was_left_to_read() {
        let start = Instant::now();
        let mut life = Liveness::new(SECOND);
        life.expect(start);
        life.heard();
        life.expect(start + 5 * SECOND);
        assert_eq!(life.deadline(), Some(start + 7 * SECOND));
    }

    #[test]
    fn without_heartbeats_it_is_never_missed() {
        let start = Instant::now();
        let mut life = Liveness::new(Duration::ZERO);
        life.expect(start);
        assert_eq!(life.deadline(), None);
        assert!(!life.is_missed(start + 1000 * SECOND));
    }

    #[test]
    fn at_rest_it_is_not_missed() {
        let start = Instant::now();
        let mut life = Liveness::new(SECOND);
        life.expect(start);
        life.rest();
        assert!(!life.is_missed(start + 9 * SECOND));
        life.expect(start + 10 * SECOND);
        assert_eq!(life.deadline(), Some(start + 12 * SECOND));
    }

    #[test]
    fn a_heartbeat_too_long_for_the_clock_is_none() {
        let mut life = Liveness::new(Duration::MAX);
        life.expect(Instant::now());
        assert_eq!(life.deadline(), None);
    }
}
