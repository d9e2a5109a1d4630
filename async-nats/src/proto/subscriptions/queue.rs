//! Messages on their way from the reader to one subscriber: positions, and the bytes that they point into.
//!
//! The reader appends a batch, the subscriber swaps the whole queue for its own empty one. A message is made only when it
//! is taken out, by the subscriber: it copies a small payload into an allocation of its own, so that a message that is kept
//! holds no more than its own bytes, and shares a large one.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use crate::header;
use crate::message::Message;
use crate::proto::decode::MessageFrame;
use crate::subject::Subject;

/// Memory beyond twice its own size that a kept payload may hold on to. A payload that would hold more is copied.
const KEPT_SLACK: usize = 256;

/// Records that an empty queue keeps room for after a burst.
const KEPT_RECORDS: usize = 1024;

/// Bytes, and how much memory is not freed because of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buffer {
    pub(crate) bytes: Bytes,
    /// Size of the allocation that the bytes lie in.
    pub(crate) held: usize,
}

impl From<BytesMut> for Buffer {
    fn from(bytes: BytesMut) -> Self {
        let held = bytes.capacity();
        Buffer {
            bytes: bytes.freeze(),
            held,
        }
    }
}

impl From<Vec<u8>> for Buffer {
    fn from(bytes: Vec<u8>) -> Self {
        let held = bytes.capacity();
        Buffer {
            bytes: Bytes::from(bytes),
            held,
        }
    }
}

/// One message: where its parts lie in the buffer at the front of the queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record {
    pub(crate) frame: MessageFrame,
    /// Headers and payload lie at the start of the next buffer, not in this one.
    pub(crate) detached: bool,
    /// The buffer holds nothing behind this message.
    pub(crate) last: bool,
}

/// Messages and the buffers that hold them.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    records: VecDeque<Record>,
    buffers: VecDeque<Buffer>,
}

impl Queue {
    /// Appends a message of the buffer that was pushed last.
    #[inline]
    pub(crate) fn push(&mut self, record: Record) {
        self.records.push_back(record);
    }

    /// Marks the message that was pushed last as the last of its buffer.
    pub(crate) fn finish_buffer(&mut self) {
        if let Some(record) = self.records.back_mut() {
            record.last = true;
        }
    }

    /// Appends a buffer; the messages that follow lie in it.
    pub(crate) fn push_buffer(&mut self, buffer: Buffer) {
        self.buffers.push_back(buffer);
    }

    /// Whether nothing is queued.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Memory that a burst left behind, taken out to be freed where that holds nobody up.
    #[must_use]
    pub(crate) fn take_burst(&mut self) -> Option<Queue> {
        let is_large = self.records.is_empty() && self.records.capacity() > KEPT_RECORDS;
        is_large.then(|| std::mem::take(self))
    }

    /// Takes the next message out. `last_subject` is the subject of the one before, shared when it is the same.
    #[inline]
    pub(crate) fn pop(&mut self, last_subject: &mut Subject) -> Option<Popped> {
        let record = self.records.pop_front()?;
        let buffer = self.buffers.front().expect("a record is pushed behind its buffer");
        let subject = shared_subject(&buffer.bytes, &record.frame, last_subject);
        let body = record
            .detached
            .then(|| self.buffers.get(1).expect("a detached body is pushed with its line"));
        let popped = assemble(&record.frame, subject, buffer, body);
        if record.last {
            self.buffers.pop_front();
            if record.detached {
                self.buffers.pop_front();
            }
        }
        Some(popped)
    }
}

#[cfg(test)]
impl Queue {
    /// Memory that is not freed because of the buffers.
    pub(super) fn held(&self) -> usize {
        self.buffers.iter().map(|buffer| buffer.held).sum()
    }

    /// Messages that it has set memory aside for.
    pub(super) fn room_for_records(&self) -> usize {
        self.records.capacity()
    }
}

/// A message, and what was wrong with its headers.
#[derive(Debug)]
pub(crate) struct Popped {
    pub(crate) message: Message,
    pub(crate) fault: Option<header::parse::Fault>,
}

/// Makes a message of what lies in `line`; headers and payload lie in `body` when it has a buffer of its own.
#[inline]
pub(crate) fn assemble(frame: &MessageFrame, subject: Subject, line: &Buffer, body: Option<&Buffer>) -> Popped {
    let reply =
        (frame.reply_len > 0).then(|| copied_subject(slice(&line.bytes, frame.reply_at, frame.reply_len.into())));
    let (body, body_at) = match body {
        Some(body) => (body, 0),
        None => (line, frame.body_at),
    };
    let payload = payload(body, (body_at + frame.header_len) as usize, frame.payload_len as usize);
    let length = frame.weight();
    let mut message = Message {
        subject,
        reply,
        payload,
        headers: None,
        status: None,
        description: None,
        length,
    };
    let mut fault = None;
    if frame.header_len > 0 {
        let parsed = header::parse(slice(&body.bytes, body_at, frame.header_len as usize));
        message.headers = Some(parsed.headers);
        message.status = parsed.status;
        message.description = parsed.description;
        fault = parsed.fault;
    }
    Popped { message, fault }
}

fn slice(buffer: &Bytes, at: u32, len: usize) -> &[u8] {
    &buffer[at as usize..at as usize + len]
}

#[inline]
fn shared_subject(buffer: &Bytes, frame: &MessageFrame, last: &mut Subject) -> Subject {
    let bytes = slice(buffer, frame.subject_at, frame.subject_len.into());
    if last.as_str().as_bytes() != bytes {
        *last = copied_subject(bytes);
    }
    last.clone()
}

/// A subject of its own. Servers only send UTF-8; what is not is replaced rather than refused, so that the message arrives.
fn copied_subject(bytes: &[u8]) -> Subject {
    match std::str::from_utf8(bytes) {
        Ok(text) => Subject::from(text),
        Err(_) => Subject::from(String::from_utf8_lossy(bytes).into_owned()),
    }
}

#[inline]
fn payload(buffer: &Buffer, at: usize, len: usize) -> Bytes {
    if len == 0 {
        Bytes::new()
    } else if buffer.held <= 2 * len + KEPT_SLACK {
        buffer.bytes.slice(at..at + len)
    } else {
        Bytes::copy_from_slice(&buffer.bytes[at..at + len])
    }
}
