//! Reads what clients send, and skips what is published at the speed of memory.
//!
//! A published message that nobody answers is skipped by its length. Messages like the one before (the same control line)
//! are not even parsed: their control line is compared and their length is known. So the server takes tens of millions of
//! small messages a second and still sees a PING in its place.

use memchr::memchr;

use bench_common::FLOOD;

use super::jetstream::{ACKS, FLOW};

/// Longest control line that is waited for. What comes from our own programs is far shorter.
const LONGEST_LINE: usize = 4096;

/// Something that the server must act on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame<'a> {
    Ping,
    Subscribe {
        subject: &'a [u8],
        sid: u64,
    },
    Unsubscribe {
        sid: u64,
    },
    /// A message that asks for a reply.
    Request {
        subject: &'a [u8],
        reply: &'a [u8],
        payload: &'a [u8],
    },
    /// The settings of a flood.
    Flood {
        settings: &'a [u8],
    },
    /// The answer to flow control.
    FlowControl,
    /// Nothing to do: skipped messages, CONNECT, PONG.
    Nothing,
}

/// Where the reading of a connection stands.
#[derive(Default)]
pub(super) struct Reading {
    /// Bytes that are still to be skipped.
    skipping: usize,
    /// Control line of the last message that was skipped, with its line break.
    line: Vec<u8>,
    /// Length of that whole message.
    length: usize,
    /// Messages that were skipped.
    pub(super) skipped: u64,
}

/// What is at the beginning of the bytes: a frame and its length, or nothing that is complete.
pub(super) type Step<'a> = Result<Option<(Frame<'a>, usize)>, String>;

impl Reading {
    /// Takes one step. Bytes that are not consumed come again, with more after them.
    pub(super) fn next<'a>(&mut self, bytes: &'a [u8]) -> Step<'a> {
        let skipped = self.skip(bytes);
        if skipped > 0 {
            return Ok(Some((Frame::Nothing, skipped)));
        }
        let Some(end) = memchr(b'\n', bytes) else {
            return if bytes.len() <= LONGEST_LINE {
                Ok(None)
            } else {
                Err("a control line has no end".to_owned())
            };
        };
        let line = &bytes[..=end];
        let mut words = line
            .split(|byte| byte.is_ascii_whitespace())
            .filter(|word| !word.is_empty());
        let unknown = || format!("not understood: {}", String::from_utf8_lossy(line).trim());
        let whole = |frame| Ok(Some((frame, line.len())));
        match words.next() {
            Some(b"PING") => whole(Frame::Ping),
            Some(b"PONG" | b"CONNECT") => whole(Frame::Nothing),
            Some(b"SUB") => {
                // A queue group may stand between subject and sid; it makes no difference here.
                let (subject, sid) = (words.next(), words.next_back().and_then(number));
                let (subject, sid) = subject.zip(sid).ok_or_else(unknown)?;
                whole(Frame::Subscribe {
                    subject,
                    sid: sid as u64,
                })
            }
            Some(b"UNSUB") => {
                let sid = words.next().and_then(number).ok_or_else(unknown)?;
                whole(Frame::Unsubscribe { sid: sid as u64 })
            }
            Some(b"PUB") => self.published(bytes, line, &words.collect::<Vec<_>>(), 1),
            Some(b"HPUB") => self.published(bytes, line, &words.collect::<Vec<_>>(), 2),
            _ => Err(unknown()),
        }
    }

    /// Skips what is left of a message, and all messages like it, or acks. Returns how many bytes that were.
    fn skip(&mut self, bytes: &[u8]) -> usize {
        let mut at = self.skipping.min(bytes.len());
        self.skipping -= at;
        while let Some(length) = ack(&bytes[at..]) {
            self.skipped += 1;
            at += length;
        }
        while self.length > 0 && bytes[at..].starts_with(&self.line) {
            self.skipped += 1;
            let end = at + self.length;
            at = end.min(bytes.len());
            self.skipping = end - at;
        }
        at
    }

    /// A control line with `numbers` numbers at its end (the last one is the length of all that follows), before them a
    /// subject and perhaps one for the reply.
    fn published<'a>(&mut self, bytes: &'a [u8], line: &'a [u8], words: &[&'a [u8]], numbers: usize) -> Step<'a> {
        let unknown = || format!("not understood: {}", String::from_utf8_lossy(line).trim());
        let size = words.last().copied().and_then(number).ok_or_else(unknown)?;
        let length = line.len() + size + b"\r\n".len();
        let (subject, reply) = match words[..words.len().saturating_sub(numbers)] {
            [subject] => (subject, None),
            [subject, reply] => (subject, Some(reply)),
            _ => return Err(unknown()),
        };
        if reply.is_none() && subject.starts_with(FLOW) {
            return Ok((bytes.len() >= length).then_some((Frame::FlowControl, length)));
        }
        if reply.is_none() && subject != FLOOD.as_bytes() {
            self.line = line.to_vec();
            self.length = length;
            return Ok(Some((Frame::Nothing, self.skip(bytes))));
        }
        let Some(message) = bytes.get(..length) else {
            return Ok(None);
        };
        let payload = &message[line.len()..line.len() + size];
        let frame = match reply {
            Some(reply) => Frame::Request {
                subject,
                reply,
                payload,
            },
            None => Frame::Flood { settings: payload },
        };
        Ok(Some((frame, length)))
    }
}

/// The length of an ack without a payload, when there is a whole one: each has a subject of its own, so they are not like
/// the one before.
fn ack(bytes: &[u8]) -> Option<usize> {
    let subject = bytes.strip_prefix(b"PUB ")?;
    if !subject.starts_with(ACKS.as_bytes()) {
        return None;
    }
    let end = memchr(b'\n', bytes)?;
    let length = end + 1 + b"\r\n".len();
    (bytes[..=end].ends_with(b" 0\r\n") && length <= bytes.len()).then_some(length)
}

fn number(word: &[u8]) -> Option<usize> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

#[cfg(test)]
mod tests;
