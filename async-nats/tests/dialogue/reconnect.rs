//! From one connection to the next: by itself, when asked to, and in the background from the start.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_nats::connection::State;
use async_nats::{ClientError, Event, ReconnectToServer, ServerInfo};
use futures_util::StreamExt;
use nats_server::script::Info;
use tokio::time::Instant;

use crate::support::*;

#[tokio::test(start_paused = true)]
async fn a_lost_connection_is_told_and_made_again() {
    let mut session = Session::start().await;
    let states = session.client.watch_connection_state();
    assert_eq!(*states.borrow(), State::Connected);
    for connects in 2..5 {
        drop(std::mem::replace(&mut session.peer, nobody()));
        session.events.expect(Event::Disconnected).await;
        assert_eq!(session.client.connection_state(), State::Disconnected);
        session.peer = session.net.accept().await;
        session
            .peer
            .handshake_with(Info::new().server_name(&format!("number {connects}")))
            .await;
        session.events.expect(Event::Connected).await;
        assert_eq!(*states.borrow(), State::Connected);
        assert_eq!(session.client.server_info().server_name, format!("number {connects}"));
        assert_eq!(session.client.statistics().connects.load(Ordering::Relaxed), connects);
    }
}

/// The server closes only its own side: that is the end of the connection too.
#[tokio::test(start_paused = true)]
async fn a_half_closed_connection_is_made_again() {
    let mut session = Session::start().await;
    session.peer.half_close().await;
    session.peer.expect_eof().await;
    session.net.accept().await.handshake().await;
    session.events.expect(Event::Disconnected).await;
    session.events.expect(Event::Connected).await;
}

#[tokio::test(start_paused = true)]
async fn force_reconnect_moves_to_a_new_connection_and_loses_nothing() {
    let mut session = Session::start().await;
    let client = session.client.clone();
    let mut messages = client.subscribe("a").await.expect("good");
    let sub = session.peer.expect_sub().await;
    for round in 0..5 {
        client.publish("before", round.to_string().into()).await.expect("good");
        client.force_reconnect().await.expect("open");
        client.publish("after", round.to_string().into()).await.expect("good");
        let old = session.peer.read_to_end().await;
        let mut peer = session.net.accept().await;
        peer.handshake().await;
        assert_eq!(peer.expect_sub().await, sub);
        if !old.starts_with(b"PUB before") {
            assert_eq!(peer.expect_pub().await.subject, "before");
        }
        let after = peer.expect_pub().await;
        assert_eq!((after.subject.as_str(), after.text()), ("after", round.to_string()));
        peer.send_msg("a", sub.sid, None, "here").await;
        assert_eq!(at_last(messages.next()).await.expect("open").payload, "here");
        session.events.expect(Event::Disconnected).await;
        session.events.expect(Event::Connected).await;
        session.peer = peer;
    }
}

/// While it is looking for a server anyway there is nothing to leave: no attempt is broken off, none made twice.
#[tokio::test(start_paused = true)]
async fn force_reconnect_without_a_connection_changes_nothing() {
    let mut session = Session::start().await;
    drop(std::mem::replace(&mut session.peer, nobody()));
    session.events.expect(Event::Disconnected).await;
    let dial = session.net.dialed().await;
    session.client.force_reconnect().await.expect("open");
    settle().await;
    let mut peer = dial.accept();
    peer.handshake().await;
    session.events.expect(Event::Connected).await;
    peer.expect_nothing_for(secs(10)).await;
    assert!(session.net.dialed_within(secs(10)).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_connects_in_the_background_keeps_what_it_is_given() {
    let mut net = Net::new();
    let (options, mut events) = Events::record(options().retry_on_initial_connect());
    let client = options
        .dialer(net.dialer())
        .connect(SERVER)
        .await
        .expect("this returns at once");
    assert_eq!(client.connection_state(), State::Pending);
    assert_eq!(client.try_server_info(), None);
    assert_eq!(client.server_info(), ServerInfo::default());
    assert_eq!(client.max_payload(), 1024 * 1024);
    client.publish("a", "first".into()).await.expect("it is kept");
    let mut messages = client.subscribe("a").await.expect("good");
    client.publish("a", "second".into()).await.expect("it is kept");
    net.refuse_for(secs(100)).await;
    assert_eq!(client.connection_state(), State::Pending);

    let mut peer = net.accept().await;
    peer.handshake().await;
    let sub = peer.expect_sub().await;
    assert_eq!(peer.expect_pub().await.text(), "first");
    assert_eq!(peer.expect_pub().await.text(), "second");
    peer.send_msg("a", sub.sid, None, "hello").await;
    assert_eq!(at_last(messages.next()).await.expect("open").payload, "hello");
    let seen = events.until(Event::Connected).await;
    let (last, attempts) = seen.split_last().expect("events");
    assert_eq!(*last, Event::Connected);
    assert!(
        attempts.iter().all(|event| matches!(event, Event::ClientError(_))),
        "{attempts:?}"
    );
    assert_eq!(client.connection_state(), State::Connected);
}

/// Each attempt that fails is told with its reason.
#[tokio::test(start_paused = true)]
async fn failed_attempts_are_told() {
    let mut session = Session::start().await;
    drop(std::mem::replace(&mut session.peer, nobody()));
    session.events.expect(Event::Disconnected).await;
    session.net.dialed().await.refuse();
    let Event::ClientError(refused) = session.events.next().await else {
        panic!("no error")
    };
    assert!(refused.to_string().contains("nobody listens there"), "{refused}");
    let mut peer = session.net.accept().await;
    peer.send_info(Info::new()).await;
    peer.expect_connect().await;
    peer.expect_ping().await;
    peer.send_err("maximum connections exceeded").await;
    let Event::ClientError(full) = session.events.next().await else {
        panic!("no error")
    };
    assert!(full.to_string().contains("maximum connections exceeded"), "{full}");
    let _silent = session.net.accept().await;
    let Event::ClientError(silent) = session.events.next().await else {
        panic!("no error")
    };
    assert!(silent.to_string().contains("timed out"), "{silent}");

    let known = &session.client.server_pool().await.expect("open")[0];
    assert_eq!(
        (known.failed_attempts, known.did_connect, known.is_discovered),
        (3, true, false)
    );
    assert!(
        known
            .last_error
            .as_deref()
            .is_some_and(|error| error.contains("timed out")),
        "{known:?}"
    );
    session.net.accept().await.handshake().await;
    session.events.expect(Event::Connected).await;
    let known = &session.client.server_pool().await.expect("open")[0];
    assert_eq!((known.failed_attempts, &known.last_error), (0, &None));
}

/// The order is the user's where that was asked for, and each server has its turn.
#[tokio::test(start_paused = true)]
async fn servers_are_tried_in_turn() {
    let servers = vec!["nats://one", "nats://two", "nats://three"];
    let mut session = Session::to(servers.clone(), options().retain_servers_order(), Info::new()).await;
    drop(std::mem::replace(&mut session.peer, nobody()));
    let mut order = Vec::new();
    for _ in 0..6 {
        let dial = session.net.dialed().await;
        order.push(dial.addr.host().to_owned());
        dial.refuse();
    }
    assert_eq!(order, ["one", "two", "three", "one", "two", "three"]);

    let mut firsts = std::collections::HashSet::new();
    for seed in 0..30 {
        let mut net = Net::new();
        let options = options().entropy_seed(seed).retry_on_initial_connect();
        let _client = options
            .dialer(net.dialer())
            .connect(servers.clone())
            .await
            .expect("this cannot fail");
        firsts.insert(net.dialed().await.addr.host().to_owned());
    }
    assert_eq!(firsts.len(), 3, "clients all go to the same server first");
}

/// What the callback says is done, once: the server, and the wait before it.
#[tokio::test(start_paused = true)]
async fn a_callback_chooses_the_server_and_the_wait() {
    type Choice = Option<(&'static str, Option<Duration>)>;
    let choice: Arc<Mutex<Choice>> = Arc::default();
    let seen: Arc<Mutex<Vec<(usize, String)>>> = Arc::default();
    let (chosen, log) = (Arc::clone(&choice), Arc::clone(&seen));
    let options = options()
        .retain_servers_order()
        .reconnect_to_server_callback(move |servers, info| {
            log.lock().expect("no panic").push((servers.len(), info.server_name));
            let choice = chosen.lock().expect("no panic").map(|(addr, delay)| ReconnectToServer {
                addr: addr.parse().expect("an address"),
                delay,
            });
            async move { choice }
        });
    let mut session = Session::to(vec!["nats://one", "nats://two", "nats://three"], options, Info::new()).await;
    let cases: [(Choice, &str, Option<Duration>); 4] = [
        (Some(("nats://three", Some(secs(50)))), "three", Some(secs(50))),
        (Some(("nats://two", None)), "two", None),
        (None, "one", None),
        (Some(("nats://elsewhere", Some(secs(50)))), "one", None),
    ];
    for (said, host, delay) in cases {
        *choice.lock().expect("no panic") = said;
        let start = Instant::now();
        drop(std::mem::replace(&mut session.peer, nobody()));
        let dial = session.net.dialed().await;
        assert_eq!(dial.addr.host(), host, "{said:?}");
        match delay {
            Some(delay) => assert_about(dial.at - start, delay),
            None => assert!(dial.at - start < secs(1)),
        }
        session.peer = dial.accept();
        session.peer.handshake_with(Info::new().server_name(host)).await;
        session.events.expect(Event::Disconnected).await;
        if said.is_some_and(|(addr, _)| addr.contains("elsewhere")) {
            session
                .events
                .expect(Event::ClientError(ClientError::ServerNotInPool))
                .await;
        }
        session.events.expect(Event::Connected).await;
    }
    let seen = seen.lock().expect("no panic");
    let names: Vec<_> = seen.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(
        names,
        ["", "script", "three", "two", "one"],
        "asked before each connection, with the last server's INFO"
    );
    assert!(seen.iter().all(|(servers, _)| *servers == 3));
}

/// Chosen again and again, a server that refuses is not dialled in a hot loop where no wait is given.
#[tokio::test(start_paused = true)]
async fn a_chosen_server_that_refuses_is_waited_for() {
    let options = options().reconnect_to_server_callback(|_, _| async {
        Some(ReconnectToServer {
            addr: SERVER.parse().expect("an address"),
            delay: None,
        })
    });
    let mut session = Session::with(options).await;
    drop(std::mem::replace(&mut session.peer, nobody()));
    let dials = session.net.refuse_for(secs(3600)).await;
    assert!((850..930).contains(&dials.len()), "{}", dials.len());
}
