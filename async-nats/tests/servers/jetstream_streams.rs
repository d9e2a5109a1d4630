//! Streams of a real server: created, found, changed, listed and deleted.

use async_nats::jetstream::context::{GetStreamByNameErrorKind, RequestErrorKind};
use async_nats::jetstream::stream::{Config, Info, StorageType};
use futures_util::{StreamExt, TryStreamExt};

use crate::jetstream_support::{config, has_messages, jetstream, store};
use crate::support::{connected, fenced, within};

#[tokio::test]
async fn the_life_of_a_stream() {
    let (_server, context) = jetstream().await;
    let created = context.create_stream(config("events")).await.unwrap();
    assert_eq!(created.cached_info().config.subjects, ["events.>"]);
    assert_eq!(created.cached_info().state.messages, 0);
    let same = context.create_stream(config("events")).await.unwrap();
    assert_eq!(same.cached_info().created, created.cached_info().created);

    let mut found = context.get_stream("events").await.unwrap();
    assert_eq!(found.cached_info().config, created.cached_info().config);
    let nameless = context.get_stream_no_info("events").await.unwrap();
    assert_eq!(
        nameless.get_info().await.unwrap().created,
        created.cached_info().created
    );

    let changed = Config {
        description: Some("changed".to_owned()),
        max_messages: 7,
        ..found.cached_info().config.clone()
    };
    let info = context.update_stream(&changed).await.unwrap();
    assert_eq!(info.config, changed);
    assert_eq!(found.cached_info().config.description, None, "it was not asked again");
    assert_eq!(found.info().await.unwrap().config, changed);
    assert_eq!(found.cached_info().config, changed);

    assert!(context.delete_stream("events").await.unwrap().success);
    let error = found.info().await.unwrap_err();
    assert_eq!(error.kind(), RequestErrorKind::Other);
    assert!(error.to_string().contains("stream not found"), "{error}");
    assert_eq!(found.cached_info().config, changed, "what was known is kept");
}

#[tokio::test]
async fn get_or_create_and_create_or_update() {
    let (_server, context) = jetstream().await;
    let created = context.get_or_create_stream(config("one")).await.unwrap();
    let other = Config {
        max_messages: 3,
        ..config("one")
    };
    let found = context.get_or_create_stream(&other).await.unwrap();
    assert_eq!(found.cached_info().created, created.cached_info().created);
    assert_ne!(
        found.cached_info().config.max_messages,
        3,
        "what is there stays as it is"
    );

    let info = context.create_or_update_stream(other).await.unwrap();
    assert_eq!(info.config.max_messages, 3);
    let info = context.create_or_update_stream(config("two")).await.unwrap();
    assert_eq!(info.config.name, "two");
    let by_name = context.get_or_create_stream("three").await.unwrap();
    assert_eq!(by_name.cached_info().config.subjects, ["three"]);
}

#[tokio::test]
async fn a_stream_by_its_subject() {
    let (_server, context) = jetstream().await;
    context.create_stream(config("events")).await.unwrap();
    context.create_stream(config("orders")).await.unwrap();
    for subject in ["events.>", "events.a", "events.*"] {
        assert_eq!(context.stream_by_subject(subject).await.unwrap(), "events");
    }
    let error = context.stream_by_subject("elsewhere").await.unwrap_err();
    assert_eq!(error.kind(), GetStreamByNameErrorKind::NotFound);
}

#[tokio::test]
async fn listings_have_all_streams_on_all_pages() {
    let (_server, context) = jetstream().await;
    assert_eq!(context.stream_names().count().await, 0);
    assert_eq!(context.streams().count().await, 0);
    // A page of the listing has 256.
    let mut names: Vec<String> = (0..300).map(|number| format!("s{number:03}")).collect();
    for name in &names {
        context.create_stream(config(name)).await.unwrap();
    }
    let listed: Vec<String> = context.stream_names().try_collect().await.unwrap();
    assert_eq!(listed, names);
    let infos: Vec<Info> = context.streams().try_collect().await.unwrap();
    let mut listed: Vec<String> = infos.into_iter().map(|info| info.config.name).collect();
    listed.sort();
    assert_eq!(listed, names);

    // Between two pages all goes away.
    let mut streams = context.streams();
    assert!(streams.next().await.unwrap().is_ok());
    for name in names.drain(..) {
        context.delete_stream(name).await.unwrap();
    }
    let rest = within("the end of the listing", streams.count()).await;
    assert_eq!(rest, 255);
}

#[tokio::test]
async fn subjects_come_on_all_pages() {
    let (_server, context) = jetstream().await;
    let stream = context.create_stream(config("many")).await.unwrap();
    // A page has 100 000.
    const SUBJECTS: u64 = 100_010;
    let client = context.client();
    for number in 0..SUBJECTS {
        client.publish(format!("many.{number}"), "x".into()).await.unwrap();
    }
    fenced(&client).await;
    has_messages(&stream, SUBJECTS).await;
    let mut details = stream.info_with_subjects("many.>").await.unwrap();
    assert_eq!(details.info.state.subjects_count, SUBJECTS);
    let mut seen = std::collections::HashSet::new();
    while let Some((subject, messages)) = details.try_next().await.unwrap() {
        assert_eq!(messages, 1);
        assert!(seen.insert(subject), "no subject comes twice");
    }
    assert_eq!(seen.len() as u64, SUBJECTS);

    let some = stream.info_with_subjects("many.7").await.unwrap();
    let some: Vec<_> = some.try_collect().await.unwrap();
    assert_eq!(some, [("many.7".to_owned(), 1)]);
    assert_eq!(stream.info_with_subjects("none.>").await.unwrap().count().await, 0);

    stream.delete_message(5).await.unwrap();
    let details = stream.info_builder().with_deleted(true).fetch().await.unwrap();
    assert_eq!(details.info.state.deleted, Some(vec![5]));
    assert_eq!(details.info.state.deleted_count, Some(1));
    assert_eq!(details.count().await, 0, "no subjects were asked for");
}

/// A handle is good for as long as there is its stream, over a restart of the server too.
#[tokio::test]
async fn a_stream_survives_a_restart() {
    let (mut server, context) = jetstream().await;
    let in_files = Config {
        storage: StorageType::File,
        ..config("kept")
    };
    let stream = context.create_stream(in_files).await.unwrap();
    store(&context, "kept.a", "first").await;
    server.restart();
    connected(&context.client()).await;
    within("JetStream to be back", async {
        while stream.get_info().await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(stream.get_raw_message(1).await.unwrap().payload, "first");
    assert_eq!(store(&context, "kept.a", "second").await, 2);
}
