//! Where in its stream and in its consumer a message stands: two numbers in its reply subject.
//!
//! The subject is `$JS.ACK.<stream>.<consumer>.<delivered>.<stream sequence>.<consumer sequence>.<time>.<pending>`, or that
//! with a domain and the hash of an account before the stream and any number of tokens after the rest. Only the two
//! numbers are read here, for readers that check the order of each message.

use memchr::memchr_iter;

/// Tokens of the short form.
const SHORT: usize = 9;

/// Tokens of the long form, at least.
const LONG: usize = 11;

/// Where a message stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Place {
    /// The sequence in the stream.
    pub(crate) stream: u64,
    /// How many messages the consumer had sent with this one.
    pub(crate) consumer: u64,
}

impl Place {
    /// What `reply` says; `None` when it is not the reply subject of a consumer's message.
    pub(crate) fn read(reply: &str) -> Option<Place> {
        let text = reply.as_bytes();
        if !text.starts_with(b"$JS.ACK.") {
            return None;
        }
        let mut ends = [0; LONG];
        let mut tokens = 0;
        for end in memchr_iter(b'.', text).chain([text.len()]).take(LONG) {
            ends[tokens] = end;
            tokens += 1;
        }
        let stream_at = match tokens {
            SHORT => 5,
            LONG => 7,
            _ => return None,
        };
        let token = |at: usize| &text[ends[at - 1] + 1..ends[at]];
        Some(Place {
            stream: number(token(stream_at))?,
            consumer: number(token(stream_at + 1))?,
        })
    }
}

fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u64, |number, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        number.checked_mul(10)?.checked_add(digit.into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        let place = Some(Place {
            stream: 22,
            consumer: 33,
        });
        assert_eq!(Place::read("$JS.ACK.s.c.1.22.33.1700000000000000000.5"), place);
        assert_eq!(Place::read("$JS.ACK.hub.hash.s.c.1.22.33.1700000000000000000.5"), place);
        assert_eq!(
            Place::read("$JS.ACK._.hash.s.c.1.22.33.1700000000000000000.5.token"),
            place
        );
        assert_eq!(Place::read("$JS.ACK._.hash.s.c.1.22.33.1.5.a.b.c"), place);
    }

    #[test]
    fn what_is_neither() {
        for reply in [
            "",
            "_INBOX.x",
            "$JS.ACK.",
            "$JS.ACK.s.c.1.22.33.1",
            "$JS.ACK.d.s.c.1.22.33.1.5",
            "$JS.ACK.s.c.1.x.33.1.5",
            "$JS.ACK.s.c.1..33.1.5",
            "$JS.ACK.s.c.1.22.99999999999999999999.1.5",
            "$JS.NAK.s.c.1.22.33.1.5",
        ] {
            assert_eq!(Place::read(reply), None, "{reply:?}");
        }
    }

    #[test]
    fn the_largest_numbers() {
        let reply = format!("$JS.ACK.s.c.1.{0}.{0}.1.5", u64::MAX);
        let place = Place::read(&reply).unwrap();
        assert_eq!((place.stream, place.consumer), (u64::MAX, u64::MAX));
    }
}
