//! Streams that take their messages from other streams: mirrors and sources; and streams that publish again.

use async_nats::jetstream::context::CreateStreamErrorKind;
use async_nats::jetstream::stream::{Config, External, Republish, Source};
use async_nats::jetstream::{self, ErrorCode};
use nats_server::{free_port, run_server_with_config_text};

use crate::jetstream_support::{config, has_messages, jetstream, store};
use crate::support::{connect, next, text, within};

fn of(name: &str) -> Source {
    Source {
        name: name.to_owned(),
        ..Default::default()
    }
}

/// A stream without subjects of its own.
fn quiet(name: &str) -> Config {
    Config {
        subjects: Vec::new(),
        ..config(name)
    }
}

#[tokio::test]
async fn a_mirror_has_what_its_origin_has() {
    let (_server, context) = jetstream().await;
    let origin = Config {
        allow_direct: true,
        ..config("origin")
    };
    context.create_stream(origin).await.unwrap();
    store(&context, "origin.a", "first").await;
    let chosen = Config {
        mirror: Some(of("origin")),
        mirror_direct: true,
        ..quiet("mirror")
    };
    let mut mirror = context.create_stream(&chosen).await.unwrap();
    assert_eq!(mirror.cached_info().config.mirror, chosen.mirror);
    assert!(mirror.cached_info().config.mirror_direct);
    store(&context, "origin.b", "second").await;
    has_messages(&mirror, 2).await;
    within("the mirror to have been active", async {
        while mirror.info().await.unwrap().mirror.as_ref().unwrap().active.is_none() {}
    })
    .await;
    let status = mirror.cached_info().mirror.as_ref().unwrap();
    assert_eq!((status.name.as_str(), status.lag), ("origin", 0));
    let copy = mirror.get_raw_message(2).await.unwrap();
    assert_eq!((copy.subject.as_str(), &copy.payload[..]), ("origin.b", &b"second"[..]));

    // A mirror has no subjects of its own, and only one origin.
    let error = context
        .create_stream(Config {
            mirror: Some(of("origin")),
            ..config("wrong")
        })
        .await
        .unwrap_err();
    assert!(matches!(
        error.kind(),
        CreateStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::MIRROR_WITH_SUBJECTS
    ));
}

#[tokio::test]
async fn a_mirror_of_a_part() {
    let (_server, context) = jetstream().await;
    context.create_stream(config("origin")).await.unwrap();
    for number in 1..=6 {
        store(&context, &format!("origin.{}", number % 2), &number.to_string()).await;
    }
    let chosen = Config {
        mirror: Some(Source {
            start_sequence: Some(3),
            filter_subject: Some("origin.1".to_owned()),
            ..of("origin")
        }),
        ..quiet("part")
    };
    let part = context.create_stream(&chosen).await.unwrap();
    assert_eq!(part.cached_info().config.mirror, chosen.mirror);
    has_messages(&part, 2).await;

    let last = context
        .get_stream("origin")
        .await
        .unwrap()
        .get_raw_message(6)
        .await
        .unwrap();
    let chosen = Config {
        sources: Some(vec![Source {
            start_time: Some(last.time),
            ..of("origin")
        }]),
        ..quiet("recent")
    };
    let recent = context.create_stream(&chosen).await.unwrap();
    assert_eq!(recent.cached_info().config.sources, chosen.sources);
    has_messages(&recent, 1).await;
}

#[cfg(feature = "server_2_10")]
#[tokio::test]
async fn sources_with_transforms() {
    use async_nats::jetstream::stream::SubjectTransform;

    let transform = |source: &str, destination: &str| SubjectTransform {
        source: source.to_owned(),
        destination: destination.to_owned(),
    };
    let (_server, context) = jetstream().await;
    context.create_stream(config("east")).await.unwrap();
    context.create_stream(config("west")).await.unwrap();
    store(&context, "east.orders.1", "one").await;
    store(&context, "east.noise.1", "none").await;
    store(&context, "west.orders.2", "two").await;
    let chosen = Config {
        sources: Some(vec![
            Source {
                subject_transforms: vec![transform("east.orders.*", "all.{{wildcard(1)}}.east")],
                ..of("east")
            },
            Source {
                filter_subject: Some("west.orders.>".to_owned()),
                ..of("west")
            },
        ]),
        subject_transform: Some(transform("own.*", "all.{{wildcard(1)}}.own")),
        subjects: vec!["own.>".to_owned()],
        ..config("all")
    };
    let mut all = context.create_stream(&chosen).await.unwrap();
    assert_eq!(all.cached_info().config.sources, chosen.sources);
    assert_eq!(all.cached_info().config.subject_transform, chosen.subject_transform);
    store(&context, "own.3", "three").await;
    has_messages(&all, 3).await;
    for (subject, payload) in [("all.1.east", "one"), ("west.orders.2", "two"), ("all.3.own", "three")] {
        let message = all.get_last_raw_message_by_subject(subject).await.unwrap();
        assert_eq!(message.payload, payload);
    }
    let info = all.info().await.unwrap();
    let east = info.sources.iter().find(|source| source.name == "east").unwrap();
    assert_eq!(
        east.subject_transforms,
        [transform("east.orders.*", "all.{{wildcard(1)}}.east")]
    );
    let west = info.sources.iter().find(|source| source.name == "west").unwrap();
    assert_eq!(west.filter_subject.as_deref(), Some("west.orders.>"));
}

/// The domain becomes what the server needs to reach the JetStream of another one.
#[tokio::test]
async fn a_mirror_across_domains() {
    let port = free_port();
    let hub = run_server_with_config_text(&format!(
        "server_name: hub, jetstream {{ domain: hub, max_mem_store: 64MB, max_file_store: 64MB }}
         leafnodes {{ listen: \"127.0.0.1:{port}\" }}"
    ));
    let leaf = run_server_with_config_text(&format!(
        "server_name: leaf, jetstream {{ domain: leaf, max_mem_store: 64MB, max_file_store: 64MB }}
         leafnodes {{ remotes: [ {{ url: \"nats-leaf://127.0.0.1:{port}\" }} ] }}"
    ));
    let at_hub = jetstream::new(connect(&hub).await);
    at_hub.create_stream(config("origin")).await.unwrap();
    store(&at_hub, "origin.a", "first").await;

    let at_leaf = jetstream::with_domain(connect(&leaf).await, "leaf");
    let hub_from_leaf = jetstream::with_domain(at_leaf.client(), "hub");
    within("the leaf to reach the hub", async {
        while hub_from_leaf.get_stream("origin").await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let in_domain = Source {
        domain: Some("hub".to_owned()),
        ..of("origin")
    };
    let chosen = Config {
        mirror: Some(in_domain.clone()),
        ..quiet("mirror")
    };
    let mirror = at_leaf.create_stream(&chosen).await.unwrap();
    let external = External {
        api_prefix: "$JS.hub.API".to_owned(),
        delivery_prefix: None,
    };
    let placed = mirror.cached_info().config.mirror.as_ref().unwrap();
    assert_eq!(placed.external, Some(external));
    has_messages(&mirror, 1).await;
    // The same configuration once more is no change.
    at_leaf.update_stream(&chosen).await.unwrap();
    at_leaf.create_or_update_stream(chosen).await.unwrap();

    let both = Config {
        sources: Some(vec![Source {
            external: Some(External::default()),
            ..in_domain
        }]),
        ..quiet("both")
    };
    let error = at_leaf.create_stream(both).await.unwrap_err();
    assert_eq!(error.kind(), CreateStreamErrorKind::DomainAndExternalSet);
}

#[tokio::test]
async fn what_is_stored_is_published_again() {
    let (_server, context) = jetstream().await;
    let client = context.client();
    let chosen = Config {
        republish: Some(Republish {
            source: "events.*".to_owned(),
            destination: "again.{{wildcard(1)}}".to_owned(),
            headers_only: false,
        }),
        ..config("events")
    };
    let stream = context.create_stream(&chosen).await.unwrap();
    assert_eq!(stream.cached_info().config.republish, chosen.republish);
    let mut again = client.subscribe("again.>").await.unwrap();
    store(&context, "events.a", "text").await;
    let message = next(&mut again).await;
    assert_eq!(
        (message.subject.as_str(), text(&message)),
        ("again.a", "text".to_owned())
    );
    let headers = message.headers.unwrap();
    assert_eq!(headers.get("Nats-Stream").unwrap().as_str(), "events");
    assert_eq!(headers.get("Nats-Sequence").unwrap().as_str(), "1");
}
