//! What comes to a reader, whichever way it comes.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::waiting::{Alarm, Connection};
use crate::client::SubscribeOptions;
use crate::jetstream::machine::notice::Words;
use crate::jetstream::machine::trouble::Trouble;
use crate::message::Message;
use crate::Subscriber;

/// What came.
pub(super) enum Incoming {
    /// A message of the stream.
    Message(Message),
    /// The consumer is there, and has sent so many messages.
    Heartbeat(Option<u64>),
    /// The same of a consumer that is pushed from, and has nothing to send now.
    Idle(Option<u64>),
    /// A connection came (`true`) or went.
    Connection(bool),
    /// Something is wrong.
    Trouble(Trouble, Option<Words>),
    /// Something could not be sent.
    Failed(crate::Error),
    /// The client is closed.
    End,
}

/// The subscription of a reader, and what it waits for beside messages.
pub(super) struct Feed {
    subscriber: Subscriber,
    pub(super) alarm: Alarm,
    /// Watched when the reader itself has to know.
    connection: Option<Connection>,
}

impl Feed {
    pub(super) fn new(subscriber: Subscriber, connection: Option<Connection>) -> Self {
        Feed {
            subscriber,
            alarm: Alarm::default(),
            connection,
        }
    }

    /// The next message, with or without a status.
    #[inline]
    pub(super) fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Option<Message>> {
        Pin::new(&mut self.subscriber).poll_next(cx)
    }

    /// The next message, when it lies ready and has no headers: it is one of the stream, and all there is to know about it
    /// is how long it is, and its subjects.
    #[inline(always)]
    pub(super) fn pop_plain(&mut self) -> Option<Message> {
        self.subscriber.pop_plain()
    }

    /// Whether messages wait that were not handed out: the task is to give way to others first.
    pub(super) fn has_messages(&self) -> bool {
        self.subscriber.pending_messages() > 0
    }

    /// Ready when a connection came or went.
    pub(super) fn poll_connection(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        match &mut self.connection {
            Some(connection) => connection.poll_change(cx),
            None => Poll::Pending,
        }
    }

    /// Whether there is a connection, as far as this is watched.
    pub(super) fn is_connected(&self) -> bool {
        self.connection.as_ref().is_none_or(Connection::is_up)
    }
}

/// Room for twice the messages that are asked for, since a new connection may send some that the old one was asked for, and
/// for notices beside them; and for as many bytes as that can be.
pub(super) fn room_for(messages: usize, max_payload: usize) -> SubscribeOptions {
    const NOTICES: usize = 64;
    let messages = messages.saturating_mul(2).saturating_add(NOTICES);
    // What a message has beside headers and payload: its subjects.
    const SUBJECTS: usize = 4096;
    SubscribeOptions::new()
        .max_pending_messages(messages)
        .max_pending_bytes(messages.saturating_mul(max_payload.saturating_add(SUBJECTS)))
}
