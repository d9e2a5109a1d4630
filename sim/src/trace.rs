//! What happened, in two forms: a digest, always, and lines for a person, when asked for.
//!
//! Two runs of a seed are the same when their digests are: every byte on every wire, every time, and every result of a call
//! goes into it.

use std::fmt::Write as _;

/// The record of one run.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    digest: u64,
    lines: Option<Vec<String>>,
}

impl Trace {
    pub(crate) fn new(readable: bool) -> Self {
        Trace {
            digest: 0,
            lines: readable.then(Vec::new),
        }
    }

    pub(crate) fn digest(&self) -> u64 {
        self.digest
    }

    pub(crate) fn into_lines(self) -> Vec<String> {
        self.lines.unwrap_or_default()
    }

    fn mix(&mut self, word: u64) {
        let mixed = (self.digest ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.digest = mixed ^ mixed >> 29;
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.mix(bytes.len() as u64);
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        for byte in rest {
            self.mix(u64::from(*byte));
        }
    }

    /// Something happened at `now`; `detail` is called only for a reader.
    pub(crate) fn note(&mut self, now: u64, what: &str, number: u64, detail: impl FnOnce() -> String) {
        self.mix(now);
        self.bytes(what.as_bytes());
        self.mix(number);
        if let Some(lines) = &mut self.lines {
            lines.push(format!("{now:>7} ms  {what} {}", detail()));
        }
    }

    /// Bytes went over a wire.
    pub(crate) fn wire(&mut self, now: u64, link: usize, arrow: &str, bytes: &[u8]) {
        self.mix(now);
        self.bytes(arrow.as_bytes());
        self.mix(link as u64);
        self.bytes(bytes);
        if let Some(lines) = &mut self.lines {
            lines.push(format!("{now:>7} ms  link {link} {arrow} {}", shown(bytes)));
        }
    }
}

/// Bytes that a line shows of what went over a wire.
const SHOWN: usize = 160;

fn shown(bytes: &[u8]) -> String {
    let mut text = bytes[..bytes.len().min(SHOWN)].escape_ascii().to_string();
    if bytes.len() > SHOWN {
        let _ = write!(text, "… ({} bytes)", bytes.len());
    }
    text
}
