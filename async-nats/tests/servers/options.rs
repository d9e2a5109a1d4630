//! Options of a client, each seen to work by what the server or another client makes of it.

use std::net::SocketAddr;

use async_nats::client::SubscribeOptions;
use async_nats::connection::State;
use async_nats::{ConnectErrorKind, ConnectOptions, Event, PublishErrorKind, WhenFull};
use nats_server::run_basic_server;

use crate::support::{connect, connect_with, connected, disconnected, fenced, next, text, until, Events};

/// What the server knows of its only client.
fn connz(server: &nats_server::Server) -> serde_json::Value {
    let connz = server.monitor("/connz").expect("the server answers");
    connz["connections"][0].clone()
}

#[tokio::test]
async fn the_name_is_seen_by_who_looks_at_the_server() {
    let server = run_basic_server();
    let _client = connect_with(ConnectOptions::new().name("orders \"7\" \r\n"), &server).await;
    let seen = connz(&server);
    assert_eq!(seen["name"], "orders \"7\" \r\n");
    assert_eq!(seen["lang"], "rust");
    assert_eq!(seen["version"], "0.49.1");
}

#[tokio::test]
async fn without_echo_a_client_does_not_hear_itself() {
    let server = run_basic_server();
    let client = connect_with(ConnectOptions::new().no_echo(), &server).await;
    let other = connect(&server).await;
    let mut messages = client.subscribe("events").await.expect("a good subject");
    client.publish("events", "own".into()).await.expect("a good subject");
    fenced(&client).await;
    other.publish("events", "other's".into()).await.expect("a good subject");
    assert_eq!(text(&next(&mut messages).await), "other's");
}

#[tokio::test]
async fn the_connection_comes_from_the_local_address() {
    let server = run_basic_server();
    // Linux has more than one, so that there no port is needed to tell it from what the system would have chosen.
    let (last, port) = if cfg!(target_os = "linux") {
        (2, 0)
    } else {
        (1, nats_server::free_port())
    };
    let address = SocketAddr::from(([127, 0, 0, last], port));
    let _client = connect_with(ConnectOptions::new().local_address(address), &server).await;
    let seen = connz(&server);
    assert_eq!(seen["ip"], address.ip().to_string());
    assert!(port == 0 || seen["port"] == port);
}

#[tokio::test]
async fn a_local_address_of_another_family_is_named() {
    let server = run_basic_server();
    let options = ConnectOptions::new().local_address("[::1]:0".parse().expect("an address"));
    let error = options
        .connect(format!("127.0.0.1:{}", server.client_port()))
        .await
        .expect_err("no such way");
    assert_eq!(error.kind(), ConnectErrorKind::Io);
    assert!(error.to_string().contains("IPv6"), "{error}");
}

#[tokio::test]
async fn inboxes_begin_with_the_prefix() {
    let server = run_basic_server();
    let client = connect_with(ConnectOptions::new().custom_inbox_prefix("_MINE.a"), &server).await;
    assert!(client.new_inbox().starts_with("_MINE.a."));
    let mut requests = client.subscribe("service").await.expect("a good subject");
    let responder = client.clone();
    let (reply, answer) = tokio::join!(
        async {
            let request = next(&mut requests).await;
            let reply = request.reply.expect("a request has a reply subject");
            responder
                .publish(reply.clone(), "answer".into())
                .await
                .expect("a good subject");
            reply
        },
        client.request("service", "question".into()),
    );
    assert!(reply.starts_with("_MINE.a."), "{reply}");
    assert_eq!(text(&answer.expect("an answer")), "answer");
}

/// I12: what is over the capacity is dropped and counted, what is under it is kept, and nobody else suffers.
#[tokio::test]
async fn a_subscription_keeps_as_many_messages_as_its_capacity() {
    let server = run_basic_server();
    let events = Events::default();
    let options = events.record(ConnectOptions::new().subscription_capacity(10));
    let client = connect_with(options, &server).await;
    let mut small = client.subscribe("n").await.expect("a good subject");
    let wide = SubscribeOptions::new().max_pending_messages(100);
    let mut large = client.subscribe_with_options("n", wide).await.expect("a good subject");
    for number in 0..50 {
        client
            .publish("n", number.to_string().into())
            .await
            .expect("a good subject");
    }
    fenced(&client).await;
    assert_eq!((small.pending_messages(), small.dropped()), (10, 40));
    assert_eq!((large.pending_messages(), large.dropped()), (50, 0));
    for number in 0..10 {
        assert_eq!(text(&next(&mut small).await), number.to_string());
    }
    for number in 0..50 {
        assert_eq!(text(&next(&mut large).await), number.to_string());
    }
    client.publish("n", "later".into()).await.expect("a good subject");
    assert_eq!(text(&next(&mut small).await), "later");
    assert_eq!(events.count(|event| matches!(event, Event::SlowConsumer(_))), 1);
}

#[tokio::test]
async fn a_subscription_keeps_as_many_bytes_as_its_capacity() {
    let server = run_basic_server();
    let options = ConnectOptions::new().subscription_byte_capacity(10_000);
    let client = connect_with(options, &server).await;
    let mut messages = client.subscribe("n").await.expect("a good subject");
    for _ in 0..5 {
        client
            .publish("n", vec![b'x'; 4000].into())
            .await
            .expect("a good subject");
    }
    fenced(&client).await;
    assert_eq!((messages.pending_messages(), messages.dropped()), (2, 3));
    next(&mut messages).await;
    next(&mut messages).await;
}

/// I21: what fits is kept and arrives after the reconnect, what does not fit fails at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_reconnect_buffer_fails_a_publish_when_told_to() {
    let mut server = run_basic_server();
    let options = ConnectOptions::new().reconnect_buffer(10_000, WhenFull::Fail);
    let client = connect_with(options, &server).await;
    server.kill();
    disconnected(&client).await;
    let mut kept = 0;
    let error = loop {
        match client.publish("n", vec![b'x'; 1000].into()).await {
            Ok(()) => kept += 1,
            Err(error) => break error,
        }
        assert!(kept < 100, "nothing is refused");
    };
    assert_eq!(error.kind(), PublishErrorKind::Send);
    assert!((5..=10).contains(&kept), "{kept} of 1000 bytes were kept");
    server.start();
    connected(&client).await;
    fenced(&client).await;
    let connz = server.monitor("/connz").expect("the server answers");
    assert_eq!(connz["connections"][0]["in_msgs"], kept);
}

/// I21: what does not fit waits, and goes out behind what was there before it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_reconnect_buffer_has_a_publish_wait() {
    let mut server = run_basic_server();
    let options = ConnectOptions::new().reconnect_buffer(10_000, WhenFull::Wait);
    let client = connect_with(options, &server).await;
    let mut messages = client.subscribe("n").await.expect("a good subject");
    server.kill();
    disconnected(&client).await;
    let publisher = tokio::spawn({
        let client = client.clone();
        async move {
            for number in 0..100 {
                let payload = format!("{number:0>1000}");
                client.publish("n", payload.into()).await.expect("a good subject");
            }
        }
    });
    let mut states = client.watch_connection_state();
    assert_eq!(*states.borrow_and_update(), State::Disconnected);
    server.start();
    for number in 0..100 {
        assert_eq!(text(&next(&mut messages).await), format!("{number:0>1000}"));
    }
    publisher.await.expect("all are published");
}

#[tokio::test]
async fn a_client_capacity_of_one_is_enough_to_work() {
    let server = run_basic_server();
    let client = connect_with(ConnectOptions::new().client_capacity(1), &server).await;
    let mut messages = client.subscribe("n").await.expect("a good subject");
    for number in 0..1000 {
        client
            .publish("n", number.to_string().into())
            .await
            .expect("a good subject");
    }
    for number in 0..1000 {
        assert_eq!(text(&next(&mut messages).await), number.to_string());
    }
}

#[tokio::test]
async fn a_small_read_buffer_is_enough_for_large_messages() {
    let server = run_basic_server();
    let client = connect_with(ConnectOptions::new().read_buffer_capacity(1024), &server).await;
    let mut messages = client.subscribe("n").await.expect("a good subject");
    for size in [0, 1, 1000, 1023, 1024, 1025, 100_000, 1_000_000] {
        client
            .publish("n", vec![b'x'; size].into())
            .await
            .expect("a good subject");
        assert_eq!(next(&mut messages).await.payload.len(), size);
    }
}

/// Without the validation, what the server would not mind goes through, and what ends a line still does not (I14).
#[tokio::test]
async fn subjects_are_not_validated_when_told_so() {
    let server = run_basic_server();
    let client = connect_with(ConnectOptions::new().skip_subject_validation(true), &server).await;
    let mut messages = client.subscribe("a.>").await.expect("a good subject");
    client.publish("a.b", "good".into()).await.expect("a good subject");
    assert_eq!(text(&next(&mut messages).await), "good");
    for subject in ["", "a\r\nPUB b 0\r\n", "a\n"] {
        let error = client
            .publish(subject, "bad".into())
            .await
            .expect_err("it would become protocol");
        assert_eq!(error.kind(), PublishErrorKind::InvalidSubject, "{subject:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_can_be_made_before_its_server() {
    // Nothing listens on a port that needs privileges.
    let address = nats_server::proxy::Proxy::new("127.0.0.1:1");
    let options = ConnectOptions::new().retry_on_initial_connect();
    let client = options.connect(address.url()).await.expect("it returns at once");
    assert_eq!(client.connection_state(), State::Pending);
    assert!(client.try_server_info().is_none());
    let mut messages = client.subscribe("early").await.expect("a good subject");
    client.publish("early", "kept".into()).await.expect("a good subject");
    let server = run_basic_server();
    address.set_target(server.client_address());
    assert_eq!(text(&next(&mut messages).await), "kept");
    assert_eq!(client.server_info().port, server.client_port());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attempts_end_with_their_number_and_the_client_with_them() {
    let mut server = run_basic_server();
    let events = Events::default();
    let client = connect_with(events.record(ConnectOptions::new().max_reconnects(2)), &server).await;
    let messages = client.subscribe("n").await.expect("a good subject");
    server.kill();
    events.find("the last event", |event| *event == Event::Closed).await;
    crate::support::within("the end of the client", client.closed()).await;
    assert!(crate::support::rest(messages).await.is_empty());
    assert_eq!(events.all().last(), Some(&Event::Closed));
    let gave_up = |event: &Event| matches!(event, Event::ClientError(async_nats::ClientError::MaxReconnects));
    assert_eq!(events.count(gave_up), 1);
    let error = client.publish("n", "late".into()).await.expect_err("it is closed");
    assert_eq!(error.kind(), PublishErrorKind::Send);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_delay_callback_is_asked_before_each_attempt() {
    let mut server = run_basic_server();
    let (asked, mut attempts) = tokio::sync::mpsc::unbounded_channel();
    let options = ConnectOptions::new().reconnect_delay_callback(move |attempt| {
        let _ = asked.send(attempt);
        std::time::Duration::from_millis(1)
    });
    let client = connect_with(options, &server).await;
    server.kill();
    let mut heard = Vec::new();
    while heard.len() < 4 {
        heard.push(
            crate::support::within("an attempt", attempts.recv())
                .await
                .expect("the client lives"),
        );
    }
    assert_eq!(
        heard,
        [1, 1, 2, 3],
        "the first connection, and the attempts after its loss"
    );
    server.start();
    connected(&client).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_callback_chooses_the_server_to_connect_to() {
    let (one, other) = (run_basic_server(), run_basic_server());
    let port = other.client_port();
    let options = ConnectOptions::new().reconnect_to_server_callback(move |servers, _| async move {
        let chosen = servers.into_iter().find(|server| server.addr.port() == port)?;
        Some(async_nats::ReconnectToServer {
            addr: chosen.addr,
            delay: None,
        })
    });
    let client = options
        .connect(vec![one.client_url(), other.client_url()])
        .await
        .expect("both run");
    assert_eq!(client.server_info().port, port);
    client.force_reconnect().await.expect("the client is open");
    until("the second connection", || {
        client.statistics().connects.load(std::sync::atomic::Ordering::Relaxed) == 2
    })
    .await;
    assert_eq!(client.server_info().port, port);
}

#[tokio::test]
async fn servers_are_tried_in_their_order_when_told_to() {
    let servers = [run_basic_server(), run_basic_server(), run_basic_server()];
    let urls: Vec<String> = servers.iter().map(nats_server::Server::client_url).collect();
    for _ in 0..5 {
        let options = ConnectOptions::new().retain_servers_order();
        let client = options.connect(urls.clone()).await.expect("all run");
        assert_eq!(client.server_info().port, servers[0].client_port());
    }
    let mut met = std::collections::HashSet::new();
    crate::support::within("all servers to be met", async {
        while met.len() < 3 {
            let client = ConnectOptions::new().connect(urls.clone()).await.expect("all run");
            met.insert(client.server_info().port);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_server_takes_over_when_the_first_is_gone() {
    let mut first = run_basic_server();
    let second = run_basic_server();
    let options = ConnectOptions::new().retain_servers_order();
    let client = options
        .connect(vec![first.client_url(), second.client_url()])
        .await
        .expect("both run");
    assert_eq!(client.server_info().port, first.client_port());
    first.kill();
    until("the second server", || {
        client.server_info().port == second.client_port()
    })
    .await;
    connected(&client).await;
    fenced(&client).await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_server_times_the_connection_out() {
    let server = run_basic_server();
    server.pause().expect("it runs");
    let options = ConnectOptions::new().connection_timeout(std::time::Duration::from_millis(50));
    let error = options.connect(server.client_url()).await.expect_err("nobody answers");
    assert_eq!(error.kind(), ConnectErrorKind::TimedOut);
}

#[tokio::test]
async fn a_version_is_compared_number_by_number() {
    let server = run_basic_server();
    let client = connect(&server).await;
    let (major, minor, patch) = nats_server::version();
    let [major, minor, patch] = [major, minor, patch].map(|part| i64::try_from(part).expect("a small number"));
    assert!(client.is_server_compatible(major, minor, patch));
    assert!(!client.is_server_compatible(major, minor, patch + 1));
    assert!(!client.is_server_compatible(major, minor + 1, 0));
    assert!(client.is_server_compatible(major, minor - 1, patch + 1));
}
