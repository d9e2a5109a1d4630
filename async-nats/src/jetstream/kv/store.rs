//! [`Store`]: the handle to one bucket.

use super::bucket::Status;
use super::error::{StatusError, StatusErrorKind};
use super::names::STREAM_PREFIX;
use crate::jetstream::context::{Context, RequestErrorKind};
use crate::jetstream::stream::{Source, Stream};

/// What the API's subjects begin with when nothing else was asked for.
const DEFAULT_API: &str = "$JS.API";

/// A handle to a bucket; see [`Context::create_key_value`] and [`Context::get_key_value`].
///
/// Each operation takes at most as long as the time-out of its context. What was sent when the connection broke is not sent
/// again: it ends with a time-out, and whether the server has done it is unknown. An update tells the next time, by the revision.
#[derive(Clone, Debug)]
pub struct Store {
    /// The name of the bucket.
    pub name: String,
    /// The name of the stream behind it.
    pub stream_name: String,
    /// What comes before a key in the subjects of its messages.
    pub prefix: String,
    /// What comes before a key in the subject that it is written to, when that is another one: of a mirror.
    pub put_prefix: Option<String>,
    /// Whether what is written goes through the prefix of the API.
    pub use_jetstream_prefix: bool,
    /// The stream behind it.
    pub stream: Stream,
}

impl Store {
    /// The bucket behind a stream.
    pub(super) fn new(stream: Stream, bucket: String) -> Store {
        let mut store = Store {
            prefix: format!("$KV.{bucket}."),
            name: bucket,
            stream_name: stream.cached_info().config.name.clone(),
            put_prefix: None,
            use_jetstream_prefix: stream.context().prefix() != DEFAULT_API,
            stream,
        };
        if let Some(mirror) = &store.stream.cached_info().config.mirror {
            let origin = mirror.name.strip_prefix(STREAM_PREFIX).unwrap_or(&mirror.name);
            let origin = format!("$KV.{origin}.");
            let api = mirror.external.as_ref().map(|external| external.api_prefix.as_str());
            let api = api.filter(|api| !api.is_empty());
            // What is copied keeps the subjects that it had, unless the mirror changes them.
            let keeps_subjects = !changes_subjects(mirror);
            store.use_jetstream_prefix &= api.is_none();
            store.put_prefix = Some(match api {
                Some(api) => format!("{api}.{origin}"),
                None => origin.clone(),
            });
            if keeps_subjects {
                store.prefix = origin;
            }
        }
        store
    }

    /// The state of the bucket, as the server has it now.
    ///
    /// # Errors
    ///
    /// `TimedOut`; `JetStream` when the server refuses, because the bucket is gone for instance.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(settings: async_nats::jetstream::kv::Store) -> Result<(), async_nats::Error> {
    /// let status = settings.status().await?;
    /// println!("{} has {} values", status.bucket(), status.values());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn status(&self) -> Result<Status, StatusError> {
        let info = self.stream.get_info().await.map_err(|error| {
            let refusal = std::error::Error::source(&error).and_then(|source| source.downcast_ref());
            match refusal.cloned() {
                Some(refusal) => StatusError::new(StatusErrorKind::JetStream(refusal)),
                None if error.kind() == RequestErrorKind::TimedOut => StatusError::new(StatusErrorKind::TimedOut),
                None => StatusError::with_source(StatusErrorKind::TimedOut, error),
            }
        })?;
        Ok(Status {
            info,
            bucket: self.name.clone(),
        })
    }

    pub(super) fn context(&self) -> &Context {
        self.stream.context()
    }

    /// The subject of a key's messages.
    pub(super) fn subject(&self, key: &str) -> String {
        [&self.prefix, key].concat()
    }

    /// The subject that a key is written to.
    pub(super) fn put_subject(&self, key: &str) -> String {
        let prefix = self.put_prefix.as_ref().unwrap_or(&self.prefix);
        match self.use_jetstream_prefix {
            true => [self.context().prefix(), ".", prefix, key].concat(),
            false => [prefix.as_str(), key].concat(),
        }
    }
}

#[cfg(feature = "server_2_10")]
fn changes_subjects(mirror: &Source) -> bool {
    !mirror.subject_transforms.is_empty()
}

#[cfg(not(feature = "server_2_10"))]
fn changes_subjects(_mirror: &Source) -> bool {
    false
}
