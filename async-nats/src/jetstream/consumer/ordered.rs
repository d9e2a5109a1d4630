//! Reading a stream in order, one consumer after the other: what ordered consumers that pull and those that are pushed to
//! have in common.
//!
//! The machine says when a consumer is lost and where the next one begins; here it is made, and the one before it deleted.
//! Each consumer has an inbox of its own, so nothing of an earlier one can come between.

use std::future::Future;
use std::pin::Pin;
use std::task::{ready, Context as Waiting, Poll};

use bytes::Bytes;

use super::config::Config;
use super::handle::Consumer;
use super::incoming::Incoming;
use super::info::Info;
use super::limits::MAKING;
use super::manage::{delete_subject, recreate, ConsumerError, ConsumerErrorKind};
use super::policy::DeliverPolicy;
use super::waiting::{now, Alarm, Connection};
use crate::client::{SubscribeError, SubscribeOptions};
use crate::jetstream::consumer::config::IntoConsumerConfig;
use crate::jetstream::machine::notice::Words;
use crate::jetstream::machine::ordered::{Ordered, Start, Step};
use crate::jetstream::machine::place::Place;
use crate::jetstream::machine::trouble::Trouble;
use crate::jetstream::{Context, ErrorCode};
use crate::message::Message;
use crate::subject::Subject;
use crate::Subscriber;

/// A way to read from one consumer.
pub(super) trait Source: Sized {
    /// The room that its inbox is to have.
    fn room(context: &Context) -> SubscribeOptions;

    /// Has the consumer send to this inbox, if it sends by itself.
    fn address(config: &mut Config, inbox: &Subject);

    /// Reads from the consumer that `info` tells of.
    fn open(context: &Context, info: &Info, inbox: Subject, subscriber: Subscriber) -> Self;

    /// The next message, when it lies ready and has no headers. `None` says nothing; [`poll`](Source::poll) does.
    fn pop_plain(&mut self) -> Option<Message>;

    /// What comes next.
    fn poll(&mut self, cx: &mut Waiting<'_>) -> Poll<Incoming>;
}

/// What is told to the reader.
pub(super) enum Failure {
    /// Another consumer could not be made.
    Recreate(Unmade),
    /// The consumer cannot be read from.
    Trouble(Trouble, Option<Words>),
    /// Something could not be sent.
    Failed(crate::Error),
}

/// Why a consumer could not be made.
#[derive(Debug)]
pub(super) enum Unmade {
    Subscribe(SubscribeError),
    Refused(ConsumerError),
    TimedOut(tokio::time::error::Elapsed),
}

impl Unmade {
    /// Whether nobody said what became of the attempt.
    fn is_unanswered(&self) -> bool {
        match self {
            Unmade::TimedOut(_) => true,
            Unmade::Refused(error) => matches!(error.kind(), ConsumerErrorKind::TimedOut),
            Unmade::Subscribe(_) => false,
        }
    }

    /// Whether the stream is gone, and nothing is left to be read.
    pub(super) fn is_stream_gone(&self) -> bool {
        let Unmade::Refused(error) = self else { return false };
        matches!(error.kind(), ConsumerErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND)
    }
}

type Making = Pin<Box<dyn Future<Output = Result<Info, Unmade>> + Send>>;

/// Where the next consumer is to send to, while it is made.
struct Prepared {
    serial: u64,
    name: String,
    inbox: Subject,
    subscriber: Subscriber,
}

/// Reads a stream in order.
pub(super) struct Reader<S> {
    context: Context,
    stream: String,
    /// As the user gave it; the name and the beginning are those of each consumer.
    config: Config,
    /// What the names of all consumers begin with.
    base: String,
    /// The consumer that is there.
    name: Option<String>,
    machine: Ordered,
    source: Option<S>,
    prepared: Option<Prepared>,
    making: Option<Making>,
    connection: Connection,
    alarm: Alarm,
    /// A consumer was lost because it allows less than was asked for, and nothing came since.
    is_limited: bool,
}

impl<S: Source> Reader<S> {
    /// Reads from a consumer that is there, to begin with, by `source`.
    pub(super) fn new<T: IntoConsumerConfig>(consumer: Consumer<T>, source: S) -> Self {
        let Consumer { config, info, context } = consumer;
        let config = config.into_consumer_config();
        // For all other policies, the server has made it a sequence.
        let is_sequence = config.deliver_policy != DeliverPolicy::LastPerSubject;
        let delivered = info.delivered;
        let last = (is_sequence || delivered.consumer_sequence > 0).then_some(delivered.stream_sequence);
        Reader {
            connection: Connection::of(context.client_ref()),
            machine: Ordered::new(last, delivered.consumer_sequence),
            context,
            stream: info.stream_name,
            config,
            base: info.name.clone(),
            name: Some(info.name),
            source: Some(source),
            prepared: None,
            making: None,
            alarm: Alarm::default(),
            is_limited: false,
        }
    }

    /// The context that messages are acked by.
    pub(super) fn context(&self) -> &Context {
        &self.context
    }

    /// The next message, when it lies ready and is the next one: the short way, on which it is not moved. `None` says
    /// nothing; [`poll`](Reader::poll) does.
    #[inline(always)]
    pub(super) fn pop_plain(&mut self) -> Option<Message> {
        let source = self.source.as_mut().filter(|_| self.machine.is_reading())?;
        let message = source.pop_plain()?;
        let place = message.reply.as_deref().and_then(Place::read);
        // One that is not the next one is let go; another consumer is due.
        if !self.machine.message(place, now) {
            return None;
        }
        self.is_limited = false;
        Some(message)
    }

    /// The next message.
    #[inline(never)]
    pub(super) fn poll(&mut self, cx: &mut Waiting<'_>) -> Poll<Option<Result<Message, Failure>>> {
        loop {
            match ready!(self.poll_or_idle(cx)) {
                Some(Ok(Some(message))) => return Poll::Ready(Some(Ok(message))),
                Some(Ok(None)) => {}
                Some(Err(failure)) => return Poll::Ready(Some(Err(failure))),
                None => return Poll::Ready(None),
            }
        }
    }

    /// The next message, or `None` as one when the consumer says that it has nothing to send and all was handed over.
    #[inline]
    pub(super) fn poll_or_idle(&mut self, cx: &mut Waiting<'_>) -> Poll<Option<Result<Option<Message>, Failure>>> {
        loop {
            let polled = match (&mut self.source, self.machine.is_reading()) {
                (Some(source), true) => match source.poll(cx) {
                    Poll::Ready(incoming) => self.take(incoming),
                    Poll::Pending => {
                        let is_up = ready!(self.connection.poll_change(cx));
                        self.connection_changed(is_up);
                        continue;
                    }
                },
                _ => ready!(self.poll_next_consumer(cx)),
            };
            match polled {
                Took::Item(item) => return Poll::Ready(Some(item.map(Some))),
                Took::Idle => return Poll::Ready(Some(Ok(None))),
                Took::Nothing => {}
                Took::End => return Poll::Ready(None),
            }
        }
    }

    #[inline]
    fn take(&mut self, incoming: Incoming) -> Took {
        match incoming {
            Incoming::Message(message) => {
                let place = message.reply.as_deref().and_then(Place::read);
                if self.machine.message(place, now) {
                    self.is_limited = false;
                    return Took::Item(Ok(message));
                }
            }
            Incoming::Heartbeat(sent) => self.machine.heartbeat(sent, now()),
            Incoming::Idle(sent) => {
                self.machine.heartbeat(sent, now());
                if sent.is_some() && self.machine.is_reading() {
                    return Took::Idle;
                }
            }
            Incoming::Connection(is_up) => self.connection_changed(is_up),
            Incoming::Trouble(trouble @ (Trouble::PushBased | Trouble::Bad), words) => {
                self.machine.end();
                return Took::Item(Err(Failure::Trouble(trouble, words)));
            }
            Incoming::Trouble(Trouble::OverLimit, words) => {
                // The next one is asked for no more than it allows. If that does not help, nothing will.
                if std::mem::replace(&mut self.is_limited, true) {
                    self.machine.end();
                    return Took::Item(Err(Failure::Trouble(Trouble::OverLimit, words)));
                }
                self.machine.lost(now());
            }
            Incoming::Trouble(trouble @ (Trouble::TooLarge | Trouble::Unknown), words) => {
                return Took::Item(Err(Failure::Trouble(trouble, words)));
            }
            Incoming::Trouble(..) => self.machine.lost(now()),
            Incoming::Failed(error) => {
                self.machine.end();
                return Took::Item(Err(Failure::Failed(error)));
            }
            Incoming::End => {
                self.machine.end();
                return Took::End;
            }
        }
        Took::Nothing
    }

    fn connection_changed(&mut self, is_up: bool) {
        self.making = None;
        match is_up {
            true => self.machine.connected(now()),
            false => self.machine.disconnected(),
        }
    }

    /// There is no consumer to read from: another one is made when it is time.
    fn poll_next_consumer(&mut self, cx: &mut Waiting<'_>) -> Poll<Took> {
        self.source = None;
        if let Poll::Ready(is_up) = self.connection.poll_change(cx) {
            self.connection_changed(is_up);
            return Poll::Ready(Took::Nothing);
        }
        match self.machine.next(now()) {
            Step::Read => Poll::Ready(Took::Nothing),
            Step::End => Poll::Ready(Took::End),
            Step::Make { serial, start } => {
                self.begin(serial, start);
                Poll::Ready(Took::Nothing)
            }
            Step::Wait(until) => match &mut self.making {
                Some(making) => {
                    let made = ready!(making.as_mut().poll(cx));
                    self.making = None;
                    Poll::Ready(self.made(made))
                }
                None => self.alarm.poll_until(until, cx).map(|()| Took::Nothing),
            },
        }
    }

    /// Deletes the consumer that is of no use any more, and makes the next one.
    fn begin(&mut self, serial: u64, start: Start) {
        if let Some(name) = self.name.take() {
            self.delete(&name);
        }
        let prepared = match self.prepared.take().filter(|prepared| prepared.serial == serial) {
            Some(prepared) => Ok(prepared),
            None => self.prepare(serial),
        };
        let prepared = match prepared {
            Ok(prepared) => self.prepared.insert(prepared),
            Err(error) => {
                self.making = Some(Box::pin(std::future::ready(Err(Unmade::Subscribe(error)))));
                return;
            }
        };
        let mut config = self.config.clone();
        config.name = Some(prepared.name.clone());
        S::address(&mut config, &prepared.inbox);
        if let Start::At(start_sequence) = start {
            config.deliver_policy = DeliverPolicy::ByStartSequence { start_sequence };
        }
        let (context, stream) = (self.context.clone(), self.stream.clone());
        self.making = Some(Box::pin(async move {
            match tokio::time::timeout(MAKING, recreate(&context, &stream, &config)).await {
                Ok(made) => made.map_err(Unmade::Refused),
                Err(elapsed) => Err(Unmade::TimedOut(elapsed)),
            }
        }));
    }

    fn prepare(&self, serial: u64) -> Result<Prepared, SubscribeError> {
        let client = self.context.client_ref();
        let inbox = Subject::from(client.new_inbox());
        Ok(Prepared {
            serial,
            name: format!("{}_{serial}", self.base),
            subscriber: client.subscribe_at_once(&inbox, &S::room(&self.context))?,
            inbox,
        })
    }

    fn made(&mut self, made: Result<Info, Unmade>) -> Took {
        match (made, self.prepared.take()) {
            (Ok(info), Some(prepared)) => {
                self.source = Some(S::open(&self.context, &info, prepared.inbox, prepared.subscriber));
                self.name = Some(info.name);
                self.machine.made();
                Took::Nothing
            }
            (Ok(_), None) => {
                self.machine.failed(now());
                Took::Nothing
            }
            (Err(error), Some(prepared)) if error.is_unanswered() => {
                // It may have been made all the same.
                self.delete(&prepared.name);
                match self.machine.unanswered(now()) {
                    true => Took::Item(Err(Failure::Recreate(error))),
                    false => Took::Nothing,
                }
            }
            (Err(error), prepared) => {
                self.prepared = prepared;
                if error.is_stream_gone() {
                    self.machine.end();
                    self.prepared = None;
                    return Took::Item(Err(Failure::Recreate(error)));
                }
                match self.machine.failed(now()) {
                    true => Took::Item(Err(Failure::Recreate(error))),
                    false => Took::Nothing,
                }
            }
        }
    }
}

impl<S> Reader<S> {
    /// Has the server delete a consumer. Nobody waits for that: what is not deleted goes when it is not read from.
    fn delete(&self, name: &str) {
        let subject = format!("{}.{}", self.context.prefix(), delete_subject(&self.stream, name));
        // It fails when the client is closed, which ends the consumer as well.
        let _ = self
            .context
            .client_ref()
            .publish_at_once(&subject, None, &Bytes::from_static(b"{}"));
    }
}

impl<S> Drop for Reader<S> {
    fn drop(&mut self) {
        let prepared = self.prepared.take();
        for name in self
            .name
            .take()
            .into_iter()
            .chain(prepared.map(|prepared| prepared.name))
        {
            self.delete(&name);
        }
    }
}

/// What became of something that came.
enum Took {
    Item(Result<Message, Failure>),
    /// The consumer has nothing to send, and all that it sent was handed over.
    Idle,
    Nothing,
    End,
}
