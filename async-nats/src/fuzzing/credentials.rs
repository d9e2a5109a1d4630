//! A text is read as credentials or refused, and neither an error nor `Debug` shows what it holds.

use crate::auth::credentials::parse;

/// A line of this length is no word of an error's text.
const LONG: usize = 24;

pub(super) fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let shown = match parse(text) {
        Ok(credentials) => {
            let (jwt, key) = (credentials.jwt.expose(), credentials.keys.public_key());
            assert!(!jwt.is_empty() && text.contains(jwt));
            assert_eq!(key.len(), 56, "a public key has this many characters");
            format!("{credentials:?}")
        }
        Err(error) => error.to_string(),
    };
    for line in text.lines().map(str::trim) {
        let is_content = line.len() >= LONG && line.bytes().all(|byte| byte.is_ascii_alphanumeric());
        // A public key may be shown, also to whoever gives it in place of a seed.
        assert!(
            !is_content || !shown.contains(line) || !line.starts_with('S'),
            "{shown}"
        );
    }
}
