//! Where a stream takes messages from besides its own subjects: mirrors and sources, and how their subjects change.

use serde::{Deserialize, Deserializer, Serialize};

use super::absent::is_default;
use crate::datetime::{rfc3339, DateTime};

/// Another stream, whose messages a stream takes: as its [`mirror`](super::Config::mirror), or as one of its
/// [`sources`](super::Config::sources).
///
/// ```
/// use async_nats::jetstream::stream::{Config, Source};
///
/// let copy = Config {
///     name: "events_copy".to_owned(),
///     mirror: Some(Source {
///         name: "events".to_owned(),
///         ..Default::default()
///     }),
///     ..Default::default()
/// };
/// ```
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Source {
    /// The name of the other stream.
    pub name: String,
    /// Begins with the message of this sequence of the other stream.
    #[serde(default, rename = "opt_start_seq", skip_serializing_if = "Option::is_none")]
    pub start_sequence: Option<u64>,
    /// Begins with the first message that was stored at this time or later.
    #[serde(
        default,
        rename = "opt_start_time",
        skip_serializing_if = "Option::is_none",
        with = "rfc3339::option"
    )]
    pub start_time: Option<DateTime>,
    /// Takes only messages whose subject matches this one, which may have wildcards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter_subject: Option<String>,
    /// Where the other stream is, if not in the JetStream of this account. Excludes [`domain`](Source::domain).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<External>,
    /// The domain that the other stream is in; creating the stream makes an [`external`](Source::external) of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// How subjects change on the way; each has its own filter, so it excludes
    /// [`filter_subject`](Source::filter_subject).
    #[cfg(feature = "server_2_10")]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subject_transforms: Vec<SubjectTransform>,
    /// A durable consumer of the other stream that is to be used, instead of one that the server makes.
    #[cfg(feature = "server_2_14")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumer: Option<StreamConsumerSource>,
}

/// The durable consumer that a mirror or source reads from.
#[cfg(feature = "server_2_14")]
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct StreamConsumerSource {
    /// The name of the consumer.
    #[serde(default, skip_serializing_if = "is_default")]
    pub name: String,
    /// The subject that the consumer delivers to.
    #[serde(default, skip_serializing_if = "is_default")]
    pub deliver_subject: String,
}

#[cfg(feature = "server_2_14")]
impl StreamConsumerSource {
    /// The consumer of this name, which delivers to this subject.
    pub fn new(name: impl Into<String>, deliver_subject: impl Into<String>) -> Self {
        StreamConsumerSource {
            name: name.into(),
            deliver_subject: deliver_subject.into(),
        }
    }
}

/// How another JetStream is reached: that of another account or domain.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct External {
    /// What the subjects of its API begin with, such as `$JS.hub.API`.
    #[serde(rename = "api")]
    pub api_prefix: String,
    /// What the subjects begin with that it delivers to.
    #[serde(
        default,
        rename = "deliver",
        skip_serializing_if = "is_default",
        deserialize_with = "none_if_empty"
    )]
    pub delivery_prefix: Option<String>,
}

/// Servers answer with an empty text where nothing was set.
fn none_if_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.filter(|text| !text.is_empty()))
}

/// A change of subjects: what matches `source` becomes `destination`.
///
/// `{{wildcard(1)}}` in the destination stands for what the first wildcard matched; see the server's documentation on
/// [subject mapping](https://docs.nats.io/nats-concepts/subject_mapping).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SubjectTransform {
    /// What a subject must match; it may have wildcards.
    #[serde(rename = "src")]
    pub source: String,
    /// What it becomes.
    #[serde(rename = "dest")]
    pub destination: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_all_that_is_needed() {
        let source = Source {
            name: "events".to_owned(),
            ..Default::default()
        };
        let json = r#"{"name":"events"}"#;
        assert_eq!(serde_json::to_string(&source).unwrap(), json);
        assert_eq!(serde_json::from_str::<Source>(json).unwrap(), source);
    }

    #[test]
    fn external_without_a_place_to_deliver_to() {
        let external = External {
            api_prefix: "$JS.hub.API".to_owned(),
            delivery_prefix: None,
        };
        let json = r#"{"api":"$JS.hub.API"}"#;
        assert_eq!(serde_json::to_string(&external).unwrap(), json);
        assert_eq!(serde_json::from_str::<External>(json).unwrap(), external);
        let as_answered = r#"{"api":"$JS.hub.API","deliver":""}"#;
        assert_eq!(serde_json::from_str::<External>(as_answered).unwrap(), external);
    }

    #[cfg(feature = "server_2_14")]
    #[test]
    fn a_consumer_of_the_users() {
        let consumer = StreamConsumerSource::new("copier", "copies");
        let json = r#"{"name":"copier","deliver_subject":"copies"}"#;
        assert_eq!(serde_json::to_string(&consumer).unwrap(), json);
        assert_eq!(serde_json::from_str::<StreamConsumerSource>(json).unwrap(), consumer);
        let nothing = StreamConsumerSource::default();
        assert_eq!(serde_json::to_string(&nothing).unwrap(), "{}");
        assert_eq!(serde_json::from_str::<StreamConsumerSource>("{}").unwrap(), nothing);
    }
}
