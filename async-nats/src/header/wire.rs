//! Headers as they are sent: a version line, a line for each value, and an empty line.

use std::fmt;

use super::scan::{name_len, value_len};
use super::{HeaderMap, HeaderName, HeaderValue};

pub(super) const VERSION: &[u8] = b"NATS/1.0";
/// The first line of a block without a status.
pub(super) const VERSION_LINE: &[u8] = b"NATS/1.0\r\n";
pub(super) const CRLF: &[u8] = b"\r\n";
const SEPARATOR: &[u8] = b": ";

impl HeaderMap {
    /// The length of the whole block, in bytes.
    #[inline]
    pub(crate) fn wire_len(&self) -> usize {
        let line = |(name, value): &(HeaderName, HeaderValue)| {
            name.as_bytes().len() + SEPARATOR.len() + value.as_bytes().len() + CRLF.len()
        };
        VERSION_LINE.len() + CRLF.len() + self.lines.iter().map(line).sum::<usize>()
    }

    /// Hands the whole block to `write`, piece by piece: exactly [`HeaderMap::wire_len`] bytes.
    #[inline]
    pub(crate) fn write_wire(&self, mut write: impl FnMut(&[u8])) {
        write(VERSION_LINE);
        for (name, value) in &self.lines {
            write(name.as_bytes());
            write(SEPARATOR);
            write(value.as_bytes());
            write(CRLF);
        }
        write(CRLF);
    }

    /// Whether all lines can be written, such that each of them is read as what it is.
    #[inline]
    pub(crate) fn check(&self) -> Result<(), InvalidHeader> {
        for (name, value) in &self.lines {
            if !is_writable(name.as_bytes()) {
                return Err(InvalidHeader::new(name.as_str(), NAME_FAULT));
            }
            let value = value.as_bytes();
            if value_len(value).0 < value.len() {
                return Err(InvalidHeader::new(name.as_str(), VALUE_FAULT));
            }
        }
        Ok(())
    }
}

/// Whether the bytes are read as one name. What is beyond ASCII is the reader's to judge.
#[inline]
fn is_writable(name: &[u8]) -> bool {
    let ends_a_name = |&byte: &u8| byte <= b' ' || byte == b':' || byte == 0x7f;
    let len = name_len(name);
    !name.is_empty() && (len == name.len() || !name[len..].iter().any(ends_a_name))
}

const NAME_FAULT: &str = "its name is empty, or has a control character, a space or a colon in it";
const VALUE_FAULT: &str = "its value has a CR or LF in it, which would end the line";

/// A header that cannot be written. Values are not shown: they may be secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InvalidHeader {
    name: String,
    fault: &'static str,
}

impl InvalidHeader {
    #[cold]
    fn new(name: &str, fault: &'static str) -> Self {
        InvalidHeader {
            name: name.to_owned(),
            fault,
        }
    }
}

impl fmt::Display for InvalidHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the header {:?} cannot be sent: {}", self.name, self.fault)
    }
}

impl std::error::Error for InvalidHeader {}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(headers: &HeaderMap) -> String {
        let mut out = b"before ".to_vec();
        headers.write_wire(|bytes| out.extend_from_slice(bytes));
        assert_eq!(out.len(), "before ".len() + headers.wire_len());
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn lines_are_written_in_order() {
        let mut headers = HeaderMap::new();
        assert_eq!(written(&headers), "before NATS/1.0\r\n\r\n");
        headers.append("b", "1");
        headers.append("a", "");
        headers.append("b", "ö: 3");
        assert_eq!(headers.check(), Ok(()));
        assert_eq!(written(&headers), "before NATS/1.0\r\nb: 1\r\na: \r\nb: ö: 3\r\n\r\n");
    }

    #[test]
    fn what_would_become_protocol_is_refused() {
        for name in ["", " ", "a ", "a\t", "a\r\nb", "a\n", "a:b", ":", "\0", "\u{7f}"] {
            let mut headers = HeaderMap::new();
            headers.insert("fine", "fine");
            headers.insert(HeaderName::from_static(name), "fine");
            let error = headers.check().expect_err(name);
            assert_eq!(error, InvalidHeader::new(name, NAME_FAULT));
            assert!(error.to_string().contains(&format!("{name:?}")), "{error}");
        }
        for value in [r#""\r""#, r#""s3cret\n""#, r#""a\r\nPUB b 0\r\n\r\n""#] {
            let mut headers = HeaderMap::new();
            let value: HeaderValue = serde_json::from_str(value).unwrap();
            headers.insert("key", value);
            let error = headers.check().expect_err("line break");
            assert_eq!(error, InvalidHeader::new("key", VALUE_FAULT));
            assert!(!error.to_string().contains("s3cret"));
        }
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static("Größe"), "groß\0\t");
        assert_eq!(headers.check(), Ok(()));
    }
}
