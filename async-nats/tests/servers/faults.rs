//! A network that delays, slices, cuts, swallows: what a client promises all the same.
//!
//! A publisher and a subscriber sit behind a proxy that goes wrong by a seed; another subscriber is connected to the
//! server itself and sees what came through. Seeds are fixed, so that a failure can be looked at again.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_nats::{Client, ConnectOptions, Message, RequestErrorKind, Subscriber};
use futures_util::StreamExt;
use nats_server::proxy::{Direction, Fault, Plan, Proxy, Seeded, Slices};
use nats_server::{run_basic_server, Server};

use crate::support::{answered, connect, connected, fenced, next, number, within, PATIENCE};

/// Messages between two fences.
const BATCH: u64 = 20;

/// Fences of one run.
const BATCHES: u64 = 40;

/// Bytes of a connection within which something goes wrong.
const WITHIN: u64 = 40_000;

/// The seeds of a test from `first` on: three, or as many as `NATS_FAULT_SEEDS` says, for a longer search.
fn seeds(first: u64) -> std::ops::Range<u64> {
    let count = std::env::var("NATS_FAULT_SEEDS")
        .ok()
        .and_then(|text| text.parse().ok());
    first..first + count.unwrap_or(3)
}

/// A client that notices a dead link soon, and does not wait long for a server that says nothing.
fn watchful() -> ConnectOptions {
    ConnectOptions::new()
        .ping_interval(Duration::from_millis(40))
        .max_pings_outstanding(1)
        .connection_timeout(Duration::from_millis(300))
        .reconnect_delay_callback(|_| Duration::from_millis(2))
        .retry_on_initial_connect()
        .request_timeout(Some(Duration::from_millis(200)))
}

/// A payload from which its number can be told, and whether it is whole.
fn payload(number: u64) -> Vec<u8> {
    let filler = usize::try_from(number * 37 % 1500).expect("a small number");
    let byte = b'a' + u8::try_from(number % 26).expect("a small number");
    let mut payload = format!("{number} ").into_bytes();
    payload.resize(payload.len() + filler, byte);
    payload
}

fn checked_number(message: &Message) -> u64 {
    let end = message
        .payload
        .iter()
        .position(|&byte| byte == b' ')
        .expect("the number ends with a space");
    let digits = std::str::from_utf8(&message.payload[..end]).expect("digits");
    let number = digits.parse().expect("digits");
    assert!(
        message.payload == payload(number),
        "the payload of {number} is not what was sent"
    );
    number
}

/// Reads until the end; the numbers are in order, none is there twice, and all are what was sent.
async fn read(messages: Subscriber) -> BTreeSet<u64> {
    let mut seen = BTreeSet::new();
    let mut messages = messages;
    while let Some(message) = messages.next().await {
        let number = checked_number(&message);
        let last = seen.last().copied();
        assert!(last.is_none_or(|last| number > last), "{number} after {last:?}");
        seen.insert(number);
    }
    seen
}

/// Publishes batches, each with a fence; returns the numbers that were confirmed.
async fn publish(client: Client) -> BTreeSet<u64> {
    let mut confirmed = BTreeSet::new();
    for batch in 0..BATCHES {
        let numbers = batch * BATCH..(batch + 1) * BATCH;
        for number in numbers.clone() {
            client
                .publish("n", payload(number).into())
                .await
                .expect("a good subject");
        }
        if client.flush_with_timeout(Duration::from_secs(2)).await.is_ok() {
            confirmed.extend(numbers);
        }
    }
    confirmed
}

/// Asks until it is told to stop; every request ends, and an answer is the one to its question (I5).
async fn ask(client: Client, stop: tokio::sync::watch::Receiver<bool>) {
    let mut question = 0_u64;
    while !*stop.borrow() {
        question += 1;
        let answer = client.request("echo", question.to_string().into());
        match within("the end of a request", answer).await {
            Ok(answer) => assert_eq!(number(&answer), question),
            Err(error) => {
                assert!(
                    matches!(
                        error.kind(),
                        RequestErrorKind::TimedOut | RequestErrorKind::NoResponders
                    ),
                    "{error}"
                )
            }
        }
    }
}

async fn echo(client: &Client) -> tokio::task::JoinHandle<()> {
    let mut requests = client.subscribe("echo").await.expect("a good subject");
    let client = client.clone();
    tokio::spawn(async move {
        while let Some(request) = requests.next().await {
            let reply = request.reply.expect("a request has a reply subject");
            client.publish(reply, request.payload).await.expect("a good subject");
        }
    })
}

/// Publishes numbers until one is confirmed, and the subscriber had one connection all the while; returns it.
async fn last_word(publisher: &Client, subscriber: &Client) -> u64 {
    let connects = || subscriber.statistics().connects.load(Ordering::Relaxed);
    let mut number = BATCH * BATCHES;
    loop {
        answered(subscriber).await;
        let before = connects();
        publisher
            .publish("n", payload(number).into())
            .await
            .expect("a good subject");
        let confirmed = publisher.flush_with_timeout(PATIENCE).await.is_ok();
        answered(subscriber).await;
        if confirmed && connects() == before {
            return number;
        }
        number += 1;
    }
}

/// I2, I3, I4, I5: with these faults, per publisher no duplicates, no reordering, nothing corrupted; what was fenced is
/// there; and once the faults stop, everything ends.
async fn survives(seed: u64, faults: &[Fault]) {
    let server = run_basic_server();
    let proxy = Proxy::in_front_of(&server);
    proxy.set_seeded(Seeded::new(seed, faults, WITHIN));
    let direct = connect(&server).await;
    let witness = direct.subscribe("n").await.expect("a good subject");
    let echo = echo(&direct).await;
    fenced(&direct).await;

    // On a busy machine, a link that is watched so closely looks dead by itself now and then.
    let breaks = !faults
        .iter()
        .all(|fault| matches!(fault, Fault::Delay(_) | Fault::Slice(_)));
    let options = if breaks { watchful() } else { ConnectOptions::new() };
    let publisher = options.clone().connect(proxy.url()).await.expect("it returns at once");
    let subscriber = options.clone().connect(proxy.url()).await.expect("it returns at once");
    let asker = options.connect(proxy.url()).await.expect("it returns at once");
    let seen = tokio::spawn(read(subscriber.subscribe("n").await.expect("a good subject")));
    let witnessed = tokio::spawn(read(witness));
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let asking = tokio::spawn(ask(asker.clone(), stopped));
    let confirmed = within("the end of all batches", publish(publisher.clone())).await;

    // No more faults, and no connection that is still to have one.
    proxy.set_plan(Plan::new());
    if breaks {
        proxy.cut();
    }
    let last = within("a message over good connections", last_word(&publisher, &subscriber)).await;
    stop.send(true).expect("somebody asks");
    within("the last answer", asking).await.expect("all answers are right");
    answered(&asker).await;
    for client in [&publisher, &subscriber, &asker, &direct] {
        // It tells of what broken connections may have taken with them, and of nothing else.
        if let Err(error) = within("a drain", client.drain()).await {
            assert!(breaks && error.to_string().contains("may be lost"), "{error}");
        }
    }
    echo.abort();
    let witnessed = within("the end", witnessed).await.expect("in order and whole");
    let seen = within("the end", seen).await.expect("in order and whole");
    assert!(seen.is_subset(&witnessed));
    assert!(witnessed.contains(&last) && seen.contains(&last));
    let missing: Vec<&u64> = confirmed.difference(&witnessed).collect();
    assert!(missing.is_empty(), "seed {seed}: confirmed, but not there: {missing:?}");
    assert!(breaks || confirmed.len() as u64 == BATCH * BATCHES);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slices_change_nothing() {
    survives(1, &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn delays_change_nothing() {
    survives(2, &[Fault::Delay(Duration::from_millis(3))]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_connections_are_made_again() {
    for seed in seeds(1000) {
        survives(seed, &[Fault::Cut]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reset_connections_are_made_again() {
    for seed in seeds(2000) {
        survives(seed, &[Fault::Reset]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_closed_connections_are_made_again() {
    for seed in seeds(3000) {
        survives(seed, &[Fault::HalfClose]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn swallowed_bytes_are_noticed() {
    for seed in seeds(4000) {
        survives(seed, &[Fault::Blackhole]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_at_once_is_survived() {
    let slices = Slices::Random {
        seed: 7,
        up_to: 3,
        gap: Duration::ZERO,
    };
    let faults = [
        Fault::Cut,
        Fault::Reset,
        Fault::HalfClose,
        Fault::Blackhole,
        Fault::Pause,
        Fault::Delay(Duration::from_millis(2)),
        Fault::Slice(slices),
    ];
    for seed in seeds(5000) {
        survives(seed, &faults).await;
    }
}

/// Two clients, the first behind a proxy; the server has both.
async fn behind_proxy() -> (Server, Proxy, Client, Client) {
    let server = run_basic_server();
    let proxy = Proxy::in_front_of(&server);
    let client = watchful()
        .ping_interval(Duration::from_secs(60))
        .connect(proxy.url())
        .await
        .expect("it returns");
    connected(&client).await;
    let direct = connect(&server).await;
    (server, proxy, client, direct)
}

/// I2: a server confirms what it has handled itself, never what another connection lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_lost_on_the_way_is_not_confirmed_by_the_next_connection() {
    let (_server, proxy, client, direct) = behind_proxy().await;
    let mut messages = direct.subscribe("n").await.expect("a good subject");
    fenced(&direct).await;
    proxy.apply(Direction::ToServer, Fault::Blackhole);
    client.publish("n", "lost".into()).await.expect("a good subject");
    within("the flush", client.flush()).await.expect("it is written");
    let confirming = tokio::spawn({
        let client = client.clone();
        async move { client.flush_with_timeout(Duration::from_secs(20)).await }
    });
    let link = proxy.last_connection().expect("the client's");
    crate::support::until("the PING to be swallowed", || link.swallowed(Direction::ToServer) >= 20).await;
    proxy.cut();
    let confirmed = within("the end of the flush", confirming)
        .await
        .expect("it does not panic");
    fenced(&direct).await;
    let arrived = messages.pending_messages() == 1;
    assert_eq!(confirmed.is_ok(), arrived, "{confirmed:?}");
    // The clone was told. This handle was not, and is told once.
    let told = within("the end", client.flush_with_timeout(Duration::from_secs(20))).await;
    assert_eq!(told.is_ok(), arrived, "{told:?}");
    // The next one is about what was published after that.
    client.publish("n", "7".into()).await.expect("a good subject");
    fenced(&client).await;
    assert_eq!(number(&next(&mut messages).await), 7);
}

/// I2: a handle is told of a loss when it asks after it, also when the connection was lost before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_lost_before_anybody_asked_is_told() {
    let (_server, proxy, client, _direct) = behind_proxy().await;
    proxy.apply(Direction::ToServer, Fault::Blackhole);
    client.publish("n", "lost".into()).await.expect("a good subject");
    within("the flush", client.flush()).await.expect("it is written");
    let link = proxy.last_connection().expect("the client's");
    crate::support::until("the message to be swallowed", || {
        link.swallowed(Direction::ToServer) >= 10
    })
    .await;
    proxy.cut();
    crate::support::until("the next connection", || {
        client.statistics().connects.load(Ordering::Relaxed) == 2
    })
    .await;
    connected(&client).await;
    within("the end", client.flush_with_timeout(Duration::from_secs(20)))
        .await
        .expect_err("a message was lost");
    fenced(&client).await;
}

/// I2, I11: a drain does not say that all is well when it is not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_tells_what_was_lost_on_the_way() {
    let (_server, proxy, client, _direct) = behind_proxy().await;
    proxy.apply(Direction::ToServer, Fault::Blackhole);
    client.publish("n", "lost".into()).await.expect("a good subject");
    within("the flush", client.flush()).await.expect("it is written");
    let draining = tokio::spawn({
        let client = client.clone();
        async move { client.drain().await }
    });
    let link = proxy.last_connection().expect("the client's");
    crate::support::until("the PING to be swallowed", || link.swallowed(Direction::ToServer) >= 20).await;
    proxy.cut();
    within("the end of the drain", draining)
        .await
        .expect("it does not panic")
        .expect_err("a message was lost");
}
