//! Limits and defaults of reading from consumers, with their reasons.

use std::time::Duration;

/// How often the server gives a sign of life to an ordered consumer that is pushed to. Two of them may be missed, so a
/// consumer that is lost is noticed after 10 s.
pub(crate) const ORDERED_IDLE_HEARTBEAT: Duration = Duration::from_secs(5);

/// How long the server keeps an ordered consumer that nobody reads from: long enough for a reconnect, short enough that one
/// that could not be deleted is gone soon.
pub(crate) const ORDERED_INACTIVE_THRESHOLD: Duration = Duration::from_secs(30);
