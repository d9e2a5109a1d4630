//! The names of streams and consumers, which become tokens of the subjects of the API.
//!
//! A name that passes here is one token of a subject, and nothing else: it cannot address another request, and no byte
//! of it becomes protocol. What else a server has against a name is left to the server.

/// Whether this can be the name of a stream or a consumer: not empty, no white space or control characters, no dot, no
/// wildcard, no path separator.
pub(crate) fn is_valid_name(name: &str) -> bool {
    let is_good = |byte: u8| !byte.is_ascii_control() && !matches!(byte, b' ' | b'.' | b'*' | b'>' | b'/' | b'\\');
    !name.is_empty() && name.bytes().all(is_good)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_token_and_nothing_else() {
        for good in ["events", "EVENTS_1", "a", "über", "with-dash", "$x", "a:b", "=", "a,b"] {
            assert!(is_valid_name(good), "{good:?}");
        }
        assert!(!is_valid_name(""));
        for bad in " .*>/\\\t\r\n\0\x0b\x0c\x1f\x7f".chars() {
            for name in [
                format!("{bad}"),
                format!("{bad}a"),
                format!("a{bad}"),
                format!("a{bad}b"),
            ] {
                assert!(!is_valid_name(&name), "{name:?}");
            }
        }
    }
}
