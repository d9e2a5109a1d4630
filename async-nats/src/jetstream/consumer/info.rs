//! What a server tells of a consumer.

#[cfg(feature = "server_2_11")]
use std::time::Duration;

#[cfg(feature = "server_2_11")]
use serde::de::IntoDeserializer;
use serde::Deserialize;
#[cfg(feature = "server_2_11")]
use serde::Deserializer;

use super::config::Config;
use crate::datetime::{self, DateTime};
use crate::jetstream::stream::ClusterInfo;
#[cfg(feature = "server_2_11")]
use crate::nanos;

/// A consumer as the server sees it at one moment.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct Info {
    /// The stream that it reads.
    pub stream_name: String,
    /// Its name.
    pub name: String,
    /// When it was created.
    #[serde(with = "datetime::rfc3339")]
    pub created: DateTime,
    /// What it was told, with the server's defaults filled in.
    pub config: Config,
    /// How far it has sent.
    pub delivered: SequenceInfo,
    /// Up to where everything is acknowledged.
    pub ack_floor: SequenceInfo,
    /// Messages that were sent and not acknowledged.
    pub num_ack_pending: usize,
    /// Messages among them that were sent more than once.
    pub num_redelivered: usize,
    /// Pull requests that wait.
    pub num_waiting: usize,
    /// Messages that are still to be sent.
    pub num_pending: u64,
    /// Where it lives, in a cluster.
    #[serde(default)]
    pub cluster: Option<ClusterInfo>,
    /// Whether somebody listens to what a push consumer sends.
    #[serde(default)]
    pub push_bound: bool,
    /// Whether it sends nothing for the time being.
    #[cfg(feature = "server_2_11")]
    #[serde(default)]
    pub paused: bool,
    /// For how much longer.
    #[cfg(feature = "server_2_11")]
    #[serde(default, with = "nanos::option")]
    pub pause_remaining: Option<Duration>,
    /// The state of each priority group.
    #[cfg(feature = "server_2_11")]
    #[serde(default)]
    pub priority_groups: Vec<PriorityGroupState>,
}

/// A point in a consumer's and in its stream's count of messages.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
pub struct SequenceInfo {
    /// Messages that the consumer had sent up to there, each attempt counted.
    #[serde(rename = "consumer_seq")]
    pub consumer_sequence: u64,
    /// The sequence in the stream.
    #[serde(rename = "stream_seq")]
    pub stream_sequence: u64,
    /// When it last moved.
    #[serde(default, with = "datetime::rfc3339::option")]
    pub last_active: Option<DateTime>,
}

/// The state of one priority group of a consumer.
#[cfg(feature = "server_2_11")]
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct PriorityGroupState {
    /// The group's name.
    pub group: String,
    /// The client that gets everything, when one is pinned.
    #[serde(default)]
    pub pinned_client_id: Option<String>,
    /// Since when.
    #[serde(default, deserialize_with = "moment")]
    pub pinned_ts: Option<DateTime>,
}

/// A point in time, or none: servers write the year 1 for "never".
#[cfg(feature = "server_2_11")]
fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime>, D::Error> {
    const NEVER: &str = "0001-01-01T00:00:00Z";
    let text = Option::<String>::deserialize(deserializer)?;
    match text.filter(|text| text != NEVER) {
        Some(text) => datetime::rfc3339::deserialize(text.into_deserializer()).map(Some),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPARSE: &str = concat!(
        r#"{"stream_name":"s","name":"c","created":"2024-02-29T12:00:00Z","config":{"deliver_policy":"all"},"#,
        r#""delivered":{"consumer_seq":1,"stream_seq":2},"#,
        r#""ack_floor":{"consumer_seq":0,"stream_seq":0,"last_active":"2024-02-29T12:00:00Z"},"#,
        r#""num_ack_pending":3,"num_redelivered":4,"num_waiting":5,"num_pending":6"#
    );

    #[test]
    fn a_sparse_one() {
        let info: Info = serde_json::from_str(&format!("{SPARSE}}}")).unwrap();
        assert_eq!((info.stream_name.as_str(), info.name.as_str()), ("s", "c"));
        assert_eq!(info.delivered.consumer_sequence, 1);
        assert_eq!(info.delivered.stream_sequence, 2);
        assert!(info.delivered.last_active.is_none() && info.ack_floor.last_active.is_some());
        assert_eq!(
            (
                info.num_ack_pending,
                info.num_redelivered,
                info.num_waiting,
                info.num_pending
            ),
            (3, 4, 5, 6)
        );
        assert!(info.cluster.is_none() && !info.push_bound);
    }

    #[cfg(feature = "server_2_11")]
    #[test]
    fn pauses_and_groups() {
        let json = format!(
            r#"{SPARSE},"paused":true,"pause_remaining":5,"priority_groups":[{{"group":"a"}},
            {{"group":"b","pinned_client_id":"x","pinned_ts":"2024-02-29T12:00:00Z"}},
            {{"group":"c","pinned_ts":"0001-01-01T00:00:00Z"}}]}}"#
        );
        let info: Info = serde_json::from_str(&json).unwrap();
        assert!(info.paused);
        assert_eq!(info.pause_remaining, Some(Duration::from_nanos(5)));
        let [a, b, c] = &info.priority_groups[..] else {
            panic!("{:?}", info.priority_groups)
        };
        assert!(a.pinned_client_id.is_none() && a.pinned_ts.is_none());
        assert!(b.pinned_client_id.as_deref() == Some("x") && b.pinned_ts.is_some());
        assert!(c.pinned_ts.is_none());
    }
}
