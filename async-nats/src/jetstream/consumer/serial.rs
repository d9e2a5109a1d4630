//! How fields of a consumer's configuration are written as JSON, where serde does not know.

/// Whether a field has its default, and need not be written.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A share in percent, as text: `"30"`, or as servers may write it, `"30%"`.
pub(crate) mod percent {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(share: &u8, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(share)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
        let text = String::deserialize(deserializer)?;
        let number = text.strip_suffix('%').unwrap_or(&text);
        number
            .parse()
            .map_err(|_| serde::de::Error::custom(format!("{text:?} is not a share in percent")))
    }
}
