//! [`Batch`]: the messages that answer one request. [`Sequence`]: one batch after the other.

use std::fmt;
use std::pin::Pin;
use std::task::{ready, Context as Waiting, Poll};

use bytes::Bytes;
use futures_core::Stream;

use super::error::{messages_error, MessagesError, MessagesErrorKind};
use super::puller::{inbox, next_subject};
use super::request::BatchConfig;
use crate::jetstream::consumer::incoming::Feed;
use crate::jetstream::consumer::info::Info;
use crate::jetstream::consumer::waiting::now;
use crate::jetstream::machine::batch::{self, Step};
use crate::jetstream::machine::notice::{is_notice, Notice, Words};
use crate::jetstream::machine::pull::Plan;
use crate::jetstream::message::Message;
use crate::jetstream::Context;
use crate::Subscriber;

/// The messages that answer one request; see [`Consumer::batch`](crate::jetstream::consumer::Consumer::batch) and
/// [`Consumer::fetch`](crate::jetstream::consumer::Consumer::fetch).
///
/// It ends when all messages came that were asked for, when the request ends on the server, or with the client. It also ends,
/// without an error, when nothing came for the expiry of the request and 5 s more, as after a connection that broke: a
/// request is not sent again.
///
/// # Errors
///
/// Anything else that the server says is an error, a [`MessagesError`] in a box, and the last item: that the consumer was
/// deleted, moves, or is not there; that the request is more than it allows; that the first message alone is larger than the
/// bytes asked for; or that heartbeats were asked for and two of them are missing.
pub struct Batch {
    feed: Feed,
    machine: batch::Batch,
    context: Context,
}

impl Batch {
    /// A request of `plan` was sent, to be answered to `subscriber`.
    pub(super) fn new(context: &Context, plan: Plan, subscriber: Subscriber) -> Self {
        Batch {
            feed: Feed::new(subscriber, None),
            machine: batch::Batch::new(plan, now()),
            context: context.clone(),
        }
    }

    fn notice(&mut self, message: &crate::Message) -> Option<MessagesError> {
        let status = message.status?;
        let trouble = self.machine.notice(&Notice::read(status, message))?;
        Some(messages_error(trouble, Some(Words::of(status, message))))
    }
}

/// What a request asks for, as the machines take it.
pub(super) fn plan_of(request: &BatchConfig) -> Plan {
    Plan {
        messages: request.batch.max(1),
        bytes: request.max_bytes,
        expires: request.expires,
        heartbeat: request.idle_heartbeat,
        tells_silence: !request.idle_heartbeat.is_zero(),
    }
}

impl Stream for Batch {
    type Item = Result<Message, crate::Error>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Waiting<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.machine.is_over() {
            return Poll::Ready(None);
        }
        if let Some(message) = this.feed.pop_plain() {
            this.machine.received();
            let context = this.context.clone();
            return Poll::Ready(Some(Ok(Message { message, context })));
        }
        this.poll_item(cx)
    }
}

impl Batch {
    /// The next message, whatever else comes before it.
    #[inline(never)]
    fn poll_item(&mut self, cx: &mut Waiting<'_>) -> Poll<Option<Result<Message, crate::Error>>> {
        while !self.machine.is_over() {
            match self.feed.poll_message(cx) {
                Poll::Ready(Some(message)) if is_notice(&message) => {
                    if let Some(error) = self.notice(&message) {
                        return Poll::Ready(Some(Err(error.into())));
                    }
                }
                Poll::Ready(Some(message)) => {
                    self.machine.received();
                    let context = self.context.clone();
                    return Poll::Ready(Some(Ok(Message { message, context })));
                }
                Poll::Ready(None) => return Poll::Ready(None),
                // It comes when this task has given way to others.
                Poll::Pending if self.feed.has_messages() => return Poll::Pending,
                Poll::Pending => match self.machine.next(now()) {
                    Step::End => {}
                    Step::Tell(trouble) => return Poll::Ready(Some(Err(messages_error(trouble, None).into()))),
                    Step::Wait(until) => ready!(self.feed.alarm.poll_until(until, cx)),
                },
            }
        }
        Poll::Ready(None)
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").finish_non_exhaustive()
    }
}

/// One batch after the other; see [`Consumer::sequence`](crate::jetstream::consumer::Consumer::sequence).
///
/// Each item is a [`Batch`] whose request was sent when it was asked for. Batches that are held at the same time share the
/// messages. It has no end; an item is an error, of the kind `Pull`, when the client is closed.
pub struct Sequence {
    context: Context,
    subject: String,
    request: BatchConfig,
}

impl Sequence {
    pub(super) fn new(context: &Context, info: &Info, request: BatchConfig) -> Self {
        Sequence {
            context: context.clone(),
            subject: next_subject(context, info),
            request,
        }
    }

    fn begin(&self) -> Result<Batch, crate::Error> {
        let client = self.context.client_ref();
        let (inbox, subscriber) = inbox(client, self.request.batch)?;
        let request = self.request.to_wire(self.request.batch, self.request.max_bytes, None)?;
        client.publish_at_once(&self.subject, Some(&inbox), &Bytes::from(request))?;
        Ok(Batch::new(&self.context, plan_of(&self.request), subscriber))
    }
}

impl Stream for Sequence {
    type Item = Result<Batch, MessagesError>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Waiting<'_>) -> Poll<Option<Self::Item>> {
        let batch = self.begin();
        Poll::Ready(Some(
            batch.map_err(|error| MessagesError::with_source(MessagesErrorKind::Pull, error)),
        ))
    }
}

impl fmt::Debug for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sequence")
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}
