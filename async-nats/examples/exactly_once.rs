//! Publishes orders that are kept once each however often they are sent, and handles each once.
//!
//! Run it with a server at hand that has JetStream enabled: `cargo run --example exactly_once`. Another one than on this
//! machine is named by `NATS_URL`.

use std::time::Duration;

use async_nats::jetstream::consumer::{pull, PullConsumer};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{self, stream, Context};
use futures_util::StreamExt;

/// Publishes until the stream says that it has the message. A message that was kept before is known by its id.
async fn publish(jetstream: &Context, id: &str, order: &str) -> Result<u64, async_nats::Error> {
    let message = PublishMessage::build().message_id(id).payload(order.to_owned().into());
    for _ in 0..5 {
        match jetstream.send_publish("orders.new", message.clone()).await?.await {
            Ok(ack) => {
                println!(
                    "{id} is kept as {}{}",
                    ack.sequence,
                    if ack.duplicate { ", as before" } else { "" }
                );
                return Ok(ack.sequence);
            }
            Err(error) => eprintln!("whether {id} is kept is not known, so once more: {error}"),
        }
    }
    Err(format!("the stream did not answer for {id}").into())
}

#[tokio::main]
async fn main() -> Result<(), async_nats::Error> {
    let url = std::env::var("NATS_URL").unwrap_or_else(|_| "localhost".to_owned());
    let client = async_nats::connect(url).await?;
    let jetstream = jetstream::new(client.clone());
    let stream = jetstream
        .get_or_create_stream(stream::Config {
            name: "EXAMPLE_ORDERS".to_owned(),
            subjects: vec!["orders.*".to_owned()],
            storage: stream::StorageType::Memory,
            // For so long an id is remembered.
            duplicate_window: Duration::from_secs(120),
            ..Default::default()
        })
        .await?;

    publish(&jetstream, "order-1", "one book").await?;
    publish(&jetstream, "order-2", "two books").await?;
    // The answer might have been lost on its way; sending again does no harm.
    publish(&jetstream, "order-1", "one book").await?;

    let consumer: PullConsumer = stream.create_consumer(pull::Config::default()).await?;
    let mut orders = consumer.fetch().max_messages(10).messages().await?;
    while let Some(order) = orders.next().await {
        let order = order?;
        // What is done here, with the sequence as its name, is done once: the ack is confirmed by the server.
        let sequence = order.info()?.stream_sequence;
        println!("order {sequence}: {}", String::from_utf8_lossy(&order.payload));
        order.double_ack().await?;
    }

    jetstream.delete_stream("EXAMPLE_ORDERS").await?;
    client.drain().await?;
    Ok(())
}
