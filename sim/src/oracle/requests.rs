//! Requests: they end by their deadlines with the answer that is theirs, and their places are free again. I5 and I4.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::subscriptions::{differs, status};
use crate::net::link::Message;
use crate::world::World;

/// How much later than its deadline a request may end: the clock counts milliseconds.
const SLACK: u64 = 2;

/// Digits of a token, in the order of their values.
const DIGITS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// How the inboxes begin that users choose for their requests.
pub(crate) const OWN: &str = "own.";

/// Bits of a token that number the place of a request.
const PLACES: u32 = 24;

/// The requests of one client.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    by_reply: BTreeMap<String, u64>,
    running: BTreeMap<u64, Running>,
    /// The most that were in flight at once.
    most: usize,
    pub(crate) inbox: Option<String>,
}

#[derive(Debug)]
struct Running {
    began: u64,
    timeout: u64,
    /// The first answer that the client read, and when.
    answer: Option<(u64, Arc<Message>)>,
}

/// How a request ended, as its caller sees it.
#[derive(Debug)]
pub(crate) enum Answered {
    With(async_nats::Message),
    TimedOut,
    NoResponders,
    Closed,
    /// Its future was dropped.
    Dropped,
}

fn place(token: &str) -> Option<u64> {
    let mut value = 0u64;
    for digit in token.chars() {
        value = value.checked_mul(62)?.checked_add(DIGITS.find(digit)? as u64)?;
    }
    Some(value & ((1 << PLACES) - 1))
}

impl World {
    pub(crate) fn requesting(&mut self, client: usize, id: u64, timeout: u64) {
        let requests = &mut self.clients[client].requests;
        requests.running.insert(
            id,
            Running {
                began: self.now,
                timeout,
                answer: None,
            },
        );
        requests.most = requests.most.max(requests.running.len());
    }

    pub(crate) fn request_went_out(&mut self, client: usize, id: u64, reply: &str) {
        let requests = &mut self.clients[client].requests;
        let most = requests.most;
        if reply.starts_with(OWN) {
            requests.by_reply.insert(reply.to_owned(), id);
            return;
        }
        let Some((inbox, token)) = reply.rsplit_once('.') else {
            return self.violated("I5", format!("{reply:?} is no reply subject of a request"));
        };
        let known = requests.inbox.get_or_insert_with(|| format!("{inbox}.*"));
        if known.strip_suffix(".*") != Some(inbox) {
            return self.violated("I6", format!("the inbox of client {client} has changed to {inbox}"));
        }
        requests.by_reply.insert(reply.to_owned(), id);
        if place(token).is_none_or(|place| place >= most as u64) {
            let text = format!(
                "request {id} of client {client} has the place of {reply}, and never more than {most} were in flight"
            );
            self.violated("I5", text);
        }
    }

    /// The client read a message for the inbox of its requests.
    pub(crate) fn answer_heard(&mut self, client: usize, message: Arc<Message>) {
        let now = self.now;
        let requests = &mut self.clients[client].requests;
        let Some(id) = requests.by_reply.get(&message.subject) else {
            return;
        };
        if let Some(running) = requests.running.get_mut(id) {
            running.answer.get_or_insert((now, message));
        }
    }

    pub(crate) fn request_ended(&mut self, client: usize, id: u64, answered: Answered) {
        let now = self.now;
        let Some(running) = self.clients[client].requests.running.remove(&id) else {
            return;
        };
        let took = now - running.began;
        let word = match &answered {
            Answered::With(_) => 0,
            Answered::TimedOut => 1,
            Answered::NoResponders => 2,
            Answered::Closed => 3,
            Answered::Dropped => 4,
        };
        self.trace.note(now, "request", id << 3 | word, || {
            format!("{id} of client {client}: {answered:?}")
        });
        if took > running.timeout + SLACK && !matches!(answered, Answered::Dropped) {
            let text = format!(
                "request {id} took {took} ms, and its time-out is {} ms",
                running.timeout
            );
            return self.violated("I5", text);
        }
        let is_late = |at: u64| at >= running.began + running.timeout;
        match (answered, running.answer) {
            (Answered::With(got), Some((_, wanted))) => {
                if let Some(part) = differs(&wanted, &got) {
                    self.violated(
                        "I4",
                        format!("the {part} of the answer to request {id} is another's: {got:?}"),
                    );
                }
            }
            (Answered::With(got), None) => {
                self.violated(
                    "I4",
                    format!("request {id} was answered with {got:?}, which no server sent"),
                );
            }
            (Answered::NoResponders, Some((_, answer))) if status(&answer) == Some(503) => {}
            (Answered::NoResponders, _) => {
                self.violated("I5", format!("no server said that nobody is there for request {id}"));
            }
            (Answered::TimedOut, _) if took < running.timeout => {
                let text = format!("request {id} timed out after {took} ms of {}", running.timeout);
                self.violated("I5", text);
            }
            (Answered::TimedOut, Some((at, _))) if !is_late(at) => {
                self.violated(
                    "I5",
                    format!("request {id} timed out, and its answer was there at {at} ms"),
                );
            }
            (Answered::Closed, _) if !self.clients[client].is_ending => {
                self.violated("I5", format!("request {id} failed, and its client is not closed"));
            }
            _ => {}
        }
    }
}
