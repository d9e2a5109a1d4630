//! Floods: messages to all subscriptions below one subject in turn, made once and written again and again.

use std::io::{self, Write};

use bench_common::{Settings, DATA, HEADERS};

use super::subscriptions::Subscriptions;

/// What is written at a time is at least so long: enough that a system call costs nothing a message.
const BLOCK: usize = 256 * 1024;

/// A flood that is ready to be written.
pub(super) struct Flood {
    /// One or more turns through all subscriptions.
    block: Vec<u8>,
    /// Where each message of the block ends.
    ends: Vec<usize>,
    /// How many messages are sent; `None` for as many as the client takes.
    count: Option<usize>,
}

impl Flood {
    /// Makes a flood of messages with `size` bytes, with `headers` or without, `count` of them or (0) without end.
    pub(super) fn make(settings: &Settings, subscriptions: &Subscriptions) -> Result<Self, String> {
        let size = settings.number("size", 16)?;
        let headers = settings.number("headers", 0)? != 0;
        let count = settings.number("count", 0)?;
        let turn: Vec<(u64, &[u8])> = subscriptions.below(DATA).collect();
        if turn.is_empty() {
            return Err(format!(
                "a flood was asked for with no subscription below {DATA}"
            ));
        }
        let (mut block, mut ends) = (Vec::with_capacity(BLOCK), Vec::new());
        while block.len() < BLOCK {
            for (sid, subject) in &turn {
                message(&mut block, *sid, subject, headers, size);
                ends.push(block.len());
            }
        }
        Ok(Self {
            block,
            ends,
            count: (count > 0).then_some(count),
        })
    }

    /// Writes it all. A client that goes away in the middle of a flood without end has had what it wanted.
    pub(super) fn write(&self, socket: &mut impl Write) -> io::Result<()> {
        let Some(mut left) = self.count else {
            while socket.write_all(&self.block).is_ok() {}
            return Ok(());
        };
        while left > 0 {
            let now = left.min(self.ends.len());
            socket.write_all(&self.block[..self.ends[now - 1]])?;
            left -= now;
        }
        socket.flush()
    }
}

/// Appends one message, with the headers of all workloads that have some.
pub(super) fn message(block: &mut Vec<u8>, sid: u64, subject: &[u8], headers: bool, size: usize) {
    let head = if headers { head() } else { String::new() };
    block.extend_from_slice(if headers { b"HMSG " } else { b"MSG " });
    block.extend_from_slice(subject);
    if headers {
        block.extend_from_slice(
            format!(" {sid} {} {}\r\n", head.len(), head.len() + size).as_bytes(),
        );
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
            format!(
                "HMSG a.b 7 {} {}\r\n{head}xxx\r\n",
                head.len(),
                head.len() + 3
            )
        );
    }

    #[test]
    fn a_flood_with_an_end_has_so_many_messages_and_no_more() {
        let mut subscriptions = Subscriptions::default();
        for sid in 1..=3 {
            subscriptions.add(sid, format!("{DATA}.{sid}").as_bytes());
        }
        for count in [1, 3, 50_000] {
            let settings = Settings::new("receive")
                .with("size", 16)
                .with("count", count);
            let flood = Flood::make(&settings, &subscriptions).expect("there are subscriptions");
            let mut written = Vec::new();
            flood.write(&mut written).expect("memory takes everything");
            let messages = written
                .windows(4)
                .filter(|window| window == b"MSG ")
                .count();
            assert_eq!(messages, count);
            assert!(written.ends_with(b"\r\n"));
        }
    }

    #[test]
    fn a_flood_without_an_end_ends_with_its_client() {
        struct Closes(usize);
        impl Write for Closes {
            fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
                self.0 = self.0.checked_sub(1).ok_or(io::ErrorKind::BrokenPipe)?;
                Ok(buffer.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut subscriptions = Subscriptions::default();
        subscriptions.add(1, format!("{DATA}.0").as_bytes());
        let flood = Flood::make(&Settings::new("receive"), &subscriptions)
            .expect("there is a subscription");
        assert!(flood.write(&mut Closes(10)).is_ok());
    }
}
