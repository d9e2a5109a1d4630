//! Codecs: keys and values that look different to the program than to the bucket.
//!
//! A key may have letters, digits and `-/_=.` only. A [`KeyCodec`] lets a program have others: [`Base64`] takes any text,
//! and [`Path`] makes keys of paths, so that watching by wildcards follows their directories. A [`ValueCodec`] changes
//! values on their way: what is compressed or encrypted there is a program's own. [`Store::with_codecs`] puts both before
//! a bucket.
//!
//! ```no_run
//! # async fn example(files: async_nats::jetstream::kv::Store) -> Result<(), async_nats::Error> {
//! use async_nats::jetstream::kv::codec::{Plain, Path};
//!
//! let files = files.with_codecs(Path, Plain);
//! files.put("/etc/hosts", "127.0.0.1 localhost".into()).await?; // _root_.etc.hosts
//! # Ok(())
//! # }
//! ```
//!
//! What is written with these codecs is read by those of the same names in other clients.

mod base64;
mod chain;
mod path;
mod store;
mod streams;

use std::fmt;

use bytes::Bytes;

pub use self::base64::Base64;
pub use self::chain::Chain;
pub use self::path::Path;
pub use self::store::{CodecStore, CodedError, CodedErrorKind};
pub use self::streams::{CodedChanges, CodedEntries, CodedKeys};
use super::Store;

/// Why something cannot be encoded or decoded.
#[derive(Debug)]
pub struct CodecError {
    text: String,
}

impl CodecError {
    /// An error with this text, which says what cannot be encoded or decoded and why.
    pub fn new(text: impl Into<String>) -> Self {
        CodecError { text: text.into() }
    }
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for CodecError {}

/// Makes keys of a bucket from what a program uses as keys.
pub trait KeyCodec {
    /// The key in the bucket. It has to be a valid one, and another one for each `key`.
    ///
    /// # Errors
    ///
    /// When there is none for it.
    fn encode(&self, key: &str) -> Result<String, CodecError>;

    /// What the program calls this key.
    ///
    /// # Errors
    ///
    /// When the key was not written with this codec.
    fn decode(&self, key: &str) -> Result<String, CodecError>;

    /// The filter in the bucket for one that may have the wildcards `*` and `>` as tokens.
    ///
    /// # Errors
    ///
    /// When the codec knows no wildcards, as one does that does not say otherwise.
    fn encode_filter(&self, filter: &str) -> Result<String, CodecError> {
        let has_wildcards = filter.split('.').any(|token| matches!(token, "*" | ">"));
        match has_wildcards {
            false => self.encode(filter),
            true if filter == ">" => Ok(filter.to_owned()),
            true => Err(CodecError::new(format!(
                "{filter:?} has wildcards, and these keys are encoded in a way that keeps none"
            ))),
        }
    }
}

/// Makes values of a bucket from those of a program.
pub trait ValueCodec {
    /// The value in the bucket.
    ///
    /// # Errors
    ///
    /// When there is none for it.
    fn encode(&self, value: Bytes) -> Result<Bytes, CodecError>;

    /// The program's value.
    ///
    /// # Errors
    ///
    /// When the value was not written with this codec.
    fn decode(&self, value: Bytes) -> Result<Bytes, CodecError>;
}

/// Keys and values as they are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain;

impl KeyCodec for Plain {
    fn encode(&self, key: &str) -> Result<String, CodecError> {
        Ok(key.to_owned())
    }

    fn decode(&self, key: &str) -> Result<String, CodecError> {
        Ok(key.to_owned())
    }

    fn encode_filter(&self, filter: &str) -> Result<String, CodecError> {
        Ok(filter.to_owned())
    }
}

impl ValueCodec for Plain {
    fn encode(&self, value: Bytes) -> Result<Bytes, CodecError> {
        Ok(value)
    }

    fn decode(&self, value: Bytes) -> Result<Bytes, CodecError> {
        Ok(value)
    }
}

impl Store {
    /// The same bucket, with codecs for its keys and its values.
    pub fn with_codecs<K: KeyCodec, V: ValueCodec>(&self, keys: K, values: V) -> CodecStore<K, V> {
        CodecStore::new(self.clone(), keys, values)
    }
}
