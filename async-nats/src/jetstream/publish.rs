//! What a stream answers a published message with.

mod scan;

use serde::Deserialize;

pub(super) use self::scan::scan;

/// A stream has stored a message, or had stored it before.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
pub struct PublishAck {
    /// The stream that has the message.
    pub stream: String,
    /// The sequence of the message in the stream.
    #[serde(rename = "seq")]
    pub sequence: u64,
    /// The JetStream domain of the stream; empty when it has none.
    #[serde(default)]
    pub domain: String,
    /// The stream had a message with this id, and did not store this one.
    #[serde(default)]
    pub duplicate: bool,
    /// The value of the counter that the message changed, when the stream counts.
    #[serde(default, rename = "val")]
    pub value: Option<String>,
    /// The id of the batch that the message ended.
    #[cfg(feature = "server_2_14")]
    #[serde(default, rename = "batch")]
    pub batch_id: Option<String>,
    /// How many messages the batch had.
    #[cfg(feature = "server_2_14")]
    #[serde(default, rename = "count")]
    pub batch_size: Option<u64>,
}
