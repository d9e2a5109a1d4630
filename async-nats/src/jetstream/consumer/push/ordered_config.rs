//! The configuration of an ordered consumer that is pushed to.

#[cfg(feature = "server_2_10")]
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::jetstream::consumer::config::{self as consumer, FromConsumer, IntoConsumerConfig};
use crate::jetstream::consumer::limits::{ORDERED_IDLE_HEARTBEAT, ORDERED_INACTIVE_THRESHOLD};
use crate::jetstream::consumer::policy::{AckPolicy, DeliverPolicy, ReplayPolicy};
use crate::jetstream::consumer::serial::{is_default, percent};

/// The configuration of an ordered consumer that is pushed to.
///
/// Everything else about it is settled: it lives in the memory of one server, needs no acknowledgements, and goes when
/// nobody reads from it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct OrderedConfig {
    /// Where it sends its messages.
    #[serde(default)]
    pub deliver_subject: String,
    /// The name. A consumer with a name and no durable one goes once it was not read for `inactive_threshold`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is for, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
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
    /// Sends headers without payloads, with the size in `Nats-Msg-Size`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub headers_only: bool,
    /// Where in the stream it begins.
    #[serde(flatten)]
    pub deliver_policy: DeliverPolicy,
    /// How many pull requests may wait at a time.
    #[serde(default, skip_serializing_if = "is_default")]
    pub max_waiting: i64,
    /// Free text for whoever looks at it.
    #[cfg(feature = "server_2_10")]
    #[serde(default, skip_serializing_if = "is_default")]
    pub metadata: HashMap<String, String>,
}

impl IntoConsumerConfig for OrderedConfig {
    fn into_consumer_config(self) -> consumer::Config {
        consumer::Config {
            deliver_subject: Some(self.deliver_subject),
            name: self.name,
            description: self.description,
            deliver_policy: self.deliver_policy,
            ack_policy: AckPolicy::None,
            max_deliver: 1,
            filter_subject: self.filter_subject,
            #[cfg(feature = "server_2_10")]
            filter_subjects: self.filter_subjects,
            replay_policy: self.replay_policy,
            rate_limit: self.rate_limit,
            sample_frequency: self.sample_frequency,
            max_waiting: self.max_waiting,
            headers_only: self.headers_only,
            flow_control: true,
            idle_heartbeat: ORDERED_IDLE_HEARTBEAT,
            inactive_threshold: ORDERED_INACTIVE_THRESHOLD,
            num_replicas: 1,
            memory_storage: true,
            #[cfg(feature = "server_2_10")]
            metadata: self.metadata,
            ..Default::default()
        }
    }
}

impl FromConsumer for OrderedConfig {
    fn try_from_consumer_config(config: consumer::Config) -> Result<Self, crate::Error> {
        let Some(deliver_subject) = config.deliver_subject else {
            return Err("a push consumer has a delivery subject, and this one has none: it is a pull consumer".into());
        };
        Ok(OrderedConfig {
            deliver_subject,
            name: config.name,
            description: config.description,
            filter_subject: config.filter_subject,
            #[cfg(feature = "server_2_10")]
            filter_subjects: config.filter_subjects,
            replay_policy: config.replay_policy,
            rate_limit: config.rate_limit,
            sample_frequency: config.sample_frequency,
            headers_only: config.headers_only,
            deliver_policy: config.deliver_policy,
            max_waiting: config.max_waiting,
            #[cfg(feature = "server_2_10")]
            metadata: config.metadata,
        })
    }
}
