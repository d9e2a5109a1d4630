//! What a service says about itself.

use std::collections::HashMap;

use serde::{Deserialize, Deserializer, Serialize};

use super::endpoint;
use crate::datetime::{rfc3339, DateTime};

/// The `type` of a [`PingResponse`].
pub(super) const PING: &str = "io.nats.micro.v1.ping_response";
/// The `type` of an [`Info`].
pub(super) const INFO: &str = "io.nats.micro.v1.info_response";
/// The `type` of a [`Stats`].
pub(super) const STATS: &str = "io.nats.micro.v1.stats_response";

/// The answer to a ping: who is there.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PingResponse {
    /// What kind of answer this is: `io.nats.micro.v1.ping_response`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name of the service.
    pub name: String,
    /// The id of this instance.
    pub id: String,
    /// The version of the service.
    pub version: String,
    /// What else is known about the service.
    #[serde(default, deserialize_with = "or_empty")]
    pub metadata: HashMap<String, String>,
}

/// What a service is and what it offers.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Info {
    /// What kind of answer this is: `io.nats.micro.v1.info_response`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name of the service.
    pub name: String,
    /// The id of this instance.
    pub id: String,
    /// What it is for.
    pub description: String,
    /// The version of the service.
    pub version: String,
    /// What else is known about the service.
    #[serde(default, deserialize_with = "or_empty")]
    pub metadata: HashMap<String, String>,
    /// Its endpoints, in the order in which they were added.
    pub endpoints: Vec<endpoint::Info>,
}

/// How a service fares.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Stats {
    /// What kind of answer this is: `io.nats.micro.v1.stats_response`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name of the service.
    pub name: String,
    /// The id of this instance.
    pub id: String,
    /// The version of the service.
    pub version: String,
    /// When this instance began.
    #[serde(with = "rfc3339")]
    pub started: DateTime,
    /// The stats of its endpoints, in the order in which they were added.
    pub endpoints: Vec<endpoint::Stats>,
}

/// Services of other clients write `null` for no metadata.
pub(super) fn or_empty<'de, D>(deserializer: D) -> Result<HashMap<String, String>, D::Error>
where
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_may_be_null_or_absent() {
        for metadata in [r#","metadata":null"#, "", r#","metadata":{}"#] {
            let text = format!(r#"{{"type":"{PING}","name":"a","id":"i","version":"1.0.0"{metadata}}}"#);
            let ping: PingResponse = serde_json::from_str(&text).expect("an answer to a ping");
            assert_eq!((ping.kind.as_str(), ping.metadata.len()), (PING, 0));
        }
    }

    #[test]
    fn the_beginning_is_written_as_rfc_3339() {
        let text = format!(
            r#"{{"type":"{STATS}","name":"a","id":"i","version":"1.0.0","started":"2026-01-02T03:04:05.678Z","endpoints":[]}}"#
        );
        let stats: Stats = serde_json::from_str(&text).expect("an answer with stats");
        assert_eq!(serde_json::to_string(&stats).expect("plain data"), text);
    }
}
