//! How often a client tries to connect: never in a hot loop (I17).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_nats::{ConnectErrorKind, ConnectOptions, Event, ServerAddr};
use nats_server::script::Info;
use tokio::time::Instant;

use crate::support::*;

/// The waits between the dials of a client whose connection was lost and whose server refuses.
async fn waits_of(options: ConnectOptions, addr: &str, count: usize) -> Vec<Duration> {
    let options = options.retry_on_initial_connect();
    let mut net = Net::new();
    let _client = options
        .dialer(net.dialer())
        .connect(addr)
        .await
        .expect("this cannot fail");
    let mut last = Instant::now();
    let mut waits = Vec::new();
    for _ in 0..count {
        let dial = net.dialed().await;
        waits.push(dial.at - last);
        last = dial.at;
        dial.refuse();
    }
    waits
}

/// The usual wait before an attempt, without its random part.
fn usual(attempt: usize) -> Duration {
    match attempt {
        1 => Duration::ZERO,
        attempt => millis(2u64.saturating_pow(attempt as u32 - 1).min(4000)),
    }
}

#[tokio::test(start_paused = true)]
async fn waits_double_from_nothing_to_four_seconds_and_are_not_all_alike() {
    for (addr, jitter) in [("nats://one", millis(100)), ("tls://one", secs(1))] {
        let waits = waits_of(options(), addr, 40).await;
        for (at, wait) in waits.iter().enumerate() {
            let usual = usual(at + 1);
            // The clock has a resolution of a millisecond.
            assert!(
                (usual..=usual + jitter + millis(1)).contains(wait),
                "{addr}, attempt {}: {wait:?}",
                at + 1
            );
        }
        let extra: std::collections::HashSet<_> = waits[12..].iter().map(|wait| *wait - secs(4)).collect();
        assert!(
            extra.len() > 10,
            "the random part is the same again and again: {extra:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_random_part_is_the_users_choice() {
    let exact = waits_of(
        options().reconnect_jitter(Duration::ZERO, Duration::ZERO),
        "nats://one",
        20,
    )
    .await;
    for (at, wait) in exact.iter().enumerate() {
        assert_about(*wait, usual(at + 1));
    }
    let wide = waits_of(options().reconnect_jitter(secs(20), Duration::ZERO), "nats://one", 40).await;
    assert!(wide.iter().all(|wait| *wait <= secs(24) + millis(1)));
    assert!(wide.iter().any(|wait| *wait > secs(12)), "{wide:?}");
}

/// Clients that lose the same server do not come back together.
#[tokio::test(start_paused = true)]
async fn two_clients_wait_differently() {
    let one = waits_of(ConnectOptions::new().entropy_seed(1), "nats://one", 20).await;
    let two = waits_of(ConnectOptions::new().entropy_seed(2), "nats://one", 20).await;
    assert_ne!(one, two);
}

/// An hour of refusals, of one server and of three.
#[tokio::test(start_paused = true)]
async fn an_hour_of_refusals_is_a_bounded_number_of_dials() {
    for servers in [vec!["nats://one"], vec!["nats://one", "nats://two", "nats://three"]] {
        let mut net = Net::new();
        let options = options().retry_on_initial_connect().dialer(net.dialer());
        let _client = options.connect(servers.clone()).await.expect("this cannot fail");
        let dials = net.refuse_for(secs(3600)).await;
        assert!(
            (850..930).contains(&dials.len()),
            "{} dials to {servers:?}",
            dials.len()
        );
        for server in servers {
            let host = server.parse::<ServerAddr>().expect("an address").host().to_owned();
            let share = dials.iter().filter(|(_, addr)| addr.host() == host).count();
            assert!(share >= 280, "{share} dials to {host}");
        }
    }
}

/// A server that takes connections and drops each at once: not faster than one that refuses.
#[tokio::test(start_paused = true)]
async fn a_server_that_drops_every_connection_is_not_dialled_in_a_hot_loop() {
    let mut session = Session::start().await;
    drop(std::mem::replace(&mut session.peer, nobody()));
    let start = Instant::now();
    let mut connections = 0;
    while let Some(dial) = session.net.dialed_within(secs(600)).await {
        let mut peer = dial.accept();
        peer.handshake().await;
        connections += 1;
        assert!(connections < 300, "{connections} connections in {:?}", start.elapsed());
        if start.elapsed() > secs(600) {
            break;
        }
    }
    assert!(connections > 100, "{connections} connections in ten minutes");
}

/// After a connection that lasted, the next loss counts from the beginning.
#[tokio::test(start_paused = true)]
async fn a_connection_that_lasted_is_made_again_at_once() {
    let mut session = Session::start().await;
    for _ in 0..5 {
        session.peer.answer_pings(true);
        session.peer.expect_nothing_for(secs(60)).await;
        let lost = Instant::now();
        drop(std::mem::replace(&mut session.peer, nobody()));
        let dial = session.net.dialed().await;
        assert_about(dial.at - lost, Duration::ZERO);
        session.peer = dial.accept();
        session.peer.handshake().await;
    }
}

/// The user's waits are kept to exactly; attempts are counted from one since the last connection.
#[tokio::test(start_paused = true)]
async fn a_delay_callback_is_asked_for_each_attempt() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let options = options().reconnect_delay_callback(move |attempt| {
        log.lock().expect("no panic").push(attempt);
        secs(attempt as u64 * 7)
    });
    let mut session = Session::with(options).await;
    assert_eq!(std::mem::take(&mut *asked.lock().expect("no panic")), [1]);
    for _ in 0..2 {
        let mut last = Instant::now();
        drop(std::mem::replace(&mut session.peer, nobody()));
        for attempt in 1..=4u64 {
            let dial = session.net.dialed().await;
            assert_about(dial.at - last, secs(attempt * 7));
            last = dial.at;
            if attempt < 4 {
                dial.refuse();
            } else {
                session.peer = dial.accept();
                session.peer.handshake().await;
            }
        }
        assert_eq!(std::mem::take(&mut *asked.lock().expect("no panic")), [1, 2, 3, 4]);
    }
}

/// No wait at all is the user's right; that nothing else runs any more is not.
#[tokio::test(start_paused = true)]
async fn attempts_without_a_wait_leave_others_room_to_run() {
    let dials = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&dials);
    let dialer = move |_addr: ServerAddr| {
        counter.fetch_add(1, Ordering::Relaxed);
        async { Err::<tokio::io::DuplexStream, _>(std::io::ErrorKind::ConnectionRefused.into()) }
    };
    let options = options()
        .retry_on_initial_connect()
        .reconnect_delay_callback(|_| Duration::ZERO)
        .dialer(dialer);
    let client = options.connect(SERVER).await.expect("this cannot fail");
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(dials.load(Ordering::Relaxed) > 1);
    drop(client);
}

/// A list of no servers is an error, or is waited on; it does not stop the world.
#[tokio::test(start_paused = true)]
async fn a_pool_without_servers_is_not_asked_in_a_hot_loop() {
    let none: Vec<ServerAddr> = Vec::new();
    let error = error_of(options().connect(none.clone()).await);
    assert_eq!(error.kind(), ConnectErrorKind::Io);
    let (options, mut events) = Events::record(options().retry_on_initial_connect());
    let Ok(client) = options.connect(none).await else {
        return;
    };
    tokio::time::sleep(secs(600)).await;
    let told = events.so_far().len();
    assert!((1..500).contains(&told), "{told} events in ten minutes");
    drop(client);
}

/// As many attempts as are allowed, over all servers; then everything ends, and says so.
#[tokio::test(start_paused = true)]
async fn a_client_out_of_attempts_ends_with_all_that_waits_for_it() {
    use async_nats::ClientError::MaxReconnects;
    use futures_util::StreamExt;

    let mut session = Session::with(options().max_reconnects(5)).await;
    let client = session.client.clone();
    let messages = client.subscribe("a").await.expect("good");
    session.peer.expect_sub().await;
    drop(std::mem::replace(&mut session.peer, nobody()));
    session.events.expect(Event::Disconnected).await;
    client.publish("a", "lost".into()).await.expect("it is kept");
    let waiting = async {
        let (flush, fence, request, rest, ()) = tokio::join!(
            client.flush(),
            client.flush_with_timeout(secs(3000)),
            client.send_request("a", async_nats::Request::new().timeout(None)),
            messages.count(),
            client.closed(),
        );
        assert!(flush.is_err() && fence.is_err() && rest == 0);
        assert_eq!(error_of(request).kind(), async_nats::RequestErrorKind::Other);
    };
    let (_, dials) = at_last(async { tokio::join!(waiting, session.net.refuse_for(secs(600))) }).await;
    assert_eq!(dials.len(), 5);
    let events = session.events.until_the_end().await;
    let last = &events[events.len() - 2..];
    assert_eq!(last, [Event::ClientError(MaxReconnects), Event::Closed], "{events:?}");
    assert_eq!(events.iter().filter(|event| **event == Event::Closed).count(), 1);

    assert!(client.publish("a", "x".into()).await.is_err());
    assert!(client.subscribe("a").await.is_err());
    assert!(client.flush().await.is_err() && client.rtt().await.is_err());
    assert!(client.drain().await.is_err() && client.force_reconnect().await.is_err());
    assert!(client.server_pool().await.is_err() && client.set_server_pool("two").await.is_err());
    assert_eq!(client.connection_state(), async_nats::connection::State::Disconnected);
    assert!(at_last(client.request("a", "".into())).await.is_err());
}

/// A connection in between begins the count anew; zero and none are no limit.
#[tokio::test(start_paused = true)]
async fn attempts_are_counted_in_a_row() {
    let mut session = Session::with(options().max_reconnects(4)).await;
    for _ in 0..3 {
        drop(std::mem::replace(&mut session.peer, nobody()));
        for _ in 0..3 {
            session.net.dialed().await.refuse();
        }
        session.peer = session.net.accept().await;
        session.peer.handshake().await;
        session.peer.answer_pings(true);
        session.peer.expect_nothing_for(secs(60)).await;
    }
    for unlimited in [options().max_reconnects(0), options().max_reconnects(None)] {
        let mut session = Session::with(unlimited).await;
        drop(std::mem::replace(&mut session.peer, nobody()));
        assert!(session.net.refuse_for(secs(3600)).await.len() > 800);
        session.net.accept().await.handshake_with(Info::new()).await;
        session.events.until(Event::Connected).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_connection_has_as_many_attempts_as_are_allowed() {
    let mut net = Net::new();
    let options = options().max_reconnects(2).dialer(net.dialer());
    let connecting = options.connect(vec!["nats://one", "nats://two", "nats://three"]);
    let (result, dials) = tokio::join!(connecting, net.refuse_for(secs(60)));
    assert_eq!(error_of(result).kind(), ConnectErrorKind::MaxReconnects);
    assert_eq!(dials.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_client_in_the_background_ends_when_its_attempts_are_over() {
    let mut net = Net::new();
    let (options, mut events) = Events::record(options().retry_on_initial_connect().max_reconnects(3));
    let client = options
        .dialer(net.dialer())
        .connect(SERVER)
        .await
        .expect("this returns at once");
    let request = async { error_of(client.request("a", "".into()).await).kind() };
    let (kind, dials) = tokio::join!(request, net.refuse_for(secs(600)));
    assert_eq!((kind, dials.len()), (async_nats::RequestErrorKind::Other, 3));
    let events = events.until_the_end().await;
    let last = [
        Event::ClientError(async_nats::ClientError::MaxReconnects),
        Event::Closed,
    ];
    assert_eq!(events[events.len() - 2..], last, "{events:?}");
}
