//! The subscriber's side of a slot: messages are taken out of a queue of its own, without a lock.

use std::sync::atomic::Ordering;
use std::task::{ready, Context, Poll};
use std::vec;

use super::assemble::{assemble, shared_subject, slice, Buffer, Parts, Popped};
use super::packed;
use super::queue::{Batch, Queue};
use super::slot::Slot;
use crate::header::parse::Fault;
use crate::message::Message;
use crate::proto::decode::MessageFrame;
use crate::subject::Subject;

/// The subscriber's own queue, and what it took out so far.
///
/// The messages of one batch are handed out at a time: those that are packed at the front of the queue, or those of
/// `frames`. Where it stands changes only in [`Intake::next_batch`].
#[derive(Debug)]
pub(crate) struct Intake {
    queue: Queue,
    /// How much of the packed messages was handed out.
    at: usize,
    taken_messages: u64,
    taken_bytes: u64,
    last_subject: Subject,
    /// Messages that are left of a batch that shares `buffer`.
    frames: vec::IntoIter<MessageFrame>,
    buffer: Buffer,
}

impl Default for Intake {
    fn default() -> Self {
        Intake {
            queue: Queue::default(),
            at: 0,
            taken_messages: 0,
            taken_bytes: 0,
            last_subject: Subject::from_static(""),
            frames: Vec::new().into_iter(),
            buffer: Buffer::default(),
        }
    }
}

impl Intake {
    /// Messages that were taken out so far.
    #[inline]
    pub(crate) fn taken_messages(&self) -> u64 {
        self.taken_messages
    }

    /// The next message of `slot`, or `None` when it has ended and everything was handed out. What is wrong with its
    /// headers is said to `report`, with its subject.
    #[inline]
    pub(crate) fn poll_pop(
        &mut self,
        slot: &Slot,
        cx: &mut Context<'_>,
        report: impl FnOnce(&Subject, Fault),
    ) -> Poll<Option<Message>> {
        let mut parts = loop {
            if let Some(frame) = self.frames.next() {
                let parts = Parts::of(&frame, &self.buffer, &mut self.last_subject);
                if self.frames.as_slice().is_empty() {
                    self.let_go();
                }
                break parts;
            }
            if let Some(parts) = packed::pop(&self.queue.first, &mut self.at, &mut self.last_subject) {
                if self.at == self.queue.first.len() {
                    self.start_over();
                }
                break parts;
            }
            match ready!(self.next_batch(slot, cx)) {
                Next::More => {}
                Next::One(one) => {
                    if let Some(fault) = one.fault {
                        report(&one.message.subject, fault);
                    }
                    return Poll::Ready(Some(one.message));
                }
                Next::End => return Poll::Ready(None),
            }
        };
        self.took(slot, parts.length);
        if let Some(fault) = parts.headers.as_mut().and_then(|headers| headers.fault.take()) {
            report(&parts.subject, fault);
        }
        Poll::Ready(Some(parts.message()))
    }

    /// The next message, if it lies ready and has no headers, so that there is nothing to be read in it before it is handed
    /// out. `None` says nothing about what is there.
    ///
    /// It is made where its caller wants it: what wraps it is made around it, and it is not moved on the way.
    #[cfg(feature = "jetstream")]
    #[inline(always)]
    pub(crate) fn pop_plain(&mut self, slot: &Slot) -> Option<Message> {
        let parts = match self.frames.as_slice().first() {
            Some(frame) if frame.header_len == 0 => {
                let parts = Parts::of(frame, &self.buffer, &mut self.last_subject);
                self.frames.next();
                if self.frames.as_slice().is_empty() {
                    self.let_go();
                }
                parts
            }
            Some(_) => return None,
            None => {
                let parts = packed::pop_plain(&self.queue.first, &mut self.at, &mut self.last_subject)?;
                if self.at == self.queue.first.len() {
                    self.start_over();
                }
                parts
            }
        };
        self.took(slot, parts.length);
        Some(parts.plain_message())
    }

    #[inline(always)]
    fn took(&mut self, slot: &Slot, length: usize) {
        self.taken_messages += 1;
        self.taken_bytes += length as u64;
        slot.taken_messages.store(self.taken_messages, Ordering::Release);
        slot.taken_bytes.store(self.taken_bytes, Ordering::Release);
    }

    /// All of a shared buffer was handed out.
    #[inline(never)]
    fn let_go(&mut self) {
        self.frames = Vec::new().into_iter();
        self.buffer = Buffer::default();
    }

    /// All packed messages were handed out: their buffer is used again, unless a burst made it large.
    #[inline]
    fn start_over(&mut self) {
        self.at = 0;
        self.queue.first.clear();
        if self.queue.first.capacity() > packed::KEPT {
            self.queue.first = Vec::new();
        }
    }

    /// Goes on to the next batch: of its own queue, or else of the reader's.
    #[inline(never)]
    fn next_batch(&mut self, slot: &Slot, cx: &mut Context<'_>) -> Poll<Next> {
        match self.queue.next_batch() {
            Some(Batch::Packed(packed)) => self.queue.first = packed,
            Some(Batch::Shared(frames, buffer)) => {
                self.frames = frames.into_iter();
                self.buffer = buffer;
            }
            Some(Batch::Detached(parts)) => {
                let (frame, line, body) = *parts;
                let subject = slice(&line.bytes, frame.subject_at as usize, frame.subject_len.into());
                let subject = shared_subject(subject, &mut self.last_subject);
                let popped = assemble(&frame, subject, &line, Some(&body));
                self.took(slot, popped.message.length);
                return Poll::Ready(Next::One(Box::new(popped)));
            }
            None => match ready!(slot.poll_swap(&mut self.queue, cx)) {
                true => {}
                false => return Poll::Ready(Next::End),
            },
        }
        Poll::Ready(Next::More)
    }
}

/// What there is to hand out.
enum Next {
    /// What stands at the front of the batches.
    More,
    /// This, which is all of its batch.
    One(Box<Popped>),
    /// Nothing any more.
    End,
}

#[cfg(test)]
impl Intake {
    /// Memory that is set aside, and memory that is not freed because of buffers.
    pub(super) fn held(&self) -> usize {
        self.queue.held() + self.buffer.held + size_of::<MessageFrame>() * self.frames.len()
    }
}
