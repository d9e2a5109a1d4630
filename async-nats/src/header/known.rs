//! The headers that servers and clients of NATS give a meaning to, and some of their values.

use super::HeaderName;

/// Defines the constants, and a table of them for names that come from elsewhere.
macro_rules! known_names {
    ($($(#[$docs:meta])* $constant:ident = $name:literal;)+) => {
        $(
            $(#[$docs])*
            pub const $constant: HeaderName = HeaderName::from_static($name);
        )+

        /// All names above.
        const NAMES: &[&str] = &[$($name),+];
    };
}

known_names! {
    /// The stream that a message is stored in.
    NATS_STREAM = "Nats-Stream";
    /// The sequence of a message in its stream.
    NATS_SEQUENCE = "Nats-Sequence";
    /// When a message was stored.
    NATS_TIME_STAMP = "Nats-Time-Stamp";
    /// The subject that a stored message was published to.
    NATS_SUBJECT = "Nats-Subject";
    /// An id of a message, chosen by its publisher: the stream drops a second message with the same one, for a while.
    NATS_MESSAGE_ID = "Nats-Msg-Id";
    /// With a heartbeat: the stream of the consumer.
    NATS_LAST_STREAM = "Nats-Last-Stream";
    /// With a heartbeat: the sequence at the consumer of the last message that was delivered.
    NATS_LAST_CONSUMER = "Nats-Last-Consumer";
    /// The sequence of the message before this one.
    NATS_LAST_SEQUENCE = "Nats-Last-Sequence";
    /// Store the message only if this is the last sequence on its subject.
    NATS_EXPECTED_LAST_SUBJECT_SEQUENCE = "Nats-Expected-Last-Subject-Sequence";
    /// Store the message only if this is the id of the last message in the stream.
    NATS_EXPECTED_LAST_MESSAGE_ID = "Nats-Expected-Last-Msg-Id";
    /// Store the message only if this is the last sequence in the stream.
    NATS_EXPECTED_LAST_SEQUENCE = "Nats-Expected-Last-Sequence";
    /// Store the message only if it would be stored in this stream.
    NATS_EXPECTED_STREAM = "Nats-Expected-Stream";
    /// How long the message is to be kept.
    NATS_MESSAGE_TTL = "Nats-TTL";
    /// Why the server put a delete marker into the stream.
    NATS_MARKER_REASON = "Nats-Marker-Reason";
    /// Replace what is stored by this message: all of the same subject (`sub`), or of the whole stream (`all`).
    NATS_ROLLUP = "Nats-Rollup";
    /// When the server shall publish a scheduled message.
    NATS_SCHEDULE = "Nats-Schedule";
    /// The subject that a scheduled message is published to.
    NATS_SCHEDULE_TARGET = "Nats-Schedule-Target";
    /// How long a message that a schedule published is to be kept.
    NATS_SCHEDULE_TTL = "Nats-Schedule-TTL";
    /// The subject whose last message a schedule publishes.
    NATS_SCHEDULE_SOURCE = "Nats-Schedule-Source";
    /// The time zone that the times of a schedule are meant in, such as `Europe/Vienna`.
    NATS_SCHEDULE_TIME_ZONE = "Nats-Schedule-Time-Zone";
    /// Whether a message that a schedule published replaces those before it on its subject.
    NATS_SCHEDULE_ROLLUP = "Nats-Schedule-Rollup";
    /// In a message that a schedule published: the subject of the schedule.
    NATS_SCHEDULER = "Nats-Scheduler";
    /// In a message that a schedule published: when the next one is due, or `purge` when there is none.
    NATS_SCHEDULE_NEXT = "Nats-Schedule-Next";
    /// The id of the batch that a message belongs to, of up to 64 characters.
    NATS_BATCH_ID = "Nats-Batch-Id";
    /// The place of a message in its batch.
    NATS_BATCH_SEQUENCE = "Nats-Batch-Sequence";
    /// Ends a batch and stores it: see [`NATS_BATCH_COMMIT_FINAL`] and [`NATS_BATCH_COMMIT_EOB`].
    NATS_BATCH_COMMIT = "Nats-Batch-Commit";
    /// The id of the client that a consumer is pinned to: only its requests are answered.
    NATS_PIN_ID = "Nats-Pin-Id";
    /// The level of the JetStream API that a server must have to accept the message.
    NATS_REQUIRED_API_LEVEL = "Nats-Required-Api-Level";
}

/// For [`NATS_BATCH_COMMIT`]: this message is the last one of the batch.
pub const NATS_BATCH_COMMIT_FINAL: &str = "1";
/// For [`NATS_BATCH_COMMIT`]: the batch ended before this message, which is not stored.
pub const NATS_BATCH_COMMIT_EOB: &str = "eob";

/// For [`NATS_SCHEDULE_ROLLUP`]: replace the messages of the target subject.
pub const NATS_SCHEDULE_ROLLUP_SUB: &str = "sub";

/// For [`NATS_SCHEDULE`]: at the start of each year.
pub const NATS_SCHEDULE_YEARLY: &str = "@yearly";
/// For [`NATS_SCHEDULE`]: at the start of each month.
pub const NATS_SCHEDULE_MONTHLY: &str = "@monthly";
/// For [`NATS_SCHEDULE`]: at the start of each week, in the night to Sunday.
pub const NATS_SCHEDULE_WEEKLY: &str = "@weekly";
/// For [`NATS_SCHEDULE`]: at the start of each day.
pub const NATS_SCHEDULE_DAILY: &str = "@daily";
/// For [`NATS_SCHEDULE`]: at the start of each hour.
pub const NATS_SCHEDULE_HOURLY: &str = "@hourly";

/// The static copy of a name, if it is one of the constants.
pub(super) fn known(name: &[u8]) -> Option<&'static str> {
    NAMES.iter().copied().find(|known| known.as_bytes() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_names_are_names() {
        for &name in NAMES {
            assert_eq!(known(name.as_bytes()), Some(name));
            assert_eq!(name.parse::<HeaderName>().ok(), Some(HeaderName::from_static(name)));
        }
        assert_eq!(known(b"nats-stream"), None);
        assert_eq!(known(b""), None);
    }
}
