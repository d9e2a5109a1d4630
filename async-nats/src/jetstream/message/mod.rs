//! Messages as JetStream delivers and takes them.
//!
//! A [`Message`] comes from a consumer and can be acked; a [`StreamMessage`] was read from a stream without one; a
//! [`PublishMessage`] is to be stored.

mod ack;
mod acker;
mod info;
pub(crate) mod outbound;
mod stored;

use std::ops::Deref;

pub use self::ack::AckKind;
pub use self::acker::Acker;
pub use self::info::Info;
pub use self::outbound::{OutboundMessage, PublishMessage};
pub use self::stored::{StreamMessage, StreamMessageError, StreamMessageErrorKind};
use super::context::Context;
use crate::message;

/// A message from a consumer: a [core message](crate::Message), and the context by which it is acked.
///
/// # Examples
///
/// ```no_run
/// # async fn example(message: async_nats::jetstream::Message) -> Result<(), async_nats::Error> {
/// println!("{} of {}", message.subject, message.info()?.stream);
/// message.ack().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Message {
    /// The message as it came.
    pub message: message::Message,
    /// The context by which it is acked.
    pub context: Context,
}

impl Deref for Message {
    type Target = message::Message;

    fn deref(&self) -> &Self::Target {
        &self.message
    }
}

impl From<Message> for message::Message {
    fn from(message: Message) -> Self {
        message.message
    }
}

impl Message {
    /// The core message without its reply subject, and what acks it: to hand one on and keep the other.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(message: async_nats::jetstream::Message) -> Result<(), async_nats::Error> {
    /// let (message, acker) = message.split();
    /// drop(message);
    /// acker.ack().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn split(mut self) -> (message::Message, Acker) {
        let reply = self.message.reply.take();
        (self.message, Acker::new(self.context, reply))
    }

    /// What the consumer says about the message, read from its reply subject.
    ///
    /// # Errors
    ///
    /// The message has no reply subject, or not one of a consumer's; the text says what is wrong with it.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(message: &async_nats::jetstream::Message) -> Result<(), async_nats::Error> {
    /// let info = message.info()?;
    /// println!("{} in {}, {} to come", info.stream_sequence, info.stream, info.pending);
    /// # Ok(())
    /// # }
    /// ```
    pub fn info(&self) -> Result<Info<'_>, crate::Error> {
        match &self.message.reply {
            Some(reply) => Info::parse(reply).map_err(Into::into),
            None => Err(info::NotAnAckSubject::Missing.into()),
        }
    }
}
