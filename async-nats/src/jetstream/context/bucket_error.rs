//! The errors of what a [`Context`](super::Context) does with key-value buckets and object stores as a whole: making,
//! opening, changing and deleting them. They are found here because the methods are a context's.

use std::fmt;

use crate::error::Error;

/// Why a key-value bucket or an object store was not made.
#[cfg(feature = "kv")]
pub type CreateKeyValueError = Error<CreateKeyValueErrorKind>;

/// The kinds of `CreateKeyValueError` and `CreateObjectStoreError`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CreateKeyValueErrorKind {
    /// The name has characters other than letters, digits, `-` and `_`.
    InvalidStoreName,
    /// More revisions of a key were asked for than a bucket keeps: 64.
    TooLongHistory,
    /// The server could not be asked, or refused; the cause says why.
    JetStream,
    /// The stream behind the bucket was not made; the cause says why.
    BucketCreate,
    /// No answer came within the time-out.
    TimedOut,
    /// The server is too old for markers of what its limits removed.
    LimitMarkersNotSupported,
}

impl fmt::Display for CreateKeyValueErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidStoreName => "invalid Key Value Store name",
            Self::TooLongHistory => "too long history",
            Self::JetStream => "JetStream error",
            Self::BucketCreate => "bucket creation failed",
            Self::TimedOut => "timed out",
            Self::LimitMarkersNotSupported => "limit markers not supported",
        })
    }
}

/// Why the configuration of a key-value bucket was not changed.
#[cfg(feature = "kv")]
pub type UpdateKeyValueError = Error<UpdateKeyValueErrorKind>;

/// The kinds of [`UpdateKeyValueError`].
#[cfg(feature = "kv")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum UpdateKeyValueErrorKind {
    /// The name has characters other than letters, digits, `-` and `_`.
    InvalidStoreName,
    /// More revisions of a key were asked for than a bucket keeps: 64.
    TooLongHistory,
    /// The server could not be asked, or refused; the cause says why.
    JetStream,
    /// The stream behind the bucket was not changed; the cause says why.
    BucketUpdate,
    /// No answer came within the time-out.
    TimedOut,
    /// The server is too old for markers of what its limits removed.
    LimitMarkersNotSupported,
    /// There is no such bucket.
    NotFound,
}

#[cfg(feature = "kv")]
impl fmt::Display for UpdateKeyValueErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidStoreName => "invalid Key Value Store name",
            Self::TooLongHistory => "too long history",
            Self::JetStream => "JetStream error",
            Self::BucketUpdate => "bucket creation failed",
            Self::TimedOut => "timed out",
            Self::LimitMarkersNotSupported => "limit markers not supported",
            Self::NotFound => "bucket does not exist",
        })
    }
}

/// Why a key-value bucket was not opened or deleted.
#[cfg(feature = "kv")]
pub type KeyValueError = Error<KeyValueErrorKind>;

/// The kinds of [`KeyValueError`].
#[cfg(feature = "kv")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KeyValueErrorKind {
    /// The name has characters other than letters, digits, `-` and `_`.
    InvalidStoreName,
    /// There is no such bucket, or it could not be asked for; the cause says which.
    GetBucket,
    /// The server could not be asked, or refused, or the stream is no bucket; the cause says why.
    JetStream,
}

#[cfg(feature = "kv")]
impl fmt::Display for KeyValueErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidStoreName => "invalid Key Value Store name",
            Self::GetBucket => "failed to get the bucket",
            Self::JetStream => "JetStream error",
        })
    }
}

/// Why an object store was not made.
#[cfg(feature = "object-store")]
pub type CreateObjectStoreError = Error<CreateObjectStoreErrorKind>;

/// The kinds of [`CreateObjectStoreError`].
#[cfg(feature = "object-store")]
pub type CreateObjectStoreErrorKind = CreateKeyValueErrorKind;

/// Why an object store was not opened.
#[cfg(feature = "object-store")]
pub type ObjectStoreError = Error<ObjectStoreErrorKind>;

/// The kinds of [`ObjectStoreError`] and [`DeleteObjectStore`].
#[cfg(feature = "object-store")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ObjectStoreErrorKind {
    /// The name has characters other than letters, digits, `-` and `_`.
    InvalidBucketName,
    /// There is no such object store, or it could not be asked for; the cause says which.
    GetStore,
}

#[cfg(feature = "object-store")]
impl fmt::Display for ObjectStoreErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidBucketName => "invalid Object Store bucket name",
            Self::GetStore => "failed to get Object Store",
        })
    }
}

/// Why an object store was not deleted.
#[cfg(feature = "object-store")]
pub type DeleteObjectStore = ObjectStoreError;

/// The kinds of [`DeleteObjectStore`].
#[cfg(feature = "object-store")]
pub type DeleteObjectStoreKind = ObjectStoreErrorKind;
