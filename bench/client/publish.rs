//! Publishing: `tasks` publish `size` bytes each in a loop, with or without headers, and the last one flushes.

use std::time::{Duration, Instant};

use bench_common::{Measured, Settings, Window, HEADERS, SINK};
use bytes::Bytes;
use nats::{Client, HeaderMap, Subject};

use crate::connection;
use crate::Failure;

/// How many bytes are published between two looks at the clock, about.
const BYTES_A_LOOK: usize = 64 * 1024;

/// At most so many messages between two looks at the clock.
const MESSAGES_A_LOOK: usize = 512;

pub(crate) async fn run(settings: &Settings) -> Result<Measured, Failure> {
    let client = connection::open(settings).await?;
    publish_for(&client, settings, settings.seconds("warmup", 0.3)?).await?;
    let time = settings.seconds("seconds", 1.0)?;
    let window = Window::begin();
    let published = publish_for(&client, settings, time).await?;
    Ok(window.end(published))
}

/// Publishes from all tasks for so long, flushes, and tells how many messages it were.
async fn publish_for(client: &Client, settings: &Settings, time: Duration) -> Result<u64, Failure> {
    let size = settings.number("size", 16)?;
    let headers = settings.number("headers", 0)? != 0;
    let until = Instant::now() + time;
    let publisher = |_| tokio::spawn(publisher(client.clone(), size, headers, until));
    let tasks: Vec<_> = (0..settings.number("tasks", 1)?).map(publisher).collect();
    let mut published = 0;
    for task in tasks {
        published += task.await??;
    }
    client.flush().await?;
    Ok(published)
}

async fn publisher(client: Client, size: usize, headers: bool, until: Instant) -> Result<u64, Failure> {
    let subject = Subject::from_static(SINK);
    let payload = Bytes::from(vec![b'x'; size]);
    let batch = (BYTES_A_LOOK / size.max(1)).clamp(1, MESSAGES_A_LOOK);
    let mut published = 0;
    while Instant::now() < until {
        for _ in 0..batch {
            if headers {
                client
                    .publish_with_headers(subject.clone(), two_headers(), payload.clone())
                    .await?;
            } else {
                client.publish(subject.clone(), payload.clone()).await?;
            }
        }
        published += batch as u64;
    }
    Ok(published)
}

fn two_headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in HEADERS {
        headers.insert(name, value);
    }
    headers
}
