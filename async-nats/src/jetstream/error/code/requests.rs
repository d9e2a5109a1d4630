//! What has to do with the account, the cluster, or the request as such.

use super::ErrorCode;

codes! {
    /// JetStream is not enabled on the server.
    JETSTREAM_NOT_ENABLED = 10076,
    /// JetStream is enabled on the server, but not for this account.
    JETSTREAM_NOT_ENABLED_FOR_ACCOUNT = 10039,
    /// The server does not find the account of the request.
    NO_ACCOUNT = 10035,
    /// The account has no limits that would let it use JetStream, or none for a stream with this number of replicas.
    NO_LIMITS = 10120,
    /// The request would use more than the limits of the account allow.
    ACCOUNT_RESOURCES_EXCEEDED = 10002,
    /// The server, or each server of the cluster, has not enough left for what was asked.
    INSUFFICIENT_RESOURCES = 10023,
    /// There is not enough memory left for what was asked.
    MEMORY_RESOURCES_EXCEEDED = 10028,
    /// There is not enough room on disk left for what was asked.
    STORAGE_RESOURCES_EXCEEDED = 10047,
    /// The server could not open a temporary file for a restore.
    TEMP_STORAGE_FAILED = 10072,
    /// The stream or the account has as many consumers as it may have.
    MAXIMUM_CONSUMERS_LIMIT = 10026,
    /// The account has as many streams as it may have.
    MAXIMUM_STREAMS_LIMIT = 10027,
    /// The request is not one that the server understands.
    BAD_REQUEST = 10003,
    /// The request does not read as JSON, or not as that of this API.
    INVALID_JSON = 10025,
    /// The request has a payload where none is expected.
    NOT_EMPTY_REQUEST = 10038,
    /// The name in the request is another one than that in its subject.
    NAME_NOT_MATCH_SUBJECT = 10073,
    /// In the pedantic mode that was asked for, the server would have had to change the configuration.
    PEDANTIC = 10157,
    /// The request asks for a level of the API that the server does not have.
    REQUIRED_API_LEVEL = 10185,
    /// The number of replicas is negative.
    REPLICAS_COUNT_CANNOT_BE_NEGATIVE = 10133,
    /// What was asked is not to be had in a cluster.
    NOT_SUPPORTED_IN_CLUSTER_MODE = 10036,
    /// What was asked is to be had in a cluster only.
    CLUSTER_REQUIRED = 10010,
    /// Too few servers of the cluster answered.
    CLUSTER_INCOMPLETE = 10004,
    /// No server of the cluster is fit for the placement that was asked for; the text says why.
    CLUSTER_NO_PEERS = 10005,
    /// The server is not in clustered mode.
    CLUSTER_NOT_ACTIVE = 10006,
    /// The server has no part in the cluster's JetStream.
    CLUSTER_NOT_ASSIGNED = 10007,
    /// The cluster has no leader at the moment; try again.
    CLUSTER_NOT_AVAILABLE = 10008,
    /// The server that was asked does not lead.
    CLUSTER_NOT_LEADER = 10009,
    /// No servers have the tags that the placement asks for.
    CLUSTER_TAGS = 10011,
    /// The peer that was named does not keep this stream or consumer.
    CLUSTER_PEER_NOT_MEMBER = 10040,
    /// The server that was named is not part of the cluster.
    CLUSTER_SERVER_NOT_MEMBER = 10044,
    /// The cluster is changing its members already.
    CLUSTER_SERVER_MEMBER_CHANGE_INFLIGHT = 10202,
    /// No other server could be found for what a removed peer had kept.
    PEER_REMAP = 10075,
    /// The servers of the cluster did not agree; the text says why.
    RAFT_GENERAL = 10041,
}
