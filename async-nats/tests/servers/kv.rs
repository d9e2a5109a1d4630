//! Key-value buckets of a real server: made and deleted, read and written, conflicts, times to live, mirrors and sources.

use std::time::Duration;

use async_nats::jetstream::context::{CreateKeyValueErrorKind, KeyValueErrorKind, UpdateKeyValueErrorKind};
use async_nats::jetstream::kv::{
    Config, CreateErrorKind, EntryErrorKind, HistoryErrorKind, Operation, PutErrorKind, Store, UpdateErrorKind,
};
use async_nats::jetstream::stream::{self, Source};
use async_nats::jetstream::Context;
use futures_util::TryStreamExt;

use crate::jetstream_support::jetstream;
use crate::support::{until_async, within};

fn config(bucket: &str) -> Config {
    Config {
        bucket: bucket.to_owned(),
        history: 5,
        ..Default::default()
    }
}

async fn bucket(context: &Context) -> Store {
    context.create_key_value(config("b")).await.expect("a good bucket")
}

#[tokio::test]
async fn the_life_of_a_bucket() {
    let (_server, context) = jetstream().await;
    let store = bucket(&context).await;
    assert_eq!(
        (&*store.name, &*store.stream_name, &*store.prefix),
        ("b", "KV_b", "$KV.b.")
    );
    let again = context.create_key_value(config("b")).await.expect("the same bucket");
    again.put("a", "1".into()).await.expect("a good key");
    let other = Config {
        history: 9,
        ..config("b")
    };
    let error = context
        .create_key_value(other.clone())
        .await
        .expect_err("another configuration");
    assert_eq!(error.kind(), CreateKeyValueErrorKind::BucketCreate);

    context.update_key_value(other).await.expect("a good change");
    let opened = context.get_key_value("b").await.expect("it is there");
    let status = opened.status().await.expect("it is there");
    assert_eq!((status.bucket(), status.history(), status.values()), ("b", 9, 1));
    assert_eq!(status.max_age(), Duration::ZERO);
    context
        .create_or_update_key_value(config("c"))
        .await
        .expect("a new bucket");
    let changed = Config {
        history: 2,
        ..config("c")
    };
    let changed = context
        .create_or_update_key_value(changed)
        .await
        .expect("a good change");
    assert_eq!(changed.status().await.expect("it is there").history(), 2);

    let mut names: Vec<String> = context.key_value_names().try_collect().await.expect("a list");
    names.sort();
    assert_eq!(names, ["b", "c"]);
    let sizes: Vec<_> = context
        .key_values()
        .map_ok(|status| status.values())
        .try_collect()
        .await
        .expect("a list");
    assert_eq!(sizes.iter().sum::<u64>(), 1);

    assert!(context.delete_key_value("b").await.expect("it is there").success);
    let error = context.get_key_value("b").await.expect_err("it is gone");
    assert_eq!(error.kind(), KeyValueErrorKind::GetBucket);
    opened.status().await.expect_err("it is gone");
}

#[tokio::test]
async fn what_makes_no_bucket_is_refused() {
    let (_server, context) = jetstream().await;
    for name in ["", "a.b", "a b", "a*", "a>"] {
        let error = context.create_key_value(config(name)).await.expect_err(name);
        assert_eq!(error.kind(), CreateKeyValueErrorKind::InvalidStoreName);
        let error = context.get_key_value(name).await.expect_err(name);
        assert_eq!(error.kind(), KeyValueErrorKind::InvalidStoreName);
        let error = context.delete_key_value(name).await.expect_err(name);
        assert_eq!(error.kind(), KeyValueErrorKind::InvalidStoreName);
    }
    for (history, fits) in [(64, true), (65, false)] {
        let made = context.create_key_value(Config {
            bucket: format!("h{history}"),
            history,
            ..Default::default()
        });
        let made = made.await;
        assert_eq!(made.is_ok(), fits);
        if let Err(error) = made {
            assert_eq!(error.kind(), CreateKeyValueErrorKind::TooLongHistory);
        }
    }
    let error = context.update_key_value(config("none")).await.expect_err("no bucket");
    assert_eq!(error.kind(), UpdateKeyValueErrorKind::NotFound);
    let stream = stream::Config {
        name: "KV_stream".to_owned(),
        ..Default::default()
    };
    context.create_stream(stream).await.expect("a good stream");
    let error = context.get_key_value("stream").await.expect_err("a stream, no bucket");
    assert_eq!(error.kind(), KeyValueErrorKind::InvalidStoreName);
}

#[tokio::test]
async fn values_are_put_read_deleted_and_purged() {
    let (_server, context) = jetstream().await;
    let store = bucket(&context).await;
    assert_eq!(store.get("a").await.expect("a good key"), None);
    assert!(store.entry("a").await.expect("a good key").is_none());
    let first = store.put("a", "1".into()).await.expect("a good key");
    let second = store.put("a", "2".into()).await.expect("a good key");
    assert!(second > first);
    assert_eq!(store.get("a").await.expect("a good key"), Some("2".into()));
    let entry = store.entry("a").await.expect("a good key").expect("a value");
    assert_eq!(
        (&*entry.bucket, &*entry.key, entry.revision, entry.delta),
        ("b", "a", second, 0)
    );
    assert_eq!((entry.operation, entry.value), (Operation::Put, "2".into()));

    let old = store
        .entry_for_revision("a", first)
        .await
        .expect("a good key")
        .expect("in the history");
    assert_eq!(old.value, "1");
    assert!(store
        .entry_for_revision("other", first)
        .await
        .expect("a good key")
        .is_none());
    assert!(store.entry_for_revision("a", 1000).await.expect("a good key").is_none());

    store.delete("a").await.expect("a good key");
    assert_eq!(store.get("a").await.expect("a good key"), None);
    let entry = store.entry("a").await.expect("a good key").expect("what says so");
    assert_eq!((entry.operation, entry.value.len()), (Operation::Delete, 0));
    assert!(store
        .entry_for_revision("a", first)
        .await
        .expect("a good key")
        .is_some());

    store.purge("a").await.expect("a good key");
    let entry = store.entry("a").await.expect("a good key").expect("what says so");
    assert_eq!(entry.operation, Operation::Purge);
    assert!(store
        .entry_for_revision("a", first)
        .await
        .expect("a good key")
        .is_none());
}

#[tokio::test]
async fn writing_by_revision_sees_who_was_first() {
    let (_server, context) = jetstream().await;
    let store = bucket(&context).await;
    let revision = store.create("a", "1".into()).await.expect("nothing there");
    let error = store.create("a", "x".into()).await.expect_err("it is there");
    assert_eq!(error.kind(), CreateErrorKind::AlreadyExists);
    let next = store
        .update("a", "2".into(), revision)
        .await
        .expect("the last revision");
    for wrong in [revision, 0, next + 1] {
        let error = store
            .update("a", "x".into(), wrong)
            .await
            .expect_err("another revision");
        assert_eq!(error.kind(), UpdateErrorKind::WrongLastRevision);
        let error = store
            .delete_expect_revision("a", Some(wrong))
            .await
            .expect_err("another revision");
        assert_eq!(error.kind(), UpdateErrorKind::WrongLastRevision);
        let error = store
            .purge_expect_revision("a", Some(wrong))
            .await
            .expect_err("another revision");
        assert_eq!(error.kind(), UpdateErrorKind::WrongLastRevision);
    }
    assert_eq!(store.get("a").await.expect("a good key"), Some("2".into()));
    store
        .delete_expect_revision("a", Some(next))
        .await
        .expect("the last revision");
    let revision = store.create("a", "3".into()).await.expect("it was deleted");
    store
        .purge_expect_revision("a", Some(revision))
        .await
        .expect("the last revision");
    store.create("a", "4".into()).await.expect("it was purged");
    assert_eq!(store.get("a").await.expect("a good key"), Some("4".into()));
}

#[tokio::test]
async fn keys_that_are_none_are_refused() {
    let (_server, context) = jetstream().await;
    let store = bucket(&context).await;
    for key in ["", ".", ".a", "a.", "a b", "a*", "a.>", "a\r\nPUB x 0", "ä"] {
        assert_eq!(
            store.put(key, "".into()).await.expect_err(key).kind(),
            PutErrorKind::InvalidKey
        );
        assert_eq!(
            store.create(key, "".into()).await.expect_err(key).kind(),
            CreateErrorKind::InvalidKey
        );
        assert_eq!(
            store.update(key, "".into(), 1).await.expect_err(key).kind(),
            UpdateErrorKind::InvalidKey
        );
        assert_eq!(
            store.delete(key).await.expect_err(key).kind(),
            UpdateErrorKind::InvalidKey
        );
        assert_eq!(
            store.purge(key).await.expect_err(key).kind(),
            UpdateErrorKind::InvalidKey
        );
        assert_eq!(store.get(key).await.expect_err(key).kind(), EntryErrorKind::InvalidKey);
        assert_eq!(
            store.history(key).await.expect_err(key).kind(),
            HistoryErrorKind::InvalidKey
        );
    }
    for key in ["a/b", "a=b", "-_/=.a", "a..b"] {
        let _ = store.put(key, key.into()).await;
    }
    assert_eq!(store.get("a/b").await.expect("a good key"), Some("a/b".into()));
}

#[tokio::test]
async fn a_bucket_that_is_full_or_takes_no_such_size_says_so() {
    let (_server, context) = jetstream().await;
    let small = Config {
        max_value_size: 10,
        max_bytes: 200,
        ..config("small")
    };
    let store = context.create_key_value(small).await.expect("a good bucket");
    store.put("a", "0123456789".into()).await.expect("it fits");
    let error = store.put("a", "0123456789a".into()).await.expect_err("too large");
    assert_eq!(error.kind(), PutErrorKind::Ack);
    assert!(error.to_string().contains("maximum"), "{error}");
    let mut full = None;
    for number in 0..20 {
        if let Err(error) = store.put(format!("k{number}"), "0123456789".into()).await {
            full = Some(error);
            break;
        }
    }
    let error = full.expect("200 bytes are full by now");
    assert_eq!(error.kind(), PutErrorKind::Ack);
    assert!(error.to_string().contains("maximum bytes"), "{error}");
}

/// In 0.49.1 the time to live was lost when the key had been deleted before.
#[tokio::test]
async fn create_with_ttl_over_a_delete_marker_loses_the_ttl() {
    let (_server, context) = jetstream().await;
    let config = Config {
        // A server keeps no value for less than this.
        limit_markers: Some(Duration::from_secs(1)),
        ..config("ttl")
    };
    let store = context.create_key_value(config).await.expect("a server of 2.11");
    store.put("a", "1".into()).await.expect("a good key");
    store.delete("a").await.expect("a good key");
    let ttl = Duration::from_secs(2);
    let revision = store
        .create_with_ttl("a", "2".into(), ttl)
        .await
        .expect("it was deleted");
    let message = store
        .stream
        .get_raw_message(revision)
        .await
        .expect("it was just written");
    assert_eq!(message.headers.get("Nats-TTL").map(|value| value.as_str()), Some("2"));
    until_async("the value is gone", || async {
        let entry = store.entry("a").await.expect("a good key");
        entry.is_none_or(|entry| entry.operation != Operation::Put)
    })
    .await;
    let for_ever = store
        .create_with_ttl("b", "1".into(), Duration::MAX)
        .await
        .expect("nothing there");
    let message = store
        .stream
        .get_raw_message(for_ever)
        .await
        .expect("it was just written");
    assert_eq!(
        message.headers.get("Nats-TTL").map(|value| value.as_str()),
        Some("never")
    );
    store.purge_with_ttl("b", ttl).await.expect("a good key");
    until_async("the marker is gone", || async {
        store.entry("b").await.expect("a good key").is_none()
    })
    .await;
}

#[tokio::test]
async fn without_limit_markers_there_is_no_time_to_live() {
    let (_server, context) = jetstream().await;
    let store = bucket(&context).await;
    let error = store
        .create_with_ttl("a", "1".into(), Duration::from_secs(1))
        .await
        .expect_err("not allowed");
    assert_eq!(error.kind(), CreateErrorKind::Other);
    assert!(error.to_string().contains("TTL"), "{error}");
}

#[tokio::test]
async fn a_mirror_is_read_like_its_origin_and_writes_go_there() {
    let (_server, context) = jetstream().await;
    let origin = bucket(&context).await;
    origin.put("a", "1".into()).await.expect("a good key");
    let mirror = Config {
        mirror: Some(Source {
            name: "b".to_owned(),
            ..Default::default()
        }),
        ..config("mirror")
    };
    let mirror = context.create_key_value(mirror).await.expect("a good mirror");
    let opened = context.get_key_value("mirror").await.expect("it is there");
    assert_eq!(opened.put_prefix.as_deref(), Some("$KV.b."));
    mirror.put("b", "2".into()).await.expect("the origin takes it");
    assert_eq!(origin.get("b").await.expect("a good key"), Some("2".into()));
    for key in ["a", "b"] {
        until_async("the mirror has it", || async {
            opened.get(key).await.expect("a good key").is_some()
        })
        .await;
    }
    let mut keys: Vec<String> = opened
        .keys()
        .await
        .expect("a mirror")
        .try_collect()
        .await
        .expect("its keys");
    keys.sort();
    assert_eq!(keys, ["a", "b"]);
}

#[tokio::test]
async fn a_bucket_with_sources_has_their_keys_and_its_own() {
    let (_server, context) = jetstream().await;
    let origin = bucket(&context).await;
    origin.put("a", "1".into()).await.expect("a good key");
    let all = Config {
        sources: Some(vec![Source {
            name: "b".to_owned(),
            ..Default::default()
        }]),
        ..config("all")
    };
    let all = context.create_key_value(all).await.expect("good sources");
    all.put("own", "2".into()).await.expect("a good key");
    until_async("the key is there", || async {
        all.get("a").await.expect("a good key").is_some()
    })
    .await;
    let mut keys: Vec<String> = all
        .keys()
        .await
        .expect("a bucket")
        .try_collect()
        .await
        .expect("its keys");
    keys.sort();
    assert_eq!(keys, ["a", "own"]);
    assert_eq!(origin.get("own").await.expect("a good key"), None);
}

#[tokio::test]
async fn without_jetstream_everything_ends_with_an_error() {
    let server = nats_server::run_basic_server();
    let client = crate::support::connect(&server).await;
    let context = async_nats::jetstream::new(client);
    let error = within("an error", context.create_key_value(config("b")))
        .await
        .expect_err("no JetStream");
    assert_eq!(error.kind(), CreateKeyValueErrorKind::BucketCreate);
    let error = within("an error", context.get_key_value("b"))
        .await
        .expect_err("no JetStream");
    assert_eq!(error.kind(), KeyValueErrorKind::GetBucket);
}
