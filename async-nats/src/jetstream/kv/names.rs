//! Which names buckets and keys may have, and what may be watched.

/// What the stream of a bucket is called, before the bucket's name.
pub(super) const STREAM_PREFIX: &str = "KV_";

/// Letters, digits, dash and underscore, at least one.
pub(super) fn is_bucket(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Letters, digits and `-/_=.`, without a dot at either end.
pub(super) fn is_key(key: &str) -> bool {
    !key.is_empty() && !key.starts_with('.') && !key.ends_with('.') && key.bytes().all(is_key_byte)
}

/// A key, or several by wildcards: what can be subscribed to below the bucket.
pub(super) fn is_filter(filter: &str) -> bool {
    let above = match filter.strip_suffix('>') {
        Some("") => return true,
        Some(above) => above.strip_suffix('.'),
        None => Some(filter),
    };
    above.is_some_and(|above| {
        above
            .split('.')
            .all(|token| token == "*" || (!token.is_empty() && token.bytes().all(is_key_byte)))
    })
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-/_=.".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_and_keys() {
        for good in ["a", "A-b_9"] {
            assert!(is_bucket(good) && is_key(good), "{good}");
        }
        for only_key in ["a.b", "a/b", "a=", "-/_=.a", "a..b"] {
            assert!(!is_bucket(only_key) && is_key(only_key), "{only_key}");
        }
        for bad in ["", ".", ".a", "a.", "a b", "a*", "a.>", "ä", "a\r\n", "a:b"] {
            assert!(!is_bucket(bad) && !is_key(bad), "{bad}");
        }
    }

    #[test]
    fn filters_have_wildcards_as_tokens() {
        for good in [">", "*", "a", "a.*.b", "a.>", "a/b.*"] {
            assert!(is_filter(good), "{good}");
        }
        for bad in ["", "a.", ".a", "a b", "a.>.b", "a.b*", "a>", ".>", "a\r\nPUB", "ä"] {
            assert!(!is_filter(bad), "{bad}");
        }
    }
}
