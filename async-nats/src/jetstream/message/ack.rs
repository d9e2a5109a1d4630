//! What can be said to a consumer about a message.

use std::time::Duration;

use bytes::Bytes;

/// What is said to a consumer about a message.
#[derive(Clone, Copy, Debug)]
pub enum AckKind {
    /// It is done.
    Ack,
    /// It is to be delivered again: at once, or after this long.
    Nak(Option<Duration>),
    /// It is being worked on: the time that the consumer gives for an ack begins anew.
    Progress,
    /// It is done, and the next one is asked for.
    Next,
    /// It is not to be delivered again, although it is not done.
    Term,
}

/// The text by which a consumer is told.
impl From<AckKind> for Bytes {
    fn from(kind: AckKind) -> Self {
        match kind {
            AckKind::Ack => Bytes::from_static(b"+ACK"),
            AckKind::Nak(None) => Bytes::from_static(b"-NAK"),
            AckKind::Nak(Some(delay)) => Bytes::from(format!("-NAK {{\"delay\":{}}}", nanoseconds(delay))),
            AckKind::Progress => Bytes::from_static(b"+WPI"),
            AckKind::Next => Bytes::from_static(b"+NXT"),
            AckKind::Term => Bytes::from_static(b"+TERM"),
        }
    }
}

/// Servers read a delay as a number of 64 bits with a sign, and refuse the whole of what is larger: 292 years are as good.
fn nanoseconds(delay: Duration) -> i64 {
    i64::try_from(delay.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        for (kind, text) in [
            (AckKind::Ack, "+ACK"),
            (AckKind::Nak(None), "-NAK"),
            (
                AckKind::Nak(Some(Duration::from_millis(1500))),
                r#"-NAK {"delay":1500000000}"#,
            ),
            (AckKind::Nak(Some(Duration::ZERO)), r#"-NAK {"delay":0}"#),
            (
                AckKind::Nak(Some(Duration::MAX)),
                r#"-NAK {"delay":9223372036854775807}"#,
            ),
            (AckKind::Progress, "+WPI"),
            (AckKind::Next, "+NXT"),
            (AckKind::Term, "+TERM"),
        ] {
            assert_eq!(Bytes::from(kind), text, "{kind:?}");
        }
    }
}
