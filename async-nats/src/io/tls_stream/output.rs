//! Encrypted bytes on their way to the socket, and what they are records of.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::ops::Range;

use rustls::client::ClientConnectionData;
use rustls::unbuffered::{EncodeError, EncodeTlsData, EncryptError, InsufficientSizeError, WriteTraffic};

use super::usage::Usage;

/// Bytes in the largest record.
const RECORD: usize = 16 * 1024;

/// Bytes of what is written that are encrypted at once, for one write to the socket.
const AT_ONCE: usize = 8 * RECORD;

/// More than what TLS adds to a record: a header, a nonce, a tag, in TLS 1.3 a type.
const ADDED: usize = 64;

/// Size of the buffer between small writes, and the unit of larger ones.
const UNIT: usize = 1024;

/// A record of what is written.
struct Record {
    /// Bytes in it.
    plain: usize,
    /// Where it ends in the buffer.
    end: usize,
}

/// What is encrypted and not sent.
///
/// The buffer is set to zero once, when it is made: rustls writes into it as it is.
#[derive(Default)]
pub(super) struct Output {
    buffer: Vec<u8>,
    unsent: Range<usize>,
    records: VecDeque<Record>,
    /// Bytes in records that were sent whole and that nobody was told of.
    written: usize,
    /// Small pieces that go into one record.
    gathered: Vec<u8>,
    usage: Usage,
}

impl Output {
    pub(super) fn unsent(&self) -> &[u8] {
        &self.buffer[self.unsent.clone()]
    }

    /// The first `count` bytes of what is unsent are sent.
    pub(super) fn sent(&mut self, count: usize) {
        self.unsent.start += count;
        while let Some(record) = self.records.front().filter(|record| record.end <= self.unsent.start) {
            self.written += record.plain;
            self.records.pop_front();
        }
        if self.unsent.is_empty() {
            self.unsent = 0..0;
        }
    }

    /// Whether something is encrypted that nobody was told of.
    pub(super) fn is_writing(&self) -> bool {
        self.written > 0 || !self.records.is_empty()
    }

    /// Bytes that were sent in whole records since the last call.
    pub(super) fn take_written(&mut self) -> usize {
        std::mem::take(&mut self.written)
    }

    /// Makes records of the first bytes of `bufs`, of all when it is not too much.
    ///
    /// # Errors
    ///
    /// When the keys are used up.
    pub(super) fn encrypt(
        &mut self,
        traffic: &mut WriteTraffic<'_, ClientConnectionData>,
        bufs: &[IoSlice<'_>],
    ) -> io::Result<()> {
        let mut left = bufs.iter().map(|buf| buf.len()).sum::<usize>().min(AT_ONCE);
        self.reserve(left + (left / RECORD + 1) * ADDED);
        let mut pieces = Pieces { bufs, offset: 0 };
        let mut gathered = std::mem::take(&mut self.gathered);
        while left > 0 {
            let part = pieces.take(left.min(RECORD), &mut gathered);
            let sealed = self.append(|room| traffic.encrypt(part, room).map_err(too_small))?;
            if !sealed {
                if self.records.is_empty() {
                    return Err(io::Error::other("the keys of the TLS session are used up"));
                }
                break;
            }
            left -= part.len();
            self.records.push_back(Record {
                plain: part.len(),
                end: self.unsent.end,
            });
        }
        self.gathered = gathered;
        Ok(())
    }

    /// Appends something of the protocol's own.
    ///
    /// # Errors
    ///
    /// None that can happen.
    pub(super) fn encode(&mut self, mut data: EncodeTlsData<'_, ClientConnectionData>) -> io::Result<()> {
        self.append(|room| {
            data.encode(room).map_err(|error| match error {
                EncodeError::InsufficientSize(error) => Some(error),
                EncodeError::AlreadyEncoded => None,
            })
        })
        .map(drop)
    }

    /// Appends the goodbye.
    ///
    /// # Errors
    ///
    /// None that can happen.
    pub(super) fn goodbye(&mut self, traffic: &mut WriteTraffic<'_, ClientConnectionData>) -> io::Result<()> {
        self.append(|room| traffic.queue_close_notify(room).map_err(too_small))
            .map(drop)
    }

    /// Appends what `write` puts into the room that it is given; it says when it needs more. `false` when it cannot.
    fn append(
        &mut self,
        mut write: impl FnMut(&mut [u8]) -> Result<usize, Option<InsufficientSizeError>>,
    ) -> io::Result<bool> {
        for _ in 0..2 {
            match write(&mut self.buffer[self.unsent.end..]) {
                Ok(count) => {
                    self.unsent.end += count;
                    self.usage.note(self.unsent.len());
                    return Ok(true);
                }
                Err(Some(error)) => self.reserve(error.required_size),
                Err(None) => return Ok(false),
            }
        }
        Err(io::Error::other("TLS needs more room than it asked for"))
    }

    /// Makes room for `count` bytes behind what is unsent.
    fn reserve(&mut self, count: usize) {
        if self.buffer.len() - self.unsent.end >= count {
            return;
        }
        let wanted = (self.unsent.len() + count).next_multiple_of(UNIT);
        let shift = self.unsent.start;
        if wanted <= self.buffer.len() {
            self.buffer.copy_within(self.unsent.clone(), 0);
        } else {
            let mut larger = vec![0; wanted];
            larger[..self.unsent.len()].copy_from_slice(self.unsent());
            self.buffer = larger;
        }
        self.unsent = 0..self.unsent.len();
        self.records.iter_mut().for_each(|record| record.end -= shift);
    }

    /// Nothing is there to read: buffers that are much larger than what was sent lately are let go.
    pub(super) fn idle(&mut self) {
        let is_too_large = self.usage.pause(self.unsent.len(), self.buffer.len());
        if is_too_large && self.unsent.is_empty() && self.buffer.len() > UNIT {
            self.buffer = Vec::new();
            self.gathered = Vec::new();
        }
    }
}

/// What is missing, unless the keys are used up.
fn too_small(error: EncryptError) -> Option<InsufficientSizeError> {
    match error {
        EncryptError::InsufficientSize(error) => Some(error),
        EncryptError::EncryptExhausted => None,
    }
}

/// Slices that are cut into parts of other lengths.
struct Pieces<'a> {
    bufs: &'a [IoSlice<'a>],
    /// Bytes of the first slice that are taken.
    offset: usize,
}

impl<'a> Pieces<'a> {
    /// The next `count` bytes, which must be there: where they lie when that is in one place, else copied.
    fn take<'b>(&mut self, count: usize, gathered: &'b mut Vec<u8>) -> &'b [u8]
    where
        'a: 'b,
    {
        gathered.clear();
        while let Some((first, rest)) = self.bufs.split_first() {
            let first = &first[self.offset..];
            let missing = count - gathered.len();
            if first.len() > missing {
                self.offset += missing;
                if gathered.is_empty() {
                    return &first[..missing];
                }
                gathered.extend_from_slice(&first[..missing]);
                break;
            }
            self.bufs = rest;
            self.offset = 0;
            if first.len() == count {
                return first;
            }
            gathered.extend_from_slice(first);
            if gathered.len() == count {
                break;
            }
        }
        gathered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_whole_and_in_order_however_they_are_cut() {
        let text: Vec<u8> = (0..100).collect();
        for cut in 1..40 {
            for part in 1..40 {
                let bufs: Vec<_> = text.chunks(cut).map(IoSlice::new).collect();
                let mut pieces = Pieces { bufs: &bufs, offset: 0 };
                let mut all = Vec::new();
                while all.len() < text.len() {
                    let count = part.min(text.len() - all.len());
                    let mut gathered = Vec::new();
                    let piece = pieces.take(count, &mut gathered);
                    assert_eq!(piece.len(), count);
                    all.extend_from_slice(piece);
                }
                assert_eq!(all, text);
            }
        }
    }

    #[test]
    fn a_piece_that_lies_in_one_place_is_not_copied() {
        let bufs = [IoSlice::new(b"abcdef"), IoSlice::new(b"gh")];
        let mut pieces = Pieces { bufs: &bufs, offset: 0 };
        let mut gathered = Vec::new();
        assert_eq!(pieces.take(4, &mut gathered), b"abcd");
        assert_eq!(gathered.capacity(), 0);
        assert_eq!(pieces.take(3, &mut gathered), b"efg");
        assert_eq!(pieces.take(1, &mut Vec::new()), b"h");
    }

    #[test]
    fn a_record_is_written_when_all_of_it_is_sent() {
        let mut output = Output::default();
        for (plain, len) in [(0, 10), (100, 122), (50, 72)] {
            output.reserve(len);
            assert!(output.append(|_| Ok(len)).unwrap());
            if plain > 0 {
                let end = output.unsent.end;
                output.records.push_back(Record { plain, end });
            }
        }
        output.sent(10 + 121);
        assert!(output.is_writing());
        assert_eq!(output.take_written(), 0);
        output.reserve(10_000);
        output.sent(1);
        assert_eq!(output.take_written(), 100);
        output.sent(71);
        assert_eq!(output.take_written(), 0);
        output.sent(1);
        assert_eq!(output.take_written(), 50);
        assert!(!output.is_writing() && output.unsent().is_empty());
    }

    #[test]
    fn large_buffers_are_let_go_when_little_is_sent() {
        let mut output = Output::default();
        for (len, times, kept) in [(50_000, 1, true), (10, 5, true), (10, 20, false)] {
            for _ in 0..times {
                output.reserve(len);
                assert!(output.append(|_| Ok(len)).unwrap());
                output.sent(len);
                output.idle();
            }
            assert_eq!(output.buffer.len() > UNIT, kept, "{len}");
        }
    }
}
