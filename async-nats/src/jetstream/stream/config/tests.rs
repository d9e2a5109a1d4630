use serde_json::{json, Value};

use super::super::source::External;
use super::*;
use crate::datetime::DateTime;

fn source(name: &str) -> Source {
    Source {
        name: name.to_owned(),
        start_sequence: Some(7),
        start_time: Some(DateTime::UNIX_EPOCH),
        filter_subject: Some("events.eu.>".to_owned()),
        external: Some(External {
            api_prefix: "$JS.hub.API".to_owned(),
            delivery_prefix: Some("deliver.hub".to_owned()),
        }),
        domain: Some("hub".to_owned()),
        #[cfg(feature = "server_2_10")]
        subject_transforms: vec![transform()],
        #[cfg(feature = "server_2_14")]
        consumer: Some(super::super::source::StreamConsumerSource::new("copier", "copies")),
    }
}

fn source_json(name: &str) -> Value {
    #[allow(unused_mut)] // without the features that add to it
    let mut json = json!({
        "name": name,
        "opt_start_seq": 7,
        "opt_start_time": "1970-01-01T00:00:00Z",
        "filter_subject": "events.eu.>",
        "external": { "api": "$JS.hub.API", "deliver": "deliver.hub" },
        "domain": "hub",
    });
    #[cfg(feature = "server_2_10")]
    {
        json["subject_transforms"] = json!([{ "src": "a.*", "dest": "b.{{wildcard(1)}}" }]);
    }
    #[cfg(feature = "server_2_14")]
    {
        json["consumer"] = json!({ "name": "copier", "deliver_subject": "copies" });
    }
    json
}

#[cfg(feature = "server_2_10")]
fn transform() -> SubjectTransform {
    SubjectTransform {
        source: "a.*".to_owned(),
        destination: "b.{{wildcard(1)}}".to_owned(),
    }
}

/// Nothing in it is at its default.
fn full() -> Config {
    Config {
        name: "events".to_owned(),
        max_bytes: 1,
        max_messages: 2,
        max_messages_per_subject: 3,
        discard: DiscardPolicy::New,
        discard_new_per_subject: true,
        subjects: vec!["events.>".to_owned()],
        retention: RetentionPolicy::WorkQueue,
        max_consumers: 4,
        max_age: Duration::from_nanos(5),
        max_message_size: 6,
        storage: StorageType::Memory,
        num_replicas: 3,
        no_ack: true,
        duplicate_window: Duration::from_secs(7),
        template_owner: "owner".to_owned(),
        sealed: true,
        description: Some("words".to_owned()),
        allow_rollup: true,
        deny_delete: true,
        deny_purge: true,
        republish: Some(Republish {
            source: "events.>".to_owned(),
            destination: "again.>".to_owned(),
            headers_only: true,
        }),
        allow_direct: true,
        mirror_direct: true,
        mirror: Some(source("mirrored")),
        sources: Some(vec![source("one"), source("two")]),
        #[cfg(feature = "server_2_10")]
        metadata: [("owner".to_owned(), "me".to_owned())].into(),
        #[cfg(feature = "server_2_10")]
        subject_transform: Some(transform()),
        #[cfg(feature = "server_2_10")]
        compression: Some(Compression::S2),
        #[cfg(feature = "server_2_10")]
        consumer_limits: Some(ConsumerLimits {
            inactive_threshold: Duration::from_secs(8),
            max_ack_pending: 9,
        }),
        #[cfg(feature = "server_2_10")]
        first_sequence: Some(10),
        placement: Some(Placement {
            cluster: Some("east".to_owned()),
            tags: vec!["ssd".to_owned()],
        }),
        persist_mode: Some(PersistenceMode::Async),
        #[cfg(feature = "server_2_11")]
        pause_until: Some(DateTime::UNIX_EPOCH),
        #[cfg(feature = "server_2_11")]
        allow_message_ttl: true,
        #[cfg(feature = "server_2_11")]
        subject_delete_marker_ttl: Some(Duration::from_secs(11)),
        #[cfg(feature = "server_2_12")]
        allow_atomic_publish: true,
        #[cfg(feature = "server_2_12")]
        allow_message_schedules: true,
        #[cfg(feature = "server_2_12")]
        allow_message_counter: true,
        #[cfg(feature = "server_2_14")]
        allow_batch_publish: true,
    }
}

fn full_json() -> Value {
    #[allow(unused_mut)] // without the features that add to it
    let mut json = json!({
        "name": "events",
        "max_bytes": 1,
        "max_msgs": 2,
        "max_msgs_per_subject": 3,
        "discard": "new",
        "discard_new_per_subject": true,
        "subjects": ["events.>"],
        "retention": "workqueue",
        "max_consumers": 4,
        "max_age": 5,
        "max_msg_size": 6,
        "storage": "memory",
        "num_replicas": 3,
        "no_ack": true,
        "duplicate_window": 7_000_000_000_u64,
        "template_owner": "owner",
        "sealed": true,
        "description": "words",
        "allow_rollup_hdrs": true,
        "deny_delete": true,
        "deny_purge": true,
        "republish": { "src": "events.>", "dest": "again.>", "headers_only": true },
        "allow_direct": true,
        "mirror_direct": true,
        "mirror": source_json("mirrored"),
        "sources": [source_json("one"), source_json("two")],
        "placement": { "cluster": "east", "tags": ["ssd"] },
        "persist_mode": "async",
    });
    #[cfg(feature = "server_2_10")]
    {
        json["metadata"] = json!({ "owner": "me" });
        json["subject_transform"] = json!({ "src": "a.*", "dest": "b.{{wildcard(1)}}" });
        json["compression"] = json!("s2");
        json["consumer_limits"] = json!({ "inactive_threshold": 8_000_000_000_u64, "max_ack_pending": 9 });
        json["first_seq"] = json!(10);
    }
    #[cfg(feature = "server_2_11")]
    {
        json["pause_until"] = json!("1970-01-01T00:00:00Z");
        json["allow_msg_ttl"] = json!(true);
        json["subject_delete_marker_ttl"] = json!(11_000_000_000_u64);
    }
    #[cfg(feature = "server_2_12")]
    {
        json["allow_atomic"] = json!(true);
        json["allow_msg_schedules"] = json!(true);
        json["allow_msg_counter"] = json!(true);
    }
    #[cfg(feature = "server_2_14")]
    {
        json["allow_batched"] = json!(true);
    }
    json
}

#[test]
fn every_field_goes_to_the_server_and_comes_back() {
    let json = serde_json::to_value(full()).unwrap();
    assert_eq!(json, full_json());
    assert_eq!(serde_json::from_value::<Config>(json).unwrap(), full());
}

#[test]
fn what_is_sent_when_nothing_is_chosen() {
    #[allow(unused_mut)] // without the features that add to it
    let mut expected = json!({
        "name": "events",
        "max_bytes": 0,
        "max_msgs": 0,
        "max_msgs_per_subject": 0,
        "discard": "old",
        "retention": "limits",
        "max_consumers": 0,
        "max_age": 0,
        "storage": "file",
        "num_replicas": 0,
    });
    #[cfg(feature = "server_2_10")]
    {
        expected["consumer_limits"] = Value::Null;
    }
    let config = Config::from("events");
    assert_eq!(serde_json::to_value(&config).unwrap(), expected);
    assert_eq!(serde_json::from_value::<Config>(expected).unwrap(), config);
}

#[test]
fn the_least_that_is_read() {
    let least = r#"{"name":"events","discard":"old","retention":"limits","storage":"file","num_replicas":0}"#;
    assert_eq!(serde_json::from_str::<Config>(least).unwrap(), Config::from("events"));
}

#[test]
fn conversions() {
    assert_eq!(Config::from(&full()), full());
    assert_eq!(Config::from("events").name, "events");
}

#[cfg(feature = "server_2_10")]
#[test]
fn limits_of_zero_are_none() {
    let mut json = serde_json::to_value(Config::from("events")).unwrap();
    for limits in [json!({}), json!({ "inactive_threshold": 0, "max_ack_pending": 0 })] {
        json["consumer_limits"] = limits;
        let config: Config = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(config.consumer_limits, None);
    }
    json["consumer_limits"] = json!({ "max_ack_pending": 1 });
    let config: Config = serde_json::from_value(json).unwrap();
    assert_eq!(config.consumer_limits.unwrap().max_ack_pending, 1);
}

#[test]
fn what_a_newer_server_adds_is_let_go() {
    let mut json = full_json();
    json["allow_everything"] = json!(true);
    assert_eq!(serde_json::from_value::<Config>(json).unwrap(), full());
}
