//! What a stream can be told to do, where there is a choice of a few ways.

use serde::{Deserialize, Serialize};

/// What a stream does when a message would exceed one of its limits.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum DiscardPolicy {
    /// The oldest messages make room for new ones.
    #[default]
    Old = 0,
    /// New messages are refused.
    New = 1,
}

/// How long a stream keeps its messages.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum RetentionPolicy {
    /// Until a limit of number, size or age is reached.
    #[default]
    Limits = 0,
    /// Until all consumers that want a message have acknowledged it, and not at all when none wants it.
    Interest = 1,
    /// Until one consumer has acknowledged it: each message is work for one.
    WorkQueue = 2,
}

/// Where a stream keeps its messages.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum StorageType {
    /// In files, which outlive the server.
    #[default]
    File = 0,
    /// In memory.
    Memory = 1,
}

/// When a message is safe in the files of a stream.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum PersistenceMode {
    /// Before it is acknowledged.
    #[default]
    Default = 0,
    /// Soon after it was acknowledged: faster, and lost if the server dies in between. For streams with one replica.
    Async = 1,
}

/// How the files of a stream are compressed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// With S2, which is a faster kin of Snappy.
    S2,
    /// Not at all.
    None,
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use serde::de::DeserializeOwned;

    use super::*;

    fn spelled<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T, text: &str) {
        let json = format!("\"{text}\"");
        assert_eq!(serde_json::to_string(&value).unwrap(), json);
        assert_eq!(serde_json::from_str::<T>(&json).unwrap(), value);
    }

    #[test]
    fn the_spelling_of_the_server() {
        spelled(DiscardPolicy::Old, "old");
        spelled(DiscardPolicy::New, "new");
        spelled(RetentionPolicy::Limits, "limits");
        spelled(RetentionPolicy::Interest, "interest");
        spelled(RetentionPolicy::WorkQueue, "workqueue");
        spelled(StorageType::File, "file");
        spelled(StorageType::Memory, "memory");
        spelled(PersistenceMode::Default, "default");
        spelled(PersistenceMode::Async, "async");
        spelled(Compression::S2, "s2");
        spelled(Compression::None, "none");
    }

    #[test]
    fn what_is_not_chosen_is_the_default_of_the_server() {
        assert_eq!(DiscardPolicy::default(), DiscardPolicy::Old);
        assert_eq!(RetentionPolicy::default(), RetentionPolicy::Limits);
        assert_eq!(StorageType::default(), StorageType::File);
        assert_eq!(PersistenceMode::default(), PersistenceMode::Default);
    }
}
