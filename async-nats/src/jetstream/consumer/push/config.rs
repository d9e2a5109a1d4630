//! The configuration of a push consumer.

#[cfg(feature = "server_2_10")]
use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

#[cfg(feature = "server_2_11")]
use crate::datetime::{self, DateTime};
use crate::jetstream::consumer::config::{self as consumer, FromConsumer, IntoConsumerConfig};
use crate::jetstream::consumer::policy::{AckPolicy, DeliverPolicy, ReplayPolicy};
use crate::jetstream::consumer::serial::{is_default, percent};
use crate::nanos;

/// The configuration of a push consumer, which sends its messages to a subject.
///
/// A field that has its default is left to the server, which fills in its own.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Config {
    /// Where it sends its messages.
    #[serde(default)]
    pub deliver_subject: String,
    /// The name of a consumer that stays when nobody reads from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub durable_name: Option<String>,
    /// The name. A consumer with a name and no durable one goes once it was not read for `inactive_threshold`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is for, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The queue group whose members share the messages.
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
    /// The most that it sends, in bits a second.
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
    /// Has the consumer ask whether what it sent was read, and wait for the answer.
    #[serde(default, skip_serializing_if = "is_default")]
    pub flow_control: bool,
    /// How often a consumer with nothing to send gives a sign of life; zero for never.
    #[serde(default, with = "nanos", skip_serializing_if = "is_default")]
    pub idle_heartbeat: Duration,
    /// In how many servers its state is kept; zero for as many as the stream.
    #[serde(default, skip_serializing_if = "is_default")]
    pub num_replicas: usize,
    /// Keeps its state in memory whatever the stream does.
    #[serde(default, skip_serializing_if = "is_default")]
    pub memory_storage: bool,
    /// Free text for whoever looks at it.
    #[cfg(feature = "server_2_10")]
    #[serde(default, skip_serializing_if = "is_default")]
    pub metadata: HashMap<String, String>,
    /// How long each attempt waits for its acknowledgement, in place of `ack_wait`.
    #[serde(default, with = "nanos::list", skip_serializing_if = "is_default")]
    pub backoff: Vec<Duration>,
    /// How long a consumer stays that nobody reads from.
    #[serde(default, with = "nanos", skip_serializing_if = "is_default")]
    pub inactive_threshold: Duration,
    /// Until when it sends nothing.
    #[cfg(feature = "server_2_11")]
    #[serde(default, with = "datetime::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub pause_until: Option<DateTime>,
}

impl IntoConsumerConfig for Config {
    fn into_consumer_config(self) -> consumer::Config {
        consumer::Config {
            deliver_subject: Some(self.deliver_subject),
            durable_name: self.durable_name,
            name: self.name,
            description: self.description,
            deliver_group: self.deliver_group,
            deliver_policy: self.deliver_policy,
            ack_policy: self.ack_policy,
            ack_wait: self.ack_wait,
            max_deliver: self.max_deliver,
            filter_subject: self.filter_subject,
            #[cfg(feature = "server_2_10")]
            filter_subjects: self.filter_subjects,
            replay_policy: self.replay_policy,
            rate_limit: self.rate_limit,
            sample_frequency: self.sample_frequency,
            max_waiting: self.max_waiting,
            max_ack_pending: self.max_ack_pending,
            headers_only: self.headers_only,
            flow_control: self.flow_control,
            idle_heartbeat: self.idle_heartbeat,
            inactive_threshold: self.inactive_threshold,
            num_replicas: self.num_replicas,
            memory_storage: self.memory_storage,
            #[cfg(feature = "server_2_10")]
            metadata: self.metadata,
            backoff: self.backoff,
            #[cfg(feature = "server_2_11")]
            pause_until: self.pause_until,
            ..Default::default()
        }
    }
}

impl IntoConsumerConfig for &Config {
    fn into_consumer_config(self) -> consumer::Config {
        self.clone().into_consumer_config()
    }
}

impl FromConsumer for Config {
    fn try_from_consumer_config(config: consumer::Config) -> Result<Self, crate::Error> {
        let Some(deliver_subject) = config.deliver_subject else {
            return Err("a push consumer has a delivery subject, and this one has none: it is a pull consumer".into());
        };
        Ok(Config {
            deliver_subject,
            durable_name: config.durable_name,
            name: config.name,
            description: config.description,
            deliver_group: config.deliver_group,
            deliver_policy: config.deliver_policy,
            ack_policy: config.ack_policy,
            ack_wait: config.ack_wait,
            max_deliver: config.max_deliver,
            filter_subject: config.filter_subject,
            #[cfg(feature = "server_2_10")]
            filter_subjects: config.filter_subjects,
            replay_policy: config.replay_policy,
            rate_limit: config.rate_limit,
            sample_frequency: config.sample_frequency,
            max_waiting: config.max_waiting,
            max_ack_pending: config.max_ack_pending,
            headers_only: config.headers_only,
            flow_control: config.flow_control,
            idle_heartbeat: config.idle_heartbeat,
            num_replicas: config.num_replicas,
            memory_storage: config.memory_storage,
            #[cfg(feature = "server_2_10")]
            metadata: config.metadata,
            backoff: config.backoff,
            inactive_threshold: config.inactive_threshold,
            #[cfg(feature = "server_2_11")]
            pause_until: config.pause_until,
        })
    }
}
