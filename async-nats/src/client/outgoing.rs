//! The way of a message out: validate, write the control line on the stack, append under one short lock.

use std::future::{poll_fn, Future};
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{ready, Context, Poll};

use bytes::Bytes;

use super::{Client, PublishError, PublishErrorKind};
use crate::client::error::ClientClosed;
use crate::header::HeaderMap;
use crate::io::core::Core;
use crate::message::OutboundMessage;
use crate::proto::encode::{self, Line};
use crate::proto::outbound::{Appended, Frame, Refused, Ticket};
use crate::subject::{self, SubjectError, ToSubject};

/// Bytes appended that cost one unit of the runtime's cooperative budget. A task has 128 units a turn, so a publisher in a
/// tight loop gives way about every 128 KiB: before there is no room left, so that the writer finds enough for a write and
/// nobody has to wait.
const BYTES_PER_UNIT: u64 = 1024;

/// A message on its way out, borrowed from the caller.
#[derive(Clone, Copy)]
pub(super) struct Outgoing<'a> {
    subject: &'a str,
    reply: Option<&'a str>,
    /// What ends the reply subject of a request.
    token: &'a [u8],
    /// Headers, with the length of their block; `None` when there are no lines.
    headers: Option<(&'a HeaderMap, usize)>,
    payload: &'a Bytes,
}

impl<'a> Outgoing<'a> {
    #[inline]
    pub(super) fn new(
        subject: &'a str,
        reply: Option<&'a str>,
        headers: Option<&'a HeaderMap>,
        payload: &'a Bytes,
    ) -> Self {
        let headers = headers.filter(|headers| !headers.is_empty());
        Outgoing {
            subject,
            reply,
            token: &[],
            headers: headers.map(|headers| (headers, headers.wire_len())),
            payload,
        }
    }

    /// The same with a reply subject that consists of two parts.
    pub(super) fn answered_at(self, prefix: &'a str, token: &'a [u8]) -> Self {
        Outgoing {
            reply: Some(prefix),
            token,
            ..self
        }
    }

    /// Headers and payload, in bytes.
    #[inline]
    fn size(&self) -> usize {
        self.headers.map_or(0, |(_, len)| len) + self.payload.len()
    }

    #[inline]
    fn write_line(&self, headers: Option<usize>, line: &mut Line) {
        let reply = self.reply.map(|reply| [reply.as_bytes(), self.token]);
        encode::publish(line, self.subject, reply, headers, self.payload.len());
    }
}

/// For a [`Publishing`] without a reply subject.
pub(super) const NO_REPLY: Option<&'static str> = None;

/// The headers of a [`Publishing`]: its own type when there are none, so that most messages carry no room for them.
pub(super) trait Headers: Send + Sync {
    fn get(&self) -> Option<&HeaderMap>;
}

/// No headers.
pub(super) struct NoHeaders;

impl Headers for NoHeaders {
    #[inline]
    fn get(&self) -> Option<&HeaderMap> {
        None
    }
}

impl Headers for HeaderMap {
    #[inline]
    fn get(&self) -> Option<&HeaderMap> {
        Some(self)
    }
}

/// A publish that was asked for, and happens when it is polled.
///
/// Written by hand, because it is polled once in nearly all cases, and moving a message through the states of nested
/// futures costs more than publishing it.
pub(super) struct Publishing<'a, S, R, H> {
    subject: S,
    reply: Option<R>,
    headers: H,
    payload: Bytes,
    turn: Turn<'a>,
    is_done: bool,
}

// Nothing in it is ever pinned.
impl<S, R, H> Unpin for Publishing<'_, S, R, H> {}

impl<'a, S, R, H> Publishing<'a, S, R, H> {
    #[inline]
    pub(super) fn new(client: &'a Client, subject: S, reply: Option<R>, headers: H, payload: Bytes) -> Self {
        Publishing {
            subject,
            reply,
            headers,
            payload,
            turn: Turn {
                core: &client.core,
                ticket: None,
            },
            is_done: false,
        }
    }
}

impl<S: ToSubject, R: ToSubject, H: Headers> Future for Publishing<'_, S, R, H> {
    type Output = Result<(), PublishError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        assert!(!this.is_done, "a publish was polled after it had ended");
        let subject = this.subject.to_subject();
        let reply = this.reply.as_ref().map(ToSubject::to_subject);
        let message = Outgoing::new(&subject, reply.as_deref(), this.headers.get(), &this.payload);
        let polled = this.turn.core.poll_checked(message, &mut this.turn, cx);
        this.is_done = polled.is_ready();
        polled
    }
}

impl Client {
    /// Publishes a message that is put together already.
    pub(super) async fn publish_outgoing(&self, message: &OutboundMessage) -> Result<(), PublishError> {
        let mut turn = Turn {
            core: &self.core,
            ticket: None,
        };
        poll_fn(|cx| self.core.poll_checked(message.into(), &mut turn, cx)).await
    }
}

impl<'a> From<&'a OutboundMessage> for Outgoing<'a> {
    fn from(message: &'a OutboundMessage) -> Self {
        Outgoing::new(
            &message.subject,
            message.reply.as_deref(),
            message.headers.as_ref(),
            &message.payload,
        )
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
    #[inline]
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            let wake = self.core.outbound.lock().leave(ticket);
            wake.into_iter().for_each(std::task::Waker::wake);
        }
    }
}

impl Core {
    /// Checks the message and publishes it, at once or when its turn has come.
    #[inline]
    fn poll_checked(
        &self,
        message: Outgoing<'_>,
        turn: &mut Turn<'_>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), PublishError>> {
        if turn.ticket.is_none() {
            self.check_subjects(message.subject, message.reply)?;
            self.check_size(message)?;
            if self.budget_due.load(Ordering::Relaxed) > 0 {
                ready!(self.poll_budget(cx));
            }
            if self.try_publish(message)? {
                return Poll::Ready(Ok(()));
            }
        }
        turn.poll_publish(message, cx)
    }

    /// Whether a message may be published to `subject`, by the checks that the user left on.
    #[inline]
    pub(super) fn is_publishable(&self, subject: &str) -> bool {
        if self.settings.skip_subject_validation {
            !subject.is_empty() && memchr::memchr2(b'\r', b'\n', subject.as_bytes()).is_none()
        } else {
            subject::is_publishable(subject)
        }
    }

    /// Refuses subjects that a message cannot be published to, or cannot be answered on.
    #[inline]
    pub(super) fn check_subjects(&self, subject: &str, reply: Option<&str>) -> Result<(), PublishError> {
        match self.is_publishable(subject) && reply.is_none_or(|reply| self.is_publishable(reply)) {
            true => Ok(()),
            false => Err(invalid_subject()),
        }
    }

    /// Refuses what the server would close the connection for.
    #[inline]
    pub(super) fn check_size(&self, message: Outgoing<'_>) -> Result<(), PublishError> {
        let (size, limit) = (message.size(), self.max_payload());
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
        match with_frame(self, message, |frame| self.outbound.lock().try_append(frame))? {
            Ok(Some(appended)) => {
                self.settle(appended);
                Ok(true)
            }
            Ok(None) => Ok(false),
            Err(refused) => Err(refusal(refused)),
        }
    }

    /// Sends a request if there is room for it now. One that is alone is written at once, when nothing else is.
    pub(super) fn try_request(&self, message: Outgoing<'_>, alone: bool) -> Result<bool, PublishError> {
        let appended = with_frame(self, message, |frame| {
            if alone && self.write_alone(frame) {
                return Ok(Some(None));
            }
            let appended = self.outbound.lock().try_append(frame)?;
            Ok(appended.map(Some))
        })?;
        Ok(match appended.map_err(refusal)? {
            Some(appended) => {
                appended.into_iter().for_each(|appended| self.settle(appended));
                true
            }
            None => false,
        })
    }

    /// Appends the message whether there is room or not, for a caller that waited for room before.
    pub(super) fn publish_now(&self, message: Outgoing<'_>) -> Result<(), PublishError> {
        let appended = with_frame(self, message, |frame| self.outbound.lock().append_now(frame))?;
        self.settle(appended.map_err(refusal)?);
        Ok(())
    }

    /// Does what an append asks for, and notes what it costs of the cooperative budget.
    #[inline]
    fn settle(&self, appended: Appended) {
        if let Some(writer) = appended.writer {
            writer.wake();
        }
        // A unit for each of the marks, so many bytes apart, that the frame went past.
        let before = appended.position - appended.len as u64;
        let units = appended.position / BYTES_PER_UNIT - before / BYTES_PER_UNIT;
        if units > 0 {
            self.budget_due.fetch_add(units as u32, Ordering::Relaxed);
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
    let mut line = Line::new();
    let mut block = Vec::new();
    match message.headers {
        None => message.write_line(None, &mut line),
        Some((headers, len)) => with_headers(core, message, headers, len, &mut line, &mut block)?,
    }
    // A few bytes of payload go with the line, so that one copy is all that happens under the lock.
    let mut payload = Some(message.payload);
    if block.is_empty() && line.fits(message.payload.len() + 2) {
        line.push(message.payload);
        line.push(b"\r\n");
        payload = None;
    }
    Ok(then(Frame {
        head: &line,
        headers: &block,
        payload,
    }))
}

/// Writes the control line of a message with headers, and the headers behind it or, when there are many, into `block`.
fn with_headers(
    core: &Core,
    message: Outgoing<'_>,
    headers: &HeaderMap,
    len: usize,
    line: &mut Line,
    block: &mut Vec<u8>,
) -> Result<(), PublishError> {
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
    message.write_line(Some(len), line);
    if line.fits(len) {
        headers.write_wire(|bytes| line.push(bytes));
    } else {
        block.reserve_exact(len);
        headers.write_wire(|bytes| block.extend_from_slice(bytes));
    }
    Ok(())
}
