//! What the tests of readers have in common: a stream on disk with numbered messages.

use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::stream::{Config, StorageType, Stream};
use async_nats::jetstream::{self, Context, Message};
use async_nats::ConnectOptions;
use futures_util::TryStreamExt;
use nats_server::{configs, run_server_with_config_text, Server};

use crate::jetstream_support::has_messages;
use crate::support::connect_with;

/// A server with a stream on disk that has `count` messages.
pub(crate) async fn filled(count: u64) -> (Server, Context, Stream) {
    filled_with(ConnectOptions::new(), count).await
}

pub(crate) async fn filled_with(options: ConnectOptions, count: u64) -> (Server, Context, Stream) {
    let server = run_server_with_config_text(&configs::jetstream());
    let context = jetstream::new(connect_with(options, &server).await);
    let config = Config {
        name: "events".to_owned(),
        subjects: vec!["events.>".to_owned()],
        storage: StorageType::File,
        ..Default::default()
    };
    let stream = context.create_stream(config).await.unwrap();
    publish(&context, 1..=count).await;
    has_messages(&stream, count).await;
    (server, context, stream)
}

pub(crate) async fn publish(context: &Context, numbers: std::ops::RangeInclusive<u64>) {
    let client = context.client();
    for number in numbers {
        let subject = format!("events.{}", number % 3);
        client.publish(subject, number.to_string().into()).await.unwrap();
    }
    client.flush().await.unwrap();
}

pub(crate) fn durable(name: &str) -> pull::Config {
    pull::Config {
        durable_name: Some(name.to_owned()),
        ..Default::default()
    }
}

pub(crate) fn sequence(message: &Message) -> u64 {
    message.info().expect("it comes from a consumer").stream_sequence
}

/// The consumers that the stream has.
pub(crate) async fn consumers(stream: &Stream) -> Vec<String> {
    stream.consumer_names().try_collect().await.unwrap()
}
