//! What waits for the socket: copied frames in buffers that never grow, large payloads by reference between them.
//!
//! A batch keeps what was written until all of it was, so that after a broken connection the frames that were not written
//! whole can be found again: see [`super::walk`].

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::Bytes;

use super::MAX_SPARE_BUFFERS;
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
#[derive(Debug, Default)]
pub(crate) struct Batch {
    buffers: Vec<Vec<u8>>,
    pieces: VecDeque<Piece>,
    /// Pieces before this one are written.
    piece: usize,
    /// Bytes of that piece that are written.
    offset: usize,
    /// Bytes that are written.
    pub(super) written: usize,
    /// The last bytes of those, which a stream may hold back.
    pub(super) unflushed: usize,
    /// All bytes.
    pub(super) len: usize,
    /// Published messages in it.
    pub(super) messages: u32,
}

impl Batch {
    /// Whether there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether everything is written.
    pub(crate) fn is_written(&self) -> bool {
        self.written == self.len
    }

    /// Appends `parts` in one piece; `spare` may lend a buffer.
    #[inline]
    pub(super) fn copy<const N: usize>(&mut self, parts: [&[u8]; N], spare: &mut Vec<Vec<u8>>) {
        let len = parts.iter().map(|part| part.len()).sum::<usize>();
        let fits = self
            .buffers
            .last()
            .is_some_and(|tail| tail.capacity() - tail.len() >= len);
        if !fits {
            self.start_buffer(len, spare);
        }
        let buffer = self.buffers.len() - 1;
        let tail = &mut self.buffers[buffer];
        let start = tail.len();
        for part in parts {
            tail.extend_from_slice(part);
        }
        let end = tail.len();
        self.len += len;
        match self.pieces.back_mut() {
            Some(Piece::Copied {
                buffer: last,
                end: last_end,
                ..
            }) if *last == buffer => *last_end = end,
            _ => self.pieces.push_back(Piece::Copied { buffer, start, end }),
        }
    }

    #[cold]
    fn start_buffer(&mut self, len: usize, spare: &mut Vec<Vec<u8>>) {
        let last = self.buffers.last().map_or(0, Vec::capacity);
        let wanted = (last * 2).clamp(FIRST_SEGMENT, SEGMENT).max(len);
        let buffer = match spare.pop_if(|buffer| buffer.capacity() >= len) {
            Some(buffer) => buffer,
            None => Vec::with_capacity(wanted),
        };
        self.buffers.push(buffer);
    }

    /// Appends a payload by reference.
    pub(super) fn share(&mut self, payload: Bytes) {
        self.len += payload.len();
        self.pieces.push_back(Piece::Shared(payload));
    }

    /// Puts another batch ahead of everything here. Only before anything was written.
    pub(super) fn prepend(&mut self, mut front: Batch) {
        debug_assert!(
            self.written == 0 && front.written == 0,
            "a batch that is being written stays as it is"
        );
        let shift = front.buffers.len();
        for piece in &mut self.pieces {
            if let Piece::Copied { buffer, .. } = piece {
                *buffer += shift;
            }
        }
        front.buffers.append(&mut self.buffers);
        front.pieces.append(&mut self.pieces);
        front.len += self.len;
        front.messages += self.messages;
        *self = front;
    }

    fn bytes<'a>(&'a self, piece: &'a Piece) -> &'a [u8] {
        match piece {
            Piece::Copied { buffer, start, end } => &self.buffers[*buffer][*start..*end],
            Piece::Shared(bytes) => bytes,
        }
    }

    /// All pieces in order, written or not; those that are shared as they are.
    pub(super) fn pieces(&self) -> impl Iterator<Item = (&[u8], Option<&Bytes>)> {
        self.pieces.iter().map(|piece| match piece {
            Piece::Copied { .. } => (self.bytes(piece), None),
            Piece::Shared(bytes) => (&bytes[..], Some(bytes)),
        })
    }

    /// Fills `slices` with what is to be written next and returns how many are in use.
    pub(crate) fn slices<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
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

    /// The stream may hold back the `count` bytes that were written last.
    pub(crate) fn held_back(&mut self, count: usize) {
        self.unflushed += count;
    }

    /// The stream holds nothing back of what is written.
    pub(crate) fn flushed(&mut self) {
        self.unflushed = 0;
    }

    /// Whether the stream may hold back something of what is written.
    pub(crate) fn has_unflushed(&self) -> bool {
        self.unflushed > 0
    }

    /// The batch is done: gives back the buffers that are worth keeping for the next one, the largest of ordinary size.
    /// All else stays in it, to be dropped where that holds nobody up.
    pub(super) fn recycle(&mut self, spare: &mut Vec<Vec<u8>>) {
        self.buffers.append(spare);
        self.buffers.sort_unstable_by_key(Vec::capacity);
        let ordinary = self.buffers.partition_point(|buffer| buffer.capacity() <= SEGMENT);
        spare.extend(self.buffers.drain(ordinary.saturating_sub(MAX_SPARE_BUFFERS)..ordinary));
        spare.iter_mut().for_each(Vec::clear);
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
        batch.copy([b"one "], spare);
        batch.share(Bytes::from_static(b"two "));
        batch.copy([b"thr", b"ee"], spare);
        let whole = b"one two three";
        for written in 0..whole.len() {
            assert_eq!(text(&batch), &whole[written..]);
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
        assert_eq!(batch.len, 1_000_000);
        assert!(batch.buffers.iter().all(|buffer| buffer.capacity() <= SEGMENT));
        batch.copy([&[7; 2 * SEGMENT]], spare);
        assert_eq!(batch.len, 1_000_000 + 2 * SEGMENT);
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
        assert_eq!(text(&back), b"abcdef");
    }

    fn capacity(buffers: &[Vec<u8>]) -> usize {
        buffers.iter().map(Vec::capacity).sum()
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
                assert!(
                    capacity(&batch.buffers) <= most,
                    "{} for {copied}",
                    capacity(&batch.buffers)
                );
            }
        }
    }

    #[test]
    fn the_first_frames_after_an_idle_time_need_little() {
        let mut batch = Batch::default();
        batch.copy([&[7; 100]], &mut Vec::new());
        assert!(capacity(&batch.buffers) <= 1_024);
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
            assert!(spare.iter().all(Vec::is_empty));
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
