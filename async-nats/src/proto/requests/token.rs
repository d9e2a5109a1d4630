//! What ends a reply subject: where the request that it answers has its place.

use crate::proto::limits::MAX_REQUESTS;

pub(super) const INDEX_BITS: u32 = MAX_REQUESTS.trailing_zeros();
const INDEX_MASK: u64 = MAX_REQUESTS as u64 - 1;

/// Digits of a token, in the order of their values.
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A token of 64 bits has at most this many digits.
pub(super) const MAX_TOKEN: usize = 11;

/// A request's place in the slab: index and generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token(pub(super) u64);

/// The digits of a token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Digits {
    digits: [u8; MAX_TOKEN],
    start: usize,
}

impl std::ops::Deref for Digits {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.digits[self.start..]
    }
}

impl Token {
    /// The token as it stands at the end of a reply subject.
    pub(crate) fn digits(self) -> Digits {
        let mut digits = [0; MAX_TOKEN];
        let mut start = MAX_TOKEN;
        let mut rest = self.0;
        loop {
            start -= 1;
            digits[start] = ALPHABET[(rest % 62) as usize];
            rest /= 62;
            if rest == 0 {
                return Digits { digits, start };
            }
        }
    }

    pub(super) fn read(digits: &[u8]) -> Option<Token> {
        if digits.is_empty() || digits.len() > MAX_TOKEN {
            return None;
        }
        let mut value = 0u64;
        for byte in digits {
            let digit = match byte {
                b'0'..=b'9' => byte - b'0',
                b'A'..=b'Z' => byte - b'A' + 10,
                b'a'..=b'z' => byte - b'a' + 36,
                _ => return None,
            };
            value = value.checked_mul(62)?.checked_add(u64::from(digit))?;
        }
        Some(Token(value))
    }

    pub(super) fn index(self) -> usize {
        (self.0 & INDEX_MASK) as usize
    }
}
