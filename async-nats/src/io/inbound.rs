//! From the bytes of a read to subscriptions, requests and the machines of the connection.
//!
//! [`Inbound`] owns the buffers. A reader asks for room, fills it, and says that something came; whole frames are
//! delivered, and what came in part stays. Messages go out first, then everything else in the order in which it came, so
//! that a fence never ends before a message that lies ahead of it is there.

use std::sync::atomic::Ordering;
use std::sync::Arc;
use std::task::Waker;

use bytes::{Buf, BufMut, Bytes, BytesMut};

use super::chunks::Chunks;
use super::core::Core;
use crate::event::{ClientError, Event};
use crate::proto::decode::{DecodeError, Decoder, Frame, MessageFrame, Step};
use crate::proto::subscriptions::assemble::Buffer;
use crate::proto::subscriptions::dispatch::Dispatch;
use crate::proto::subscriptions::slot::Slot;
use crate::proto::subscriptions::REQUESTS_SID;

/// A message of at least this size whose end has not come yet is read into a buffer of its own.
const DETACH_FROM: usize = 8 * 1024;

/// As much is read first behind a message that had a buffer of its own: where one is large, the next one is too, mostly, and
/// what is read of it together with its line is copied.
const LEAD: usize = 2 * 1024;

/// Largest buffer that is set aside on the word of a peer; larger messages get more as they come: twice as much each time.
const MAX_SET_ASIDE: usize = 4 * 1024 * 1024;

/// Frames of one read that an idle connection keeps room for.
const KEPT_FRAMES: usize = 16;

/// A large message whose body is on its way.
#[derive(Debug)]
struct Detached {
    frame: MessageFrame,
    line: Buffer,
    body: BytesMut,
    /// Length of the body with the CR LF behind it.
    len: usize,
}

/// What of `len` bytes is set aside at first. Doubled a few times, it is all of them and hardly more, so that a message does
/// not hold what it does not need.
fn first_share(len: usize) -> usize {
    let mut share = len;
    while share > MAX_SET_ASIDE {
        share = share.div_ceil(2);
    }
    share
}

/// What to read into; see [`Inbound::room`].
pub(crate) enum Room<'a> {
    /// As much as fits.
    Chunk(&'a mut BytesMut),
    /// No more than this.
    Part(bytes::buf::Limit<&'a mut BytesMut>),
}

/// A frame that is not a message.
#[derive(Debug)]
enum Control {
    Info(Bytes),
    Error(Bytes),
    Ping,
    Pong,
}

/// The way in of one connection.
#[derive(Debug)]
pub(crate) struct Inbound {
    core: Arc<Core>,
    chunks: Chunks,
    decoder: Decoder,
    detached: Option<Detached>,
    /// The last message had a buffer of its own.
    was_detached: bool,
    messages: Vec<MessageFrame>,
    requests: Vec<MessageFrame>,
    controls: Vec<Control>,
    dispatch: Dispatch,
}

impl Inbound {
    /// The way in of a new connection. `unread` came with its handshake. `max_chunk` bounds one read.
    pub(crate) fn new(core: &Arc<Core>, unread: BytesMut, max_chunk: usize) -> Self {
        let mut decoder = Decoder::new();
        decoder.accept(core.max_payload());
        Inbound {
            core: Arc::clone(core),
            chunks: Chunks::new(unread, max_chunk),
            decoder,
            detached: None,
            was_detached: false,
            messages: Vec::new(),
            requests: Vec::new(),
            controls: Vec::new(),
            dispatch: Dispatch::default(),
        }
    }

    /// Where the next bytes go.
    #[inline]
    pub(crate) fn room(&mut self) -> Room<'_> {
        match &mut self.detached {
            Some(detached) => {
                if detached.body.len() == detached.body.capacity() {
                    detached.body.reserve(1);
                }
                let missing = detached.len - detached.body.len();
                let room = missing.min(detached.body.capacity() - detached.body.len());
                Room::Part((&mut detached.body).limit(room))
            }
            None if self.was_detached => Room::Part(self.chunks.room().limit(LEAD)),
            None => Room::Chunk(self.chunks.room()),
        }
    }

    /// `count` bytes came into the room.
    ///
    /// # Errors
    ///
    /// When the peer broke the protocol: the connection is of no use any more.
    pub(crate) fn received(&mut self, count: usize) -> Result<(), DecodeError> {
        self.core.statistics.in_bytes.fetch_add(count as u64, Ordering::Relaxed);
        match &self.detached {
            Some(detached) if detached.body.len() < detached.len => return Ok(()),
            Some(_) => self.finish_detached()?,
            None => {
                self.was_detached = false;
                self.chunks.filled(count);
            }
        }
        self.decode()
    }

    /// A subscription that what was received last put too far ahead of its subscriber, once.
    #[inline]
    pub(crate) fn take_ahead(&mut self) -> Option<Arc<Slot>> {
        self.dispatch.ahead.take()
    }

    /// Decodes what is in the chunk.
    ///
    /// # Errors
    ///
    /// See [`Inbound::received`].
    pub(crate) fn decode(&mut self) -> Result<(), DecodeError> {
        let result = self.scan();
        self.deliver();
        result.map(|_| ())
    }

    /// Nothing is there to read: large buffers are let go.
    pub(crate) fn idle(&mut self) {
        if self.chunks.idle() && self.messages.capacity().max(self.requests.capacity()) > KEPT_FRAMES {
            self.messages = Vec::new();
            self.requests = Vec::new();
            self.dispatch = Dispatch::default();
        }
    }

    /// Cuts the chunk into frames and takes the whole ones off.
    fn scan(&mut self) -> Result<(), DecodeError> {
        let mut at = 0;
        let result = loop {
            match self.decoder.next(self.chunks.bytes(), at) {
                Ok(Step::Frame { frame, end }) => {
                    self.sort(frame);
                    at = end;
                }
                Ok(Step::NeedMore) => break Ok(()),
                Ok(Step::NeedBody { message, .. }) => {
                    if message.body_len() >= DETACH_FROM {
                        self.detach(message);
                        at = self.chunks.bytes().len();
                    }
                    break Ok(());
                }
                Err(error) => break Err(error),
            }
        };
        self.chunks.take(at);
        self.decoder.moved(at);
        result
    }

    #[inline]
    fn sort(&mut self, frame: Frame) {
        let bytes = |at: usize, len: usize| Bytes::copy_from_slice(&self.chunks.bytes()[at..at + len]);
        match frame {
            Frame::Message(message) if message.sid != REQUESTS_SID => self.messages.push(message),
            Frame::Message(message) => self.requests.push(message),
            Frame::Ping => self.controls.push(Control::Ping),
            Frame::Pong => self.controls.push(Control::Pong),
            Frame::Info { at, len } => self.controls.push(Control::Info(bytes(at, len))),
            Frame::Error { at, len } => self.controls.push(Control::Error(bytes(at, len))),
            Frame::Ok => {}
        }
    }

    /// A large message whose end is not in the chunk goes on in a buffer of its own.
    fn detach(&mut self, message: MessageFrame) {
        let chunk = self.chunks.bytes();
        let start = message.subject_at as usize;
        let body_at = message.body_at as usize;
        let line = Buffer::from(chunk[start..body_at].to_vec());
        let len = message.body_len() + 2;
        let mut body = BytesMut::with_capacity(first_share(len));
        body.extend_from_slice(&chunk[body_at..]);
        let frame = MessageFrame {
            subject_at: 0,
            reply_at: message.reply_at.wrapping_sub(message.subject_at),
            body_at: 0,
            ..message
        };
        self.decoder.skip_body();
        self.detached = Some(Detached { frame, line, body, len });
    }

    fn finish_detached(&mut self) -> Result<(), DecodeError> {
        let Some(Detached {
            frame,
            line,
            mut body,
            len,
        }) = self.detached.take()
        else {
            return Ok(());
        };
        if &body[len - 2..] != b"\r\n" {
            return Err(DecodeError::MissingLineEnd);
        }
        self.was_detached = true;
        body.truncate(len - 2);
        let body = Buffer::from(body);
        self.core.statistics.in_messages.fetch_add(1, Ordering::Relaxed);
        if frame.sid == REQUESTS_SID {
            self.core
                .requests
                .lock()
                .answered_detached(frame, line, body, &mut self.dispatch.wake);
        } else {
            self.core
                .subscriptions
                .lock()
                .deliver_detached(frame, line, body, &mut self.dispatch);
        }
        self.settle();
        Ok(())
    }

    fn deliver(&mut self) {
        let count = self.messages.len() + self.requests.len();
        if count > 0 {
            self.core
                .statistics
                .in_messages
                .fetch_add(count as u64, Ordering::Relaxed);
            let chunk = self.chunks.taken();
            if !self.messages.is_empty() {
                self.core
                    .subscriptions
                    .lock()
                    .dispatch(&mut self.messages, chunk, &mut self.dispatch);
            }
            if !self.requests.is_empty() {
                let mut requests = self.core.requests.lock();
                for frame in self.requests.drain(..) {
                    requests.answered(frame, &chunk.bytes, &mut self.dispatch.wake);
                }
            }
            self.settle();
        }
        self.chunks.release();
        for control in std::mem::take(&mut self.controls) {
            self.control(control);
        }
    }

    fn settle(&mut self) {
        self.dispatch.wake.drain(..).for_each(Waker::wake);
        for sid in self.dispatch.slow.drain(..) {
            self.core.events.emit(Event::SlowConsumer(sid));
        }
    }

    fn control(&mut self, control: Control) {
        match control {
            Control::Ping => {
                let writer = self.core.outbound.lock().ping();
                writer.into_iter().for_each(Waker::wake);
            }
            Control::Pong => self.core.on_pong(),
            Control::Error(text) => self.core.on_error(&String::from_utf8_lossy(&text)),
            Control::Info(json) => {
                self.core.on_info(json.chunk());
                self.decoder.accept(self.core.max_payload());
            }
        }
    }

    /// The peer broke the protocol: what is said of it.
    pub(crate) fn report(&self, error: &DecodeError) {
        self.core
            .events
            .emit(Event::ClientError(ClientError::Other(error.to_string())));
    }
}

#[cfg(test)]
impl Inbound {
    /// Memory that is set aside.
    fn held(&self) -> usize {
        self.chunks.held()
            + size_of::<MessageFrame>() * (self.messages.capacity() + self.requests.capacity())
            + self.dispatch.held()
    }
}

#[cfg(test)]
mod tests;
