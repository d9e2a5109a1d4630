//! Points in time, as JetStream and services tell them.
//!
//! One alias stands for the type, so that the rest of the crate, and code that wants to work with either, does not know
//! which crate it comes from: `time` by default, `chrono` with the feature of that name. A feature that one crate of a
//! program turns on is on for all of them: then all of them see `chrono`. On the wire a point in time is RFC 3339.

#[cfg(feature = "chrono")]
#[path = "datetime/with_chrono.rs"]
mod backend;
#[cfg(not(feature = "chrono"))]
#[path = "datetime/with_time.rs"]
mod backend;

use std::time::Duration;

/// Serde functions for a [`DateTime`] as RFC 3339 text, for `#[serde(with = "…")]`; `option` has those for a field that may
/// be null.
#[allow(unused_imports)] // which of them are needed depends on the features
pub(crate) use self::backend::rfc3339;
pub use self::backend::DateTime;

/// The time now, by the clock of the system.
///
/// ```
/// assert!(async_nats::datetime::now() > async_nats::datetime::from_nanos(0)?);
/// # Ok::<(), async_nats::Error>(())
/// ```
pub fn now() -> DateTime {
    backend::now()
}

/// The time that lies `nanos` nanoseconds after the start of 1970 in UTC, or before it.
///
/// # Errors
///
/// The type cannot tell that time: `time` knows the years from -9999 to 9999, `chrono` is taken to know those that a number
/// of 64 bits counts nanoseconds for, 1677 to 2262.
///
/// ```
/// let then = async_nats::datetime::from_nanos(1_500_000_000)?;
/// assert_eq!(then, async_nats::datetime::parse_rfc3339("1970-01-01T00:00:01.5Z")?);
/// # Ok::<(), async_nats::Error>(())
/// ```
pub fn from_nanos(nanos: i128) -> Result<DateTime, crate::Error> {
    backend::from_nanos(nanos)
}

/// Reads a time as servers write it: `2026-11-25T03:00:00.123456789Z`. What has another offset is turned into UTC.
///
/// # Errors
///
/// The text is not RFC 3339, or names a day or an hour that there is not.
///
/// ```
/// let noon = async_nats::datetime::parse_rfc3339("2026-11-25T12:00:00Z")?;
/// assert_eq!(noon, async_nats::datetime::parse_rfc3339("2026-11-25T13:00:00+01:00")?);
/// # Ok::<(), async_nats::Error>(())
/// ```
pub fn parse_rfc3339(s: &str) -> Result<DateTime, crate::Error> {
    backend::parse_rfc3339(s)
}

/// The time that lies `duration` after `dt`.
///
/// # Errors
///
/// The type cannot tell that time.
///
/// ```
/// use std::time::Duration;
///
/// let noon = async_nats::datetime::parse_rfc3339("2026-11-25T12:00:00Z")?;
/// let later = async_nats::datetime::add_std_duration(noon, Duration::from_secs(60))?;
/// assert_eq!(later, async_nats::datetime::parse_rfc3339("2026-11-25T12:01:00Z")?);
/// # Ok::<(), async_nats::Error>(())
/// ```
pub fn add_std_duration(dt: DateTime, duration: Duration) -> Result<DateTime, crate::Error> {
    let later = backend::checked_add(dt, duration);
    later.ok_or_else(|| format!("there is no time that lies {duration:?} after {dt}").into())
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    struct Times {
        #[serde(with = "rfc3339")]
        created: DateTime,
        #[serde(default, with = "rfc3339::option")]
        deleted: Option<DateTime>,
    }

    #[test]
    fn as_json() {
        let created = from_nanos(1_795_575_600_000_000_000).expect("a time");
        let times = Times {
            created,
            deleted: Some(from_nanos(1_795_575_600_000_000_001).expect("a time")),
        };
        let json = serde_json::to_string(&times).expect("two texts");
        assert_eq!(
            json,
            r#"{"created":"2026-11-25T03:00:00Z","deleted":"2026-11-25T03:00:00.000000001Z"}"#
        );
        assert_eq!(serde_json::from_str::<Times>(&json).expect("as written"), times);

        let times = Times { created, deleted: None };
        let json = serde_json::to_string(&times).expect("a text");
        assert_eq!(json, r#"{"created":"2026-11-25T03:00:00Z","deleted":null}"#);
        for same in [json.as_str(), r#"{"created":"2026-11-25T04:00:00.000+01:00"}"#] {
            assert_eq!(serde_json::from_str::<Times>(same).expect("a time"), times, "{same}");
        }
        for wrong in [r#"{"created":"now"}"#, r#"{"created":null}"#, r#"{"created":1}"#] {
            serde_json::from_str::<Times>(wrong).expect_err(wrong);
        }
        // What servers send for a time that never was.
        serde_json::from_str::<Times>(r#"{"created":"0001-01-01T00:00:00Z"}"#).expect("a time");
    }

    #[test]
    fn before_1970() {
        let then = from_nanos(-1).expect("a time");
        assert_eq!(then, parse_rfc3339("1969-12-31T23:59:59.999999999Z").expect("a time"));
    }

    #[test]
    fn beyond_all_times() {
        from_nanos(i128::MAX).expect_err("too late");
        from_nanos(i128::MIN).expect_err("too early");
        let error = add_std_duration(now(), Duration::MAX).expect_err("too late");
        assert!(error.to_string().contains("after"), "{error}");
        let error = add_std_duration(now(), Duration::from_secs(u64::MAX / 4)).expect_err("too late");
        assert!(error.to_string().contains("after"), "{error}");
        parse_rfc3339("2026-02-30T00:00:00Z").expect_err("no such day");
        parse_rfc3339("").expect_err("nothing");
    }
}
