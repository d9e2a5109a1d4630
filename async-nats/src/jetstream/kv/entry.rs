//! One value of a key, and what a message of the bucket's stream says about it.

use std::fmt;
use std::str::FromStr;

use bytes::Bytes;

use crate::datetime::DateTime;
use crate::header::{self, HeaderMap};

/// The header that names an [`Operation`].
pub(super) const OPERATION: &str = "KV-Operation";

/// What was done with a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Operation {
    /// A value was written.
    Put,
    /// The value was deleted; those before it are kept as the history says.
    Delete,
    /// The value and all those before it were deleted.
    Purge,
}

impl Operation {
    /// As it stands in a header.
    pub(super) fn name(self) -> &'static str {
        match self {
            Operation::Put => "PUT",
            Operation::Delete => "DEL",
            Operation::Purge => "PURGE",
        }
    }

    /// What the headers of a message say: its operation, or the reason for which the server took the value away. A
    /// message that says nothing, or what nobody knows, is a value.
    pub(super) fn of(headers: &HeaderMap) -> Operation {
        if headers.is_empty() {
            return Operation::Put;
        }
        if let Some(name) = headers.get(OPERATION) {
            return name.as_str().parse().unwrap_or(Operation::Put);
        }
        match headers.get(header::NATS_MARKER_REASON).map(|reason| reason.as_str()) {
            Some("MaxAge" | "Purge") => Operation::Purge,
            Some("Remove") => Operation::Delete,
            _ => Operation::Put,
        }
    }
}

impl FromStr for Operation {
    type Err = ParseOperationError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "PUT" => Ok(Operation::Put),
            "DEL" => Ok(Operation::Delete),
            "PURGE" => Ok(Operation::Purge),
            _ => Err(ParseOperationError),
        }
    }
}

/// The text names no operation.
#[derive(Clone, Debug)]
pub struct ParseOperationError;

impl fmt::Display for ParseOperationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an operation of a key: it can be PUT, PURGE or DEL")
    }
}

impl std::error::Error for ParseOperationError {}

/// One value of a key, or what says that it has none.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// The bucket that the key is in.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The value; empty when it was deleted or purged.
    pub value: Bytes,
    /// Which change of the bucket this is.
    pub revision: u64,
    /// How many entries there are behind this one: what a watcher still gets of the present state. 0 for an entry that
    /// was asked for by its key.
    pub delta: u64,
    /// When the server took it.
    pub created: DateTime,
    /// What was done with the key.
    pub operation: Operation,
    /// Whether a watcher has now seen what was there when it began.
    pub seen_current: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(lines: &[(&str, &str)]) -> Operation {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, *value);
        }
        Operation::of(&headers)
    }

    #[test]
    fn operations_and_markers() {
        assert_eq!(operation(&[]), Operation::Put);
        assert_eq!(operation(&[("Other", "DEL")]), Operation::Put);
        assert_eq!(operation(&[(OPERATION, "DEL")]), Operation::Delete);
        assert_eq!(operation(&[(OPERATION, "PURGE")]), Operation::Purge);
        assert_eq!(operation(&[(OPERATION, "what?")]), Operation::Put);
        assert_eq!(operation(&[("Nats-Marker-Reason", "MaxAge")]), Operation::Purge);
        assert_eq!(operation(&[("Nats-Marker-Reason", "Purge")]), Operation::Purge);
        assert_eq!(operation(&[("Nats-Marker-Reason", "Remove")]), Operation::Delete);
        assert_eq!(operation(&[("Nats-Marker-Reason", "Else")]), Operation::Put);
        for operation in [Operation::Put, Operation::Delete, Operation::Purge] {
            assert_eq!(operation.name().parse::<Operation>().ok(), Some(operation));
        }
        assert!("put".parse::<Operation>().is_err());
    }
}
