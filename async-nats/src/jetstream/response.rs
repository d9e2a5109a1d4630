//! What a server answers a JetStream request with: what was asked for, or an error.

use serde::Deserialize;

use super::Error;

/// An answer of the JetStream API.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Response<T> {
    /// The request was refused.
    Err {
        /// Why.
        error: Error,
    },
    /// What was asked for.
    Ok(T),
}
