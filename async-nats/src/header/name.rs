//! [`HeaderName`], and what can be turned into one.

use std::fmt;
use std::str::FromStr;

use super::known::known;
use super::scan::name_len;
use super::text::{Text, IN_PLACE};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The name of a header: printable ASCII without spaces and colons. Names are compared with their case.
///
/// ```
/// use async_nats::header::HeaderName;
///
/// const TRACE: HeaderName = HeaderName::from_static("Trace-Id");
/// assert_eq!("Trace-Id".parse::<HeaderName>()?, TRACE);
/// assert!("Trace Id".parse::<HeaderName>().is_err());
/// # Ok::<(), async_nats::header::ParseHeaderNameError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct HeaderName(Text);

impl HeaderName {
    /// A name from a static string. It is not checked here: a message with a name that is not one is refused when it
    /// is published.
    #[inline]
    pub const fn from_static(value: &'static str) -> HeaderName {
        HeaderName(Text::from_static(value))
    }

    /// A name from bytes that are known to be one.
    #[inline]
    pub(super) fn from_checked(name: &[u8]) -> HeaderName {
        if name.len() <= IN_PLACE {
            return HeaderName::in_place(name);
        }
        // The constants that are too long to be kept in place are not copied either.
        match known(name) {
            Some(name) => HeaderName::from_static(name),
            None => HeaderName(Text::from_checked(name)),
        }
    }

    /// The same, from bytes of which there are no more than [`IN_PLACE`].
    #[inline(always)]
    pub(super) fn in_place(name: &[u8]) -> HeaderName {
        HeaderName(Text::in_place(name))
    }

    /// The name as text.
    #[inline]
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }

    #[inline]
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

fn check(name: &str) -> Result<(), ParseHeaderNameError> {
    if name_len(name.as_bytes()) == name.len() {
        Ok(())
    } else {
        Err(ParseHeaderNameError)
    }
}

impl FromStr for HeaderName {
    type Err = ParseHeaderNameError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        check(s).map(|()| HeaderName::from_checked(s.as_bytes()))
    }
}

impl TryFrom<&str> for HeaderName {
    type Error = ParseHeaderNameError;

    fn try_from(value: &str) -> Result<Self, Self::Error> {
        value.parse()
    }
}

impl TryFrom<String> for HeaderName {
    type Error = ParseHeaderNameError;

    fn try_from(value: String) -> Result<Self, Self::Error> {
        value.parse()
    }
}

impl fmt::Display for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

impl fmt::Debug for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl AsRef<[u8]> for HeaderName {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl AsRef<str> for HeaderName {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Serialize for HeaderName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for HeaderName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// What [`HeaderMap`](super::HeaderMap) accepts as a name.
pub trait IntoHeaderName {
    /// The name.
    ///
    /// # Panics
    ///
    /// When a text has control characters, spaces, colons, or anything but ASCII in it. Names that come from outside
    /// of the program are better parsed, with [`HeaderName::from_str`](HeaderName#impl-FromStr-for-HeaderName).
    fn into_header_name(self) -> HeaderName;
}

impl IntoHeaderName for &str {
    fn into_header_name(self) -> HeaderName {
        match self.parse() {
            Ok(name) => name,
            Err(ParseHeaderNameError) => panic!(
                "invalid header name: {self:?}: only printable ASCII without spaces and ':' can be written; \
                 use `HeaderName::from_str` for names that are not known to be valid"
            ),
        }
    }
}

impl IntoHeaderName for String {
    fn into_header_name(self) -> HeaderName {
        self.as_str().into_header_name()
    }
}

impl IntoHeaderName for HeaderName {
    fn into_header_name(self) -> HeaderName {
        self
    }
}

/// The text is not the name of a header.
#[derive(Debug, Clone)]
pub struct ParseHeaderNameError;

impl fmt::Display for ParseHeaderNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid header name (name cannot contain non-ascii alphanumeric characters other than '-')")
    }
}

impl std::error::Error for ParseHeaderNameError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text, and whether it is a name.
    const TABLE: &[(&str, bool)] = &[
        ("X-Custom_1", true),
        ("$a!#%&'*+.^`|~(),/;<=>?@[\\]{}\"", true),
        ("nats-stream", true),
        // Nothing forbids it but the wire, where it is refused.
        ("", true),
        ("a b", false),
        ("a:", false),
        (":", false),
        ("a\r", false),
        ("a\nb", false),
        ("\ta", false),
        ("a\0", false),
        ("a\u{7f}", false),
        ("ä", false),
        ("a-name-that-is-longer-than-what-fits-inline", true),
        ("a-name-that-is-longer-than-what-fits inline", false),
    ];

    #[test]
    fn what_is_a_name() {
        for &(text, valid) in TABLE {
            assert_eq!(text.parse::<HeaderName>().is_ok(), valid, "{text:?}");
            assert_eq!(HeaderName::try_from(text).is_ok(), valid, "{text:?}");
            assert_eq!(HeaderName::try_from(text.to_owned()).is_ok(), valid, "{text:?}");
            let from_str = std::panic::catch_unwind(|| text.into_header_name());
            let from_string = std::panic::catch_unwind(|| text.to_owned().into_header_name());
            assert_eq!(from_str.is_ok(), valid, "{text:?}");
            assert_eq!(from_string.is_ok(), valid, "{text:?}");
            let json = serde_json::to_string(text).unwrap();
            let parsed = serde_json::from_str::<HeaderName>(&json);
            assert_eq!(parsed.is_ok(), valid, "{text:?}");
            if let Ok(name) = parsed {
                assert_eq!(name, HeaderName::from_checked(text.as_bytes()));
                assert_eq!(serde_json::to_string(&name).unwrap(), json);
                assert_eq!((name.as_str(), name.to_string().as_str()), (text, text));
            }
        }
    }

    #[test]
    #[should_panic(expected = "invalid header name")]
    fn a_bad_name_panics_with_its_name() {
        "a b".into_header_name();
    }

    #[test]
    fn static_inline_and_long_names_are_equal() {
        use std::hash::{BuildHasher, RandomState};

        let hasher = RandomState::new();
        for text in ["a", "Nats-Stream", "Nats-Expected-Last-Subject-Sequence"] {
            let copied: HeaderName = text.parse().unwrap();
            let fixed = HeaderName::from_static(text);
            assert_eq!(copied, fixed);
            assert_eq!(hasher.hash_one(&copied), hasher.hash_one(&fixed));
        }
        let name = "Nats-Expected-Last-Subject-Sequence";
        let fixed = known(name.as_bytes()).unwrap();
        let parsed: HeaderName = name.parse().unwrap();
        assert_eq!(parsed.as_str().as_ptr(), fixed.as_ptr());
        assert_ne!("a".into_header_name(), "A".into_header_name());
    }
}
