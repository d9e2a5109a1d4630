//! [`HeaderValue`], and what can be turned into one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::text::Text;

/// The value of a header: any text without line breaks.
///
/// White space at either end does not survive the wire.
///
/// ```
/// use async_nats::HeaderValue;
///
/// assert_eq!(HeaderValue::from(42_u64).as_str(), "42");
/// assert!("two\r\nlines".parse::<HeaderValue>().is_err());
/// ```
#[derive(Clone, PartialEq, Eq, Default)]
pub struct HeaderValue(Text);

impl HeaderValue {
    /// An empty value.
    pub fn new() -> Self {
        HeaderValue::default()
    }

    /// The value as text.
    #[inline]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// A value from bytes that are known to be UTF-8 and to have no line breaks.
    #[inline]
    pub(super) fn from_checked(utf8: &[u8]) -> HeaderValue {
        HeaderValue(Text::from_checked(utf8))
    }

    /// The same, from bytes of which there are no more than [`IN_PLACE`](super::text::IN_PLACE).
    #[inline(always)]
    pub(super) fn in_place(utf8: &[u8]) -> HeaderValue {
        HeaderValue(Text::in_place(utf8))
    }

    #[inline]
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

fn check(text: &str) -> Result<(), ParseHeaderValueError> {
    match memchr::memchr2(b'\r', b'\n', text.as_bytes()) {
        None => Ok(()),
        Some(_) => Err(ParseHeaderValueError),
    }
}

/// The value is not shown: it may be a secret.
#[cold]
fn refuse() -> ! {
    panic!(
        "invalid header value: it has a CR or LF in it, which would end the header; \
         use `HeaderValue::from_str` for values that are not known to be valid"
    )
}

impl FromStr for HeaderValue {
    type Err = ParseHeaderValueError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        check(s).map(|()| HeaderValue::from_checked(s.as_bytes()))
    }
}

impl From<&str> for HeaderValue {
    /// # Panics
    ///
    /// When the text has a carriage return or a line feed in it.
    fn from(v: &str) -> Self {
        v.parse().unwrap_or_else(|_| refuse())
    }
}

impl From<String> for HeaderValue {
    /// # Panics
    ///
    /// When the text has a carriage return or a line feed in it.
    fn from(v: String) -> Self {
        match check(&v) {
            Ok(()) => HeaderValue(Text::from(v)),
            Err(ParseHeaderValueError) => refuse(),
        }
    }
}

/// Numbers are written in decimal.
macro_rules! from_numbers {
    ($($number:ty as $wide:ty),+ $(,)?) => {
        $(
            impl From<$number> for HeaderValue {
                fn from(v: $number) -> Self {
                    let wide = v as $wide;
                    #[allow(unused_comparisons)]
                    decimal(wide.abs_diff(0), wide < 0)
                }
            }
        )+
    };
}

from_numbers!(
    i16 as i64,
    i32 as i64,
    i64 as i64,
    isize as i64,
    u16 as u64,
    u32 as u64,
    u64 as u64,
    usize as u64,
);

fn decimal(mut rest: u64, negative: bool) -> HeaderValue {
    // A sign and 19 digits, or 20 digits.
    let mut text = [b'-'; 20];
    let mut start = text.len();
    for place in text.iter_mut().rev() {
        *place = b'0' + (rest % 10) as u8;
        rest /= 10;
        start -= 1;
        if rest == 0 {
            break;
        }
    }
    HeaderValue::from_checked(&text[start - usize::from(negative)..])
}

impl fmt::Display for HeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

impl fmt::Debug for HeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl AsRef<[u8]> for HeaderValue {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl AsRef<str> for HeaderValue {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Serialize for HeaderValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for HeaderValue {
    /// Any text is accepted. One with line breaks in it cannot be published.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| HeaderValue(text.into()))
    }
}

/// What [`HeaderMap`](super::HeaderMap) accepts as a value.
pub trait IntoHeaderValue {
    /// The value.
    ///
    /// # Panics
    ///
    /// When a text has a carriage return or a line feed in it. Values that come from outside of the program are better
    /// parsed, with [`HeaderValue::from_str`](HeaderValue#impl-FromStr-for-HeaderValue).
    fn into_header_value(self) -> HeaderValue;
}

impl IntoHeaderValue for &str {
    fn into_header_value(self) -> HeaderValue {
        self.into()
    }
}

impl IntoHeaderValue for String {
    fn into_header_value(self) -> HeaderValue {
        self.into()
    }
}

impl IntoHeaderValue for HeaderValue {
    fn into_header_value(self) -> HeaderValue {
        self
    }
}

/// The text is not the value of a header.
#[derive(Debug, Clone)]
pub struct ParseHeaderValueError;

impl fmt::Display for ParseHeaderValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r"invalid character found in header value (value cannot contain '\r' or '\n')")
    }
}

impl std::error::Error for ParseHeaderValueError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_value() {
        let long = "x".repeat(1000);
        let long_with_cr = format!("{long}\r");
        let table = [
            ("", true),
            ("a", true),
            (" a b\t", true),
            ("ä\0\u{b}", true),
            (&long, true),
            ("\r", false),
            ("\n", false),
            ("a\r\nPUB b 0\r\n\r\n", false),
            (&long_with_cr, false),
        ];
        for (text, valid) in table {
            assert_eq!(text.parse::<HeaderValue>().is_ok(), valid, "{text:?}");
            let made = [
                std::panic::catch_unwind(|| HeaderValue::from(text)),
                std::panic::catch_unwind(|| HeaderValue::from(text.to_owned())),
                std::panic::catch_unwind(|| text.into_header_value()),
                std::panic::catch_unwind(|| text.to_owned().into_header_value()),
            ];
            for value in made {
                match value {
                    Ok(value) => assert_eq!((valid, value.as_str()), (true, text)),
                    Err(_) => assert!(!valid, "{text:?}"),
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "invalid header value")]
    fn a_bad_value_panics() {
        let _ = HeaderValue::from("s3cret\r\n");
    }

    #[test]
    fn numbers() {
        let values = [
            (HeaderValue::from(i16::MIN), i16::MIN.to_string()),
            (HeaderValue::from(i32::MIN), i32::MIN.to_string()),
            (HeaderValue::from(i64::MIN), i64::MIN.to_string()),
            (HeaderValue::from(isize::MIN), isize::MIN.to_string()),
            (HeaderValue::from(u16::MAX), u16::MAX.to_string()),
            (HeaderValue::from(u32::MAX), u32::MAX.to_string()),
            (HeaderValue::from(u64::MAX), u64::MAX.to_string()),
            (HeaderValue::from(0_usize), "0".to_owned()),
            (HeaderValue::from(-1_i16), "-1".to_owned()),
            (HeaderValue::from(i64::MAX), i64::MAX.to_string()),
            (HeaderValue::from(10_u16), "10".to_owned()),
        ];
        for (value, text) in values {
            assert_eq!(value.as_str(), text);
        }
    }

    #[test]
    fn texts_and_shapes() {
        let value = HeaderValue::from("a\"b");
        assert_eq!(format!("{value} {value:?}"), r#"a"b "a\"b""#);
        assert_eq!(format!("{value:>4}"), " a\"b");
        assert_eq!(serde_json::to_string(&value).unwrap(), r#""a\"b""#);
        assert_eq!(serde_json::from_str::<HeaderValue>(r#""a\"b""#).unwrap(), value);
        assert_eq!(serde_json::from_str::<HeaderValue>(r#""\r""#).unwrap().as_str(), "\r");
        assert!(serde_json::from_str::<HeaderValue>("1").is_err());
        assert_eq!(HeaderValue::new(), HeaderValue::from(""));
    }
}
