//! [`Ordered`]: a stream in order, pushed.

use std::fmt;
use std::pin::Pin;
use std::task::{ready, Context as Waiting, Poll};

use futures_core::Stream;

use super::error::{messages_error, ConsumerRecreateError, ConsumerRecreateErrorKind, OrderedError, OrderedErrorKind};
use super::listener::Listener;
use super::ordered_config::OrderedConfig;
use crate::client::SubscribeOptions;
use crate::jetstream::consumer::config::Config;
use crate::jetstream::consumer::error::{StreamError, StreamErrorKind};
use crate::jetstream::consumer::handle::Consumer;
use crate::jetstream::consumer::incoming::Incoming;
use crate::jetstream::consumer::info::Info;
use crate::jetstream::consumer::ordered::{Failure, Reader, Source, Unmade};
use crate::jetstream::message::Message;
use crate::jetstream::Context;
use crate::subject::Subject;
use crate::Subscriber;

impl Consumer<OrderedConfig> {
    /// The messages of the stream in order, without a gap, from where the consumer begins.
    ///
    /// # Errors
    ///
    /// `Other` when the delivery subject is none, or the client is closed. What can go wrong later are items: see [`Ordered`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(
    /// #     consumer: async_nats::jetstream::consumer::OrderedPushConsumer,
    /// # ) -> Result<(), async_nats::Error> {
    /// use futures_util::StreamExt;
    ///
    /// let mut messages = consumer.messages().await?;
    /// while let Some(message) = messages.next().await {
    ///     println!("{:?}", message?.payload);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn messages(self) -> Result<Ordered, StreamError> {
        let subject = self.info.config.deliver_subject.as_ref();
        let subject = Subject::from(subject.unwrap_or(&self.config.deliver_subject).as_str());
        let subscriber = self
            .context
            .client_ref()
            .subscribe_at_once(&subject, &SubscribeOptions::new())
            .map_err(|error| StreamError::with_source(StreamErrorKind::Other, error))?;
        let source = Listener::open(&self.context, &self.info, subject, subscriber);
        Ok(Ordered {
            reader: Reader::new(self, source),
        })
    }
}

/// The messages of a stream in order, pushed; see [`Consumer::messages`].
///
/// What is handed out is what the stream has, in its order and without a gap, from where the consumer begins. A message that
/// is missing, a consumer that is gone or silent, and a new connection are answered by another consumer that begins behind
/// the last message that was handed out. It is named after the first, with a number behind it, and sends to an inbox of its
/// own; the one before it is deleted, and dropping this deletes the last.
///
/// # Errors
///
/// Errors are items. When the stream is deleted, `Recreate` is the last one. As long as the stream is there, another consumer is
/// tried for, with waits from 0.1 to 5 s; `Recreate` is told after every eighth attempt in a row that failed, and it goes on.
/// When the client is closed, it ends.
pub struct Ordered {
    reader: Reader<Listener>,
}

#[cfg(any(feature = "kv", feature = "object-store"))]
impl Ordered {
    /// The next message, or `None` as one when the server says that there is no other at this moment. It says so after a
    /// few seconds: whoever waits for the last of some messages learns that way that it is gone.
    pub(crate) fn poll_message_or_idle(
        &mut self,
        cx: &mut Waiting<'_>,
    ) -> Poll<Option<Result<Option<Message>, OrderedError>>> {
        let reader = &mut self.reader;
        Poll::Ready(match ready!(reader.poll_or_idle(cx)) {
            Some(Ok(message)) => Some(Ok(message.map(|message| Message {
                message,
                context: reader.context().clone(),
            }))),
            Some(Err(failure)) => Some(Err(ordered_error(failure))),
            None => None,
        })
    }
}

impl Stream for Ordered {
    type Item = Result<Message, OrderedError>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Waiting<'_>) -> Poll<Option<Self::Item>> {
        let reader = &mut self.reader;
        if let Some(message) = reader.pop_plain() {
            let context = reader.context().clone();
            return Poll::Ready(Some(Ok(Message { message, context })));
        }
        Poll::Ready(match ready!(reader.poll(cx)) {
            Some(Ok(message)) => Some(Ok(Message {
                message,
                context: reader.context().clone(),
            })),
            Some(Err(failure)) => Some(Err(ordered_error(failure))),
            None => None,
        })
    }
}

impl fmt::Debug for Ordered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ordered").finish_non_exhaustive()
    }
}

impl Source for Listener {
    fn room(_: &Context) -> SubscribeOptions {
        // As much as the user has set for every subscription: how much the server sends at once is for flow control to say.
        SubscribeOptions::new()
    }

    fn address(config: &mut Config, inbox: &Subject) {
        config.deliver_subject = Some(inbox.to_string());
    }

    fn open(context: &Context, info: &Info, _: Subject, subscriber: Subscriber) -> Self {
        Listener::new(context, info.config.idle_heartbeat, subscriber, false)
    }

    #[inline(always)]
    fn pop_plain(&mut self) -> Option<crate::Message> {
        Listener::pop_plain(self)
    }

    #[inline]
    fn poll(&mut self, cx: &mut Waiting<'_>) -> Poll<Incoming> {
        Listener::poll(self, cx)
    }
}

fn ordered_error(failure: Failure) -> OrderedError {
    match failure {
        Failure::Trouble(trouble, words) => messages_error(trouble, words).into(),
        Failure::Failed(error) => OrderedError::with_source(OrderedErrorKind::Other, error),
        Failure::Recreate(unmade) => {
            let kind = match &unmade {
                Unmade::Subscribe(_) => ConsumerRecreateErrorKind::Subscription,
                Unmade::TimedOut(_) => ConsumerRecreateErrorKind::TimedOut,
                unmade if unmade.is_stream_gone() => ConsumerRecreateErrorKind::GetStream,
                Unmade::Refused(_) => ConsumerRecreateErrorKind::Recreate,
            };
            let cause: crate::Error = match unmade {
                Unmade::Subscribe(error) => error.into(),
                Unmade::Refused(error) => error.into(),
                Unmade::TimedOut(elapsed) => elapsed.into(),
            };
            let unmade = ConsumerRecreateError::with_source(kind, cause);
            OrderedError::with_source(OrderedErrorKind::Recreate, unmade)
        }
    }
}
