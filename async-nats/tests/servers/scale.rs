//! Many of everything: connections, subscriptions, clones. That it works, not how fast.

use std::sync::atomic::Ordering;

use async_nats::{Client, ConnectOptions, Event};
use futures_util::future::{join_all, try_join_all};
use futures_util::StreamExt;
use nats_server::run_basic_server;

use crate::support::{connect, connect_with, fenced, next, number, until, within, Events};

/// How many files this process may have open; what is usual where that is not known.
fn open_files() -> usize {
    const USUAL: usize = 256;
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find(|line| line.starts_with("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().nth(3)?.parse().ok());
    soft.unwrap_or(USUAL)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_connections_work_and_come_back() {
    // Half of the files are left to other tests of this process.
    let count = (open_files() / 2).min(1000);
    let mut server = run_basic_server();
    let mut clients: Vec<Client> = Vec::new();
    while clients.len() < count {
        let some = (0..100.min(count - clients.len())).map(|_| async_nats::connect(server.client_url()));
        clients.extend(try_join_all(some).await.expect("the server takes them"));
    }
    let mut inboxes = Vec::new();
    for (number, client) in clients.iter().enumerate() {
        inboxes.push(client.subscribe(format!("to.{number}")).await.expect("a good subject"));
    }
    join_all(clients.iter().map(fenced)).await;
    for round in 0..2 {
        // Each sends to the next one.
        for (number, client) in clients.iter().enumerate() {
            let to = format!("to.{}", (number + 1) % count);
            client
                .publish(to, number.to_string().into())
                .await
                .expect("a good subject");
        }
        for (number, inbox) in inboxes.iter_mut().enumerate() {
            let from = (number + count - 1) % count;
            assert_eq!(self::number(&next(inbox).await), from as u64);
        }
        join_all(clients.iter().map(fenced)).await;
        if round == 0 {
            server.restart();
            for client in &clients {
                until("all to be back", || {
                    client.statistics().connects.load(Ordering::Relaxed) == 2
                })
                .await;
            }
            join_all(clients.iter().map(fenced)).await;
        }
    }
    let connz = server.monitor("/varz").expect("the server answers");
    assert_eq!(connz["connections"], count);
}

/// I6: ten thousand subscriptions, each with a subject of its own, are all there after a reconnect.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_subscriptions_come_back() {
    const COUNT: usize = 10_000;
    let mut server = run_basic_server();
    let events = Events::default();
    let client = connect_with(events.record(ConnectOptions::new()), &server).await;
    let mut subscriptions = Vec::new();
    for number in 0..COUNT {
        subscriptions.push(client.subscribe(format!("n.{number}")).await.expect("a good subject"));
    }
    fenced(&client).await;
    for round in 1..=2 {
        let other = connect(&server).await;
        for number in 0..COUNT {
            other
                .publish(format!("n.{number}"), number.to_string().into())
                .await
                .expect("a good subject");
        }
        for (number, messages) in subscriptions.iter_mut().enumerate() {
            assert_eq!(self::number(&next(messages).await), number as u64);
        }
        drop(other);
        if round == 1 {
            server.restart();
            events
                .nth("the next connection", 2, |event| *event == Event::Connected)
                .await;
            fenced(&client).await;
            let connz = server.monitor("/connz").expect("the server answers");
            assert_eq!(connz["connections"][0]["subscriptions"], COUNT);
        }
    }
    drop(subscriptions);
    fenced(&client).await;
    let connz = server.monitor("/connz").expect("the server answers");
    assert_eq!(connz["connections"][0]["subscriptions"], 0);
}

/// One connection for a thousand clones in a thousand tasks, each with a subscription of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_clones_share_a_connection() {
    let server = run_basic_server();
    let client = connect(&server).await;
    let tasks = (0..1000_u64).map(|task| {
        let client = client.clone();
        tokio::spawn(async move {
            let messages = client.subscribe(format!("n.{task}")).await.expect("a good subject");
            for number in 0..20 {
                client
                    .publish(format!("n.{task}"), number.to_string().into())
                    .await
                    .expect("a good subject");
            }
            let numbers: Vec<u64> = messages.take(20).map(|message| number(&message)).collect().await;
            assert_eq!(numbers, Vec::from_iter(0..20));
        })
    });
    for task in within("all tasks", join_all(tasks)).await {
        task.expect("all in order");
    }
    assert_eq!(
        server.monitor("/varz").expect("the server answers")["total_connections"],
        1
    );
}
