//! Consumers that send nothing for a while.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::ConsumerError;
use crate::datetime::{self, DateTime};
use crate::jetstream::response::Response;
use crate::jetstream::Context;
use crate::nanos;

/// What the server says when a consumer was paused or resumed.
#[derive(Debug, Deserialize)]
pub struct PauseResponse {
    /// Whether it is paused now.
    pub paused: bool,
    /// Until when; the year 1 when it is not paused.
    #[serde(with = "datetime::rfc3339")]
    pub pause_until: DateTime,
    /// For how much longer.
    #[serde(default, with = "nanos::option")]
    pub pause_remaining: Option<Duration>,
}

#[derive(Serialize)]
struct Pause {
    #[serde(with = "datetime::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pause_until: Option<DateTime>,
}

/// Pauses a consumer until a time, or lets it go on.
pub(super) async fn pause(
    context: &Context,
    stream: &str,
    consumer: &str,
    until: Option<DateTime>,
) -> Result<PauseResponse, ConsumerError> {
    super::error::check_names(stream, consumer)?;
    let subject = format!("CONSUMER.PAUSE.{stream}.{consumer}");
    match context.request(subject, &Pause { pause_until: until }).await? {
        Response::Ok(answer) => Ok(answer),
        Response::Err { error } => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let resume = Pause { pause_until: None };
        assert_eq!(serde_json::to_string(&resume).unwrap(), "{}");
        let json = r#"{"paused":true,"pause_until":"2024-02-29T12:00:00Z","pause_remaining":7}"#;
        let answer: PauseResponse = serde_json::from_str(json).unwrap();
        assert!(answer.paused);
        assert_eq!(answer.pause_remaining, Some(Duration::from_nanos(7)));
        let pause = Pause {
            pause_until: Some(answer.pause_until),
        };
        assert_eq!(
            serde_json::to_string(&pause).unwrap(),
            r#"{"pause_until":"2024-02-29T12:00:00Z"}"#
        );
        let json = r#"{"paused":false,"pause_until":"0001-01-01T00:00:00Z"}"#;
        let answer: PauseResponse = serde_json::from_str(json).unwrap();
        assert!(!answer.paused && answer.pause_remaining.is_none());
    }
}
