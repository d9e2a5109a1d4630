//! What of a batch goes out again after its connection broke.
//!
//! Frames carry their own lengths, so their boundaries are found by walking over them, and only then: a publish pays
//! nothing for it. A frame that was written whole is not sent again; one that was written in part, and all that follow, are
//! kept, except for what belongs to the old connection (SUB, UNSUB, PING): subscriptions are taken from their table, and
//! fences are asked for again.

use std::collections::VecDeque;

use super::batch::{Batch, Segment};
use crate::proto::limits::PAYLOAD_BY_REFERENCE;

/// The frames of `batch` to send on the next connection.
pub(super) fn unsent_publishes(batch: Batch) -> Batch {
    let written = batch.written;
    let accounted = batch.remaining() as u64 + batch.ghost;
    let mut walk = Walk { segments: batch.segments, kept: Batch::default(), position: 0 };
    while let Some(frame) = walk.frame() {
        let keep = frame.published && walk.position + frame.len() > written;
        walk.position += frame.len();
        walk.take(frame, keep);
    }
    let mut kept = walk.kept;
    // A frame that is sent again in whole may count more than what was left of it.
    kept.ghost = accounted.saturating_sub(kept.len as u64);
    kept
}

/// One frame: its line, and what belongs to it behind the line.
struct FrameLen {
    line: usize,
    body: usize,
    published: bool,
}

impl FrameLen {
    fn len(&self) -> usize {
        self.line + self.body
    }
}

struct Walk {
    segments: VecDeque<Segment>,
    kept: Batch,
    /// Bytes of the old batch that lie behind.
    position: usize,
}

impl Walk {
    /// Measures the frame at the front. Lines are never split over segments.
    fn frame(&mut self) -> Option<FrameLen> {
        while self.segments.front().is_some_and(|segment| segment.bytes().is_empty()) {
            self.segments.pop_front();
        }
        let front = self.segments.front()?.bytes();
        let line = memchr::memchr(b'\n', front).map_or(front.len(), |at| at + 1);
        let published = front.starts_with(b"PUB ") || front.starts_with(b"HPUB ");
        let body = if published { body_len(&front[..line]) } else { 0 };
        Some(FrameLen { line, body, published })
    }

    fn take(&mut self, frame: FrameLen, keep: bool) {
        let mut left = frame.len();
        if keep {
            self.kept.messages += 1;
        }
        while left > 0 {
            let Some(front) = self.segments.front_mut() else { return };
            let len = front.bytes().len().min(left);
            left -= len;
            let piece = split_front(front, len);
            if front.bytes().is_empty() {
                self.segments.pop_front();
            }
            if keep {
                match piece {
                    Segment::Shared(bytes) if bytes.len() >= PAYLOAD_BY_REFERENCE => self.kept.share(bytes),
                    piece => self.kept.copy(piece.bytes(), &mut Vec::new()),
                }
            }
        }
    }
}

/// The first `len` bytes of a segment; the rest stays.
fn split_front(segment: &mut Segment, len: usize) -> Segment {
    match segment {
        Segment::Shared(bytes) => Segment::Shared(bytes.split_to(len)),
        Segment::Copied(bytes) => {
            // Copied segments become shared ones, so that taking a frame off the front moves nothing.
            let mut shared = bytes::Bytes::from(std::mem::take(bytes));
            let piece = Segment::Copied(shared.split_to(len).to_vec());
            *segment = Segment::Shared(shared);
            piece
        }
    }
}

/// The last number of a publish line, and the CR LF behind the body.
fn body_len(line: &[u8]) -> usize {
    let digits = line.iter().rev().skip_while(|byte| byte.is_ascii_whitespace());
    let mut value = 0usize;
    let mut unit = 1usize;
    for digit in digits.take_while(|byte| byte.is_ascii_digit()) {
        value = value.saturating_add(usize::from(digit - b'0').saturating_mul(unit));
        unit = unit.saturating_mul(10);
    }
    value + 2
}
