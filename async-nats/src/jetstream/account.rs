//! What an account may use of JetStream, and what it uses.
//!
//! Numbers that a server does not send are zero, limits that it does not send are none: with tiers, the limits of the
//! account stand in the tiers alone, and servers differ in what they leave out.

use std::collections::HashMap;

use serde::{Deserialize, Deserializer, Serialize};

/// What an account may use of JetStream, and what it uses: the answer to
/// [`query_account`](super::Context::query_account).
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
pub struct Account {
    /// Bytes in use by streams in memory.
    #[serde(default)]
    pub memory: u64,
    /// Bytes in use by streams on disk.
    #[serde(default)]
    pub storage: u64,
    /// Bytes that are set aside for streams in memory.
    #[serde(default)]
    pub reserved_memory: u64,
    /// Bytes that are set aside for streams on disk.
    #[serde(default)]
    pub reserved_storage: u64,
    /// Streams that there are.
    #[serde(default)]
    pub streams: usize,
    /// Consumers that there are.
    #[serde(default)]
    pub consumers: usize,
    /// The JetStream domain of the server.
    #[serde(default)]
    pub domain: Option<String>,
    /// What the account may use. With tiers, see those.
    #[serde(default)]
    pub limits: Limits,
    /// Requests of the API.
    #[serde(default, rename = "api")]
    pub requests: Requests,
    /// What each tier has, such as `R1` and `R3`, when the account has tiers.
    #[serde(default)]
    pub tiers: HashMap<String, Tier>,
}

/// What one tier of an account may use, and what it uses. A tier is for streams with a number of replicas.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
pub struct Tier {
    /// Bytes in use by streams in memory.
    #[serde(default)]
    pub memory: u64,
    /// Bytes in use by streams on disk.
    #[serde(default)]
    pub storage: u64,
    /// Bytes that are set aside for streams in memory.
    #[serde(default)]
    pub reserved_memory: u64,
    /// Bytes that are set aside for streams on disk.
    #[serde(default)]
    pub reserved_storage: u64,
    /// Streams that there are.
    #[serde(default)]
    pub streams: usize,
    /// Consumers that there are.
    #[serde(default)]
    pub consumers: usize,
    /// What the tier may use.
    #[serde(default)]
    pub limits: Limits,
    /// Requests of the API. Servers count them for the account: here it is zero.
    #[serde(default, rename = "api")]
    pub requests: Requests,
}

/// What may be used. None is no limit.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
pub struct Limits {
    /// Bytes of all streams in memory.
    #[serde(default, deserialize_with = "limit")]
    pub max_memory: Option<i64>,
    /// Bytes of all streams on disk.
    #[serde(default, deserialize_with = "limit")]
    pub max_storage: Option<i64>,
    /// Streams.
    #[serde(default, deserialize_with = "limit")]
    pub max_streams: Option<i64>,
    /// Consumers.
    #[serde(default, deserialize_with = "limit")]
    pub max_consumers: Option<i64>,
    /// Whether each stream must have a limit in bytes.
    #[serde(default)]
    pub max_bytes_required: bool,
    /// Messages that one consumer may have delivered without an ack; -1 is no limit.
    #[serde(default)]
    pub max_ack_pending: i64,
    /// Bytes of one stream in memory.
    #[serde(default, deserialize_with = "limit")]
    pub memory_max_stream_bytes: Option<i64>,
    /// Bytes of one stream on disk. Here -1 is no limit too.
    #[serde(default)]
    pub storage_max_stream_bytes: Option<i64>,
}

/// Requests of the JetStream API that an account has made.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Requests {
    /// All of them.
    #[serde(default)]
    pub total: u64,
    /// Those that were answered with an error.
    #[serde(default)]
    pub errors: u64,
    /// The level of the API that the server has.
    #[cfg(feature = "server_2_11")]
    #[serde(default)]
    pub level: usize,
    /// Those that are being worked on.
    #[cfg(feature = "server_2_11")]
    #[serde(default)]
    pub inflight: u64,
}

/// Servers send -1, or nothing, for what has no limit.
fn limit<'de, D>(deserializer: D) -> Result<Option<i64>, D::Error>
where
    D: Deserializer<'de>,
{
    let limit = Option::<i64>::deserialize(deserializer)?;
    Ok(limit.filter(|limit| *limit >= 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_with_limits() {
        let account: Account = serde_json::from_str(
            r#"{
                "type": "io.nats.jetstream.api.v1.account_info_response",
                "memory": 1, "storage": 2, "reserved_memory": 3, "reserved_storage": 4, "streams": 5, "consumers": 6,
                "limits": {
                    "max_memory": 7, "max_storage": -1, "max_streams": 0, "max_consumers": 10, "max_ack_pending": -1,
                    "memory_max_stream_bytes": -1, "storage_max_stream_bytes": -1, "max_bytes_required": true
                },
                "domain": "hub",
                "api": {"level": 3, "total": 13, "errors": 14, "inflight": 15}
            }"#,
        )
        .expect("what servers send");
        assert_eq!((account.memory, account.storage), (1, 2));
        assert_eq!((account.reserved_memory, account.reserved_storage), (3, 4));
        assert_eq!((account.streams, account.consumers), (5, 6));
        assert_eq!(account.domain.as_deref(), Some("hub"));
        let limits = account.limits;
        assert_eq!((limits.max_memory, limits.max_storage), (Some(7), None));
        assert_eq!((limits.max_streams, limits.max_consumers), (Some(0), Some(10)));
        assert_eq!((limits.max_ack_pending, limits.max_bytes_required), (-1, true));
        assert_eq!(limits.memory_max_stream_bytes, None);
        assert_eq!(limits.storage_max_stream_bytes, Some(-1));
        assert_eq!((account.requests.total, account.requests.errors), (13, 14));
        #[cfg(feature = "server_2_11")]
        assert_eq!((account.requests.level, account.requests.inflight), (3, 15));
        assert!(account.tiers.is_empty());
    }

    #[test]
    fn an_account_with_tiers_leaves_things_out() {
        let account: Account = serde_json::from_str(
            r#"{
                "memory": 0, "storage": 100, "streams": 1, "consumers": 0,
                "limits": {},
                "api": {"total": 1, "errors": 0},
                "tiers": {
                    "R3": {"memory": 0, "storage": 100, "streams": 1, "consumers": 0, "limits": {"max_storage": 1000}},
                    "R1": {
                        "memory": 0, "storage": 0, "streams": 0, "consumers": 0, "limits": {"max_storage": -1},
                        "api": {"total": 5, "errors": 1}
                    }
                }
            }"#,
        )
        .expect("what servers with tiers send");
        assert_eq!(account.limits, Limits::default());
        assert_eq!(account.tiers["R3"].limits.max_storage, Some(1000));
        assert_eq!(account.tiers["R3"].requests, Requests::default());
        assert_eq!(account.tiers["R1"].limits.max_storage, None);
        assert_eq!(account.tiers["R1"].requests.total, 5);
    }

    #[test]
    fn requests_are_written_as_they_are_read() {
        let requests = Requests {
            total: 3,
            errors: 1,
            ..Requests::default()
        };
        let json = serde_json::to_string(&requests).expect("numbers");
        assert_eq!(serde_json::from_str::<Requests>(&json).expect("numbers"), requests);
        assert!(serde_json::from_str::<Account>(r#"{"memory": "many"}"#).is_err());
    }
}
