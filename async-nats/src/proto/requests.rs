//! Requests in flight: from a reply subject straight to the caller that waits.
//!
//! A reply subject is a prefix that is random for each client, and a token that encodes an index into a slab and a
//! generation. A reply finds its caller without a map; one that comes too late finds nothing. A slot is free as soon as its
//! caller is gone, answered or not. Deadlines are looked at when [`Requests::expire`] is called: one timer for all.

#[cfg(feature = "jetstream")]
pub(crate) mod abandoned;
mod token;

use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

pub(crate) use self::token::Token;
use self::token::INDEX_BITS;
use super::decode::MessageFrame;
use super::limits::MAX_REQUESTS;
use super::subscriptions::queue::{assemble, Buffer, Popped};
use crate::subject::Subject;

/// Between two looks at all deadlines lies at least this much for each slot, some ten times what the look takes.
const PAUSE_BY_SLOT: Duration = Duration::from_nanos(50);

/// Places that are kept after a burst.
const KEPT_SLOTS: usize = 256;

/// Why a request ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// Its deadline passed.
    TimedOut,
    /// The client is closed.
    Closed,
}

#[derive(Debug)]
enum State {
    Free,
    Waiting(Option<Waker>),
    Answered(Answer),
    Ended(Unanswered),
    /// Nobody waits, but until the answer came something else counts it.
    #[cfg(feature = "jetstream")]
    Abandoned(abandoned::Counted),
}

/// An answer, in bytes.
#[derive(Debug)]
pub(crate) struct Answer {
    frame: MessageFrame,
    line: Buffer,
    /// Headers and payload, when they have a buffer of their own.
    body: Option<Box<Buffer>>,
}

impl Answer {
    /// The message. Outside of the lock: it copies, and reads headers.
    #[inline]
    pub(crate) fn assemble(&self) -> Popped {
        let at = self.frame.subject_at as usize;
        let subject = self.line.bytes.slice(at..at + self.frame.subject_len as usize);
        // It is one of our own reply subjects, or it would not have been matched.
        let subject = Subject::try_from(subject).unwrap_or_else(|_| Subject::from_static(""));
        assemble(&self.frame, subject, &self.line, self.body.as_deref())
    }
}

#[derive(Debug)]
struct Slot {
    token: u64,
    deadline: Option<Instant>,
    state: State,
}

impl Slot {
    /// The deadline of a place that an answer may still come to.
    fn open_until(&self) -> Option<Instant> {
        match self.state {
            State::Waiting(_) => self.deadline,
            #[cfg(feature = "jetstream")]
            State::Abandoned(_) => self.deadline,
            _ => None,
        }
    }

    fn answer(&mut self, answer: Answer) -> Option<Waker> {
        match std::mem::replace(&mut self.state, State::Answered(answer)) {
            State::Waiting(waker) => waker,
            _ => None,
        }
    }
}

/// All requests of a client that are in flight.
#[derive(Debug)]
pub(crate) struct Requests {
    slots: Vec<Slot>,
    /// Places to use next. Some may have gone meanwhile, or be in use again: see [`Requests::shrink`].
    free: Vec<u32>,
    /// Requests in flight.
    live: usize,
    /// The first generation of places that are new: above those of all that were given up.
    first_generation: u64,
    /// When to look at the deadlines next.
    earliest: Option<Instant>,
    /// The reply subjects' common beginning, with the dot at its end.
    prefix: Box<str>,
    /// The inbox is subscribed to: from the first request on.
    subscribed: bool,
    closed: bool,
}

/// There are as many requests in flight as a client can have, or the client is closed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The slab is full.
    TooMany,
    /// No answer can come any more.
    Closed,
}

/// A request that was accepted.
#[derive(Debug)]
pub(crate) struct Accepted {
    /// Its place.
    pub(crate) token: Token,
    /// The inbox is needed from now on: subscribe to it first.
    pub(crate) subscribe: bool,
    /// Its deadline is earlier than all others: the timer must be set anew.
    pub(crate) earliest: bool,
    /// No other request is in flight.
    pub(crate) alone: bool,
}

/// What a request left in its place.
#[derive(Debug)]
pub(crate) enum Left {
    /// An answer.
    Answer(Answer),
    /// Why there was none.
    Nothing(Unanswered),
    /// Whoever waited.
    Waker(#[allow(dead_code, reason = "it is there to be dropped")] Option<Waker>),
    /// What counted it.
    #[cfg(feature = "jetstream")]
    Counted(abandoned::Counted),
}

impl Requests {
    /// No requests. `prefix` is the inbox of this client with a dot at its end.
    pub(crate) fn new(prefix: String) -> Self {
        Requests {
            slots: Vec::new(),
            free: Vec::new(),
            live: 0,
            first_generation: 0,
            earliest: None,
            prefix: prefix.into(),
            subscribed: false,
            closed: false,
        }
    }

    /// The common beginning of all reply subjects.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The subject to subscribe to for all answers, once it is needed.
    pub(crate) fn inbox(&self) -> Option<String> {
        self.subscribed.then(|| format!("{}*", self.prefix))
    }

    /// A place for a request that ends at `deadline`; `waker` is who waits for it.
    pub(crate) fn begin(&mut self, deadline: Option<Instant>, waker: Option<Waker>) -> Result<Accepted, Refused> {
        if self.closed {
            return Err(Refused::Closed);
        }
        let index = match self.free_index() {
            Some(index) => index,
            None if self.slots.len() == MAX_REQUESTS => return Err(Refused::TooMany),
            None => {
                let index = self.slots.len() as u64;
                self.slots.push(Slot {
                    token: self.first_generation << INDEX_BITS | index,
                    deadline: None,
                    state: State::Free,
                });
                index as usize
            }
        };
        let slot = &mut self.slots[index];
        slot.deadline = deadline;
        slot.state = State::Waiting(waker);
        self.live += 1;
        let token = Token(slot.token);
        let earliest = match (deadline, self.earliest) {
            (Some(deadline), Some(earliest)) => deadline < earliest,
            (Some(_), None) => true,
            (None, _) => false,
        };
        if earliest {
            self.earliest = deadline;
        }
        Ok(Accepted {
            token,
            subscribe: !std::mem::replace(&mut self.subscribed, true),
            earliest,
            alone: self.live == 1,
        })
    }

    fn free_index(&mut self) -> Option<usize> {
        loop {
            let index = self.free.pop()? as usize;
            if self
                .slots
                .get(index)
                .is_some_and(|slot| matches!(slot.state, State::Free))
            {
                return Some(index);
            }
        }
    }

    fn slot(&mut self, token: Token) -> Option<&mut Slot> {
        self.slots
            .get_mut(token.index())
            .filter(|slot| slot.token == token.0 && !matches!(slot.state, State::Free))
    }

    /// The answer, or why there is none. Once it is ready, the place is free.
    pub(crate) fn poll_answer(&mut self, token: Token, cx: &mut Context<'_>) -> Poll<Result<Answer, Unanswered>> {
        let Some(slot) = self.slot(token) else {
            return Poll::Ready(Err(Unanswered::Closed));
        };
        match &mut slot.state {
            State::Waiting(Some(waker)) => waker.clone_from(cx.waker()),
            State::Waiting(none) => *none = Some(cx.waker().clone()),
            _ => {
                return Poll::Ready(match self.end(token) {
                    Some(Left::Answer(answer)) => Ok(answer),
                    Some(Left::Nothing(reason)) => Err(reason),
                    _ => Err(Unanswered::Closed),
                })
            }
        }
        Poll::Pending
    }

    /// The caller is gone: its place is free. What was in it is to be dropped once the lock is released.
    pub(crate) fn end(&mut self, token: Token) -> Option<Left> {
        let slot = self.slot(token)?;
        slot.deadline = None;
        slot.token = slot.token.wrapping_add(1 << INDEX_BITS);
        let left = match std::mem::replace(&mut slot.state, State::Free) {
            State::Answered(answer) => Left::Answer(answer),
            State::Ended(reason) => Left::Nothing(reason),
            State::Waiting(waker) => Left::Waker(waker),
            #[cfg(feature = "jetstream")]
            State::Abandoned(counted) => Left::Counted(counted),
            State::Free => return None,
        };
        self.free.push(token.index() as u32);
        self.live -= 1;
        if self.slots.len() > KEPT_SLOTS && self.live <= self.slots.len() / 4 {
            self.shrink();
        }
        Some(left)
    }

    /// Gives up places at the end of the slab that a burst left behind. Their numbers stay among the free ones until they
    /// are looked at.
    #[cold]
    fn shrink(&mut self) {
        let wanted = (self.live * 2).max(KEPT_SLOTS);
        while self.slots.len() > wanted {
            match self.slots.pop_if(|slot| matches!(slot.state, State::Free)) {
                Some(slot) => self.first_generation = self.first_generation.max(slot.token >> INDEX_BITS),
                None => break,
            }
        }
        if self.slots.capacity() > 4 * self.slots.len() {
            self.slots.shrink_to(2 * self.slots.len());
        }
        if self.free.len() > 2 * self.slots.len() {
            let free = |(at, slot): (usize, &Slot)| matches!(slot.state, State::Free).then_some(at as u32);
            self.free = self.slots.iter().enumerate().filter_map(free).collect();
        }
    }

    /// An answer that lies in `chunk` came; whom to wake is added to `wake`. What nobody waits for is let go.
    pub(crate) fn answered(&mut self, frame: MessageFrame, chunk: &[u8], wake: &mut Vec<Waker>) {
        let start = frame.subject_at as usize;
        let end = frame.body_at as usize + frame.body_len();
        let Some(slot) = self.awaited(&frame, &chunk[start..end], wake) else {
            return;
        };
        let moved = frame.subject_at;
        let frame = MessageFrame {
            subject_at: 0,
            reply_at: frame.reply_at.wrapping_sub(moved),
            body_at: frame.body_at - moved,
            ..frame
        };
        // Only these bytes, so that a caller who is slow to look holds on to nothing else.
        let line = Buffer::from(chunk[start..end].to_vec());
        wake.extend(slot.answer(Answer {
            frame,
            line,
            body: None,
        }));
    }

    /// An answer came whose body is in a buffer of its own.
    pub(crate) fn answered_detached(&mut self, frame: MessageFrame, line: Buffer, body: Buffer, wake: &mut Vec<Waker>) {
        if let Some(slot) = self.awaited(&frame, &line.bytes[frame.subject_at as usize..], wake) {
            wake.extend(slot.answer(Answer {
                frame,
                line,
                body: Some(Box::new(body)),
            }));
        }
    }

    /// Who waits for this answer. One that nobody waits for, but that was still counted, is settled.
    fn awaited(&mut self, frame: &MessageFrame, from_subject: &[u8], wake: &mut Vec<Waker>) -> Option<&mut Slot> {
        let subject = &from_subject[..frame.subject_len as usize];
        let token = Token::read(subject.strip_prefix(self.prefix.as_bytes())?)?;
        match self.slot(token)?.state {
            State::Waiting(_) => self.slots.get_mut(token.index()),
            _ => {
                self.settle(token, wake);
                None
            }
        }
    }

    /// Frees the place of an answer that nobody waits for any more, if it is one of those that were counted.
    fn settle(&mut self, token: Token, wake: &mut Vec<Waker>) {
        #[cfg(feature = "jetstream")]
        self.settle_abandoned(token, wake);
        #[cfg(not(feature = "jetstream"))]
        let _ = (token, wake);
    }

    /// No answer will come to this place, for this reason.
    fn give_up(&mut self, index: usize, reason: Unanswered, wake: &mut Vec<Waker>) {
        let slot = &mut self.slots[index];
        match &mut slot.state {
            State::Waiting(waker) => {
                wake.extend(waker.take());
                slot.state = State::Ended(reason);
            }
            _ => {
                let token = Token(slot.token);
                self.settle(token, wake);
            }
        }
    }

    /// Ends the requests whose deadline has passed; returns when to call this again. That may be a little later than the
    /// next deadline, so that many requests whose deadlines lie close together do not cost a look at all of them each.
    pub(crate) fn expire(&mut self, now: Instant, wake: &mut Vec<Waker>) -> Option<Instant> {
        if self.earliest.is_none_or(|earliest| earliest > now) {
            return self.earliest;
        }
        let (mut earliest, mut index): (Option<Instant>, usize) = (None, 0);
        // There may be fewer places after one was freed.
        while let Some(slot) = self.slots.get(index) {
            match slot.open_until() {
                Some(deadline) if deadline <= now => self.give_up(index, Unanswered::TimedOut, wake),
                Some(deadline) => earliest = Some(earliest.map_or(deadline, |earliest| earliest.min(deadline))),
                None => {}
            }
            index += 1;
        }
        let slots = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        self.earliest = earliest.map(|earliest| earliest.max(now + PAUSE_BY_SLOT * slots));
        self.earliest
    }

    /// No answer can come any more.
    pub(crate) fn close(&mut self, wake: &mut Vec<Waker>) {
        self.closed = true;
        let mut index = 0;
        while index < self.slots.len() {
            self.give_up(index, Unanswered::Closed, wake);
            index += 1;
        }
    }
}

#[cfg(test)]
mod tests;
