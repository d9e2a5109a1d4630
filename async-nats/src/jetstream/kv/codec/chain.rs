//! One codec after the other.

use bytes::Bytes;

use super::{CodecError, KeyCodec, ValueCodec};

/// The first codec, and then the second one; the other way round when reading.
///
/// ```
/// use async_nats::jetstream::kv::codec::{Base64, Chain, KeyCodec, Path};
///
/// let keys = Chain(Path, Base64);
/// assert_eq!(keys.decode(&keys.encode("/any thing").unwrap()).unwrap(), "/any thing");
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Chain<A, B>(pub A, pub B);

impl<A: KeyCodec, B: KeyCodec> KeyCodec for Chain<A, B> {
    fn encode(&self, key: &str) -> Result<String, CodecError> {
        self.1.encode(&self.0.encode(key)?)
    }

    fn decode(&self, key: &str) -> Result<String, CodecError> {
        self.0.decode(&self.1.decode(key)?)
    }

    fn encode_filter(&self, filter: &str) -> Result<String, CodecError> {
        self.1.encode_filter(&self.0.encode_filter(filter)?)
    }
}

impl<A: ValueCodec, B: ValueCodec> ValueCodec for Chain<A, B> {
    fn encode(&self, value: Bytes) -> Result<Bytes, CodecError> {
        self.1.encode(self.0.encode(value)?)
    }

    fn decode(&self, value: Bytes) -> Result<Bytes, CodecError> {
        self.0.decode(self.1.decode(value)?)
    }
}
