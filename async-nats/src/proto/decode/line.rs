//! One control line of a server, without its CR LF.
//!
//! [`usual_message`] reads the lines of messages as servers write them, which are nearly all. [`parse`] reads everything
//! that the protocol allows, and says what is wrong with the rest; where both read a line, they read the same.

use super::words::{number as usual_number, word_len};
use super::{line_limit, DecodeError, MessageFrame};

/// A parsed line. Positions count from the start of the decoder's input.
#[derive(Debug)]
pub(super) enum Line {
    Message(MessageFrame),
    Info { at: usize },
    Error { at: usize },
    Ping,
    Pong,
    Ok,
}

/// Reads the line of a message at `from` when it is as servers write it: upper case, one space between arguments, CR LF at
/// its end; `None` otherwise. A message may have up to `max_message` bytes.
#[inline(always)]
pub(super) fn usual_message(input: &[u8], from: usize, max_message: u64) -> Option<MessageFrame> {
    let line = input.get(from..)?;
    let (has_headers, subject_at) = match line.first_chunk::<5>()? {
        [b'M', b'S', b'G', b' ', _] => (false, 4),
        b"HMSG " => (true, 5),
        _ => return None,
    };
    let subject_len = word_len(&line[subject_at..])?;
    let mut at = behind_space(line, subject_at + subject_len)?;
    let (sid, digits) = usual_number(line.get(at..)?)?;
    at = behind_space(line, at + digits)?;
    let mut reply = (0, 0);
    let (header_len, total, end) = match lengths(line, at, has_headers) {
        Some(lengths) => lengths,
        // What is not lengths up to the end of the line is a reply subject and then lengths.
        None => {
            let reply_len = word_len(line.get(at..)?)?;
            reply = (at, reply_len);
            lengths(line, behind_space(line, at + reply_len)?, has_headers)?
        }
    };
    if subject_len == 0 || (reply.0 > 0 && reply.1 == 0) || total > max_message || header_len > total {
        return None;
    }
    Some(MessageFrame {
        sid,
        subject_at: (from + subject_at) as u32,
        subject_len: subject_len as u16,
        reply_at: (from + reply.0) as u32,
        reply_len: reply.1 as u16,
        body_at: (from + end) as u32,
        header_len: header_len as u32,
        payload_len: (total - header_len) as u32,
    })
}

/// What is behind the space at `at`, which is one.
#[inline(always)]
fn behind_space(line: &[u8], at: usize) -> Option<usize> {
    (*line.get(at)? == b' ').then_some(at + 1)
}

/// `[header bytes] <bytes>` and the end of the line: both lengths, and what is behind them.
#[inline(always)]
fn lengths(line: &[u8], at: usize, has_headers: bool) -> Option<(u64, u64, usize)> {
    let (mut header_len, mut at) = (0, at);
    if has_headers {
        let (length, digits) = usual_number(line.get(at..)?)?;
        header_len = length;
        at = behind_space(line, at + digits)?;
    }
    let (total, digits) = usual_number(line.get(at..)?)?;
    let end = at + digits;
    (line.get(end..)?.first_chunk()? == b"\r\n").then_some((header_len, total, end + 2))
}

/// Parses a line that begins at `from` in the input. A message may have up to `max_message` bytes.
pub(super) fn parse(line: &[u8], from: usize, max_message: u64) -> Result<Line, DecodeError> {
    if line.len() > line_limit(line) {
        return Err(DecodeError::LineTooLong(line_limit(line)));
    }
    // The first bytes decide; messages come first because they are nearly all of the traffic.
    match line {
        [b'M', b'S', b'G', b' ' | b'\t', ..] => message(line, 4, false, from, max_message),
        [b'H', b'M', b'S', b'G', b' ' | b'\t', ..] => message(line, 5, true, from, max_message),
        _ => control(line, from, max_message),
    }
}

/// Refuses a line that has not ended and is already no line of a server, so that it is not waited for in vain.
pub(super) fn check_unfinished(start: &[u8]) -> Result<(), DecodeError> {
    // A CR at the end may be the first half of the line's end, which does not count.
    if start.strip_suffix(b"\r").unwrap_or(start).len() > line_limit(start) {
        return Err(DecodeError::LineTooLong(line_limit(start)));
    }
    match start.first() {
        None | Some(b'M' | b'm' | b'H' | b'h' | b'I' | b'i' | b'P' | b'p' | b'+' | b'-' | b'\r') => Ok(()),
        Some(_) => Err(DecodeError::UnknownOperation(excerpt(start))),
    }
}

fn control(line: &[u8], from: usize, max_message: u64) -> Result<Line, DecodeError> {
    let name_len = line
        .iter()
        .position(|b| matches!(b, b' ' | b'\t'))
        .unwrap_or(line.len());
    let (name, rest) = line.split_at(name_len);
    let blanks = rest.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let at = from + name_len + blanks;
    // Servers write upper case; the protocol says that case does not matter.
    if name.eq_ignore_ascii_case(b"PING") {
        Ok(Line::Ping)
    } else if name.eq_ignore_ascii_case(b"PONG") {
        Ok(Line::Pong)
    } else if name.eq_ignore_ascii_case(b"+OK") {
        Ok(Line::Ok)
    } else if name.eq_ignore_ascii_case(b"-ERR") {
        Ok(Line::Error { at })
    } else if name.eq_ignore_ascii_case(b"INFO") {
        Ok(Line::Info { at })
    } else if name.eq_ignore_ascii_case(b"MSG") && rest.len() > 1 {
        message(line, 4, false, from, max_message)
    } else if name.eq_ignore_ascii_case(b"HMSG") && rest.len() > 1 {
        message(line, 5, true, from, max_message)
    } else {
        Err(DecodeError::UnknownOperation(excerpt(line)))
    }
}

/// `<subject> <sid> [reply] [header bytes] <bytes>`, from `args_at` on.
fn message(line: &[u8], args_at: usize, headers: bool, from: usize, max_message: u64) -> Result<Line, DecodeError> {
    let bad = || DecodeError::BadArguments(excerpt(line));
    // (start, end) of each argument; a line with headers has at most five.
    let mut args = [(0usize, 0usize); 5];
    let limit = if headers { 5 } else { 4 };
    let mut count = 0;
    let mut at = args_at;
    while at < line.len() {
        if matches!(line[at], b' ' | b'\t') {
            at += 1;
            continue;
        }
        let start = at;
        while at < line.len() && !matches!(line[at], b' ' | b'\t') {
            at += 1;
        }
        if count == limit {
            return Err(bad());
        }
        args[count] = (start, at);
        count += 1;
    }
    if count + 1 < limit {
        return Err(bad());
    }
    let (subject_start, subject_end) = args[0];
    let sid = number(&line[args[1].0..args[1].1]).ok_or_else(bad)?;
    let reply = if count == limit { args[2] } else { (0, 0) };
    let total = number(&line[args[count - 1].0..args[count - 1].1]).ok_or_else(bad)?;
    if total > max_message {
        return Err(DecodeError::MessageTooLong(total));
    }
    let header_len = if headers {
        number(&line[args[count - 2].0..args[count - 2].1]).ok_or_else(bad)?
    } else {
        0
    };
    if header_len > total {
        return Err(bad());
    }
    Ok(Line::Message(MessageFrame {
        sid,
        subject_at: (from + subject_start) as u32,
        subject_len: (subject_end - subject_start) as u16,
        reply_at: (from + reply.0) as u32,
        reply_len: (reply.1 - reply.0) as u16,
        body_at: 0,
        header_len: header_len as u32,
        payload_len: (total - header_len) as u32,
    }))
}

/// A decimal number of at most 19 digits, which cannot overflow.
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    let mut value = 0u64;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    Some(value)
}

/// The start of a line for an error text.
fn excerpt(line: &[u8]) -> String {
    const SHOWN: usize = 64;
    let mut text = String::from_utf8_lossy(&line[..line.len().min(SHOWN)]).into_owned();
    if line.len() > SHOWN {
        text.push('…');
    }
    text
}
