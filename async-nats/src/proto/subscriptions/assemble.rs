//! From positions and bytes to a [`Message`].
//!
//! A message is made only when it is taken out, by whoever takes it. A small payload is copied into an allocation of its
//! own, so that a message that is kept holds no more than its own bytes; a large one shares what it lies in.

use bytes::{Bytes, BytesMut};

use crate::header;
use crate::header::parse::{Fault, Parsed};
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
    let (body, body_at) = body.map_or((line, frame.body_at as usize), |body| (body, 0));
    let header_len = frame.header_len as usize;
    let mut headers = headers(slice(&body.bytes, body_at, header_len));
    let fault = headers.as_mut().and_then(|headers| headers.fault.take());
    let message = Parts {
        subject,
        reply: reply(slice(&line.bytes, frame.reply_at as usize, frame.reply_len.into())),
        headers,
        payload: payload(body, body_at + header_len, frame.payload_len as usize),
        length: frame.weight(),
    }
    .message();
    Popped { message, fault }
}

/// What a message is made of.
pub(super) struct Parts {
    pub(super) subject: Subject,
    pub(super) reply: Option<Subject>,
    pub(super) headers: Option<Parsed>,
    pub(super) payload: Bytes,
    pub(super) length: usize,
}

impl Parts {
    /// The parts of a message that lies in `buffer`.
    #[inline(always)]
    pub(super) fn of(frame: &MessageFrame, buffer: &Buffer, last: &mut Subject) -> Parts {
        let bytes = &buffer.bytes;
        let payload_at = (frame.body_at + frame.header_len) as usize;
        Parts {
            subject: shared_subject(slice(bytes, frame.subject_at as usize, frame.subject_len.into()), last),
            reply: reply(slice(bytes, frame.reply_at as usize, frame.reply_len.into())),
            headers: headers(slice(bytes, frame.body_at as usize, frame.header_len as usize)),
            payload: payload(buffer, payload_at, frame.payload_len as usize),
            length: frame.weight(),
        }
    }

    /// The message without headers.
    #[inline(always)]
    pub(super) fn plain_message(self) -> Message {
        Message {
            subject: self.subject,
            reply: self.reply,
            payload: self.payload,
            headers: None,
            status: None,
            description: None,
            length: self.length,
        }
    }

    /// Makes the message: the last step, so that it is written once, to where it stays. It is large, and moving it costs
    /// more than making it.
    #[inline(always)]
    pub(super) fn message(self) -> Message {
        match self.headers {
            None => self.plain_message(),
            Some(parsed) => Message {
                subject: self.subject,
                reply: self.reply,
                payload: self.payload,
                headers: Some(parsed.headers),
                status: parsed.status,
                description: parsed.description,
                length: self.length,
            },
        }
    }
}

/// The headers in a block, which is empty when there are none.
#[inline(always)]
pub(super) fn headers(block: &[u8]) -> Option<Parsed> {
    match block {
        [] => None,
        block => Some(header::parse(block)),
    }
}

/// The reply subject in `bytes`, which are empty when there is none.
#[inline(always)]
pub(super) fn reply(bytes: &[u8]) -> Option<Subject> {
    match bytes {
        [] => None,
        bytes => Some(copied_subject(bytes)),
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
