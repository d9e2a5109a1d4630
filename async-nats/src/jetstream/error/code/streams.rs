//! What has to do with a stream: its configuration, its life, and reading from it.

use super::ErrorCode;

codes! {
    /// There is no stream with this name.
    STREAM_NOT_FOUND = 10059,
    /// There is a stream with this name, and its configuration is another one.
    STREAM_NAME_EXIST = 10058,
    /// There is a stream with the name of the one to be restored.
    STREAM_NAME_EXIST_RESTORE_FAILED = 10130,
    /// The name of the stream contains `/` or `\`.
    STREAM_NAME_CONTAINS_PATH_SEPARATORS = 10128,
    /// The name of the stream is another one than that in the subject of the request.
    STREAM_MISMATCH = 10056,
    /// The stream could not be created; the text says why.
    STREAM_CREATE = 10049,
    /// The configuration of the stream could not be changed; the text says why.
    STREAM_UPDATE = 10069,
    /// The stream could not be deleted; the text says why.
    STREAM_DELETE = 10050,
    /// The stream could not be given to servers of the cluster; the text says why.
    STREAM_ASSIGNMENT = 10048,
    /// Something failed in the stream; the text says what.
    STREAM_GENERALOR = 10051,
    /// The stream is not in a state in which it can be used.
    STREAM_INVALID = 10096,
    /// The configuration of the stream contradicts itself; the text says where.
    STREAM_INVALID_CONFIG = 10052,
    /// The stream would be over a limit of the account; the text says which.
    STREAM_LIMITS = 10053,
    /// The account wants each stream to have a limit in bytes.
    STREAM_MAX_BYTES_REQUIRED = 10113,
    /// The limit in bytes is larger than the account allows for one stream.
    STREAM_MAX_STREAM_BYTES_EXCEEDED = 10122,
    /// Another stream has one of the subjects.
    STREAM_SUBJECT_OVERLAP = 10065,
    /// More than one replica is to be had in a cluster only.
    STREAM_REPLICAS_NOT_SUPPORTED = 10074,
    /// The number of replicas of this stream cannot be changed.
    STREAM_REPLICAS_NOT_UPDATABLE = 10061,
    /// What a stream mirrors cannot be changed.
    STREAM_MIRROR_NOT_UPDATABLE = 10055,
    /// The prefix of the API of another account or domain overlaps a subject of the stream.
    STREAM_EXTERNAL_API_OVERLAP = 10021,
    /// The prefix to deliver to from another account or domain overlaps a subject of the stream.
    STREAM_EXTERNAL_DELETE_PREFIX_OVERLAPS = 10022,
    /// The prefix to deliver to from another account or domain has wildcards.
    STREAM_INVALID_EXTERNAL_DELIVERY_SUBJECT = 10024,
    /// The source of the transform of subjects is no subject to subscribe to.
    STREAM_TRANSFORM_INVALID_SOURCE = 10155,
    /// The destination of the transform of subjects does not fit its source.
    STREAM_TRANSFORM_INVALID_DESTINATION = 10156,
    /// The stream is sealed: nothing in it changes any more.
    STREAM_SEALED = 10109,
    /// A stream cannot be moved and get another number of replicas in one change.
    STREAM_MOVE_AND_SCALE = 10123,
    /// The stream is being moved already; the text says how far it is.
    STREAM_MOVE_IN_PROGRESS = 10124,
    /// The stream is not being moved: there is nothing to cancel.
    STREAM_MOVE_NOT_IN_PROGRESS = 10129,
    /// The servers that keep the stream cannot be reached.
    STREAM_OFFLINE = 10118,
    /// The stream cannot be served; the text says why.
    STREAM_OFFLINE_REASON = 10194,
    /// The stream has more subjects than an answer can list.
    STREAM_INFO_MAX_SUBJECTS = 10117,
    /// Too many requests to the stream are waiting to be worked on; try again later.
    STREAM_TOO_MANY_REQUESTS = 10167,
    /// The stream has not come to the last sequence that the request wants it to have.
    STREAM_MIN_LAST_SEQ = 10180,
    /// After a purge the stream has another last sequence than it should have.
    STREAM_SEQUENCE_NOT_MATCH = 10063,
    /// There is no such message in the stream.
    NO_MESSAGE_FOUND = 10037,
    /// There is no message with this sequence in the stream.
    SEQUENCE_NOT_FOUND = 10043,
    /// The message could not be deleted; the text says why.
    STREAM_MESSAGE_DELETE_FAILED = 10057,
    /// The stream could not be purged; the text says why.
    STREAM_PURGE_FAILED = 10110,
    /// The message could not be removed from the store; the text says why.
    STREAM_DELETE_FAILED = 10067,
    /// No snapshot of the stream could be taken; the text says why.
    STREAM_SNAPSHOT = 10064,
    /// The subject to deliver the snapshot to is not one to publish to.
    SNAPSHOT_DELIVER_SUBJECT_INVALID = 10015,
    /// The stream could not be restored; the text says why.
    STREAM_RESTORE = 10062,
    /// The server could not subscribe to the subject that what is to be restored comes in by.
    RESTORE_SUBSCRIBE_FAILED = 10042,
    /// The template of streams could not be created; the text says why.
    STREAM_CREATE_TEMPLATE = 10066,
    /// There is no template of streams with this name.
    STREAM_TEMPLATE_NOT_FOUND = 10068,
}
