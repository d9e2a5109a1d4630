//! The reading of frames: whole, in pieces, and what is not one.

use super::*;

/// Reads bytes that arrive in pieces of so many, and writes down every frame but those with nothing to do.
fn read_in_pieces(bytes: &[u8], piece: usize) -> (Vec<String>, u64) {
    let (mut reading, mut pending, mut frames) = (Reading::default(), Vec::new(), Vec::new());
    for part in bytes.chunks(piece) {
        pending.extend_from_slice(part);
        loop {
            let step = reading.next(&pending).expect("all of it is understood");
            let Some((frame, length)) = step else { break };
            if frame != Frame::Nothing {
                frames.push(format!("{frame:?}"));
            }
            pending.drain(..length);
            if pending.is_empty() {
                break;
            }
        }
    }
    assert!(pending.is_empty(), "left over: {pending:?}");
    (frames, reading.skipped)
}

#[test]
fn frames_are_the_same_in_pieces_of_any_length() {
    let bytes = b"CONNECT {\"verbose\":false}\r\nPING\r\nSUB a.b 1\r\nSUB _INBOX.x.* group 22\r\n\
        PUB s 2\r\nhi\r\nPUB s 2\r\nPI\r\nPUB s 0\r\n\r\nPUB s 0\r\n\r\nHPUB s 12 14\r\nNATS/1.0\r\n\r\nhi\r\n\
        PUB q _INBOX.x.1 4\r\nPING\r\nHPUB q _INBOX.x.2 12 13\r\nNATS/1.0\r\n\r\nx\r\n\
        PUB $JS.ACK.s.c.1.1.1.1.1 0\r\n\r\nPUB $JS.ACK.s.c.1.2.2.1.1 0\r\n\r\nPUB $JS.FC.s.c.1 0\r\n\r\n\
        PUB bench.flood 7\r\nsize=16\r\nUNSUB 22 5\r\nPONG\r\nPING\r\n";
    let (whole, skipped) = read_in_pieces(bytes, bytes.len());
    assert_eq!(skipped, 7);
    assert_eq!(whole.len(), 9, "{whole:#?}");
    for piece in 1..bytes.len() {
        assert_eq!(
            read_in_pieces(bytes, piece),
            (whole.clone(), skipped),
            "in pieces of {piece}"
        );
    }
}

#[test]
fn a_request_has_its_subjects_and_its_payload() {
    let mut reading = Reading::default();
    let step = reading
        .next(b"PUB echo _INBOX.a.b 3\r\nabc\r\nPING\r\n")
        .expect("it is understood");
    let frame = Frame::Request {
        subject: b"echo",
        reply: b"_INBOX.a.b",
        payload: b"abc",
    };
    assert_eq!(step, Some((frame, 28)));
}

#[test]
fn a_ping_inside_a_payload_is_skipped_and_one_after_it_is_not() {
    let (frames, skipped) = read_in_pieces(b"PUB s 6\r\nPING\r\n\r\nPUB s 6\r\nPING\r\n\r\nPING\r\n", 1000);
    assert_eq!(frames, ["Ping"]);
    assert_eq!(skipped, 2);
}

#[test]
fn what_is_not_a_frame_is_an_error() {
    for bytes in [
        &b"HELLO\r\n"[..],
        b"PUB s\r\n",
        b"PUB s x\r\n",
        b"PUB a b c 1\r\n",
        b"SUB a\r\n",
        b"\r\n",
    ] {
        assert!(
            Reading::default().next(bytes).is_err(),
            "{}",
            String::from_utf8_lossy(bytes)
        );
    }
    assert!(Reading::default().next(&[b'x'; LONGEST_LINE]).is_ok());
    assert!(Reading::default().next(&[b'x'; LONGEST_LINE + 1]).is_err());
}
