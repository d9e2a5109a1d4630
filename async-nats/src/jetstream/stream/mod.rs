//! Streams: what they are, what is in them, and what can be done with them.
//!
//! A [`Context`](super::Context) creates and finds streams and gives a [`Stream`] for each, which is a handle. [`Config`]
//! says what a stream is, [`Info`] what the server knows of it. Messages are read [directly](Stream::direct_get) from any
//! server that has them or [from the leader](Stream::get_raw_message), deleted [one by one](Stream::delete_message) or
//! [many at once](Stream::purge). Those who read a stream from one end to the other use [consumers](super::consumer).
//!
//! Every request takes at most as long as the time-out of the context, and says why it failed.

mod absent;
mod config;
mod details;
mod direct_get;
mod handle;
mod info;
pub(crate) mod manage;
mod policy;
mod purge;
mod raw_message;
mod source;
mod value;

pub use self::config::{Config, ConsumerLimits, Placement, Republish};
pub use self::details::{InfoWithSubjects, StreamInfoBuilder, StreamInfoRequest};
pub use self::direct_get::{DirectGetBuilder, DirectGetError, DirectGetErrorKind, DirectGetRequest};
pub use self::handle::{InfoError, Stream};
pub use self::info::{ClusterInfo, DeleteStatus, Info, PagedInfo, PeerInfo, PurgeResponse, SourceInfo, State};
pub use self::policy::{Compression, DiscardPolicy, PersistenceMode, RetentionPolicy, StorageType};
pub use self::purge::{
    DeleteMessageError, DeleteMessageErrorKind, No, Purge, PurgeError, PurgeErrorKind, PurgeRequest, ToAssign, Yes,
};
pub use self::raw_message::{
    LastRawMessageError, LastRawMessageErrorKind, RawMessage, RawMessageBuilder, RawMessageError, RawMessageErrorKind,
    RawMessageRequest,
};
#[cfg(feature = "server_2_14")]
pub use self::source::StreamConsumerSource;
pub use self::source::{External, Source, SubjectTransform};
pub use self::value::{StreamValue, WithHeaders, WithoutHeaders};
#[cfg(feature = "server_2_11")]
pub use super::consumer::manage::PauseResponse;
pub use super::consumer::manage::{
    ConsumerCreateStrictError, ConsumerCreateStrictErrorKind, ConsumerError, ConsumerErrorKind, ConsumerUpdateError,
    ConsumerUpdateErrorKind,
};
pub use super::consumer::manage::{ConsumerNames, Consumers, ConsumersError, ConsumersErrorKind};
#[cfg(feature = "server_2_14")]
pub use super::consumer::manage::{ConsumerResetError, ConsumerResetErrorKind, ConsumerResetResponse};
