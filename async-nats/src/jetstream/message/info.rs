//! [`Info`]: what a consumer says about a message in its reply subject.
//!
//! There are two forms: `$JS.ACK.<stream>.<consumer>.<delivered>.<stream sequence>.<consumer sequence>.<time>.<pending>`, and
//! one with the domain and a hash of the account in front of the stream, which may have more tokens at its end. Nothing is
//! allocated to read one.

use std::fmt;
use std::str::{FromStr, Split};

use crate::datetime::{self, DateTime};

/// What ack subjects begin with.
const PREFIX: &str = "$JS.ACK.";

/// Tokens of the short form, after the prefix.
const SHORT: usize = 7;

/// Tokens that the long form has at least, after the prefix.
const LONG: usize = 9;

/// In the place of a domain: there is none.
const NO_DOMAIN: &str = "_";

/// What a consumer says about a message that it has delivered.
#[derive(Clone, Debug)]
pub struct Info<'a> {
    /// The JetStream domain of the stream, if it has one.
    pub domain: Option<&'a str>,
    /// A hash of the account of the stream; not from older servers.
    pub acc_hash: Option<&'a str>,
    /// The stream.
    pub stream: &'a str,
    /// The consumer.
    pub consumer: &'a str,
    /// The sequence of the message in the stream.
    pub stream_sequence: u64,
    /// The sequence of this delivery at the consumer.
    pub consumer_sequence: u64,
    /// How often the message was delivered, this time included.
    pub delivered: i64,
    /// Messages that the consumer has still to deliver.
    pub pending: u64,
    /// When the message was stored.
    pub published: DateTime,
    /// What the server put behind all that; nothing so far but random characters.
    pub token: Option<&'a str>,
}

impl<'a> Info<'a> {
    /// Reads the reply subject of a message.
    pub(crate) fn parse(reply: &'a str) -> Result<Info<'a>, NotAnAckSubject> {
        let rest = reply.strip_prefix(PREFIX).ok_or(NotAnAckSubject::OtherPrefix)?;
        let dots = memchr::memchr_iter(b'.', rest.as_bytes()).count();
        let mut tokens = rest.split('.');
        let (domain, acc_hash) = match dots + 1 {
            SHORT => (None, None),
            LONG.. => {
                let domain = next(&mut tokens)?;
                (
                    Some(domain).filter(|domain| *domain != NO_DOMAIN),
                    Some(next(&mut tokens)?),
                )
            }
            other => return Err(NotAnAckSubject::Tokens(other)),
        };
        Ok(Info {
            domain,
            acc_hash,
            stream: next(&mut tokens)?,
            consumer: next(&mut tokens)?,
            delivered: number(&mut tokens, "the number of deliveries")?,
            stream_sequence: number(&mut tokens, "the sequence in the stream")?,
            consumer_sequence: number(&mut tokens, "the sequence at the consumer")?,
            published: {
                let nanoseconds: i64 = number(&mut tokens, "the time")?;
                datetime::from_nanos(nanoseconds.into()).map_err(|_| NotAnAckSubject::Number("the time"))?
            },
            pending: number(&mut tokens, "the number of messages to come")?,
            token: tokens.next(),
        })
    }
}

fn next<'a>(tokens: &mut Split<'a, char>) -> Result<&'a str, NotAnAckSubject> {
    // As many tokens as are asked for were counted before.
    tokens.next().ok_or(NotAnAckSubject::Tokens(0))
}

fn number<T: FromStr>(tokens: &mut Split<'_, char>, what: &'static str) -> Result<T, NotAnAckSubject> {
    next(tokens)?.parse().map_err(|_| NotAnAckSubject::Number(what))
}

/// Why a reply subject is not that of a consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotAnAckSubject {
    Missing,
    OtherPrefix,
    Tokens(usize),
    Number(&'static str),
}

impl fmt::Display for NotAnAckSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("the message has no reply subject: it does not come from a consumer"),
            Self::OtherPrefix => write!(
                f,
                "the reply subject does not begin with {PREFIX:?}: the message does not come from a consumer"
            ),
            Self::Tokens(tokens) => write!(
                f,
                "the reply subject has {tokens} tokens behind {PREFIX:?}, and not {SHORT}, nor {LONG} or more"
            ),
            Self::Number(what) => write!(f, "{what} in the reply subject is no number in its range"),
        }
    }
}

impl std::error::Error for NotAnAckSubject {}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: &str = "1605139610113260000";

    #[test]
    fn the_short_form() {
        let reply = format!("$JS.ACK.events.worker.3.100.20.{TIME}.5");
        let info = Info::parse(&reply).expect("it is one");
        assert_eq!((info.domain, info.acc_hash, info.token), (None, None, None));
        assert_eq!((info.stream, info.consumer), ("events", "worker"));
        assert_eq!((info.delivered, info.pending), (3, 5));
        assert_eq!((info.stream_sequence, info.consumer_sequence), (100, 20));
        assert_eq!(
            info.published,
            datetime::from_nanos(1_605_139_610_113_260_000).expect("a time")
        );
    }

    #[test]
    fn the_long_form_with_any_number_of_tokens() {
        for (end, token) in [
            ("", None),
            (".rAnDoM", Some("rAnDoM")),
            (".rAnDoM.more", Some("rAnDoM")),
            (".rAnDoM.more.and.more", Some("rAnDoM")),
        ] {
            let reply = format!("$JS.ACK.hub.ACCHASH.events.worker.1.18446744073709551615.2.{TIME}.0{end}");
            let info = Info::parse(&reply).expect("it is one");
            assert_eq!((info.domain, info.acc_hash), (Some("hub"), Some("ACCHASH")));
            assert_eq!((info.stream, info.consumer), ("events", "worker"));
            assert_eq!((info.delivered, info.pending), (1, 0));
            assert_eq!((info.stream_sequence, info.consumer_sequence), (u64::MAX, 2));
            assert_eq!(info.token, token);
        }
        let reply = format!("$JS.ACK._.ACCHASH.events.worker.1.1.2.{TIME}.0");
        assert_eq!(Info::parse(&reply).expect("it is one").domain, None);
    }

    #[test]
    fn what_is_not_one() {
        use NotAnAckSubject::{Number, OtherPrefix, Tokens};
        for (reply, fault) in [
            ("", OtherPrefix),
            ("_INBOX.a.b", OtherPrefix),
            ("$JS.ACK", OtherPrefix),
            ("$JS.ACK.", Tokens(1)),
            ("$JS.ACK.events.worker.3.100.20.1", Tokens(6)),
            ("$JS.ACK.hub.events.worker.3.100.20.1.5", Tokens(8)),
            ("$JS.ACK.events.worker.x.100.20.1.5", Number("the number of deliveries")),
            (
                "$JS.ACK.events.worker.1.-1.20.1.5",
                Number("the sequence in the stream"),
            ),
            (
                "$JS.ACK.events.worker.1.1.18446744073709551616.1.5",
                Number("the sequence at the consumer"),
            ),
            ("$JS.ACK.events.worker.1.1.1.9223372036854775808.5", Number("the time")),
            ("$JS.ACK.events.worker.1.1.1..5", Number("the time")),
            (
                "$JS.ACK.events.worker.1.1.1.1.",
                Number("the number of messages to come"),
            ),
        ] {
            let error = Info::parse(reply).expect_err(reply);
            assert_eq!(error, fault, "{reply}");
            assert!(error.to_string().contains("reply subject"), "{error}");
        }
    }
}
