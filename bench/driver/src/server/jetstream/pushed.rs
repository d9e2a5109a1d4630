//! A consumer that pushes as fast as flow control lets it.

use std::io::Write;

use super::delivered;
use crate::server::subscriptions::Subscriptions;

/// Bytes after which a consumer asks whether they have come.
const ASKS_AFTER: usize = 128 * 1024;

/// So often it may have asked without an answer.
const UNANSWERED: u64 = 8;

/// A consumer that pushes.
pub(in crate::server) struct Pushed {
    subject: Vec<u8>,
    sid: Option<u64>,
    sequence: u64,
    asked: u64,
    answered: u64,
    block: Vec<u8>,
}

impl Pushed {
    /// One that pushes to `subject` as soon as somebody is subscribed to it.
    pub(super) fn to(subject: &[u8]) -> Self {
        Self {
            subject: subject.to_vec(),
            sid: None,
            sequence: 0,
            asked: 0,
            answered: 0,
            block: Vec::with_capacity(2 * ASKS_AFTER),
        }
    }

    /// What it asked was answered once more.
    pub(in crate::server) fn answered(&mut self) {
        self.answered += 1;
    }

    /// What it pushes now, if it may: many messages, and the question whether they have come.
    pub(in crate::server) fn next(&mut self, subscriptions: &Subscriptions) -> Option<&[u8]> {
        if self.sid.is_none() {
            self.sid = subscriptions.matching(&self.subject);
        }
        let sid = self.sid?;
        if self.asked - self.answered >= UNANSWERED {
            return None;
        }
        self.asked += 1;
        self.block.clear();
        while self.block.len() < ASKS_AFTER {
            self.sequence += 1;
            delivered(&mut self.block, sid, self.sequence);
        }
        let head = "NATS/1.0 100 FlowControl Request\r\n\r\n";
        self.block.extend_from_slice(b"HMSG ");
        self.block.extend_from_slice(&self.subject);
        // Writing into a vector cannot fail.
        let _ = write!(
            self.block,
            " {sid} $JS.FC.BENCH.consumer.{} {len} {len}\r\n{head}\r\n",
            self.asked,
            len = head.len()
        );
        Some(&self.block)
    }
}
