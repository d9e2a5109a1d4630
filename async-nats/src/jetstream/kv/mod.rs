//! Key-value buckets: the last values of keys, kept by a stream, with a history of them and with watchers.
//!
//! A bucket is the stream `KV_<bucket>`, and a key the subject `$KV.<bucket>.<key>`. A value that is written is a
//! message; a key that is deleted or purged has one that says so. The sequence of the message is the revision.
//!
//! ```no_run
//! # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
//! use async_nats::jetstream::{self, kv};
//! use futures_util::StreamExt;
//!
//! let jetstream = jetstream::new(client);
//! let config = kv::Config {
//!     bucket: "settings".to_owned(),
//!     history: 5,
//!     ..Default::default()
//! };
//! let settings = jetstream.create_key_value(config).await?;
//! let revision = settings.put("colour", "blue".into()).await?;
//! assert_eq!(settings.get("colour").await?, Some("blue".into()));
//!
//! // Only if nobody else has written meanwhile.
//! settings.update("colour", "green".into(), revision).await?;
//!
//! let mut changes = settings.watch_all().await?;
//! while let Some(change) = changes.next().await {
//!     let change = change?;
//!     println!("{} is {:?} at {}", change.key, change.value, change.revision);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Source: [ADR-8](https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-8.md).

pub mod bucket;
pub mod codec;
mod config;
mod context;
mod entries;
mod entry;
mod error;
mod history;
mod listing;
mod names;
mod purge_deletes;
mod read;
mod store;
mod to_stream;
mod watch;
mod watcher;
mod write;

pub use self::config::Config;
pub use self::entry::{Entry, Operation, ParseOperationError};
pub use self::error::{
    CreateError, CreateErrorKind, DeleteError, DeleteErrorKind, EntryError, EntryErrorKind, HistoryError,
    HistoryErrorKind, PurgeError, PurgeErrorKind, PutError, PutErrorKind, StatusError, StatusErrorKind, UpdateError,
    UpdateErrorKind, WatchError, WatchErrorKind, WatcherError, WatcherErrorKind,
};
pub use self::history::{History, Keys};
pub use self::listing::{BucketNames, Buckets};
pub use self::store::Store;
pub use self::watch::Watch;
pub use self::watcher::{Change, WatchOptions, Watcher};
