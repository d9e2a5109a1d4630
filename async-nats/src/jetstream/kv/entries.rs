//! Entries as they come from the ordered consumer behind watches, histories and listings of keys.

use std::pin::Pin;
use std::task::{ready, Context, Poll};

use futures_core::Stream as _;

use super::entry::{Entry, Operation};
use super::error::{WatchError, WatchErrorKind, WatcherError, WatcherErrorKind};
use super::names::is_filter;
use super::store::Store;
use crate::jetstream::consumer::push::{Ordered, OrderedConfig};
use crate::jetstream::consumer::{DeliverPolicy, ReplayPolicy};
use crate::jetstream::message::Message;

/// The entries of some keys, in the order of their revisions, without gaps across reconnects.
pub(super) struct Entries {
    messages: Ordered,
    bucket: String,
    /// What comes before a key in the subjects of its messages.
    prefix: String,
    /// All that was there in the beginning was handed over.
    seen_current: bool,
}

/// What is asked for.
pub(super) struct Wanted<'a> {
    /// Keys, or several by wildcards.
    pub(super) filters: Vec<String>,
    pub(super) from: DeliverPolicy,
    /// Without the values.
    pub(super) headers_only: bool,
    /// What the consumer is for.
    pub(super) description: &'a str,
}

impl Entries {
    pub(super) async fn begin(store: &Store, wanted: Wanted<'_>) -> Result<Entries, WatchError> {
        if let Some(bad) = wanted.filters.iter().find(|filter| !is_filter(filter)) {
            let text = format!("{bad:?} is no key, nor several by wildcards");
            return Err(WatchError::with_source(WatchErrorKind::InvalidKey, text));
        }
        let mut config = OrderedConfig {
            deliver_subject: store.context().client_ref().new_inbox(),
            description: Some(wanted.description.to_owned()),
            replay_policy: ReplayPolicy::Instant,
            deliver_policy: wanted.from,
            headers_only: wanted.headers_only,
            ..Default::default()
        };
        let mut subjects: Vec<String> = wanted.filters.iter().map(|filter| store.subject(filter)).collect();
        match subjects.len() {
            1 => config.filter_subject = subjects.remove(0),
            #[cfg(feature = "server_2_10")]
            _ => config.filter_subjects = subjects,
            #[cfg(not(feature = "server_2_10"))]
            _ => {
                let text = "several filters need the feature server_2_10";
                return Err(WatchError::with_source(WatchErrorKind::Other, text));
            }
        }
        let consumer = store.stream.create_consumer(config).await?;
        let is_empty = consumer.cached_info().num_pending == 0;
        Ok(Entries {
            messages: consumer.messages().await?,
            bucket: store.name.clone(),
            prefix: store.prefix.clone(),
            seen_current: is_empty,
        })
    }

    /// Whether all that was there in the beginning was handed over.
    pub(super) fn has_seen_current(&self) -> bool {
        self.seen_current
    }

    /// The next entry. It never ends by itself but with an error.
    pub(super) fn poll_entry(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Entry, WatcherError>>> {
        let message = match ready!(Pin::new(&mut self.messages).poll_next(cx)) {
            None => return Poll::Ready(None),
            Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
            Some(Ok(message)) => message,
        };
        Poll::Ready(Some(self.read(message)))
    }

    /// The next entry of those that were there, and the end when the server has no other. For those who want the present
    /// state: an entry of it may be gone before it came.
    pub(super) fn poll_entry_or_end(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Entry, WatcherError>>> {
        Poll::Ready(match ready!(self.messages.poll_message_or_idle(cx)) {
            Some(Ok(Some(message))) => Some(self.read(message)),
            Some(Err(error)) => Some(Err(error.into())),
            Some(Ok(None)) | None => {
                self.seen_current = true;
                None
            }
        })
    }

    fn read(&mut self, message: Message) -> Result<Entry, WatcherError> {
        let unreadable = |text: String| WatcherError::with_source(WatcherErrorKind::Other, text);
        let info = message
            .info()
            .map_err(|error| unreadable(format!("a message of the bucket tells nothing of itself: {error}")))?;
        let (revision, created, delta) = (info.stream_sequence, info.published, info.pending);
        let message = message.message;
        let Some(key) = message.subject.strip_prefix(&*self.prefix) else {
            let text = format!("a message on {:?} is no entry of the bucket", message.subject.as_str());
            return Err(unreadable(text));
        };
        self.seen_current |= delta == 0;
        Ok(Entry {
            bucket: self.bucket.clone(),
            key: key.to_owned(),
            operation: message.headers.as_ref().map_or(Operation::Put, Operation::of),
            value: message.payload,
            revision,
            delta,
            created,
            seen_current: self.seen_current,
        })
    }
}
