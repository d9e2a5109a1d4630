//! Limits and defaults of reading from consumers, with their reasons.

use std::time::Duration;

/// How often the server gives a sign of life to a reader in order. When two are missing, the consumer is lost: it is
/// noticed after 10 s.
pub(crate) const ORDERED_IDLE_HEARTBEAT: Duration = Duration::from_secs(5);

/// How long the server keeps an ordered consumer that nobody reads from: long enough for a reconnect, short enough that one
/// that could not be deleted is gone soon.
pub(crate) const ORDERED_INACTIVE_THRESHOLD: Duration = Duration::from_secs(30);

/// Messages that a pull asks for at once, unless told otherwise.
pub(crate) const BATCH: usize = 200;

/// Messages that a pull asks for when it is limited by bytes: more than fit into any such limit.
pub(crate) const BATCH_BY_BYTES: usize = 1_000_000;

/// Messages that an ordered consumer asks for at once.
pub(crate) const ORDERED_BATCH: usize = 500;

/// How long a request of a stream waits on the server, unless told otherwise.
pub(crate) const EXPIRES: Duration = Duration::from_secs(30);

/// How long a batch waits to be full, unless told otherwise.
pub(crate) const BATCH_EXPIRES: Duration = Duration::from_secs(5);

/// How long each batch of a sequence waits to be full.
pub(crate) const SEQUENCE_EXPIRES: Duration = Duration::from_secs(60);

/// Heartbeats more frequent than this cost more than they tell.
const SHORTEST_HEARTBEAT: Duration = Duration::from_millis(500);

/// Heartbeats less frequent than this tell too late.
const LONGEST_HEARTBEAT: Duration = Duration::from_secs(30);

/// How long one attempt may take to make an ordered consumer anew.
pub(crate) const MAKING: Duration = Duration::from_secs(3);

/// How often the server is to give a sign of life while a request waits: half of the expiry, which is the most that servers
/// take. Zero when the request ends before one would help.
pub(crate) fn heartbeat_for(expires: Duration) -> Duration {
    match expires / 2 {
        half if half < SHORTEST_HEARTBEAT => Duration::ZERO,
        half => half.min(LONGEST_HEARTBEAT),
    }
}

/// `batch` messages, or as many as a consumer with this limit allows in one request.
pub(crate) fn allowed_batch(batch: usize, max_batch: i64) -> usize {
    match usize::try_from(max_batch) {
        Ok(limit) if limit > 0 => batch.min(limit),
        _ => batch,
    }
}

/// `expires`, or as long as a consumer with this limit lets a request wait.
pub(crate) fn allowed_expires(expires: Duration, max_expires: Duration) -> Duration {
    match max_expires.is_zero() {
        true => expires,
        false => expires.min(max_expires),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heartbeats_are_half_of_the_expiry_within_bounds() {
        let half = |seconds| heartbeat_for(Duration::from_secs_f64(seconds)).as_secs_f64();
        assert_eq!(half(30.0), 15.0);
        assert_eq!(half(60.0), 30.0);
        assert_eq!(half(90.0), 30.0);
        assert_eq!(half(1.0), 0.5);
        assert_eq!(half(0.998), 0.0);
    }

    #[test]
    fn limits_of_the_consumer_hold() {
        assert_eq!(allowed_batch(200, 0), 200);
        assert_eq!(allowed_batch(200, -1), 200);
        assert_eq!(allowed_batch(200, 199), 199);
        assert_eq!(allowed_batch(200, 201), 200);
        let (second, minute) = (Duration::from_secs(1), Duration::from_secs(60));
        assert_eq!(allowed_expires(minute, Duration::ZERO), minute);
        assert_eq!(allowed_expires(minute, second), second);
        assert_eq!(allowed_expires(second, minute), second);
    }
}
