//! [`Config`]: everything that can be chosen about a stream.
//!
//! Its JSON is that of the API. What is left at its default is either not sent, or sent as the value that the server
//! takes for its own default.

#[cfg(feature = "server_2_10")]
use std::collections::HashMap;
use std::time::Duration;

#[cfg(feature = "server_2_10")]
use serde::Deserializer;
use serde::{Deserialize, Serialize};

use super::absent::is_default;
#[cfg(feature = "server_2_10")]
use super::policy::Compression;
use super::policy::{DiscardPolicy, PersistenceMode, RetentionPolicy, StorageType};
use super::source::Source;
#[cfg(feature = "server_2_10")]
use super::source::SubjectTransform;
#[cfg(feature = "server_2_11")]
use crate::datetime::{rfc3339, DateTime};
use crate::nanos;

#[cfg(test)]
mod tests;

/// What a stream is, and is to do.
///
/// ```
/// use std::time::Duration;
///
/// use async_nats::jetstream::stream::Config;
///
/// let config = Config {
///     name: "events".to_owned(),
///     subjects: vec!["events.>".to_owned()],
///     max_age: Duration::from_secs(60 * 60 * 24),
///     ..Default::default()
/// };
/// ```
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Config {
    /// The name: without dots, white space, wildcards and path separators.
    pub name: String,
    /// How many bytes it keeps; 0 and -1 mean no limit.
    #[serde(default)]
    pub max_bytes: i64,
    /// How many messages it keeps; 0 and -1 mean no limit.
    #[serde(default, rename = "max_msgs")]
    pub max_messages: i64,
    /// How many messages it keeps for each subject; 0 and -1 mean no limit.
    #[serde(default, rename = "max_msgs_per_subject")]
    pub max_messages_per_subject: i64,
    /// What happens when a limit is reached.
    pub discard: DiscardPolicy,
    /// With [`DiscardPolicy::New`], refuses messages also at the limit for each subject.
    #[serde(default, skip_serializing_if = "is_default")]
    pub discard_new_per_subject: bool,
    /// Which subjects it listens on; they may have wildcards. None means the stream's name, or nothing for a mirror.
    #[serde(default, skip_serializing_if = "is_default")]
    pub subjects: Vec<String>,
    /// How long messages are kept.
    pub retention: RetentionPolicy,
    /// How many consumers it may have; 0 and -1 mean no limit.
    #[serde(default)]
    pub max_consumers: i32,
    /// The age at which messages are deleted; zero means never.
    #[serde(default, with = "nanos")]
    pub max_age: Duration,
    /// How many bytes one message may have; 0 and -1 mean no limit beyond the server's.
    #[serde(default, rename = "max_msg_size", skip_serializing_if = "is_default")]
    pub max_message_size: i32,
    /// Where messages are kept.
    pub storage: StorageType,
    /// On how many servers of a cluster it is kept: up to 5, and 0 means 1.
    pub num_replicas: usize,
    /// Does not acknowledge what is published to it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub no_ack: bool,
    /// For how long it remembers the ids of messages, to recognize those that are sent again; zero means the server's
    /// default, which is two minutes.
    #[serde(default, skip_serializing_if = "is_default", with = "nanos")]
    pub duplicate_window: Duration,
    /// The template that made it; servers have none any more.
    #[serde(default, skip_serializing_if = "is_default")]
    pub template_owner: String,
    /// Takes no messages and deletes none, for ever.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sealed: bool,
    /// Words about it, up to 4 KiB.
    #[serde(default, skip_serializing_if = "is_default")]
    pub description: Option<String>,
    /// Lets a message with the header `Nats-Rollup` replace those before it.
    #[serde(default, rename = "allow_rollup_hdrs", skip_serializing_if = "is_default")]
    pub allow_rollup: bool,
    /// Refuses to delete single messages. Cannot be taken back.
    #[serde(default, skip_serializing_if = "is_default")]
    pub deny_delete: bool,
    /// Refuses to purge. Cannot be taken back.
    #[serde(default, skip_serializing_if = "is_default")]
    pub deny_purge: bool,
    /// Publishes each message again once it is stored.
    #[serde(default, skip_serializing_if = "is_default")]
    pub republish: Option<Republish>,
    /// Lets messages be read directly, from any replica.
    #[serde(default, skip_serializing_if = "is_default")]
    pub allow_direct: bool,
    /// Lets a mirror answer those who read directly from the stream that it mirrors.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mirror_direct: bool,
    /// The stream that it is a copy of.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mirror: Option<Source>,
    /// Streams whose messages it takes too.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sources: Option<Vec<Source>>,
    /// Names and values that are kept with it.
    #[cfg(feature = "server_2_10")]
    #[serde(default, skip_serializing_if = "is_default")]
    pub metadata: HashMap<String, String>,
    /// How the subjects of messages that are published to it change.
    #[cfg(feature = "server_2_10")]
    #[serde(default, skip_serializing_if = "is_default")]
    pub subject_transform: Option<SubjectTransform>,
    /// How its files are compressed.
    #[cfg(feature = "server_2_10")]
    #[serde(default, skip_serializing_if = "is_default")]
    pub compression: Option<Compression>,
    /// Limits and defaults of its consumers.
    #[cfg(feature = "server_2_10")]
    #[serde(default, deserialize_with = "limits_that_limit")]
    pub consumer_limits: Option<ConsumerLimits>,
    /// The sequence of its first message, if not 1.
    #[cfg(feature = "server_2_10")]
    #[serde(default, rename = "first_seq", skip_serializing_if = "is_default")]
    pub first_sequence: Option<u64>,
    /// On which servers of a cluster it is to be.
    #[serde(default, skip_serializing_if = "is_default")]
    pub placement: Option<Placement>,
    /// When messages are safe in its files.
    #[serde(default, skip_serializing_if = "is_default")]
    pub persist_mode: Option<PersistenceMode>,
    /// Not used by servers: it is consumers that can pause.
    #[cfg(feature = "server_2_11")]
    #[serde(default, skip_serializing_if = "is_default", with = "rfc3339::option")]
    pub pause_until: Option<DateTime>,
    /// Lets single messages have an age at which they are deleted.
    #[cfg(feature = "server_2_11")]
    #[serde(default, rename = "allow_msg_ttl", skip_serializing_if = "is_default")]
    pub allow_message_ttl: bool,
    /// Puts a marker where the last message of a subject grew too old, and keeps the marker for this long.
    #[cfg(feature = "server_2_11")]
    #[serde(default, skip_serializing_if = "is_default", with = "nanos::option")]
    pub subject_delete_marker_ttl: Option<Duration>,
    /// Lets several messages be published as one, all or none.
    #[cfg(feature = "server_2_12")]
    #[serde(default, rename = "allow_atomic", skip_serializing_if = "is_default")]
    pub allow_atomic_publish: bool,
    /// Lets messages say when they are to be published.
    #[cfg(feature = "server_2_12")]
    #[serde(default, rename = "allow_msg_schedules", skip_serializing_if = "is_default")]
    pub allow_message_schedules: bool,
    /// Makes of each subject a counter, to which messages add.
    #[cfg(feature = "server_2_12")]
    #[serde(default, rename = "allow_msg_counter", skip_serializing_if = "is_default")]
    pub allow_message_counter: bool,
    /// Lets many messages be published with an acknowledgement for all of them.
    #[cfg(feature = "server_2_14")]
    #[serde(default, rename = "allow_batched", skip_serializing_if = "is_default")]
    pub allow_batch_publish: bool,
}

impl From<&Config> for Config {
    fn from(config: &Config) -> Config {
        config.clone()
    }
}

/// A stream of this name, with defaults.
impl From<&str> for Config {
    fn from(name: &str) -> Config {
        Config {
            name: name.to_owned(),
            ..Default::default()
        }
    }
}

/// Servers answer with limits of zero where none were set.
#[cfg(feature = "server_2_10")]
fn limits_that_limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ConsumerLimits>, D::Error> {
    let limits = Option::<ConsumerLimits>::deserialize(deserializer)?;
    Ok(limits.filter(|limits| !is_default(limits)))
}

/// What the consumers of a stream may have, and have when they say nothing.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct ConsumerLimits {
    /// How long a consumer may be without readers before it is deleted; zero means no limit.
    #[serde(default, with = "nanos")]
    pub inactive_threshold: Duration,
    /// How many messages may wait for an acknowledgement; 0 means no limit.
    #[serde(default)]
    pub max_ack_pending: i64,
}

/// What a stream publishes again, and to which subject.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Republish {
    /// What a subject must match; it may have wildcards.
    #[serde(rename = "src")]
    pub source: String,
    /// What it becomes; see [`SubjectTransform`](super::SubjectTransform).
    #[serde(rename = "dest")]
    pub destination: String,
    /// Leaves the payload out; its size is in the header `Nats-Msg-Size`.
    #[serde(default)]
    pub headers_only: bool,
}

/// On which servers a stream is to be.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Placement {
    /// The name of the cluster.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cluster: Option<String>,
    /// Tags that the servers must all have.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tags: Vec<String>,
}
