//! What a server tells of a stream.

use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::config::Config;
use super::source::SubjectTransform;
use crate::datetime::{rfc3339, DateTime};
use crate::nanos;

#[cfg(test)]
mod tests;

/// A stream as its server sees it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct Info {
    /// How it is configured.
    pub config: Config,
    /// When it was created.
    #[serde(with = "rfc3339")]
    pub created: DateTime,
    /// What is in it.
    pub state: State,
    /// On which servers it is, when there are several.
    pub cluster: Option<ClusterInfo>,
    /// How far it has come, as a mirror.
    #[serde(default)]
    pub mirror: Option<SourceInfo>,
    /// How far it has come with each of its sources.
    #[serde(default)]
    pub sources: Vec<SourceInfo>,
    #[serde(flatten)]
    paged_info: Option<PagedInfo>,
}

impl Info {
    /// How many subjects there are on all pages, when this is one of several.
    pub(crate) fn total_subjects(&self) -> Option<usize> {
        self.paged_info.as_ref().map(|page| page.total)
    }
}

/// Which part of a longer answer this is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct PagedInfo {
    // Where this page begins, and how many items a page has at the most: read, so that two pages are not equal.
    #[allow(dead_code)]
    offset: usize,
    total: usize,
    #[allow(dead_code)]
    limit: usize,
}

/// What is in a stream.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct State {
    /// How many messages.
    pub messages: u64,
    /// How many bytes.
    pub bytes: u64,
    /// The sequence of the first message.
    #[serde(rename = "first_seq")]
    pub first_sequence: u64,
    /// When the first message was stored; the year 1 when there is none.
    #[serde(rename = "first_ts", with = "rfc3339")]
    pub first_timestamp: DateTime,
    /// The sequence of the last message.
    #[serde(rename = "last_seq")]
    pub last_sequence: u64,
    /// When the last message was stored; the year 1 when there is none.
    #[serde(rename = "last_ts", with = "rfc3339")]
    pub last_timestamp: DateTime,
    /// How many consumers it has.
    pub consumer_count: usize,
    /// How many subjects its messages have.
    #[serde(default, rename = "num_subjects")]
    pub subjects_count: u64,
    /// How many messages were deleted between the first and the last one.
    #[serde(default, rename = "num_deleted")]
    pub deleted_count: Option<u64>,
    /// The sequences of those, when they were asked for.
    #[serde(default)]
    pub deleted: Option<Vec<u64>>,
    /// The subjects that were asked for, with how many messages each has.
    pub(crate) subjects: Option<HashMap<String, usize>>,
}

/// The group of servers that a stream or a consumer is on.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
pub struct ClusterInfo {
    /// The name of the cluster.
    #[serde(default)]
    pub name: Option<String>,
    /// The name of the group.
    #[serde(default)]
    pub raft_group: Option<String>,
    /// The name of the server that leads it.
    #[serde(default)]
    pub leader: Option<String>,
    /// Since when it leads.
    #[serde(default, with = "rfc3339::option")]
    pub leader_since: Option<DateTime>,
    /// Whether the servers talk to each other in the system account.
    #[cfg(feature = "server_2_12")]
    #[serde(default)]
    pub system_account: bool,
    /// The account in which they do.
    #[cfg(feature = "server_2_12")]
    #[serde(default)]
    pub traffic_account: Option<String>,
    /// The others.
    #[serde(default)]
    pub replicas: Vec<PeerInfo>,
}

/// A server that follows the leader.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
pub struct PeerInfo {
    /// Its name.
    pub name: String,
    /// Whether it has everything that the leader has.
    pub current: bool,
    /// How long ago it was heard of.
    #[serde(with = "nanos")]
    pub active: Duration,
    /// Whether it is gone.
    #[serde(default)]
    pub offline: bool,
    /// How many operations it is behind.
    pub lag: Option<u64>,
}

/// How far a stream has come with its mirror or one of its sources.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct SourceInfo {
    /// The name of the other stream.
    pub name: String,
    /// How many messages are still to come.
    pub lag: u64,
    /// How long ago the last one came; none when none has come yet.
    #[serde(deserialize_with = "never_if_negative")]
    pub active: Option<Duration>,
    /// Which subjects are taken.
    #[serde(default)]
    pub filter_subject: Option<String>,
    /// What those become.
    #[serde(default)]
    pub subject_transform_dest: Option<String>,
    /// What subjects become, when there are several ways.
    #[serde(default)]
    pub subject_transforms: Vec<SubjectTransform>,
}

/// Servers say -1 for what has not happened yet.
fn never_if_negative<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let nanos = i64::deserialize(deserializer)?;
    Ok(u64::try_from(nanos).ok().map(Duration::from_nanos))
}

/// The answer to a request that deletes a stream or a consumer.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct DeleteStatus {
    /// Whether it is gone.
    pub success: bool,
}

/// The answer to a purge.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct PurgeResponse {
    /// Whether it was done.
    pub success: bool,
    /// How many messages were deleted.
    pub purged: u64,
}
