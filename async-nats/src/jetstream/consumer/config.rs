//! [`Config`]: everything that a consumer can be told, as the server takes it.
//!
//! `pull::Config`, `push::Config` and the ordered ones hold what makes sense for their kind, and become this one.

#[cfg(feature = "server_2_10")]
use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

#[cfg(feature = "server_2_11")]
use super::policy::PriorityPolicy;
use super::policy::{AckPolicy, DeliverPolicy, ReplayPolicy};
use super::serial::{is_default, percent};
#[cfg(feature = "server_2_11")]
use crate::datetime::{self, DateTime};
use crate::nanos;

/// What can be made into the configuration of a consumer.
pub trait IntoConsumerConfig {
    /// The configuration as the server takes it.
    fn into_consumer_config(self) -> Config;
}

/// What can be made of the configuration that a server has of a consumer.
pub trait FromConsumer {
    /// The same in this type.
    ///
    /// # Errors
    ///
    /// When the consumer is of another kind: a push consumer as a pull consumer, or the other way round.
    fn try_from_consumer_config(config: Config) -> Result<Self, crate::Error>
    where
        Self: Sized;
}

/// The configuration of a consumer of any kind.
///
/// A field that has its default is left to the server, which fills in its own.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Config {
    /// Where a push consumer sends its messages. Without one it is a pull consumer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliver_subject: Option<String>,
    /// The name of a consumer that stays when nobody reads from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub durable_name: Option<String>,
    /// The name. A consumer with a name and no durable one goes once it was not read for
    /// [`inactive_threshold`](Config::inactive_threshold).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is for, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The queue group whose members share the messages of a push consumer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliver_group: Option<String>,
    /// Where in the stream it begins.
    #[serde(flatten)]
    pub deliver_policy: DeliverPolicy,
    /// Which messages are to be acknowledged.
    #[serde(default)]
    pub ack_policy: AckPolicy,
    /// How long an acknowledgement may take before the message is sent again.
    #[serde(default, with = "nanos", skip_serializing_if = "is_default")]
    pub ack_wait: Duration,
    /// How often a message is sent before it is given up.
    #[serde(default, skip_serializing_if = "is_default")]
    pub max_deliver: i64,
    /// The subject, maybe with wildcards, of the messages that it is for; empty for all.
    #[serde(default, skip_serializing_if = "is_default")]
    pub filter_subject: String,
    /// The subjects of the messages that it is for, when there are several.
    #[cfg(feature = "server_2_10")]
    #[serde(default, skip_serializing_if = "is_default")]
    pub filter_subjects: Vec<String>,
    /// How fast it sends what is in the stream already.
    #[serde(default)]
    pub replay_policy: ReplayPolicy,
    /// The most that a push consumer sends, in bits a second.
    #[serde(default, rename = "rate_limit_bps", skip_serializing_if = "is_default")]
    pub rate_limit: u64,
    /// How many of the acknowledgements, in percent, are reported to those who observe the server.
    #[serde(
        default,
        rename = "sample_freq",
        with = "percent",
        skip_serializing_if = "is_default"
    )]
    pub sample_frequency: u8,
    /// How many pull requests may wait at a time.
    #[serde(default, skip_serializing_if = "is_default")]
    pub max_waiting: i64,
    /// How many messages may be unacknowledged before no more are sent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub max_ack_pending: i64,
    /// Sends headers without payloads, with the size in `Nats-Msg-Size`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub headers_only: bool,
    /// Has a push consumer ask whether what it sent was read, and wait for the answer.
    #[serde(default, skip_serializing_if = "is_default")]
    pub flow_control: bool,
    /// How often a push consumer with nothing to send gives a sign of life.
    #[serde(default, with = "nanos", skip_serializing_if = "is_default")]
    pub idle_heartbeat: Duration,
    /// The most messages that one pull request may ask for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub max_batch: i64,
    /// The most bytes that one pull request may ask for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub max_bytes: i64,
    /// The longest that one pull request may wait.
    #[serde(default, with = "nanos", skip_serializing_if = "is_default")]
    pub max_expires: Duration,
    /// How long a consumer stays that nobody reads from.
    #[serde(default, with = "nanos", skip_serializing_if = "is_default")]
    pub inactive_threshold: Duration,
    /// In how many servers its state is kept; zero for as many as the stream.
    #[serde(default, skip_serializing_if = "is_default")]
    pub num_replicas: usize,
    /// Keeps its state in memory whatever the stream does.
    #[serde(default, rename = "mem_storage", skip_serializing_if = "is_default")]
    pub memory_storage: bool,
    /// Free text for whoever looks at it.
    #[cfg(feature = "server_2_10")]
    #[serde(default, skip_serializing_if = "is_default")]
    pub metadata: HashMap<String, String>,
    /// How long each attempt waits for its acknowledgement, in place of [`ack_wait`](Config::ack_wait).
    #[serde(default, with = "nanos::list", skip_serializing_if = "is_default")]
    pub backoff: Vec<Duration>,
    /// How clients share the messages in priority groups.
    #[cfg(feature = "server_2_11")]
    #[serde(default, skip_serializing_if = "is_default")]
    pub priority_policy: PriorityPolicy,
    /// The priority groups that requests may name.
    #[cfg(feature = "server_2_11")]
    #[serde(default, skip_serializing_if = "is_default")]
    pub priority_groups: Vec<String>,
    /// How long a pinned client may be silent before another takes its place.
    #[cfg(feature = "server_2_11")]
    #[serde(default, with = "nanos", skip_serializing_if = "is_default")]
    pub priority_timeout: Duration,
    /// Until when it sends nothing.
    #[cfg(feature = "server_2_11")]
    #[serde(default, with = "datetime::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub pause_until: Option<DateTime>,
}

impl Config {
    /// The name that it shall have, if it is to have one.
    pub(crate) fn given_name(&self) -> Option<&str> {
        let name = self.name.as_deref().filter(|name| !name.is_empty());
        name.or(self.durable_name.as_deref().filter(|name| !name.is_empty()))
    }
}

impl From<&Config> for Config {
    fn from(config: &Config) -> Config {
        config.clone()
    }
}

impl From<&str> for Config {
    /// The configuration of a durable consumer of this name.
    fn from(durable_name: &str) -> Config {
        Config {
            durable_name: Some(durable_name.to_owned()),
            ..Default::default()
        }
    }
}

impl IntoConsumerConfig for Config {
    fn into_consumer_config(self) -> Config {
        self
    }
}

impl IntoConsumerConfig for &Config {
    fn into_consumer_config(self) -> Config {
        self.clone()
    }
}

impl FromConsumer for Config {
    fn try_from_consumer_config(config: Config) -> Result<Self, crate::Error> {
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_default_is_left_to_the_server() {
        let json = r#"{"deliver_policy":"all","ack_policy":"explicit","replay_policy":"instant"}"#;
        assert_eq!(serde_json::to_string(&Config::default()).unwrap(), json);
        assert_eq!(serde_json::from_str::<Config>(json).unwrap(), Config::default());
    }

    #[test]
    fn shape() {
        let config = Config {
            durable_name: Some("d".into()),
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: 3 },
            ack_wait: Duration::from_secs(1),
            sample_frequency: 30,
            rate_limit: 8,
            memory_storage: true,
            backoff: vec![Duration::from_nanos(5)],
            ..Default::default()
        };
        let json = concat!(
            r#"{"durable_name":"d","deliver_policy":"by_start_sequence","opt_start_seq":3,"ack_policy":"explicit","#,
            r#""ack_wait":1000000000,"replay_policy":"instant","rate_limit_bps":8,"sample_freq":"30","mem_storage":true,"#,
            r#""backoff":[5]}"#
        );
        assert_eq!(serde_json::to_string(&config).unwrap(), json);
        let back: Config = serde_json::from_str(&json.replace(r#""30""#, r#""30%""#)).unwrap();
        assert_eq!(back, config);
    }

    #[test]
    fn shares_that_are_none_are_refused() {
        for share in ["x", "30%%", "", "256", "-1"] {
            let json = format!(r#"{{"deliver_policy":"all","sample_freq":"{share}"}}"#);
            assert!(serde_json::from_str::<Config>(&json).is_err(), "{share:?}");
        }
    }

    #[test]
    fn names() {
        let mut config = Config::from("durable");
        assert_eq!(config.given_name(), Some("durable"));
        config.name = Some("name".into());
        assert_eq!(config.given_name(), Some("name"));
        config.name = Some(String::new());
        config.durable_name = None;
        assert_eq!(config.given_name(), None);
    }
}
