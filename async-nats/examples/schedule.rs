//! Has the server publish a reminder again and again: a message in a stream, with a schedule in its headers.
//!
//! Run it with a server of 2.12 or later at hand that has JetStream enabled: `cargo run --example schedule`. Another one
//! than on this machine is named by `NATS_URL`.

use async_nats::header::{NATS_SCHEDULE, NATS_SCHEDULE_TARGET};
use async_nats::jetstream::{self, stream};
use async_nats::HeaderMap;
use futures_util::StreamExt;

#[tokio::main]
async fn main() -> Result<(), async_nats::Error> {
    let url = std::env::var("NATS_URL").unwrap_or_else(|_| "localhost".to_owned());
    let client = async_nats::connect(url).await?;
    let jetstream = jetstream::new(client.clone());
    jetstream
        .get_or_create_stream(stream::Config {
            name: "EXAMPLE_REMINDERS".to_owned(),
            subjects: vec!["reminders.>".to_owned()],
            storage: stream::StorageType::Memory,
            allow_message_schedules: true,
            ..Default::default()
        })
        .await?;
    let mut due = client.subscribe("reminders.due").await?;

    // `@at` with a time, `@daily` and the like, and cron expressions work as well.
    let mut headers = HeaderMap::new();
    headers.insert(NATS_SCHEDULE, "@every 1s");
    headers.insert(NATS_SCHEDULE_TARGET, "reminders.due");
    jetstream
        .publish_with_headers("reminders.waiting.tea", headers, "the tea is ready".into())
        .await?
        .await?;
    println!("every second there is tea");

    for _ in 0..3 {
        if let Some(reminder) = due.next().await {
            println!("{}", String::from_utf8_lossy(&reminder.payload));
        }
    }
    jetstream.delete_stream("EXAMPLE_REMINDERS").await?;
    client.drain().await?;
    Ok(())
}
