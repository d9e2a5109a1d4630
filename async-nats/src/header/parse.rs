//! Reading a block of headers, with the status that a server may put before them.
//!
//! The block comes from whoever published the message. Reading it never fails, takes time in proportion to its length,
//! and keeps only what it returns. A line that is not a header is left out and named as the [`Fault`] of the block; the
//! other lines stand.
//!
//! Lines end in LF, with or without a CR before it. A line that begins with white space goes on with the value of the
//! line before it.

use std::fmt;

use super::name::IN_NAMES;
use super::wire::{CRLF, VERSION};
use super::{HeaderMap, HeaderName, HeaderValue};
use crate::status::StatusCode;

#[cfg(test)]
mod tests;

/// As many headers of one message are kept: a small message cannot cost a large amount of memory.
const MAX_LINES: usize = 65_536;

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
pub(crate) fn parse(block: &[u8]) -> Parsed {
    let mut parsed = Parsed {
        headers: HeaderMap::new(),
        status: None,
        description: None,
        fault: None,
    };
    let lines_at = first_line(block, &mut parsed);
    // All that many blocks of the server have is a status.
    if block.len() > lines_at && &block[lines_at..] != CRLF {
        let mut reader = Reader {
            block,
            at: lines_at,
            fault: parsed.fault,
        };
        parsed.headers = HeaderMap::from_lines(reader.headers());
        parsed.fault = reader.fault;
    }
    parsed
}

/// Reads the line with the version, and returns where the next one begins.
fn first_line(block: &[u8], parsed: &mut Parsed) -> usize {
    let end = memchr::memchr(b'\n', block).unwrap_or(block.len());
    let fault = |why| Some(Fault { line: 1, why });
    match block[..end].strip_prefix(VERSION) {
        None => parsed.fault = fault(NO_VERSION),
        Some(b"\r" | b"") => {}
        Some(rest) => {
            let text = rest.utf8_chunks().next().map_or("", |chunk| chunk.valid());
            match status(text) {
                Some((status, description)) => {
                    parsed.status = status;
                    parsed.description = description.map(str::to_owned);
                    if text.len() < rest.len() {
                        parsed.fault = fault(NOT_TEXT);
                    }
                }
                None => parsed.fault = fault(BAD_STATUS),
            }
        }
    }
    (end + 1).min(block.len())
}

/// Reads what follows the version: nothing, a status, or a status and its description.
fn status(rest: &str) -> Option<(Option<StatusCode>, Option<&str>)> {
    let rest = rest.trim();
    if rest.is_empty() {
        return Some((None, None));
    }
    let (code, description) = rest.split_once(' ').unwrap_or((rest, ""));
    let description = Some(description.trim()).filter(|text| !text.is_empty());
    Some((Some(code.parse().ok()?), description))
}

/// The lines after the first, while they are being read.
struct Reader<'a> {
    block: &'a [u8],
    /// Where the next line begins.
    at: usize,
    fault: Option<Fault>,
}

impl<'a> Reader<'a> {
    fn headers(&mut self) -> Vec<(HeaderName, HeaderValue)> {
        let rest = &self.block[self.at..];
        let most = memchr::memchr_iter(b'\n', rest).count() + 1;
        let mut lines = Vec::with_capacity(most.min(MAX_LINES));
        while self.at < self.block.len() {
            if lines.len() == MAX_LINES {
                self.note(self.at, TOO_MANY);
                break;
            }
            if let Some(line) = self.header() {
                lines.push(line);
            }
        }
        lines
    }

    /// Reads one line, and those that go on with it. Nothing comes of an empty line, or of one that is not a header.
    #[inline]
    fn header(&mut self) -> Option<(HeaderName, HeaderValue)> {
        let start = self.at;
        let line = &self.block[start..];
        let name_len = line
            .iter()
            .position(|&byte| !IN_NAMES[usize::from(byte)])
            .unwrap_or(line.len());
        if name_len == 0 || line.get(name_len) != Some(&b':') {
            return self.not_a_header(start);
        }
        let (name, value) = (&line[..name_len], &line[name_len + 1..]);
        let len = memchr::memchr2(b'\r', b'\n', value).unwrap_or(value.len());
        let (value, after) = value.split_at(len);
        let end_len = match after {
            [b'\r', b'\n', ..] => 2,
            [b'\n', ..] => 1,
            [] => 0,
            _ => return self.unusual(start, name, start + name_len + 1),
        };
        self.at = start + name_len + 1 + len + end_len;
        if self.goes_on() {
            return self.unusual(start, name, start + name_len + 1);
        }
        let Ok(value) = std::str::from_utf8(value) else {
            return self.leave_out(start, NOT_TEXT);
        };
        Some((checked(name)?, HeaderValue::from_checked(trim(value))))
    }

    /// Whether the line that comes next goes on with the value of the one before it.
    #[inline]
    fn goes_on(&self) -> bool {
        match self.block[self.at..] {
            [b'\r', b'\n', ..] => false,
            [b' ' | b'\t' | b'\r' | 0x0b | 0x0c, ..] => true,
            _ => false,
        }
    }

    /// Reads a value with a CR in it, or one that goes on on other lines.
    #[cold]
    fn unusual(
        &mut self,
        start: usize,
        name: &[u8],
        value_at: usize,
    ) -> Option<(HeaderName, HeaderValue)> {
        self.at = value_at;
        let mut value = self.rest_of_line().trim_ascii_start().to_vec();
        while self.goes_on() {
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
        Some((checked(name)?, HeaderValue::from_checked(value)))
    }

    /// Passes over a line that has no name, with those that go on with it.
    #[cold]
    fn not_a_header(&mut self, start: usize) -> Option<(HeaderName, HeaderValue)> {
        let empty = self.rest_of_line().is_empty();
        if empty {
            return None;
        }
        while self.goes_on() {
            self.rest_of_line();
        }
        self.leave_out(start, NO_NAME)
    }

    /// Takes what is left of the line at hand, without its end.
    fn rest_of_line(&mut self) -> &'a [u8] {
        let rest = &self.block[self.at..];
        let len = memchr::memchr(b'\n', rest);
        self.at += len.map_or(rest.len(), |len| len + 1);
        let line = &rest[..len.unwrap_or(rest.len())];
        match len {
            Some(_) => line.strip_suffix(b"\r").unwrap_or(line),
            None => line,
        }
    }

    #[cold]
    fn leave_out<T>(&mut self, start: usize, why: &'static str) -> Option<T> {
        self.note(start, why);
        None
    }

    fn note(&mut self, start: usize, why: &'static str) {
        // Counting is worth it only once.
        if self.fault.is_none() {
            let line = 1 + memchr::memchr_iter(b'\n', &self.block[..start]).count();
            self.fault = Some(Fault { line, why });
        }
    }
}

/// A name, of which all bytes were looked at.
#[inline]
fn checked(name: &[u8]) -> Option<HeaderName> {
    // What may stand in a name is ASCII.
    std::str::from_utf8(name).ok().map(HeaderName::from_checked)
}

/// A value without the white space around it, of which there is usually one space.
#[inline]
fn trim(value: &str) -> &str {
    let value = value.strip_prefix(' ').unwrap_or(value);
    match value.as_bytes() {
        [] | [b'!'..=b'~'] | [b'!'..=b'~', .., b'!'..=b'~'] => value,
        _ => value.trim(),
    }
}
