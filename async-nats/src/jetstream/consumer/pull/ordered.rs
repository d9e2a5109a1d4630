//! [`Ordered`]: a stream in order, pulled.

use std::fmt;
use std::pin::Pin;
use std::task::{ready, Context as Waiting, Poll};

use futures_core::Stream;

use super::error::{messages_error, ConsumerRecreateError, ConsumerRecreateErrorKind, OrderedError, OrderedErrorKind};
use super::ordered_config::OrderedConfig;
use super::puller::{inbox, Puller};
use super::request::BatchConfig;
use crate::client::SubscribeOptions;
use crate::jetstream::consumer::config::Config;
use crate::jetstream::consumer::error::{StreamError, StreamErrorKind};
use crate::jetstream::consumer::handle::Consumer;
use crate::jetstream::consumer::incoming::{room_for, Incoming};
use crate::jetstream::consumer::info::Info;
use crate::jetstream::consumer::limits::{
    allowed_batch, allowed_expires, EXPIRES, ORDERED_BATCH, ORDERED_IDLE_HEARTBEAT,
};
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
    /// `Other` when the client is closed. What can go wrong later are items: see [`Ordered`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(
    /// #     consumer: async_nats::jetstream::consumer::OrderedPullConsumer,
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
        let (inbox, subscriber) = inbox(self.context.client_ref(), request_for(&self.info).batch)
            .map_err(|error| StreamError::with_source(StreamErrorKind::Other, error))?;
        let source = Puller::open(&self.context, &self.info, inbox, subscriber);
        Ok(Ordered {
            reader: Reader::new(self, source),
        })
    }
}

/// The messages of a stream in order, pulled; see [`Consumer::messages`].
///
/// What is handed out is what the stream has, in its order and without a gap, from where the consumer begins. A message that
/// is missing, a consumer that is gone or silent, and a new connection are answered by another consumer that begins behind
/// the last message that was handed out. It is named after the first, with a number behind it, and the one before it is
/// deleted; dropping this deletes the last.
///
/// # Errors
///
/// Errors are items. When the stream is deleted, `Recreate` is the last one. As long as the stream is there, another consumer is
/// tried for, with waits from 0.1 to 5 s; `Recreate` is told after every eighth attempt in a row that failed, and it goes on.
/// When the client is closed, it ends.
pub struct Ordered {
    reader: Reader<Puller>,
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

impl Source for Puller {
    fn room(context: &Context) -> SubscribeOptions {
        room_for(ORDERED_BATCH, context.client_ref().max_payload())
    }

    fn address(_: &mut Config, _: &Subject) {}

    fn open(context: &Context, info: &Info, inbox: Subject, subscriber: Subscriber) -> Self {
        Puller::new(context, info, request_for(info), true, (inbox, subscriber), false)
    }

    #[inline(always)]
    fn pop_plain(&mut self) -> Option<crate::Message> {
        Puller::pop_plain(self)
    }

    #[inline]
    fn poll(&mut self, cx: &mut Waiting<'_>) -> Poll<Incoming> {
        Puller::poll(self, cx)
    }
}

/// What an ordered consumer asks for, within its limits.
fn request_for(info: &Info) -> BatchConfig {
    let expires = allowed_expires(EXPIRES, info.config.max_expires);
    BatchConfig {
        batch: allowed_batch(ORDERED_BATCH, info.config.max_batch),
        expires: Some(expires),
        max_bytes: usize::try_from(info.config.max_bytes).unwrap_or(0),
        idle_heartbeat: ORDERED_IDLE_HEARTBEAT.min(expires / 2),
        ..Default::default()
    }
}

fn ordered_error(failure: Failure) -> OrderedError {
    match failure {
        Failure::Trouble(trouble, words) => messages_error(trouble, words).into(),
        Failure::Failed(error) => OrderedError::with_source(OrderedErrorKind::Pull, error),
        Failure::Recreate(unmade) => {
            let kind = match &unmade {
                Unmade::TimedOut(_) => ConsumerRecreateErrorKind::TimedOut,
                unmade if unmade.is_stream_gone() => ConsumerRecreateErrorKind::GetStream,
                _ => ConsumerRecreateErrorKind::Recreate,
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
