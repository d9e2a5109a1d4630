//! What a store has at this moment.

use std::fmt;
use std::pin::Pin;
use std::task::{ready, Context, Poll};

use futures_core::Stream;

use super::description::ObjectInfo;
use super::error::{ListError, ListerError, ListerErrorKind};
use super::store::ObjectStore;
use super::watch::read;
use crate::jetstream::consumer::push::Ordered;
use crate::jetstream::consumer::DeliverPolicy;

/// The objects of a store; see [`ObjectStore::list`]. It ends with the last one that was there when it began.
pub struct List {
    /// Gone at the end.
    messages: Option<Ordered>,
}

impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("List").finish_non_exhaustive()
    }
}

impl Stream for List {
    type Item = Result<ObjectInfo, ListerError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let Some(messages) = &mut self.messages else {
                return Poll::Ready(None);
            };
            let message = match ready!(messages.poll_message_or_idle(cx)) {
                Some(Ok(Some(message))) => message,
                Some(Err(error)) => {
                    self.messages = None;
                    return Poll::Ready(Some(Err(error.into())));
                }
                // The server has nothing more.
                Some(Ok(None)) | None => {
                    self.messages = None;
                    return Poll::Ready(None);
                }
            };
            let object = read(&message);
            let pending = message.info().map(|info| info.pending);
            match pending {
                Ok(0) => self.messages = None,
                Ok(_) => {}
                Err(error) => {
                    self.messages = None;
                    return Poll::Ready(Some(Err(ListerError::with_source(ListerErrorKind::Other, error))));
                }
            }
            match object {
                Ok(object) if object.deleted => {}
                object => return Poll::Ready(Some(object)),
            }
        }
    }
}

impl ObjectStore {
    /// The objects of the store, without those that were deleted.
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
    /// let mut objects = pictures.list().await?;
    /// while let Some(info) = objects.try_next().await? {
    ///     println!("{}: {} bytes", info.name, info.size);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn list(&self) -> Result<List, ListError> {
        let (messages, is_empty) = self.descriptions(DeliverPolicy::All, "object store list").await?;
        Ok(List {
            messages: (!is_empty).then_some(messages),
        })
    }
}
