//! What a server tells of itself and its cluster in the middle of a connection, and the pool of servers.

use async_nats::{Client, ClientError, Event, SetServerPoolErrorKind};
use nats_server::script::Info;

use crate::support::*;

/// The pool as `url` or `url (discovered)`, in alphabetical order.
async fn pool_of(client: &Client) -> Vec<String> {
    let servers = client.server_pool().await.expect("open");
    let mut pool: Vec<_> = servers
        .into_iter()
        .map(|server| match server.is_discovered {
            true => format!("{} (discovered)", server.addr.as_url_str()),
            false => server.addr.as_url_str().to_owned(),
        })
        .collect();
    pool.sort();
    pool
}

/// An asynchronous INFO updated nothing but the lame duck mode.
#[tokio::test(start_paused = true)]
async fn an_info_in_between_updates_everything() {
    let mut session = Session::start().await;
    let client = &session.client;
    session
        .peer
        .send_info(Info::new().server_name("renamed").max_payload(5).version("2.14.0"))
        .await;
    settle().await;
    assert_eq!(client.server_info().server_name, "renamed");
    assert!(client.is_server_compatible(2, 14, 0));
    assert_eq!(client.max_payload(), 5);
    assert!(client.publish("a", "123456".into()).await.is_err());
    session.peer.send_info(Info::new()).await;
    settle().await;
    client
        .publish("a", "123456".into())
        .await
        .expect("the limit is up again");
    session.peer.expect("PUB a 6\r\n123456").await;
    assert_eq!(session.events.so_far(), []);
}

/// I13: one that cannot be read is told, and changes nothing.
#[tokio::test(start_paused = true)]
async fn a_bad_info_in_between_is_told_and_ignored() {
    let mut session = Session::start().await;
    for bad in [
        "INFO {\r\n",
        "INFO nonsense\r\n",
        "INFO\r\n",
        "INFO {\"max_payload\":-1}\r\n",
    ] {
        session.peer.send_raw(bad).await;
        assert!(
            matches!(session.events.next().await, Event::ClientError(ClientError::Other(_))),
            "{bad:?}"
        );
    }
    session.client.publish("a", "x".into()).await.expect("good");
    session.peer.expect("PUB a 1\r\nx").await;
    assert_eq!(session.client.server_info().server_name, "script");
}

/// New servers come in with the scheme of the connection, old ones go, those that the user gave stay.
#[tokio::test(start_paused = true)]
async fn the_pool_follows_the_cluster() {
    let info = Info::new().connect_urls(["10.0.0.1:4222", "one:4222"]);
    let mut session = Session::to(
        vec!["nats://one", "nats://given"],
        options().retain_servers_order(),
        info,
    )
    .await;
    let pool = ["nats://10.0.0.1:4222 (discovered)", "nats://given", "nats://one"];
    assert_eq!(pool_of(&session.client).await, pool);

    session
        .peer
        .send_info(Info::new().connect_urls(["[::1]:4223", "two:5000", "not an address", "one:4222", "nor is this"]))
        .await;
    let Event::ClientError(bad) = session.events.next().await else {
        panic!("no word of the bad address")
    };
    let bad = bad.to_string();
    assert!(
        bad.contains("not an address") && bad.contains("1 more"),
        "said once: {bad}"
    );
    let pool = [
        "nats://[::1]:4223 (discovered)",
        "nats://given",
        "nats://one",
        "nats://two:5000 (discovered)",
    ];
    assert_eq!(pool_of(&session.client).await, pool);

    // Without a list nothing is known of the cluster, and nothing changes.
    session.peer.send_info(Info::new()).await;
    settle().await;
    assert_eq!(pool_of(&session.client).await, pool);

    drop(std::mem::replace(&mut session.peer, nobody()));
    let mut hosts = Vec::new();
    for _ in 0..4 {
        let dial = session.net.dialed().await;
        hosts.push(dial.addr.host().to_owned());
        dial.refuse();
    }
    hosts.sort();
    assert_eq!(hosts, ["::1", "given", "one", "two"]);
}

/// A cluster behind credentials: discovered servers are asked with those of the server that told of them.
#[tokio::test(start_paused = true)]
async fn discovered_servers_get_the_credentials_of_the_connection() {
    let info = Info::new().connect_urls(["two:4222"]);
    let mut session = Session::to("nats://derek:s3cr3t@one", options(), info).await;
    drop(std::mem::replace(&mut session.peer, nobody()));
    loop {
        let dial = session.net.dialed().await;
        if dial.addr.host() == "one" {
            dial.refuse();
            continue;
        }
        let connect = dial.accept().handshake().await;
        assert_eq!(
            (connect["user"].as_str(), connect["pass"].as_str()),
            (Some("derek"), Some("s3cr3t"))
        );
        break;
    }
}

#[tokio::test(start_paused = true)]
async fn discovered_servers_can_be_ignored() {
    let info = Info::new().connect_urls(["two:4222"]);
    let mut session = Session::to("nats://one", options().ignore_discovered_servers(), info).await;
    session.peer.send_info(Info::new().connect_urls(["three:4222"])).await;
    settle().await;
    assert_eq!(pool_of(&session.client).await, ["nats://one"]);
}

/// The server is going away: an event, what is pending is written, and the client moves on by itself.
#[tokio::test(start_paused = true)]
async fn a_lame_duck_is_told_and_left() {
    let mut session = Session::to(vec!["nats://one", "nats://two"], options(), Info::new()).await;
    let _messages = session.client.subscribe("a").await.expect("good");
    session.peer.expect_sub().await;
    session.client.publish("a", "pending".into()).await.expect("good");
    let left = session
        .client
        .server_pool()
        .await
        .expect("open")
        .into_iter()
        .find(|server| server.did_connect);
    let left = left.expect("connected to one of them").addr.host().to_owned();
    session.peer.send_info(Info::new().lame_duck(true)).await;
    session.peer.expect("PUB a 7\r\npending").await;
    session.peer.answer_pings(true);
    session.peer.expect_eof().await;
    let dial = session.net.dialed().await;
    assert_ne!(dial.addr.host(), left, "it went back to the server that is going away");
    let mut peer = dial.accept();
    peer.handshake().await;
    peer.expect_sub().await;
    for event in [Event::LameDuckMode, Event::Disconnected, Event::Connected] {
        session.events.expect(event).await;
    }
}

/// The order of the list does not lead back to the server that is going away.
#[tokio::test(start_paused = true)]
async fn a_lame_duck_is_left_in_a_fixed_order_too() {
    let options = options().retain_servers_order();
    let mut session = Session::to(vec!["nats://one", "nats://two"], options, Info::new()).await;
    session.peer.send_info(Info::new().lame_duck(true)).await;
    session.peer.answer_pings(true);
    session.peer.expect_eof().await;
    assert_eq!(session.net.dialed().await.addr.host(), "two");
}

/// With nowhere to go the client stays for as long as it can.
#[tokio::test(start_paused = true)]
async fn a_lame_duck_without_an_alternative_is_not_left() {
    let mut session = Session::start().await;
    session.peer.send_info(Info::new().lame_duck(true)).await;
    session.events.expect(Event::LameDuckMode).await;
    session.client.publish("a", "still".into()).await.expect("good");
    session.peer.expect("PUB a 5\r\nstill").await;
    session.peer.expect_nothing_for(secs(10)).await;
    assert!(session.client.server_info().lame_duck_mode);
    // The server tells of another one: now there is somewhere to go.
    session
        .peer
        .send_info(Info::new().lame_duck(true).connect_urls(["two:4222"]))
        .await;
    session.peer.answer_pings(true);
    session.peer.expect_eof().await;
    assert_eq!(session.net.dialed().await.addr.host(), "two");
}

#[tokio::test(start_paused = true)]
async fn a_new_pool_counts_from_the_next_connection_on() {
    let mut session = Session::to(
        SERVER,
        options().max_reconnects(4),
        Info::new().connect_urls(["other:1"]),
    )
    .await;
    let client = session.client.clone();
    client
        .set_server_pool(vec!["nats://two", "nats://three"])
        .await
        .expect("good");
    assert_eq!(pool_of(&client).await, ["nats://three", "nats://two"]);
    session.peer.expect_nothing_for(secs(10)).await;
    client.force_reconnect().await.expect("open");
    session.peer.expect_eof().await;
    let dial = session.net.dialed().await;
    assert!(["two", "three"].contains(&dial.addr.host()));
    session.peer = dial.accept();
    session.peer.handshake().await;

    // Attempts are counted anew with a new pool.
    drop(std::mem::replace(&mut session.peer, nobody()));
    for _ in 0..3 {
        session.net.dialed().await.refuse();
    }
    client.set_server_pool("nats://four").await.expect("good");
    let mut hosts = Vec::new();
    for (_, addr) in session.net.refuse_for(secs(60)).await {
        hosts.push(addr.host().to_owned());
    }
    assert_eq!(hosts, ["four"; 4], "the old servers are not tried any more");
    assert_eq!(session.events.until_the_end().await.last(), Some(&Event::Closed));
}

#[tokio::test(start_paused = true)]
async fn bad_pools_are_refused_and_change_nothing() {
    let Session { client, .. } = Session::start().await;
    let none: Vec<async_nats::ServerAddr> = Vec::new();
    let error = error_of(client.set_server_pool(none).await);
    assert_eq!(error.kind(), SetServerPoolErrorKind::EmptyPool);
    let error = error_of(client.set_server_pool(vec!["nats://a", "ws://b"]).await);
    assert_eq!(error.kind(), SetServerPoolErrorKind::MixedSchemes);
    let error = error_of(client.set_server_pool(vec!["nats://a", "http://b"]).await);
    assert_eq!(error.kind(), SetServerPoolErrorKind::InvalidAddress);
    assert_eq!(pool_of(&client).await, ["nats://one:4222"]);
}
