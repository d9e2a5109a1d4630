//! What a store is made from.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::jetstream::stream::{Placement, StorageType};
use crate::nanos;

/// What a store is made from; see [`Context::create_object_store`](crate::jetstream::Context::create_object_store).
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Config {
    /// Its name: letters, digits, `-` and `_`.
    pub bucket: String,
    /// What it is for.
    pub description: Option<String>,
    /// How long an object is kept; zero for ever.
    #[serde(default, with = "nanos")]
    pub max_age: Duration,
    /// Bytes that the whole store may have; 0 or less for no limit.
    pub max_bytes: i64,
    /// Where it is kept.
    pub storage: StorageType,
    /// How many servers of the cluster keep it; 0 for one.
    pub num_replicas: usize,
    /// Whether the server compresses what it keeps.
    pub compression: bool,
    /// Which servers keep it.
    pub placement: Option<Placement>,
}
