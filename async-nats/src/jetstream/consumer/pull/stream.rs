//! [`Stream`]: the messages of a pull consumer, without an end.

use std::fmt;
use std::pin::Pin;
use std::task::{ready, Context as Waiting, Poll};

use super::config::Config;
use super::error::{messages_error, MessagesError, MessagesErrorKind};
use super::puller::{inbox, Puller};
use super::request::BatchConfig;
use crate::jetstream::consumer::error::{StreamError, StreamErrorKind};
use crate::jetstream::consumer::handle::Consumer;
use crate::jetstream::consumer::incoming::Incoming;
use crate::jetstream::message::Message;

/// The messages of a pull consumer, without an end; see [`Consumer::stream`].
///
/// Nothing is asked for before it is polled for the first time. From then on, more is asked for whenever no more than half
/// of what fits is on its way or waits to be read. What was asked for and not read when this is dropped is delivered
/// again, after the consumer's `ack_wait`, when the consumer wants acks.
///
/// # Errors
///
/// Errors are items, and reading goes on after most of them; [`MessagesErrorKind`] says which end it. What has come is
/// always handed out before an error.
///
/// When the connection breaks, it waits for another one, and asks again over that; nothing is told. A consumer that does
/// not answer is told as `NoResponders`: at once when it never did, after 10 s when it did before, as while its stream
/// gets another leader. One that is silent for twice the [heartbeat](super::StreamBuilder::heartbeat) is told as
/// `MissingHeartbeat`; meanwhile and afterwards it is asked again, with waits from 0.1 to 5 s.
///
/// When the client is closed, it ends.
pub struct Stream {
    puller: Puller,
    is_over: bool,
}

impl Stream {
    pub(super) fn new(
        consumer: &Consumer<Config>,
        request: BatchConfig,
        tells_silence: bool,
    ) -> Result<Self, StreamError> {
        let context = &consumer.context;
        let inbox = inbox(context.client_ref(), request.batch)
            .map_err(|error| StreamError::with_source(StreamErrorKind::Other, error))?;
        Ok(Stream {
            puller: Puller::new(context, &consumer.info, request, tells_silence, inbox, true),
            is_over: false,
        })
    }
}

impl futures_core::Stream for Stream {
    type Item = Result<Message, MessagesError>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Waiting<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        // After its end nothing is taken out any more.
        if this.is_over {
            return Poll::Ready(None);
        }
        if let Some(message) = this.puller.pop_plain() {
            let context = this.puller.context().clone();
            return Poll::Ready(Some(Ok(Message { message, context })));
        }
        this.poll_item(cx)
    }
}

impl Stream {
    /// The next message, whatever else comes before it.
    #[inline(never)]
    fn poll_item(&mut self, cx: &mut Waiting<'_>) -> Poll<Option<Result<Message, MessagesError>>> {
        loop {
            let item = match ready!(self.puller.poll(cx)) {
                Incoming::Message(message) => Some(Ok(Message {
                    message,
                    context: self.puller.context().clone(),
                })),
                Incoming::Heartbeat(_) | Incoming::Idle(_) | Incoming::Connection(_) => continue,
                Incoming::Trouble(trouble, words) => {
                    self.is_over = trouble.is_final();
                    Some(Err(messages_error(trouble, words)))
                }
                Incoming::Failed(error) => {
                    self.is_over = true;
                    Some(Err(MessagesError::with_source(MessagesErrorKind::Pull, error)))
                }
                Incoming::End => {
                    self.is_over = true;
                    None
                }
            };
            return Poll::Ready(item);
        }
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").finish_non_exhaustive()
    }
}
