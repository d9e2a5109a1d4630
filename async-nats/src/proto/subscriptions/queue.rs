//! Messages on their way from the reader to one subscriber: positions, and the bytes that they point into.
//!
//! The reader appends a batch, the subscriber swaps the whole queue for its own empty one. What was handed out is freed, or
//! its buffer is used again, batch by batch: a burst leaves nothing behind.

use std::collections::VecDeque;

use super::assemble::Buffer;
use super::packed;
use crate::proto::decode::MessageFrame;

/// A buffer of packed messages that is so long gets no more of them: what is handed out is freed in portions of this.
const MAX_PACKED: usize = 16 * 1024;

/// Batches that an empty queue keeps room for.
const KEPT_BATCHES: usize = 8;

/// Messages that came together.
#[derive(Debug)]
pub(super) enum Batch {
    /// One behind the other; see [`packed`].
    Packed(Vec<u8>),
    /// Where they lie in a buffer.
    Shared(Vec<MessageFrame>, Buffer),
    /// One, with its line and its body.
    Detached(Box<(MessageFrame, Buffer, Buffer)>),
}

/// Messages and the buffers that hold them.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// What came first. It stands here because most subscriptions never need more.
    pub(super) first: Vec<u8>,
    /// What came after it.
    pub(super) later: VecDeque<Batch>,
}

impl Queue {
    /// Appends messages that lie in `chunk`: so many, which need so many bytes of it.
    #[inline]
    pub(super) fn pack<'a>(
        &mut self,
        frames: impl Iterator<Item = &'a MessageFrame>,
        chunk: &[u8],
        messages: u32,
        bytes: u32,
    ) {
        let room = packed::room_for(messages, bytes);
        let packed = self.last_packed(room);
        packed.reserve(room);
        frames.for_each(|frame| packed::push(packed, frame, chunk));
    }

    /// Where the next packed messages go.
    #[inline]
    fn last_packed(&mut self, room: usize) -> &mut Vec<u8> {
        let last_len = match self.later.back() {
            None => Some(self.first.len()),
            Some(Batch::Packed(packed)) => Some(packed.len()),
            Some(_) => None,
        };
        let goes_on = last_len.is_some_and(|len| len == 0 || len + room <= MAX_PACKED);
        if !goes_on {
            self.later.push_back(Batch::Packed(Vec::with_capacity(room)));
        }
        match self.later.back_mut() {
            Some(Batch::Packed(packed)) => packed,
            _ => &mut self.first,
        }
    }

    /// Appends messages of a buffer of their own, or one that they share.
    pub(super) fn push(&mut self, batch: Batch) {
        self.later.push_back(batch);
    }

    /// Whether nothing is queued.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_empty() && self.later.is_empty()
    }

    /// Takes the next batch of [`Queue::later`] out.
    pub(super) fn next_batch(&mut self) -> Option<Batch> {
        let batch = self.later.pop_front()?;
        if self.later.is_empty() && self.later.capacity() > KEPT_BATCHES {
            self.later = VecDeque::new();
        }
        Some(batch)
    }
}

#[cfg(test)]
impl Queue {
    /// Memory that is set aside, and memory that is not freed because of the buffers.
    pub(super) fn held(&self) -> usize {
        let batches = self.later.iter().map(|batch| match batch {
            Batch::Packed(packed) => packed.capacity(),
            Batch::Shared(frames, buffer) => size_of::<MessageFrame>() * frames.capacity() + buffer.held,
            Batch::Detached(parts) => parts.1.held + parts.2.held,
        });
        self.first.capacity() + batches.sum::<usize>() + size_of::<Batch>() * self.later.capacity()
    }
}
