//! Points in time, as JetStream and services tell them.
//!
//! One alias stands for the type, so that the rest of the crate does not know which crate it comes from; on the wire it
//! is RFC 3339.

/// A point in time, with its offset from UTC.
pub type DateTime = time::OffsetDateTime;

/// Serde functions for a [`DateTime`] as RFC 3339 text; `option` has those for a field that may be absent.
#[cfg(feature = "jetstream")]
#[allow(unused_imports)] // used by the types of streams and consumers
pub(crate) use time::serde::rfc3339;

/// This moment, in UTC.
pub fn now() -> DateTime {
    DateTime::now_utc()
}
