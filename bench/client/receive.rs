//! Receiving: a task for each of `subjects` subscriptions counts what comes; the server floods them in turn.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use bench_common::{Measured, Settings, Window, DATA, FLOOD};
use futures_util::StreamExt;
use nats::{Client, Subscriber};

use crate::connection;
use crate::Failure;

/// A window in which nothing was handed over goes on, so many times at most: large messages come in bursts that may be
/// further apart than a short window is long.
const WINDOWS: usize = 20;

/// The counter of one subscription, on a cache line of its own, so that counting costs next to nothing.
#[repr(align(128))]
#[derive(Default)]
struct Counter(AtomicU64);

pub(crate) async fn run(settings: &Settings) -> Result<Measured, Failure> {
    let client = connection::open(settings).await?;
    let subjects = settings.number("subjects", 1)?;
    let mut counters = Vec::with_capacity(subjects);
    for subject in 0..subjects {
        let subscriber = client.subscribe(format!("{DATA}.{subject}")).await?;
        let counter = Arc::new(Counter::default());
        counters.push(Arc::clone(&counter));
        tokio::spawn(count(subscriber, counter));
    }
    start_flood(&client, settings).await?;
    tokio::time::sleep(settings.seconds("warmup", 0.3)?).await;

    let (before, came_before) = (total(&counters), came_in(&client));
    let window = Window::begin();
    let mut received = 0;
    for _ in 0..WINDOWS {
        tokio::time::sleep(settings.seconds("seconds", 1.0)?).await;
        received = total(&counters) - before;
        if received > 0 {
            break;
        }
    }
    if received == 0 {
        return Err("nothing was received in the measured window".into());
    }
    let mut measured = window.end(received);
    measured.dropped = (came_in(&client) - came_before).saturating_sub(received) as f64;
    Ok(measured)
}

/// Asks the null server to flood all subscriptions that it knows by now.
pub(crate) async fn start_flood(client: &Client, settings: &Settings) -> Result<(), Failure> {
    client.publish(FLOOD, settings.to_string().into()).await?;
    Ok(client.flush().await?)
}

async fn count(mut subscriber: Subscriber, counter: Arc<Counter>) {
    let mut count = 0;
    while let Some(message) = subscriber.next().await {
        count += 1;
        // Nobody else writes, so there is nothing to read back.
        counter.0.store(count, Ordering::Relaxed);
        drop(message);
    }
}

fn total(counters: &[Arc<Counter>]) -> u64 {
    counters
        .iter()
        .map(|counter| counter.0.load(Ordering::Relaxed))
        .sum()
}

/// Messages that the client took from the connection, those that were dropped after it too.
fn came_in(client: &Client) -> u64 {
    client.statistics().in_messages.load(Ordering::Relaxed)
}
