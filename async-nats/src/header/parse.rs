//! Reading a block of headers, with the status that a server may put before them.
//!
//! The block comes from whoever published the message. Reading it never fails, takes time in proportion to its length,
//! and keeps only what it returns. A line that is not a header is left out and named as the [`Fault`] of the block; the
//! other lines stand.
//!
//! Lines end in LF, with or without a CR before it. A line that begins with white space goes on with the value of the
//! line before it.

use std::fmt;

use super::scan::{name_len, value_len};
use super::text::IN_PLACE;
use super::wire::{CRLF, VERSION, VERSION_LINE};
use super::{HeaderMap, HeaderName, HeaderValue};
use crate::status::StatusCode;

#[cfg(test)]
mod tests;

/// As many headers of one message are kept: a small message cannot cost a large amount of memory.
const MAX_LINES: usize = 65_536;

/// In a block of up to this many bytes there are seldom more lines than there is room for from the start.
const SMALL_BLOCK: usize = 128;
const ROOM_IN_SMALL_BLOCK: usize = 4;

/// What a block of headers says.
#[derive(Debug, PartialEq)]
pub(crate) struct Parsed {
    /// The headers, which may be none: a message with a block has headers, if empty ones.
    pub(crate) headers: HeaderMap,
    /// The status, when there is one.
    pub(crate) status: Option<StatusCode>,
    /// What the server says about the status.
    pub(crate) description: Option<String>,
    /// The first thing that was left out.
    pub(crate) fault: Option<Fault>,
}

/// A line that was left out, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Counted from one, which is the line with the version.
    line: usize,
    why: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {} of the headers is not taken as it is: {}",
            self.line, self.why
        )
    }
}

const NO_VERSION: &str = "it is not NATS/1.0, with or without a status";
const BAD_STATUS: &str = "its status is not a number from 100 to 999";
const NOT_TEXT: &str = "it is not valid UTF-8";
const NO_NAME: &str = "it does not begin with a name and a colon";
const LONE_CR: &str = "there is a CR in its value";
const TOO_MANY: &str = "there are too many";

/// Reads a block, from `NATS/1.0` to the empty line that ends it.
#[inline]
pub(crate) fn parse(block: &[u8]) -> Parsed {
    match block.strip_prefix(VERSION_LINE) {
        Some(_) => {
            let mut reader = Reader {
                block,
                at: VERSION_LINE.len(),
                fault: None,
            };
            Parsed {
                headers: HeaderMap::from_lines(reader.headers()),
                status: None,
                description: None,
                fault: reader.fault,
            }
        }
        None => with_status(block),
    }
}

/// Reads a block with a status, or with a first line that is wrong.
#[inline(never)]
fn with_status(block: &[u8]) -> Parsed {
    let mut parsed = Parsed {
        headers: HeaderMap::new(),
        status: None,
        description: None,
        fault: None,
    };
    let mut reader = Reader {
        block,
        at: first_line(block, &mut parsed),
        fault: parsed.fault,
    };
    parsed.headers = HeaderMap::from_lines(reader.headers());
    parsed.fault = reader.fault;
    parsed
}

/// Reads the line with the version, and returns where the next one begins.
fn first_line(block: &[u8], parsed: &mut Parsed) -> usize {
    let end = memchr::memchr(b'\n', block).unwrap_or(block.len());
    let fault = |why| Some(Fault { line: 1, why });
    match block[..end].strip_prefix(VERSION) {
        None => parsed.fault = fault(NO_VERSION),
        Some(rest) => match std::str::from_utf8(rest) {
            Ok(text) => {
                if !parsed.take_status(text) {
                    parsed.fault = fault(BAD_STATUS);
                }
            }
            Err(error) => {
                parsed.fault = fault(NOT_TEXT);
                // The status may stand before what is not text.
                let text = std::str::from_utf8(&rest[..error.valid_up_to()]);
                parsed.take_status(text.unwrap_or(""));
            }
        },
    }
    (end + 1).min(block.len())
}

impl Parsed {
    /// Reads what follows the version: nothing, a status, or a status and its description. Returns whether it was that.
    fn take_status(&mut self, text: &str) -> bool {
        let text = text.trim();
        if text.is_empty() {
            return true;
        }
        let (code, description) = text.split_once(' ').unwrap_or((text, ""));
        let Ok(status) = code.parse() else {
            return false;
        };
        self.status = Some(status);
        self.description = Some(description.trim())
            .filter(|text| !text.is_empty())
            .map(str::to_owned);
        true
    }
}

type Line = (HeaderName, HeaderValue);

/// The lines after the first, while they are being read.
struct Reader<'a> {
    block: &'a [u8],
    /// Where the next line begins.
    at: usize,
    fault: Option<Fault>,
}

impl<'a> Reader<'a> {
    fn headers(&mut self) -> Vec<Line> {
        // All that many blocks of the server have is a status.
        if self.is_at_end() {
            return Vec::new();
        }
        let mut lines = Vec::with_capacity(self.room());
        while !self.is_at_end() {
            if lines.len() == MAX_LINES {
                self.leave_out(self.at, TOO_MANY);
                break;
            }
            match usual_line(&self.block[self.at..]) {
                Some((name, value, len)) => {
                    self.at += len;
                    if name.len().max(value.len()) <= IN_PLACE {
                        lines.push((HeaderName::in_place(name), HeaderValue::in_place(value)));
                    } else {
                        lines.push(long_line(name, value));
                    }
                }
                None => lines.extend(self.unusual_line()),
            }
        }
        lines
    }

    /// Whether nothing is left, or the empty line that ends the block.
    #[inline(always)]
    fn is_at_end(&self) -> bool {
        matches!(self.block[self.at..], [] | [b'\r', b'\n'])
    }

    /// How many lines there may be. Counting them costs more than room for a few that are not there.
    fn room(&self) -> usize {
        let rest = &self.block[self.at..];
        if rest.len() <= SMALL_BLOCK {
            return ROOM_IN_SMALL_BLOCK;
        }
        let ends = memchr::memchr_iter(b'\n', rest).count();
        ends.clamp(1, MAX_LINES)
    }

    /// Reads a line that is not [`usual_line`]: nothing comes of an empty one, or of one that is not a header.
    #[inline(never)]
    fn unusual_line(&mut self) -> Option<Line> {
        let start = self.at;
        let line = self.rest_of_line();
        if line.is_empty() {
            return None;
        }
        let (name, value) = line.split_at(name_len(line));
        let value = match value.strip_prefix(b":") {
            Some(value) if !name.is_empty() => value,
            _ => {
                while goes_on(&self.block[self.at..]) {
                    self.rest_of_line();
                }
                return self.leave_out(start, NO_NAME);
            }
        };
        let mut value = value.trim_ascii_start().to_vec();
        while goes_on(&self.block[self.at..]) {
            value.extend_from_slice(self.rest_of_line());
        }
        let Ok(value) = std::str::from_utf8(&value) else {
            return self.leave_out(start, NOT_TEXT);
        };
        // White space at the beginning of a line that goes on is part of the value.
        let value = value.trim_end();
        if value.contains('\r') {
            return self.leave_out(start, LONE_CR);
        }
        let value = HeaderValue::from_checked(value.as_bytes());
        Some((HeaderName::from_checked(name), value))
    }

    /// Takes what is left of the line at hand, without its end.
    fn rest_of_line(&mut self) -> &'a [u8] {
        let rest = &self.block[self.at..];
        let len = memchr::memchr(b'\n', rest);
        self.at += len.map_or(rest.len(), |len| len + 1);
        match len {
            Some(len) => rest[..len].strip_suffix(b"\r").unwrap_or(&rest[..len]),
            None => rest,
        }
    }

    /// Notes that the line that begins at `start` comes to nothing.
    #[cold]
    fn leave_out(&mut self, start: usize, why: &'static str) -> Option<Line> {
        // Counting is worth it only once.
        if self.fault.is_none() {
            let line = 1 + memchr::memchr_iter(b'\n', &self.block[..start]).count();
            self.fault = Some(Fault { line, why });
        }
        None
    }
}

/// Reads a line as nearly all are: a name, a value without a CR in it, an end, and nothing that goes on with it.
/// Returns name and value, as they are meant, and the length of the line.
#[inline(always)]
fn usual_line(line: &[u8]) -> Option<(&[u8], &[u8], usize)> {
    let (name, rest) = line.split_at(name_len(line));
    let (b':', rest) = rest.split_first()? else {
        return None;
    };
    let (len, ascii) = value_len(rest);
    let (value, rest) = rest.split_at(len);
    let after = rest.strip_prefix(CRLF)?;
    if name.is_empty() || goes_on(after) {
        return None;
    }
    let value = value.strip_prefix(b" ").unwrap_or(value);
    let value = match value {
        [] | [b'!'..=b'~'] | [b'!'..=b'~', .., b'!'..=b'~'] if ascii => value,
        _ => std::str::from_utf8(value).ok()?.trim().as_bytes(),
    };
    Some((name, value, line.len() - after.len()))
}

#[inline(never)]
fn long_line(name: &[u8], value: &[u8]) -> Line {
    (HeaderName::from_checked(name), HeaderValue::from_checked(value))
}

/// Whether the line at the beginning of `rest` goes on with the value of the one before it.
#[inline(always)]
fn goes_on(rest: &[u8]) -> bool {
    match rest {
        [b'\r', b'\n', ..] => false,
        [b' ' | b'\t' | b'\r' | 0x0b | 0x0c, ..] => true,
        _ => false,
    }
}
