//! What was said between a scripted peer and its client, for the text of a panic.

use std::collections::VecDeque;
use std::fmt::{self, Write};

use tokio::time::Instant;

/// Entries that are kept; those before the last ones are only counted.
const ENTRIES_KEPT: usize = 200;

/// Bytes of an entry that are shown.
const BYTES_SHOWN: usize = 400;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Server,
    Client,
}

/// The dialogue so far, with times since its beginning.
#[derive(Debug)]
pub(crate) struct Transcript {
    start: Instant,
    entries: VecDeque<String>,
    dropped: usize,
}

impl Transcript {
    pub(crate) fn new() -> Self {
        Self {
            start: Instant::now(),
            entries: VecDeque::new(),
            dropped: 0,
        }
    }

    pub(crate) fn said(&mut self, side: Side, bytes: &[u8]) {
        let who = match side {
            Side::Server => "server",
            Side::Client => "client",
        };
        self.push(format!("{who}: {}", shown(bytes)));
    }

    pub(crate) fn note(&mut self, what: &str) {
        self.push(format!("({what})"));
    }

    fn push(&mut self, text: String) {
        if self.entries.len() == ENTRIES_KEPT {
            self.entries.pop_front();
            self.dropped += 1;
        }
        let at = self.start.elapsed();
        self.entries.push_back(format!("{:>9.3} s  {text}", at.as_secs_f64()));
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what was said:")?;
        if self.dropped > 0 {
            write!(f, "\n  ({} entries before these)", self.dropped)?;
        }
        if self.entries.is_empty() {
            f.write_str("\n  (nothing)")?;
        }
        for entry in &self.entries {
            write!(f, "\n  {entry}")?;
        }
        Ok(())
    }
}

/// Bytes as text on one line, cut when they are long.
pub(crate) fn shown(bytes: &[u8]) -> String {
    let mut text = String::new();
    let head = &bytes[..bytes.len().min(BYTES_SHOWN)];
    for chunk in head.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\r' => text.push_str("\\r"),
                '\n' => text.push_str("\\n"),
                other if other.is_control() => {
                    let _ = write!(text, "{}", other.escape_default());
                }
                other => text.push(other),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    if bytes.len() > head.len() {
        let _ = write!(text, "… ({} bytes)", bytes.len());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_on_one_line() {
        assert_eq!(shown(b"PING\r\n"), "PING\\r\\n");
        assert_eq!(shown("ä\u{1}".as_bytes()), "ä\\u{1}");
        assert_eq!(shown(b"a\xffb"), "a\\xffb");
    }

    #[test]
    fn long_entries_are_cut_and_old_ones_counted() {
        let mut transcript = Transcript::new();
        transcript.said(Side::Client, &[b'x'; BYTES_SHOWN + 1]);
        let text = transcript.to_string();
        assert!(text.contains("client: xxx") && text.contains("(401 bytes)"), "{text}");
        for _ in 0..ENTRIES_KEPT {
            transcript.said(Side::Server, b"PING\r\n");
        }
        let text = transcript.to_string();
        assert!(text.contains("(1 entries before these)"), "{text}");
        assert!(!text.contains("client"), "{text}");
    }
}
