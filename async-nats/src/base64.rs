//! Base64 (RFC 4648, sections 4 and 5): in the handshake, in JSON of the API, in names and digests of objects, in keys.

use std::fmt;

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Which of the two alphabets, and whether the last group is filled up with `=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base64 {
    /// With `+` and `/`, filled up.
    Standard,
    /// With `-` and `_`, not filled up.
    Url,
    /// With `-` and `_`, filled up.
    UrlPadded,
}

/// A text that is not Base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotBase64;

impl fmt::Display for NotBase64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this is not Base64")
    }
}

impl std::error::Error for NotBase64 {}

impl Base64 {
    fn alphabet(self) -> &'static [u8; 64] {
        match self {
            Base64::Standard => STANDARD,
            Base64::Url | Base64::UrlPadded => URL,
        }
    }

    fn is_padded(self) -> bool {
        !matches!(self, Base64::Url)
    }

    /// The text for these bytes.
    pub(crate) fn encode(self, bytes: &[u8]) -> String {
        let alphabet = self.alphabet();
        let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
        for chunk in bytes.chunks(3) {
            let mut group = [0; 4];
            group[1..=chunk.len()].copy_from_slice(chunk);
            let group = u32::from_be_bytes(group);
            for place in 0..=chunk.len() {
                let sextet = group >> (18 - 6 * place) & 0x3f;
                text.push(char::from(alphabet[sextet as usize]));
            }
            if self.is_padded() {
                (chunk.len()..3).for_each(|_| text.push('='));
            }
        }
        text
    }

    /// The bytes that a text stands for. What an encoder would not have written is refused.
    pub(crate) fn decode(self, text: &[u8]) -> Result<Vec<u8>, NotBase64> {
        let digits = if self.is_padded() {
            let padding = text.iter().rev().take(2).take_while(|&&byte| byte == b'=').count();
            let is_filled_up = text.len().is_multiple_of(4);
            is_filled_up.then_some(&text[..text.len() - padding]).ok_or(NotBase64)?
        } else {
            text
        };
        let mut bytes = Vec::with_capacity(digits.len().div_ceil(4) * 3);
        for group in digits.chunks(4) {
            let mut bits = 0;
            for &digit in group {
                bits = bits << 6 | self.sextet(digit)?;
            }
            bits <<= 6 * (4 - group.len());
            let [_, all @ ..] = bits.to_be_bytes();
            let (meant, rest) = all.split_at(group.len() - 1);
            // A single digit is no byte, and bits beyond the last byte mean nothing: an encoder leaves them at zero.
            if group.len() == 1 || rest.iter().any(|&byte| byte != 0) {
                return Err(NotBase64);
            }
            bytes.extend_from_slice(meant);
        }
        Ok(bytes)
    }

    fn sextet(self, digit: u8) -> Result<u32, NotBase64> {
        let [.., plus, slash] = self.alphabet();
        Ok(u32::from(match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            digit if digit == *plus => 62,
            digit if digit == *slash => 63,
            _ => return Err(NotBase64),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_standard() {
        for (text, bytes) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"),
        ] {
            for base in [Base64::Standard, Base64::UrlPadded] {
                assert_eq!(base.encode(bytes.as_bytes()), text);
                assert_eq!(base.decode(text.as_bytes()).as_deref(), Ok(bytes.as_bytes()));
            }
            let bare = text.trim_end_matches('=');
            assert_eq!(Base64::Url.encode(bytes.as_bytes()), bare);
            assert_eq!(Base64::Url.decode(bare.as_bytes()).as_deref(), Ok(bytes.as_bytes()));
        }
    }

    #[test]
    fn all_digits_of_both_alphabets() {
        let bytes: Vec<u8> = (0..=u8::MAX).collect();
        for base in [Base64::Standard, Base64::Url, Base64::UrlPadded] {
            let text = base.encode(&bytes);
            assert_eq!(base.decode(text.as_bytes()).as_deref(), Ok(&*bytes), "{base:?}");
        }
        assert_eq!(Base64::Standard.encode(&[0xfb, 0xff]), "+/8=");
        assert_eq!(Base64::Url.encode(&[0xfb, 0xff]), "-_8");
    }

    #[test]
    fn what_no_encoder_writes_is_refused() {
        for text in [
            "Z", "Zg", "Zg=", "Zh==", "Zg===", "====", "Zm9v=", "Z=g=", "Zm 9", "Zg==Zg==", "-_8=",
        ] {
            assert_eq!(Base64::Standard.decode(text.as_bytes()), Err(NotBase64), "{text}");
        }
        for text in ["Z", "Zh", "Zg==", "+/8", "Zm9vY"] {
            assert_eq!(Base64::Url.decode(text.as_bytes()), Err(NotBase64), "{text}");
        }
    }
}
