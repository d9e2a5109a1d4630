//! Durations as whole nanoseconds in JSON, as the JetStream API and services have them.
//!
//! For `#[serde(with = "nanos")]` on a [`Duration`], `nanos::option` on one that may be absent, and `nanos::list` on
//! several.
//!
//! Their numbers have 63 bits and a sign. What is longer, 292 years, is written as the longest that fits; what is
//! negative, as clocks that differ make it, is read as zero.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(crate) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    Nanos::from(*duration).serialize(serializer)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    Nanos::deserialize(deserializer).map(Duration::from)
}

/// A duration that may be absent.
#[allow(dead_code)] // what is read with it depends on the features
pub(crate) mod option {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
        duration.map(Nanos::from).serialize(serializer)
    }

    #[allow(dead_code)] // what is left of a pause comes with server_2_11
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
        let nanos = Option::<Nanos>::deserialize(deserializer)?;
        Ok(nanos.map(Duration::from))
    }
}

/// Several durations.
#[cfg(feature = "jetstream")]
pub(crate) mod list {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(durations: &[Duration], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(durations.iter().copied().map(Nanos::from))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Duration>, D::Error> {
        let nanos = Vec::<Nanos>::deserialize(deserializer)?;
        Ok(nanos.into_iter().map(Duration::from).collect())
    }
}

/// A duration on its way between this crate and the API.
#[derive(Deserialize, Serialize)]
struct Nanos(i64);

impl From<Duration> for Nanos {
    fn from(duration: Duration) -> Self {
        Nanos(duration.as_nanos().try_into().unwrap_or(i64::MAX))
    }
}

impl From<Nanos> for Duration {
    fn from(Nanos(nanos): Nanos) -> Self {
        Duration::from_nanos(nanos.try_into().unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    struct Times {
        #[serde(with = "super")]
        one: Duration,
        #[serde(default, with = "super::option")]
        perhaps: Option<Duration>,
        #[serde(default, with = "super::list")]
        several: Vec<Duration>,
    }

    #[test]
    fn there_and_back() {
        let times = Times {
            one: Duration::from_millis(1500),
            perhaps: Some(Duration::from_nanos(1)),
            several: vec![Duration::ZERO, Duration::from_secs(2)],
        };
        let json = serde_json::to_string(&times).unwrap();
        assert_eq!(json, r#"{"one":1500000000,"perhaps":1,"several":[0,2000000000]}"#);
        assert_eq!(serde_json::from_str::<Times>(&json).unwrap(), times);
    }

    #[test]
    fn absent_and_null() {
        let expected = Times {
            one: Duration::ZERO,
            perhaps: None,
            several: Vec::new(),
        };
        for json in [r#"{"one":0}"#, r#"{"one":0,"perhaps":null,"several":[]}"#] {
            assert_eq!(serde_json::from_str::<Times>(json).unwrap(), expected);
        }
        let json = serde_json::to_string(&expected).unwrap();
        assert_eq!(json, r#"{"one":0,"perhaps":null,"several":[]}"#);
    }

    #[test]
    fn the_longest_and_the_negative() {
        let longest = Duration::from_nanos(i64::MAX as u64);
        for duration in [longest, longest + Duration::from_nanos(1), Duration::MAX] {
            let json = serde_json::to_string(&Nanos::from(duration)).unwrap();
            assert_eq!(json, i64::MAX.to_string());
        }
        let negative: Times = serde_json::from_str(r#"{"one":-1,"perhaps":-5,"several":[-9]}"#).unwrap();
        assert_eq!(negative.one, Duration::ZERO);
        assert_eq!(negative.perhaps, Some(Duration::ZERO));
        assert_eq!(negative.several, [Duration::ZERO]);
        assert!(serde_json::from_str::<Times>(r#"{"one":"1s"}"#).is_err());
    }
}
