//! What of a batch goes out again after its connection broke.
//!
//! Frames carry their own lengths, so their boundaries are found by walking over them, and only then: a publish pays
//! nothing for it. A frame that was written whole is not sent again; one that was written in part, and all that follow, are
//! kept, except for what belongs to the old connection (SUB, UNSUB, PING): subscriptions are taken from their table, and
//! fences are asked for again.

use super::batch::Batch;
use crate::proto::limits::PAYLOAD_BY_REFERENCE;

/// The frames of `batch` to send on the next connection.
pub(super) fn unsent_publishes(batch: &Batch) -> Batch {
    publishes_after(batch, batch.written)
}

/// Whether publishes are among what was written whole and may still be held back by the stream. `unsent` are those that
/// were not written.
pub(super) fn has_unflushed_publishes(batch: &Batch, unsent: &Batch) -> bool {
    batch.has_unflushed() && publishes_after(batch, batch.written - batch.unflushed).messages > unsent.messages
}

/// The published frames that end behind the first `written` bytes.
fn publishes_after(batch: &Batch, written: usize) -> Batch {
    let mut walk = Walk {
        kept: Batch::default(),
        position: 0,
        written,
        frame_left: 0,
        keep: false,
    };
    for (mut bytes, shared) in batch.pieces() {
        while !bytes.is_empty() {
            if walk.frame_left == 0 {
                walk.begin_frame(bytes);
            }
            let len = bytes.len().min(walk.frame_left);
            let (part, rest) = bytes.split_at(len);
            match shared.filter(|_| walk.keep && len >= PAYLOAD_BY_REFERENCE) {
                Some(shared) => walk.kept.share(shared.slice_ref(part)),
                None if walk.keep => walk.kept.copy([part], &mut Vec::new()),
                None => {}
            }
            walk.frame_left -= len;
            bytes = rest;
        }
    }
    walk.kept
}

struct Walk {
    kept: Batch,
    /// Where the next frame begins in the old batch.
    position: usize,
    /// Bytes of the old batch that were written.
    written: usize,
    /// Bytes of the current frame that lie ahead.
    frame_left: usize,
    /// Whether the current frame is kept.
    keep: bool,
}

impl Walk {
    /// Measures the frame that begins with `bytes`. Lines are never split over pieces.
    fn begin_frame(&mut self, bytes: &[u8]) {
        let line = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
        let published = bytes.starts_with(b"PUB ") || bytes.starts_with(b"HPUB ");
        let body = if published { body_len(&bytes[..line]) } else { 0 };
        self.frame_left = line + body;
        self.position += self.frame_left;
        self.keep = published && self.position > self.written;
        if self.keep {
            self.kept.messages += 1;
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
