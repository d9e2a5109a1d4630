//! What a service is made from.

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::endpoint;

/// What a [`Service`](super::Service) is made from; see [`ServiceExt::add_service`](super::ServiceExt::add_service).
///
/// ```
/// let config = async_nats::service::Config {
///     name: "orders".to_owned(),
///     version: "1.2.0".to_owned(),
///     description: None,
///     stats_handler: None,
///     metadata: None,
///     queue_group: None,
/// };
/// ```
#[derive(Debug, Deserialize, Serialize)]
pub struct Config {
    /// The name that all instances of the service share: letters, digits, `-` and `_`.
    pub name: String,
    /// What it is for, for people to read.
    pub description: Option<String>,
    /// A semantic version, such as `1.0.0`.
    pub version: String,
    /// Adds data of the program's own to the stats of each endpoint, when they are asked for.
    #[serde(skip)]
    pub stats_handler: Option<StatsHandler>,
    /// Anything else that is to be known about the service.
    pub metadata: Option<HashMap<String, String>>,
    /// The queue group of all endpoints that name no other: `q`, when this is `None`.
    pub queue_group: Option<String>,
}

/// A function that makes data from an endpoint's name and its stats.
pub struct StatsHandler(pub Box<dyn FnMut(String, endpoint::Stats) -> serde_json::Value + Send>);

impl fmt::Debug for StatsHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stats handler")
    }
}
