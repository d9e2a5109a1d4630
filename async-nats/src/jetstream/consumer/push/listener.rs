//! Listening to one push consumer: flow control is answered, signs of life are looked for.
//!
//! It is polled by whoever reads; there is no task behind it. A request of flow control is answered when it is taken out,
//! and so after what came before it was handed over.

use std::task::{Context as Waiting, Poll};
use std::time::Duration;

use bytes::Bytes;

use crate::jetstream::consumer::incoming::{Feed, Incoming};
use crate::jetstream::consumer::waiting::{now, Connection};
use crate::jetstream::machine::liveness::Liveness;
use crate::jetstream::machine::notice::{is_notice, Notice, Words};
use crate::jetstream::machine::trouble::Trouble;
use crate::jetstream::Context;
use crate::message::Message;
use crate::Subscriber;

/// Listens to one push consumer.
pub(super) struct Listener {
    feed: Feed,
    context: Context,
    life: Liveness,
    is_connected: bool,
}

impl Listener {
    /// Listens to a consumer that gives a sign of life every `heartbeat`; zero when it gives none. With `watches`, it looks out
    /// for new connections itself, and misses nothing while there is none.
    pub(super) fn new(context: &Context, heartbeat: Duration, subscriber: Subscriber, watches: bool) -> Self {
        let connection = watches.then(|| Connection::of(context.client_ref()));
        let feed = Feed::new(subscriber, connection);
        Listener {
            is_connected: feed.is_connected(),
            feed,
            context: context.clone(),
            life: Liveness::new(heartbeat),
        }
    }

    /// The context that messages are acked by.
    pub(super) fn context(&self) -> &Context {
        &self.context
    }

    /// What comes next.
    #[inline]
    pub(super) fn poll(&mut self, cx: &mut Waiting<'_>) -> Poll<Incoming> {
        loop {
            match self.feed.poll_message(cx) {
                Poll::Ready(Some(message)) => {
                    self.life.heard();
                    if !is_notice(&message) {
                        return Poll::Ready(Incoming::Message(message));
                    }
                    if let Some(incoming) = self.notice(message) {
                        return Poll::Ready(incoming);
                    }
                }
                Poll::Ready(None) => return Poll::Ready(Incoming::End),
                // It comes when this task has given way to others.
                Poll::Pending if self.feed.has_messages() => return Poll::Pending,
                Poll::Pending => {
                    if let Some(polled) = self.poll_idle(cx) {
                        return polled;
                    }
                }
            }
        }
    }

    /// The next message, when it lies ready and nothing else is to be done with it than to hand it out: the short way, on
    /// which it is not moved. `None` says nothing; [`poll`](Listener::poll) does.
    #[inline(always)]
    pub(super) fn pop_plain(&mut self) -> Option<Message> {
        let message = self.feed.pop_plain()?;
        self.life.heard();
        Some(message)
    }

    fn notice(&mut self, message: Message) -> Option<Incoming> {
        let status = message.status?;
        match Notice::read(status, &message) {
            Notice::FlowControl => {
                self.answer(message.reply.as_deref()?);
                None
            }
            Notice::Heartbeat { last_consumer, stalled } => {
                let Some(subject) = stalled else {
                    return Some(Incoming::Idle(last_consumer));
                };
                self.answer(&subject);
                Some(Incoming::Heartbeat(last_consumer))
            }
            Notice::Deleted => Some(Incoming::Trouble(Trouble::Deleted, Some(Words::of(status, &message)))),
            // Whatever else there may be, it is not about what is read here.
            _ => None,
        }
    }

    fn answer(&self, subject: &str) {
        // It fails when the client is closed, which ends this.
        let _ = self.context.client_ref().publish_at_once(subject, None, &Bytes::new());
    }

    /// Nothing is there to be read. `None` when there may be something now.
    fn poll_idle(&mut self, cx: &mut Waiting<'_>) -> Option<Poll<Incoming>> {
        if let Poll::Ready(is_up) = self.feed.poll_connection(cx) {
            self.is_connected = is_up;
            self.life.rest();
            return Some(Poll::Ready(Incoming::Connection(is_up)));
        }
        if !self.is_connected {
            return Some(Poll::Pending);
        }
        let now = now();
        self.life.expect(now);
        if self.life.is_missed(now) {
            return Some(Poll::Ready(Incoming::Trouble(Trouble::MissingHeartbeat, None)));
        }
        match self.feed.alarm.poll_until(self.life.deadline(), cx) {
            Poll::Ready(()) => None,
            Poll::Pending => Some(Poll::Pending),
        }
    }
}
