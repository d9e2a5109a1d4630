//! The configuration of a stream goes to a real server and comes back equal.

use std::time::Duration;

use async_nats::jetstream::stream::{
    Config, DiscardPolicy, PersistenceMode, Placement, Republish, RetentionPolicy, StorageType,
};

use crate::jetstream_support::{config, jetstream};

/// What was chosen, without what the server writes into the metadata.
fn as_chosen(config: &Config) -> Config {
    #[allow(unused_mut)] // without the feature
    let mut config = config.clone();
    #[cfg(feature = "server_2_10")]
    config.metadata.retain(|name, _| !name.starts_with("_nats."));
    config
}

/// Nothing is at its default that can be combined with the rest.
#[tokio::test]
async fn every_field_comes_back_equal() {
    let (_server, context) = jetstream().await;
    let chosen = Config {
        max_bytes: 1_000_000,
        max_messages: 1000,
        max_messages_per_subject: 100,
        discard: DiscardPolicy::New,
        discard_new_per_subject: true,
        retention: RetentionPolicy::Limits,
        max_consumers: 5,
        max_age: Duration::from_secs(3600),
        max_message_size: 1000,
        storage: StorageType::File,
        num_replicas: 1,
        no_ack: true,
        duplicate_window: Duration::from_millis(1500),
        description: Some("every field".to_owned()),
        allow_rollup: true,
        deny_delete: true,
        republish: Some(Republish {
            source: "full.>".to_owned(),
            destination: "again.>".to_owned(),
            headers_only: true,
        }),
        allow_direct: true,
        #[cfg(feature = "server_2_10")]
        metadata: [("owner".to_owned(), "me".to_owned())].into(),
        #[cfg(feature = "server_2_10")]
        subject_transform: Some(async_nats::jetstream::stream::SubjectTransform {
            source: "full.in.*".to_owned(),
            destination: "full.out.{{wildcard(1)}}".to_owned(),
        }),
        #[cfg(feature = "server_2_10")]
        compression: Some(async_nats::jetstream::stream::Compression::S2),
        #[cfg(feature = "server_2_10")]
        consumer_limits: Some(async_nats::jetstream::stream::ConsumerLimits {
            inactive_threshold: Duration::from_secs(60),
            max_ack_pending: 50,
        }),
        #[cfg(feature = "server_2_10")]
        first_sequence: Some(100),
        #[cfg(feature = "server_2_11")]
        allow_message_ttl: true,
        #[cfg(feature = "server_2_11")]
        subject_delete_marker_ttl: Some(Duration::from_secs(5)),
        #[cfg(feature = "server_2_12")]
        allow_atomic_publish: true,
        #[cfg(feature = "server_2_14")]
        allow_batch_publish: true,
        ..config("full")
    };
    let created = context.create_stream(&chosen).await.unwrap();
    assert_eq!(as_chosen(&created.cached_info().config), chosen);
    let found = context.get_stream("full").await.unwrap();
    assert_eq!(found.cached_info().config, created.cached_info().config);
    assert_eq!(
        context.update_stream(&found.cached_info().config).await.unwrap().config,
        found.cached_info().config
    );
}

/// Fields that exclude some of the others.
#[tokio::test]
async fn fields_that_stand_alone_come_back_equal() {
    let (_server, context) = jetstream().await;
    let sealed = context.create_stream(config("sealed")).await.unwrap();
    let chosen = Config {
        sealed: true,
        ..sealed.cached_info().config.clone()
    };
    assert!(context.update_stream(chosen).await.unwrap().config.sealed);

    let purged = Config {
        deny_purge: true,
        retention: RetentionPolicy::WorkQueue,
        placement: Some(Placement::default()),
        ..config("kept")
    };
    let info = context.create_or_update_stream(purged).await.unwrap();
    assert!(info.config.deny_purge && info.config.retention == RetentionPolicy::WorkQueue);
    let interest = Config {
        retention: RetentionPolicy::Interest,
        persist_mode: Some(PersistenceMode::Default),
        ..config("interest")
    };
    let info = context.create_or_update_stream(interest).await.unwrap();
    assert_eq!(info.config.retention, RetentionPolicy::Interest);
    let quick = Config {
        storage: StorageType::File,
        persist_mode: Some(PersistenceMode::Async),
        ..config("quick")
    };
    let info = context.create_or_update_stream(quick).await.unwrap();
    assert_eq!(info.config.persist_mode, Some(PersistenceMode::Async));
}
