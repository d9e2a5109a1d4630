//! From positions and bytes to a [`Message`].
//!
//! A message is made only when it is taken out, by whoever takes it. A small payload is copied into an allocation of its
//! own, so that a message that is kept holds no more than its own bytes; a large one shares what it lies in.

use bytes::{Bytes, BytesMut};

use crate::header;
pub(super) use crate::header::parse::Fault;
use crate::message::Message;
use crate::proto::decode::MessageFrame;
use crate::subject::Subject;

/// Memory beyond twice its own size that a kept payload may hold on to. A payload that would hold more is copied.
const KEPT_SLACK: usize = 256;

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

/// A message, and what was wrong with its headers.
#[derive(Debug)]
pub(crate) struct Popped {
    pub(crate) message: Message,
    pub(crate) fault: Option<Fault>,
}

/// Makes a message of what lies in `line`; headers and payload lie in `body` when it has a buffer of its own.
pub(crate) fn assemble(frame: &MessageFrame, subject: Subject, line: &Buffer, body: Option<&Buffer>) -> Popped {
    let mut fault = None;
    let message = match body {
        None => from_buffer(frame, subject, line, &mut fault),
        Some(body) => Parts {
            subject,
            reply: slice(&line.bytes, frame.reply_at as usize, frame.reply_len.into()),
            headers: slice(&body.bytes, 0, frame.header_len as usize),
            payload: payload(body, frame.header_len as usize, frame.payload_len as usize),
            length: frame.weight(),
        }
        .message(&mut fault),
    };
    Popped { message, fault }
}

/// Makes a message of what lies in `buffer`.
#[inline(always)]
pub(super) fn from_buffer(
    frame: &MessageFrame,
    subject: Subject,
    buffer: &Buffer,
    fault: &mut Option<Fault>,
) -> Message {
    let payload_at = (frame.body_at + frame.header_len) as usize;
    Parts {
        subject,
        reply: slice(&buffer.bytes, frame.reply_at as usize, frame.reply_len.into()),
        headers: slice(&buffer.bytes, frame.body_at as usize, frame.header_len as usize),
        payload: payload(buffer, payload_at, frame.payload_len as usize),
        length: frame.weight(),
    }
    .message(fault)
}

/// What a message is made of.
pub(super) struct Parts<'a> {
    pub(super) subject: Subject,
    /// Empty when there is none.
    pub(super) reply: &'a [u8],
    /// The block, empty when there is none.
    pub(super) headers: &'a [u8],
    pub(super) payload: Bytes,
    pub(super) length: usize,
}

impl Parts<'_> {
    /// Makes the message, in one place and written once: it is large, and moving it costs more than making it.
    #[inline(always)]
    pub(super) fn message(self, fault: &mut Option<Fault>) -> Message {
        let reply = match self.reply {
            [] => None,
            reply => Some(copied_subject(reply)),
        };
        if self.headers.is_empty() {
            return Message {
                subject: self.subject,
                reply,
                payload: self.payload,
                headers: None,
                status: None,
                description: None,
                length: self.length,
            };
        }
        let parsed = header::parse(self.headers);
        *fault = parsed.fault;
        Message {
            subject: self.subject,
            reply,
            payload: self.payload,
            headers: Some(parsed.headers),
            status: parsed.status,
            description: parsed.description,
            length: self.length,
        }
    }
}

/// `len` bytes from `at` on; where there are none, it does not matter where they would begin.
#[inline(always)]
pub(super) fn slice(bytes: &[u8], at: usize, len: usize) -> &[u8] {
    if len == 0 {
        return &[];
    }
    &bytes[at..at + len]
}

/// The subject in `bytes`: shared with the one before when it is the same.
#[inline(always)]
pub(super) fn shared_subject(bytes: &[u8], last: &mut Subject) -> Subject {
    if last.as_str().as_bytes() != bytes {
        *last = copied_subject(bytes);
    }
    last.clone()
}

/// A subject of its own. Servers only send UTF-8; what is not is replaced rather than refused, so that the message arrives.
#[inline(never)]
fn copied_subject(bytes: &[u8]) -> Subject {
    match std::str::from_utf8(bytes) {
        Ok(text) => Subject::from(text),
        Err(_) => Subject::from(String::from_utf8_lossy(bytes).into_owned()),
    }
}

#[inline(always)]
fn payload(buffer: &Buffer, at: usize, len: usize) -> Bytes {
    if len > 0 && buffer.held <= 2 * len + KEPT_SLACK {
        return buffer.bytes.slice(at..at + len);
    }
    copied_payload(slice(&buffer.bytes, at, len))
}

/// A payload of its own.
#[inline(always)]
pub(super) fn copied_payload(bytes: &[u8]) -> Bytes {
    match bytes {
        [] => Bytes::new(),
        bytes => Bytes::copy_from_slice(bytes),
    }
}
