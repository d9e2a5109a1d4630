//! Watching a store.

use std::fmt;
use std::pin::Pin;
use std::task::{ready, Context, Poll};

use futures_core::Stream;

use super::description::ObjectInfo;
use super::error::{WatchError, WatcherError, WatcherErrorKind};
use super::names;
use super::store::ObjectStore;
use crate::jetstream::consumer::push::{Ordered, OrderedConfig};
use crate::jetstream::consumer::DeliverPolicy;
use crate::jetstream::message::Message;

/// Objects as they are put, changed and deleted; see [`ObjectStore::watch`]. It goes on until it is dropped.
pub struct Watch {
    messages: Ordered,
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

impl Stream for Watch {
    type Item = Result<ObjectInfo, WatcherError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let message = ready!(Pin::new(&mut self.messages).poll_next(cx));
        Poll::Ready(message.map(|message| read(&message?)))
    }
}

/// What a message tells of an object.
pub(super) fn read(message: &Message) -> Result<ObjectInfo, WatcherError> {
    serde_json::from_slice(&message.payload).map_err(|error| {
        let text = format!(
            "a message on {:?} describes no object: {error}",
            message.subject.as_str()
        );
        WatcherError::with_source(WatcherErrorKind::Other, text)
    })
}

impl ObjectStore {
    /// Watches the store: what is put, changed and deleted from now on.
    ///
    /// # Errors
    ///
    /// `TimedOut`; `Other` when the consumer behind it was refused.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(pictures: async_nats::jetstream::object_store::ObjectStore) -> Result<(), async_nats::Error> {
    /// use futures_util::TryStreamExt;
    ///
    /// let mut changes = pictures.watch().await?;
    /// while let Some(info) = changes.try_next().await? {
    ///     println!("{} {}", info.name, if info.deleted { "is gone" } else { "is new" });
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn watch(&self) -> Result<Watch, WatchError> {
        self.watch_from(DeliverPolicy::New).await
    }

    /// Watches the store: first what is there, then what is put, changed and deleted.
    ///
    /// # Errors
    ///
    /// Those of [`watch`](ObjectStore::watch).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(pictures: async_nats::jetstream::object_store::ObjectStore) -> Result<(), async_nats::Error> {
    /// let mut state_and_changes = pictures.watch_with_history().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn watch_with_history(&self) -> Result<Watch, WatchError> {
        self.watch_from(DeliverPolicy::LastPerSubject).await
    }

    async fn watch_from(&self, from: DeliverPolicy) -> Result<Watch, WatchError> {
        let (messages, _) = self.descriptions(from, "object store watcher").await?;
        Ok(Watch { messages })
    }

    /// What describes objects, and whether there is any.
    pub(super) async fn descriptions(&self, from: DeliverPolicy, what: &str) -> Result<(Ordered, bool), WatchError> {
        let config = OrderedConfig {
            deliver_subject: self.context().client_ref().new_inbox(),
            description: Some(what.to_owned()),
            filter_subject: names::all_metadata(&self.name),
            deliver_policy: from,
            ..Default::default()
        };
        let consumer = self.stream.create_consumer(config).await?;
        let is_empty = consumer.cached_info().num_pending == 0;
        Ok((consumer.messages().await?, is_empty))
    }
}
