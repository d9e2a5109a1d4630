//! Tests of reading: what the published client reads is read the same way, and what broke it spoils one line.

use super::*;

type Lines<'a> = &'a [(&'a str, &'a str)];

fn read(block: impl AsRef<[u8]>) -> (Vec<(String, String)>, Parsed) {
    let parsed = parse(block.as_ref());
    let lines = parsed.headers.lines.iter();
    let lines = lines.map(|(name, value)| (name.to_string(), value.to_string()));
    (lines.collect(), parsed)
}

fn owned(lines: Lines<'_>) -> Vec<(String, String)> {
    let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
    lines.iter().map(owned).collect()
}

/// A block that is as it should be, and its lines.
const GOOD: &[(&str, Lines<'static>)] = &[
    ("NATS/1.0\r\n\r\n", &[]),
    ("NATS/1.0\r\n", &[]),
    ("NATS/1.0", &[]),
    ("NATS/1.0\r\na: b\r\n\r\n", &[("a", "b")]),
    ("NATS/1.0\r\na:b\r\nc:  d\r\n\r\n", &[("a", "b"), ("c", "d")]),
    // Names keep their case, and lines their order.
    (
        "NATS/1.0\r\nb: 1\r\nB: 2\r\na: 3\r\nb: 4\r\n\r\n",
        &[("b", "1"), ("B", "2"), ("a", "3"), ("b", "4")],
    ),
    // White space around a value is not part of it.
    ("NATS/1.0\r\na: \t b c \t\r\n\r\n", &[("a", "b c")]),
    ("NATS/1.0\r\na:\r\nb: \r\n\r\n", &[("a", ""), ("b", "")]),
    ("NATS/1.0\r\na: \u{a0}\u{2003}b\u{85}\r\n\r\n", &[("a", "b")]),
    ("NATS/1.0\r\na: b\r\r\n\r\n", &[("a", "b")]),
    // A value may look like anything else.
    (
        "NATS/1.0\r\na: b: c\r\nd: NATS/1.0\r\ne: \"ö\"\0\r\n\r\n",
        &[("a", "b: c"), ("d", "NATS/1.0"), ("e", "\"ö\"\0")],
    ),
    // Ends of lines.
    ("NATS/1.0\na: b\nc: d\n\n", &[("a", "b"), ("c", "d")]),
    ("NATS/1.0\r\na: b", &[("a", "b")]),
    ("NATS/1.0\r\na:", &[("a", "")]),
    ("NATS/1.0\r\na: b\r", &[("a", "b")]),
    ("NATS/1.0\r\na: b\r\n\r\n\r\nc: d\r\n\r\n", &[("a", "b"), ("c", "d")]),
    // Values over several lines.
    (
        "NATS/1.0\r\na: b\r\n c\r\n\td\r\ne: f\r\n\r\n",
        &[("a", "b c\td"), ("e", "f")],
    ),
    ("NATS/1.0\r\na: b \r\n  \r\n\r\n", &[("a", "b")]),
    ("NATS/1.0\r\na:\r\n b \r\n\r\n", &[("a", " b")]),
    ("NATS/1.0\r\na: b\r\n\u{b}c\r\n\u{c}d", &[("a", "b\u{b}c\u{c}d")]),
];

#[test]
fn lines_that_are_headers() {
    for &(block, expected) in GOOD {
        let (lines, parsed) = read(block);
        assert_eq!(lines, owned(expected), "{block:?}");
        assert_eq!(parsed.fault, None, "{block:?}");
        assert_eq!((parsed.status, parsed.description), (None, None), "{block:?}");
    }
}

/// A block with something wrong, the lines that stand, and which line is left out for what.
const BAD: &[(&[u8], Lines<'static>, usize, &str)] = &[
    (b"", &[], 1, NO_VERSION),
    (b"\r\n", &[], 1, NO_VERSION),
    (b"a: b\r\nc: d\r\n\r\n", &[("c", "d")], 1, NO_VERSION),
    (b"NATS/2.0\r\na: b\r\n\r\n", &[("a", "b")], 1, NO_VERSION),
    (b" NATS/1.0\r\na: b\r\n\r\n", &[("a", "b")], 1, NO_VERSION),
    (b"NATS/1.0 abc\r\na: b\r\n\r\n", &[("a", "b")], 1, BAD_STATUS),
    (b"NATS/1.0\r\nno colon\r\na: b\r\n\r\n", &[("a", "b")], 2, NO_NAME),
    (b"NATS/1.0\r\na: b\r\nnocolon", &[("a", "b")], 3, NO_NAME),
    (b"NATS/1.0\r\n: v\r\na: b\r\n\r\n", &[("a", "b")], 2, NO_NAME),
    (b"NATS/1.0\r\nx : v\r\na: b\r\n\r\n", &[("a", "b")], 2, NO_NAME),
    (b"NATS/1.0\r\n x: v\r\na: b\r\n\r\n", &[("a", "b")], 2, NO_NAME),
    (b"NATS/1.0\r\n\r\n x: v\r\na: b\r\n\r\n", &[("a", "b")], 3, NO_NAME),
    (b"NATS/1.0\r\n\xc3\xb6: v\r\na: b\r\n\r\n", &[("a", "b")], 2, NO_NAME),
    (b"NATS/1.0\r\nx\ry: v\r\na: b\r\n\r\n", &[("a", "b")], 2, NO_NAME),
    // What goes on with a line that is left out is left out with it.
    (b"NATS/1.0\r\nx\r\n y: z\r\na: b\r\n\r\n", &[("a", "b")], 2, NO_NAME),
    (b"NATS/1.0\r\nx: \xff\r\na: b\r\n\r\n", &[("a", "b")], 2, NOT_TEXT),
    (b"NATS/1.0\r\nx: y\r\n \xff\r\na: b\r\n\r\n", &[("a", "b")], 2, NOT_TEXT),
    (
        b"NATS/1.0\r\na: b\r\nx: y\rz\r\nc: d\r\n\r\n",
        &[("a", "b"), ("c", "d")],
        3,
        LONE_CR,
    ),
    (b"NATS/1.0\r\nx: y\r\n\rz\r\na: b\r\n\r\n", &[("a", "b")], 2, LONE_CR),
    // The first of several is named.
    (
        b"NATS/1.0\r\nx: \xff\r\n: v\r\na: b\r\n\r\n",
        &[("a", "b")],
        2,
        NOT_TEXT,
    ),
];

#[test]
fn a_bad_line_spoils_itself_only() {
    for &(block, expected, line, why) in BAD {
        let shown = String::from_utf8_lossy(block);
        let (lines, parsed) = read(block);
        assert_eq!(lines, owned(expected), "{shown:?}");
        assert_eq!(parsed.fault, Some(Fault { line, why }), "{shown:?}");
        let text = parsed.fault.map(|fault| fault.to_string()).unwrap_or_default();
        assert!(text.contains(&format!("line {line} ")) && text.contains(why), "{text}");
    }
}

/// What follows the version, the status and its description.
const STATUS: &[(&str, Option<u16>, Option<&str>)] = &[
    ("", None, None),
    (" ", None, None),
    (" 503", Some(503), None),
    (" 503 ", Some(503), None),
    ("503", Some(503), None),
    (" 404 No Messages", Some(404), Some("No Messages")),
    ("  100   Idle Heartbeat \t", Some(100), Some("Idle Heartbeat")),
    (" 409 Größe", Some(409), Some("Größe")),
    (" 999 x: y", Some(999), Some("x: y")),
];

#[test]
fn status_lines() {
    for &(rest, status, description) in STATUS {
        for lines in ["\r\n\r\n", "\r\n", "", "\n\n", "\r\na: b\r\n\r\n"] {
            let block = format!("NATS/1.0{rest}{lines}");
            let parsed = parse(block.as_bytes());
            assert_eq!(parsed.status.map(u16::from), status, "{block:?}");
            assert_eq!(parsed.description.as_deref(), description, "{block:?}");
            assert_eq!(parsed.fault, None, "{block:?}");
            assert_eq!(parsed.headers.len(), usize::from(lines.contains('a')), "{block:?}");
        }
    }
    for rest in [
        " 1",
        " 99",
        " 1000",
        " 000",
        " -10",
        " 40 4",
        " abc",
        " 404\tx y",
        " \u{660}\u{660}\u{660}",
    ] {
        let parsed = parse(format!("NATS/1.0{rest}\r\n\r\n").as_bytes());
        let fault = Fault {
            line: 1,
            why: BAD_STATUS,
        };
        assert_eq!((parsed.status, parsed.fault), (None, Some(fault)), "{rest:?}");
    }
    let parsed = parse(b"NATS/1.0 404 caf\xe9 closed\r\n\r\n");
    assert_eq!(parsed.status, Some(StatusCode::NOT_FOUND));
    assert_eq!(parsed.description.as_deref(), Some("caf"));
    assert_eq!(parsed.fault, Some(Fault { line: 1, why: NOT_TEXT }));
}

#[test]
fn what_is_written_is_read() {
    let long = "x".repeat(5000);
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("b", "1"),
        ("Nats-Expected-Last-Subject-Sequence", "2"),
        ("b", ""),
        ("ü", "3"),
    ] {
        headers.append(HeaderName::from_static(name), value);
    }
    headers.append("long", long.as_str());
    let mut block = Vec::new();
    headers.write_wire(|bytes| block.extend_from_slice(bytes));
    let (lines, parsed) = read(&block);
    // A name that another client would not accept is left out here too.
    assert_eq!(parsed.fault, Some(Fault { line: 5, why: NO_NAME }));
    headers.lines.remove(3);
    assert_eq!(parsed.headers, headers);
    assert_eq!(lines.len(), 4);
}

#[test]
fn the_number_of_lines_is_capped() {
    for (count, kept, fault) in [
        (MAX_LINES, MAX_LINES, None),
        (
            MAX_LINES + 1,
            MAX_LINES,
            Some(Fault {
                line: MAX_LINES + 2,
                why: TOO_MANY,
            }),
        ),
    ] {
        let block = format!("NATS/1.0\r\n{}", "a:\r\n".repeat(count));
        let parsed = parse(block.as_bytes());
        assert_eq!((parsed.headers.lines.len(), parsed.fault), (kept, fault));
    }
    // Lines that are not kept do not take the place of those that are.
    let block = format!("NATS/1.0\r\n{}a: b\r\n\r\n", "\n".repeat(MAX_LINES * 2));
    assert_eq!(read(block).0, owned(&[("a", "b")]));
}

#[test]
fn any_bytes_are_read_without_a_panic() {
    // All short blocks over the bytes that mean something.
    const BYTES: &[u8] = b"a: \r\n\xff";
    const LEN: u32 = 6;
    for number in 0..BYTES.len().pow(LEN) {
        let mut rest = number;
        let mut block = b"NATS/1.0\n".to_vec();
        for _ in 0..LEN {
            block.push(BYTES[rest % BYTES.len()]);
            rest /= BYTES.len();
        }
        let parsed = parse(&block);
        for (name, value) in &parsed.headers.lines {
            assert!(!name.as_str().is_empty());
            assert!(!value.as_str().contains(['\r', '\n']));
        }
        assert_eq!(parsed.headers.check(), Ok(()));
    }
    // And any first line.
    for block in [
        &b"NATS/1.0"[..],
        b"NATS/1.",
        b"NATS/1.0 4",
        b"\xff",
        b"NATS/1.0 404 \xff",
        b"\n",
        b"\r",
    ] {
        for len in 0..=block.len() {
            parse(&block[..len]);
        }
    }
}
