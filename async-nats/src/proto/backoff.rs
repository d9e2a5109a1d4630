//! How long to wait before an attempt to connect.
//!
//! The first attempt after a loss waits for nothing. Later ones wait twice as long each time, up to four seconds, plus a
//! random part so that the clients of a server that went away do not come back all at once. A connection that did not last
//! counts as an attempt that failed, so that a server which drops each one at once is not dialled in a hot loop.

use std::time::{Duration, Instant};

use super::rng::Rng;

/// The longest wait, without the random part.
const MAX_DELAY: Duration = Duration::from_secs(4);

/// The random part's bound on plain connections.
pub(crate) const JITTER: Duration = Duration::from_millis(100);

/// The random part's bound with TLS, whose handshakes cost a server more.
pub(crate) const JITTER_TLS: Duration = Duration::from_secs(1);

/// A connection that lasted less than this counts as a failed attempt.
const LASTING: Duration = Duration::from_secs(10);

/// The connections in a row that did not last.
#[derive(Debug, Default)]
pub(crate) struct ShortLived {
    made: Option<Instant>,
    count: usize,
}

impl ShortLived {
    /// A connection was made.
    pub(crate) fn made(&mut self, now: Instant) {
        self.made = Some(now);
    }

    /// The connection was lost.
    pub(crate) fn lost(&mut self, now: Instant) {
        let Some(made) = self.made.take() else { return };
        let lasted = now.saturating_duration_since(made) >= LASTING;
        self.count = if lasted { 0 } else { self.count.saturating_add(1) };
    }

    /// How many there were: as many failed attempts to count before the next.
    pub(crate) fn count(&self) -> usize {
        self.count
    }
}

/// The wait before attempt number `attempt`, counted from one since the last connection.
pub(crate) fn delay(attempt: usize) -> Duration {
    let doublings = match attempt {
        0 | 1 => return Duration::ZERO,
        attempt => u32::try_from(attempt - 1).unwrap_or(u32::MAX),
    };
    Duration::from_millis(2u64.saturating_pow(doublings)).min(MAX_DELAY)
}

/// `delay` and a random part below `jitter`; nothing is added to no delay.
pub(crate) fn with_jitter(delay: Duration, jitter: Duration, rng: &mut Rng) -> Duration {
    let bound = u64::try_from(jitter.as_micros()).unwrap_or(u64::MAX);
    if delay.is_zero() || bound == 0 {
        return delay;
    }
    delay + Duration::from_micros(rng.below(bound))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_from_nothing_to_four_seconds() {
        let millis: Vec<u128> = [0, 1, 2, 3, 4, 12, 13, 50, usize::MAX]
            .map(|n| delay(n).as_millis())
            .to_vec();
        assert_eq!(millis, [0, 0, 2, 4, 8, 2048, 4000, 4000, 4000]);
    }

    #[test]
    fn short_lived_connections_are_counted_in_a_row() {
        let start = Instant::now();
        let mut short = ShortLived::default();
        short.lost(start);
        assert_eq!(short.count(), 0, "there was none yet");
        for count in 1..4 {
            short.made(start);
            short.lost(start + LASTING / 2);
            short.lost(start + LASTING / 2);
            assert_eq!(short.count(), count);
        }
        short.made(start);
        short.lost(start + LASTING);
        assert_eq!(short.count(), 0);
    }

    #[test]
    fn jitter_is_bounded_and_spares_the_first_attempt() {
        let mut rng = Rng::from_seed(7);
        assert_eq!(with_jitter(Duration::ZERO, JITTER, &mut rng), Duration::ZERO);
        for _ in 0..1000 {
            let waited = with_jitter(MAX_DELAY, JITTER, &mut rng);
            assert!((MAX_DELAY..MAX_DELAY + JITTER).contains(&waited));
        }
    }
}
