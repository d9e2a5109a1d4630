//! A published message on its way into a batch.

use bytes::Bytes;

use super::Batch;
use crate::proto::encode::Line;
use crate::proto::limits::PAYLOAD_BY_REFERENCE;

/// A published message, ready to be appended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    /// Control line, and whatever of the rest was built with it.
    pub(crate) head: &'a Line,
    /// Header block, unless it is part of `head`.
    pub(crate) headers: &'a [u8],
    /// Payload and the CR LF behind it, unless they are part of `head`.
    pub(crate) payload: Option<&'a Bytes>,
}

impl Frame<'_> {
    /// Length on the wire.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.head.len() + self.headers.len() + self.payload.map_or(0, |payload| payload.len() + 2)
    }

    /// Copies the frame, of `len` bytes, to the end of `batch`; a large payload goes by reference.
    #[inline]
    pub(super) fn copy_into(self, len: usize, batch: &mut Batch, spare: &mut Vec<Vec<u8>>) {
        let is_copied = match (self.head.block(), self.payload) {
            (Some((block, filled)), None) if filled == len => batch.copy_block(block, len),
            (Some((block, filled)), Some(payload)) if self.headers.is_empty() => {
                payload.len() < PAYLOAD_BY_REFERENCE && batch.copy_message(block, filled, payload)
            }
            _ => false,
        };
        if !is_copied {
            self.copy_parts(batch, spare);
        }
    }

    fn copy_parts(self, batch: &mut Batch, spare: &mut Vec<Vec<u8>>) {
        let head = self.head.bytes();
        let Some(payload) = self.payload else {
            return batch.copy([head, self.headers], spare);
        };
        if payload.len() >= PAYLOAD_BY_REFERENCE {
            batch.copy([head, self.headers], spare);
            batch.share(payload.clone());
            batch.copy([b"\r\n"], spare);
        } else {
            batch.copy([head, self.headers, payload, b"\r\n"], spare);
        }
    }
}
