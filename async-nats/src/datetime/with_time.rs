//! Points in time by the crate `time`.

use std::time::Duration;

use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

pub(crate) use time::serde::rfc3339;

/// A point in time, with its offset from UTC.
pub type DateTime = OffsetDateTime;

pub(super) fn now() -> DateTime {
    OffsetDateTime::now_utc()
}

pub(super) fn from_nanos(nanos: i128) -> Result<DateTime, crate::Error> {
    Ok(OffsetDateTime::from_unix_timestamp_nanos(nanos)?)
}

pub(super) fn parse_rfc3339(text: &str) -> Result<DateTime, crate::Error> {
    Ok(OffsetDateTime::parse(text, &Rfc3339)?.to_offset(UtcOffset::UTC))
}

pub(super) fn checked_add(time: DateTime, duration: Duration) -> Option<DateTime> {
    time.checked_add(duration.try_into().ok()?)
}
