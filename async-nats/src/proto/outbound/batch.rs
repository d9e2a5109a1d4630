//! What waits for the socket: copied frames in buffers that never grow, large payloads by reference between them.
//!
//! A batch keeps what was written until all of it was, so that after a broken connection the frames that were not written
//! whole can be found again: see [`super::walk`].

use std::collections::VecDeque;
use std::io::IoSlice;
use std::ops::Range;

use bytes::Bytes;

use super::MAX_SPARE_BUFFERS;
use crate::proto::encode::BLOCK;
use crate::proto::limits::{FIRST_SEGMENT, SEGMENT};

/// A piece of what is to be written, in order.
#[derive(Debug)]
enum Piece {
    /// A range of one of the buffers: frames, or parts of them, that were copied.
    Copied { buffer: usize, start: usize, end: usize },
    /// A payload that is sent from where it lies.
    Shared(Bytes),
}

/// Frames in order, and how far they are written.
///
/// Buffers are as long as they ever get from the start, so that appending to one is a copy into a slice. The last one is
/// the tail: what was appended to it since the last piece becomes a piece only when something else follows, or when the
/// batch is [closed](Batch::close).
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// All buffers but the tail.
    buffers: Vec<Vec<u8>>,
    tail: Vec<u8>,
    /// The bytes of the tail that no piece has yet.
    open: Range<usize>,
    pieces: VecDeque<Piece>,
    /// Pieces before this one are written.
    piece: usize,
    /// Bytes of that piece that are written.
    offset: usize,
    /// Bytes that are written.
    pub(super) written: usize,
    /// Bytes of all pieces.
    closed: usize,
    /// Published messages in it.
    pub(super) messages: u32,
}

impl Batch {
    /// All bytes.
    pub(super) fn len(&self) -> usize {
        self.closed + self.open.len()
    }

    /// Whether there is nothing in it.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether everything is written.
    pub(crate) fn is_written(&self) -> bool {
        self.written == self.len()
    }

    /// Appends the first `len` bytes of a block, unless the tail has no room for all of it. Copying so many bytes that the
    /// compiler knows the number of is cheaper than copying few of which it does not.
    #[inline]
    pub(super) fn copy_block(&mut self, block: &[u8; BLOCK], len: usize) -> bool {
        let at = self.open.end;
        let Some(room) = self.tail.get_mut(at..at + BLOCK) else {
            return false;
        };
        room.copy_from_slice(block);
        self.open.end = at + len;
        true
    }

    /// Appends the first `len` bytes of a block, `payload` and CR LF, unless the tail has no room for all of it.
    #[inline]
    pub(super) fn copy_message(&mut self, block: &[u8; BLOCK], len: usize, payload: &[u8]) -> bool {
        let at = self.open.end;
        let Some(room) = self.tail.get_mut(at..at + BLOCK + payload.len() + 2) else {
            return false;
        };
        room[..BLOCK].copy_from_slice(block);
        let room = &mut room[len..len + payload.len() + 2];
        room[..payload.len()].copy_from_slice(payload);
        room[payload.len()..].copy_from_slice(b"\r\n");
        self.open.end = at + len + payload.len() + 2;
        true
    }

    /// Appends `parts` in one piece; `spare` may lend a buffer.
    #[inline]
    pub(super) fn copy<const N: usize>(&mut self, parts: [&[u8]; N], spare: &mut Vec<Vec<u8>>) {
        let len = parts.iter().map(|part| part.len()).sum::<usize>();
        if self.tail.len() - self.open.end < len {
            self.start_buffer(len, spare);
        }
        let mut at = self.open.end;
        for part in parts {
            self.tail[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        }
        self.open.end = at;
    }

    #[cold]
    fn start_buffer(&mut self, len: usize, spare: &mut Vec<Vec<u8>>) {
        self.close();
        let wanted = (self.tail.len() * 2).clamp(FIRST_SEGMENT, SEGMENT).max(len);
        let buffer = match spare.pop_if(|buffer| buffer.len() >= len) {
            Some(buffer) => buffer,
            None => vec![0; wanted],
        };
        let full = std::mem::replace(&mut self.tail, buffer);
        if !full.is_empty() {
            self.buffers.push(full);
        }
        self.open = 0..0;
    }

    /// Appends a payload by reference.
    pub(super) fn share(&mut self, payload: Bytes) {
        self.close();
        self.closed += payload.len();
        self.pieces.push_back(Piece::Shared(payload));
    }

    /// Makes a piece of what was appended to the tail, so that all of the batch is in pieces.
    pub(super) fn close(&mut self) {
        if self.open.is_empty() {
            return;
        }
        let Range { start, end } = self.open;
        self.pieces.push_back(Piece::Copied {
            buffer: self.buffers.len(),
            start,
            end,
        });
        self.closed += end - start;
        self.open.start = end;
    }

    /// Puts another batch ahead of everything here. Only before anything was written.
    pub(super) fn prepend(&mut self, mut front: Batch) {
        debug_assert!(
            self.written == 0 && front.written == 0,
            "a batch that is being written stays as it is"
        );
        front.close();
        self.close();
        if !front.tail.is_empty() {
            front.buffers.push(std::mem::take(&mut front.tail));
        }
        let shift = front.buffers.len();
        for piece in &mut self.pieces {
            if let Piece::Copied { buffer, .. } = piece {
                *buffer += shift;
            }
        }
        front.buffers.append(&mut self.buffers);
        front.pieces.append(&mut self.pieces);
        front.tail = std::mem::take(&mut self.tail);
        front.open = self.open.clone();
        front.closed += self.closed;
        front.messages += self.messages;
        *self = front;
    }

    fn bytes<'a>(&'a self, piece: &'a Piece) -> &'a [u8] {
        match piece {
            Piece::Copied { buffer, start, end } => &self.buffers.get(*buffer).unwrap_or(&self.tail)[*start..*end],
            Piece::Shared(bytes) => bytes,
        }
    }

    /// All pieces of a closed batch in order, written or not; those that are shared as they are.
    pub(super) fn pieces(&self) -> impl Iterator<Item = (&[u8], Option<&Bytes>)> {
        debug_assert!(self.open.is_empty(), "what is not closed is not seen");
        self.pieces.iter().map(|piece| match piece {
            Piece::Copied { .. } => (self.bytes(piece), None),
            Piece::Shared(bytes) => (&bytes[..], Some(bytes)),
        })
    }

    /// Fills `slices` with what of a closed batch is to be written next and returns how many are in use.
    pub(crate) fn slices<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        debug_assert!(self.open.is_empty(), "what is not closed is not seen");
        let mut offset = self.offset;
        let left = self.pieces.range(self.piece..).zip(slices);
        left.map(|(piece, slice)| {
            *slice = IoSlice::new(&self.bytes(piece)[std::mem::take(&mut offset)..]);
        })
        .count()
    }

    /// The first `count` bytes that were to be written are written.
    pub(crate) fn advance(&mut self, mut count: usize) {
        self.written += count;
        while let Some(piece) = self.pieces.get(self.piece) {
            let left = self.bytes(piece).len() - self.offset;
            if count < left {
                self.offset += count;
                return;
            }
            count -= left;
            self.piece += 1;
            self.offset = 0;
        }
    }

    /// The batch is done: gives back the buffers that are worth keeping for the next one, the largest of ordinary size.
    /// All else stays in it, to be dropped where that holds nobody up.
    pub(super) fn recycle(&mut self, spare: &mut Vec<Vec<u8>>) {
        if !self.tail.is_empty() {
            self.buffers.push(std::mem::take(&mut self.tail));
        }
        self.open = 0..0;
        self.buffers.append(spare);
        self.buffers.sort_unstable_by_key(Vec::len);
        let ordinary = self.buffers.partition_point(|buffer| buffer.len() <= SEGMENT);
        spare.extend(self.buffers.drain(ordinary.saturating_sub(MAX_SPARE_BUFFERS)..ordinary));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(batch: &mut Batch) -> Vec<u8> {
        batch.close();
        let mut slices = [IoSlice::new(&[]); 64];
        let used = batch.slices(&mut slices);
        slices[..used].iter().flat_map(|slice| slice.iter().copied()).collect()
    }

    #[test]
    fn written_by_single_bytes() {
        let spare = &mut Vec::new();
        let mut batch = Batch::default();
        batch.copy([b"one "], spare);
        batch.share(Bytes::from_static(b"two "));
        batch.copy([b"thr", b"ee"], spare);
        let whole = b"one two three";
        for written in 0..whole.len() {
            assert_eq!(text(&mut batch), &whole[written..]);
            assert!(!batch.is_written());
            batch.advance(1);
        }
        assert!(batch.is_written());
        batch.recycle(spare);
        assert_eq!(spare.len(), 1, "what stands between shared payloads has one buffer");
    }

    #[test]
    fn buffers_never_grow() {
        let spare = &mut Vec::new();
        let mut batch = Batch::default();
        for _ in 0..10_000 {
            batch.copy([&[7; 100]], spare);
        }
        assert_eq!(batch.len(), 1_000_000);
        assert!(batch.buffers.iter().all(|buffer| buffer.capacity() <= SEGMENT));
        batch.copy([&[7; 2 * SEGMENT]], spare);
        assert_eq!(batch.len(), 1_000_000 + 2 * SEGMENT);
    }

    #[test]
    fn prepended_pieces_keep_their_bytes() {
        let spare = &mut Vec::new();
        let (mut front, mut back) = (Batch::default(), Batch::default());
        front.copy([b"a"], spare);
        front.share(Bytes::from_static(b"b"));
        back.copy([b"c"], spare);
        back.share(Bytes::from_static(b"d"));
        back.copy([b"e"], spare);
        back.prepend(front);
        back.copy([b"f"], spare);
        assert_eq!(text(&mut back), b"abcdef");
    }

    fn capacity(buffers: &[Vec<u8>]) -> usize {
        buffers.iter().map(Vec::capacity).sum()
    }

    impl Batch {
        fn capacity(&self) -> usize {
            capacity(&self.buffers) + self.tail.capacity()
        }
    }

    #[test]
    fn a_batch_sets_little_more_aside_than_it_holds() {
        for (payload, shared) in [(1, 1), (100, 1), (1, 8_192), (30, 100_000)] {
            let spare = &mut Vec::new();
            let mut batch = Batch::default();
            let mut copied = 0;
            for _ in 0..2_000 {
                batch.copy([&vec![7; payload]], spare);
                batch.share(Bytes::from(vec![7; shared]));
                copied += payload;
                let most = 3 * copied + FIRST_SEGMENT;
                assert!(batch.capacity() <= most, "{} for {copied}", batch.capacity());
            }
        }
    }

    #[test]
    fn the_first_frames_after_an_idle_time_need_little() {
        let mut batch = Batch::default();
        batch.copy([&[7; 100]], &mut Vec::new());
        assert!(batch.capacity() <= 1_024);
    }

    #[test]
    fn what_is_kept_for_the_next_batch_is_bounded() {
        let spare = &mut Vec::new();
        for _ in 0..3 {
            let mut batch = Batch::default();
            for _ in 0..100 {
                batch.copy([&vec![7; SEGMENT / 2]], spare);
            }
            // All subscriptions of a client, in one piece.
            batch.copy([&vec![7; 40 * SEGMENT]], spare);
            batch.copy([&vec![7; SEGMENT / 2]], spare);
            batch.recycle(spare);
            assert_eq!(spare.len(), MAX_SPARE_BUFFERS);
            assert!(capacity(spare) <= MAX_SPARE_BUFFERS * SEGMENT, "{}", capacity(spare));
        }
    }

    #[test]
    fn a_steady_flow_needs_no_new_buffers() {
        let spare = &mut Vec::new();
        // Small batches in between have buffers that are no help.
        for frames in [10, 1_500, 10, 1_500, 10] {
            let mut batch = Batch::default();
            for _ in 0..frames {
                batch.copy([&[7; 100]], spare);
            }
            batch.recycle(spare);
        }
        let known: Vec<*const u8> = spare.iter().map(|buffer| buffer.as_ptr()).collect();
        let mut batch = Batch::default();
        for _ in 0..1_500 {
            batch.copy([&[7; 100]], spare);
        }
        assert!(batch.buffers.iter().all(|buffer| known.contains(&buffer.as_ptr())));
    }
}
