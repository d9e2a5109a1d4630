//! Connections: where they go, when they are made, and when they are given up. I7, I12, I16 and I17; and that what can be
//! written is written.

use std::collections::BTreeSet;

use async_nats::{Event, ServerAddr};

use super::events::reported;
use crate::net::dial::address;
use crate::net::link::Word;
use crate::server::session::{PASSWORD, USER};
use crate::world::World;

/// What the clock, which counts milliseconds, may add to a time.
const SLACK: u64 = 5;

/// By then the client has done what it can do at once. It includes what a stream may hold it up with.
const AT_ONCE: u64 = 250;

/// A connection that lasts as long does not count as a failed attempt.
const LASTING: u64 = 10_000;

/// Longest wait between attempts, without its random part.
const LONGEST_WAIT: u64 = 4_000;

/// The attempts of one client to connect.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    /// Since the last connection.
    count: i64,
    /// Connections in a row that did not last.
    short_lived: i64,
    /// When the last attempt ended, or the connection.
    ended_at: Option<u64>,
    /// The user or the server wanted the connection to be left.
    pub(crate) is_on_purpose: bool,
    /// Where the client may go, as `host:port`.
    pub(crate) allowed: BTreeSet<String>,
}

/// The least wait before an attempt.
fn least_wait(attempt: i64) -> u64 {
    let doublings = u32::try_from(attempt - 1).unwrap_or(0);
    match doublings {
        0 => 0,
        doublings => 2u64.saturating_pow(doublings).min(LONGEST_WAIT),
    }
}

impl World {
    /// The client asks its dialer for a stream.
    pub(crate) fn dialled(&mut self, client: usize, addr: &ServerAddr) {
        let place = self
            .misled(client)
            .unwrap_or_else(|| format!("{}:{}", addr.host(), addr.port()));
        self.trace.note(self.now, "dial", client as u64, || {
            format!("by client {client} to {place}")
        });
        let now = self.now;
        let attempts = &mut self.clients[client].attempts;
        attempts.count += 1;
        let waited = attempts.ended_at.map_or(u64::MAX, |ended| now - ended);
        let attempt = attempts.count + attempts.short_lived;
        if waited < least_wait(attempt) {
            let text = format!("attempt {attempt} of client {client} came {waited} ms after the one before");
            self.violated("I17", text);
        } else if !attempts.allowed.contains(&place) {
            self.violated(
                "I16",
                format!("client {client} goes to {place}, which nobody it trusts has told of"),
            );
        } else if self.plan.password && (addr.username(), addr.password()) != (Some(USER), Some(PASSWORD)) {
            self.violated(
                "I16",
                format!("client {client} goes to {place} without its credentials"),
            );
        }
    }

    /// An attempt came to nothing.
    pub(crate) fn attempt_ended(&mut self, client: usize) {
        self.clients[client].attempts.ended_at = Some(self.now);
    }

    /// The user has named servers: attempts are counted anew, but for one that waits already.
    pub(crate) fn pool_set(&mut self, client: usize, nodes: &[usize]) {
        let model = &mut self.clients[client];
        model.attempts.count = if model.current.is_some() { 0 } else { -1 };
        model.attempts.allowed.extend(nodes.iter().map(|node| address(*node)));
    }

    /// The client has read a whole frame on a connection that it uses, or makes.
    pub(crate) fn client_heard(&mut self, id: usize, word: Word) {
        let client = self.links[id].client;
        let is_ready = self.links[id].ready.is_some();
        let Some(word) = self.misheard(client, word) else {
            return;
        };
        match word {
            Word::Info {
                max_payload,
                is_lame_duck,
                urls,
            } => {
                if is_ready {
                    self.learned(client, max_payload, &urls);
                } else {
                    self.links[id].told.handshake_info = Some((max_payload, urls));
                }
                if is_ready && is_lame_duck {
                    self.clients[client].attempts.is_on_purpose = true;
                    self.clients[client].events.due(Event::LameDuckMode);
                }
            }
            Word::Pong if !is_ready => self.became_ready(id),
            Word::Pong => {}
            Word::Ping if is_ready => self.links[id].pongs_due.push_back(self.now),
            Word::Ping => {}
            Word::Error(text) if is_ready => self.clients[client].events.due(reported(&text)),
            Word::Error(_) => {}
            Word::Message { sid, message } if self.plan.streams.is_some() => {
                self.streaming_heard(client, sid, &message);
            }
            Word::Message { sid, message } => self.message_heard(client, sid, message),
        }
    }

    fn learned(&mut self, client: usize, max_payload: usize, urls: &[String]) {
        let model = &mut self.clients[client];
        model.max_payload = max_payload;
        if !model.plan.ignores_discovered {
            model.attempts.allowed.extend(urls.iter().cloned());
        }
    }

    fn became_ready(&mut self, id: usize) {
        let (now, step) = (self.now, self.step);
        let link = &mut self.links[id];
        link.ready = Some((now, step));
        let client = link.client;
        self.trace
            .note(now, "ready", id as u64, || format!("link {id} of client {client}"));
        if let Some((max_payload, urls)) = self.links[id].told.handshake_info.take() {
            self.learned(client, max_payload, &urls);
        }
        let model = &mut self.clients[client];
        if let Some(other) = model.current {
            return self.violated("I3", format!("client {client} has link {id} beside link {other}"));
        }
        model.current = Some(id);
        model.is_up = true;
        model.attempts.count = 0;
        model.attempts.is_on_purpose = false;
        model.events.due(Event::Connected);
        self.subscriptions_ready(id);
    }

    /// The client has given a link up.
    pub(crate) fn client_left(&mut self, id: usize) {
        let now = self.now;
        let link = &mut self.links[id];
        link.is_left = true;
        let client = link.client;
        let Some((ready_at, _)) = link.ready else {
            return self.attempt_ended(client);
        };
        self.trace
            .note(now, "left", id as u64, || format!("link {id} by client {client}"));
        let model = &mut self.clients[client];
        model.current = None;
        model.is_up = false;
        model.left_at = Some(now);
        if model.is_ending {
            model.events.may_come(Event::Disconnected);
        } else {
            model.events.due(Event::Disconnected);
        }
        let attempts = &mut model.attempts;
        attempts.ended_at = Some(now);
        if attempts.is_on_purpose || now - ready_at + 2 * AT_ONCE >= LASTING {
            attempts.short_lived = 0;
        } else {
            attempts.short_lived += 1;
        }
        self.publishes_left(id);
        self.subscriptions_left(id);
    }

    /// A look at what should have happened by now.
    pub(crate) fn check(&mut self) {
        for id in 0..self.links.len() {
            if !self.links[id].is_left {
                self.check_link(id);
            }
        }
        for client in 0..self.clients.len() {
            self.check_writing(client);
        }
    }

    fn check_link(&mut self, id: usize) {
        let now = self.now;
        let link = &self.links[id];
        let plan = &self.clients[link.client].plan;
        if link.ready.is_none() {
            if now > link.opened_at + plan.connection_timeout + SLACK {
                self.violated("I7", format!("link {id}: the handshake takes longer than it may"));
            }
            return;
        }
        let silent_until = link.heard_at + (u64::from(plan.max_pings) + 1) * plan.ping_interval;
        if now > silent_until + SLACK {
            let text = format!(
                "link {id}: nothing came since {} ms, and the client holds on to it",
                link.heard_at
            );
            return self.violated("I7", text);
        }
        let held_up = link.up.held_up_until(now);
        if link
            .pongs_due
            .front()
            .is_some_and(|due| now > (*due).max(held_up) + AT_ONCE)
        {
            self.violated("I12", format!("link {id}: the client does not answer a PING"));
        }
    }

    /// What is published and can be written is written.
    fn check_writing(&mut self, client: usize) {
        let now = self.now;
        let model = &self.clients[client];
        let Some(link) = model.current.filter(|_| model.is_up) else {
            return;
        };
        let link = &self.links[link];
        let ready_at = link.ready.map_or(now, |(at, _)| at);
        let since = ready_at.max(link.up.held_up_until(now));
        if let Some((id, (_, at))) = model.unwritten.iter().next() {
            if now > since.max(*at) + AT_ONCE {
                let text = format!("message {id} of client {client} is not written, and nothing holds it up");
                return self.violated("liveness", text);
            }
        }
        if link.up.flushed < link.up.accepted && now > since + AT_ONCE && link.up.flush_at.is_none() {
            let held = link.up.held_since.max(since);
            if now > held + AT_ONCE {
                let text = format!("client {client} has written to a stream, and does not flush it");
                self.violated("liveness", text);
            }
        }
    }
}
