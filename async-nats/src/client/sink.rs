//! A client as a [`Sink`] of messages.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{ready, Context, Poll, Waker};

use futures_sink::Sink;

use super::flush::UNFLUSHED;
use super::{Client, PublishError, PublishErrorKind};
use crate::client::error::ClientClosed;
use crate::io::core::Core;
use crate::message::OutboundMessage;
use crate::proto::completion::Outcome;
use crate::proto::outbound::{Asked, Ticket};

/// What a handle keeps between the calls of a sink: its place among those who wait for room, and a flush.
#[derive(Default)]
pub(super) struct Place {
    ticket: Option<(Arc<Core>, Ticket)>,
    flush: Option<Asked>,
}

impl Clone for Place {
    /// A clone of the handle waits for itself.
    fn clone(&self) -> Self {
        Place::default()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some((core, ticket)) = self.ticket.take() {
            let wake = core.outbound.lock().leave(ticket);
            wake.into_iter().for_each(Waker::wake);
        }
    }
}

/// Messages are published as with [`Client::publish`]. [`poll_ready`](Sink::poll_ready) waits while too much is pending;
/// what several handles send after it may pass the limit by a message each. Flushing and closing wait as
/// [`Client::flush`] does, and leave the client open.
impl Sink<OutboundMessage> for Client {
    type Error = PublishError;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), PublishError>> {
        ready!(self.core.poll_budget(cx));
        let mut ticket = self.place.ticket.take().map(|(_, ticket)| ticket);
        let polled = self.core.outbound.lock().poll_room(&mut ticket, cx);
        self.place.ticket = ticket.map(|ticket| (Arc::clone(&self.core), ticket));
        polled.map_err(super::outgoing::refusal)
    }

    fn start_send(self: Pin<&mut Self>, message: OutboundMessage) -> Result<(), PublishError> {
        self.core.check_subjects(&message.subject, message.reply.as_deref())?;
        let message = (&message).into();
        self.core.check_size(message)?;
        self.core.publish_now(message)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), PublishError>> {
        let closed = || PublishError::with_source(PublishErrorKind::Send, ClientClosed);
        let written = match self.place.flush.take() {
            Some(written) => written,
            None => {
                let told = self.unflushed.number();
                self.core.outbound.lock().flush(told).map_err(|_| closed())?
            }
        };
        match written.completion.poll(cx) {
            Poll::Ready(Outcome::Done) => Poll::Ready(Ok(())),
            Poll::Ready(Outcome::Closed) => Poll::Ready(Err(closed())),
            Poll::Ready(Outcome::Lost) => {
                self.unflushed.tell(written.loss);
                Poll::Ready(Err(PublishError::with_source(PublishErrorKind::Send, UNFLUSHED)))
            }
            Poll::Pending => {
                self.place.flush = Some(written);
                Poll::Pending
            }
        }
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), PublishError>> {
        self.poll_flush(cx)
    }
}
