//! Receiving: a task for each of `subjects` subscriptions counts what comes; the server floods them in turn.
//!
//! The flood is paced (`paced` 1, the default): the server stays at most so far ahead of what was handled that no
//! subscription overflows, so what is measured is what gets through to the program. Without a pace (`paced` 0) the reader
//! may outrun the program, and messages are dropped.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use bench_common::{Measured, Settings, Window, DATA, FLOOD, SINK};
use bytes::Bytes;
use futures_util::StreamExt;
use nats::{Client, Subscriber};

use crate::connection;
use crate::Failure;

/// How many messages the server may be ahead, in total: below the 65 536 that a subscription holds.
pub(crate) const MOST_AHEAD: usize = 48 * 1024;

/// How many credits of each subscription that is.
const AHEAD: usize = 3;

/// A credit stands for so many messages at least, so that its cost does not count, however many subscriptions there are.
const LEAST_CREDIT: usize = 64;

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
    let credit = if settings.number("paced", 1)? == 0 {
        0
    } else {
        (MOST_AHEAD / AHEAD / subjects).max(LEAST_CREDIT)
    };
    let mut counters = Vec::with_capacity(subjects);
    for subject in 0..subjects {
        let subscriber = client.subscribe(format!("{DATA}.{subject}")).await?;
        let counter = Arc::new(Counter::default());
        counters.push(Arc::clone(&counter));
        let credit = (credit > 0).then(|| (client.clone(), credit));
        tokio::spawn(count(subscriber, counter, credit));
    }
    let ahead = if credit > 0 {
        (AHEAD * credit * subjects).max(MOST_AHEAD)
    } else {
        0
    };
    let flood = settings.clone().with("credit", credit).with("ahead", ahead);
    start_flood(&client, &flood).await?;
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
    // What was on its way when the window began or ended was not dropped.
    let not_handled = (came_in(&client) - came_before).saturating_sub(received);
    measured.dropped = not_handled.saturating_sub(ahead as u64) as f64;
    Ok(measured)
}

/// Asks the null server to flood all subscriptions that it knows by now.
pub(crate) async fn start_flood(client: &Client, settings: &Settings) -> Result<(), Failure> {
    client.publish(FLOOD, settings.to_string().into()).await?;
    Ok(client.flush().await?)
}

/// Counts what one subscription is handed, and publishes a credit after so many messages.
async fn count(mut subscriber: Subscriber, counter: Arc<Counter>, credit: Option<(Client, usize)>) {
    let mut count = 0_u64;
    while let Some(message) = subscriber.next().await {
        count += 1;
        // Nobody else writes, so there is nothing to read back.
        counter.0.store(count, Ordering::Relaxed);
        drop(message);
        if let Some((client, credit)) = &credit {
            if count.is_multiple_of(*credit as u64) && client.publish(SINK, Bytes::new()).await.is_err() {
                // The connection is gone, and the main task says so.
                return;
            }
        }
    }
}

fn total(counters: &[Arc<Counter>]) -> u64 {
    counters.iter().map(|counter| counter.0.load(Ordering::Relaxed)).sum()
}

/// Messages that the client took from the connection, those that were dropped after it too.
fn came_in(client: &Client) -> u64 {
    client.statistics().in_messages.load(Ordering::Relaxed)
}
