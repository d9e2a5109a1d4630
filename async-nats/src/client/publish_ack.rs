//! What JetStream needs of a client: messages that go out with a place for their answer, in steps that a future which
//! outlives the call can take.
//!
//! When a place is freed, and what a message was published for, is up to the caller.

use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::outgoing::{Outgoing, Turn};
use super::{Client, PublishError, RequestError};
use crate::header::HeaderMap;
use crate::proto::requests::abandoned::{Counted, Looked};
use crate::proto::requests::{Answer, Token, Unanswered};

/// A message that is sent as soon as there is room for it.
pub(crate) struct Sending<'a> {
    client: &'a Client,
    turn: Turn<'a>,
    begun: bool,
}

/// What is sent.
#[derive(Clone, Copy)]
pub(crate) struct Parcel<'a> {
    pub(crate) subject: &'a str,
    pub(crate) headers: Option<&'a HeaderMap>,
    pub(crate) payload: &'a Bytes,
}

impl<'a> Parcel<'a> {
    #[inline]
    fn outgoing(self) -> Outgoing<'a> {
        Outgoing::new(self.subject, None, self.headers, self.payload)
    }
}

impl<'a> Sending<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        let turn = Turn {
            core: &client.core,
            ticket: None,
        };
        Sending {
            client,
            turn,
            begun: false,
        }
    }

    /// Sends the message, checked or not; with a token, its answer comes to that place. Pending means that there is no
    /// room, and that nothing was sent.
    #[inline]
    pub(crate) fn poll(
        &mut self,
        parcel: Parcel<'_>,
        token: Option<Token>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), PublishError>> {
        let core = &self.client.core;
        let digits = token.map(Token::digits);
        let mut message = parcel.outgoing();
        if let Some(digits) = &digits {
            message = message.answered_at(&core.reply_prefix, digits);
        }
        if !std::mem::replace(&mut self.begun, true) && core.try_publish(message)? {
            return Poll::Ready(Ok(()));
        }
        self.turn.poll_publish(message, cx)
    }
}

impl Client {
    /// Refuses what cannot be published, and has a publisher in a tight loop give way. Ready with `Ok` is to be followed
    /// by [`Sending::poll`].
    #[inline]
    pub(crate) fn poll_may_publish(&self, parcel: Parcel<'_>, cx: &mut Context<'_>) -> Poll<Result<(), PublishError>> {
        self.core.check_subjects(parcel.subject, None)?;
        self.core.check_size(parcel.outgoing())?;
        match self.core.budget_due.load(Ordering::Relaxed) {
            0 => Poll::Ready(Ok(())),
            _ => self.core.poll_budget(cx).map(Ok),
        }
    }

    /// A place for an answer that may take as long as `timeout`.
    pub(crate) fn begin_answer(&self, timeout: Duration) -> Result<Token, RequestError> {
        let (token, _) = self.core.begin_request(Some(timeout), None)?;
        Ok(token)
    }

    /// The answer, as it came. Its place is free as soon as this is ready.
    pub(crate) fn poll_answer(
        &self,
        token: Token,
        until: Option<Instant>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Answer, Unanswered>> {
        let looked = self.core.requests.lock().look(token, until, cx);
        match looked {
            Looked::Answered(answer) => Poll::Ready(Ok(answer)),
            Looked::Unanswered(reason) => Poll::Ready(Err(reason)),
            Looked::Pending { earliest } => {
                if earliest {
                    self.core.timers_changed();
                }
                Poll::Pending
            }
        }
    }

    /// Nothing was sent for this place: it is free.
    pub(crate) fn end_answer(&self, token: Token) {
        let left = self.core.requests.lock().end(token);
        drop(left);
    }

    /// Nobody waits for the answer any more, but it is counted until it came.
    pub(crate) fn abandon_answer(&self, token: Token, counted: Counted) {
        let mut wake = Vec::new();
        let left = self.core.requests.lock().abandon(token, counted, &mut wake);
        drop(left);
        wake.into_iter().for_each(Waker::wake);
    }
}
