//! A queue of jobs that are kept until they are done: workers pull them, and one that fails is given to another worker.
//!
//! Run it with a server with JetStream at hand (`nats-server -js`): `cargo run --example work_queue`. Another one than on
//! this machine is named by `NATS_URL`.

use std::time::Duration;

use async_nats::jetstream::consumer::{pull, PullConsumer};
use async_nats::jetstream::stream::{Config, RetentionPolicy};
use async_nats::jetstream::AckKind;
use futures_util::StreamExt;

const WORKERS: usize = 3;
const JOBS: usize = 30;

/// Does jobs until none comes for a second; returns how many there were.
async fn work(name: usize, queue: PullConsumer) -> Result<usize, async_nats::Error> {
    // A few at a time, so that the other workers have some too.
    let mut jobs = queue.stream().max_messages_per_batch(4).messages().await?;
    let mut done = 0;
    while let Ok(Some(job)) = tokio::time::timeout(Duration::from_secs(1), jobs.next()).await {
        let job = job?;
        let text = String::from_utf8_lossy(&job.payload);
        if text.ends_with('7') && job.info()?.delivered == 1 {
            println!("worker {name} fails at job {text}");
            job.ack_with(AckKind::Nak(None)).await?;
            continue;
        }
        println!("worker {name} does job {text}");
        // Behind this, the server has struck it off, and nobody does it again.
        job.double_ack().await?;
        done += 1;
    }
    Ok(done)
}

#[tokio::main]
async fn main() -> Result<(), async_nats::Error> {
    let url = std::env::var("NATS_URL").unwrap_or_else(|_| "localhost".to_owned());
    let jetstream = async_nats::jetstream::new(async_nats::connect(url).await?);
    let config = Config {
        name: "EXAMPLE_JOBS".to_owned(),
        subjects: vec!["example.jobs".to_owned()],
        retention: RetentionPolicy::WorkQueue,
        ..Default::default()
    };
    let stream = jetstream.create_stream(config).await?;
    for job in 1..=JOBS {
        jetstream.publish("example.jobs", job.to_string().into()).await?.await?;
    }

    // In life each worker is a program of its own. All that they share is the name of the consumer.
    let config = pull::Config {
        durable_name: Some("workers".to_owned()),
        ..Default::default()
    };
    let queue = stream.create_consumer(config).await?;
    let workers: Vec<_> = (1..=WORKERS)
        .map(|name| tokio::spawn(work(name, queue.clone())))
        .collect();
    let mut done = 0;
    for worker in workers {
        done += worker.await??;
    }
    println!("{done} of {JOBS} jobs are done");
    jetstream.delete_stream("EXAMPLE_JOBS").await?;
    Ok(())
}
