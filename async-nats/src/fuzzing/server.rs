//! A server that reads what a client wrote, for properties of the way out.

/// Takes the first whole frame off the front of what was written. `None` when there is none.
pub(super) fn next_frame<'a>(wire: &mut &'a [u8]) -> Option<&'a [u8]> {
    let line_end = memchr::memchr(b'\n', wire)? + 1;
    let line = std::str::from_utf8(&wire[..line_end]).expect("lines are text");
    assert!(line.ends_with("\r\n"), "{line:?} does not end in CR LF");
    let mut words = line.trim_end().split(' ');
    let body = match words.next() {
        Some("PUB" | "HPUB") => {
            2 + words
                .next_back()
                .and_then(|word| word.parse::<usize>().ok())
                .expect("a length")
        }
        Some("SUB" | "UNSUB" | "PING" | "PONG") => 0,
        _ => panic!("{line:?} is no operation"),
    };
    let (frame, rest) = wire.split_at_checked(line_end + body)?;
    assert!(frame.ends_with(b"\r\n"), "{line:?} has a body of another length");
    *wire = rest;
    Some(frame)
}
