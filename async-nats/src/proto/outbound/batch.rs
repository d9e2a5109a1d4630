//! What waits for the socket: copied frames in segments that never grow, large payloads by reference between them.
//!
//! A batch keeps what was written until all of it was, so that after a broken connection the frames that were not written
//! whole can be found again: see [`super::walk`].

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::Bytes;

use crate::proto::limits::{FIRST_SEGMENT, SEGMENT};

/// A piece of a batch.
#[derive(Debug)]
pub(super) enum Segment {
    /// Frames, or parts of them, that were copied.
    Copied(Vec<u8>),
    /// A payload that is sent from where it lies.
    Shared(Bytes),
}

impl Segment {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Segment::Copied(bytes) => bytes,
            Segment::Shared(bytes) => bytes,
        }
    }
}

/// Frames in order, and how far they are written.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(super) segments: VecDeque<Segment>,
    /// Segments before this one are written.
    segment: usize,
    /// Bytes of the current segment that are written.
    offset: usize,
    /// Bytes that are written.
    pub(super) written: usize,
    /// All bytes.
    pub(super) len: usize,
    /// Bytes that were accounted for and taken out again after a reconnect; they count as written with the last byte.
    pub(super) ghost: u64,
    /// Published messages in it.
    pub(super) messages: u32,
}

impl Batch {
    /// Whether there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0 && self.ghost == 0
    }

    /// Whether everything is written.
    pub(crate) fn is_written(&self) -> bool {
        self.written == self.len
    }

    /// Bytes that are not written yet.
    pub(crate) fn remaining(&self) -> usize {
        self.len - self.written
    }

    /// Room for `len` bytes in one piece; `spare` may lend a segment.
    #[inline]
    pub(super) fn room(&mut self, len: usize, spare: &mut Vec<Vec<u8>>) -> &mut Vec<u8> {
        let fits = match self.segments.back() {
            Some(Segment::Copied(tail)) => tail.capacity() - tail.len() >= len,
            _ => false,
        };
        if !fits {
            self.start_segment(len, spare);
        }
        match self.segments.back_mut() {
            Some(Segment::Copied(tail)) => tail,
            _ => unreachable!("a copied segment was just found or started"),
        }
    }

    #[cold]
    fn start_segment(&mut self, len: usize, spare: &mut Vec<Vec<u8>>) {
        let wanted = (self.len * 2).clamp(FIRST_SEGMENT, SEGMENT).max(len);
        let segment = match spare.pop_if(|segment| segment.capacity() >= len) {
            Some(segment) => segment,
            None => Vec::with_capacity(wanted),
        };
        self.segments.push_back(Segment::Copied(segment));
    }

    /// Appends bytes that stay in one piece.
    #[inline]
    pub(super) fn copy(&mut self, bytes: &[u8], spare: &mut Vec<Vec<u8>>) {
        self.room(bytes.len(), spare).extend_from_slice(bytes);
        self.len += bytes.len();
    }

    /// Appends a payload by reference.
    pub(super) fn share(&mut self, payload: Bytes) {
        self.len += payload.len();
        self.segments.push_back(Segment::Shared(payload));
    }

    /// Puts `segments` of another batch ahead of everything here. Only before anything was written.
    pub(super) fn prepend(&mut self, mut front: Batch) {
        debug_assert!(self.written == 0 && front.written == 0, "a batch that is being written stays as it is");
        self.len += front.len;
        self.ghost += front.ghost;
        self.messages += front.messages;
        front.segments.append(&mut self.segments);
        self.segments = front.segments;
    }

    /// Fills `slices` with what is to be written next and returns how many are in use.
    pub(crate) fn slices<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let mut used = 0;
        let mut offset = self.offset;
        for segment in self.segments.iter().skip(self.segment) {
            if used == slices.len() {
                break;
            }
            let bytes = &segment.bytes()[offset..];
            offset = 0;
            if !bytes.is_empty() {
                slices[used] = IoSlice::new(bytes);
                used += 1;
            }
        }
        used
    }

    /// The first `count` bytes that were to be written are written.
    pub(crate) fn advance(&mut self, mut count: usize) {
        self.written += count;
        while let Some(segment) = self.segments.get(self.segment) {
            let left = segment.bytes().len() - self.offset;
            if count < left {
                self.offset += count;
                return;
            }
            count -= left;
            self.segment += 1;
            self.offset = 0;
        }
    }

    /// Takes the batch apart; gives back the segments that are worth keeping for the next one.
    pub(super) fn recycle(&mut self, spare: &mut Vec<Vec<u8>>) {
        for segment in self.segments.drain(..) {
            if let Segment::Copied(mut bytes) = segment {
                if spare.len() < super::MAX_SPARE_SEGMENTS {
                    bytes.clear();
                    spare.push(bytes);
                }
            }
        }
        *self = Batch { segments: std::mem::take(&mut self.segments), ..Batch::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(batch: &Batch) -> Vec<u8> {
        let mut slices = [IoSlice::new(&[]); 64];
        let used = batch.slices(&mut slices);
        slices[..used].iter().flat_map(|slice| slice.iter().copied()).collect()
    }

    #[test]
    fn written_by_single_bytes() {
        let spare = &mut Vec::new();
        let mut batch = Batch::default();
        batch.copy(b"one ", spare);
        batch.share(Bytes::from_static(b"two "));
        batch.copy(b"three", spare);
        let whole = b"one two three";
        for written in 0..whole.len() {
            assert_eq!(text(&batch), &whole[written..]);
            assert!(!batch.is_written());
            batch.advance(1);
        }
        assert!(batch.is_written());
        batch.recycle(spare);
        assert!(batch.is_empty());
        assert_eq!(spare.len(), 2);
    }

    #[test]
    fn segments_never_grow() {
        let spare = &mut Vec::new();
        let mut batch = Batch::default();
        for _ in 0..10_000 {
            batch.copy(&[7; 100], spare);
        }
        assert_eq!(batch.len, 1_000_000);
        for segment in &batch.segments {
            let Segment::Copied(bytes) = segment else { panic!("nothing was shared") };
            assert!(bytes.capacity() <= SEGMENT);
        }
        batch.copy(&[7; 2 * SEGMENT], spare);
        assert_eq!(batch.remaining(), 1_000_000 + 2 * SEGMENT);
    }
}
