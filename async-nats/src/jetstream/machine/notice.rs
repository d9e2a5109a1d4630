//! What a consumer says with a status instead of a message.

use std::fmt;

use crate::header::HeaderMap;
use crate::message::Message;
use crate::status::StatusCode;

/// The server's words for a request that got all the bytes it asked for.
const COMPLETED: &str = "Batch Completed";

/// The server's words for a consumer that was deleted.
const CONSUMER_DELETED: &str = "Consumer Deleted";

/// The server's words for a pull from a consumer that pushes.
const PUSH_BASED: &str = "Consumer is push based";

/// How the server's words begin for a request that no consumer of these limits will ever serve.
const OVER_LIMIT: &str = "Exceeded MaxRequest";

/// The server's words for too many requests that wait.
const TOO_MANY: &str = "Exceeded MaxWaiting";

/// How the server's words begin when the next message is larger than what is left of the bytes that were asked for.
const TOO_LARGE: &str = "Message Size Exceeds";

/// What the consumer said.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Notice {
    /// It is there, and has nothing to send.
    Heartbeat {
        /// The last message that it had sent, by its own count.
        last_consumer: Option<u64>,
        /// A subject that an answer is to be sent to, because the consumer waits for one.
        stalled: Option<String>,
    },
    /// It wants to know whether what it sent was read: an answer is to be sent to the reply subject.
    FlowControl,
    /// A request ended as it was asked to: nothing is there, its time is over, or it got its bytes.
    Ended(Left),
    /// A request was ended because the consumer moves to another server.
    Moved(Left),
    /// A request ended because the next message was too large for what was left of it.
    TooLarge(Left),
    /// A request was not taken because too many wait already.
    TooMany,
    /// Another client is pinned.
    WrongPin(Left),
    /// The consumer was deleted.
    Deleted,
    /// The consumer is one that pushes.
    PushBased,
    /// The request asks for more than the consumer's configuration allows.
    OverLimit,
    /// The request is none.
    Bad,
    /// Nobody answers for the consumer.
    NoResponders,
    /// Something that this client does not know.
    Unknown,
}

/// What was left of a request that ended: messages and bytes; `None` when the server did not say.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Left(pub(crate) Option<(usize, usize)>);

impl Notice {
    /// What the message with this status says.
    pub(crate) fn read(status: StatusCode, message: &Message) -> Notice {
        let headers = message.headers.as_ref();
        let words = message.description.as_deref().unwrap_or_default();
        match status.as_u16() {
            100 if message.reply.is_some() => Notice::FlowControl,
            100 => Notice::Heartbeat {
                last_consumer: number(headers, "Nats-Last-Consumer"),
                stalled: text(headers, "Nats-Consumer-Stalled").map(str::to_owned),
            },
            400 => Notice::Bad,
            404 | 408 => Notice::Ended(Left::read(headers)),
            409 if words.eq_ignore_ascii_case(CONSUMER_DELETED) => Notice::Deleted,
            409 if words.eq_ignore_ascii_case(PUSH_BASED) => Notice::PushBased,
            409 if words.starts_with(OVER_LIMIT) => Notice::OverLimit,
            409 if words.starts_with(TOO_MANY) => Notice::TooMany,
            409 if words.starts_with(TOO_LARGE) => Notice::TooLarge(Left::read(headers)),
            409 if words.eq_ignore_ascii_case(COMPLETED) => Notice::Ended(Left::read(headers)),
            409 => Notice::Moved(Left::read(headers)),
            423 => Notice::WrongPin(Left::read(headers)),
            503 => Notice::NoResponders,
            _ => Notice::Unknown,
        }
    }
}

/// Whether a message comes from the consumer itself and not from the stream. A status alone does not say so: a publisher
/// can have put one into a message, but every message of a stream comes with the subject of its ack.
#[inline]
pub(crate) fn is_notice(message: &Message) -> bool {
    message.status.is_some()
        && !message
            .reply
            .as_ref()
            .is_some_and(|reply| reply.starts_with("$JS.ACK."))
}

impl Left {
    fn read(headers: Option<&HeaderMap>) -> Left {
        let messages = number(headers, "Nats-Pending-Messages");
        let bytes = number(headers, "Nats-Pending-Bytes");
        Left(messages.map(|messages| (amount(messages), amount(bytes.unwrap_or(0)))))
    }
}

fn amount(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn text<'a>(headers: Option<&'a HeaderMap>, name: &'static str) -> Option<&'a str> {
    headers?.get(name).map(|value| value.as_str())
}

fn number(headers: Option<&HeaderMap>, name: &'static str) -> Option<u64> {
    text(headers, name)?.parse().ok()
}

/// A status and the server's words for it, for the text of an error.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Words {
    status: StatusCode,
    text: Option<String>,
}

impl Words {
    /// Those of a message.
    pub(crate) fn of(status: StatusCode, message: &Message) -> Words {
        Words {
            status,
            text: message.description.clone(),
        }
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text.as_deref() {
            Some(text) => write!(f, "the server says {text:?} (status {})", self.status),
            None => write!(f, "the server says status {}", self.status),
        }
    }
}

impl std::error::Error for Words {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(code: u16, words: &str, headers: &[(&'static str, &str)], reply: Option<&str>) -> Notice {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, *value);
        }
        let message = Message {
            subject: "inbox".into(),
            reply: reply.map(Into::into),
            payload: Default::default(),
            headers: Some(map),
            status: StatusCode::from_u16(code).ok(),
            description: Some(words.to_owned()),
            length: 0,
        };
        Notice::read(message.status.unwrap(), &message)
    }

    const LEFT: [(&str, &str); 2] = [("Nats-Pending-Messages", "7"), ("Nats-Pending-Bytes", "90")];

    #[test]
    fn ends_of_requests() {
        let left = Left(Some((7, 90)));
        assert_eq!(read(404, "No Messages", &LEFT, None), Notice::Ended(left));
        assert_eq!(read(408, "Request Timeout", &LEFT, None), Notice::Ended(left));
        assert_eq!(read(408, "Interest Expired", &[], None), Notice::Ended(Left(None)));
        assert_eq!(read(409, "Leadership Change", &LEFT, None), Notice::Moved(left));
        assert_eq!(read(409, "Server Shutdown", &LEFT, None), Notice::Moved(left));
        assert_eq!(read(409, "Batch Completed", &LEFT, None), Notice::Ended(left));
        assert_eq!(
            read(409, "Message Size Exceeds MaxBytes", &LEFT, None),
            Notice::TooLarge(left)
        );
        assert_eq!(read(409, "Exceeded MaxWaiting", &[], None), Notice::TooMany);
        assert_eq!(read(423, "Nats-Wrong-Pin-Id", &LEFT, None), Notice::WrongPin(left));
    }

    #[test]
    fn ends_of_consumers() {
        assert_eq!(read(409, "Consumer Deleted", &[], None), Notice::Deleted);
        assert_eq!(read(409, "Consumer is push based", &[], None), Notice::PushBased);
        assert_eq!(read(409, "Exceeded MaxRequestBatch of 5", &[], None), Notice::OverLimit);
        assert_eq!(
            read(409, "Exceeded MaxRequestExpires of 1s", &[], None),
            Notice::OverLimit
        );
        assert_eq!(
            read(409, "Exceeded MaxRequestMaxBytes of 1", &[], None),
            Notice::OverLimit
        );
        assert_eq!(read(400, "Bad Request", &[], None), Notice::Bad);
        assert_eq!(read(503, "", &[], None), Notice::NoResponders);
        assert_eq!(read(999, "", &[], None), Notice::Unknown);
    }

    #[test]
    fn signs_of_life() {
        let headers = [("Nats-Last-Consumer", "5"), ("Nats-Consumer-Stalled", "$JS.FC.x")];
        assert_eq!(
            read(100, "Idle Heartbeat", &headers, None),
            Notice::Heartbeat {
                last_consumer: Some(5),
                stalled: Some("$JS.FC.x".into())
            }
        );
        assert_eq!(
            read(100, "Idle Heartbeat", &[("Nats-Last-Consumer", "many")], None),
            Notice::Heartbeat {
                last_consumer: None,
                stalled: None
            }
        );
        assert_eq!(
            read(100, "FlowControl Request", &[], Some("$JS.FC.x")),
            Notice::FlowControl
        );
    }

    #[test]
    fn counts_that_are_none_are_taken_for_none() {
        let headers = [("Nats-Pending-Messages", "-1"), ("Nats-Pending-Bytes", "9")];
        assert_eq!(read(408, "", &headers, None), Notice::Ended(Left(None)));
        let headers = [("Nats-Pending-Messages", "3"), ("Nats-Pending-Bytes", "x")];
        assert_eq!(read(408, "", &headers, None), Notice::Ended(Left(Some((3, 0)))));
    }

    /// Whoever may publish to a stream could end its readers otherwise.
    #[test]
    fn a_publisher_cannot_speak_for_the_consumer() {
        let said = |status: Option<StatusCode>, reply: Option<&str>| {
            is_notice(&Message {
                subject: "inbox".into(),
                reply: reply.map(Into::into),
                payload: Default::default(),
                headers: None,
                status,
                description: Some(CONSUMER_DELETED.to_owned()),
                length: 0,
            })
        };
        let status = Some(StatusCode::REQUEST_TERMINATED);
        assert!(said(status, None));
        assert!(said(status, Some("$JS.FC.s.c.x")));
        assert!(!said(status, Some("$JS.ACK.s.c.1.2.3.4.5")));
        assert!(!said(None, None));
    }

    #[test]
    fn words() {
        let words = Words {
            status: StatusCode::REQUEST_TERMINATED,
            text: Some("Consumer Deleted".into()),
        };
        assert_eq!(words.to_string(), r#"the server says "Consumer Deleted" (status 409)"#);
    }
}
