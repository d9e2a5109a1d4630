//! Both sides of every limit.

use super::*;
use crate::proto::limits::{MAX_ADDED, MAX_MESSAGE, MAX_PAYLOAD};

/// A message's line of `length` bytes, without its end.
fn message_line(length: usize) -> Vec<u8> {
    let rest = " 1 0";
    format!("MSG {}{rest}", "s".repeat(length - 4 - rest.len())).into_bytes()
}

fn info_line(length: usize) -> Vec<u8> {
    format!("INFO {}", "j".repeat(length - 5)).into_bytes()
}

fn error_line(length: usize) -> Vec<u8> {
    format!("-ERR {}", "e".repeat(length - 5)).into_bytes()
}

type Line = fn(usize) -> Vec<u8>;

const LINES: [(Line, usize); 3] = [
    (message_line, MAX_CONTROL_LINE),
    (info_line, MAX_INFO_LINE),
    (error_line, MAX_INFO_LINE),
];

#[test]
fn a_line_may_be_as_long_as_its_limit() {
    for (line, limit) in LINES {
        for end in ["\r\n", "\n"] {
            let mut stream = line(limit);
            stream.extend_from_slice(end.as_bytes());
            assert!(matches!(
                Decoder::new().next(&stream, 0),
                Ok(Step::Frame { .. } | Step::NeedBody { .. })
            ));
            let mut stream = line(limit + 1);
            stream.extend_from_slice(end.as_bytes());
            assert_eq!(Decoder::new().next(&stream, 0), Err(DecodeError::LineTooLong(limit)));
        }
    }
}

#[test]
fn a_line_longer_than_its_limit_is_not_waited_for() {
    for (line, limit) in LINES {
        assert_eq!(Decoder::new().next(&line(limit), 0), Ok(Step::NeedMore));
        assert_eq!(
            Decoder::new().next(&line(limit + 1), 0),
            Err(DecodeError::LineTooLong(limit))
        );
    }
}

#[test]
fn a_line_of_the_longest_length_may_come_without_its_lf() {
    for (line, limit) in LINES {
        let mut stream = line(limit);
        stream.extend_from_slice(b"\r");
        let mut decoder = Decoder::new();
        assert_eq!(decoder.next(&stream, 0), Ok(Step::NeedMore));
        stream.extend_from_slice(b"\n");
        assert!(matches!(
            decoder.next(&stream, 0),
            Ok(Step::Frame { .. } | Step::NeedBody { .. })
        ));
    }
}

/// The step behind a line that is whole.
fn step(line: &str) -> Result<Step, DecodeError> {
    Decoder::new().next(format!("{line}\r\n").as_bytes(), 0)
}

fn is_awaited(line: &str) -> bool {
    matches!(step(line), Ok(Step::NeedBody { .. }))
}

#[test]
fn a_message_may_be_as_long_as_its_limit_and_what_servers_add() {
    for (max_payload, limit) in [
        (None, MAX_MESSAGE),
        (Some(0), MAX_MESSAGE),
        (Some(1 << 20), MAX_MESSAGE),
        (Some(MAX_MESSAGE + 1), MAX_MESSAGE + 1),
        (Some(1 << 30), 1 << 30),
        (Some(MAX_PAYLOAD), MAX_PAYLOAD),
        (Some(MAX_PAYLOAD + 1), MAX_PAYLOAD),
        (Some(usize::MAX), MAX_PAYLOAD),
    ] {
        for line in ["MSG a 1", "MSG a 1 r", "HMSG a 1 0", "HMSG a 1 r 12"] {
            let step = |length: usize| {
                let mut decoder = Decoder::new();
                if let Some(max_payload) = max_payload {
                    decoder.accept(max_payload);
                }
                decoder.next(format!("{line} {length}\r\n").as_bytes(), 0)
            };
            let longest = limit + MAX_ADDED;
            assert!(
                matches!(step(longest), Ok(Step::NeedBody { message, .. }) if message.body_len() == longest),
                "{line} with {max_payload:?}"
            );
            assert_eq!(step(longest + 1), Err(DecodeError::MessageTooLong(longest as u64 + 1)));
        }
    }
}

#[test]
fn headers_may_be_as_long_as_the_message() {
    assert!(is_awaited("HMSG a 1 5 5"));
    assert!(matches!(step("HMSG a 1 6 5"), Err(DecodeError::BadArguments(_))));
    assert!(is_awaited(&format!("HMSG a 1 {MAX_MESSAGE} {MAX_MESSAGE}")));
}

#[test]
fn numbers_have_up_to_nineteen_digits() {
    const NINES: u64 = 9_999_999_999_999_999_999;
    let Ok(Step::Frame {
        frame: Frame::Message(message),
        ..
    }) = step(&format!("MSG a {NINES} 0\r\n"))
    else {
        panic!("a number of nineteen digits is one")
    };
    assert_eq!(message.sid, NINES);
    assert_eq!(
        step(&format!("MSG a 1 {NINES}")),
        Err(DecodeError::MessageTooLong(NINES))
    );
    assert!(is_awaited("MSG a 1 0000000000000000001"));
    for long in [
        "10000000000000000000",
        "18446744073709551615",
        "18446744073709551616",
        "00000000000000000001",
    ] {
        for line in [
            format!("MSG a {long} 0"),
            format!("MSG a 1 {long}"),
            format!("HMSG a 1 {long} 5"),
        ] {
            assert_eq!(step(&line), Err(DecodeError::BadArguments(line.clone())));
        }
    }
}

#[test]
fn lengths_whose_sum_would_overflow_are_refused() {
    for line in [
        format!("MSG a 1 {}", u32::MAX),
        format!("MSG a 1 {}", u64::from(u32::MAX) + 1),
        format!("MSG a 1 {}", i64::MAX),
        format!("HMSG a 1 0 {}", i64::MAX),
        format!("HMSG a 1 {} {}", i64::MAX, i64::MAX),
        format!("HMSG a 1 {} {}", u32::MAX, u32::MAX),
        format!("HMSG a 1 {} 4", u64::from(u32::MAX) + 1),
    ] {
        assert!(step(&line).is_err(), "{line}");
    }
}

#[test]
fn the_longest_subjects_are_measured_right() {
    let subject = "s".repeat(MAX_CONTROL_LINE / 2 - 10);
    let reply = "r".repeat(MAX_CONTROL_LINE / 2 - 10);
    let stream = format!("MSG {subject} 1 {reply} 2\r\nab\r\n");
    assert_eq!(
        decode_one(stream.as_bytes()),
        Ok(message(1, &subject, Some(&reply), None, "ab"))
    );
}
