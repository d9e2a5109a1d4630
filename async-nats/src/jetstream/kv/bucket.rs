//! The state of a bucket.

use std::time::Duration;

use crate::jetstream::stream::Info;

/// The state of a bucket; see [`Store::status`](super::Store::status).
#[derive(Debug)]
pub struct Status {
    /// The state of the stream behind it.
    pub info: Info,
    /// The name of the bucket.
    pub bucket: String,
}

impl Status {
    /// The name of the bucket.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// How many values are kept, of all keys; those that say that a key was deleted count as well.
    pub fn values(&self) -> u64 {
        self.info.state.messages
    }

    /// How many values of a key are kept.
    pub fn history(&self) -> i64 {
        self.info.config.max_messages_per_subject
    }

    /// How long a value is kept; zero for ever.
    pub fn max_age(&self) -> Duration {
        self.info.config.max_age
    }

    /// How many bytes the bucket takes.
    pub fn bytes(&self) -> u64 {
        self.info.state.bytes
    }
}
