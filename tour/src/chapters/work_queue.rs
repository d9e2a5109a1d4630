//! A stream keeps jobs until somebody has done them: what a worker gives up goes to another one.

use std::future::IntoFuture as _;
use std::time::Duration;

use async_nats::jetstream::consumer::{pull, PullConsumer};
use async_nats::jetstream::stream::{Config, RetentionPolicy, StorageType};
use async_nats::jetstream::{AckKind, Message};
use futures_util::StreamExt;

use crate::guide::{within, Failure, Outcome};
use crate::Tour;

const JOBS: usize = 100;

pub(super) async fn run(tour: &mut Tour) -> Outcome {
    let Some(jetstream) = tour.place.jetstream("work queue").await? else {
        return tour.guide.lacks_jetstream();
    };
    let name = tour.place.name("JOBS");
    let subject = tour.place.subject("jobs");
    let stream = jetstream
        .create_stream(Config {
            name: name.clone(),
            subjects: vec![subject.clone()],
            retention: RetentionPolicy::WorkQueue,
            storage: StorageType::Memory,
            ..Default::default()
        })
        .await?;
    tour.guide
        .says("A stream keeps each job until somebody says that it is done.");
    let mut acks = Vec::new();
    for number in 0..JOBS {
        acks.push(jetstream.publish(subject.clone(), number.to_string().into()).await?);
    }
    let mut stored = 0;
    for ack in acks {
        within("the word of the stream", ack.into_future()).await??;
        stored += 1;
    }
    tour.guide.counted(stored, JOBS, "jobs are stored, says the server")?;

    let consumer: PullConsumer = stream
        .create_consumer(pull::Config {
            durable_name: Some("workers".to_owned()),
            // What a worker has in hand when it goes comes to another one after so long.
            ack_wait: Duration::from_secs(1),
            ..Default::default()
        })
        .await?;
    let mut clumsy = consumer.stream().max_messages_per_batch(10).messages().await?;
    let mut given_up = 0;
    while given_up < 3 {
        let job = next(&mut clumsy).await?;
        job.ack_with(AckKind::Nak(None)).await.map_err(sentence)?;
        given_up += 1;
    }
    drop(clumsy);
    tour.guide.says(format!(
        "A clumsy worker takes some jobs and gives {given_up} of them up."
    ));

    let mut careful = consumer.stream().messages().await?;
    let (mut done, mut again) = (vec![false; JOBS], 0);
    while done.iter().any(|done| !done) {
        let job = next(&mut careful).await?;
        let number: usize = std::str::from_utf8(&job.payload)?.parse()?;
        again += usize::from(job.info().map_err(sentence)?.delivered > 1);
        job.double_ack().await.map_err(sentence)?;
        done[number] = true;
    }
    let count = done.iter().filter(|done| **done).count();
    tour.guide.counted(count, JOBS, "jobs were done by a careful worker")?;
    tour.guide.check(
        again >= given_up,
        format!("{again} of them had been in other hands before"),
    )?;
    let left = stream.get_info().await?.state.messages;
    tour.guide.check(left == 0, "the stream has nothing left to do")?;
    jetstream.delete_stream(name).await?;
    Ok(())
}

async fn next(jobs: &mut pull::Stream) -> Result<Message, Failure> {
    let job = within("a job", jobs.next()).await?;
    Ok(job.ok_or_else(|| Failure::new("the consumer ended"))??)
}

fn sentence(error: async_nats::Error) -> Failure {
    Failure::new(error.to_string())
}
