//! Subscriptions: what reaches them, and what does not. I4, I11, I12 and I18.
//!
//! The queue of each subscription is modelled message by message, so that what a reader gets, how much waits and how much
//! was dropped are known exactly.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::requests::OWN;
use crate::net::link::{Message, Word};
use crate::world::World;

/// One subscription of a client.
#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) subject: String,
    pub(crate) group: Option<String>,
    capacity: usize,
    pub(super) created: u64,
    /// When the client had no more use for it.
    pub(super) ended: Option<u64>,
    pub(crate) max: Option<u64>,
    pub(crate) received: u64,
    /// How many of them earlier connections brought.
    pub(super) received_before: u64,
    /// UNSUB lines that are due, with their numbers.
    pub(super) unsubs: VecDeque<Option<u64>>,
    pub(crate) queue: VecDeque<Arc<Message>>,
    dropped: u64,
    dropped_in_episode: u64,
    events: u64,
    events_of_past_episodes: u64,
    /// It is being drained: the connection that this began on, if there was one.
    pub(super) drains: Option<Option<usize>>,
}

impl Subscription {
    /// The client has it in its table, as far as can be seen.
    pub(crate) fn is_wanted(&self) -> bool {
        self.ended.is_none() && self.drains.is_none()
    }

    pub(super) fn end(&mut self, step: u64) {
        self.ended.get_or_insert(step);
    }

    fn most_events(&self) -> u64 {
        self.events_of_past_episodes + doublings(self.dropped_in_episode)
    }
}

/// How often an episode with so many dropped messages may be told.
fn doublings(dropped: u64) -> u64 {
    u64::from(u64::BITS - dropped.leading_zeros())
}

/// The status in a block of headers.
pub(crate) fn status(message: &Message) -> Option<u16> {
    let line = message.headers.as_deref()?.strip_prefix(b"NATS/1.0 ")?;
    std::str::from_utf8(line.get(..3)?).ok()?.parse().ok()
}

/// What of the message that a user got is not that of the one that a server sent.
pub(crate) fn differs(wanted: &Message, got: &async_nats::Message) -> Option<&'static str> {
    if got.subject.as_str() != wanted.subject {
        return Some("subject");
    }
    if got.reply.as_deref() != wanted.reply.as_deref() {
        return Some("reply subject");
    }
    if got.payload != wanted.payload {
        return Some("payload");
    }
    if got.status.map(|status| status.as_u16()) != status(wanted) {
        return Some("status");
    }
    let mut lines: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let block = std::str::from_utf8(wanted.headers.as_deref().unwrap_or_default()).ok()?;
    for (name, value) in block.split("\r\n").skip(1).filter_map(|line| line.split_once(": ")) {
        lines.entry(name).or_default().push(value);
    }
    let Some(headers) = &got.headers else {
        return (!lines.is_empty()).then_some("headers");
    };
    let is_same = |(name, values): (&&str, &Vec<&str>)| {
        headers
            .get_all(*name)
            .map(|value| value.as_str())
            .eq(values.iter().copied())
    };
    (headers.len() != lines.len() || !lines.iter().all(is_same)).then_some("headers")
}

impl World {
    pub(crate) fn subscription(&mut self, client: usize, sid: u64) -> &mut Subscription {
        let subscriptions = &mut self.clients[client].subscriptions;
        subscriptions
            .get_mut(&sid)
            .expect("users know only what they subscribed to")
    }

    pub(crate) fn subscribed(&mut self, client: usize, sid: u64, subject: &str, group: Option<&str>, capacity: usize) {
        self.trace.note(self.now, "subscribe", sid, || {
            format!("{sid} of client {client} to {subject} in {group:?}")
        });
        let subscription = Subscription {
            subject: subject.to_owned(),
            group: group.map(ToOwned::to_owned),
            capacity,
            created: self.step,
            ended: None,
            max: None,
            received: 0,
            received_before: 0,
            unsubs: VecDeque::new(),
            queue: VecDeque::new(),
            dropped: 0,
            dropped_in_episode: 0,
            events: 0,
            events_of_past_episodes: 0,
            drains: None,
        };
        if self.clients[client].subscriptions.insert(sid, subscription).is_some() {
            self.violated("I4", format!("client {client} has given the sid {sid} twice"));
        }
    }

    pub(crate) fn unsubscribed(&mut self, client: usize, sid: u64) {
        self.trace
            .note(self.now, "unsubscribe", sid, || format!("{sid} of client {client}"));
        let (step, is_up) = (self.step, self.clients[client].is_up);
        let subscription = self.subscription(client, sid);
        if subscription.is_wanted() && is_up {
            subscription.unsubs.push_back(None);
        }
        subscription.end(step);
    }

    pub(crate) fn unsubscribed_after(&mut self, client: usize, sid: u64, max: u64) {
        let is_up = self.clients[client].is_up;
        let subscription = self.subscription(client, sid);
        if !subscription.is_wanted() {
            return;
        }
        if subscription.received >= max {
            return self.unsubscribed(client, sid);
        }
        subscription.max = Some(max);
        if is_up {
            subscription.unsubs.push_back(Some(max - subscription.received_before));
        }
        self.trace.note(self.now, "unsubscribe", sid, || {
            format!("{sid} of client {client} after {max}")
        });
    }

    pub(crate) fn drained(&mut self, client: usize, sid: u64) {
        self.trace
            .note(self.now, "drain", sid, || format!("{sid} of client {client}"));
        let is_up = self.clients[client].is_up;
        let current = self.clients[client].current.filter(|_| is_up);
        let subscription = self.subscription(client, sid);
        if subscription.is_wanted() {
            if is_up {
                subscription.unsubs.push_back(None);
            }
            subscription.drains = Some(current);
        }
    }

    /// The drain of a whole client begins.
    pub(crate) fn all_drained(&mut self, client: usize) {
        let sids: Vec<u64> = self.clients[client].subscriptions.keys().copied().collect();
        for sid in sids {
            self.drained(client, sid);
        }
    }

    /// The client read a message.
    pub(crate) fn message_heard(&mut self, client: usize, sid: u64, message: Arc<Message>) {
        if sid == 0 {
            return self.answer_heard(client, message);
        }
        let step = self.step;
        if message.subject.starts_with(OWN) && !self.clients[client].subscriptions.contains_key(&sid) {
            return self.answer_heard(client, message);
        }
        let Some(subscription) = self.clients[client].subscriptions.get_mut(&sid) else {
            return;
        };
        if subscription.ended.is_some() {
            return;
        }
        subscription.received += 1;
        if subscription.queue.len() < subscription.capacity {
            if subscription.dropped_in_episode > 0 && subscription.queue.len() <= subscription.capacity / 2 {
                subscription.events_of_past_episodes += doublings(subscription.dropped_in_episode);
                subscription.dropped_in_episode = 0;
            }
            subscription.queue.push_back(message);
        } else {
            subscription.dropped += 1;
            subscription.dropped_in_episode += 1;
        }
        if subscription.max == Some(subscription.received) {
            subscription.end(step);
        }
    }

    /// A reader got a message; so much was dropped and so much waits, as the client says.
    pub(crate) fn popped(&mut self, client: usize, sid: u64, got: &async_nats::Message, dropped: u64, waits: u64) {
        self.trace.note(self.now, "message", sid, || {
            format!("{sid} of client {client}: {got:?}")
        });
        let subscription = self.subscription(client, sid);
        let Some(wanted) = subscription.queue.pop_front() else {
            let text = format!("subscription {sid} of client {client} got {got:?}, and nothing was there for it");
            return self.violated("I4", text);
        };
        let (model_dropped, model_waits) = (subscription.dropped, subscription.queue.len() as u64);
        if let Some(part) = differs(&wanted, got) {
            let text = format!(
                "the {part} of what subscription {sid} of client {client} got is not that of {wanted:?}: {got:?}"
            );
            return self.violated("I4", text);
        }
        if dropped != model_dropped || waits != model_waits {
            let text = format!(
                "subscription {sid} of client {client}: {dropped} dropped and {waits} waiting, and it should be \
                 {model_dropped} and {model_waits}"
            );
            self.violated("I12", text);
        }
    }

    /// A reader waited, and nothing came.
    pub(crate) fn nothing_came(&mut self, client: usize, sid: u64) {
        self.trace
            .note(self.now, "nothing", sid, || format!("for {sid} of client {client}"));
        let waiting = self.subscription(client, sid).queue.len();
        if waiting > 0 {
            let text =
                format!("the reader of subscription {sid} of client {client} waits, and {waiting} messages are there");
            self.violated("I18", text);
        }
    }

    /// A reader was told that there is no more.
    pub(crate) fn stream_ended(&mut self, client: usize, sid: u64) {
        self.trace
            .note(self.now, "end", sid, || format!("of {sid} of client {client}"));
        let now = self.now;
        let (is_ending, drains_by) = (self.clients[client].is_ending, self.clients[client].drains_by);
        let subscription = self.subscription(client, sid);
        let waiting = subscription.queue.len();
        let (ended, drains) = (subscription.ended, subscription.drains);
        if waiting > 0 {
            let text = format!("subscription {sid} of client {client} ended with {waiting} messages in it");
            return self.violated("I11", text);
        }
        if ended.is_some() || drains_by.is_some_and(|by| now >= by) {
            return;
        }
        let Some(drains) = drains else {
            if !is_ending {
                self.violated(
                    "I6",
                    format!("subscription {sid} of client {client} ended, and nobody has ended it"),
                );
            }
            return;
        };
        let Some(link) = drains.filter(|link| self.links[*link].is_live()) else {
            return;
        };
        let session = self.sessions.get(&link);
        let is_known = session.is_some_and(|session| session.subscriptions.contains_key(&sid));
        let words = &self.links[link].down.words;
        let is_on_its_way = words
            .iter()
            .any(|(_, word)| matches!(word, Word::Message { sid: of, .. } if *of == sid));
        if is_known || is_on_its_way {
            let text =
                format!("the drain of subscription {sid} of client {client} ended before its last messages were there");
            self.violated("I11", text);
        }
    }

    pub(crate) fn slow_consumer(&mut self, client: usize, sid: u64) {
        if self.plan.streams.is_some() {
            // Whose queue it was, and how long it is, is for the consumer to say.
            return;
        }
        let Some(subscription) = self.clients[client].subscriptions.get_mut(&sid) else {
            return self.violated("I12", format!("client {client} has no subscription {sid} to be slow"));
        };
        subscription.events += 1;
        let (events, most) = (subscription.events, subscription.most_events());
        if events > most {
            let text =
                format!("{events} events of subscription {sid} of client {client}, and {most} would have been enough");
            self.violated("I12", text);
        }
    }

    /// Messages that were dropped, and of which nobody was told so far.
    pub(crate) fn dropped_in_silence(&self, client: usize) -> Option<String> {
        let subscriptions = &self.clients[client].subscriptions;
        let mut untold = subscriptions.iter().filter(|(_, it)| it.dropped > 0 && it.events == 0);
        untold
            .next()
            .map(|(sid, it)| format!("{} messages of subscription {sid} of client {client}", it.dropped))
    }

    /// All events are there: what was dropped was told.
    pub(crate) fn check_slow_consumers(&mut self, client: usize) {
        if let Some(what) = self.dropped_in_silence(client) {
            self.violated("I12", format!("{what} were dropped in silence"));
        }
    }
}
