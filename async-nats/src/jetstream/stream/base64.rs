//! Base64 with padding (RFC 4648, section 4), in which the API puts what is not text into JSON.

use std::fmt;

/// A text that is not Base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotBase64;

impl fmt::Display for NotBase64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the server's Base64 is broken")
    }
}

impl std::error::Error for NotBase64 {}

/// The bytes that a text stands for.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, NotBase64> {
    let text = text.as_bytes();
    if !text.len().is_multiple_of(4) {
        return Err(NotBase64);
    }
    let padding = text.iter().rev().take(2).take_while(|&&byte| byte == b'=').count();
    let digits = &text[..text.len() - padding];
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    for group in digits.chunks(4) {
        let mut bits = 0;
        for &digit in group {
            bits = bits << 6 | sextet(digit)?;
        }
        bits <<= 6 * (4 - group.len());
        let [_, all @ ..] = bits.to_be_bytes();
        let (meant, rest) = all.split_at(group.len() - 1);
        // Bits beyond the last byte mean nothing; an encoder leaves them at zero.
        if rest.iter().any(|&byte| byte != 0) {
            return Err(NotBase64);
        }
        bytes.extend_from_slice(meant);
    }
    Ok(bytes)
}

fn sextet(digit: u8) -> Result<u32, NotBase64> {
    Ok(u32::from(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return Err(NotBase64),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::encoding::base64_url;

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
            assert_eq!(decode(text).unwrap(), bytes.as_bytes(), "{text}");
        }
    }

    #[test]
    fn what_was_encoded() {
        let bytes: Vec<u8> = (0..=255).rev().chain(0..=255).collect();
        for len in 0..bytes.len() {
            let mut text = base64_url(&bytes[..len]).replace('-', "+").replace('_', "/");
            while !text.len().is_multiple_of(4) {
                text.push('=');
            }
            assert_eq!(decode(&text).unwrap(), bytes[..len]);
        }
    }

    #[test]
    fn what_is_not_base64() {
        for text in [
            "Z", "Zg", "Zg=", "Zg===", "====", "Z===", "=Zg=", "Zg==Zg==", "Zm9v\n", "Zm9-", "Zm9_", "Zh==", "Zm9=",
            "Zmé",
        ] {
            assert_eq!(decode(text), Err(NotBase64), "{text:?}");
        }
    }
}
