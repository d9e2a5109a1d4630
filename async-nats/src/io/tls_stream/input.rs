//! Encrypted bytes as they came, from which records are decrypted where they lie.

use std::io;
use std::ops::Range;

use super::usage::Usage;

/// Size of the first buffer: the answer of a server in a handshake, and what an idle connection gets.
const FIRST: usize = 4 * 1024;

/// Size of the buffer when much comes: four records of the largest size, with what TLS adds.
const FULL: usize = 4 * (16 * 1024 + 256 + 5);

/// Largest buffer. All of a message of the handshake must fit in it, for which rustls has a limit of 64 KiB.
const MAX: usize = 128 * 1024;

/// What was received and is not used up.
///
/// The buffer is set to zero once, when it is made: it can be read into as it is.
#[derive(Default)]
pub(super) struct Input {
    buffer: Vec<u8>,
    held: Range<usize>,
    /// The last read filled all the room that there was.
    filled: bool,
    usage: Usage,
}

impl Input {
    /// Room to read into, behind what is held.
    ///
    /// # Errors
    ///
    /// `InvalidData` when what is held is as much as ever is, and still of no use.
    pub(super) fn room(&mut self) -> io::Result<&mut [u8]> {
        // All whole records are used up before more is read, so that little is moved.
        self.buffer.copy_within(self.held.clone(), 0);
        self.held = 0..self.held.len();
        let size = self.buffer.len();
        if self.held.len() == size || (self.filled && size < FULL) {
            let wanted = match size {
                0..FIRST => FIRST,
                FIRST..FULL => (size * 4).min(FULL),
                FULL..MAX => MAX,
                _ => {
                    let text = format!("the server sent a message of TLS with more than {MAX} bytes");
                    return Err(io::Error::new(io::ErrorKind::InvalidData, text));
                }
            };
            let mut larger = vec![0; wanted];
            larger[..self.held.len()].copy_from_slice(&self.buffer[..self.held.len()]);
            self.buffer = larger;
        }
        Ok(&mut self.buffer[self.held.end..])
    }

    /// `count` bytes came into the room.
    pub(super) fn received(&mut self, count: usize) {
        self.held.end += count;
        self.filled = self.held.end == self.buffer.len();
        self.usage.note(self.held.len());
    }

    /// What is held.
    pub(super) fn bytes(&mut self) -> &mut [u8] {
        &mut self.buffer[self.held.clone()]
    }

    /// The first `count` bytes of it are used up.
    pub(super) fn discard(&mut self, count: usize) {
        self.held.start += count;
        if self.held.is_empty() {
            self.held = 0..0;
        }
    }

    /// Length of the record in front, without its header; `None` when its header is not whole.
    pub(super) fn record_len(&self) -> Option<usize> {
        let header = self.buffer[self.held.clone()].get(..5)?;
        Some(usize::from(u16::from_be_bytes([header[3], header[4]])))
    }

    /// Nothing is there to read: a buffer that is much larger than what came lately is let go.
    pub(super) fn idle(&mut self) {
        let is_too_large = self.usage.pause(self.held.len(), self.buffer.len());
        if is_too_large && self.held.is_empty() && self.buffer.len() > FIRST {
            *self = Input::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(input: &mut Input, count: usize) {
        let room = input.room().unwrap();
        room[..count].fill(7);
        input.received(count);
    }

    #[test]
    fn buffer_grows_with_what_comes_and_goes_when_nothing_does() {
        let mut input = Input::default();
        for size in [FIRST, 4 * FIRST, 16 * FIRST, FULL, FULL] {
            let room = input.room().unwrap().len();
            assert_eq!(room, size);
            fill(&mut input, room);
            input.discard(room);
        }
        input.idle();
        assert_eq!(input.buffer.len(), FULL, "it was needed a moment ago");
        for _ in 0..20 {
            fill(&mut input, 10);
            input.discard(10);
            input.idle();
        }
        assert_eq!(input.buffer.len(), FIRST);
        assert_eq!(input.room().unwrap().len(), FIRST);
    }

    #[test]
    fn what_is_held_is_kept_when_the_buffer_grows_and_is_bounded() {
        let mut input = Input::default();
        let room = input.room().unwrap();
        room[..3].copy_from_slice(b"abc");
        input.received(3);
        input.discard(1);
        let mut held = 2;
        loop {
            input.idle();
            let Ok(room) = input.room() else { break };
            held += room.len();
            let all = room.len();
            fill(&mut input, all);
            assert_eq!(&input.bytes()[..3], b"bc\x07");
        }
        assert_eq!(held, MAX);
        assert_eq!(input.room().unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn length_of_the_record_in_front() {
        let mut input = Input::default();
        assert_eq!(input.record_len(), None);
        input.room().unwrap()[..6].copy_from_slice(&[0x17, 3, 3, 1, 2, 9]);
        input.received(4);
        assert_eq!(input.record_len(), None);
        input.received(1);
        assert_eq!(input.record_len(), Some(0x102));
    }
}
