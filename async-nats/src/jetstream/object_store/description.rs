//! What is known of an object beside its content.

use std::collections::HashMap;

use serde::{Deserialize, Deserializer, Serialize};

use super::object::Object;
use crate::datetime::{rfc3339, DateTime};
use crate::header::HeaderMap;

/// What is known of an object.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ObjectInfo {
    /// Its name.
    pub name: String,
    /// What it is.
    #[serde(default)]
    pub description: Option<String>,
    /// What else is to be known of it.
    #[serde(default, deserialize_with = "or_empty")]
    pub metadata: HashMap<String, String>,
    /// Headers that belong to it.
    #[serde(default)]
    pub headers: Option<HeaderMap>,
    /// How it was put, and whether it is a link.
    #[serde(default)]
    pub options: Option<ObjectOptions>,
    /// The store that it is in.
    pub bucket: String,
    /// The name of its content, which each put makes anew.
    #[serde(default)]
    pub nuid: String,
    /// How many bytes it has.
    #[serde(default)]
    pub size: usize,
    /// How many chunks its content has.
    #[serde(default)]
    pub chunks: usize,
    /// When it was put or changed.
    #[serde(default, with = "rfc3339::option")]
    #[serde(rename = "mtime")]
    pub modified: Option<DateTime>,
    /// The digest of its content: `SHA-256=` and base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Whether it was deleted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

/// How an object was put, and whether it is a link.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ObjectOptions {
    /// What it leads to, when it is a link.
    #[serde(default)]
    pub link: Option<ObjectLink>,
    /// How many bytes each chunk has but the last one.
    #[serde(default)]
    pub max_chunk_size: Option<usize>,
}

/// What a link leads to.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct ObjectLink {
    /// The object; `None` for the whole store.
    #[serde(default)]
    pub name: Option<String>,
    /// The store.
    pub bucket: String,
}

/// What an object is to be put with; a name alone becomes one.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct ObjectMetadata {
    /// Its name, any text but the empty one.
    pub name: String,
    /// What it is.
    pub description: Option<String>,
    /// How many bytes each chunk is to have but the last one; 128 KiB for `None`.
    pub chunk_size: Option<usize>,
    /// What else is to be known of it.
    #[serde(default, deserialize_with = "or_empty")]
    pub metadata: HashMap<String, String>,
    /// Headers that belong to it.
    pub headers: Option<HeaderMap>,
}

impl From<&str> for ObjectMetadata {
    fn from(name: &str) -> Self {
        ObjectMetadata {
            name: name.to_owned(),
            ..Default::default()
        }
    }
}

impl From<ObjectInfo> for ObjectMetadata {
    fn from(info: ObjectInfo) -> Self {
        ObjectMetadata {
            name: info.name,
            description: info.description,
            chunk_size: None,
            metadata: info.metadata,
            headers: info.headers,
        }
    }
}

/// What is to be known of an object from now on; see [`ObjectStore::update_metadata`](super::ObjectStore::update_metadata).
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct UpdateMetadata {
    /// Its name; another one than before renames it.
    pub name: String,
    /// What it is.
    pub description: Option<String>,
    /// What else is to be known of it.
    #[serde(default, deserialize_with = "or_empty")]
    pub metadata: HashMap<String, String>,
    /// Headers that belong to it.
    pub headers: Option<HeaderMap>,
}

/// What tells of an object: the object itself, or its [`ObjectInfo`].
pub trait AsObjectInfo {
    /// What it tells.
    fn as_info(&self) -> &ObjectInfo;
}

impl AsObjectInfo for &Object {
    fn as_info(&self) -> &ObjectInfo {
        &self.info
    }
}

impl AsObjectInfo for &ObjectInfo {
    fn as_info(&self) -> &ObjectInfo {
        self
    }
}

impl ObjectInfo {
    /// What the object leads to, when it is a link.
    pub(super) fn link(&self) -> Option<&ObjectLink> {
        self.options.as_ref()?.link.as_ref()
    }
}

/// Other clients write `null` for nothing.
fn or_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HashMap<String, String>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_other_clients_write_is_read() {
        let text = r#"{"name":"a","bucket":"b","nuid":"n","size":3,"mtime":"2026-01-02T03:04:05Z","chunks":1,
            "digest":"SHA-256=x","options":{"max_chunk_size":131072},"metadata":null}"#;
        let info: ObjectInfo = serde_json::from_str(text).expect("an object");
        assert_eq!((info.size, info.chunks, info.deleted), (3, 1, false));
        assert_eq!(info.digest.as_deref(), Some("SHA-256=x"));
        assert_eq!(info.link(), None);
        let text = r#"{"name":"l","bucket":"b","options":{"link":{"bucket":"c","name":"x"}},"deleted":true}"#;
        let info: ObjectInfo = serde_json::from_str(text).expect("a link");
        let link = info.link().expect("a link");
        assert_eq!(
            (link.bucket.as_str(), link.name.as_deref(), info.deleted),
            ("c", Some("x"), true)
        );
    }

    #[test]
    fn what_is_not_there_is_not_written() {
        let text = r#"{"name":"a","bucket":"b"}"#;
        let info: ObjectInfo = serde_json::from_str(text).expect("an object");
        let json = serde_json::to_value(&info).expect("plain data");
        assert!(json.get("deleted").is_none() && json.get("digest").is_none(), "{json}");
        assert_eq!(serde_json::from_value::<ObjectInfo>(json).expect("as written"), info);
    }
}
