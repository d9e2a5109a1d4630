//! Publishing to a stream: one task keeps `tasks` acks in flight, and waits for the oldest before it publishes more.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bench_common::{Measured, Settings, Window, STORED};
use bytes::Bytes;
use nats::jetstream::context::PublishAckFuture;
use nats::jetstream::{self, stream, Context};
use nats::Subject;

use crate::connection;
use crate::Failure;

/// Messages that a real stream keeps, so that its memory is bounded.
const KEPT: i64 = 100_000;

/// Messages between two looks at the clock.
const A_LOOK: usize = 64;

pub(crate) async fn run(settings: &Settings) -> Result<Measured, Failure> {
    let client = connection::open(settings).await?;
    let context = jetstream::new(client);
    if settings.number("create", 0)? != 0 {
        create(&context).await?;
    }
    let task = |time: Duration| tokio::spawn(store_for(context.clone(), settings.clone(), time));
    task(settings.seconds("warmup", 0.3)?).await??;
    let time = settings.seconds("seconds", 1.0)?;
    let window = Window::begin();
    let stored = task(time).await??;
    Ok(window.end(stored))
}

async fn create(context: &Context) -> Result<(), Failure> {
    let config = stream::Config {
        name: "BENCH".to_owned(),
        subjects: vec![STORED.to_owned()],
        storage: stream::StorageType::Memory,
        max_messages: KEPT,
        ..Default::default()
    };
    context.get_or_create_stream(config).await?;
    Ok(())
}

/// Publishes for so long and waits for all acks; how many messages were stored.
async fn store_for(context: Context, settings: Settings, time: Duration) -> Result<u64, Failure> {
    let payload = Bytes::from(vec![b'x'; settings.number("size", 16)?]);
    let in_flight = settings.number("tasks", 1)?;
    let subject = Subject::from_static(STORED);
    let until = Instant::now() + time;
    let mut acks: VecDeque<PublishAckFuture> = VecDeque::with_capacity(in_flight);
    let mut stored = 0;
    while Instant::now() < until {
        for _ in 0..A_LOOK {
            if acks.len() == in_flight {
                stored += oldest(&mut acks).await?;
            }
            acks.push_back(context.publish(subject.clone(), payload.clone()).await?);
        }
    }
    while !acks.is_empty() {
        stored += oldest(&mut acks).await?;
    }
    Ok(stored)
}

async fn oldest(acks: &mut VecDeque<PublishAckFuture>) -> Result<u64, Failure> {
    let Some(ack) = acks.pop_front() else { return Ok(0) };
    match ack.await?.sequence {
        0 => Err("a message was acked with the sequence 0".into()),
        _ => Ok(1),
    }
}
