//! A block of headers is read without fault or with one, and what was read can be written and reads the same again: all
//! names and values in order, but for white space at the beginning of a value, which only a folded line may keep.

use crate::header::parse;
use crate::header::HeaderMap;

pub(super) fn check(block: &[u8]) {
    let read = parse(block);
    if let Some(fault) = &read.fault {
        assert!(!fault.to_string().is_empty());
    }
    let written = write(&read.headers);
    let again = parse(&written);
    assert_eq!(again.fault, None, "what was written is read wholly");
    assert_eq!((again.status, again.description), (None, None));
    let rewritten = write(&again.headers);
    assert_eq!(trimmed(&rewritten), trimmed(&written));
    assert_eq!(parse(&rewritten).headers, again.headers, "nothing changes any more");
}

fn write(headers: &HeaderMap) -> Vec<u8> {
    if let Err(refused) = headers.check() {
        panic!("{refused}: what was read can be written");
    }
    let mut written = Vec::new();
    headers.write_wire(|piece| written.extend_from_slice(piece));
    assert_eq!(written.len(), headers.wire_len());
    written
}

/// Names and values of the lines of a block.
fn trimmed(block: &[u8]) -> Vec<(&str, &str)> {
    let text = std::str::from_utf8(block).expect("headers are text");
    let lines = text.split("\r\n").filter_map(|line| line.split_once(':'));
    lines.map(|(name, value)| (name, value.trim())).collect()
}
