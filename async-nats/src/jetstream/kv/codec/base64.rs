//! Keys and values of any content.

use bytes::Bytes;

use super::{CodecError, KeyCodec, ValueCodec};
use crate::base64::Base64 as Encoding;

/// Each token of a key, and a whole value, as base64url without padding.
///
/// ```
/// use async_nats::jetstream::kv::codec::{Base64, KeyCodec};
///
/// assert_eq!(Base64.encode("Acme Inc.contact").unwrap(), "QWNtZSBJbmM.Y29udGFjdA");
/// assert_eq!(Base64.encode_filter("Acme Inc.*").unwrap(), "QWNtZSBJbmM.*");
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Base64;

impl KeyCodec for Base64 {
    fn encode(&self, key: &str) -> Result<String, CodecError> {
        each_token(key, |token| Ok(Encoding::Url.encode(token.as_bytes())))
    }

    fn decode(&self, key: &str) -> Result<String, CodecError> {
        each_token(key, |token| {
            let bytes = Encoding::Url.decode(token.as_bytes()).ok();
            bytes
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .ok_or_else(|| CodecError::new(format!("the key {key:?} is not Base64 of text")))
        })
    }

    fn encode_filter(&self, filter: &str) -> Result<String, CodecError> {
        each_token(filter, |token| match token {
            "*" | ">" => Ok(token.to_owned()),
            _ => Ok(Encoding::Url.encode(token.as_bytes())),
        })
    }
}

impl ValueCodec for Base64 {
    fn encode(&self, value: Bytes) -> Result<Bytes, CodecError> {
        Ok(Encoding::Url.encode(&value).into())
    }

    fn decode(&self, value: Bytes) -> Result<Bytes, CodecError> {
        match Encoding::Url.decode(&value) {
            Ok(bytes) => Ok(bytes.into()),
            Err(_) => Err(CodecError::new("the value is not Base64")),
        }
    }
}

fn each_token(key: &str, mut make: impl FnMut(&str) -> Result<String, CodecError>) -> Result<String, CodecError> {
    let mut made = String::with_capacity(key.len() * 2);
    for (index, token) in key.split('.').enumerate() {
        if index > 0 {
            made.push('.');
        }
        made.push_str(&make(token)?);
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_of_any_content_come_back() {
        for key in ["a", "Acme Inc.contact", "ä/ö.*", "\r\n.x"] {
            let encoded = KeyCodec::encode(&Base64, key).unwrap();
            assert_eq!(KeyCodec::decode(&Base64, &encoded).unwrap(), key);
        }
        let value = Bytes::from_static(b"\0\xff any");
        let encoded = ValueCodec::encode(&Base64, value.clone()).unwrap();
        assert_eq!(ValueCodec::decode(&Base64, encoded).unwrap(), value);
    }

    #[test]
    fn what_another_wrote_is_refused() {
        assert!(KeyCodec::decode(&Base64, "not base64!").is_err());
        assert!(KeyCodec::decode(&Base64, "_w").is_err(), "not text");
        assert!(ValueCodec::decode(&Base64, "?".into()).is_err());
    }
}
