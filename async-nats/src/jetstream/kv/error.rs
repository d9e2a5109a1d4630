//! The errors of buckets: one kind an operation.

use std::fmt;

use crate::error::Error;
use crate::jetstream;
use crate::jetstream::consumer::push::OrderedError;
use crate::jetstream::consumer::{StreamError, StreamErrorKind};
use crate::jetstream::context::{PublishError, PublishErrorKind};
use crate::jetstream::kinds::kinds;
use crate::jetstream::stream::{ConsumerError, ConsumerErrorKind, DirectGetError, DirectGetErrorKind};

const INVALID_KEY: &str = "key cannot be empty or start/end with `.`";

/// Why the state of a bucket is not known.
pub type StatusError = Error<StatusErrorKind>;

/// The kinds of [`StatusError`].
#[derive(Clone, Debug, PartialEq)]
pub enum StatusErrorKind {
    /// The server refused to tell.
    JetStream(jetstream::Error),
    /// No answer came in time.
    TimedOut,
}

impl fmt::Display for StatusErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StatusErrorKind::JetStream(error) => write!(f, "jetstream request failed: {error}"),
            StatusErrorKind::TimedOut => f.write_str("timed out"),
        }
    }
}

kinds! {
    /// Why a key was not created.
    CreateError, CreateErrorKind {
        /// It has a value.
        AlreadyExists: "key already exists",
        /// It is not a key.
        InvalidKey: INVALID_KEY,
        /// It was not sent, or its old value was not read in time.
        Publish: "failed to create key in store",
        /// The server did not confirm it.
        Ack: "ack error",
        /// Anything else; the cause says what.
        Other: "other error",
    }
}

kinds! {
    /// Why a value was not put.
    PutError, PutErrorKind {
        /// It is not a key.
        InvalidKey: INVALID_KEY,
        /// It was not sent.
        Publish: "failed to put key into store",
        /// The server did not confirm it.
        Ack: "ack error",
    }
}

kinds! {
    /// Why an entry was not read.
    EntryError, EntryErrorKind {
        /// It is not a key.
        InvalidKey: INVALID_KEY,
        /// No answer came in time.
        TimedOut: "timed out",
        /// Anything else; the cause says what.
        Other: "failed getting entry",
    }
}

kinds! {
    /// Why nothing can be watched.
    WatchError, WatchErrorKind {
        /// It is not a key, nor several by wildcards.
        InvalidKey: INVALID_KEY,
        /// No answer came in time.
        TimedOut: "timed out",
        /// The consumer behind it was refused.
        ConsumerCreate: "watch consumer creation failed",
        /// Anything else; the cause says what.
        Other: "watch failed",
    }
}

kinds! {
    /// Why a value was not updated.
    UpdateError, UpdateErrorKind {
        /// It is not a key.
        InvalidKey: INVALID_KEY,
        /// The server did not confirm it in time.
        TimedOut: "timed out",
        /// The last revision of the key is another one.
        WrongLastRevision: "wrong last revision",
        /// Anything else; the cause says what.
        Other: "failed getting entry",
    }
}

kinds! {
    /// Why there is no next entry.
    WatcherError, WatcherErrorKind {
        /// The consumer behind it failed; the cause says how.
        Consumer: "watcher consumer error",
        /// What came is not an entry.
        Other: "watcher error",
    }
}

/// Why a key was not deleted.
pub type DeleteError = UpdateError;
/// The kinds of [`DeleteError`].
pub type DeleteErrorKind = UpdateErrorKind;
/// Why a key was not purged.
pub type PurgeError = UpdateError;
/// The kinds of [`PurgeError`].
pub type PurgeErrorKind = UpdateErrorKind;
/// Why there is no history.
pub type HistoryError = WatchError;
/// The kinds of [`HistoryError`].
pub type HistoryErrorKind = WatchErrorKind;

impl From<UpdateError> for CreateError {
    fn from(error: UpdateError) -> Self {
        let kind = match error.kind() {
            UpdateErrorKind::InvalidKey => CreateErrorKind::InvalidKey,
            UpdateErrorKind::TimedOut => CreateErrorKind::Publish,
            UpdateErrorKind::WrongLastRevision => CreateErrorKind::AlreadyExists,
            UpdateErrorKind::Other => CreateErrorKind::Other,
        };
        CreateError::with_source(kind, error)
    }
}

impl From<PutError> for CreateError {
    fn from(error: PutError) -> Self {
        let kind = match error.kind() {
            PutErrorKind::InvalidKey => CreateErrorKind::InvalidKey,
            PutErrorKind::Publish => CreateErrorKind::Publish,
            PutErrorKind::Ack => CreateErrorKind::Ack,
        };
        CreateError::with_source(kind, error)
    }
}

impl From<EntryError> for CreateError {
    fn from(error: EntryError) -> Self {
        let kind = match error.kind() {
            EntryErrorKind::InvalidKey => CreateErrorKind::InvalidKey,
            EntryErrorKind::TimedOut => CreateErrorKind::Publish,
            EntryErrorKind::Other => CreateErrorKind::Other,
        };
        CreateError::with_source(kind, error)
    }
}

impl From<PublishError> for UpdateError {
    fn from(error: PublishError) -> Self {
        let kind = match error.kind() {
            PublishErrorKind::TimedOut => UpdateErrorKind::TimedOut,
            PublishErrorKind::WrongLastSequence => UpdateErrorKind::WrongLastRevision,
            _ => UpdateErrorKind::Other,
        };
        UpdateError::with_source(kind, error)
    }
}

impl From<DirectGetError> for EntryError {
    fn from(error: DirectGetError) -> Self {
        let kind = match error.kind() {
            DirectGetErrorKind::TimedOut => EntryErrorKind::TimedOut,
            _ => EntryErrorKind::Other,
        };
        EntryError::with_source(kind, error)
    }
}

impl From<ConsumerError> for WatchError {
    fn from(error: ConsumerError) -> Self {
        let kind = match error.kind() {
            ConsumerErrorKind::TimedOut => WatchErrorKind::TimedOut,
            _ => WatchErrorKind::Other,
        };
        WatchError::with_source(kind, error)
    }
}

impl From<StreamError> for WatchError {
    fn from(error: StreamError) -> Self {
        let kind = match error.kind() {
            StreamErrorKind::TimedOut => WatchErrorKind::TimedOut,
            StreamErrorKind::Other => WatchErrorKind::Other,
        };
        WatchError::with_source(kind, error)
    }
}

impl From<OrderedError> for WatcherError {
    fn from(error: OrderedError) -> Self {
        WatcherError::with_source(WatcherErrorKind::Consumer, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conflict_is_told_from_what_was_not_confirmed() {
        let kind = |kind| UpdateError::from(PublishError::new(kind)).kind();
        assert_eq!(
            kind(PublishErrorKind::WrongLastSequence),
            UpdateErrorKind::WrongLastRevision
        );
        assert_eq!(kind(PublishErrorKind::TimedOut), UpdateErrorKind::TimedOut);
        assert_eq!(kind(PublishErrorKind::StreamNotFound), UpdateErrorKind::Other);
        let error = CreateError::from(UpdateError::new(UpdateErrorKind::WrongLastRevision));
        assert_eq!(error.kind(), CreateErrorKind::AlreadyExists);
        assert_eq!(error.to_string(), "key already exists: wrong last revision");
    }
}
