//! The text encoding of keys: base32 with a checksum.

/// The alphabet of base32 (RFC 4648, section 6).
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Base32 without padding.
pub(crate) fn base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity((bytes.len() * 8).div_ceil(5));
    let mut bits = 0;
    let mut pending = 0u32;
    for &byte in bytes {
        pending = pending << 8 | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(BASE32[(pending >> bits & 0x1f) as usize]));
        }
    }
    if bits > 0 {
        text.push(char::from(BASE32[(pending << (5 - bits) & 0x1f) as usize]));
    }
    text
}

/// Decodes base32 without padding into `bytes`, which `text` must fill to the last whole byte.
///
/// The error is the place in `text`, counted from 0, of the first character that cannot stand
/// there.
pub(crate) fn decode_base32(text: &[u8], bytes: &mut [u8]) -> Result<(), usize> {
    debug_assert_eq!(text.len() * 5 / 8, bytes.len());
    let mut bits = 0;
    let mut pending = 0u32;
    let mut written = 0;
    for (place, &character) in text.iter().enumerate() {
        let quintet = match character {
            b'A'..=b'Z' => character - b'A',
            b'2'..=b'7' => character - b'2' + 26,
            _ => return Err(place),
        };
        pending = pending << 5 | u32::from(quintet);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes[written] = (pending >> bits & 0xff) as u8;
            written += 1;
        }
    }
    // Bits that are left over belong to no byte: an encoder leaves them at zero.
    if pending & ((1 << bits) - 1) != 0 {
        return Err(text.len() - 1);
    }
    Ok(())
}

/// CRC-16 as XMODEM has it, which is the checksum of keys.
pub(crate) fn crc16(bytes: &[u8]) -> u16 {
    let mut crc = 0u16;
    for &byte in bytes {
        crc ^= u16::from(byte) << 8;
        for _ in 0..8 {
            let carry = crc & 0x8000 != 0;
            crc <<= 1;
            if carry {
                crc ^= 0x1021;
            }
        }
    }
    crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_there_and_back() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
            let mut decoded = vec![0; bytes.len()];
            decode_base32(text.as_bytes(), &mut decoded).unwrap();
            assert_eq!(decoded, bytes.as_bytes());
        }
    }

    #[test]
    fn base32_names_the_place_that_is_wrong() {
        let mut bytes = [0; 3];
        for (text, place) in [("mZXW6", 0), ("MZ1W6", 2), ("MZXW=", 4)] {
            assert_eq!(decode_base32(text.as_bytes(), &mut bytes), Err(place));
        }
        // One bit too many is set in the last character.
        assert_eq!(decode_base32(b"MZXW7", &mut bytes), Err(4));
    }

    #[test]
    fn crc16_has_the_check_value_of_xmodem() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
        assert_eq!(crc16(b""), 0);
    }
}
