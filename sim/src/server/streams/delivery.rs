//! Messages and statuses on their way to readers, acks and confirmations on their way back, and what is due on the clock.

use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;

use super::consumer::Waiting;
use super::STREAM;
use crate::net::link::Message;
use crate::world::{Due, World};

/// How often the stream looks at its clock, in milliseconds.
const TICK: u64 = 50;

/// The moment at which the run begins, in nanoseconds.
const BEGIN: u64 = 1_767_225_600_000_000_000;

impl Waiting {
    /// What is left of it, as headers.
    pub(super) fn left(&self) -> [(&'static str, String); 2] {
        [
            ("Nats-Pending-Messages", self.batch.to_string()),
            ("Nats-Pending-Bytes", self.bytes.unwrap_or(0).to_string()),
        ]
    }
}

impl World {
    /// Sends a status to an inbox.
    pub(super) fn tell(&mut self, inbox: &str, status: &str, headers: &[(&'static str, String)]) {
        let mut block = format!("NATS/1.0 {status}\r\n");
        for (name, value) in headers {
            let _ = write!(block, "{name}: {value}\r\n");
        }
        block.push_str("\r\n");
        self.tell_block(inbox, block, None);
    }

    fn tell_block(&mut self, inbox: &str, block: String, reply: Option<String>) {
        let message = Message {
            subject: inbox.to_owned(),
            reply,
            headers: Some(block.into()),
            payload: Bytes::new(),
        };
        if let Some((link, sid)) = self.listener(inbox) {
            self.deliver(link, sid, &Arc::new(message));
        }
    }

    pub(crate) fn deliver_all(&mut self) {
        let names: Vec<String> = self.streams.consumers.keys().cloned().collect();
        for name in names {
            self.deliver_from(&name);
        }
    }

    /// Sends what the consumer may send now.
    pub(super) fn deliver_from(&mut self, name: &str) {
        if self.streams.leaderless.is_some() {
            return;
        }
        let window = self.plan.streams.map_or(1, |streams| streams.window);
        loop {
            let last = self.streams.log.len() as u64;
            let Some(consumer) = self.streams.consumers.get_mut(name) else {
                return;
            };
            let Some((sequence, times)) = consumer.next(last) else {
                return;
            };
            let inbox = match (&consumer.deliver, consumer.waiting.front()) {
                (Some(_), _) if consumer.unconfirmed >= 2 * window => return,
                (Some(inbox), _) => inbox.clone(),
                (None, Some(waiting)) => waiting.inbox.clone(),
                (None, None) => return,
            };
            let Some((link, sid)) = self.listener(&inbox) else {
                let consumer = self.streams.consumers.get_mut(name).expect("it was there");
                if consumer.deliver.is_some() || consumer.waiting.pop_front().is_none() {
                    return;
                }
                continue;
            };
            let message = self.message(name, sequence, times);
            if !self.fits(name, &inbox, &message) {
                continue;
            }
            let now = self.now;
            let consumer = self.streams.consumers.get_mut(name).expect("it was there");
            consumer.sends(sequence, times, now);
            consumer.used_at = now;
            if self.streams.loses > 0 {
                self.streams.loses -= 1;
            } else {
                self.deliver(link, sid, &Arc::new(message));
            }
            self.keeps_pace(name, &inbox, window);
        }
    }

    fn message(&self, name: &str, sequence: u64, times: u64) -> Message {
        let stored = &self.streams.log[sequence as usize - 1];
        let sent = self.streams.consumers.get(name).map_or(0, |consumer| consumer.sent);
        let (times, sent) = (times + 1, sent + 1);
        let at = BEGIN + self.now * 1_000_000;
        let pending = self.streams.log.len() as u64 - sequence;
        Message {
            subject: stored.subject.clone(),
            reply: Some(format!(
                "$JS.ACK.{STREAM}.{name}.{times}.{sequence}.{sent}.{at}.{pending}"
            )),
            headers: stored.headers.clone(),
            payload: stored.payload.clone(),
        }
    }

    /// Whether the first pull request has room for the message, which is taken from it. If not, it ends.
    fn fits(&mut self, name: &str, inbox: &str, message: &Message) -> bool {
        let now = self.now;
        let consumer = self.streams.consumers.get_mut(name).expect("it was there");
        let Some(waiting) = consumer.waiting.front_mut() else {
            return true;
        };
        let reply = message.reply.as_ref().map_or(0, String::len);
        let headers = message.headers.as_ref().map_or(0, Bytes::len);
        let size = (message.subject.len() + reply + headers + message.payload.len()) as u64;
        if waiting.bytes.is_some_and(|bytes| bytes < size) {
            let left = waiting.left();
            consumer.waiting.pop_front();
            self.tell(inbox, "409 Message Size Exceeds MaxBytes", &left);
            return false;
        }
        waiting.bytes = waiting.bytes.map(|bytes| bytes - size);
        waiting.batch -= 1;
        waiting.heard_at = now;
        if waiting.batch == 0 {
            consumer.waiting.pop_front();
        }
        true
    }

    /// Flow control: a reader that is pushed to is asked whether it follows.
    fn keeps_pace(&mut self, name: &str, inbox: &str, window: u64) {
        let consumer = self.streams.consumers.get_mut(name).expect("it was there");
        if consumer.deliver.is_none() || consumer.config["flow_control"] != true {
            return;
        }
        consumer.unconfirmed += 1;
        if consumer.unconfirmed == window {
            let reply = format!("$JS.FC.{STREAM}.{name}.{}", consumer.sent);
            let block = "NATS/1.0 100 FlowControl Request\r\n\r\n".to_owned();
            self.tell_block(inbox, block, Some(reply));
        }
    }

    pub(super) fn flow_confirmed(&mut self, place: &str) {
        let name = place.split('.').nth(1).unwrap_or_default().to_owned();
        if let Some(consumer) = self.streams.consumers.get_mut(&name) {
            consumer.unconfirmed = 0;
            self.deliver_from(&name);
        }
    }

    /// `<stream>.<consumer>.<times>.<sequence>.<count>.<time>.<pending>`
    pub(super) fn reader_acks(&mut self, place: &str, message: &Message) {
        let words: Vec<&str> = place.split('.').collect();
        let (Some(name), Some(sequence)) = (words.get(1), words.get(3).and_then(|word| word.parse().ok())) else {
            return self.violated("I14", format!("an ack of nothing: {place}"));
        };
        let now = self.now;
        if let Some(consumer) = self.streams.consumers.get_mut(*name) {
            consumer.told(sequence, &message.payload, now);
            self.reply(message, Bytes::new());
            self.deliver_from(name);
        }
    }

    /// The stream looks at its clock.
    pub(crate) fn streams_tick(&mut self) {
        self.schedule(self.now + TICK, Due::Streams);
        if self.streams.leaderless.is_some() {
            return;
        }
        let names: Vec<String> = self.streams.consumers.keys().cloned().collect();
        for name in names {
            if self.is_unused(&name) {
                self.deletes(&name, false);
                continue;
            }
            let now = self.now;
            let consumer = self.streams.consumers.get_mut(&name).expect("it was there");
            consumer.tires(now);
            self.requests_expire(&name);
            self.deliver_from(&name);
            self.push_idles(&name);
        }
    }

    fn is_unused(&mut self, name: &str) -> bool {
        let now = self.now;
        let Some(consumer) = self.streams.consumers.get(name) else {
            return false;
        };
        let deliver = consumer.deliver.clone();
        let is_heard = deliver.is_some_and(|inbox| self.listener(&inbox).is_some());
        let consumer = self.streams.consumers.get_mut(name).expect("it was there");
        if is_heard || !consumer.waiting.is_empty() {
            consumer.used_at = now;
        }
        consumer
            .inactive
            .is_some_and(|inactive| !consumer.is_durable && now > consumer.used_at + inactive)
    }

    fn requests_expire(&mut self, name: &str) {
        let now = self.now;
        let consumer = self.streams.consumers.get_mut(name).expect("it was there");
        let (mut said, sent) = (Vec::new(), consumer.sent);
        let last = consumer.next - 1;
        consumer.waiting.retain_mut(|waiting| {
            if waiting.expires_at <= now {
                said.push((waiting.inbox.clone(), "408 Request Timeout", waiting.left()));
                return false;
            }
            if now - waiting.heard_at >= waiting.heartbeat {
                waiting.heard_at = now;
                let headers = [
                    ("Nats-Last-Consumer", sent.to_string()),
                    ("Nats-Last-Stream", last.to_string()),
                ];
                said.push((waiting.inbox.clone(), "100 Idle Heartbeat", headers));
            }
            true
        });
        for (inbox, status, headers) in said {
            self.tell(&inbox, status, &headers);
        }
    }

    fn push_idles(&mut self, name: &str) {
        let now = self.now;
        let window = self.plan.streams.map_or(1, |streams| streams.window);
        let consumer = self.streams.consumers.get_mut(name).expect("it was there");
        let Some(inbox) = consumer.deliver.clone() else { return };
        if now - consumer.heard_at < consumer.heartbeat {
            return;
        }
        consumer.heard_at = now;
        let mut headers = vec![
            ("Nats-Last-Consumer", consumer.sent.to_string()),
            ("Nats-Last-Stream", (consumer.next - 1).to_string()),
        ];
        if consumer.unconfirmed >= 2 * window {
            let stalled = format!("$JS.FC.{STREAM}.{name}.{}", consumer.sent);
            headers.push(("Nats-Consumer-Stalled", stalled));
        }
        self.tell(&inbox, "100 Idle Heartbeat", &headers);
    }
}
