//! Arguments of a line, looked at eight bytes at a time: where a word ends, and what number it is.
//!
//! Both look at what lies behind a word too, and find nothing when less than eight bytes are left to look at.

/// One in each byte of a word.
const EACH: u64 = u64::from_le_bytes([1; 8]);
/// The highest bit of each byte of a word.
const HIGH: u64 = EACH << 7;

/// Longest word that is looked for.
const LONGEST: usize = 4096;

const POWERS_OF_TEN: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// How many bytes there are before the first blank or control character.
#[inline(always)]
pub(super) fn word_len(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at <= LONGEST {
        let word = u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?);
        // Marks bytes below 0x21 by their highest bit. Above the lowest mark, which is right, others may be wrong.
        let marks = word.wrapping_sub(EACH * 0x21) & !word & HIGH;
        if marks != 0 {
            return Some(at + in_word(marks));
        }
        at += 8;
    }
    None
}

/// The decimal number that the bytes begin with, and how many digits it has: from one to fifteen.
#[inline(always)]
pub(super) fn number(bytes: &[u8]) -> Option<(u64, usize)> {
    let (value, digits) = up_to_eight_digits(bytes)?;
    match digits {
        0 => None,
        8 => {
            let (more, more_digits) = up_to_eight_digits(&bytes[8..])?;
            (more_digits < 8).then(|| (value * POWERS_OF_TEN[more_digits] + more, 8 + more_digits))
        }
        _ => Some((value, digits)),
    }
}

#[inline(always)]
fn up_to_eight_digits(bytes: &[u8]) -> Option<(u64, usize)> {
    let word = u64::from_le_bytes(*bytes.first_chunk()?) ^ (EACH * u64::from(b'0'));
    // Digits are below ten now. What is not has its highest bit set, or gets it with this; no byte overflows.
    let others = (((word & !HIGH) + EACH * (0x80 - 10)) | word) & HIGH;
    let digits = in_word(others);
    // The last digit moves to the highest byte, and what is behind it out of the word. Then twos, fours and all eight
    // become one number each.
    let word = match digits {
        0 => 0,
        _ => word << (64 - 8 * digits),
    };
    let twos = (word.wrapping_mul(10) + (word >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (twos.wrapping_mul(100) + (twos >> 16)) & 0x0000_ffff_0000_ffff;
    let value = (fours.wrapping_mul(10_000) + (fours >> 32)) & 0xffff_ffff;
    Some((value, digits))
}

/// Place of the lowest byte that is marked; eight when there is none.
#[inline(always)]
const fn in_word(marks: u64) -> usize {
    marks.trailing_zeros() as usize / 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_where_the_first_blank_or_control_character_is() {
        for len in 0..40 {
            for end in 0..=255_u8 {
                let mut bytes = vec![b'a'; len];
                bytes.push(end);
                bytes.extend_from_slice(&[b' ', 0xff, 0, b'a', b' ', b' ', b' ', b' ', b' ']);
                let expected = if end <= b' ' { len } else { len + 1 };
                assert_eq!(word_len(&bytes), Some(expected), "{end} behind {len}");
            }
        }
    }

    #[test]
    fn where_less_than_a_word_is_left_nothing_is_found() {
        for len in 0..30 {
            let bytes = [b"a".repeat(len), b" ".to_vec()].concat();
            assert_eq!(word_len(&bytes), (len % 8 == 7).then_some(len));
            assert_eq!(number(&b"1".repeat(len.min(7))), None);
        }
        assert_eq!(
            word_len(&b"a".repeat(10_000)),
            None,
            "it is longer than what is looked for"
        );
    }

    #[test]
    fn numbers_of_all_lengths() {
        let digits = "123456789012345";
        for len in 1..=digits.len() {
            for behind in [" ", "\r\n", "/", ":", "\u{7f}", "\u{b0}", "x", "-", "\0"] {
                let text = format!("{}{behind}90909090909", &digits[..len]);
                let expected = digits[..len].parse().ok().map(|value| (value, len));
                assert_eq!(number(text.as_bytes()), expected, "{text:?}");
            }
        }
        for (text, value) in [
            ("00000000", 0),
            ("99999999", 99_999_999),
            ("00000001", 1),
            ("0", 0),
            ("10203040", 10_203_040),
        ] {
            assert_eq!(number(format!("{text} 99999999").as_bytes()), Some((value, text.len())));
        }
    }

    #[test]
    fn what_is_no_number_or_a_longer_one() {
        for text in [
            "x1234567",
            "-1234567",
            " 1234567",
            "/1234567",
            ":1234567",
            "\u{b1}2345678",
            "\r\n123456",
            "1234567890123456 1234567",
        ] {
            assert_eq!(number(text.as_bytes()), None, "{text:?}");
        }
    }
}
