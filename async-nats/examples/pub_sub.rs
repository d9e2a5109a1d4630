//! Publishes messages and receives them, on a subject with a wildcard.
//!
//! Run it with a server at hand: `cargo run --example pub_sub`. Another one than on this machine is named by `NATS_URL`.

use futures_util::StreamExt;

#[tokio::main]
async fn main() -> Result<(), async_nats::Error> {
    let url = std::env::var("NATS_URL").unwrap_or_else(|_| "localhost".to_owned());
    let client = async_nats::connect(url).await?;

    // A star stands for one token: this hears greetings.en, and not greetings.en.polite.
    let greetings = client.subscribe("greetings.*").await?;

    for (language, greeting) in [("en", "Hello"), ("de", "Guten Tag"), ("fr", "Bonjour")] {
        client.publish(format!("greetings.{language}"), greeting.into()).await?;
    }

    let mut first_three = greetings.take(3);
    while let Some(message) = first_three.next().await {
        println!("{}: {}", message.subject, String::from_utf8_lossy(&message.payload));
    }

    // Writes what is pending and waits until the server has it.
    client.drain().await?;
    Ok(())
}
