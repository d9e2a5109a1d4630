//! Acking: what is said goes straight to the outbound path, or as a request when the server is to confirm it.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{ready, Poll};

use bytes::Bytes;

use super::{AckKind, Message};
use crate::client::publish_ack::{Parcel, Sending};
use crate::client::{Client, Request, RequestErrorKind};
use crate::jetstream::context::Context;
use crate::subject::Subject;
use crate::Error;

/// Acks one message, without the message: [`Message::split`] makes one.
pub struct Acker {
    context: Context,
    reply: Option<Subject>,
}

impl fmt::Debug for Acker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acker")
            .field("reply", &self.reply)
            .finish_non_exhaustive()
    }
}

impl Acker {
    /// Acks by `context` what came with the reply subject `reply`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(context: async_nats::jetstream::Context, message: async_nats::Message) {
    /// use async_nats::jetstream::message::Acker;
    ///
    /// let acker = Acker::new(context, message.reply.clone());
    /// # }
    /// ```
    pub fn new(context: Context, reply: Option<Subject>) -> Self {
        Acker { context, reply }
    }

    /// Tells the consumer that the message is done; see [`Message::ack`].
    ///
    /// # Errors
    ///
    /// Those of [`Message::ack`].
    pub fn ack(&self) -> impl Future<Output = Result<(), Error>> + use<'_> {
        self.told(Bytes::new())
    }

    /// Tells the consumer what became of the message; see [`Message::ack_with`].
    ///
    /// # Errors
    ///
    /// Those of [`Message::ack`].
    pub fn ack_with(&self, kind: AckKind) -> impl Future<Output = Result<(), Error>> + use<'_> {
        self.told(kind.into())
    }

    /// Tells the consumer that the message is done, and waits until the server has confirmed it; see
    /// [`Message::double_ack`].
    ///
    /// # Errors
    ///
    /// Those of [`Message::double_ack`].
    pub async fn double_ack(&self) -> Result<(), Error> {
        self.double_ack_with(AckKind::Ack).await
    }

    /// Tells the consumer what became of the message, and waits until the server has confirmed it; see
    /// [`Message::double_ack`].
    ///
    /// # Errors
    ///
    /// Those of [`Message::double_ack`].
    pub async fn double_ack_with(&self, ack_kind: AckKind) -> Result<(), Error> {
        confirmed(&self.context, self.reply.as_ref(), ack_kind).await
    }

    fn told(&self, payload: Bytes) -> Telling<'_> {
        Telling::new(self.context.client_ref(), self.reply.as_ref(), payload)
    }
}

impl Message {
    /// Tells the consumer that the message is done.
    ///
    /// Ready as soon as the client has taken the ack; whether it arrives is not known, see [`Message::double_ack`]. An ack
    /// that was written when the connection broke is lost: the message is delivered again.
    ///
    /// # Errors
    ///
    /// The message has no reply subject, or the client is closed.
    ///
    /// # Cancellation
    ///
    /// Dropping the future before it is ready sends nothing.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(message: async_nats::jetstream::Message) -> Result<(), async_nats::Error> {
    /// message.ack().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn ack(&self) -> impl Future<Output = Result<(), Error>> + use<'_> {
        self.told(Bytes::new())
    }

    /// Tells the consumer what became of the message; otherwise like [`Message::ack`].
    ///
    /// # Errors
    ///
    /// Those of [`Message::ack`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(message: async_nats::jetstream::Message) -> Result<(), async_nats::Error> {
    /// use async_nats::jetstream::AckKind;
    /// use std::time::Duration;
    ///
    /// message.ack_with(AckKind::Nak(Some(Duration::from_secs(10)))).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn ack_with(&self, kind: AckKind) -> impl Future<Output = Result<(), Error>> + use<'_> {
        self.told(kind.into())
    }

    /// Tells the consumer that the message is done, and waits until the server has confirmed it.
    ///
    /// # Errors
    ///
    /// The message has no reply subject; an [`io::Error`] of the kind `TimedOut` when no confirmation came within the
    /// [time-out](crate::jetstream::ContextBuilder::timeout) of the context, 5 s by default; a
    /// [`RequestError`](crate::RequestError) of the kind `NoResponders` when the consumer is gone, or `Other` when the
    /// client is closed.
    ///
    /// # Cancellation
    ///
    /// Dropping the future frees everything; the ack may have been sent.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(message: async_nats::jetstream::Message) -> Result<(), async_nats::Error> {
    /// message.double_ack().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn double_ack(&self) -> Result<(), Error> {
        self.double_ack_with(AckKind::Ack).await
    }

    /// Tells the consumer what became of the message, and waits until the server has confirmed it; otherwise like
    /// [`Message::double_ack`].
    ///
    /// [`AckKind::Next`] is confirmed by the next message, which is let go: it is delivered again when the time for its ack is
    /// over. Without one it times out.
    ///
    /// # Errors
    ///
    /// Those of [`Message::double_ack`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(message: async_nats::jetstream::Message) -> Result<(), async_nats::Error> {
    /// use async_nats::jetstream::AckKind;
    ///
    /// message.double_ack_with(AckKind::Term).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn double_ack_with(&self, ack_kind: AckKind) -> Result<(), Error> {
        confirmed(&self.context, self.message.reply.as_ref(), ack_kind).await
    }

    fn told(&self, payload: Bytes) -> Telling<'_> {
        Telling::new(self.context.client_ref(), self.message.reply.as_ref(), payload)
    }
}

/// An ack that is published when it is polled. Written by hand, because it is ready at once in nearly all cases.
struct Telling<'a> {
    client: &'a Client,
    reply: Option<&'a Subject>,
    payload: Bytes,
    sending: Sending<'a>,
    is_checked: bool,
}

impl<'a> Telling<'a> {
    fn new(client: &'a Client, reply: Option<&'a Subject>, payload: Bytes) -> Self {
        Telling {
            client,
            reply,
            payload,
            sending: Sending::new(client),
            is_checked: false,
        }
    }
}

impl Future for Telling<'_> {
    type Output = Result<(), Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let parcel = Parcel {
            subject: this.reply.ok_or_else(no_reply)?,
            headers: None,
            payload: &this.payload,
        };
        if !this.is_checked {
            ready!(this.client.poll_may_publish(parcel, cx))?;
            this.is_checked = true;
        }
        this.sending.poll(parcel, None, cx).map_err(Into::into)
    }
}

async fn confirmed(context: &Context, reply: Option<&Subject>, kind: AckKind) -> Result<(), Error> {
    let reply = reply.ok_or_else(no_reply)?;
    let timeout = context.timeout_or_default();
    let mut request = Request::new().payload(kind.into()).timeout(Some(timeout));
    if matches!(kind, AckKind::Next) {
        // The next message is the answer. It comes under its own subject, by which no answer to a request is known.
        request = request.inbox(context.client_ref().new_inbox());
    }
    match context.client_ref().send_request(reply.clone(), request).await {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == RequestErrorKind::TimedOut => {
            let text = format!("the server did not confirm the ack within {timeout:?}");
            Err(io::Error::new(io::ErrorKind::TimedOut, text).into())
        }
        Err(error) => Err(error.into()),
    }
}

fn no_reply() -> Error {
    io::Error::other("the message has no reply subject to ack on: it does not come from a consumer").into()
}
