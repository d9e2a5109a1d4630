//! A service that squares numbers, sixteen at a time, and a caller that finds it, uses it and asks how it fares.
//!
//! Run it with a server at hand: `cargo run --example service`. Another one than on this machine is named by `NATS_URL`.

use std::num::NonZeroUsize;

use async_nats::service::error::Error;
use async_nats::service::{Discovery, ServiceExt, NATS_SERVICE_ERROR};
use async_nats::Message;
use bytes::Bytes;

const AT_ONCE: NonZeroUsize = NonZeroUsize::new(16).expect("not zero");

async fn square(message: Message) -> Result<Bytes, Error> {
    let text = String::from_utf8_lossy(&message.payload);
    match text.parse::<u64>().ok().and_then(|number| number.checked_mul(number)) {
        Some(square) => Ok(square.to_string().into()),
        None => Err(Error {
            code: 400,
            status: format!("{text:?} is no number that can be squared here"),
        }),
    }
}

#[tokio::main]
async fn main() -> Result<(), async_nats::Error> {
    let url = std::env::var("NATS_URL").unwrap_or_else(|_| "localhost".to_owned());
    let client = async_nats::connect(url).await?;

    let service = client
        .service_builder()
        .description("squares numbers")
        .start("squares", "1.0.0")
        .await?;
    let endpoint = service.group("math").endpoint("square").await?;
    let serving = tokio::spawn(endpoint.serve(AT_ONCE, square));

    for found in Discovery::new(client.clone()).name("squares").info().await? {
        println!("{} {}: {}", found.name, found.version, found.description);
        for endpoint in found.endpoints {
            println!("  answers {}", endpoint.subject);
        }
    }
    for question in ["12", "a dozen"] {
        let answer = client.request("math.square", question.into()).await?;
        let error = answer
            .headers
            .as_ref()
            .and_then(|headers| headers.get(NATS_SERVICE_ERROR));
        match error {
            None => println!("{question} squared is {}", String::from_utf8_lossy(&answer.payload)),
            Some(error) => println!("no answer: {error}"),
        }
    }
    for stats in Discovery::new(client.clone()).name("squares").stats().await? {
        for endpoint in stats.endpoints {
            println!(
                "{}: {} requests, {} errors",
                endpoint.name, endpoint.requests, endpoint.errors
            );
        }
    }

    service.stop().await?;
    serving.await?;
    client.drain().await?;
    Ok(())
}
