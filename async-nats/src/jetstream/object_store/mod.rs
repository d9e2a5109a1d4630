//! Object stores: files of any size, kept by a stream in chunks.
//!
//! A store is the stream `OBJ_<bucket>`. The chunks of an object are messages on a subject that is its own, and one more
//! message describes it; that one is written last, so that an object is there when it is whole, and not before.
//! What is read is checked: size, number of chunks and digest have to be right before the end is told.
//!
//! ```no_run
//! # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
//! use async_nats::jetstream::{self, object_store};
//! use tokio::io::AsyncReadExt;
//!
//! let jetstream = jetstream::new(client);
//! let config = object_store::Config {
//!     bucket: "pictures".to_owned(),
//!     ..Default::default()
//! };
//! let pictures = jetstream.create_object_store(config).await?;
//! pictures.put("cat.png", &mut &b"a picture of a cat"[..]).await?;
//!
//! let mut picture = Vec::new();
//! pictures.get("cat.png").await?.read_to_end(&mut picture).await?;
//! # Ok(())
//! # }
//! ```
//!
//! Source: [ADR-20](https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-20.md).

mod chunks;
mod config;
mod context;
mod delete;
mod description;
mod digest;
mod error;
mod files;
mod get;
mod link;
mod list;
mod metadata;
mod names;
mod object;
mod put;
mod seal;
mod store;
mod upload;
mod verify;
mod watch;

pub use self::chunks::Chunks;
pub use self::config::Config;
pub use self::context::ObjectStoreNames;
pub use self::description::{AsObjectInfo, ObjectInfo, ObjectLink, ObjectMetadata, ObjectOptions, UpdateMetadata};
pub use self::error::{
    AddLinkError, AddLinkErrorKind, DeleteError, DeleteErrorKind, GetError, GetErrorKind, InfoError, InfoErrorKind,
    ListError, ListErrorKind, ListerError, ListerErrorKind, PutError, PutErrorKind, SealError, SealErrorKind,
    UpdateMetadataError, UpdateMetadataErrorKind, WatchError, WatchErrorKind, WatcherError, WatcherErrorKind,
};
pub use self::files::FileError;
pub use self::list::List;
pub use self::object::Object;
pub use self::store::{ObjectStore, Status};
pub use self::watch::Watch;
