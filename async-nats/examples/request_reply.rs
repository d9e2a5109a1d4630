//! Asks a question and gets an answer, an error at once when nobody is there, and one after a while when nobody answers.
//!
//! Run it with a server at hand: `cargo run --example request_reply`. Another one than on this machine is named by
//! `NATS_URL`.

use std::time::Duration;

use async_nats::{Client, Request, RequestErrorKind};
use futures_util::StreamExt;

/// Answers each request on `subject` with its payload in capitals.
async fn shout(client: Client, subject: &'static str) -> Result<(), async_nats::Error> {
    let mut requests = client.subscribe(subject).await?;
    tokio::spawn(async move {
        while let Some(request) = requests.next().await {
            let Some(reply) = request.reply else { continue };
            let answer = String::from_utf8_lossy(&request.payload).to_uppercase();
            if let Err(error) = client.publish(reply, answer.into()).await {
                eprintln!("an answer was not sent: {error}");
            }
        }
    });
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), async_nats::Error> {
    let url = std::env::var("NATS_URL").unwrap_or_else(|_| "localhost".to_owned());
    let client = async_nats::connect(url).await?;
    shout(client.clone(), "shout").await?;

    let answer = client.request("shout", "is anybody there?".into()).await?;
    println!("{}", String::from_utf8_lossy(&answer.payload));

    match client.request("whisper", "and here?".into()).await {
        Err(error) if error.kind() == RequestErrorKind::NoResponders => println!("nobody listens there"),
        other => println!("somebody does: {other:?}"),
    }

    // Somebody who listens and never answers.
    let _silent = client.subscribe("silence").await?;
    let request = Request::new()
        .payload("well?".into())
        .timeout(Some(Duration::from_millis(200)));
    if let Err(error) = client.send_request("silence", request).await {
        println!("no answer: {error}");
    }

    client.drain().await?;
    Ok(())
}
