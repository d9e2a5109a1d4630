//! Pull consumers: clients ask for messages, each for as many as it has room for.
//!
//! | | |
//! | --- | --- |
//! | [`Consumer::messages`], [`Consumer::stream`] | messages without an end; more is asked for in time |
//! | [`Consumer::fetch`] | what is there, up to a number |
//! | [`Consumer::batch`] | so many, waited for up to a time |
//! | [`Consumer::sequence`] | one batch after the other |
//! | [`Consumer::request_batch`] | the request alone |
//!
//! [`Consumer::messages`]: super::Consumer::messages
//! [`Consumer::stream`]: super::Consumer::stream
//! [`Consumer::fetch`]: super::Consumer::fetch
//! [`Consumer::batch`]: super::Consumer::batch
//! [`Consumer::sequence`]: super::Consumer::sequence
//! [`Consumer::request_batch`]: super::Consumer::request_batch

mod batch;
mod batch_builder;
mod config;
mod consume;
mod error;
mod fetch_builder;
mod ordered;
mod ordered_config;
mod puller;
mod request;
mod stream;
mod stream_builder;

pub use self::batch::{Batch, Sequence};
pub use self::batch_builder::BatchBuilder;
pub use self::config::Config;
pub use self::error::{
    BatchError, BatchErrorKind, BatchRequestError, BatchRequestErrorKind, ConsumerRecreateError,
    ConsumerRecreateErrorKind, MessagesError, MessagesErrorKind, OrderedError, OrderedErrorKind,
};
pub use self::fetch_builder::FetchBuilder;
pub use self::ordered::Ordered;
pub use self::ordered_config::OrderedConfig;
pub use self::request::BatchConfig;
pub use self::stream::Stream;
pub use self::stream_builder::StreamBuilder;
