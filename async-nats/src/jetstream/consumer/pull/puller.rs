//! Pulling from one consumer: the machine that decides when to ask for what, its inbox, and its timer.
//!
//! It is polled by whoever reads; there is no task behind it. What is handed out of it is all that was asked for, in the
//! order of the server.

use std::task::{Context as Waiting, Poll};

use bytes::Bytes;

use super::request::BatchConfig;
use crate::client::SubscribeError;
use crate::header;
use crate::jetstream::consumer::incoming::{room_for, Feed, Incoming};
use crate::jetstream::consumer::info::Info;
use crate::jetstream::consumer::waiting::{now, Connection};
use crate::jetstream::machine::notice::{is_notice, Notice, Words};
use crate::jetstream::machine::pull::{Ask, Plan, Pull, Step};
use crate::jetstream::Context;
use crate::message::Message;
use crate::subject::Subject;
use crate::{Client, Subscriber};

/// Pulls from one consumer.
pub(super) struct Puller {
    feed: Feed,
    machine: Pull,
    context: Context,
    /// Where requests are sent to.
    subject: String,
    inbox: Subject,
    request: BatchConfig,
    /// The consumer serves one client at a time, which it knows by an id.
    is_pinned: bool,
    pin: Option<String>,
}

/// The subject that asks a consumer for messages.
pub(super) fn next_subject(context: &Context, info: &Info) -> String {
    format!(
        "{}.CONSUMER.MSG.NEXT.{}.{}",
        context.prefix(),
        info.stream_name,
        info.name
    )
}

/// An inbox with room for `batch` messages.
pub(super) fn inbox(client: &Client, batch: usize) -> Result<(Subject, Subscriber), SubscribeError> {
    let inbox = Subject::from(client.new_inbox());
    let subscriber = client.subscribe_at_once(&inbox, &room_for(batch, client.max_payload()))?;
    Ok((inbox, subscriber))
}

impl Puller {
    /// Nothing is asked for before it is polled. With `watches`, it looks out for new connections itself, and asks again
    /// over them.
    pub(super) fn new(
        context: &Context,
        info: &Info,
        request: BatchConfig,
        tells_silence: bool,
        (inbox, subscriber): (Subject, Subscriber),
        watches: bool,
    ) -> Self {
        let feed = Feed::new(subscriber, watches.then(|| Connection::of(context.client_ref())));
        let plan = Plan {
            messages: request.batch,
            bytes: request.max_bytes,
            expires: request.expires,
            heartbeat: request.idle_heartbeat,
            tells_silence,
        };
        Puller {
            machine: Pull::new(plan, feed.is_connected()),
            feed,
            context: context.clone(),
            subject: next_subject(context, info),
            inbox,
            request,
            is_pinned: is_pinned(info),
            pin: None,
        }
    }

    /// What comes next.
    #[inline]
    pub(super) fn poll(&mut self, cx: &mut Waiting<'_>) -> Poll<Incoming> {
        loop {
            match self.feed.poll_message(cx) {
                Poll::Ready(Some(message)) => {
                    if let Some(incoming) = self.take(message) {
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

    /// The context that messages are acked by.
    pub(super) fn context(&self) -> &Context {
        &self.context
    }

    /// A message was taken out of the inbox.
    #[inline]
    fn take(&mut self, message: Message) -> Option<Incoming> {
        if is_notice(&message) {
            return self.notice(&message);
        }
        self.machine.received(message.length);
        if self.is_pinned {
            self.pinned(&message);
        }
        if self.machine.wants() {
            self.refill();
        }
        Some(Incoming::Message(message))
    }

    /// The next message, when it lies ready and nothing else is to be done with it than to hand it out: the short way, on
    /// which it is not moved. `None` says nothing; [`poll`](Puller::poll) does.
    #[inline(always)]
    pub(super) fn pop_plain(&mut self) -> Option<Message> {
        let message = self.feed.pop_plain()?;
        self.machine.received(message.length);
        if self.machine.wants() {
            self.refill();
        }
        Some(message)
    }

    #[inline(never)]
    fn refill(&mut self) {
        if self.feed.is_connected() {
            // A failure is told when nothing is left to read.
            let _ = self.ask();
        }
    }

    fn notice(&mut self, message: &Message) -> Option<Incoming> {
        let status = message.status?;
        let notice = Notice::read(status, message);
        if matches!(notice, Notice::WrongPin(_)) {
            self.pin = None;
        }
        if let Some(trouble) = self.machine.notice(&notice, now()) {
            return Some(Incoming::Trouble(trouble, Some(Words::of(status, message))));
        }
        match notice {
            Notice::Heartbeat { last_consumer, .. } => Some(Incoming::Heartbeat(last_consumer)),
            _ => None,
        }
    }

    /// The id by which the consumer knows this client, in a message that it sent to it alone. A publisher can have put
    /// one of its own before the server's, so the last counts.
    fn pinned(&mut self, message: &Message) {
        let headers = message.headers.as_ref();
        let Some(id) = headers.and_then(|headers| headers.get_last(header::NATS_PIN_ID)) else {
            return;
        };
        if self.pin.as_deref() != Some(id.as_str()) {
            self.pin = Some(id.as_str().to_owned());
        }
    }

    /// Nothing is there to be read. `None` when there may be something now.
    fn poll_idle(&mut self, cx: &mut Waiting<'_>) -> Option<Poll<Incoming>> {
        if let Poll::Ready(is_up) = self.feed.poll_connection(cx) {
            match is_up {
                true => self.machine.connected(),
                false => self.machine.disconnected(),
            }
            return Some(Poll::Ready(Incoming::Connection(is_up)));
        }
        match self.machine.next(now()) {
            Step::Ask(ask) => self.send(ask).err().map(|error| Poll::Ready(Incoming::Failed(error))),
            Step::Tell(trouble) => Some(Poll::Ready(Incoming::Trouble(trouble, None))),
            Step::End => Some(Poll::Ready(Incoming::End)),
            Step::Wait(until) => match self.feed.alarm.poll_until(until, cx) {
                Poll::Ready(()) => None,
                Poll::Pending => Some(Poll::Pending),
            },
        }
    }

    fn ask(&mut self) -> Result<(), crate::Error> {
        let ask = self.machine.ask(now());
        self.send(ask)
    }

    fn send(&self, ask: Ask) -> Result<(), crate::Error> {
        let request = self.request.to_wire(ask.messages, ask.bytes, self.pin.as_deref())?;
        let client = self.context.client_ref();
        client.publish_at_once(&self.subject, Some(&self.inbox), &Bytes::from(request))?;
        Ok(())
    }
}

#[cfg(feature = "server_2_11")]
pub(super) fn is_pinned(info: &Info) -> bool {
    info.config.priority_policy == crate::jetstream::consumer::PriorityPolicy::PinnedClient
}

#[cfg(not(feature = "server_2_11"))]
pub(super) fn is_pinned(_: &Info) -> bool {
    false
}
