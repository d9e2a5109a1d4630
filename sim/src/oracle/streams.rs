//! The stream, its publishers and its readers. I1, I8, I17 and I19.
//!
//! The log of the model server is the truth: what was acked must be in it, and what readers are handed is compared with it.

use std::collections::{BTreeMap, BTreeSet};

use async_nats::jetstream::Message;

use crate::net::link::Message as Wire;
use crate::net::wire::{Frame, Published};
use crate::server::streams::Stored;
use crate::world::World;

/// Requests to the API that a client may make in a second of the clock, and one more for each message that came.
const MOST_REQUESTS: u64 = 60;

/// Everything that was published is stored and read within this time after the last fault: the connection is there (45 s),
/// a silent consumer is missed (10 s), and the longest waits are over (10 s), with some more.
pub(crate) const CAUGHT_UP: u64 = 85_000;

/// What the oracles know of users of the stream.
#[derive(Debug, Default)]
pub(crate) struct Readings {
    /// Publishers that are not done.
    pub(crate) publishers: usize,
    /// By client: the second, requests in it, and messages that came in it and in the one before.
    rates: BTreeMap<usize, Rate>,
    /// Subjects of subscriptions, by client and sid.
    subjects: BTreeMap<(usize, u64), String>,
    /// The inbox in which each consumer was asked for messages last.
    inboxes: BTreeMap<String, String>,
    /// Messages that came to an inbox, until its consumer was deleted.
    heard: BTreeMap<String, u64>,
    deleted_at: BTreeSet<String>,
    /// Consumers that their readers have given back.
    given_back: BTreeSet<String>,
    /// Consumers that ordered readers have begun with.
    begun: BTreeSet<String>,
}

#[derive(Debug, Default)]
struct Rate {
    second: u64,
    requests: u64,
    came: u64,
    came_before: u64,
}

impl Rate {
    fn at(&mut self, second: u64) -> &mut Self {
        if self.second != second {
            let came_before = if self.second + 1 == second { self.came } else { 0 };
            *self = Rate {
                second,
                came_before,
                ..Rate::default()
            };
        }
        self
    }
}

/// The number in the payload of a message of the stream, as its id.
fn name_of(payload: &[u8]) -> Option<&str> {
    std::str::from_utf8(payload.split(|byte| *byte == b' ').next()?).ok()
}

/// Of an ordered reader's consumers, what their names have in common.
fn base_of(name: &str) -> &str {
    match name.rsplit_once('_') {
        Some((base, serial)) if serial.bytes().all(|byte| byte.is_ascii_digit()) => base,
        _ => name,
    }
}

impl World {
    /// A frame of a client that uses the stream goes out.
    pub(crate) fn tap_streaming(&mut self, id: usize, frame: &Frame) {
        let client = self.links[id].client;
        match frame {
            Frame::Sub { sid, subject, .. } => {
                if !self.links[id].told.sids.insert(*sid) {
                    self.violated("I6", format!("link {id}: subscription {sid} was made twice"));
                }
                self.readings.subjects.insert((client, *sid), subject.clone());
            }
            Frame::Unsub { sid, max: None } => drop(self.links[id].told.sids.remove(sid)),
            Frame::Pub(published) => {
                if let Some(request) = published.subject.strip_prefix("$JS.API.") {
                    self.tap_request(client, request, published);
                }
            }
            _ => {}
        }
    }

    fn tap_request(&mut self, client: usize, request: &str, published: &Published) {
        let second = self.now / 1_000;
        let rate = self.readings.rates.entry(client).or_default().at(second);
        rate.requests += 1;
        let (requests, came) = (rate.requests, rate.came + rate.came_before);
        if requests > MOST_REQUESTS + came {
            let text = format!("client {client} made {requests} requests within a second, and {came} messages came");
            return self.violated("I17", text);
        }
        let words: Vec<&str> = request.split('.').collect();
        match words[..] {
            ["CONSUMER", "MSG", "NEXT", _, name] => {
                let inbox = published.reply.clone().unwrap_or_default();
                self.readings.inboxes.insert(name.to_owned(), inbox);
            }
            ["CONSUMER", "DELETE", _, name] => drop(self.readings.given_back.insert(name.to_owned())),
            ["CONSUMER", "CREATE", _, name, ..] => {
                let mut others = self.streams.consumers.keys();
                let left = others.find(|other| {
                    *other != name && base_of(other) == base_of(name) && !self.readings.given_back.contains(*other)
                });
                if let Some(left) = left.cloned() {
                    self.violated("I8", format!("consumer {name} is made, and {left} is left behind"));
                }
            }
            _ => {}
        }
    }

    /// A message has come to a client that uses the stream.
    pub(crate) fn streaming_heard(&mut self, client: usize, sid: u64, message: &Wire) {
        let second = self.now / 1_000;
        let is_data = message
            .reply
            .as_deref()
            .is_some_and(|reply| reply.starts_with("$JS.ACK."));
        self.readings.rates.entry(client).or_default().at(second).came += u64::from(is_data);
        let Some(inbox) = self.readings.subjects.get(&(client, sid)).cloned() else {
            return;
        };
        let readings = &mut self.readings;
        if is_data && !readings.deleted_at.contains(&inbox) {
            *readings.heard.entry(inbox).or_default() += 1;
        } else if message.headers.as_deref() == Some(b"NATS/1.0 409 Consumer Deleted\r\n\r\n") {
            readings.deleted_at.insert(inbox);
        }
    }

    /// A message is about to be stored.
    pub(crate) fn stored(&mut self, id: Option<&str>, stored: &Stored) {
        let name = name_of(&stored.payload);
        if name != id {
            return self.violated("I1", format!("message {name:?} is stored under the id {id:?}"));
        }
        if self.streams.log.iter().any(|other| name_of(&other.payload) == name) {
            self.violated("I1", format!("message {name:?} is stored twice"));
        }
    }

    /// A publish was acked.
    pub(crate) fn acked(&mut self, id: &str, sequence: u64) {
        let stored = sequence.checked_sub(1).and_then(|at| self.streams.log.get(at as usize));
        if stored.and_then(|stored| name_of(&stored.payload)) != Some(id) {
            self.violated("I1", format!("message {id} was acked as {sequence}, and is not there"));
        }
    }

    /// A reader was handed a message: it must be that of the stream. Its sequence.
    pub(crate) fn handed(&mut self, invariant: &'static str, message: &Message) -> Option<u64> {
        let sequence = message.info().ok()?.stream_sequence;
        let stored = sequence.checked_sub(1).and_then(|at| self.streams.log.get(at as usize));
        let is_right = stored
            .is_some_and(|stored| stored.subject == message.subject.as_str() && stored.payload == message.payload);
        if !is_right {
            self.violated(invariant, format!("message {sequence} is not the one of the stream"));
        }
        Some(sequence)
    }

    /// A reader was told of an error: what had come before must have been handed over.
    pub(crate) fn reader_failed(&mut self, consumer: &str, handed: u64, is_silence: bool) {
        let Some(inbox) = self.readings.inboxes.get(consumer) else {
            return;
        };
        if !is_silence && !self.readings.deleted_at.contains(inbox) {
            return;
        }
        let heard = self.readings.heard.get(inbox).copied().unwrap_or(0);
        if heard > handed {
            let text = format!("{consumer} failed, {heard} messages had come, and {handed} were handed over");
            self.violated("I19", text);
        }
    }

    pub(crate) fn ordered_begins(&mut self, consumer: &str) {
        self.readings.begun.insert(consumer.to_owned());
    }

    /// Whether readers may be done: nothing is published any more.
    pub(crate) fn is_all_published(&self) -> bool {
        self.is_calm() && self.readings.publishers == 0
    }

    /// It is too late for anything that was to be done when nothing fails any more.
    pub(crate) fn is_too_late(&self) -> bool {
        self.now > self.plan.calm_at + CAUGHT_UP
    }

    /// All is over and at rest: a consumer that an ordered reader has left behind.
    pub(crate) fn left_behind(&self) -> Option<&str> {
        let readings = &self.readings;
        let mut consumers = self.streams.consumers.iter();
        let left = consumers.find(|(name, consumer)| {
            !consumer.is_durable && readings.begun.contains(base_of(name)) && !readings.given_back.contains(*name)
        });
        left.map(|(name, _)| name.as_str())
    }

    /// There is none.
    pub(crate) fn check_consumers(&mut self) {
        if let Some(name) = self.left_behind() {
            let text = format!("consumer {name} was left behind");
            self.violated("I8", text);
        }
    }
}
