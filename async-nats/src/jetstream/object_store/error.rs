//! The errors of object stores: one kind an operation.

use std::fmt;

use crate::error::Error;
use crate::jetstream::consumer::push::OrderedError;
use crate::jetstream::consumer::{StreamError, StreamErrorKind};
use crate::jetstream::context::{PublishError, PublishErrorKind, UpdateStreamError, UpdateStreamErrorKind};
use crate::jetstream::kinds::kinds;
use crate::jetstream::stream::{ConsumerError, ConsumerErrorKind, PurgeError, PurgeErrorKind};

/// Makes errors of one kind from those of another operation, by their kinds.
macro_rules! from {
    ($from:ident => $to:ident, $to_kind:ident { $($variant:pat => $made:ident,)* }) => {
        impl From<$from> for $to {
            fn from(error: $from) -> Self {
                let kind = match error.kind() {
                    $($variant => $to_kind::$made,)*
                };
                $to::with_source(kind, error)
            }
        }
    };
}

kinds! {
    /// Why nothing is known of an object.
    InfoError, InfoErrorKind {
        /// The name is empty.
        InvalidName: "invalid object name",
        /// There is no such object.
        NotFound: "not found",
        /// Anything else; the cause says what.
        Other: "getting info failed",
        /// No answer came in time.
        TimedOut: "timed out",
    }
}

kinds! {
    /// Why an object cannot be read.
    GetError, GetErrorKind {
        /// The name is empty.
        InvalidName: "invalid object name",
        /// The consumer behind it was refused.
        ConsumerCreate: "failed creating consumer for fetching object",
        /// There is no such object, or it was deleted.
        NotFound: "object not found",
        /// It is a link to a whole store.
        BucketLink: "object is a link to a bucket",
        /// Anything else; the cause says what.
        Other: "failed getting object",
        /// No answer came in time.
        TimedOut: "timed out",
    }
}

kinds! {
    /// Why an object was not deleted.
    DeleteError, DeleteErrorKind {
        /// No answer came in time.
        TimedOut: "timed out",
        /// There is no such object.
        NotFound: "object not found",
        /// That it is deleted was not written.
        Metadata: "failed rolling up metadata",
        /// The name is empty.
        InvalidName: "invalid object name",
        /// Its content was not taken away.
        Chunks: "failed purging chunks",
        /// Anything else; the cause says what.
        Other: "delete failed",
    }
}

kinds! {
    /// Why an object was not put.
    PutError, PutErrorKind {
        /// The name is empty.
        InvalidName: "invalid object name",
        /// The content was not read.
        ReadChunks: "error while reading the buffer",
        /// The server did not take a chunk.
        PublishChunks: "failed publishing object chunks",
        /// The server did not take the description.
        PublishMetadata: "failed publishing metadata",
        /// The object was put, and the content of the one before it is still there.
        PurgeOldChunks: "failed purging old chunks",
        /// No answer came in time.
        TimedOut: "timed out",
        /// Anything else; the cause says what.
        Other: "error",
    }
}

kinds! {
    /// Why a link was not made.
    AddLinkError, AddLinkErrorKind {
        /// The name of the link is empty.
        EmptyName: "link name cannot be empty",
        /// The object has no name.
        ObjectRequired: "cannot link to empty Object",
        /// The object was deleted.
        Deleted: "cannot link a deleted Object",
        /// The object is a link itself.
        LinkToLink: "cannot link to another link",
        /// The server did not take it.
        PublishMetadata: "failed publishing link metadata",
        /// There is an object of the name that is no link.
        AlreadyExists: "object already exists",
        /// Anything else; the cause says what.
        Other: "error",
    }
}

kinds! {
    /// Why nothing can be watched.
    WatchError, WatchErrorKind {
        /// No answer came in time.
        TimedOut: "timed out",
        /// The consumer behind it was refused.
        ConsumerCreate: "watch consumer creation failed",
        /// Anything else; the cause says what.
        Other: "watch failed",
    }
}

kinds! {
    /// Why a store was not sealed.
    SealError, SealErrorKind {
        /// No answer came in time.
        TimedOut: "timed out",
        /// Anything else; the cause says what.
        Other: "seal failed",
        /// The state of the store is not known.
        Info: "failed getting stream info before sealing bucket",
        /// The server refused.
        Update: "failed sealing the bucket",
    }
}

kinds! {
    /// Why there is no next object.
    WatcherError, WatcherErrorKind {
        /// The consumer behind it failed; the cause says how.
        ConsumerError: "watcher consumer error",
        /// What came describes no object.
        Other: "watcher error",
    }
}

/// Why what is known of an object was not changed.
pub type UpdateMetadataError = Error<UpdateMetadataErrorKind>;

/// The kinds of [`UpdateMetadataError`].
#[derive(Clone, Debug, PartialEq)]
pub enum UpdateMetadataErrorKind {
    /// The new name is empty.
    InvalidName,
    /// There is no such object, or it was deleted.
    NotFound,
    /// No answer came in time.
    TimedOut,
    /// Anything else; the cause says what.
    Other,
    /// The server did not take the new description.
    PublishMetadata,
    /// There is an object of the new name.
    NameAlreadyInUse,
    /// What described it under its old name was not taken away.
    Purge,
}

impl fmt::Display for UpdateMetadataErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            UpdateMetadataErrorKind::InvalidName => "invalid object name",
            UpdateMetadataErrorKind::NotFound => "object not found",
            UpdateMetadataErrorKind::TimedOut => "timed out",
            UpdateMetadataErrorKind::Other => "error",
            UpdateMetadataErrorKind::PublishMetadata => "failed publishing metadata",
            UpdateMetadataErrorKind::NameAlreadyInUse => "object with updated name already exists",
            UpdateMetadataErrorKind::Purge => "failed purging old name metadata",
        })
    }
}

/// Why the objects cannot be listed.
pub type ListError = WatchError;
/// The kinds of [`ListError`].
pub type ListErrorKind = WatchErrorKind;
/// Why there is no next object in a list.
pub type ListerError = WatcherError;
/// The kinds of [`ListerError`].
pub type ListerErrorKind = WatcherErrorKind;

from! {
    InfoError => GetError, GetErrorKind {
        InfoErrorKind::InvalidName => InvalidName,
        InfoErrorKind::NotFound => NotFound,
        InfoErrorKind::Other => Other,
        InfoErrorKind::TimedOut => TimedOut,
    }
}

from! {
    InfoError => DeleteError, DeleteErrorKind {
        InfoErrorKind::InvalidName => InvalidName,
        InfoErrorKind::NotFound => NotFound,
        InfoErrorKind::Other => Other,
        InfoErrorKind::TimedOut => TimedOut,
    }
}

from! {
    InfoError => UpdateMetadataError, UpdateMetadataErrorKind {
        InfoErrorKind::InvalidName => InvalidName,
        InfoErrorKind::NotFound => NotFound,
        InfoErrorKind::Other => Other,
        InfoErrorKind::TimedOut => TimedOut,
    }
}

from! {
    ConsumerError => GetError, GetErrorKind {
        ConsumerErrorKind::TimedOut => TimedOut,
        _ => Other,
    }
}

from! {
    StreamError => GetError, GetErrorKind {
        StreamErrorKind::TimedOut => TimedOut,
        _ => Other,
    }
}

from! {
    ConsumerError => WatchError, WatchErrorKind {
        ConsumerErrorKind::TimedOut => TimedOut,
        _ => Other,
    }
}

from! {
    StreamError => WatchError, WatchErrorKind {
        StreamErrorKind::TimedOut => TimedOut,
        _ => Other,
    }
}

from! {
    PublishError => DeleteError, DeleteErrorKind {
        PublishErrorKind::TimedOut => TimedOut,
        _ => Other,
    }
}

from! {
    PurgeError => DeleteError, DeleteErrorKind {
        PurgeErrorKind::TimedOut => TimedOut,
        _ => Other,
    }
}

from! {
    UpdateStreamError => SealError, SealErrorKind {
        UpdateStreamErrorKind::TimedOut => TimedOut,
        _ => Update,
    }
}

impl From<OrderedError> for WatcherError {
    fn from(error: OrderedError) -> Self {
        WatcherError::with_source(WatcherErrorKind::ConsumerError, error)
    }
}
