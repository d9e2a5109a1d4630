//! Whether the link still lives.
//!
//! Anything that comes from the server is a sign of life. Without one for an interval a PING goes out, and another after
//! each further interval; when as many are outstanding as the limit allows, the link is dead. A dead link is noticed
//! within (limit + 1) × interval after the last sign, however busy the outgoing side is, because nothing that is sent is
//! taken for life.

use std::time::{Duration, Instant};

/// What to do when the timer fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// Nothing: there was a sign of life.
    Alive,
    /// Ask the server for one.
    Ping,
    /// Give the link up.
    Dead,
}

/// One connection's signs of life.
#[derive(Debug)]
pub(crate) struct KeepAlive {
    interval: Duration,
    max_outstanding: u32,
    outstanding: u32,
    last_heard: Instant,
    next: Instant,
}

impl KeepAlive {
    /// A connection that was just made. An interval of zero would be a hot loop: it counts as one millisecond.
    pub(crate) fn new(interval: Duration, max_outstanding: u32, now: Instant) -> Self {
        let interval = interval.max(Duration::from_millis(1));
        KeepAlive {
            interval,
            max_outstanding,
            outstanding: 0,
            last_heard: now,
            next: later(now, interval),
        }
    }

    /// Something came from the server.
    #[inline]
    pub(crate) fn heard(&mut self, now: Instant) {
        self.last_heard = now;
        self.outstanding = 0;
    }

    /// When to call [`KeepAlive::check`] next.
    pub(crate) fn next(&self) -> Instant {
        self.next
    }

    /// Looks at the time; called when [`KeepAlive::next`] is reached, or at any other time.
    pub(crate) fn check(&mut self, now: Instant) -> Check {
        if now < self.next {
            return Check::Alive;
        }
        let silent_until = later(self.last_heard, self.interval);
        if self.outstanding == 0 && now < silent_until {
            self.next = silent_until;
            return Check::Alive;
        }
        if self.outstanding >= self.max_outstanding {
            return Check::Dead;
        }
        self.outstanding += 1;
        self.next = later(now, self.interval);
        Check::Ping
    }
}

/// `at + by`, or as far ahead as a clock goes: intervals of centuries mean "never".
fn later(at: Instant, by: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(60 * 60 * 24 * 365);
    at.checked_add(by).unwrap_or(at + FAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_silent_link_is_dead_after_one_interval_more_than_pings() {
        let start = Instant::now();
        let mut alive = KeepAlive::new(SECOND, 2, start);
        alive.heard(start + SECOND / 2);
        let mut now = start;
        let mut pings = 0;
        loop {
            now = now.max(alive.next());
            match alive.check(now) {
                Check::Alive => {}
                Check::Ping => pings += 1,
                Check::Dead => break,
            }
        }
        assert_eq!(pings, 2);
        assert_eq!(now, start + SECOND / 2 + 3 * SECOND);
    }

    #[test]
    fn a_sign_of_life_counts_from_when_it_came() {
        let start = Instant::now();
        let mut alive = KeepAlive::new(SECOND, 2, start);
        assert_eq!(alive.check(start + SECOND), Check::Ping);
        alive.heard(start + SECOND + SECOND / 4);
        assert_eq!(alive.check(alive.next()), Check::Alive);
        assert_eq!(alive.next(), start + 2 * SECOND + SECOND / 4);
        assert_eq!(alive.check(alive.next()), Check::Ping);
    }

    #[test]
    fn absurd_intervals_do_no_harm() {
        let start = Instant::now();
        assert!(KeepAlive::new(Duration::MAX, 2, start).next() > start);
        assert!(KeepAlive::new(Duration::ZERO, 2, start).next() > start);
    }
}
