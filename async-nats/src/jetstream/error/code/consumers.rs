//! What has to do with a consumer.

use super::ErrorCode;

codes! {
    /// The stream has no consumer with this name.
    CONSUMER_NOT_FOUND = 10014,
    /// The consumer could not be created; the text says why.
    CONSUMER_CREATE = 10012,
    /// There is a consumer with this name, and its configuration is another one.
    CONSUMER_NAME_EXIST = 10013,
    /// The consumer was to be created, and there is one with this name.
    CONSUMER_ALREADY_EXISTS = 10148,
    /// The consumer was to be updated, and there is none with this name.
    CONSUMER_DOES_NOT_EXIST = 10149,
    /// There is a consumer with this name, and somebody listens to it.
    CONSUMER_EXISTING_ACTIVE = 10105,
    /// The consumer that is to replace another one has another name.
    CONSUMER_REPLACEMENT_WITH_DIFFERENT_NAME = 10106,
    /// The consumer could not be written to the store; the text says why.
    CONSUMER_STORE_FAILED = 10104,
    /// The servers that keep the consumer cannot be reached.
    CONSUMER_OFFLINE = 10119,
    /// The consumer cannot be served; the text says why.
    CONSUMER_OFFLINE_REASON = 10195,
    /// The request lacks the configuration of the consumer.
    CONSUMER_CONFIG_REQUIRED = 10078,
    /// The name of the consumer is longer than the server allows.
    CONSUMER_NAME_TOO_LONG = 10102,
    /// The name of the consumer contains `/` or `\`.
    CONSUMER_NAME_CONTAINS_PATH_SEPARATORS = 10127,
    /// The durable name contains `.`, `*` or `>`.
    CONSUMER_BAD_DURABLE_NAME = 10103,
    /// The subject of the request lacks the durable name.
    CONSUMER_DURABLE_NAME_NOT_IN_SUBJECT = 10016,
    /// The durable name is another one than that in the subject of the request.
    CONSUMER_DURABLE_NAME_NOT_MATCH_SUBJECT = 10017,
    /// The subject of the request is that for durable consumers, and the configuration has no durable name.
    CONSUMER_DURABLE_NAME_NOT_SET = 10018,
    /// The subject of the request is that for ephemeral consumers, and has a durable name.
    CONSUMER_EPHEMERAL_WITH_DURABLE = 10019,
    /// The subject of the request is that for ephemeral consumers, and the configuration has a durable name.
    CONSUMER_EPHEMERAL_WITH_DURABLE_NAME = 10020,
    /// The name and the durable name of the consumer differ.
    CONSUMER_CREATE_DURABLE_AND_NAME_MISMATCH = 10132,
    /// The filter is another one than that in the subject of the request.
    CONSUMER_CREATE_FILTER_SUBJECT_MISMATCH = 10131,
    /// The description is longer than the server allows.
    CONSUMER_DESCRIPTION_TOO_LONG = 10107,
    /// The metadata is larger than the server allows.
    CONSUMER_METADATA_LENGTH = 10135,
    /// The filter takes subjects that the stream does not have.
    CONSUMER_FILTER_NOT_SUBSET = 10093,
    /// One of several filters is empty.
    CONSUMER_EMPTY_FILTER = 10139,
    /// The consumer has both a filter and several filters.
    CONSUMER_DUPLICATE_FILTER_SUBJECTS = 10136,
    /// The subject of the request has room for one filter, and the consumer has several.
    CONSUMER_MULTIPLE_FILTERS_NOT_ALLOWED = 10137,
    /// Two filters of the consumer take the same subjects.
    CONSUMER_OVERLAPPING_SUBJECT_FILTERS = 10138,
    /// A consumer cannot be made on subjects that the account maps.
    CONSUMER_ON_MAPPED = 10092,
    /// What the deliver policy needs is missing, or something is set that it does not take; the text says what.
    CONSUMER_INVALID_POLICY = 10094,
    /// The server does not know the ack policy.
    CONSUMER_ACK_POLICY_INVALID = 10181,
    /// The server does not know the replay policy.
    CONSUMER_REPLAY_POLICY_INVALID = 10182,
    /// The time to wait for an ack is negative.
    CONSUMER_ACK_WAIT_NEGATIVE = 10183,
    /// One of the times between deliveries is negative.
    CONSUMER_BACKOFF_NEGATIVE = 10184,
    /// There are more times between deliveries than there may be deliveries.
    CONSUMER_MAX_DELIVER_BACKOFF = 10116,
    /// The share of acks to be sampled does not read as a percentage.
    CONSUMER_INVALID_SAMPLING = 10095,
    /// A limit of messages without an ack needs an ack policy.
    CONSUMER_MAX_PENDING_ACK_POLICY_REQUIRED = 10082,
    /// The limit of messages without an ack is larger than the server or the account allows.
    CONSUMER_MAX_PENDING_ACK_EXCESS = 10121,
    /// The time after which an idle consumer is deleted is longer than the server allows.
    CONSUMER_INACTIVE_THRESHOLD_EXCESS = 10153,
    /// The consumer has more replicas than its stream.
    CONSUMER_REPLICAS_EXCEEDS_STREAM = 10126,
    /// The consumer must have as many replicas as its stream.
    CONSUMER_REPLICAS_SHOULD_MATCH_STREAM = 10134,
    /// The consumer cannot be set back to the sequence that was asked for.
    CONSUMER_INVALID_RESET = 10204,
    /// The subject to deliver to has wildcards.
    CONSUMER_DELIVER_TO_WILDCARDS = 10079,
    /// The subject to deliver to is a subject of the stream: what is delivered would be stored.
    CONSUMER_DELIVER_CYCLE = 10081,
    /// The subject to deliver to is not one to publish to.
    CONSUMER_INVALID_DELIVER_SUBJECT = 10112,
    /// The time between heartbeats is shorter than 100 ms.
    CONSUMER_SMALL_HEARTBEAT = 10083,
    /// Heartbeats in the configuration are for push consumers; pull consumers ask for them.
    CONSUMER_HEARTBEAT_REQUIRES_PUSH = 10088,
    /// Flow control is for push consumers.
    CONSUMER_FLOW_CONTROL_REQUIRES_PUSH = 10089,
    /// Flow control needs heartbeats.
    CONSUMER_WITH_FLOW_CONTROL_NEEDS_HEARTBEATS = 10108,
    /// A direct consumer must be a push consumer.
    CONSUMER_DIRECT_REQUIRES_PUSH = 10090,
    /// A direct consumer must be ephemeral.
    CONSUMER_DIRECT_REQUIRES_EPHEMERAL = 10091,
    /// A push consumer has no requests that could wait.
    CONSUMER_PUSH_MAX_WAITING = 10080,
    /// Priority groups are for pull consumers.
    CONSUMER_PUSH_WITH_PRIORITY_GROUP = 10178,
    /// The messages of a pull consumer on this stream must be acked one by one.
    CONSUMER_PULL_REQUIRES_ACK = 10084,
    /// A pull consumer of this server must be durable.
    CONSUMER_PULL_NOT_DURABLE = 10085,
    /// A limit of the rate is for push consumers.
    CONSUMER_PULL_WITH_RATE_LIMIT = 10086,
    /// The number of requests that may wait is negative.
    CONSUMER_MAX_WAITING_NEGATIVE = 10087,
    /// The largest batch of a request is negative.
    CONSUMER_MAX_REQUEST_BATCH_NEGATIVE = 10114,
    /// The largest batch of a request is larger than the server or the account allows.
    CONSUMER_MAX_REQUEST_BATCH_EXCEEDED = 10125,
    /// The longest expiry of a request is shorter than 1 ms.
    CONSUMER_MAX_REQUEST_EXPIRES_TO_SMALL = 10115,
    /// On a work queue each message must be acked.
    CONSUMER_WQ_REQUIRES_EXPLICIT_ACK = 10098,
    /// A work queue with several consumers needs them to have filters.
    CONSUMER_WQ_MULTIPLE_UNFILTERED = 10099,
    /// Another consumer of the work queue takes the same subjects.
    CONSUMER_WQ_CONSUMER_NOT_UNIQUE = 10100,
    /// A consumer of a work queue begins with its first message.
    CONSUMER_WQ_CONSUMER_NOT_DELIVER_ALL = 10101,
    /// A priority policy needs a priority group.
    CONSUMER_PRIORITY_POLICY_WITHOUT_GROUP = 10159,
    /// Priority groups need a priority policy.
    CONSUMER_PRIORITY_GROUP_WITH_POLICY_NONE = 10196,
    /// A time-out of pins needs the policy that pins a client.
    CONSUMER_PINNED_TTL_WITHOUT_PRIORITY_POLICY_NONE = 10197,
    /// The consumer does not have the priority group that was named.
    CONSUMER_INVALID_PRIORITY_GROUP = 10160,
    /// The name of a priority group is empty.
    CONSUMER_EMPTY_GROUP_NAME = 10161,
    /// The name of a priority group has characters that it cannot have, or more than 16 of them.
    CONSUMER_INVALID_GROUP_NAME = 10162,
    /// Acks by flow control are for push consumers.
    CONSUMER_ACK_FC_REQUIRES_PUSH = 10218,
    /// Acks by flow control need flow control.
    CONSUMER_ACK_FC_REQUIRES_FC = 10219,
    /// Acks by flow control need a limit of messages without an ack.
    CONSUMER_ACK_FC_REQUIRES_MAX_ACK_PENDING = 10220,
    /// With acks by flow control there is no time to wait for an ack.
    CONSUMER_ACK_FC_REQUIRES_NO_ACK_WAIT = 10221,
    /// With acks by flow control there is no limit of deliveries.
    CONSUMER_ACK_FC_REQUIRES_NO_MAX_DELIVER = 10222,
}
