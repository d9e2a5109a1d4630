//! Several workers share the work on one subject: each job goes to one of them. Then they finish what they have.
//!
//! Run it with a server at hand: `cargo run --example queue_workers`. Another one than on this machine is named by
//! `NATS_URL`.

use async_nats::Subscriber;
use futures_util::StreamExt;

const WORKERS: usize = 3;
const JOBS: usize = 30;

/// Does the jobs of one worker until there are no more; returns how many there were.
async fn work(name: usize, mut jobs: Subscriber) -> usize {
    let mut done = 0;
    while let Some(job) = jobs.next().await {
        println!("worker {name} does job {}", String::from_utf8_lossy(&job.payload));
        done += 1;
    }
    done
}

#[tokio::main]
async fn main() -> Result<(), async_nats::Error> {
    let url = std::env::var("NATS_URL").unwrap_or_else(|_| "localhost".to_owned());

    // In life each worker is a program of its own. All that they share is the name of the queue group.
    let client = async_nats::connect(url).await?;
    let mut workers = Vec::new();
    for name in 1..=WORKERS {
        let jobs = client.queue_subscribe("jobs", "workers".into()).await?;
        workers.push(tokio::spawn(work(name, jobs)));
    }

    for job in 1..=JOBS {
        client.publish("jobs", job.to_string().into()).await?;
    }

    // Nothing new comes after this, and what is under way still reaches the workers.
    client.drain().await?;
    let mut done = 0;
    for worker in workers {
        done += worker.await?;
    }
    println!("{done} of {JOBS} jobs are done");
    Ok(())
}
