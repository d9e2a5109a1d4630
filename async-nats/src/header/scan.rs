//! Looking through bytes for what ends a name or a value, eight at a time.

/// One in each byte of a word.
const EACH: u64 = u64::from_le_bytes([1; 8]);
/// The highest bit of each byte of a word.
const HIGH: u64 = EACH << 7;
/// Values are looked at a word at a time as far as this; beyond it a search with wider registers is worth its start.
const WORDS_OF_VALUE: usize = 4;

/// How many bytes at the beginning may stand in a name: printable ASCII without spaces and colons.
#[inline(always)]
pub(super) fn name_len(bytes: &[u8]) -> usize {
    let ends = |word: u64| below(word, b'!') | equal(word, b':') | equal(word, 0x7f) | word & HIGH;
    let (words, _) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        if let Some(in_word) = first(ends(u64::from_le_bytes(*word))) {
            return at * 8 + in_word;
        }
    }
    // What is left over is looked at again with the bytes before it.
    if let Some(last) = bytes.last_chunk::<8>() {
        let in_word = first(ends(u64::from_le_bytes(*last))).unwrap_or(8);
        return bytes.len() - 8 + in_word;
    }
    let in_name = |byte: &u8| byte.is_ascii_graphic() && *byte != b':';
    bytes.iter().position(|byte| !in_name(byte)).unwrap_or(bytes.len())
}

/// How many bytes there are before a CR or LF; and whether they are known to be ASCII.
#[inline(always)]
pub(super) fn value_len(bytes: &[u8]) -> (usize, bool) {
    let ends = |word: u64| equal(word, b'\r') | equal(word, b'\n');
    let (words, _) = bytes.as_chunks::<8>();
    let mut high = 0;
    for (at, word) in words.iter().take(WORDS_OF_VALUE).enumerate() {
        let word = u64::from_le_bytes(*word);
        high |= word & HIGH;
        if let Some(in_word) = first(ends(word)) {
            return (at * 8 + in_word, high == 0);
        }
    }
    if words.len() > WORDS_OF_VALUE {
        let len = memchr::memchr2(b'\r', b'\n', bytes).unwrap_or(bytes.len());
        return (len, false);
    }
    if let Some(last) = bytes.last_chunk::<8>() {
        let last = u64::from_le_bytes(*last);
        let in_word = first(ends(last)).unwrap_or(8);
        return (bytes.len() - 8 + in_word, (high | last & HIGH) == 0);
    }
    let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let len = bytes.iter().position(is_end).unwrap_or(bytes.len());
    (len, bytes.is_ascii())
}

// The next three mark bytes of a word by their highest bit. Above a byte that is marked rightly, others may be marked
// too; the lowest one is always right.

/// The bytes below a limit of up to 0x80.
#[inline(always)]
const fn below(word: u64, limit: u8) -> u64 {
    word.wrapping_sub(EACH * limit as u64) & !word & HIGH
}

/// The bytes equal to one.
#[inline(always)]
const fn equal(word: u64, byte: u8) -> u64 {
    below(word ^ (EACH * byte as u64), 1)
}

/// The place of the first byte that is marked.
#[inline(always)]
const fn first(marks: u64) -> Option<usize> {
    match marks {
        0 => None,
        _ => Some(marks.trailing_zeros() as usize / 8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls with texts of every length up to a few words, with two bytes of any value at any two places.
    fn with_any_two_bytes(check: impl Fn(&[u8])) {
        for len in 0..50 {
            for (first, second) in [(0, 0), (len / 3, len / 2), (len / 2, len), (len, len)] {
                for byte in 0..=255 {
                    for other in [b'x', b':', b'\r', b'\n', 0x7f, 0x80, 0xff] {
                        let mut bytes = vec![b'a'; len];
                        bytes.insert(first, byte);
                        bytes.insert(second, other);
                        check(&bytes);
                    }
                }
            }
        }
    }

    #[test]
    fn names() {
        with_any_two_bytes(|bytes| {
            let ends = |byte: &u8| !(0x21..=0x7e).contains(byte) || *byte == b':';
            let expected = bytes.iter().position(ends).unwrap_or(bytes.len());
            assert_eq!(name_len(bytes), expected, "{bytes:?}");
        });
        assert_eq!(name_len(b""), 0);
    }

    #[test]
    fn values() {
        with_any_two_bytes(|bytes| {
            let ends = |byte: &u8| matches!(byte, b'\r' | b'\n');
            let expected = bytes.iter().position(ends).unwrap_or(bytes.len());
            let (len, ascii) = value_len(bytes);
            assert_eq!(len, expected, "{bytes:?}");
            assert!(!ascii || bytes[..len].is_ascii(), "{bytes:?}");
        });
        assert_eq!(value_len(b"").0, 0);
        assert_eq!(value_len(b"abc\r"), (3, true));
        assert_eq!(value_len(b"0123456789\r\n"), (10, true));
    }
}
