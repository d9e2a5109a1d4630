//! What is said about a message that was published, alone, in a batch, or to be sent on schedule.

use super::ErrorCode;

codes! {
    /// The message was expected to be stored in another stream.
    STREAM_NOT_MATCH = 10060,
    /// The last message of the stream has another id than the one that was expected.
    STREAM_WRONG_LAST_MESSAGE_ID = 10070,
    /// The last sequence is another one than what was expected; the text names it.
    STREAM_WRONG_LAST_SEQUENCE = 10071,
    /// The last sequence is another one than what was expected. Unlike that of 10071, the text names no number.
    STREAM_WRONG_LAST_SEQUENCE_CONSTANT = 10164,
    /// What was last on the subject is not known yet, as other messages on it are being stored; try again.
    STREAM_EXPECTED_LAST_SEQ_PER_SUBJECT_NOT_READY = 10163,
    /// The subject that a last sequence is expected on is not one, or not one of the stream.
    STREAM_EXPECTED_LAST_SEQ_PER_SUBJECT_INVALID = 10193,
    /// A message with this id is being stored at this moment; try again.
    STREAM_DUPLICATE_MESSAGE_CONFLICT = 10158,
    /// The message is larger than the stream takes.
    STREAM_MESSAGE_EXCEEDS_MAXIMUM = 10054,
    /// The headers are larger than 64 KiB, which is what servers store.
    STREAM_HEADER_EXCEEDS_MAXIMUM = 10097,
    /// The message could not be stored, for example because the stream is full; the text says why.
    STREAM_STORE_FAILED = 10077,
    /// The message was to replace those before it, and could not, or the stream does not allow it.
    STREAM_ROLLUP_FAILED = 10111,
    /// The time to live of the message is no number of seconds, no duration of at least one, and not `never`.
    MESSAGE_TTL_INVALID = 10165,
    /// The stream does not allow messages to have a time to live of their own.
    MESSAGE_TTL_DISABLED = 10166,
    /// The message changes a counter, and the stream does not count.
    MESSAGE_INCR_DISABLED = 10168,
    /// The stream counts, and the message does not say by how much.
    MESSAGE_INCR_MISSING = 10169,
    /// A message that changes a counter has no payload.
    MESSAGE_INCR_PAYLOAD = 10170,
    /// What the counter is to be changed by is not a whole number.
    MESSAGE_INCR_INVALID = 10171,
    /// What the stream has for the counter does not read as a number.
    MESSAGE_COUNTER_BROKEN = 10172,
    /// The stream does not allow messages to be sent on schedule.
    MESSAGE_SCHEDULES_DISABLED = 10188,
    /// The schedule does not read as a time, an interval or a pattern.
    MESSAGE_SCHEDULES_PATTERN_INVALID = 10189,
    /// The subject to send to on schedule is missing, or not another subject of the stream.
    MESSAGE_SCHEDULES_TARGET_INVALID = 10190,
    /// The subject to send the last message of on schedule is not a subject of the stream.
    MESSAGE_SCHEDULES_SOURCE_INVALID = 10203,
    /// The time to live of what is sent on schedule does not read as one.
    MESSAGE_SCHEDULES_TTL_INVALID = 10191,
    /// What is sent on schedule may replace the messages of its subject, and no others.
    MESSAGE_SCHEDULES_ROLLUP_INVALID = 10192,
    /// The name of the schedule that a message claims to come from is not one.
    MESSAGE_SCHEDULES_SCHEDULER_INVALID = 10212,
    /// The server does not know the time zone of the schedule.
    MESSAGE_SCHEDULES_TIME_ZONE_INVALID = 10223,
    /// The stream does not take batches that are stored as a whole.
    ATOMIC_PUBLISH_DISABLED = 10174,
    /// A message of the batch lacks its place in it.
    ATOMIC_PUBLISH_MISSING_SEQ = 10175,
    /// The batch has a gap, or was given up after too long a pause: none of it is stored.
    ATOMIC_PUBLISH_INCOMPLETE_BATCH = 10176,
    /// A message of the batch has a header that batches do not allow; the text names it.
    ATOMIC_PUBLISH_UNSUPPORTED_HEADER = 10177,
    /// The id of the batch is empty, or has more than 64 characters.
    ATOMIC_PUBLISH_INVALID_BATCH_ID = 10179,
    /// The batch has more messages than one may have; the text says how many that is.
    ATOMIC_PUBLISH_TOO_LARGE_BATCH = 10199,
    /// The header that ends the batch has a value that it cannot have.
    ATOMIC_PUBLISH_INVALID_BATCH_COMMIT = 10200,
    /// A message of the batch has the id of one that is stored, or of another one of the batch.
    ATOMIC_PUBLISH_CONTAINS_DUPLICATE_MESSAGE = 10201,
    /// As many batches that are stored as a whole are open as may be.
    ATOMIC_PUBLISH_TOO_MANY_INFLIGHT = 10210,
    /// The stream does not take batches that are stored message by message.
    BATCH_PUBLISH_DISABLED = 10205,
    /// The reply subject of a message of the batch does not read as it should.
    BATCH_PUBLISH_INVALID_PATTERN = 10206,
    /// The id of the batch is empty, or has more than 64 characters.
    BATCH_PUBLISH_INVALID_BATCH_ID = 10207,
    /// The server does not know the batch: it was never begun, or was given up after too long a pause.
    BATCH_PUBLISH_UNKNOWN_BATCH_ID = 10208,
    /// As many batches that are stored message by message are open as may be.
    BATCH_PUBLISH_TOO_MANY_INFLIGHT = 10211,
}
