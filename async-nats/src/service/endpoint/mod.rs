//! Endpoints: where a service's requests arrive, what is known about them, and what they have counted.

pub(super) mod builder;
mod last_error;
mod requests;

use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::requests::Endpoint;
use super::answers::or_empty;
use super::error::Error;
use crate::nanos;

/// What an endpoint is.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Info {
    /// Its name; without one given, the subject with dashes for dots.
    pub name: String,
    /// The subject that it answers.
    pub subject: String,
    /// The group in which each request is answered by one instance; empty for none.
    pub queue_group: String,
    /// What else is known about it.
    #[serde(default, deserialize_with = "or_empty")]
    pub metadata: HashMap<String, String>,
}

/// What an endpoint has counted since it began, or since [`Service::reset`](super::Service::reset).
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Stats {
    /// Its name.
    pub name: String,
    /// The subject that it answers.
    pub subject: String,
    /// Requests that were answered.
    #[serde(rename = "num_requests")]
    pub requests: usize,
    /// Requests that were answered with an error.
    #[serde(rename = "num_errors")]
    pub errors: usize,
    /// Time between taking a request and answering it, of all of them together.
    #[serde(default, with = "nanos")]
    pub processing_time: Duration,
    /// The same for one request, on average.
    #[serde(default, with = "nanos")]
    pub average_processing_time: Duration,
    /// The error that was answered last.
    #[serde(with = "last_error")]
    pub last_error: Option<Error>,
    /// What the program's [`stats_handler`](super::Config::stats_handler) added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<serde_json::Value>,
    /// The group in which each request is answered by one instance.
    pub queue_group: String,
}
