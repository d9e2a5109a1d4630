//! [`Text`]: the immutable text of a name or a value. Short ones need no memory of their own.
//!
//! The hot path makes four of these a message, from bytes that it has looked at already. Where a short text is built
//! from whole words, it is built in registers; a copy of a length that is only known at run time would be read back
//! before it has reached memory, which costs more than all the rest.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// As many bytes are kept in place.
pub(super) const IN_PLACE: usize = 22;

/// A text. Cloning copies no more than three words.
#[derive(Clone)]
pub(super) struct Text(Repr);

#[derive(Clone)]
enum Repr {
    /// The bytes, with zeros behind them.
    InPlace {
        len: u8,
        bytes: [u8; IN_PLACE],
    },
    Static(&'static str),
    Shared(Arc<str>),
}

impl Text {
    pub(super) const fn from_static(text: &'static str) -> Text {
        Text(Repr::Static(text))
    }

    /// A text from bytes that are known to be UTF-8: the caller has checked them, or they come from a `str`.
    #[inline]
    pub(super) fn from_checked(utf8: &[u8]) -> Text {
        if utf8.len() <= IN_PLACE {
            Text::in_place(utf8)
        } else {
            Text(Repr::Shared(Arc::from(as_str(utf8))))
        }
    }

    /// The same, from bytes of which there are no more than [`IN_PLACE`]. On its own, this leaves no choice between
    /// representations, and the result goes from registers to where it stays.
    #[inline(always)]
    pub(super) fn in_place(utf8: &[u8]) -> Text {
        debug_assert!(utf8.len() <= IN_PLACE && std::str::from_utf8(utf8).is_ok());
        let (low, high) = words(utf8);
        let mut bytes = [0; IN_PLACE];
        bytes[..16].copy_from_slice(&low.to_le_bytes());
        bytes[16..].copy_from_slice(&high.to_le_bytes()[..IN_PLACE - 16]);
        Text(Repr::InPlace {
            len: utf8.len() as u8,
            bytes,
        })
    }

    #[inline]
    pub(super) fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Repr::InPlace { len, bytes } => bytes.get(..usize::from(*len)).unwrap_or(bytes),
            Repr::Static(text) => text.as_bytes(),
            Repr::Shared(text) => text.as_bytes(),
        }
    }

    #[inline]
    pub(super) fn as_str(&self) -> &str {
        match &self.0 {
            Repr::InPlace { .. } => as_str(self.as_bytes()),
            Repr::Static(text) => text,
            Repr::Shared(text) => text,
        }
    }
}

#[inline]
fn as_str(utf8: &[u8]) -> &str {
    std::str::from_utf8(utf8).expect("a `Text` is made of UTF-8 only")
}

/// Up to 24 bytes, with zeros behind them, loaded as words that may overlap.
#[inline(always)]
fn words(bytes: &[u8]) -> (u128, u64) {
    let len = bytes.len();
    match (bytes.first_chunk::<16>(), bytes.last_chunk::<8>()) {
        (Some(first), Some(last)) => {
            // What comes after the first sixteen bytes is in the upper part of the last eight.
            let before = 8 * (24 - len.min(24)) as u32;
            let high = u64::from_le_bytes(*last).checked_shr(before);
            (u128::from_le_bytes(*first), high.unwrap_or(0))
        }
        (None, Some(last)) => {
            let first = bytes.first_chunk().map_or(0, |word| u64::from_le_bytes(*word));
            let last = u128::from(u64::from_le_bytes(*last)) << (8 * (len - 8));
            (u128::from(first) | last, 0)
        }
        _ => (u128::from(less_than_a_word(bytes)), 0),
    }
}

#[inline(always)]
fn less_than_a_word(bytes: &[u8]) -> u64 {
    match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => {
            let last = u64::from(u32::from_le_bytes(*last)) << (8 * (bytes.len() - 4));
            u64::from(u32::from_le_bytes(*first)) | last
        }
        _ => match *bytes {
            [a, b, c, ..] => u64::from(a) | u64::from(b) << 8 | u64::from(c) << 16,
            [a, b] => u64::from(a) | u64::from(b) << 8,
            [a] => u64::from(a),
            [] => 0,
        },
    }
}

impl Default for Text {
    fn default() -> Self {
        Text::from_static("")
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        if text.len() <= IN_PLACE {
            Text::from_checked(text.as_bytes())
        } else {
            Text(Repr::Shared(text.into()))
        }
    }
}

impl PartialEq for Text {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (
                Repr::InPlace { len, bytes },
                Repr::InPlace {
                    len: other_len,
                    bytes: other_bytes,
                },
            ) => len == other_len && bytes == other_bytes,
            _ => self.as_bytes() == other.as_bytes(),
        }
    }
}

impl Eq for Text {}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasher, RandomState};

    use super::*;

    #[test]
    fn every_length() {
        const ALPHABET: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let hasher = RandomState::new();
        for len in 0..=ALPHABET.len() {
            let expected = &ALPHABET[..len];
            let all = [
                Text::from_checked(expected.as_bytes()),
                Text::from_static(expected),
                Text::from(expected.to_owned()),
            ];
            for text in &all {
                assert_eq!(text.as_str(), expected);
                assert!(text.clone() == all[0] && all[1] == *text && all[2] == *text);
                assert_eq!(hasher.hash_one(text), hasher.hash_one(&all[0]));
                let shorter = Text::from_checked(&ALPHABET.as_bytes()[..len.max(1) - 1]);
                assert_eq!(*text == shorter, len == 0);
            }
            let in_place = matches!(all[0].0, Repr::InPlace { .. });
            assert_eq!(in_place, len <= IN_PLACE);
        }
        assert_eq!(Text::default().as_str(), "");
        assert_eq!(size_of::<Option<Text>>(), 24);
    }

    #[test]
    fn any_character() {
        for text in [
            "ö",
            "é€😀",
            "\0",
            "\0\0\0\0\0\0\0\0",
            "日本語日本語日",
            "日本語日本語日本",
        ] {
            assert_eq!(Text::from_checked(text.as_bytes()).as_str(), text);
        }
    }
}
