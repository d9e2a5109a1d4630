//! Subscriptions as a connection and subscribers use them: bytes are decoded, dispatched, and taken out as messages.

mod dispatching;
mod ending;
mod limits;
mod memory;
mod table;

use std::task::{Context, Poll};

use super::assemble::Buffer;
use super::dispatch::Dispatch;
use super::intake::Intake;
use super::*;
use crate::message::Message;
use crate::proto::decode::{Decoder, Frame, MessageFrame, Step};
use crate::proto::testing::Wakes;

const UNLIMITED: Limits = Limits {
    messages: usize::MAX,
    bytes: usize::MAX,
};

/// A message on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sent {
    subject: String,
    reply: Option<String>,
    headers: Option<String>,
    payload: Vec<u8>,
}

impl Sent {
    fn new(subject: &str, payload: impl Into<Vec<u8>>) -> Self {
        Sent {
            subject: subject.to_owned(),
            reply: None,
            headers: None,
            payload: payload.into(),
        }
    }

    fn write(&self, sid: u64, stream: &mut Vec<u8>) {
        let headers = self.headers.as_deref().unwrap_or_default();
        let reply = self.reply.as_ref().map(|reply| format!("{reply} ")).unwrap_or_default();
        let total = headers.len() + self.payload.len();
        let line = match &self.headers {
            Some(_) => format!("HMSG {} {sid} {reply}{} {total}\r\n", self.subject, headers.len()),
            None => format!("MSG {} {sid} {reply}{total}\r\n", self.subject),
        };
        stream.extend_from_slice(line.as_bytes());
        stream.extend_from_slice(headers.as_bytes());
        stream.extend_from_slice(&self.payload);
        stream.extend_from_slice(b"\r\n");
    }

    fn weight(&self) -> usize {
        let rest = [&self.reply, &self.headers].map(|part| part.as_ref().map_or(0, String::len));
        self.subject.len() + rest[0] + rest[1] + self.payload.len()
    }

    fn assert_is(&self, message: &Message) {
        assert_eq!(message.subject.as_str(), self.subject);
        assert_eq!(message.reply.as_deref(), self.reply.as_deref());
        assert!(message.payload == self.payload, "another payload on {}", self.subject);
        assert_eq!(message.length, self.weight());
        let value = message.headers.as_ref().and_then(|headers| headers.get("Key"));
        let expected = self
            .headers
            .as_ref()
            .map(|block| block.lines().nth(1).and_then(|line| line.get(5..)));
        assert_eq!(value.map(|value| value.as_str()), expected.flatten());
        assert_eq!(message.headers.is_some(), self.headers.is_some());
    }
}

/// The frames of a stream that consists of whole messages.
fn frames(stream: &[u8]) -> Vec<MessageFrame> {
    let mut decoder = Decoder::new();
    let mut frames = Vec::new();
    let mut at = 0;
    while at < stream.len() {
        match decoder.next(stream, at) {
            Ok(Step::Frame {
                frame: Frame::Message(message),
                end,
            }) => {
                frames.push(message);
                at = end;
            }
            other => panic!("no message: {other:?}"),
        }
    }
    frames
}

/// The table, and the connection that delivers to it.
#[derive(Default)]
struct Reader {
    table: Subscriptions,
    work: Dispatch,
}

impl Reader {
    fn subscribe(&mut self, subject: &str, limits: Limits) -> Subscriber {
        let subject = Subject::from(subject);
        let (sid, slot) = self
            .table
            .add(subject, None, limits, &mut Vec::new())
            .expect("there is room");
        Subscriber::new(sid, slot)
    }

    /// One read, into a chunk that it fills, or not.
    fn read_into(&mut self, stream: &[u8], chunk_size: usize) {
        let mut chunk = bytes::BytesMut::with_capacity(chunk_size.max(stream.len()));
        chunk.extend_from_slice(stream);
        let chunk = Buffer::from(chunk);
        self.table.dispatch(&mut frames(stream), &chunk, &mut self.work);
        self.work.wake.drain(..).for_each(Waker::wake);
    }

    /// One read that fills its chunk. Returns the subscriptions that are said to be slow.
    fn read(&mut self, messages: &[(u64, Sent)]) -> Vec<u64> {
        let mut stream = Vec::new();
        for (sid, sent) in messages {
            sent.write(*sid, &mut stream);
        }
        self.read_into(&stream, stream.len());
        std::mem::take(&mut self.work.slow)
    }

    /// One message whose body has a buffer of its own.
    fn read_detached(&mut self, sid: u64, sent: &Sent) -> Vec<u64> {
        let mut stream = Vec::new();
        sent.write(sid, &mut stream);
        let frame = frames(&stream)[0];
        let (start, body_at) = (frame.subject_at as usize, frame.body_at as usize);
        let line = Buffer::from(stream[start..body_at].to_vec());
        let body = bytes::BytesMut::from(&stream[body_at..body_at + frame.body_len()]);
        let frame = MessageFrame {
            subject_at: 0,
            reply_at: frame.reply_at.wrapping_sub(frame.subject_at),
            body_at: 0,
            ..frame
        };
        self.table
            .deliver_detached(frame, line, Buffer::from(body), &mut self.work);
        self.work.wake.drain(..).for_each(Waker::wake);
        std::mem::take(&mut self.work.slow)
    }
}

/// What a subscriber of the client has.
struct Subscriber {
    sid: u64,
    slot: Arc<Slot>,
    intake: Intake,
    wakes: Arc<Wakes>,
    waker: Waker,
}

impl Subscriber {
    fn new(sid: u64, slot: Arc<Slot>) -> Self {
        let (wakes, waker) = Wakes::new();
        Subscriber {
            sid,
            slot,
            intake: Intake::default(),
            wakes,
            waker,
        }
    }

    fn poll(&mut self) -> Poll<Option<Message>> {
        let cx = &mut Context::from_waker(&self.waker);
        self.intake.poll_pop(&self.slot, cx, |_, _| {})
    }

    /// The next message, which is there.
    fn next(&mut self) -> Message {
        match self.poll() {
            Poll::Ready(Some(message)) => message,
            other => panic!("no message is there: {other:?}"),
        }
    }

    /// All messages that are there.
    fn all(&mut self) -> Vec<Message> {
        std::iter::from_fn(|| match self.poll() {
            Poll::Ready(message) => message,
            Poll::Pending => None,
        })
        .collect()
    }

    /// The payloads of all messages that are there, as text.
    fn texts(&mut self) -> Vec<String> {
        let texts = self.all().into_iter();
        texts
            .map(|message| String::from_utf8_lossy(&message.payload).into_owned())
            .collect()
    }

    fn has_ended(&mut self) -> bool {
        matches!(self.poll(), Poll::Ready(None))
    }
}
