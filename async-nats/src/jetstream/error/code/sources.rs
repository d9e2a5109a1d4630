//! What has to do with streams that take their messages from others.

use super::ErrorCode;

codes! {
    /// The consumer by which the mirror reads could not be made; the text says why.
    MIRROR_CONSUMER_SETUP_FAILED = 10029,
    /// The stream that is mirrored takes larger messages than the mirror.
    MIRROR_MAX_MESSAGE_SIZE_TOO_BIG = 10030,
    /// A mirror cannot have sources.
    MIRROR_WITH_SOURCES = 10031,
    /// A mirror begins at a sequence or at a time, not at both.
    MIRROR_WITH_START_SEQUENCE_AND_TIME = 10032,
    /// This mirror cannot have a filter.
    MIRROR_WITH_SUBJECT_FILTERS = 10033,
    /// A mirror has no subjects of its own.
    MIRROR_WITH_SUBJECTS = 10034,
    /// The name of the stream to mirror is not one.
    MIRROR_INVALID_STREAM_NAME = 10142,
    /// A mirror cannot have a first sequence of its own.
    MIRROR_WITH_FIRST_SEQ = 10143,
    /// A mirror has one filter, or transforms of subjects, not both.
    MIRROR_MULTIPLE_FILTERS_NOT_ALLOWED = 10150,
    /// The filter of the mirror is no subject.
    MIRROR_INVALID_SUBJECT_FILTER = 10151,
    /// Two filters of the mirror take the same subjects.
    MIRROR_OVERLAPPING_SUBJECT_FILTERS = 10152,
    /// The destination of a transform of the mirror does not fit its source.
    MIRROR_INVALID_TRANSFORM_DESTINATION = 10154,
    /// A mirror cannot count on its own.
    MIRROR_WITH_COUNTERS = 10173,
    /// A mirror cannot send messages on schedule.
    MIRROR_WITH_MSG_SCHEDULES = 10186,
    /// A mirror takes no batches that are stored as a whole.
    MIRROR_WITH_ATOMIC_PUBLISH = 10198,
    /// A mirror takes no batches that are stored message by message.
    MIRROR_WITH_BATCH_PUBLISH = 10209,
    /// The durable consumer that the mirror is to read by has a configuration that does not do.
    MIRROR_DURABLE_CONSUMER_CFG_INVALID = 10213,
    /// The durable consumer that the mirror is to read by must be acked by flow control.
    MIRROR_CONSUMER_REQUIRES_ACK_FC = 10214,
    /// The consumer by which the stream reads a source could not be made; the text says why.
    SOURCE_CONSUMER_SETUP_FAILED = 10045,
    /// A source takes larger messages than the stream.
    SOURCE_MAX_MESSAGE_SIZE_TOO_BIG = 10046,
    /// Two sources of the stream are the same.
    SOURCE_DUPLICATE_DETECTED = 10140,
    /// The name of a source is not that of a stream.
    SOURCE_INVALID_STREAM_NAME = 10141,
    /// A source has one filter, or transforms of subjects, not both.
    SOURCE_MULTIPLE_FILTERS_NOT_ALLOWED = 10144,
    /// The filter of a source is no subject.
    SOURCE_INVALID_SUBJECT_FILTER = 10145,
    /// The destination of a transform of a source does not fit what it transforms.
    SOURCE_INVALID_TRANSFORM_DESTINATION = 10146,
    /// Two filters of a source take the same subjects.
    SOURCE_OVERLAPPING_SUBJECT_FILTERS = 10147,
    /// A stream with sources cannot send messages on schedule.
    SOURCE_WITH_MSG_SCHEDULES = 10187,
    /// The durable consumer that a source is to be read by has a configuration that does not do.
    SOURCE_DURABLE_CONSUMER_CFG_INVALID = 10215,
    /// Two sources of the stream are to be read by the same durable consumer.
    SOURCE_DURABLE_CONSUMER_DUPLICATE_DETECTED = 10216,
    /// The durable consumer that a source is to be read by must be acked by flow control.
    SOURCE_CONSUMER_REQUIRES_ACK_FC = 10217,
}
