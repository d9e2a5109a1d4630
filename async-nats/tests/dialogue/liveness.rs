//! Whether the link lives: pings of the client, pings of the server, and links that died without a word (I7).

use async_nats::{Event, ServerError};
use futures_util::StreamExt;
use nats_server::script::Op;
use tokio::time::Instant;

use crate::support::*;

/// Waits until the client gives the connection up; what it said until then.
async fn given_up(peer: &mut Peer) -> Vec<u8> {
    peer.set_patience(secs(3600));
    peer.read_to_end().await
}

fn pings_in(bytes: &[u8]) -> usize {
    bytes.windows(6).filter(|bytes| *bytes == b"PING\r\n").count()
}

/// I7: for several settings, as many pings as may be outstanding, and the end one interval after the last.
#[tokio::test(start_paused = true)]
async fn a_silent_server_is_noticed_after_its_pings() {
    for (interval, max, default) in [(secs(60), 2, true), (secs(3), 1, false), (millis(500), 5, false)] {
        let options = match default {
            true => options(),
            false => options().ping_interval(interval).max_pings_outstanding(max),
        };
        let mut session = Session::with(options).await;
        let start = Instant::now();
        let said = given_up(&mut session.peer).await;
        assert_about(start.elapsed(), interval * (max + 1));
        assert_eq!(pings_in(&said), max as usize, "{}", said.escape_ascii());
        session.events.expect(Event::Disconnected).await;
        let Event::ClientError(why) = session.events.next().await else {
            panic!("no word of the reason")
        };
        assert!(why.to_string().contains("ping"), "{why}");
        session.net.accept().await.handshake().await;
        session.events.expect(Event::Connected).await;
    }
}

/// I7: frequent publishes kept pings from ever being sent.
#[tokio::test(start_paused = true)]
async fn a_busy_publisher_does_not_hide_a_dead_link() {
    let mut session = Session::with(options().ping_interval(secs(3))).await;
    let client = session.client.clone();
    let start = Instant::now();
    let busy = tokio::spawn(async move {
        loop {
            client.publish("a", "x".into()).await.expect("open");
            client.flush().await.expect("open");
            tokio::time::sleep(millis(50)).await;
        }
    });
    given_up(&mut session.peer).await;
    assert_about(start.elapsed(), secs(9));
    busy.abort();
}

/// I7: a peer that does not even read: the pings wait behind the data, and the link is dead all the same.
#[tokio::test(start_paused = true)]
async fn a_peer_that_reads_nothing_is_noticed() {
    let mut session = Session::with_capacity(options().ping_interval(secs(3)), 100).await;
    let start = Instant::now();
    for _ in 0..50 {
        session
            .client
            .publish("a", vec![b'x'; 100].into())
            .await
            .expect("there is room");
    }
    let dial = session.net.dialed().await;
    assert!(dial.at - start <= secs(9) + millis(200), "{:?}", dial.at - start);
    let mut peer = dial.accept();
    peer.handshake().await;
    for _ in 0..50 {
        assert_eq!(peer.expect_pub().await.payload.len(), 100);
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_answers_pings_keeps_the_connection() {
    let mut session = Session::with(options().ping_interval(secs(3)).max_pings_outstanding(1)).await;
    let mut pings = 0;
    let start = Instant::now();
    while start.elapsed() < secs(3600) {
        session.peer.expect_ping().await;
        pings += 1;
        // Just in time.
        tokio::time::sleep(millis(2990)).await;
        session.peer.send_pong().await;
    }
    assert!((590..1210).contains(&pings), "{pings}");
    assert_eq!(session.events.so_far(), []);
}

/// Whatever comes is life: no ping is needed while something comes.
#[tokio::test(start_paused = true)]
async fn traffic_from_the_server_is_a_sign_of_life() {
    for word in ["MSG a 999 1\r\nx\r\n", "+OK\r\n", "PING\r\n", "a message in pieces"] {
        let mut session = Session::with(options().ping_interval(secs(3)).max_pings_outstanding(1)).await;
        if word == "a message in pieces" {
            session.peer.send_raw("MSG a 999 100000\r\n").await;
        }
        for _ in 0..100 {
            session.peer.send_raw(word).await;
            if word == "PING\r\n" {
                session.peer.expect_pong().await;
            }
            session.peer.expect_nothing_for(millis(2900)).await;
        }
        assert_eq!(session.events.so_far(), []);
    }
}

/// The server's side of it: each PING has its PONG, whatever else happens.
#[tokio::test(start_paused = true)]
async fn pings_of_the_server_are_answered() {
    let Session { client, mut peer, .. } = Session::start().await;
    let start = Instant::now();
    for _ in 0..100 {
        peer.send_ping().await;
        peer.expect_pong().await;
    }
    peer.send_raw("PING\r\n".repeat(50)).await;
    for _ in 0..50 {
        peer.expect_pong().await;
    }
    peer.send_raw("ping\r\nPiNg\r\n").await;
    peer.expect("PONG\r\nPONG").await;
    assert!(start.elapsed() < millis(10));
    drop(client);
}

/// A peer that floods with PINGs and reads no PONG has its memory bounded, and gets no more than it asked for.
#[tokio::test(start_paused = true)]
async fn a_flood_of_pings_is_answered_within_bounds() {
    let Session {
        client: _client,
        mut peer,
        net: _net,
        ..
    } = Session::with_capacity(options(), 1000).await;
    for _ in 0..1000 {
        peer.send_raw("PING\r\n".repeat(100)).await;
    }
    settle().await;
    let mut pongs = 0;
    while let Ok(op) = tokio::time::timeout(secs(1), peer.expect_op()).await {
        assert_eq!(op, Op::Pong);
        pongs += 1;
    }
    assert!((1000..=2000).contains(&pongs), "{pongs}");
}

/// The way out is backed up and readers are slow: the PONG still goes next, between two frames.
#[tokio::test(start_paused = true)]
async fn a_pong_goes_ahead_of_what_is_pending() {
    let Session {
        client,
        mut peer,
        net: _net,
        ..
    } = Session::with_capacity(options(), 64).await;
    let _slow = client.subscribe("slow").await.expect("good");
    let sid = peer.expect_sub().await.sid;
    client
        .publish("in-hand", vec![b'1'; 1000].into())
        .await
        .expect("there is room");
    settle().await;
    for _ in 0..20 {
        client
            .publish("pending", vec![b'2'; 1000].into())
            .await
            .expect("there is room");
    }
    for _ in 0..200 {
        peer.send_msg("slow", sid, None, "nobody looks at this").await;
    }
    peer.send_ping().await;
    settle().await;
    assert_eq!(peer.expect_pub().await.subject, "in-hand");
    peer.expect_pong().await;
    for _ in 0..20 {
        assert_eq!(peer.expect_pub().await.subject, "pending");
    }
}

/// Reading goes on while nothing can be written: messages arrive, and fences and requests end by their deadlines.
#[tokio::test(start_paused = true)]
async fn reading_goes_on_while_writing_is_stuck() {
    let Session {
        client,
        mut peer,
        net: _net,
        ..
    } = Session::with_capacity(options(), 64).await;
    let mut messages = client.subscribe("a").await.expect("good");
    let sid = peer.expect_sub().await.sid;
    client
        .publish("stuck", vec![b'x'; 10_000].into())
        .await
        .expect("there is room");
    for number in 0..100 {
        peer.send_msg("a", sid, None, number.to_string()).await;
        assert_eq!(
            at_last(messages.next()).await.expect("open").payload,
            number.to_string()
        );
    }
    let start = Instant::now();
    let (request, flush) = tokio::join!(client.request("a", "".into()), client.flush_with_timeout(secs(10)));
    assert!(request.is_err() && flush.is_err());
    assert_about(start.elapsed(), secs(10));
}

/// Writing goes on while messages pour in and their subscriber does not look.
#[tokio::test(start_paused = true)]
async fn writing_goes_on_while_messages_pour_in() {
    let Session { client, peer, .. } = Session::start().await;
    let mut peer = peer;
    let _slow = client.subscribe("flood").await.expect("good");
    let sid = peer.expect_sub().await.sid;
    let frame = format!("MSG flood {sid} 100\r\n{}\r\n", "x".repeat(100));
    let block = frame.repeat(9000);
    for number in 0..20 {
        peer.send_raw(&block).await;
        client.publish("a", number.to_string().into()).await.expect("good");
        assert_eq!(at_last(peer.expect_pub()).await.text(), number.to_string());
    }
}

/// The server says first why it leaves.
#[tokio::test(start_paused = true)]
async fn a_stale_connection_is_told() {
    let mut session = Session::start().await;
    session.peer.send_err("Stale Connection").await;
    session.reconnect_with(nats_server::script::Info::new()).await;
    session
        .events
        .expect(Event::ServerError(ServerError::Other("Stale Connection".into())))
        .await;
    session.events.expect(Event::Disconnected).await;
    session.events.expect(Event::Connected).await;
}

/// Absurd settings neither hang nor spin.
#[tokio::test(start_paused = true)]
async fn absurd_ping_settings_do_no_harm() {
    let mut session = Session::with(options().ping_interval(std::time::Duration::MAX)).await;
    session.peer.expect_nothing_for(secs(24 * 3600)).await;
    let mut session = Session::with(options().ping_interval(std::time::Duration::ZERO)).await;
    let said = given_up(&mut session.peer).await;
    assert_eq!(pings_in(&said), 2);
    let mut session = Session::with(options().ping_interval(secs(5)).max_pings_outstanding(0)).await;
    let start = Instant::now();
    assert_eq!(given_up(&mut session.peer).await, b"");
    assert_about(start.elapsed(), secs(5));
}
