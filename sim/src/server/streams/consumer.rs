//! What the server keeps of one consumer: where it is in the stream, who waits, and what is not acked.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::Value;

/// A pull request that waits.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) inbox: String,
    /// Messages that it still may get.
    pub(super) batch: u64,
    /// Bytes that it still may get, where it set a limit.
    pub(super) bytes: Option<u64>,
    pub(super) expires_at: u64,
    pub(super) heartbeat: u64,
    pub(super) heard_at: u64,
}

/// A message that was sent and is not acked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    pub(super) due: u64,
    pub(super) times: u64,
}

/// One consumer.
#[derive(Debug)]
pub(crate) struct Consumer {
    pub(super) config: Value,
    /// Where it sends to, if it is not asked for messages.
    pub(super) deliver: Option<String>,
    pub(super) is_acked: bool,
    pub(crate) is_durable: bool,
    pub(super) ack_wait: u64,
    pub(super) heartbeat: u64,
    pub(super) inactive: Option<u64>,
    /// The next message of the stream.
    pub(super) next: u64,
    /// Messages that it has sent, each attempt counted.
    pub(super) sent: u64,
    pub(crate) acked: BTreeSet<u64>,
    pub(super) outstanding: BTreeMap<u64, Sent>,
    /// What is sent again, with how often it was sent.
    pub(super) again: BTreeMap<u64, u64>,
    pub(super) waiting: VecDeque<Waiting>,
    /// Messages since a reader confirmed that it follows.
    pub(super) unconfirmed: u64,
    pub(super) heard_at: u64,
    /// When somebody listened last, or asked.
    pub(super) used_at: u64,
}

/// Nanoseconds of a configuration, in milliseconds.
pub(super) fn millis(value: &Value) -> Option<u64> {
    value
        .as_u64()
        .map(|nanos| nanos / 1_000_000)
        .filter(|millis| *millis > 0)
}

impl Consumer {
    pub(super) fn new(config: Value, ack_wait: u64, now: u64) -> Self {
        let next = match config["deliver_policy"].as_str() {
            Some("by_start_sequence") => config["opt_start_seq"].as_u64().unwrap_or(1).max(1),
            _ => 1,
        };
        Consumer {
            deliver: config["deliver_subject"].as_str().map(str::to_owned),
            is_acked: config["ack_policy"] == "explicit",
            is_durable: config["durable_name"].is_string(),
            ack_wait: millis(&config["ack_wait"]).unwrap_or(ack_wait),
            heartbeat: millis(&config["idle_heartbeat"]).unwrap_or(u64::MAX),
            inactive: millis(&config["inactive_threshold"]),
            config,
            next,
            sent: 0,
            acked: BTreeSet::new(),
            outstanding: BTreeMap::new(),
            again: BTreeMap::new(),
            waiting: VecDeque::new(),
            unconfirmed: 0,
            heard_at: now,
            used_at: now,
        }
    }

    /// The next message that it sends, and how often it was sent before.
    pub(super) fn next(&self, last: u64) -> Option<(u64, u64)> {
        let again = self
            .again
            .first_key_value()
            .map(|(sequence, times)| (*sequence, *times));
        again.or_else(|| (self.next <= last).then_some((self.next, 0)))
    }

    /// The message is on its way.
    pub(super) fn sends(&mut self, sequence: u64, times: u64, now: u64) {
        if self.again.remove(&sequence).is_none() {
            self.next = sequence + 1;
        }
        self.sent += 1;
        self.heard_at = now;
        if self.is_acked {
            let due = now + self.ack_wait;
            self.outstanding.insert(sequence, Sent { due, times: times + 1 });
        }
    }

    /// A reader has said something of a message.
    pub(super) fn told(&mut self, sequence: u64, word: &[u8], now: u64) {
        if self.acked.contains(&sequence) {
            return;
        }
        if word.starts_with(b"-NAK") {
            if let Some(sent) = self.outstanding.remove(&sequence) {
                self.again.insert(sequence, sent.times);
            }
        } else if word.starts_with(b"+WPI") {
            if let Some(sent) = self.outstanding.get_mut(&sequence) {
                sent.due = now + self.ack_wait;
            }
        } else if sequence < self.next {
            self.outstanding.remove(&sequence);
            self.again.remove(&sequence);
            self.acked.insert(sequence);
        }
    }

    /// What is not acked in time is sent again.
    pub(super) fn tires(&mut self, now: u64) {
        let due: Vec<(u64, Sent)> = self.outstanding.iter().map(|(at, sent)| (*at, *sent)).collect();
        for (sequence, sent) in due.into_iter().filter(|(_, sent)| sent.due <= now) {
            self.outstanding.remove(&sequence);
            self.again.insert(sequence, sent.times);
        }
    }
}
