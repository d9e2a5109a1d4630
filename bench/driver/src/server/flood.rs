//! Floods: messages to all subscriptions below one subject in turn, made once and written again and again.

use bench_common::{Settings, DATA, HEADERS};

use super::subscriptions::Subscriptions;

/// What is written at a time is at least so long: enough that a system call costs nothing a message.
const BLOCK: usize = 256 * 1024;

/// A flood that is under way.
pub(super) struct Flood {
    /// One or more turns through all subscriptions.
    block: Vec<u8>,
    /// Where each message of the block ends.
    ends: Vec<usize>,
    /// How many messages are still to be sent; `None` for as many as the client takes.
    left: Option<usize>,
    sent: u64,
    pace: Option<Pace>,
}

/// Keeps a flood from running away from the client, so that no subscription overflows: the client publishes a message, a
/// credit, whenever it has handled so many.
struct Pace {
    /// Messages that a credit stands for.
    credit: u64,
    /// How many messages may be sent beyond those that credits stand for.
    ahead: u64,
}

/// What there is to do for a flood.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next<'a> {
    /// Write this.
    Write(&'a [u8]),
    /// Wait for a credit.
    Wait,
    /// Nothing: everything was sent.
    End,
}

impl Flood {
    /// Makes a flood of messages with `size` bytes, with `headers` or without, `count` of them or (0) without end; when
    /// `credit` is set, paced.
    pub(super) fn make(settings: &Settings, subscriptions: &Subscriptions) -> Result<Self, String> {
        let size = settings.number("size", 16)?;
        let headers = settings.number("headers", 0)? != 0;
        let count = settings.number("count", 0)?;
        let turn: Vec<(u64, &[u8])> = subscriptions.below(DATA).collect();
        if turn.is_empty() {
            return Err(format!("a flood was asked for with no subscription below {DATA}"));
        }
        let (mut block, mut ends) = (Vec::with_capacity(BLOCK), Vec::new());
        while block.len() < BLOCK {
            for (sid, subject) in &turn {
                message(&mut block, *sid, subject, headers, size);
                ends.push(block.len());
            }
        }
        let pace = match settings.number("credit", 0)? as u64 {
            0 => None,
            // With less, a block would never fit.
            credit => Some(Pace {
                credit,
                ahead: (settings.number("ahead", 0)? as u64).max(2 * ends.len() as u64),
            }),
        };
        Ok(Self {
            block,
            ends,
            left: (count > 0).then_some(count),
            sent: 0,
            pace,
        })
    }

    /// Says what to do next, after so many credits; what is to be written counts as sent.
    pub(super) fn next(&mut self, credits: u64) -> Next<'_> {
        let now = self.left.map_or(self.ends.len(), |left| left.min(self.ends.len()));
        if now == 0 {
            return Next::End;
        }
        let goes_too_far = |pace: &Pace| self.sent + now as u64 > credits * pace.credit + pace.ahead;
        if self.pace.as_ref().is_some_and(goes_too_far) {
            return Next::Wait;
        }
        self.sent += now as u64;
        self.left = self.left.map(|left| left - now);
        Next::Write(&self.block[..self.ends[now - 1]])
    }
}

/// Appends one message, with the headers of all workloads that have some.
pub(super) fn message(block: &mut Vec<u8>, sid: u64, subject: &[u8], headers: bool, size: usize) {
    let head = if headers { head() } else { String::new() };
    block.extend_from_slice(if headers { b"HMSG " } else { b"MSG " });
    block.extend_from_slice(subject);
    if headers {
        block.extend_from_slice(format!(" {sid} {} {}\r\n", head.len(), head.len() + size).as_bytes());
    } else {
        block.extend_from_slice(format!(" {sid} {size}\r\n").as_bytes());
    }
    block.extend_from_slice(head.as_bytes());
    block.resize(block.len() + size, b'x');
    block.extend_from_slice(b"\r\n");
}

fn head() -> String {
    let lines: String = HEADERS
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    format!("NATS/1.0\r\n{lines}\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_as_the_protocol_has_it() {
        let mut block = Vec::new();
        message(&mut block, 7, b"a.b", false, 3);
        assert_eq!(block, b"MSG a.b 7 3\r\nxxx\r\n");
        block.clear();
        message(&mut block, 7, b"a.b", true, 3);
        let text = String::from_utf8(block).expect("all of it is ASCII");
        let head = head();
        assert_eq!(
            text,
            format!("HMSG a.b 7 {} {}\r\n{head}xxx\r\n", head.len(), head.len() + 3)
        );
    }

    fn flood(settings: &Settings) -> Flood {
        let mut subscriptions = Subscriptions::default();
        for sid in 1..=3 {
            subscriptions.add(sid, format!("{DATA}.{sid}").as_bytes());
        }
        Flood::make(settings, &subscriptions).expect("there are subscriptions")
    }

    fn messages(bytes: &[u8]) -> usize {
        bytes.windows(4).filter(|window| window == b"MSG ").count()
    }

    #[test]
    fn a_flood_with_an_end_has_so_many_messages_and_no_more() {
        for count in [1, 3, 50_000] {
            let mut flood = flood(&Settings::new("receive").with("size", 16).with("count", count));
            let mut written = Vec::new();
            while let Next::Write(bytes) = flood.next(0) {
                written.extend_from_slice(bytes);
            }
            assert_eq!(flood.next(0), Next::End);
            assert_eq!(messages(&written), count);
            assert!(written.ends_with(b"\r\n"));
        }
    }

    #[test]
    fn a_paced_flood_waits_for_credits_and_never_gets_further_ahead_than_it_may() {
        let (credit, ahead) = (1000, 30_000);
        let mut flood = flood(&Settings::new("receive").with("credit", credit).with("ahead", ahead));
        let mut sent = 0;
        for credits in 0..200 {
            while let Next::Write(bytes) = flood.next(credits) {
                sent += messages(bytes) as u64;
            }
            assert_eq!(flood.next(credits), Next::Wait);
            assert!(sent <= credits * credit + ahead, "{sent} after {credits} credits");
        }
        assert!(sent > 199 * credit, "only {sent} were sent");
    }

    #[test]
    fn a_flood_without_a_pace_never_waits() {
        let mut flood = flood(&Settings::new("receive"));
        assert!((0..1000).all(|_| matches!(flood.next(0), Next::Write(_))));
    }
}
