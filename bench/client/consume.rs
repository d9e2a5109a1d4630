//! Consuming a stream: what `how` says, by `pull`, `fetch` or `ordered`, with an ack a message (`ack` 1) or without.
//!
//! The null server has an endless stream; in a real one there is none.

use std::time::{Duration, Instant};

use bench_common::{Measured, Settings, Window};
use futures_util::{Stream, StreamExt};
use nats::jetstream::consumer::pull::Config;
use nats::jetstream::consumer::{push, Consumer};
use nats::jetstream::{self, Message};

use crate::connection;
use crate::Failure;

/// Messages of a batch.
const BATCH: usize = 500;

pub(crate) async fn run(settings: &Settings) -> Result<Measured, Failure> {
    // As programs do it: in a task.
    tokio::spawn(consume(settings.clone())).await?
}

async fn consume(settings: Settings) -> Result<Measured, Failure> {
    let client = connection::open(&settings).await?;
    let stream = jetstream::new(client.clone()).get_stream("BENCH").await?;
    let acks = settings.number("ack", 0)? != 0;
    match settings.text("how") {
        Some("pull") => {
            let consumer = stream.create_consumer(Config::default()).await?;
            let messages = consumer.stream().max_messages_per_batch(BATCH).messages().await?;
            measured(&settings, messages, acks).await
        }
        Some("ordered") => {
            let config = push::OrderedConfig {
                deliver_subject: client.new_inbox(),
                ..Default::default()
            };
            let messages = stream.create_consumer(config).await?.messages().await?;
            measured(&settings, messages, acks).await
        }
        Some("fetch") => {
            let consumer = stream.create_consumer(Config::default()).await?;
            fetch(&consumer, settings.seconds("warmup", 0.3)?).await?;
            let time = settings.seconds("seconds", 1.0)?;
            let window = Window::begin();
            let came = fetch(&consumer, time).await?;
            Ok(window.end(came))
        }
        _ => Err("`how` is one of pull, fetch, ordered".into()),
    }
}

/// Reads from messages without an end.
async fn measured<E>(
    settings: &Settings,
    mut messages: impl Stream<Item = Result<Message, E>> + Unpin,
    acks: bool,
) -> Result<Measured, Failure>
where
    Failure: From<E>,
{
    read(&mut messages, settings.seconds("warmup", 0.3)?, acks).await?;
    let time = settings.seconds("seconds", 1.0)?;
    let window = Window::begin();
    let came = read(&mut messages, time, acks).await?;
    Ok(window.end(came))
}

async fn read<E>(
    messages: &mut (impl Stream<Item = Result<Message, E>> + Unpin),
    time: Duration,
    acks: bool,
) -> Result<u64, Failure>
where
    Failure: From<E>,
{
    let until = Instant::now() + time;
    let mut came = 0;
    while Instant::now() < until {
        for _ in 0..BATCH {
            let message = messages.next().await.ok_or("the messages ended")??;
            if acks {
                message.ack().await?;
            }
        }
        came += BATCH as u64;
    }
    Ok(came)
}

/// Fetches one batch after the other.
async fn fetch(consumer: &Consumer<Config>, time: Duration) -> Result<u64, Failure> {
    let until = Instant::now() + time;
    let mut came = 0;
    while Instant::now() < until {
        let mut batch = consumer.fetch().max_messages(BATCH).messages().await?;
        while let Some(message) = batch.next().await {
            message?;
            came += 1;
        }
    }
    Ok(came)
}
