//! What reading a message gives: the whole message, or its payload alone.

use bytes::Bytes;

/// The message is wanted with its headers, as a [`StreamMessage`](crate::jetstream::message::StreamMessage).
#[derive(Debug)]
pub struct WithHeaders;

/// Only the payload is wanted, as a [`StreamValue`].
#[derive(Debug)]
pub struct WithoutHeaders;

/// The payload of a message.
#[derive(Clone, Debug)]
pub struct StreamValue {
    /// The payload.
    pub data: Bytes,
}
