//! As much of JetStream as the workloads need: one endless stream, one value in every bucket.
//!
//! Streams and consumers are there as soon as they are asked for, and look as the client wanted them. A pull is answered
//! with as many messages as it asks for, at once, out of a block that was made beforehand. A consumer that pushes numbers its
//! messages without a gap, and stays within what flow control lets it have on its way.

mod json;
mod pushed;

use std::io::Write;

use bench_common::STORED;

pub(super) use pushed::Pushed;

use super::subscriptions::Subscriptions;

/// Why a connection ends whose client asks and does not listen.
pub(super) const NO_INBOX: &str = "a request has no subscription for its reply";

/// Subjects of the API begin so.
const API: &str = "$JS.API.";

/// Subjects of values in buckets begin so.
const VALUES: &[u8] = b"$KV.";

/// Subjects that acks of messages go to begin so.
pub(super) const ACKS: &str = "$JS.ACK.";

/// Subjects that answers to flow control go to begin so.
pub(super) const FLOW: &[u8] = b"$JS.FC.";

/// Bytes that a message of the stream, and a value, has.
const SIZE: usize = 16;

/// Bytes that the longest ack of a stream has.
const ACK: usize = 48;

/// When everything was stored, as nanoseconds and as servers write it.
const TIME: &str = "1764000000123456789";
const TIME_STAMP: &str = "2025-11-24T16:00:00.123456789Z";

/// What one connection knows of JetStream.
#[derive(Default)]
pub(super) struct JetStream {
    /// Messages that were published to streams; they are acked and not kept.
    stored: u64,
    pulled: Block,
    /// The consumer that pushes, if there is one.
    pub(super) pushed: Option<Pushed>,
}

impl JetStream {
    /// Answers a request if it is one for JetStream; whether it is.
    pub(super) fn request(
        &mut self,
        (subject, reply, payload): (&[u8], &[u8], &[u8]),
        subscriptions: &Subscriptions,
        answers: &mut Vec<u8>,
    ) -> Result<bool, String> {
        let asked = subject.strip_prefix(API.as_bytes());
        if asked.is_none() && subject != STORED.as_bytes() && !subject.starts_with(VALUES) {
            return Ok(false);
        }
        let sid = subscriptions.matching(reply).ok_or(NO_INBOX)?;
        let Some(asked) = asked else {
            self.stored += 1;
            acked(answers, reply, sid, self.stored);
            return Ok(true);
        };
        let last = asked.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
        if let Some(value) = asked.strip_prefix(b"DIRECT.GET.") {
            value_of(answers, reply, sid, value).ok_or("a direct get names no subject")?;
        } else if asked.starts_with(b"CONSUMER.MSG.NEXT.") {
            self.pulled
                .answer(answers, reply, sid, json::number(payload, "batch").unwrap_or(1));
        } else if asked.starts_with(b"CONSUMER.CREATE.") {
            let config = json::object(payload, "config").ok_or("a consumer without a configuration")?;
            if let Some(subject) = json::text(config, "deliver_subject") {
                self.pushed = Some(Pushed::to(subject));
            }
            message(answers, reply, sid, json::consumer(config).as_bytes());
        } else if asked.starts_with(b"STREAM.INFO.") {
            message(answers, reply, sid, json::stream(last).as_bytes());
        } else {
            return Err(format!("not understood: {}", String::from_utf8_lossy(subject)));
        }
        Ok(true)
    }
}

/// Appends a message.
pub(super) fn message(answers: &mut Vec<u8>, subject: &[u8], sid: u64, payload: &[u8]) {
    answers.extend_from_slice(b"MSG ");
    answers.extend_from_slice(subject);
    // Writing into a vector cannot fail.
    let _ = write!(answers, " {sid} {}\r\n", payload.len());
    answers.extend_from_slice(payload);
    answers.extend_from_slice(b"\r\n");
}

/// Appends the ack of a stream.
fn acked(answers: &mut Vec<u8>, subject: &[u8], sid: u64, sequence: u64) {
    let mut payload = [0; ACK];
    let mut rest = &mut payload[..];
    let written = write!(rest, r#"{{"stream":"S","seq":{sequence}}}"#);
    let left = rest.len();
    debug_assert!(written.is_ok(), "the longest number fits");
    message(answers, subject, sid, &payload[..ACK - left]);
}

/// Appends a value; `asked` is a stream and the subject in it.
fn value_of(answers: &mut Vec<u8>, inbox: &[u8], sid: u64, asked: &[u8]) -> Option<()> {
    let dot = asked.iter().position(|byte| *byte == b'.')?;
    let (stream, subject) = (&asked[..dot], &asked[dot + 1..]);
    let mut head = Vec::with_capacity(160);
    for (name, value) in [
        (&b"NATS/1.0\r\nNats-Stream: "[..], stream),
        (b"\r\nNats-Subject: ", subject),
        (b"\r\nNats-Sequence: ", b"4711"),
        (b"\r\nNats-Time-Stamp: ", TIME_STAMP.as_bytes()),
        (b"\r\n\r\n", b""),
    ] {
        head.extend_from_slice(name);
        head.extend_from_slice(value);
    }
    answers.extend_from_slice(b"HMSG ");
    answers.extend_from_slice(inbox);
    let _ = write!(answers, " {sid} {} {}\r\n", head.len(), head.len() + SIZE);
    answers.extend_from_slice(&head);
    answers.extend_from_slice(&[b'x'; SIZE]);
    answers.extend_from_slice(b"\r\n");
    Some(())
}

/// Appends a message of the stream as a consumer delivers it.
fn delivered(block: &mut Vec<u8>, sid: u64, sequence: u64) {
    block.extend_from_slice(b"MSG ");
    block.extend_from_slice(STORED.as_bytes());
    block.push(b' ');
    digits(block, sid);
    block.push(b' ');
    block.extend_from_slice(ACKS.as_bytes());
    block.extend_from_slice(b"BENCH.consumer.1.");
    digits(block, sequence);
    block.push(b'.');
    digits(block, sequence);
    block.push(b'.');
    block.extend_from_slice(TIME.as_bytes());
    block.extend_from_slice(b".1000000 16\r\n");
    block.extend_from_slice(&[b'x'; SIZE]);
    block.extend_from_slice(b"\r\n");
}

/// Appends a number: several times as fast as formatting it.
fn digits(block: &mut Vec<u8>, mut number: u64) {
    let mut text = [b'0'; 20];
    let mut at = text.len();
    loop {
        at -= 1;
        text[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    block.extend_from_slice(&text[at..]);
}

/// Messages for pulls, the same for each.
#[derive(Default)]
struct Block {
    sid: u64,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Block {
    fn answer(&mut self, answers: &mut Vec<u8>, inbox: &[u8], sid: u64, count: usize) {
        debug_assert!(!inbox.is_empty(), "a subscription was found for it");
        if self.sid != sid || self.ends.len() < count {
            self.sid = sid;
            self.bytes.clear();
            self.ends.clear();
            for sequence in 1..=count as u64 {
                delivered(&mut self.bytes, sid, sequence);
                self.ends.push(self.bytes.len());
            }
        }
        let end = count.checked_sub(1).map_or(0, |last| self.ends[last]);
        answers.extend_from_slice(&self.bytes[..end]);
    }
}

#[cfg(test)]
mod tests;
