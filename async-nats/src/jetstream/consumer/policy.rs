//! The choices of a consumer: where it begins, how messages are acknowledged, how fast they come, who gets them.

use serde::{Deserialize, Serialize};

use crate::datetime::{self, DateTime};

/// Where in the stream a consumer begins.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "deliver_policy", rename_all = "snake_case")]
pub enum DeliverPolicy {
    /// With the first message that the stream has.
    #[default]
    All,
    /// With the last message that the stream has, or the last one that matches the filter.
    Last,
    /// With what is published from now on.
    New,
    /// With a sequence of the stream.
    ByStartSequence {
        /// The sequence of the first message.
        #[serde(rename = "opt_start_seq")]
        start_sequence: u64,
    },
    /// With the first message that was stored at a time or later.
    ByStartTime {
        /// The time.
        #[serde(rename = "opt_start_time", with = "datetime::rfc3339")]
        start_time: DateTime,
    },
    /// With the last message of each subject.
    LastPerSubject,
}

/// Which messages are to be acknowledged.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[repr(u8)]
#[serde(rename_all = "snake_case")]
pub enum AckPolicy {
    /// Each one by itself.
    #[default]
    Explicit = 2,
    /// None: what was sent counts as delivered.
    None = 0,
    /// The acknowledgement of one message is that of all before it.
    All = 1,
    /// The answers to flow control acknowledge what was sent before them.
    #[cfg(feature = "server_2_14")]
    FlowControl = 3,
}

/// How fast a consumer sends what is in the stream already.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[repr(u8)]
#[serde(rename_all = "snake_case")]
pub enum ReplayPolicy {
    /// As fast as it can be read.
    #[default]
    Instant = 0,
    /// With the pauses that lay between the messages when they were stored.
    Original = 1,
}

/// How a consumer shares its messages among clients that pull in priority groups.
#[cfg(feature = "server_2_11")]
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PriorityPolicy {
    /// A request is served when as much is pending, or unacknowledged, as it asks for.
    Overflow,
    /// One client gets everything; another takes its place when it is gone.
    PinnedClient,
    /// The requests of the highest priority (the lowest number) are served first.
    #[cfg(feature = "server_2_12")]
    Prioritized,
    /// There are no groups.
    #[default]
    None,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip<T>(value: T, json: &str)
    where
        T: Serialize + for<'de> Deserialize<'de> + PartialEq + std::fmt::Debug,
    {
        assert_eq!(serde_json::to_string(&value).unwrap(), json);
        assert_eq!(serde_json::from_str::<T>(json).unwrap(), value);
    }

    #[test]
    fn deliver_policies() {
        round_trip(DeliverPolicy::All, r#"{"deliver_policy":"all"}"#);
        round_trip(DeliverPolicy::Last, r#"{"deliver_policy":"last"}"#);
        round_trip(DeliverPolicy::New, r#"{"deliver_policy":"new"}"#);
        round_trip(
            DeliverPolicy::LastPerSubject,
            r#"{"deliver_policy":"last_per_subject"}"#,
        );
        round_trip(
            DeliverPolicy::ByStartSequence { start_sequence: 7 },
            r#"{"deliver_policy":"by_start_sequence","opt_start_seq":7}"#,
        );
        let json = r#"{"deliver_policy":"by_start_time","opt_start_time":"2024-02-29T12:00:00Z"}"#;
        let policy: DeliverPolicy = serde_json::from_str(json).unwrap();
        round_trip(policy, json);
    }

    #[test]
    fn other_policies() {
        round_trip(AckPolicy::Explicit, r#""explicit""#);
        round_trip(AckPolicy::None, r#""none""#);
        round_trip(AckPolicy::All, r#""all""#);
        #[cfg(feature = "server_2_14")]
        round_trip(AckPolicy::FlowControl, r#""flow_control""#);
        round_trip(ReplayPolicy::Instant, r#""instant""#);
        round_trip(ReplayPolicy::Original, r#""original""#);
    }

    #[cfg(feature = "server_2_11")]
    #[test]
    fn priority_policies() {
        round_trip(PriorityPolicy::None, r#""none""#);
        round_trip(PriorityPolicy::Overflow, r#""overflow""#);
        round_trip(PriorityPolicy::PinnedClient, r#""pinned_client""#);
        #[cfg(feature = "server_2_12")]
        round_trip(PriorityPolicy::Prioritized, r#""prioritized""#);
    }
}
