//! Answers that outlive their callers: publish acks.
//!
//! The caller of a publish may drop its future while the ack is still on its way. The ack counts under the bound on acks in
//! flight nevertheless, until it came or its deadline passed; whoever reads it, or the timer, frees the place then.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use super::{Answer, Left, Requests, Slot, State, Token, Unanswered};
use crate::proto::acks_in_flight::{AcksInFlight, Place};
use crate::sync::Mutex;

/// What an answer counts for while it is awaited.
#[derive(Debug)]
pub(crate) struct Counted {
    pub(crate) acks: Arc<Mutex<AcksInFlight>>,
    pub(crate) place: Place,
}

/// The parts of an answer that an ack has.
#[derive(Debug)]
pub(crate) struct Parts<'a> {
    /// The header block, from its first line on; empty when there is none.
    pub(crate) headers: &'a [u8],
    pub(crate) payload: &'a [u8],
}

impl Answer {
    /// Its parts.
    pub(crate) fn parts(&self) -> Parts<'_> {
        let (body, at) = match &self.body {
            Some(body) => (&body.bytes, 0),
            None => (&self.line.bytes, self.frame.body_at as usize),
        };
        let body = &body[at..at + self.frame.body_len()];
        let (headers, payload) = body.split_at(self.frame.header_len as usize);
        Parts { headers, payload }
    }
}

/// What a look at the place of an answer found.
#[derive(Debug)]
pub(crate) enum Looked {
    /// It is there, and its place is free.
    Answered(Answer),
    /// It is not and will not be there; its place is free.
    Unanswered(Unanswered),
    /// It has not come. The deadline that was set now is the earliest of all: the timer must be set anew.
    Pending { earliest: bool },
}

impl Requests {
    /// Takes the answer if it is there, as it came, and frees its place then. `until` may bring the deadline forward.
    pub(crate) fn look(&mut self, token: Token, until: Option<Instant>, cx: &mut Context<'_>) -> Looked {
        match self.poll_answer(token, cx) {
            Poll::Ready(Ok(answer)) => Looked::Answered(answer),
            Poll::Ready(Err(reason)) => Looked::Unanswered(reason),
            Poll::Pending => Looked::Pending {
                earliest: self.bring_forward(token, until),
            },
        }
    }

    /// Whether the deadline was moved and is the earliest of all now.
    fn bring_forward(&mut self, token: Token, until: Option<Instant>) -> bool {
        let (Some(until), Some(slot)) = (until, self.slot(token)) else {
            return false;
        };
        if slot.deadline.is_some_and(|deadline| deadline <= until) {
            return false;
        }
        slot.deadline = Some(until);
        let is_earliest = self.earliest.is_none_or(|earliest| until < earliest);
        if is_earliest {
            self.earliest = Some(until);
        }
        is_earliest
    }

    /// The caller is gone; `counted` is given back as soon as no answer can come any more. What was in the place is to be
    /// dropped once the lock is released.
    pub(crate) fn abandon(&mut self, token: Token, counted: Counted, wake: &mut Vec<Waker>) -> Option<Left> {
        if let Some(slot) = self.slot(token) {
            if let State::Waiting(waker) = &mut slot.state {
                let waker = waker.take();
                slot.state = State::Abandoned(counted);
                return Some(Left::Waker(waker));
            }
        }
        counted.release(wake);
        self.end(token)
    }

    /// Frees the place of an abandoned answer, and gives back what it counted for.
    pub(super) fn settle_abandoned(&mut self, token: Token, wake: &mut Vec<Waker>) {
        let is_abandoned = |slot: &mut Slot| matches!(slot.state, State::Abandoned(_));
        if self.slot(token).is_some_and(is_abandoned) {
            if let Some(Left::Counted(counted)) = self.end(token) {
                counted.release(wake);
            }
        }
    }
}

impl Counted {
    fn release(self, wake: &mut Vec<Waker>) {
        self.acks.lock().release(self.place, wake);
    }
}

#[cfg(test)]
mod tests;
