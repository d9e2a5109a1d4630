//! A spare worker that helps out when there is too much to do: it is served only while many jobs are pending.
//!
//! Run it with a server with JetStream at hand (`nats-server -js`, 2.11 or later): `cargo run --example priority_group`.
//! Another one than on this machine is named by `NATS_URL`.

use std::time::Duration;

use async_nats::jetstream::consumer::pull::{Config, Stream};
use async_nats::jetstream::consumer::PriorityPolicy;
use async_nats::jetstream::stream;
use futures_util::StreamExt;

const JOBS: usize = 60;

/// The spare worker gets something while this many jobs are pending.
const TOO_MANY: usize = 20;

/// Does jobs, each of which takes a while, until none comes for a second; returns how many there were.
async fn work(name: &'static str, mut jobs: Stream) -> Result<usize, async_nats::Error> {
    let mut done = 0;
    while let Ok(Some(job)) = tokio::time::timeout(Duration::from_secs(1), jobs.next()).await {
        let job = job?;
        tokio::time::sleep(Duration::from_millis(20)).await;
        println!("{name} has done job {}", String::from_utf8_lossy(&job.payload));
        job.ack().await?;
        done += 1;
    }
    Ok(done)
}

#[tokio::main]
async fn main() -> Result<(), async_nats::Error> {
    let url = std::env::var("NATS_URL").unwrap_or_else(|_| "localhost".to_owned());
    let jetstream = async_nats::jetstream::new(async_nats::connect(url).await?);
    let config = stream::Config {
        name: "EXAMPLE_RUSH".to_owned(),
        subjects: vec!["example.rush".to_owned()],
        ..Default::default()
    };
    let stream = jetstream.create_stream(config).await?;
    let config = Config {
        durable_name: Some("workers".to_owned()),
        priority_policy: PriorityPolicy::Overflow,
        priority_groups: vec!["all".to_owned()],
        ..Default::default()
    };
    let consumer = stream.create_consumer(config).await?;
    for job in 1..=JOBS {
        jetstream.publish("example.rush", job.to_string().into()).await?.await?;
    }

    // One job at a time: what a worker has asked for is its own, and not pending any more.
    let usual = consumer.stream().group("all").max_messages_per_batch(1);
    let spare = consumer
        .stream()
        .group("all")
        .max_messages_per_batch(1)
        .min_pending(TOO_MANY);
    let usual = tokio::spawn(work("the usual worker", usual.messages().await?));
    let spare = tokio::spawn(work("the spare worker", spare.messages().await?));
    println!("{} and {} jobs are done", usual.await??, spare.await??);
    jetstream.delete_stream("EXAMPLE_RUSH").await?;
    Ok(())
}
