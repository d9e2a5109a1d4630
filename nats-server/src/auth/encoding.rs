//! The encodings that keys and JWTs are written in.

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

const BASE64_URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Base32 without padding.
pub(crate) fn base32(bytes: &[u8]) -> String {
    encode(bytes, BASE32, 5)
}

/// Base64 with the alphabet of URLs and without padding.
pub(crate) fn base64_url(bytes: &[u8]) -> String {
    encode(bytes, BASE64_URL, 6)
}

fn encode(bytes: &[u8], alphabet: &[u8], bits: u32) -> String {
    let mask = (1_u32 << bits) - 1;
    let mut text = String::with_capacity(bytes.len() * 2);
    let (mut pending, mut count) = (0_u32, 0_u32);
    let mut push = |digit: u32| text.push(char::from(alphabet[digit as usize]));
    for &byte in bytes {
        pending = pending << 8 | u32::from(byte);
        count += 8;
        while count >= bits {
            count -= bits;
            push(pending >> count & mask);
        }
        pending &= (1 << count) - 1;
    }
    if count > 0 {
        push(pending << (bits - count) & mask);
    }
    text
}

/// CRC-16 with the polynomial 0x1021 and zero as its start.
pub(crate) fn crc16(bytes: &[u8]) -> u16 {
    const POLYNOMIAL: u16 = 0x1021;
    bytes.iter().fold(0, |crc, &byte| {
        (0..8).fold(crc ^ u16::from(byte) << 8, |crc, _| {
            if crc & 0x8000 == 0 {
                crc << 1
            } else {
                crc << 1 ^ POLYNOMIAL
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_standards_hold() {
        for (text, in_32, in_64) in [
            ("", "", ""),
            ("f", "MY", "Zg"),
            ("fo", "MZXQ", "Zm8"),
            ("foo", "MZXW6", "Zm9v"),
            ("foob", "MZXW6YQ", "Zm9vYg"),
            ("fooba", "MZXW6YTB", "Zm9vYmE"),
            ("foobar", "MZXW6YTBOI", "Zm9vYmFy"),
        ] {
            assert_eq!(base32(text.as_bytes()), in_32);
            assert_eq!(base64_url(text.as_bytes()), in_64);
        }
        assert_eq!(base64_url(&[0xfb, 0xff]), "-_8");
        assert_eq!(crc16(b"123456789"), 0x31C3);
    }
}
