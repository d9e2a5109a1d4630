//! Requests: `tasks` ask one after the other, so that so many are in flight.

use std::time::{Duration, Instant};

use bench_common::{Measured, Settings, Window};
use bytes::Bytes;
use nats::{Client, Subject};

use crate::connection;
use crate::Failure;

pub(crate) async fn run(settings: &Settings) -> Result<Measured, Failure> {
    let client = connection::open(settings).await?;
    request_for(&client, settings, settings.seconds("warmup", 0.3)?).await?;
    let time = settings.seconds("seconds", 1.0)?;
    let window = Window::begin();
    let answered = request_for(&client, settings, time).await?;
    Ok(window.end(answered))
}

async fn request_for(client: &Client, settings: &Settings, time: Duration) -> Result<u64, Failure> {
    let size = settings.number("size", 16)?;
    let until = Instant::now() + time;
    let requester = |_| tokio::spawn(requester(client.clone(), size, until));
    let tasks: Vec<_> = (0..settings.number("tasks", 1)?).map(requester).collect();
    let mut answered = 0;
    for task in tasks {
        answered += task.await??;
    }
    Ok(answered)
}

async fn requester(client: Client, size: usize, until: Instant) -> Result<u64, Failure> {
    let subject = Subject::from_static("bench.echo");
    let payload = Bytes::from(vec![b'x'; size]);
    let mut answered = 0;
    while Instant::now() < until {
        let reply = client.request(subject.clone(), payload.clone()).await?;
        if reply.payload.len() != size {
            return Err(format!("a reply had {} bytes instead of {size}", reply.payload.len()).into());
        }
        answered += 1;
    }
    Ok(answered)
}
