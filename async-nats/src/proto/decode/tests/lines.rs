//! What each line says, and which lines are none.

use super::*;

#[test]
fn operations_are_known_in_any_case() {
    for (line, content) in [
        ("PING", Content::Ping),
        ("ping", Content::Ping),
        ("PING ", Content::Ping),
        ("pOnG", Content::Pong),
        ("+OK", Content::Ok),
        ("+ok\t", Content::Ok),
        (
            "-ERR 'Authorization Violation'",
            Content::Error(b"'Authorization Violation'".to_vec()),
        ),
        ("-err\t\t'x' 'y'", Content::Error(b"'x' 'y'".to_vec())),
        ("-ERR", Content::Error(Vec::new())),
        ("INFO {}", Content::Info(b"{}".to_vec())),
        ("info \t{ \"a\": 1 }", Content::Info(b"{ \"a\": 1 }".to_vec())),
        ("INFO", Content::Info(Vec::new())),
    ] {
        for end in ["\r\n", "\n"] {
            assert_eq!(
                decode_one(format!("{line}{end}").as_bytes()).as_ref(),
                Ok(&content),
                "{line:?}"
            );
        }
    }
}

#[test]
fn messages_with_and_without_reply_and_headers() {
    const BLOCK: &str = "NATS/1.0\r\n\r\n";
    for (frame, content) in [
        ("MSG a.b 1 3\r\nabc\r\n", message(1, "a.b", None, None, "abc")),
        (
            "MSG a.b 1 re.ply 3\r\nabc\r\n",
            message(1, "a.b", Some("re.ply"), None, "abc"),
        ),
        ("MSG a.b 1 0\r\n\r\n", message(1, "a.b", None, None, "")),
        (
            "MSG\ta.b \t 1\t\tre.ply\t3\t\r\nabc\r\n",
            message(1, "a.b", Some("re.ply"), None, "abc"),
        ),
        ("msg a 2 1\r\nx\r\n", message(2, "a", None, None, "x")),
        (
            "HMSG a 1 12 15\r\nNATS/1.0\r\n\r\nabc\r\n",
            message(1, "a", None, Some(BLOCK), "abc"),
        ),
        (
            "HMSG a 1 r 12 12\r\nNATS/1.0\r\n\r\n\r\n",
            message(1, "a", Some("r"), Some(BLOCK), ""),
        ),
        (
            "hMsG  a  1  r  12  13 \nNATS/1.0\r\n\r\n!\r\n",
            message(1, "a", Some("r"), Some(BLOCK), "!"),
        ),
        ("HMSG a 1 0 2\r\nab\r\n", message(1, "a", None, None, "ab")),
        ("MSG a 007 0001\r\nx\r\n", message(7, "a", None, None, "x")),
        // Numbers for names, which only their places tell apart.
        (
            "HMSG 1 2 3 12 12\r\nNATS/1.0\r\n\r\n\r\n",
            message(2, "1", Some("3"), Some(BLOCK), ""),
        ),
    ] {
        assert_eq!(decode_one(frame.as_bytes()), Ok(content), "{frame:?}");
    }
}

#[test]
fn arguments_that_are_missing_too_many_or_no_numbers_are_refused() {
    for line in [
        "MSG ",
        "MSG a",
        "MSG a 1",
        "MSG a 1 r 3 4",
        "MSG a x 3",
        "MSG a 1 x",
        "MSG a 1 -3",
        "MSG a 1 +3",
        "MSG a 1 3.0",
        "MSG a 1 0x3",
        "MSG a 1 ３",
        "MSG a 1 r 3,",
        "MSG a 1 3:",
        "MSG a 1 3/",
        "HMSG a 1 12",
        "HMSG a 1 r 12 13 14",
        "HMSG a 1 x 12",
        "HMSG a 1 12 x",
        "HMSG a x 12 12",
    ] {
        let stream = format!("{line}\r\n{}", "\r\n".repeat(20));
        let result = Decoder::new().next(stream.as_bytes(), 0);
        assert_eq!(result, Err(DecodeError::BadArguments(line.to_owned())));
    }
}

#[test]
fn what_is_no_operation_is_refused() {
    for line in [
        "",
        " ",
        "PINGX",
        "PIN",
        "P",
        "MSG",
        "msg ",
        "HMSG",
        "MSGX a 1 0",
        "INFOX {}",
        "+O",
        "-ER 'x'",
        "\r",
    ] {
        let result = Decoder::new().next(format!("{line}\r\n").as_bytes(), 0);
        assert_eq!(result, Err(DecodeError::UnknownOperation(line.to_owned())), "{line:?}");
    }
}

#[test]
fn what_cannot_become_an_operation_is_not_waited_for() {
    for start in [
        "HTTP/1.1 400"[..1].to_owned(),
        "h".to_owned(),
        "M".to_owned(),
        "\r".to_owned(),
        "+".to_owned(),
    ] {
        assert_eq!(
            Decoder::new().next(start.as_bytes(), 0),
            Ok(Step::NeedMore),
            "{start:?}"
        );
    }
    for start in ["S", "{", " ", "\0", "\u{16}\u{3}\u{1}", "ÿ"] {
        let result = Decoder::new().next(start.as_bytes(), 0);
        assert_eq!(
            result,
            Err(DecodeError::UnknownOperation(start.to_owned())),
            "{start:?}"
        );
    }
    assert_eq!(Decoder::new().next(b"", 0), Ok(Step::NeedMore));
}

#[test]
fn a_body_ends_in_cr_lf() {
    for stream in [
        "MSG a 1 3\r\nabcXX",
        "MSG a 1 3\r\nabc\n\r",
        "MSG a 1 3\r\nabcd\r\n",
        "MSG a 1 3\r\nabc\rX",
        "MSG a 1 3\r\nabcX\n",
    ] {
        assert_eq!(
            Decoder::new().next(stream.as_bytes(), 0),
            Err(DecodeError::MissingLineEnd),
            "{stream:?}"
        );
    }
}

#[test]
fn a_decoder_that_found_an_error_does_not_go_on() {
    for broken in [
        &b"NONSENSE\r\n"[..],
        b"X",
        b"MSG a 1 x\r\n",
        b"MSG a 1 1\r\nabc",
        b"MSG a 1 99999999999\r\n",
    ] {
        let mut decoder = Decoder::new();
        let error = decoder.next(broken, 0).expect_err("this is no stream of a server");
        assert_ne!(error, DecodeError::Poisoned);
        decoder.moved(0);
        for fine in [&b"PING\r\n"[..], b"", b"MSG a 1 0\r\n\r\n"] {
            assert_eq!(decoder.next(fine, 0), Err(DecodeError::Poisoned));
        }
    }
}

#[test]
fn errors_show_the_start_of_a_line_and_no_more() {
    let line = format!("JUNK {}", "é".repeat(200));
    let error = Decoder::new()
        .next(format!("{line}\r\n").as_bytes(), 0)
        .expect_err("this is no operation");
    let text = error.to_string();
    assert!(
        text.contains("JUNK é") && text.contains('…') && text.len() < 250,
        "{text}"
    );
}

#[test]
fn usual_lines_are_read_the_usual_way_and_never_differently() {
    let usual = [
        "MSG a.b.c 1 3\r\nabc\r\n....",
        "MSG a.long.subject.of.many.tokens 16777217 4\r\nabcd\r\n....",
        "MSG a 123456789012345 reply.to.me 3\r\nabc\r\n....",
        "MSG a 7 12.34 0\r\n\r\n........",
        "HMSG a 1 12 15\r\nNATS/1.0\r\n\r\nabc\r\n",
        "HMSG a.b 1 _INBOX.x 12 15\r\nNATS/1.0\r\n\r\nabc\r\n",
        "HMSG a 1 2 12 15\r\nNATS/1.0\r\n\r\nabc\r\n",
    ];
    let mut rng = Rng::from_seed(1);
    for line in usual {
        let read = |input: &[u8]| line::usual_message(input, 0, 1_000_000);
        assert!(read(line.as_bytes()).is_some(), "{line:?}");
        for _ in 0..20_000 {
            let mut changed = line.as_bytes().to_vec();
            for _ in 0..1 + rng.below(3) {
                let at = rng.below(changed.len() as u64) as usize;
                match rng.below(3) {
                    0 => drop(changed.remove(at)),
                    1 => changed.insert(at, pick(&mut rng, b" \t\r\n0129.:/aMH\0\xff")),
                    _ => changed[at] = pick(&mut rng, b" \t\r\n0129.:/aMH\0\xff"),
                }
            }
            let Some(message) = read(&changed) else { continue };
            let end = memchr::memchr(b'\n', &changed).expect("the line has an end");
            let parsed = line::parse(&changed[..end - 1], 0, 1_000_000);
            let Ok(line::Line::Message(mut other)) = parsed else {
                panic!("{:?}: {parsed:?}", String::from_utf8_lossy(&changed));
            };
            other.body_at = end as u32 + 1;
            if other.reply_len == 0 {
                other.reply_at = message.reply_at;
            }
            assert_eq!(message, other, "{:?}", String::from_utf8_lossy(&changed));
        }
    }
}
