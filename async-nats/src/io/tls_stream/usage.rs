//! When a large buffer is worth keeping.

/// A buffer is let go when it was used little so many times in a row: between two bursts there are a few quiet moments.
const QUIET_TIMES: u8 = 8;

/// How much of a buffer is used.
#[derive(Default)]
pub(super) struct Usage {
    /// The most bytes since the last pause.
    most: usize,
    /// Pauses in a row after which little had been used.
    quiet: u8,
}

impl Usage {
    /// So many bytes of the buffer are used.
    pub(super) fn note(&mut self, bytes: usize) {
        self.most = self.most.max(bytes);
    }

    /// There is nothing to do, with `bytes` still in the buffer. Whether the buffer, of this `size`, is too large for what
    /// happens lately.
    pub(super) fn pause(&mut self, bytes: usize, size: usize) -> bool {
        let most = std::mem::replace(&mut self.most, bytes);
        self.quiet = match most < size / 8 {
            true => self.quiet.saturating_add(1),
            false => 0,
        };
        self.quiet >= QUIET_TIMES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_too_large_after_a_row_of_quiet_moments() {
        let mut usage = Usage::default();
        for _ in 0..3 {
            usage.note(125);
            assert!(!usage.pause(0, 1000));
            for _ in 1..QUIET_TIMES {
                usage.note(124);
                assert!(!usage.pause(0, 1000));
            }
        }
        usage.note(124);
        assert!(usage.pause(0, 1000));
    }
}
