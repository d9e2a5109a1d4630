//! [`Messages`]: what a push consumer sends.

use std::fmt;
use std::pin::Pin;
use std::task::{ready, Context as Waiting, Poll};

use futures_core::Stream;

use super::config::Config;
use super::error::{messages_error, MessagesError, MessagesErrorKind};
use super::listener::Listener;
use crate::client::SubscribeOptions;
use crate::jetstream::consumer::error::{StreamError, StreamErrorKind};
use crate::jetstream::consumer::handle::Consumer;
use crate::jetstream::consumer::incoming::Incoming;
use crate::jetstream::message::Message;
use crate::subject::Subject;

impl Consumer<Config> {
    /// What the consumer sends, as a member of its `deliver_group` when it has one.
    ///
    /// # Errors
    ///
    /// `Other` when the delivery subject or the group is none, or the client is closed.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(
    /// #     consumer: async_nats::jetstream::consumer::PushConsumer,
    /// # ) -> Result<(), async_nats::Error> {
    /// use futures_util::StreamExt;
    ///
    /// let mut messages = consumer.messages().await?;
    /// while let Some(message) = messages.next().await {
    ///     message?.ack().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn messages(&self) -> Result<Messages, StreamError> {
        let config = &self.info.config;
        let subject = config.deliver_subject.as_ref().unwrap_or(&self.config.deliver_subject);
        let mut options = SubscribeOptions::new();
        if let Some(group) = &config.deliver_group {
            options = options.queue_group(group.clone());
        }
        let subscriber = self
            .context
            .client_ref()
            .subscribe_at_once(&Subject::from(subject.as_str()), &options)
            .map_err(|error| StreamError::with_source(StreamErrorKind::Other, error))?;
        Ok(Messages {
            listener: Listener::new(&self.context, config.idle_heartbeat, subscriber, true),
        })
    }
}

/// What a push consumer sends; see [`Consumer::messages`].
///
/// Flow control is answered as messages are taken out. A reader that does not keep up with a consumer that has none loses
/// the newest messages; with acks they are sent again after the consumer's `ack_wait`.
///
/// # Errors
///
/// Errors are items, and reading goes on after each. A consumer with heartbeats that is silent for twice as long is told as
/// `MissingHeartbeat`, and again after as long. While there is no connection, nothing is missed; the subscription is made
/// anew over the next one. When the client is closed, it ends.
pub struct Messages {
    listener: Listener,
}

impl Stream for Messages {
    type Item = Result<Message, MessagesError>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Waiting<'_>) -> Poll<Option<Self::Item>> {
        let listener = &mut self.listener;
        if let Some(message) = listener.pop_plain() {
            let context = listener.context().clone();
            return Poll::Ready(Some(Ok(Message { message, context })));
        }
        self.poll_item(cx)
    }
}

impl Messages {
    /// The next message, whatever else comes before it.
    #[inline(never)]
    fn poll_item(&mut self, cx: &mut Waiting<'_>) -> Poll<Option<Result<Message, MessagesError>>> {
        let listener = &mut self.listener;
        loop {
            let item = match ready!(listener.poll(cx)) {
                Incoming::Message(message) => Some(Ok(Message {
                    message,
                    context: listener.context().clone(),
                })),
                Incoming::Heartbeat(_) | Incoming::Idle(_) | Incoming::Connection(_) => continue,
                Incoming::Trouble(trouble, words) => Some(Err(messages_error(trouble, words))),
                Incoming::Failed(error) => Some(Err(MessagesError::with_source(MessagesErrorKind::Other, error))),
                Incoming::End => None,
            };
            return Poll::Ready(item);
        }
    }
}

impl fmt::Debug for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Messages").finish_non_exhaustive()
    }
}
