//! Settings in a key-value bucket, watched while they change.
//!
//! Run it with a server at hand that has JetStream enabled: `cargo run --example bucket`. Another one than on this
//! machine is named by `NATS_URL`.

use async_nats::jetstream::kv::{Change, Config, Operation, WatchOptions};
use async_nats::jetstream::{self, stream::StorageType};
use futures_util::StreamExt;

#[tokio::main]
async fn main() -> Result<(), async_nats::Error> {
    let url = std::env::var("NATS_URL").unwrap_or_else(|_| "localhost".to_owned());
    let client = async_nats::connect(url).await?;
    let jetstream = jetstream::new(client.clone());
    let settings = jetstream
        .create_key_value(Config {
            bucket: "example_settings".to_owned(),
            history: 3,
            storage: StorageType::Memory,
            ..Default::default()
        })
        .await?;
    let revision = settings.put("colour", "blue".into()).await?;

    let watched = settings.clone();
    let watching = tokio::spawn(async move {
        let mut watcher = watched.watch_with_options([">"], WatchOptions::new()).await?;
        while let Some(change) = watcher.next().await {
            match change? {
                Change::Current => println!("that is all for now"),
                Change::Entry(entry) if entry.operation == Operation::Put => {
                    println!("{} is {}", entry.key, String::from_utf8_lossy(&entry.value));
                }
                Change::Entry(entry) => {
                    println!("{} has no value any more", entry.key);
                    break;
                }
            }
        }
        Ok::<(), async_nats::Error>(())
    });

    // Two who change what they read: the first one wins, the second one is told.
    let revision = settings.update("colour", "green".into(), revision).await?;
    if let Err(error) = settings.update("colour", "grey".into(), revision - 1).await {
        println!("not grey: {error}");
    }
    settings.delete("colour").await?;
    watching.await??;

    jetstream.delete_key_value("example_settings").await?;
    client.drain().await?;
    Ok(())
}
