//! A block of headers is read without fault or with one, and what was read can be written and reads the same again.

use crate::header::parse;

pub(super) fn check(block: &[u8]) {
    let read = parse(block);
    if let Some(fault) = &read.fault {
        assert!(!fault.to_string().is_empty());
    }
    if let Err(refused) = read.headers.check() {
        panic!("{refused}: what was read can be written");
    }
    let mut written = Vec::new();
    read.headers.write_wire(&mut written);
    assert_eq!(written.len(), read.headers.wire_len());
    let again = parse(&written);
    assert_eq!(again.fault, None, "what was written is read wholly");
    assert_eq!((again.status, again.description), (None, None));
    assert_eq!(again.headers, read.headers);
}
