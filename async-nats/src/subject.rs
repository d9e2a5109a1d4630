//! Subjects: the names that messages are published to and subscriptions listen on.
//!
//! [`Subject`] is a cheap, immutable string: a [`Bytes`] that is known to be UTF-8, so a clone copies nothing and a
//! subject can share the buffer that it was read into. [`ToSubject`] is what the client's functions accept.
//!
//! The rules for what may stand on a control line live here too, as plain functions over text. Whether a subject is
//! checked at all, and what a violation means, is left to the callers.

// Two functions rely on the bytes of a `Subject` being UTF-8 instead of checking them again on every access, and the
// public `from_bytes_unchecked` hands that duty to its caller. Each use has its proof beside it.
#![allow(unsafe_code)]

use std::fmt;
use std::ops::Deref;
use std::str::Utf8Error;

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[cfg(test)]
mod tests;

/// Why a text is not a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubjectError {
    /// The text is empty, has an empty token (a dot at either end, or two in a row), or contains a space, a tab, a
    /// carriage return or a line feed.
    InvalidFormat,
}

impl fmt::Display for SubjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SubjectError::InvalidFormat => f.write_str("invalid subject format"),
        }
    }
}

impl std::error::Error for SubjectError {}

/// A subject: immutable text, cheap to clone, always valid UTF-8.
///
/// Being a `Subject` says nothing about the rules of the protocol: any text can be turned into one, and functions of
/// the client that take a subject check it. [`Subject::validated`] and [`Subject::is_valid`] apply the rules directly.
///
/// Subjects compare and order by their bytes.
///
/// ```
/// use async_nats::Subject;
///
/// let subject = Subject::from("orders.eu.created");
/// assert!(subject.starts_with("orders."));
/// assert!(subject.is_valid());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    // Invariant: UTF-8. Nothing outside this file can reach the field, and `Bytes` cannot be changed in place.
    bytes: Bytes,
}

impl Subject {
    /// Wraps bytes without looking at them.
    ///
    /// # Safety
    ///
    /// `bytes` must be valid UTF-8: everything that reads the subject as text relies on it.
    ///
    /// ```
    /// use async_nats::Subject;
    /// use bytes::Bytes;
    ///
    /// // SAFETY: the literal is ASCII.
    /// let subject = unsafe { Subject::from_bytes_unchecked(Bytes::from_static(b"time.us")) };
    /// assert_eq!(subject.as_str(), "time.us");
    /// ```
    pub const unsafe fn from_bytes_unchecked(bytes: Bytes) -> Self {
        Subject { bytes }
    }

    /// Wraps a static string; copies and allocates nothing. The rules for subjects are not checked: see
    /// [`Subject::from_static_validated`].
    ///
    /// ```
    /// use async_nats::Subject;
    ///
    /// const TIME: Subject = Subject::from_static("time.us");
    /// assert_eq!(TIME.as_str(), "time.us");
    /// ```
    pub const fn from_static(input: &'static str) -> Self {
        Subject {
            bytes: Bytes::from_static(input.as_bytes()),
        }
    }

    /// Takes bytes over as a subject, without a copy.
    ///
    /// # Errors
    ///
    /// When the bytes are not valid UTF-8.
    ///
    /// ```
    /// use async_nats::Subject;
    ///
    /// assert_eq!(Subject::from_utf8(b"time.us".to_vec())?.as_str(), "time.us");
    /// assert!(Subject::from_utf8(vec![0xff]).is_err());
    /// # Ok::<(), std::str::Utf8Error>(())
    /// ```
    pub fn from_utf8<T>(input: T) -> Result<Self, Utf8Error>
    where
        T: Into<Bytes>,
    {
        let bytes = input.into();
        std::str::from_utf8(&bytes)?;
        Ok(Subject { bytes })
    }

    /// The subject as text.
    ///
    /// ```
    /// assert_eq!(async_nats::Subject::from("time.us").as_str(), "time.us");
    /// ```
    #[inline]
    pub fn as_str(&self) -> &str {
        self
    }

    /// Turns the subject into a `String`. Copies only when the bytes are static or shared with something else.
    ///
    /// ```
    /// assert_eq!(async_nats::Subject::from("time.us").into_string(), "time.us");
    /// ```
    pub fn into_string(self) -> String {
        // SAFETY: the bytes of a subject are UTF-8, by the invariant of the field.
        unsafe { String::from_utf8_unchecked(self.bytes.into()) }
    }

    /// Whether this is a subject that can be subscribed to: not empty, no empty token, and no space, tab, carriage
    /// return or line feed.
    ///
    /// ```
    /// use async_nats::Subject;
    ///
    /// assert!(Subject::from("orders.*.created").is_valid());
    /// assert!(!Subject::from("orders..created").is_valid());
    /// ```
    #[inline]
    pub fn is_valid(&self) -> bool {
        is_subscribable(self)
    }

    /// Copies text into a subject, after checking that it is one.
    ///
    /// # Errors
    ///
    /// [`SubjectError::InvalidFormat`] when [`Subject::is_valid`] would be false.
    ///
    /// ```
    /// use async_nats::Subject;
    ///
    /// assert!(Subject::validated("orders.created").is_ok());
    /// assert!(Subject::validated("orders created").is_err());
    /// ```
    pub fn validated(s: impl AsRef<str>) -> Result<Subject, SubjectError> {
        let text = s.as_ref();
        if is_subscribable(text) {
            Ok(Subject::from(text))
        } else {
            Err(SubjectError::InvalidFormat)
        }
    }

    /// Wraps a static string and checks it while the program is compiled, when used in a constant.
    ///
    /// # Panics
    ///
    /// When [`Subject::is_valid`] would be false. In a constant, that is an error of the compiler.
    ///
    /// ```
    /// use async_nats::Subject;
    ///
    /// const CREATED: Subject = Subject::from_static_validated("orders.created");
    /// ```
    ///
    /// ```compile_fail
    /// use async_nats::Subject;
    ///
    /// const CREATED: Subject = Subject::from_static_validated("orders created");
    /// ```
    pub const fn from_static_validated(subject: &'static str) -> Self {
        let bytes = subject.as_bytes();
        assert!(!bytes.is_empty(), "a subject needs at least one character");
        // The place before the first byte counts as a dot, so that a leading dot ends an empty token.
        let mut after_dot = true;
        let mut at = 0;
        while at < bytes.len() {
            let byte = bytes[at];
            assert!(!is_blank(byte), "a subject has no space, tab, CR or LF in it");
            assert!(
                !(after_dot && byte == b'.'),
                "a subject has no empty token: a dot at its start, or two dots in a row"
            );
            after_dot = byte == b'.';
            at += 1;
        }
        assert!(!after_dot, "a subject does not end in a dot");
        Subject::from_static(subject)
    }
}

impl<'a> From<&'a str> for Subject {
    fn from(s: &'a str) -> Self {
        Subject {
            bytes: Bytes::copy_from_slice(s.as_bytes()),
        }
    }
}

impl From<String> for Subject {
    fn from(s: String) -> Self {
        Subject { bytes: Bytes::from(s) }
    }
}

impl TryFrom<Bytes> for Subject {
    type Error = Utf8Error;

    fn try_from(bytes: Bytes) -> Result<Self, Self::Error> {
        Subject::from_utf8(bytes)
    }
}

impl AsRef<str> for Subject {
    fn as_ref(&self) -> &str {
        self
    }
}

impl Deref for Subject {
    type Target = str;

    #[inline]
    fn deref(&self) -> &Self::Target {
        // SAFETY: the bytes of a subject are UTF-8, by the invariant of the field: every constructor takes them from
        // a `str` or a `String`, checks them, or is unsafe and demands it.
        unsafe { std::str::from_utf8_unchecked(&self.bytes) }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Subject::from)
    }
}

/// What the functions of the client accept where they need a subject.
///
/// ```
/// use async_nats::ToSubject;
///
/// assert_eq!("time.us".to_subject(), String::from("time.us").to_subject());
/// ```
pub trait ToSubject {
    /// The subject. Static strings and subjects are not copied.
    fn to_subject(&self) -> Subject;
}

impl ToSubject for Subject {
    fn to_subject(&self) -> Subject {
        self.clone()
    }
}

impl ToSubject for &'static str {
    fn to_subject(&self) -> Subject {
        Subject::from_static(self)
    }
}

impl ToSubject for String {
    fn to_subject(&self) -> Subject {
        Subject::from(self.as_str())
    }
}

/// Whether a message may be published to this subject: it stands on the control line as one argument.
#[inline]
pub(crate) fn is_publishable(subject: &str) -> bool {
    is_line_safe(subject.as_bytes())
}

/// Whether this subject may be subscribed to: publishable, and without an empty token.
#[inline]
pub(crate) fn is_subscribable(subject: &str) -> bool {
    let bytes = subject.as_bytes();
    let mut after_dot = true;
    for &byte in bytes {
        if is_blank(byte) || (after_dot && byte == b'.') {
            return false;
        }
        after_dot = byte == b'.';
    }
    // An empty text never leaves the place before the first byte, which counts as a dot.
    !after_dot
}

/// Whether this is a name for a queue group.
#[inline]
pub(crate) fn is_queue_group(name: &str) -> bool {
    is_line_safe(name.as_bytes())
}

/// Whether the bytes can stand on a control line as exactly one argument: not empty, and none of the bytes by which
/// the server splits a line. This is the check that is never skipped.
#[inline]
pub(crate) fn is_line_safe(bytes: &[u8]) -> bool {
    const WORD: usize = size_of::<u64>();
    if bytes.len() < WORD {
        return !bytes.is_empty() && !bytes.iter().any(|&byte| is_blank(byte));
    }
    let (words, _) = bytes.as_chunks::<WORD>();
    let mut suspect = 0;
    for word in words {
        suspect |= control_or_space(u64::from_le_bytes(*word));
    }
    // The last bytes, which may not fill a word, are looked at together with some that were seen before.
    if let Some(tail) = bytes.last_chunk::<WORD>() {
        suspect |= control_or_space(u64::from_le_bytes(*tail));
    }
    // Control characters other than those three are allowed, if odd: look again, one by one.
    suspect == 0 || !bytes.iter().any(|&byte| is_blank(byte))
}

/// Not zero when any of the eight bytes is below 0x21.
#[inline]
const fn control_or_space(word: u64) -> u64 {
    const EACH: u64 = u64::from_le_bytes([1; 8]);
    word.wrapping_sub(EACH * 0x21) & !word & (EACH * 0x80)
}

/// The bytes by which the server splits the arguments of a control line, or ends it.
#[inline]
const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}
