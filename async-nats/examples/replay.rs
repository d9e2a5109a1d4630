//! Reads a stream from its beginning, in order and without a gap, and then what is published meanwhile: how a program
//! builds up its state from a log of changes.
//!
//! Run it with a server with JetStream at hand (`nats-server -js`): `cargo run --example replay`. Another one than on this
//! machine is named by `NATS_URL`. Stop the server while it runs and start it again: it goes on where it was.

use std::collections::BTreeMap;

use async_nats::jetstream::consumer::pull::OrderedConfig;
use async_nats::jetstream::stream::Config;
use futures_util::StreamExt;

const CHANGES: usize = 30;

#[tokio::main]
async fn main() -> Result<(), async_nats::Error> {
    let url = std::env::var("NATS_URL").unwrap_or_else(|_| "localhost".to_owned());
    let jetstream = async_nats::jetstream::new(async_nats::connect(url).await?);
    let config = Config {
        name: "EXAMPLE_STOCK".to_owned(),
        subjects: vec!["example.stock.*".to_owned()],
        ..Default::default()
    };
    let stream = jetstream.create_stream(config).await?;
    for change in 1..=CHANGES {
        let item = ["apples", "pears", "plums"][change % 3];
        let subject = format!("example.stock.{item}");
        jetstream.publish(subject, change.to_string().into()).await?.await?;
    }

    // The server numbers what it sends. Whatever is lost on the way is noticed and asked for again.
    let consumer = stream.create_consumer(OrderedConfig::default()).await?;
    let mut changes = consumer.messages().await?;
    let mut stock = BTreeMap::<String, usize>::new();
    while let Some(change) = changes.next().await {
        let change = change?;
        let item = change.subject.rsplit('.').next().unwrap_or_default().to_owned();
        let amount: usize = std::str::from_utf8(&change.payload)?.parse()?;
        *stock.entry(item).or_default() += amount;
        // Nothing is pending: this is the state of now. A program that goes on would read what comes after it.
        if change.info()?.pending == 0 {
            break;
        }
    }
    for (item, amount) in stock {
        println!("{amount} {item}");
    }
    jetstream.delete_stream("EXAMPLE_STOCK").await?;
    Ok(())
}
