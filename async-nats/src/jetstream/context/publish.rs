//! Publishing to streams: a message goes out with a place for its ack, under the bound on acks in flight.

use std::future::Future;
use std::pin::Pin;
use std::task::{ready, Poll, Waker};

use bytes::Bytes;
use tokio::time::Sleep;

use super::ack::{refused, PublishAckFuture};
use super::{Context, PublishError, PublishErrorKind};
use crate::client::publish_ack::Sending;
use crate::header::HeaderMap;
use crate::jetstream::message::outbound::PublishMessage;
use crate::proto::acks_in_flight::{AcksInFlight, Ticket};
use crate::subject::ToSubject;
use crate::sync::Mutex;

impl Context {
    /// Publishes `payload` to `subject`, to be stored by the stream that has the subject.
    ///
    /// What is returned says whether the message was stored, and is to be awaited; see [`PublishAckFuture`]. Awaiting it
    /// later, with others, keeps many messages in flight.
    ///
    /// Waits while as many acks are in flight as may be (see
    /// [`max_ack_inflight`](super::ContextBuilder::max_ack_inflight)), and while the client has no room for the message,
    /// which it has without a connection too, up to a limit. What was written when a connection broke is not sent again:
    /// its ack times out.
    ///
    /// # Errors
    ///
    /// `MaxAckPending` when no ack may be in flight any more and this context does not wait; `MaxPayloadExceeded`;
    /// `TimedOut` when there was no room to send the message for as long as the time-out of this context; `Other` when the
    /// subject is not one to publish to, or the client is closed.
    ///
    /// # Cancellation
    ///
    /// Dropping the future before it is ready sends nothing.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// let ack = jetstream.publish("events.login", "data".into()).await?;
    /// ack.await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn publish<S: ToSubject>(
        &self,
        subject: S,
        payload: Bytes,
    ) -> impl Future<Output = Result<PublishAckFuture, PublishError>> + use<'_, S> {
        Publishing::new(self, subject, PublishMessage::from_parts(payload, None))
    }

    /// Publishes `payload` with `headers` to `subject`; see [`Context::publish`].
    ///
    /// # Errors
    ///
    /// Those of [`Context::publish`]; `Other` also when a header cannot be sent, or the server takes none.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// let mut headers = async_nats::HeaderMap::new();
    /// headers.insert("Trace-Id", "4711");
    /// let ack = jetstream.publish_with_headers("events.login", headers, "data".into()).await?;
    /// ack.await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn publish_with_headers<S: ToSubject>(
        &self,
        subject: S,
        headers: HeaderMap,
        payload: Bytes,
    ) -> impl Future<Output = Result<PublishAckFuture, PublishError>> + use<'_, S> {
        Publishing::new(self, subject, PublishMessage::from_parts(payload, Some(headers)))
    }

    /// Publishes a message with an id, expectations or other headers to `subject`; see [`Context::publish`].
    ///
    /// # Errors
    ///
    /// Those of [`Context::publish`]; `Other` also when a header cannot be sent, or the server takes none. Whether the
    /// expectations were met is what the future says that is returned.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// use async_nats::jetstream::message::PublishMessage;
    ///
    /// let message = PublishMessage::build().payload("data".into()).message_id("order-4711");
    /// let ack = jetstream.send_publish("orders", message).await?.await?;
    /// println!("stored before: {}", ack.duplicate);
    /// # Ok(())
    /// # }
    /// ```
    pub fn send_publish<S: ToSubject>(
        &self,
        subject: S,
        publish: PublishMessage,
    ) -> impl Future<Output = Result<PublishAckFuture, PublishError>> + use<'_, S> {
        Publishing::new(self, subject, publish)
    }
}

/// How far a publish has come.
#[derive(Clone, Copy, Debug)]
enum Stage {
    Unchecked,
    /// It has no place under the bound yet.
    Placeless,
    /// All but room to send it is there.
    Sending,
}

/// A publish that was asked for. Written by hand, because it is polled once in nearly all cases, and moving a message
/// through the states of nested futures costs more than publishing it.
struct Publishing<'a> {
    context: &'a Context,
    stage: Stage,
    /// Until it is handed over.
    ack: Option<PublishAckFuture>,
    turn: Turn<'a>,
    sending: Sending<'a>,
    /// Ends a wait for room.
    patience: Option<Pin<Box<Sleep>>>,
}

impl<'a> Publishing<'a> {
    fn new(context: &'a Context, subject: impl ToSubject, message: PublishMessage) -> Self {
        Publishing {
            context,
            stage: Stage::Unchecked,
            ack: Some(PublishAckFuture::new(context, subject.to_subject(), message)),
            turn: Turn {
                acks: &context.shared.acks,
                ticket: None,
            },
            sending: Sending::new(context.client_ref()),
            patience: None,
        }
    }

    fn poll_place(&mut self, cx: &mut std::task::Context<'_>) -> Poll<Result<(), PublishError>> {
        let Turn { acks, ticket } = &mut self.turn;
        let place = if self.context.shared.waits_for_place {
            ready!(acks.lock().poll_take(ticket, cx))
        } else {
            match acks.lock().try_take() {
                Some(place) => place,
                None => return Poll::Ready(Err(PublishErrorKind::MaxAckPending.into())),
            }
        };
        let ack = self.ack.as_mut().expect("it is handed over at the end");
        Poll::Ready(ack.begin(place))
    }

    fn poll_sending(&mut self, cx: &mut std::task::Context<'_>) -> Poll<Result<(), PublishError>> {
        let ack = self.ack.as_mut().expect("it is handed over at the end");
        if let Poll::Ready(sent) = self.sending.poll(ack.parcel(), ack.token(), cx) {
            ack.sent(sent.is_ok());
            return Poll::Ready(sent.map_err(refused));
        }
        let timeout = self.context.timeout_or_default();
        let patience = self
            .patience
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(timeout)));
        ready!(patience.as_mut().poll(cx));
        Poll::Ready(Err(PublishError::with_source(
            PublishErrorKind::TimedOut,
            "the client had no room for the message for as long as the time-out; it was not sent",
        )))
    }
}

impl Future for Publishing<'_> {
    type Output = Result<PublishAckFuture, PublishError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        loop {
            match this.stage {
                Stage::Unchecked => {
                    let ack = this.ack.as_ref().expect("a publish was polled after it had ended");
                    let checked = ready!(this.context.client_ref().poll_may_publish(ack.parcel(), cx));
                    checked.map_err(refused)?;
                    this.stage = Stage::Placeless;
                }
                Stage::Placeless => {
                    ready!(this.poll_place(cx))?;
                    this.stage = Stage::Sending;
                }
                Stage::Sending => {
                    ready!(this.poll_sending(cx))?;
                    return Poll::Ready(Ok(this.ack.take().expect("it is handed over once")));
                }
            }
        }
    }
}

/// A place in the queue of those who wait for a place; left when it is dropped.
struct Turn<'a> {
    acks: &'a Mutex<AcksInFlight>,
    ticket: Option<Ticket>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            let mut wake = Vec::new();
            self.acks.lock().leave(ticket, &mut wake);
            wake.into_iter().for_each(Waker::wake);
        }
    }
}
