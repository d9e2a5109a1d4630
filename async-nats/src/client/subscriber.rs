//! [`Subscriber`]: the messages of one subscription.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{ready, Context, Poll, Waker};

use futures_core::Stream;

#[cfg(feature = "service")]
use super::Client;
use crate::client::error::{ClientClosed, UnsubscribeError};
use crate::event::{ClientError, Event, ServerError};
use crate::header::parse::Fault;
use crate::io::core::{Core, Handle};
use crate::message::Message;
use crate::proto::fences::Fence;
use crate::proto::subscriptions::assemble::Popped;
use crate::proto::subscriptions::intake::Intake;
use crate::proto::subscriptions::slot::Slot;
use crate::subject::Subject;

/// Messages that cost one unit of the runtime's cooperative budget. A task has 128 units a turn, so a reader that always
/// finds a message gives way after some thousand: as many as the connection reads before it gives way itself.
const MESSAGES_PER_UNIT: u64 = 32;

/// The messages of one subscription, as a stream; see [`Client::subscribe`](crate::Client::subscribe).
///
/// Messages come in the order in which the server sent them, across reconnects too; what is published while there is no
/// connection is not among them. The stream ends after [`unsubscribe`](Subscriber::unsubscribe),
/// [`unsubscribe_after`](Subscriber::unsubscribe_after), [`drain`](Subscriber::drain), or with the client; what had come
/// until then is still handed out. Dropping it unsubscribes.
///
/// A reader that does not keep up loses the newest messages, never the connection: see
/// [`ConnectOptions::subscription_capacity`](crate::ConnectOptions::subscription_capacity).
///
/// # Examples
///
/// ```no_run
/// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
/// use futures_util::StreamExt;
///
/// let mut messages = client.subscribe("events.>").await?;
/// while let Some(message) = messages.next().await {
///     println!("{}: {:?}", message.subject, message.payload);
/// }
/// # Ok(())
/// # }
/// ```
pub struct Subscriber {
    core: Handle,
    sid: u64,
    slot: Arc<Slot>,
    intake: Intake,
}

impl Subscriber {
    pub(super) fn new(core: &Handle, sid: u64, slot: Arc<Slot>) -> Self {
        Subscriber {
            core: core.clone(),
            sid,
            slot,
            intake: Intake::default(),
        }
    }

    /// Ends the subscription now. Messages that are here already are still handed out; those on their way are not. Without a
    /// connection it is simply not made again.
    ///
    /// # Errors
    ///
    /// When the client is closed.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// let mut messages = client.subscribe("events.>").await?;
    /// messages.unsubscribe().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn unsubscribe(&mut self) -> Result<(), UnsubscribeError> {
        self.check_open()?;
        self.core.unsubscribe(self.sid);
        Ok(())
    }

    /// Ends the subscription once it had `unsub_after` messages, counted from its beginning; at once when it had as many.
    /// What is left of the count survives a reconnect.
    ///
    /// A count can be lowered, and raised until the server has sent the last message of the one before: it ends the
    /// subscription with that. When the greater count reaches the server after that, or too close to it to tell, the stream
    /// ends with the messages of the count before.
    ///
    /// # Errors
    ///
    /// When the client is closed.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// let mut first_three = client.subscribe("events.>").await?;
    /// first_three.unsubscribe_after(3).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn unsubscribe_after(&mut self, unsub_after: u64) -> Result<(), UnsubscribeError> {
        self.check_open()?;
        self.core.unsubscribe_after(self.sid, unsub_after);
        Ok(())
    }

    /// Ends the subscription without losing what is on its way: the server is told, and the stream ends once everything
    /// that it had sent until then was handed out. Returns before that; read on until the end.
    ///
    /// While there is no connection, nothing is on its way, and the stream ends with what is here.
    ///
    /// # Errors
    ///
    /// When the client is closed.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// use futures_util::StreamExt;
    ///
    /// let mut messages = client.subscribe("events.>").await?;
    /// messages.drain().await?;
    /// while let Some(message) = messages.next().await {
    ///     println!("one of the last: {}", message.subject);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn drain(&mut self) -> Result<(), UnsubscribeError> {
        self.check_open()?;
        self.core.drain_subscription(self.sid);
        Ok(())
    }

    /// The number of the subscription in the protocol.
    #[cfg(feature = "service")]
    pub(crate) fn sid(&self) -> u64 {
        self.sid
    }

    /// Messages that were dropped because this subscription's reader did not keep up, since it was made; see
    /// [the handbook](crate::manual::slow_consumers).
    pub fn dropped(&self) -> u64 {
        self.slot.dropped()
    }

    /// Messages that wait to be read.
    pub fn pending_messages(&self) -> u64 {
        self.slot.pending().0
    }

    /// Bytes (subjects, headers and payloads) of the messages that wait to be read.
    pub fn pending_bytes(&self) -> u64 {
        self.slot.pending().1
    }

    /// What the server said when it refused this subscription, for want of permission. Taken out: the next call returns
    /// `None` until it is refused again, which happens when the client reconnects. The stream stays open, because another
    /// server, or the same one with other permissions, may accept it.
    ///
    /// It is reported as an [`Event`](crate::Event) as well. To wait for it, see
    /// [`next_or_refused`](Subscriber::next_or_refused).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// use std::time::Duration;
    ///
    /// let mut messages = client.subscribe("secret.>").await?;
    /// // Behind this, the server has said what it has to say about the subscription.
    /// client.flush_with_timeout(Duration::from_secs(5)).await?;
    /// if let Some(refusal) = messages.take_refusal() {
    ///     println!("{refusal}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn take_refusal(&mut self) -> Option<ServerError> {
        self.slot.take_refusal().map(ServerError::Other)
    }

    /// The next message, `None` at the end, or what the server said when it refused this subscription.
    ///
    /// # Errors
    ///
    /// When the server refuses the subscription for want of permission.
    ///
    /// # Cancellation
    ///
    /// Nothing is lost.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// let mut messages = client.subscribe("secret.>").await?;
    /// while let Some(message) = messages.next_or_refused().await? {
    ///     println!("{}", message.subject);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn next_or_refused(&mut self) -> Result<Option<Message>, ServerError> {
        std::future::poll_fn(|cx| {
            let polled = self.poll_message(cx);
            match (polled, self.take_refusal()) {
                (Poll::Pending, Some(refusal)) => Poll::Ready(Err(refusal)),
                (Poll::Pending, None) => Poll::Pending,
                (Poll::Ready(message), None) => Poll::Ready(Ok(message)),
                (Poll::Ready(message), Some(refusal)) => {
                    // It is told when nothing is left to hand out.
                    let waker = self.slot.refuse(&refusal_text(&refusal));
                    waker.into_iter().for_each(Waker::wake);
                    Poll::Ready(Ok(message))
                }
            }
        })
        .await
    }

    #[inline]
    pub(super) fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Option<Message>> {
        let report = |subject: &Subject, fault| self.core.report_fault(subject, &fault);
        self.intake.poll_pop(&self.slot, cx, report)
    }

    /// The next message, if it lies ready and has no headers; otherwise, or when the task has to give way to others, `None`.
    #[cfg(feature = "jetstream")]
    #[inline(always)]
    pub(crate) fn pop_plain(&mut self) -> Option<Message> {
        match self.intake.taken_messages().is_multiple_of(MESSAGES_PER_UNIT) {
            true => None,
            false => self.intake.pop_plain(&self.slot),
        }
    }

    fn check_open(&self) -> Result<(), UnsubscribeError> {
        match self.core.is_closed() {
            true => Err(UnsubscribeError::new(ClientClosed)),
            false => Ok(()),
        }
    }
}

fn refusal_text(refusal: &ServerError) -> String {
    match refusal {
        ServerError::Other(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(feature = "service")]
impl Client {
    /// Ends the subscription with this number; see [`Subscriber::unsubscribe`].
    pub(crate) fn unsubscribe_sid(&self, sid: u64) {
        self.core.unsubscribe(sid);
    }

    /// Ends the subscription with this number without losing what is on its way; see [`Subscriber::drain`].
    pub(crate) fn drain_sid(&self, sid: u64) {
        self.core.drain_subscription(sid);
    }
}

impl Core {
    fn drain_subscription(&self, sid: u64) {
        let mut lines = Vec::new();
        let mut wake = Vec::new();
        let mut subscriptions = self.subscriptions.lock();
        if subscriptions.drain(sid, &mut lines) {
            let mut outbound = self.outbound.lock();
            if outbound.is_up() {
                wake.extend(outbound.append_control(&lines));
                wake.extend(outbound.fence(Fence::Subscription(sid)));
            } else {
                drop(outbound);
                wake.extend(subscriptions.drained(sid));
            }
        }
        drop(subscriptions);
        wake.into_iter().for_each(Waker::wake);
    }

    fn unsubscribe(&self, sid: u64) {
        let mut lines = Vec::new();
        let mut subscriptions = self.subscriptions.lock();
        let reader = subscriptions.unsubscribe(sid, &mut lines);
        let writer = self.outbound.lock().append_control(&lines);
        drop(subscriptions);
        reader.into_iter().chain(writer).for_each(Waker::wake);
    }

    fn unsubscribe_after(&self, sid: u64, max: u64) {
        let (mut lines, mut wake) = (Vec::new(), Vec::new());
        let mut subscriptions = self.subscriptions.lock();
        let raised_from = subscriptions.limit(sid).filter(|before| *before < max);
        wake.extend(subscriptions.unsubscribe_after(sid, max, &mut lines));
        let mut outbound = self.outbound.lock();
        wake.extend(outbound.append_control(&lines));
        if let Some(from) = raised_from {
            wake.extend(outbound.fence(Fence::Raised { sid, from }));
        }
        drop(outbound);
        drop(subscriptions);
        wake.into_iter().for_each(Waker::wake);
    }

    /// A message whose headers did not parse is handed out with those that did, and this is said.
    #[inline]
    pub(super) fn report_header_fault(&self, popped: &Popped) {
        if let Some(fault) = &popped.fault {
            self.report_fault(&popped.message.subject, fault);
        }
    }

    #[cold]
    fn report_fault(&self, subject: &Subject, fault: &Fault) {
        let text = format!("a message on {:?} came with a bad header: {fault}", subject.as_str());
        self.events.emit(Event::ClientError(ClientError::Other(text)));
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        self.slot.abandon();
        self.core.unsubscribe(self.sid);
    }
}

impl Stream for Subscriber {
    type Item = Message;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Message>> {
        // A reader that always finds a message must not keep its neighbours from running.
        if self.intake.taken_messages().is_multiple_of(MESSAGES_PER_UNIT) {
            let budget = ready!(tokio::task::coop::poll_proceed(cx));
            let polled = self.poll_message(cx);
            if polled.is_ready() {
                budget.made_progress();
            }
            return polled;
        }
        self.poll_message(cx)
    }
}

impl fmt::Debug for Subscriber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscriber")
            .field("sid", &self.sid)
            .finish_non_exhaustive()
    }
}
