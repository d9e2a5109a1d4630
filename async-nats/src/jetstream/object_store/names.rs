//! Which names stores may have, and the subjects of objects.

use crate::base64::Base64;

/// What the stream of a store is called, before the store's name.
pub(super) const STREAM_PREFIX: &str = "OBJ_";

/// Letters, digits, dash and underscore, at least one.
pub(super) fn is_bucket(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// The subject of what describes an object. Its name may be any text; as Base64 it is one token.
pub(super) fn metadata(bucket: &str, object: &str) -> String {
    format!("$O.{bucket}.M.{}", Base64::UrlPadded.encode(object.as_bytes()))
}

/// The subjects of what describes objects, all of a store.
pub(super) fn all_metadata(bucket: &str) -> String {
    format!("$O.{bucket}.M.>")
}

/// The subject of an object's chunks.
pub(super) fn chunks(bucket: &str, id: &str) -> String {
    format!("$O.{bucket}.C.{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_objects_are_one_token() {
        assert_eq!(metadata("b", "a"), "$O.b.M.YQ==");
        assert_eq!(metadata("b", "a b.*\r\n>"), "$O.b.M.YSBiLioNCj4=");
        assert!(is_bucket("a-Z_9") && !is_bucket("") && !is_bucket("a.b") && !is_bucket("a*"));
    }
}
