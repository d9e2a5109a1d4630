//! Consumers: the servers' view of how far a reader has come, and the ways to read.
//!
//! A consumer belongs to a stream. From a [pull] consumer clients ask for messages, each for as many as it has room for; it
//! is the kind to begin with. A [push] consumer sends them to a subject. Both have an ordered form, for one reader that
//! wants everything in order and acknowledges nothing.

mod config;
mod error;
mod handle;
mod incoming;
mod info;
mod limits;
pub(super) mod manage;
mod ordered;
mod policy;
pub mod pull;
pub mod push;
mod serial;
mod waiting;

pub use self::config::{Config, FromConsumer, IntoConsumerConfig};
pub use self::error::{StreamError, StreamErrorKind};
pub use self::handle::Consumer;
#[cfg(feature = "server_2_11")]
pub use self::info::PriorityGroupState;
pub use self::info::{Info, SequenceInfo};
#[cfg(feature = "server_2_11")]
pub use self::policy::PriorityPolicy;
pub use self::policy::{AckPolicy, DeliverPolicy, ReplayPolicy};

/// A consumer from which clients ask for messages.
pub type PullConsumer = Consumer<pull::Config>;
/// A consumer that sends its messages to a subject.
pub type PushConsumer = Consumer<push::Config>;
/// A consumer for one reader that wants everything in order, and pulls.
pub type OrderedPullConsumer = Consumer<pull::OrderedConfig>;
/// A consumer for one reader that wants everything in order, and is pushed to.
pub type OrderedPushConsumer = Consumer<push::OrderedConfig>;
