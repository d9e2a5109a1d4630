//! Keeps a copy of a stream: a mirror takes every message of its origin, also those from before it was made.
//!
//! Run it with a server with JetStream at hand (`nats-server --jetstream`): `cargo run --example stream_mirror`. Another
//! one than on this machine is named by `NATS_URL`. The two streams are deleted in the end.

use std::time::Duration;

use async_nats::jetstream::stream::{Config, Source, StorageType, Stream};
use async_nats::jetstream::{self, Context};

const ORIGIN: &str = "example_events";
const MIRROR: &str = "example_events_copy";

/// The stream that is written to, and the one that follows it.
async fn create(jetstream: &Context) -> Result<Stream, async_nats::Error> {
    jetstream
        .create_stream(Config {
            name: ORIGIN.to_owned(),
            subjects: vec!["example.events.>".to_owned()],
            storage: StorageType::Memory,
            ..Default::default()
        })
        .await?;
    let mirror = Config {
        name: MIRROR.to_owned(),
        mirror: Some(Source {
            name: ORIGIN.to_owned(),
            ..Default::default()
        }),
        storage: StorageType::Memory,
        ..Default::default()
    };
    Ok(jetstream.create_stream(mirror).await?)
}

#[tokio::main]
async fn main() -> Result<(), async_nats::Error> {
    let url = std::env::var("NATS_URL").unwrap_or_else(|_| "localhost".to_owned());
    let client = async_nats::connect(url).await?;
    let jetstream = jetstream::new(client.clone());
    let mut mirror = create(&jetstream).await?;

    let mut last = 0;
    for number in 1..=10 {
        let ack = jetstream
            .publish(format!("example.events.{number}"), "data".into())
            .await?;
        last = ack.await?.sequence;
    }

    // A mirror follows; how far it is behind is in what the server tells of it.
    while mirror.info().await?.state.last_sequence < last {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let copy = mirror.get_last_raw_message_by_subject("example.events.7").await?;
    println!(
        "message {} of the copy: {} {:?}",
        copy.sequence, copy.subject, copy.payload
    );
    if let Some(status) = &mirror.cached_info().mirror {
        println!("{} messages behind {}", status.lag, status.name);
    }

    jetstream.delete_stream(MIRROR).await?;
    jetstream.delete_stream(ORIGIN).await?;
    client.drain().await?;
    Ok(())
}
