//! [`BatchConfig`]: what one pull request asks for.

use std::time::Duration;

use serde::Serialize;

use crate::jetstream::consumer::serial::is_default;
use crate::nanos;

/// What one pull request asks for.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct BatchConfig {
    /// The most messages.
    pub batch: usize,
    /// How long the request stays on the server; without one, until it is served.
    #[serde(skip_serializing_if = "Option::is_none", with = "nanos::option")]
    pub expires: Option<Duration>,
    /// Ends the request at once when nothing more is there.
    #[serde(skip_serializing_if = "is_default")]
    pub no_wait: bool,
    /// The most bytes, headers and subjects counted; zero for no limit.
    pub max_bytes: usize,
    /// How often the server gives a sign of life while it has nothing to send; zero for never.
    #[serde(with = "nanos", skip_serializing_if = "is_default")]
    pub idle_heartbeat: Duration,
    /// Is served only while at least this many messages are pending.
    pub min_pending: Option<usize>,
    /// Is served only while at least this many messages are not acknowledged.
    pub min_ack_pending: Option<usize>,
    /// The priority group that the request is for.
    pub group: Option<String>,
    /// The priority within the group, from 0, the first, to 9.
    #[cfg(feature = "server_2_12")]
    pub priority: Option<usize>,
}

/// A pull request as it is sent: what is not asked for is left out.
#[derive(Serialize)]
struct Wire<'a> {
    batch: usize,
    #[serde(skip_serializing_if = "Option::is_none", with = "nanos::option")]
    expires: Option<Duration>,
    #[serde(skip_serializing_if = "is_default")]
    no_wait: bool,
    #[serde(skip_serializing_if = "is_default")]
    max_bytes: usize,
    #[serde(skip_serializing_if = "is_default", with = "nanos")]
    idle_heartbeat: Duration,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_pending: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_ack_pending: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

impl BatchConfig {
    /// The request as it is sent, for `batch` messages or `max_bytes` in place of what this says of them, by the client that
    /// the server knows as `pin`.
    pub(super) fn to_wire(
        &self,
        batch: usize,
        max_bytes: usize,
        pin: Option<&str>,
    ) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&Wire {
            batch,
            expires: self.expires,
            no_wait: self.no_wait,
            max_bytes,
            idle_heartbeat: self.idle_heartbeat,
            min_pending: self.min_pending,
            min_ack_pending: self.min_ack_pending,
            group: self.group.as_deref(),
            #[cfg(feature = "server_2_12")]
            priority: self.priority,
            #[cfg(not(feature = "server_2_12"))]
            priority: None,
            id: pin,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_asked_for_is_left_out() {
        let config = BatchConfig::default();
        assert_eq!(config.to_wire(5, 0, None).unwrap(), br#"{"batch":5}"#);
    }

    #[test]
    fn everything() {
        let config = BatchConfig {
            expires: Some(Duration::from_secs(30)),
            no_wait: true,
            idle_heartbeat: Duration::from_secs(15),
            min_pending: Some(1),
            min_ack_pending: Some(2),
            group: Some("A".into()),
            #[cfg(feature = "server_2_12")]
            priority: Some(3),
            ..Default::default()
        };
        let json: serde_json::Value = serde_json::from_slice(&config.to_wire(5, 6, Some("x")).unwrap()).unwrap();
        assert_eq!(json["batch"], 5);
        assert_eq!(json["max_bytes"], 6);
        assert_eq!(json["expires"], 30_000_000_000_i64);
        assert_eq!(json["no_wait"], true);
        assert_eq!(json["idle_heartbeat"], 15_000_000_000_i64);
        assert_eq!((&json["min_pending"], &json["min_ack_pending"]), (&1.into(), &2.into()));
        assert_eq!((&json["group"], &json["id"]), (&"A".into(), &"x".into()));
        #[cfg(feature = "server_2_12")]
        assert_eq!(json["priority"], 3);
    }
}
