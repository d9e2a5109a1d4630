//! What a bucket is made from.

use std::time::Duration;

use crate::jetstream::stream::{Placement, Republish, Source, StorageType};

/// What a bucket is made from; see [`Context::create_key_value`](crate::jetstream::Context::create_key_value).
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Its name: letters, digits, `-` and `_`.
    pub bucket: String,
    /// What it is for.
    pub description: String,
    /// Bytes that a value may have; 0 or less for no limit.
    pub max_value_size: i32,
    /// Values that are kept for each key: 1 to 64, and 0 for 1.
    pub history: i64,
    /// How long a value is kept; zero for ever.
    pub max_age: Duration,
    /// Bytes that the whole bucket may have; 0 or less for no limit.
    pub max_bytes: i64,
    /// Where it is kept.
    pub storage: StorageType,
    /// How many servers of the cluster keep it; 0 for one.
    pub num_replicas: usize,
    /// Where changes are published again.
    pub republish: Option<Republish>,
    /// The bucket that this one is a copy of; its own writes go to that one.
    pub mirror: Option<Source>,
    /// Buckets whose changes come into this one as well.
    pub sources: Option<Vec<Source>>,
    /// Whether the mirror answers reads as well.
    pub mirror_direct: bool,
    /// Whether the server compresses what it keeps.
    #[cfg(feature = "server_2_10")]
    pub compression: bool,
    /// Which servers keep it.
    pub placement: Option<Placement>,
    /// How long the marker stays that tells watchers of a value that its age or a limit took away; without it there are
    /// no such markers. Values may have a time to live of their own only with it.
    #[cfg(feature = "server_2_11")]
    pub limit_markers: Option<Duration>,
}
