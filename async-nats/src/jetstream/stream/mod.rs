//! Streams: what they are, what is in them, and what can be done with them.

mod absent;
mod config;
mod info;
mod policy;
mod source;

pub use self::config::{Config, ConsumerLimits, Placement, Republish};
pub use self::info::{ClusterInfo, DeleteStatus, Info, PagedInfo, PeerInfo, PurgeResponse, SourceInfo, State};
pub use self::policy::{Compression, DiscardPolicy, PersistenceMode, RetentionPolicy, StorageType};
#[cfg(feature = "server_2_14")]
pub use self::source::StreamConsumerSource;
pub use self::source::{External, Source, SubjectTransform};
#[cfg(feature = "server_2_11")]
pub use super::consumer::manage::PauseResponse;
pub use super::consumer::manage::{
    ConsumerCreateStrictError, ConsumerCreateStrictErrorKind, ConsumerError, ConsumerErrorKind, ConsumerUpdateError,
    ConsumerUpdateErrorKind,
};
#[cfg(feature = "server_2_14")]
pub use super::consumer::manage::{ConsumerResetError, ConsumerResetErrorKind, ConsumerResetResponse};
