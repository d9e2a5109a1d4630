//! [`StreamMessage`]: a message as a stream has it, read without a consumer.

use std::fmt;

use bytes::Bytes;

use crate::datetime::{self, DateTime};
use crate::error::Error;
use crate::header::{self, HeaderMap, HeaderName};
use crate::message;
use crate::subject::Subject;

/// A message as a stream has it.
#[derive(Clone, Debug)]
pub struct StreamMessage {
    /// The subject that it was published to.
    pub subject: Subject,
    /// Its sequence in the stream.
    pub sequence: u64,
    /// Its headers. Read by a direct get, they have those by which the server says what it is.
    pub headers: HeaderMap,
    /// Its payload.
    pub payload: Bytes,
    /// When it was stored.
    pub time: DateTime,
}

/// The answer to a direct get: headers of the server's say which message it is.
impl TryFrom<message::Message> for StreamMessage {
    type Error = StreamMessageError;

    fn try_from(message: message::Message) -> Result<Self, Self::Error> {
        let headers = message.headers.unwrap_or_default();
        let sequence = required(&headers, header::NATS_SEQUENCE)?;
        let sequence = sequence
            .parse()
            .map_err(|error| unreadable("sequence", sequence, error))?;
        let time = required(&headers, header::NATS_TIME_STAMP)?;
        let time = datetime::parse_rfc3339(time).map_err(|error| unreadable("time", time, error))?;
        let subject = Subject::from(required(&headers, header::NATS_SUBJECT)?);
        Ok(StreamMessage {
            subject,
            sequence,
            headers,
            payload: message.payload,
            time,
        })
    }
}

/// The last value of a header, which is the server's own: those of the publisher stand before it.
fn required(headers: &HeaderMap, name: HeaderName) -> Result<&str, StreamMessageError> {
    let value = headers.get_last(name.clone());
    value.map(|value| value.as_str()).ok_or_else(|| {
        let text = format!("the message has no header {name}, which comes with every message from a stream");
        StreamMessageError::with_source(StreamMessageErrorKind::MissingHeader, text)
    })
}

fn unreadable(what: &str, value: &str, error: impl fmt::Display) -> StreamMessageError {
    let text = format!("the {what} {value:?} in the headers cannot be read: {error}");
    StreamMessageError::with_source(StreamMessageErrorKind::ParseError, text)
}

/// Why a message is not one from a stream.
pub type StreamMessageError = Error<StreamMessageErrorKind>;

/// The kinds of [`StreamMessageError`].
#[derive(Clone, Debug, PartialEq)]
pub enum StreamMessageErrorKind {
    /// It lacks a header that comes with every message from a stream.
    MissingHeader,
    /// One of these headers cannot be read.
    ParseError,
}

impl fmt::Display for StreamMessageErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MissingHeader => "missing message header",
            Self::ParseError => "parse error",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(headers: &[(&str, &str)]) -> message::Message {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (name.parse().expect("a name"), (*value).into()))
            .collect();
        message::Message {
            subject: "_INBOX.a.b".into(),
            reply: None,
            payload: "data".into(),
            headers: Some(headers),
            status: None,
            description: None,
            length: 0,
        }
    }

    const GOOD: [(&str, &str); 5] = [
        ("Nats-Stream", "S"),
        ("Nats-Subject", "events.login"),
        ("Nats-Sequence", "7"),
        ("Nats-Time-Stamp", "2026-11-25T03:00:00.5Z"),
        ("Own", "value"),
    ];

    #[test]
    fn the_answer_to_a_direct_get() {
        let stored = StreamMessage::try_from(message(&GOOD)).expect("all headers are there");
        assert_eq!(stored.subject.as_str(), "events.login");
        assert_eq!(stored.sequence, 7);
        assert_eq!(stored.payload, "data");
        assert_eq!(
            stored.time,
            datetime::from_nanos(1_795_575_600_500_000_000).expect("a time")
        );
        assert_eq!(stored.headers.get("Own").map(|value| value.as_str()), Some("value"));
    }

    #[test]
    fn the_last_of_several_values_is_the_servers() {
        let mut twice = GOOD.to_vec();
        twice.insert(0, ("Nats-Sequence", "the publisher's"));
        let stored = StreamMessage::try_from(message(&twice)).expect("the server's is last");
        assert_eq!(stored.sequence, 7);
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        for name in ["Nats-Subject", "Nats-Sequence", "Nats-Time-Stamp"] {
            let without: Vec<_> = GOOD.into_iter().filter(|(other, _)| *other != name).collect();
            let error = StreamMessage::try_from(message(&without)).expect_err(name);
            assert_eq!(error.kind(), StreamMessageErrorKind::MissingHeader);
            assert!(error.to_string().contains(name), "{error}");
        }
        for (name, value) in [("Nats-Sequence", "-1"), ("Nats-Time-Stamp", "yesterday")] {
            let wrong: Vec<_> = GOOD
                .into_iter()
                .map(|(other, good)| (other, if other == name { value } else { good }))
                .collect();
            let error = StreamMessage::try_from(message(&wrong)).expect_err(name);
            assert_eq!(error.kind(), StreamMessageErrorKind::ParseError);
            assert!(error.to_string().contains(value), "{error}");
        }
        let none = message::Message {
            headers: None,
            ..message(&[])
        };
        let error = StreamMessage::try_from(none).expect_err("no headers");
        assert_eq!(error.kind(), StreamMessageErrorKind::MissingHeader);
    }
}
