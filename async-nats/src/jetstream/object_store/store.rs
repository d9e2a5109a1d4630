//! [`ObjectStore`]: the handle to one store, and what it knows of its objects.

use std::fmt;

use super::description::ObjectInfo;
use super::error::{InfoError, InfoErrorKind};
use super::names;
use crate::header::{self, HeaderMap};
use crate::jetstream::context::{Context, PublishError, RequestError};
use crate::jetstream::message::StreamMessage;
use crate::jetstream::stream::{DirectGetErrorKind, Info, LastRawMessageErrorKind, Stream};
use crate::jetstream::ErrorCode;

/// The rollup of all messages of a subject into this one.
const ROLLUP_SUBJECT: &str = "sub";

/// A handle to a store; see [`Context::create_object_store`] and [`Context::get_object_store`].
///
/// Each request takes at most as long as the time-out of its context.
#[derive(Clone)]
pub struct ObjectStore {
    pub(super) name: String,
    pub(super) stream: Stream,
}

impl fmt::Debug for ObjectStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectStore")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The state of a store; see [`ObjectStore::status`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Status {
    /// The name of the store.
    pub bucket: String,
    /// The state of the stream behind it.
    pub info: Info,
}

impl Status {
    /// How many bytes the store takes.
    pub fn bytes(&self) -> u64 {
        self.info.state.bytes
    }

    /// Whether nothing can be changed in it any more.
    pub fn is_sealed(&self) -> bool {
        self.info.config.sealed
    }
}

impl ObjectStore {
    pub(super) fn new(stream: Stream, name: String) -> Self {
        ObjectStore { name, stream }
    }

    pub(super) fn context(&self) -> &Context {
        self.stream.context()
    }

    /// The state of the store, as the server has it now.
    ///
    /// # Errors
    ///
    /// When the server did not answer in time, or refused, because the store is gone for instance.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(pictures: async_nats::jetstream::object_store::ObjectStore) -> Result<(), async_nats::Error> {
    /// println!("{} bytes", pictures.status().await?.bytes());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn status(&self) -> Result<Status, RequestError> {
        Ok(Status {
            bucket: self.name.clone(),
            info: self.stream.get_info().await?,
        })
    }

    /// What is known of an object; a link is not followed. Of one that was deleted, that it was.
    ///
    /// # Errors
    ///
    /// `NotFound`; `InvalidName` for an empty name; `TimedOut`; `Other`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(pictures: async_nats::jetstream::object_store::ObjectStore) -> Result<(), async_nats::Error> {
    /// println!("{} bytes", pictures.info("cat.png").await?.size);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn info<T: AsRef<str>>(&self, object_name: T) -> Result<ObjectInfo, InfoError> {
        let name = object_name.as_ref();
        if name.is_empty() {
            return Err(InfoError::new(InfoErrorKind::InvalidName));
        }
        let subject = names::metadata(&self.name, name);
        let message = match self.stream.cached_info().config.allow_direct {
            true => self.last_direct(&subject).await?,
            false => self.last_of_leader(&subject).await?,
        };
        describes(name, &message)
    }

    /// What the leader of the stream knows of an object. Others that answer may be behind.
    pub(super) async fn info_of_leader(&self, name: &str) -> Result<ObjectInfo, InfoError> {
        let message = self.last_of_leader(&names::metadata(&self.name, name)).await?;
        describes(name, &message)
    }

    /// What is known of an object that is there.
    pub(super) async fn info_of_present(&self, name: &str) -> Result<ObjectInfo, InfoError> {
        let info = self.info(name).await?;
        match info.deleted {
            false => Ok(info),
            true => Err(InfoError::with_source(InfoErrorKind::NotFound, "it was deleted")),
        }
    }

    async fn last_direct(&self, subject: &str) -> Result<StreamMessage, InfoError> {
        let read = self.stream.direct_get_last_for_subject(subject).await;
        read.map_err(|error| {
            let kind = match error.kind() {
                DirectGetErrorKind::NotFound => InfoErrorKind::NotFound,
                DirectGetErrorKind::TimedOut => InfoErrorKind::TimedOut,
                _ => InfoErrorKind::Other,
            };
            InfoError::with_source(kind, error)
        })
    }

    async fn last_of_leader(&self, subject: &str) -> Result<StreamMessage, InfoError> {
        let read = self.stream.get_last_raw_message_by_subject(subject).await;
        read.map_err(|error| {
            let kind = match error.kind() {
                LastRawMessageErrorKind::NoMessageFound => InfoErrorKind::NotFound,
                LastRawMessageErrorKind::JetStream(refusal) if refusal.error_code() == ErrorCode::NO_MESSAGE_FOUND => {
                    InfoErrorKind::NotFound
                }
                _ => InfoErrorKind::Other,
            };
            InfoError::with_source(kind, error)
        })
    }

    /// Writes what is known of an object in the place of what was.
    pub(super) async fn describe(&self, info: &ObjectInfo) -> Result<(), PublishError> {
        let mut headers = HeaderMap::new();
        headers.insert(header::NATS_ROLLUP, ROLLUP_SUBJECT);
        let text = serde_json::to_vec(info)
            .map_err(|error| PublishError::with_source(crate::jetstream::context::PublishErrorKind::Other, error))?;
        let subject = names::metadata(&self.name, &info.name);
        self.context()
            .publish_with_headers(subject, headers, text.into())
            .await?
            .await?;
        Ok(())
    }
}

/// What a message tells of the object of this name.
fn describes(name: &str, message: &StreamMessage) -> Result<ObjectInfo, InfoError> {
    let mut info: ObjectInfo = serde_json::from_slice(&message.payload).map_err(|error| {
        let text = format!("what describes {name:?} does not parse: {error}");
        InfoError::with_source(InfoErrorKind::Other, text)
    })?;
    // Not every client writes it; the server knows.
    info.modified.get_or_insert(message.time);
    Ok(info)
}
