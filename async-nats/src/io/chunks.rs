//! Buffers to read into, used again as soon as nobody holds on to them.
//!
//! A read fills the current chunk; the frames that are whole are handed out in a [`Buffer`] that shares it, and what came in
//! part is moved to the start of the next. A chunk that nobody kept is used again at once. One that a subscription shares
//! is looked at later: a few are kept in view, so that a steady flow needs no new memory.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use crate::proto::subscriptions::assemble::Buffer;

/// Size of the first chunk: enough for what an idle connection gets.
const MIN_CHUNK: usize = 4 * 1024;

/// Size of chunks when much comes.
const MAX_CHUNK: usize = 64 * 1024;

/// A read into less room than this is not worth its system call.
const MIN_ROOM: usize = 2 * 1024;

/// Chunks that somebody shares and that are kept in view: as many as there are in a steady flow, in which the reader is
/// ahead of a subscriber by half a mebibyte, and the subscriber hands out as much.
const IN_VIEW: usize = 16;

/// The buffers of one connection.
#[derive(Debug)]
pub(super) struct Chunks {
    /// What is being filled; empty between [`Chunks::take`] and [`Chunks::release`].
    current: BytesMut,
    /// What was taken off, and what came in part behind it.
    taken: Buffer,
    /// Start of what came in part.
    part: usize,
    shared: VecDeque<Bytes>,
    size: usize,
    max: usize,
}

impl Chunks {
    pub(super) fn new(unread: BytesMut, max: usize) -> Self {
        let max = max.clamp(MIN_ROOM, MAX_CHUNK);
        Chunks {
            current: unread,
            taken: Buffer::default(),
            part: 0,
            shared: VecDeque::new(),
            size: MIN_CHUNK.min(max),
            max,
        }
    }

    /// Room to read into, behind what is there in part.
    #[inline]
    pub(super) fn room(&mut self) -> &mut BytesMut {
        if self.current.capacity() - self.current.len() < MIN_ROOM.min(self.size) {
            self.grow();
        }
        &mut self.current
    }

    #[cold]
    fn grow(&mut self) {
        if self.current.capacity() == 0 {
            self.current = self.reused().unwrap_or_else(|| BytesMut::with_capacity(self.size));
        } else {
            // A frame that does not fit, a line of INFO mostly: twice the room, so that it is moved seldom.
            let more = self.current.len().max(self.size);
            self.current.reserve(more);
        }
    }

    /// A chunk that was shared and is not any more.
    fn reused(&mut self) -> Option<BytesMut> {
        let oldest = self.shared.pop_front()?;
        match oldest.try_into_mut() {
            Ok(mut chunk) if self.is_of_use(&chunk) => {
                chunk.clear();
                Some(chunk)
            }
            Ok(_) => None,
            Err(busy) => {
                self.shared.push_front(busy);
                None
            }
        }
    }

    /// Whether a chunk is of the size that is needed, and did not grow far beyond it for a long line.
    fn is_of_use(&self, chunk: &BytesMut) -> bool {
        (self.size..=2 * self.max).contains(&chunk.capacity())
    }

    /// `count` bytes were read. When they filled the room, the next chunk is larger.
    #[inline]
    pub(super) fn filled(&mut self, count: usize) {
        if self.current.len() == self.current.capacity() && count >= self.size / 2 {
            self.size = (self.size * 4).min(self.max);
        }
    }

    /// What is there and not taken off.
    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        &self.current
    }

    /// The first `len` bytes are whole frames; [`Chunks::taken`] holds them until [`Chunks::release`].
    pub(super) fn take(&mut self, len: usize) {
        self.part = len;
        if len > 0 {
            self.taken = Buffer::from(std::mem::take(&mut self.current));
        }
    }

    /// What was taken off, and what came in part behind it.
    #[inline]
    pub(super) fn taken(&self) -> &Buffer {
        &self.taken
    }

    /// What was taken off is delivered: what came in part is at the start of the current chunk from now on.
    pub(super) fn release(&mut self) {
        if self.part == 0 {
            return;
        }
        let taken = std::mem::take(&mut self.taken).bytes;
        let part = std::mem::take(&mut self.part);
        match taken.try_into_mut() {
            Ok(mut chunk) if self.is_of_use(&chunk) => {
                let len = chunk.len() - part;
                chunk.copy_within(part.., 0);
                chunk.truncate(len);
                self.current = chunk;
            }
            Ok(chunk) => self.start_with(&chunk[part..]),
            Err(taken) => {
                self.start_with(&taken[part..]);
                if self.shared.len() == IN_VIEW {
                    self.shared.pop_front();
                }
                self.shared.push_back(taken);
            }
        }
    }

    fn start_with(&mut self, part: &[u8]) {
        if part.is_empty() {
            // The next chunk is made when there is something to read.
            self.current = BytesMut::new();
            return;
        }
        let mut chunk = match self.reused() {
            Some(chunk) if chunk.capacity() >= part.len() + MIN_ROOM => chunk,
            _ => BytesMut::with_capacity(self.size.max(part.len() + MIN_ROOM)),
        };
        chunk.extend_from_slice(part);
        self.current = chunk;
    }

    /// Nothing is there to read: what is empty is let go, and the next chunk is smaller. Whether it is as small as can be.
    pub(super) fn idle(&mut self) -> bool {
        let smallest = MIN_CHUNK.min(self.max);
        if self.current.is_empty() {
            self.current = BytesMut::new();
            self.shared.clear();
            self.size = (self.size / 2).max(smallest);
        }
        self.size == smallest
    }
}

#[cfg(test)]
impl Chunks {
    /// Memory that is set aside; of chunks that somebody shares, only what is theirs.
    pub(super) fn held(&self) -> usize {
        self.current.capacity() + self.shared.iter().map(Bytes::len).sum::<usize>()
    }
}

#[cfg(test)]
mod tests;
