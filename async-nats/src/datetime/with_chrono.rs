//! Points in time by the crate `chrono`.

use std::time::{Duration, SystemTime};

use chrono::{SecondsFormat, Utc};

/// A point in time, in UTC.
pub type DateTime = chrono::DateTime<Utc>;

pub(super) fn now() -> DateTime {
    SystemTime::now().into()
}

pub(super) fn from_nanos(nanos: i128) -> Result<DateTime, crate::Error> {
    Ok(chrono::DateTime::from_timestamp_nanos(i64::try_from(nanos)?))
}

pub(super) fn parse_rfc3339(text: &str) -> Result<DateTime, crate::Error> {
    Ok(chrono::DateTime::parse_from_rfc3339(text)?.with_timezone(&Utc))
}

pub(super) fn checked_add(time: DateTime, duration: Duration) -> Option<DateTime> {
    time.checked_add_signed(chrono::Duration::from_std(duration).ok()?)
}

fn write(time: &DateTime) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

#[allow(dead_code)] // which of them are needed depends on the features
pub(crate) mod rfc3339 {
    //! A time that is always there.

    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::{parse_rfc3339, write, DateTime};

    pub(crate) fn serialize<S: Serializer>(time: &DateTime, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&write(time))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        parse_rfc3339(&text).map_err(D::Error::custom)
    }

    pub(crate) mod option {
        //! A time that may be null.

        use serde::de::Error as _;
        use serde::{Deserialize, Deserializer, Serializer};

        use super::{parse_rfc3339, write, DateTime};

        pub(crate) fn serialize<S: Serializer>(time: &Option<DateTime>, serializer: S) -> Result<S::Ok, S::Error> {
            match time {
                Some(time) => serializer.serialize_some(&write(time)),
                None => serializer.serialize_none(),
            }
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime>, D::Error> {
            let text = Option::<std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
            text.map(|text| parse_rfc3339(&text))
                .transpose()
                .map_err(D::Error::custom)
        }
    }
}
