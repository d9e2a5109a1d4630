//! Memory: live bytes that connections, subscriptions, kept messages and unanswered requests leave behind, each.

use std::time::Duration;

use bench_common::{Measured, Settings, DATA, SILENT, SINK};
use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::StreamExt;
use nats::{Client, Message, Request, Subscriber};

use crate::allocator::live;
use crate::receive::{start_flood, MOST_AHEAD};
use crate::{connection, Failure};

/// How long the client gets to come to rest before its memory is read. Nothing happens in that time that could be waited
/// for: it is the time in which buffers are given back.
const REST: Duration = Duration::from_millis(300);

/// One of so many received messages is kept.
const KEPT_ONE_OF: usize = 64;

/// The flood of messages waits for a credit after so many, so that none is dropped.
const CREDIT: usize = MOST_AHEAD / 3;

/// How long the next message may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long an unanswered request waits, and how many do so at a time.
const UNANSWERED: Duration = Duration::from_millis(50);
const UNANSWERED_AT_A_TIME: usize = 1000;

pub(crate) async fn run(settings: &Settings) -> Result<Measured, Failure> {
    // What the first connection makes once and for all is not counted.
    let client = connection::open(settings).await?;
    let count = settings.number("count", 1000)?;
    match settings.text("of") {
        Some("connection") => connections(settings, count).await,
        Some("subscription") => subscriptions(&client, count).await,
        Some("message") => kept_messages(&client, settings, count).await,
        Some("request") => unanswered_requests(&client, count).await,
        _ => Err("`of` is one of connection, subscription, message, request".into()),
    }
}

async fn connections(settings: &Settings, count: usize) -> Result<Measured, Failure> {
    let mut open: Vec<Client> = Vec::with_capacity(count);
    let before = at_rest().await;
    for _ in 0..count {
        open.push(connection::open(settings).await?);
    }
    let after = at_rest().await;
    drop(open);
    Ok(left_behind(count, before, after))
}

async fn subscriptions(client: &Client, count: usize) -> Result<Measured, Failure> {
    let mut open: Vec<Subscriber> = Vec::with_capacity(count);
    let before = at_rest().await;
    for number in 0..count {
        open.push(client.subscribe(format!("{DATA}.{number}")).await?);
    }
    client.flush().await?;
    let after = at_rest().await;
    drop(open);
    Ok(left_behind(count, before, after))
}

async fn kept_messages(client: &Client, settings: &Settings, count: usize) -> Result<Measured, Failure> {
    let flood = settings
        .clone()
        .with("count", count * KEPT_ONE_OF)
        .with("credit", CREDIT)
        .with("ahead", MOST_AHEAD);
    let mut subscriber = client.subscribe(format!("{DATA}.0")).await?;
    let mut kept: Vec<Message> = Vec::with_capacity(count);
    let before = at_rest().await;
    start_flood(client, &flood).await?;
    for number in 1..=count * KEPT_ONE_OF {
        let message = tokio::time::timeout(PATIENCE, subscriber.next())
            .await?
            .ok_or("the subscription ended")?;
        if number.is_multiple_of(KEPT_ONE_OF) {
            kept.push(message);
        }
        if number.is_multiple_of(CREDIT) {
            client.publish(SINK, Bytes::new()).await?;
        }
    }
    let after = at_rest().await;
    drop(kept);
    Ok(left_behind(count, before, after))
}

async fn unanswered_requests(client: &Client, count: usize) -> Result<Measured, Failure> {
    // The first ones make the inbox and its subscription.
    unanswered(client, UNANSWERED_AT_A_TIME).await?;
    let before = at_rest().await;
    for _ in 0..count / UNANSWERED_AT_A_TIME {
        unanswered(client, UNANSWERED_AT_A_TIME).await?;
    }
    let after = at_rest().await;
    Ok(left_behind(
        count / UNANSWERED_AT_A_TIME * UNANSWERED_AT_A_TIME,
        before,
        after,
    ))
}

async fn unanswered(client: &Client, count: usize) -> Result<(), Failure> {
    let request = |_| client.send_request(SILENT, Request::new().timeout(Some(UNANSWERED)));
    let answers = join_all((0..count).map(request)).await;
    if answers.iter().any(Result::is_ok) {
        return Err("a request that nobody listens for was answered".into());
    }
    Ok(())
}

async fn at_rest() -> isize {
    tokio::time::sleep(REST).await;
    live()
}

fn left_behind(count: usize, before: isize, after: isize) -> Measured {
    Measured {
        operations: count as f64,
        bytes: (after - before) as f64,
        seconds: 1.0,
        ..Measured::default()
    }
}
