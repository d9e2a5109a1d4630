//! The same promises with several threads at once, in real time: what only a race could break.

use async_nats::{Client, Event};
use futures_util::StreamExt;
use nats_server::script::Op;

use crate::support::*;

/// Publishes of one task.
const EACH: usize = 3000;

/// I3, I4: publishers on all threads, and a stream that breaks again and again: each message once, in its publisher's order.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn publishers_on_all_threads_lose_and_repeat_nothing_over_cuts() {
    let (mut session, mut faults) = Session::faulty(options().client_capacity(500), true).await;
    let publishers: Vec<_> = (0..4)
        .map(|publisher| {
            let client = session.client.clone();
            tokio::spawn(async move {
                for number in 0..EACH {
                    let payload = format!("{number} {}", "x".repeat(number * 37 % 300));
                    client
                        .publish(format!("p.{publisher}"), payload.into())
                        .await
                        .expect("open");
                }
                client.flush().await.expect("open");
            })
        })
        .collect();
    let mut next = [0; 4];
    for cut in 0.. {
        faults.break_after(20_000 + cut * 977 % 9000);
        let bytes = match next.iter().sum::<usize>() {
            all if all == 4 * EACH => break,
            _ => until_cut(&mut session.peer, &mut next).await,
        };
        if !bytes {
            break;
        }
        (session.peer, faults) = session.net.dialed().await.accept_faulty(cut % 2 == 0);
        session.peer.handshake().await;
    }
    assert_eq!(next, [EACH; 4]);
    for publisher in publishers {
        at_last(publisher).await.expect("no panic");
    }
}

/// Takes whole publishes until the stream breaks (`true`) or everything is there.
async fn until_cut(peer: &mut Peer, next: &mut [usize; 4]) -> bool {
    while next.iter().sum::<usize>() < 4 * EACH {
        let Some(op) = peer.next_op().await else { return true };
        let Op::Pub(message) = op else { continue };
        let publisher: usize = message.subject[2..].parse().expect("a number");
        let text = message.text();
        let (number, _) = text.split_once(' ').expect("a number and more");
        assert_eq!(number, next[publisher].to_string(), "of publisher {publisher}");
        next[publisher] += 1;
    }
    false
}

/// A server in a few lines: it hands publishes to the subscriptions of the same subject, and answers pings.
async fn echo(mut peer: Peer) {
    peer.handshake().await;
    let mut subs: Vec<(String, u64)> = Vec::new();
    while let Some(op) = peer.next_op().await {
        match op {
            Op::Ping => peer.send_pong().await,
            Op::Sub(sub) => subs.push((sub.subject.trim_end_matches('*').to_owned(), sub.sid)),
            Op::Unsub(unsub) => subs.retain(|(_, sid)| *sid != unsub.sid || unsub.max.is_some()),
            Op::Pub(message) => {
                for (subject, sid) in &subs {
                    if message.subject == *subject || subject.ends_with('.') && message.subject.starts_with(subject) {
                        peer.send_msg(&message.subject, *sid, message.reply.as_deref(), &message.payload)
                            .await;
                    }
                }
            }
            Op::Pong | Op::Connect(_) => {}
        }
    }
}

async fn echoed() -> (Client, Events, tokio::task::JoinHandle<()>) {
    let mut net = Net::new();
    let (options, events) = Events::record(options());
    let connecting = options.dialer(net.dialer()).connect(SERVER);
    let connecting = tokio::spawn(connecting);
    let server = tokio::spawn(echo(net.accept().await));
    let client = at_last(connecting).await.expect("no panic");
    (client.expect("the handshake was good"), events, server)
}

/// Requests from all threads, answered by subscriptions of the same client.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn requests_on_all_threads_get_their_own_answers() {
    let (client, _events, _server) = echoed().await;
    let mut service = client.subscribe("service").await.expect("good");
    let answering = client.clone();
    tokio::spawn(async move {
        while let Some(question) = service.next().await {
            answering
                .publish(question.reply.expect("a reply subject"), question.payload)
                .await
                .expect("open");
        }
    });
    let mut asking = tokio::task::JoinSet::new();
    for asker in 0..6 {
        let client = client.clone();
        asking.spawn(async move {
            for number in 0..300 {
                let question = format!("{asker}.{number}");
                if number % 7 == 0 {
                    // Given up at once; its answer must reach nobody else.
                    let _ = poll_once(&mut Box::pin(client.request("service", "given up".into()))).await;
                }
                let answer = client
                    .request("service", question.clone().into())
                    .await
                    .expect("it was answered");
                assert_eq!(answer.payload, question);
            }
        });
    }
    at_last(asking.join_all()).await;
}

/// I11, I20: many drains, each with its events in order and nothing lost that was there.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn drains_tell_their_events_in_order() {
    for _ in 0..300 {
        let (client, mut events, server) = echoed().await;
        let messages = client.subscribe("a").await.expect("good");
        for _ in 0..10 {
            client.publish("a", "x".into()).await.expect("open");
        }
        client.drain().await.expect("the server confirmed it");
        assert_eq!(at_last(messages.count()).await, 10);
        assert_eq!(
            events.until_the_end().await,
            [Event::Connected, Event::Draining, Event::Closed]
        );
        at_last(server).await.expect("no panic");
    }
}

/// Subscriptions that come and go on all threads while messages flow.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn subscriptions_on_all_threads_get_their_own_messages() {
    let (client, _events, _server) = echoed().await;
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..6 {
        let client = client.clone();
        tasks.spawn(async move {
            for round in 0..150 {
                let subject = format!("s.{task}.{round}");
                let mut messages = client.subscribe(subject.clone()).await.expect("good");
                for number in 0..5 {
                    client
                        .publish(subject.clone(), format!("{subject} {number}").into())
                        .await
                        .expect("open");
                }
                for number in 0..5 {
                    let message = at_last(messages.next()).await.expect("open");
                    assert_eq!(message.payload, format!("{subject} {number}"));
                }
                match round % 3 {
                    0 => drop(messages),
                    1 => {
                        messages.drain().await.expect("open");
                        assert!(at_last(messages.next()).await.is_none());
                    }
                    _ => {
                        messages.unsubscribe().await.expect("open");
                        assert!(at_last(messages.next()).await.is_none());
                    }
                }
            }
        });
    }
    at_last(tasks.join_all()).await;
}
