//! Publishing: validate, write the control line on the stack, append under one short lock.

use std::future::poll_fn;
use std::sync::atomic::Ordering;
use std::task::{ready, Context, Poll};

use bytes::Bytes;

use super::{Client, PublishError, PublishErrorKind};
use crate::client::error::ClientClosed;
use crate::header::HeaderMap;
use crate::io::core::Core;
use crate::message::OutboundMessage;
use crate::proto::encode::{self, Line};
use crate::proto::outbound::{Frame, Refused, Ticket};
use crate::subject::{self, Subject, SubjectError, ToSubject};

/// Bytes appended that cost one unit of the runtime's cooperative budget. A task has 128 units a turn, so a publisher in a
/// tight loop gives way about every 64 KiB.
const BYTES_PER_UNIT: u32 = 512;

/// A message on its way out, borrowed from the caller.
#[derive(Clone, Copy)]
pub(super) struct Outgoing<'a> {
    pub(super) subject: &'a str,
    pub(super) reply: Option<&'a str>,
    pub(super) headers: Option<&'a HeaderMap>,
    pub(super) payload: &'a Bytes,
}

impl Client {
    /// Publishes `payload` to `subject`.
    ///
    /// Ok means that the message is on its way: it is written as soon as the connection takes it, or after the next one
    /// was made. To know that it left, [`flush`](Client::flush); that the server has it,
    /// [`flush_with_timeout`](Client::flush_with_timeout).
    ///
    /// # Errors
    ///
    /// `InvalidSubject`; `MaxPayloadExceeded`; `Send` when the client is closed, or disconnected with a full
    /// [buffer](crate::ConnectOptions::reconnect_buffer) that was told to fail.
    ///
    /// # Cancellation
    ///
    /// Waits when too much is pending. A future that is dropped has published nothing.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// client.publish("events.data", "payload".into()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn publish<S: ToSubject>(&self, subject: S, payload: Bytes) -> Result<(), PublishError> {
        let subject = self.publishable(&subject)?;
        self.publish_outgoing(Outgoing {
            subject: &subject,
            reply: None,
            headers: None,
            payload: &payload,
        })
        .await
    }

    /// Publishes `payload` with `headers` to `subject`; see [`Client::publish`].
    ///
    /// # Errors
    ///
    /// Those of [`Client::publish`]; `Send` also when a header holds what would end its line, or when the server has no
    /// headers.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// let mut headers = async_nats::HeaderMap::new();
    /// headers.insert("Trace-Id", "4711");
    /// client.publish_with_headers("events.data", headers, "payload".into()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn publish_with_headers<S: ToSubject>(
        &self,
        subject: S,
        headers: HeaderMap,
        payload: Bytes,
    ) -> Result<(), PublishError> {
        let subject = self.publishable(&subject)?;
        self.publish_outgoing(Outgoing {
            subject: &subject,
            reply: None,
            headers: Some(&headers),
            payload: &payload,
        })
        .await
    }

    /// Publishes `payload` to `subject`, asking for answers on `reply`; see [`Client::publish`].
    ///
    /// # Errors
    ///
    /// Those of [`Client::publish`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// let inbox = client.new_inbox();
    /// let answers = client.subscribe(inbox.clone()).await?;
    /// client.publish_with_reply("service", inbox, "question".into()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn publish_with_reply<S: ToSubject, R: ToSubject>(
        &self,
        subject: S,
        reply: R,
        payload: Bytes,
    ) -> Result<(), PublishError> {
        let subject = self.publishable(&subject)?;
        let reply = self.publishable(&reply)?;
        self.publish_outgoing(Outgoing {
            subject: &subject,
            reply: Some(&reply),
            headers: None,
            payload: &payload,
        })
        .await
    }

    /// Publishes `payload` with `headers` to `subject`, asking for answers on `reply`; see [`Client::publish`].
    ///
    /// # Errors
    ///
    /// Those of [`Client::publish_with_headers`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// let mut headers = async_nats::HeaderMap::new();
    /// headers.insert("Trace-Id", "4711");
    /// client
    ///     .publish_with_reply_and_headers("service", "answers", headers, "question".into())
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn publish_with_reply_and_headers<S: ToSubject, R: ToSubject>(
        &self,
        subject: S,
        reply: R,
        headers: HeaderMap,
        payload: Bytes,
    ) -> Result<(), PublishError> {
        let subject = self.publishable(&subject)?;
        let reply = self.publishable(&reply)?;
        let message = Outgoing {
            subject: &subject,
            reply: Some(&reply),
            headers: Some(&headers),
            payload: &payload,
        };
        self.publish_outgoing(message).await
    }

    /// A subject that may be published to.
    #[inline]
    fn publishable(&self, subject: &impl ToSubject) -> Result<Subject, PublishError> {
        let subject = subject.to_subject();
        match self.core.is_publishable(&subject) {
            true => Ok(subject),
            false => Err(invalid_subject()),
        }
    }

    /// Publishes a message whose subjects were not looked at yet.
    pub(super) async fn send_message(&self, message: &OutboundMessage) -> Result<(), PublishError> {
        self.core.check_message(message)?;
        self.publish_outgoing(message.into()).await
    }

    async fn publish_outgoing(&self, message: Outgoing<'_>) -> Result<(), PublishError> {
        let core: &Core = &self.core;
        core.check_size(message.headers, message.payload.len())?;
        if core.budget_due.load(Ordering::Relaxed) > 0 {
            poll_fn(|cx| core.poll_budget(cx)).await;
        }
        if core.try_publish(message)? {
            return Ok(());
        }
        let mut turn = Turn { core, ticket: None };
        poll_fn(|cx| turn.poll_publish(message, cx)).await
    }
}

impl<'a> From<&'a OutboundMessage> for Outgoing<'a> {
    fn from(message: &'a OutboundMessage) -> Self {
        Outgoing {
            subject: &message.subject,
            reply: message.reply.as_deref(),
            headers: message.headers.as_ref(),
            payload: &message.payload,
        }
    }
}

pub(super) fn invalid_subject() -> PublishError {
    PublishError::with_source(PublishErrorKind::InvalidSubject, SubjectError::InvalidFormat)
}

/// A place in the queue of those who wait for room; left when it is dropped.
pub(super) struct Turn<'a> {
    pub(super) core: &'a Core,
    pub(super) ticket: Option<Ticket>,
}

impl Turn<'_> {
    /// Publishes as soon as there is room.
    pub(super) fn poll_publish(
        &mut self,
        message: Outgoing<'_>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), PublishError>> {
        let ticket = &mut self.ticket;
        let core = self.core;
        let polled = with_frame(core, message, |frame| {
            core.outbound.lock().poll_append(frame, ticket, cx)
        })?;
        Poll::Ready(match ready!(polled) {
            Ok(appended) => {
                appended.writer.into_iter().for_each(std::task::Waker::wake);
                Ok(())
            }
            Err(refused) => Err(refusal(refused)),
        })
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            let wake = self.core.outbound.lock().leave(ticket);
            wake.into_iter().for_each(std::task::Waker::wake);
        }
    }
}

impl Core {
    /// Whether a message may be published to `subject`, by the checks that the user left on.
    #[inline]
    pub(super) fn is_publishable(&self, subject: &str) -> bool {
        if self.settings.skip_subject_validation {
            !subject.is_empty() && memchr::memchr2(b'\r', b'\n', subject.as_bytes()).is_none()
        } else {
            subject::is_publishable(subject)
        }
    }

    pub(super) fn check_message(&self, message: &OutboundMessage) -> Result<(), PublishError> {
        let reply = message.reply.as_deref();
        match self.is_publishable(&message.subject) && reply.is_none_or(|reply| self.is_publishable(reply)) {
            true => Ok(()),
            false => Err(invalid_subject()),
        }
    }

    /// Refuses what the server would close the connection for.
    #[inline]
    pub(super) fn check_size(&self, headers: Option<&HeaderMap>, payload: usize) -> Result<(), PublishError> {
        let headers = headers
            .filter(|headers| !headers.is_empty())
            .map_or(0, HeaderMap::wire_len);
        let (size, limit) = (headers + payload, self.max_payload());
        if size <= limit {
            return Ok(());
        }
        Err(PublishError::with_source(
            PublishErrorKind::MaxPayloadExceeded,
            format!("the message has {size} bytes with its headers, and the server takes {limit}"),
        ))
    }

    /// Appends the message if there is room for it now.
    #[inline]
    pub(super) fn try_publish(&self, message: Outgoing<'_>) -> Result<bool, PublishError> {
        let (appended, len) = with_frame(self, message, |frame| {
            (self.outbound.lock().try_append(frame), frame.len())
        })?;
        match appended {
            Ok(Some(appended)) => {
                if let Some(writer) = appended.writer {
                    writer.wake();
                }
                self.owe(len);
                Ok(true)
            }
            Ok(None) => Ok(false),
            Err(refused) => Err(refusal(refused)),
        }
    }

    /// Appends the message whether there is room or not, for a caller that waited for room before.
    pub(super) fn publish_now(&self, message: Outgoing<'_>) -> Result<(), PublishError> {
        let (appended, len) = with_frame(self, message, |frame| {
            (self.outbound.lock().append_now(frame), frame.len())
        })?;
        appended
            .map_err(refusal)?
            .writer
            .into_iter()
            .for_each(std::task::Waker::wake);
        self.owe(len);
        Ok(())
    }

    /// Notes what an append of `len` bytes costs of the cooperative budget.
    #[inline]
    fn owe(&self, len: usize) {
        let due = self.bytes_since_unit.fetch_add(len as u32, Ordering::Relaxed) + len as u32;
        if due >= BYTES_PER_UNIT {
            self.bytes_since_unit.store(0, Ordering::Relaxed);
            self.budget_due.fetch_add(due / BYTES_PER_UNIT, Ordering::Relaxed);
        }
    }

    /// Pays for what was appended out of the task's cooperative budget, before anything more is appended: a publisher that
    /// is made to wait here has sent nothing.
    pub(super) fn poll_budget(&self, cx: &mut Context<'_>) -> Poll<()> {
        for _ in 0..self.budget_due.swap(0, Ordering::Relaxed).min(128) {
            ready!(tokio::task::coop::poll_proceed(cx)).made_progress();
        }
        Poll::Ready(())
    }
}

pub(super) fn refusal(refused: Refused) -> PublishError {
    match refused {
        Refused::Closed => PublishError::with_source(PublishErrorKind::Send, ClientClosed),
        Refused::Full => PublishError::with_source(
            PublishErrorKind::Send,
            "there is no connection, and the buffer for publishes until there is one is full",
        ),
    }
}

/// Calls `then` with the message as it goes on the wire.
#[inline]
fn with_frame<T>(core: &Core, message: Outgoing<'_>, then: impl FnOnce(Frame<'_>) -> T) -> Result<T, PublishError> {
    let Outgoing {
        subject,
        reply,
        headers,
        payload,
    } = message;
    let mut line = Line::new();
    let headers = headers.filter(|headers| !headers.is_empty());
    let Some(headers) = headers else {
        encode::publish(&mut line, subject, reply, None, payload.len());
        // A few bytes of payload go with the line, so that one copy is all that happens under the lock.
        let payload = match line.fits(payload.len() + 2) {
            true => {
                line.push(payload);
                line.push(b"\r\n");
                None
            }
            false => Some(payload),
        };
        return Ok(then(Frame {
            head: line.bytes(),
            headers: &[],
            payload,
        }));
    };
    if !core.has_headers() {
        // It would take the HPUB for an error and close the connection.
        return Err(PublishError::with_source(
            PublishErrorKind::Send,
            "the server does not take headers",
        ));
    }
    headers
        .check()
        .map_err(|error| PublishError::with_source(PublishErrorKind::Send, error))?;
    let len = headers.wire_len();
    let mut block = Vec::with_capacity(len);
    headers.write_wire(&mut block);
    encode::publish(&mut line, subject, reply, Some(len), payload.len());
    Ok(then(Frame {
        head: line.bytes(),
        headers: &block,
        payload: Some(payload),
    }))
}
