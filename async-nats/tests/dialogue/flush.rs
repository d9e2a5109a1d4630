//! Knowing that something has left, or arrived (I2).

use async_nats::client::FlushErrorKind;
use async_nats::Event;
use tokio::time::Instant;

use crate::support::*;

/// A peer that does not read: nothing is written, and the flush does not say otherwise.
#[tokio::test(start_paused = true)]
async fn a_flush_ends_when_everything_is_written_and_not_before() {
    let Session {
        client,
        mut peer,
        net: _net,
        ..
    } = Session::with_capacity(options(), 1).await;
    client
        .publish("a", vec![b'x'; 100].into())
        .await
        .expect("there is room");
    let mut flushed = Box::pin(client.flush());
    settle().await;
    assert!(poll_once(&mut flushed).await.is_none());
    let whole = "PUB a 100\r\n".len() + 100 + 2;
    // One byte more is in the stream.
    peer.expect_bytes(whole - 2).await;
    settle().await;
    assert!(poll_once(&mut flushed).await.is_none(), "one byte is not written yet");
    peer.expect_bytes(1).await;
    at_last(flushed).await.expect("it is written");
}

/// It is about what was published before it, whatever comes after.
#[tokio::test(start_paused = true)]
async fn a_flush_does_not_wait_for_what_comes_later() {
    let Session {
        client,
        mut peer,
        net: _net,
        ..
    } = Session::with_capacity(options(), 64).await;
    client
        .publish("a", vec![b'1'; 100].into())
        .await
        .expect("there is room");
    settle().await;
    let mut first = Box::pin(client.flush());
    assert!(poll_once(&mut first).await.is_none());
    client
        .publish("a", vec![b'2'; 100_000].into())
        .await
        .expect("there is room");
    let mut second = Box::pin(client.flush());
    assert!(poll_once(&mut second).await.is_none());
    peer.expect_pub().await;
    at_last(first).await.expect("it is written");
    assert!(poll_once(&mut second).await.is_none());
    let (second, _) = tokio::join!(second, peer.expect_pub());
    second.expect("it is written");
}

#[tokio::test(start_paused = true)]
async fn a_flush_of_nothing_ends_at_once() {
    let Session { client, mut peer, .. } = Session::start().await;
    let start = Instant::now();
    client.flush().await.expect("there is nothing to write");
    assert_about(start.elapsed(), secs(0));
    peer.expect_nothing_for(secs(1)).await;
}

/// A stream that holds bytes back until they are flushed, as TLS may: written to it is not written.
#[tokio::test(start_paused = true)]
async fn a_flush_waits_for_the_flush_of_the_stream() {
    let (session, faults) = Session::faulty(options(), false).await;
    faults.hold_flush();
    session.client.publish("a", "x".into()).await.expect("there is room");
    let mut before = Box::pin(session.client.flush());
    assert!(poll_once(&mut before).await.is_none());
    settle().await;
    assert!(poll_once(&mut before).await.is_none(), "the stream was not flushed");
    let mut after = Box::pin(session.client.flush());
    assert!(poll_once(&mut after).await.is_none(), "the stream was not flushed");
}

/// I2, I3: a stream that broke may never have passed on what it took and did not flush. That is not sent again, and whoever
/// waits hears of it. What it did not take whole is sent to the next.
#[tokio::test(start_paused = true)]
async fn what_a_stream_took_and_did_not_flush_is_neither_promised_nor_sent_again() {
    let frame = "PUB a 1\r\n1\r\n".len();
    for taken in [frame - 1, frame, frame + 1, 3 * frame - 1, 3 * frame] {
        let (mut session, faults) = Session::faulty(options(), taken % 2 == 0).await;
        let client = session.client.clone();
        faults.hold_flush();
        faults.break_after(taken);
        for number in 1..=3 {
            client
                .publish("a", number.to_string().into())
                .await
                .expect("there is room");
        }
        let mut waiting = Box::pin(client.flush());
        assert!(poll_once(&mut waiting).await.is_none());
        settle().await;
        drop(std::mem::replace(&mut session.peer, nobody()));
        let mut peer = session.net.accept().await;
        peer.handshake().await;
        let kept = taken / frame + 1..=3;
        for number in kept {
            assert_eq!(peer.expect_pub().await.text(), number.to_string(), "{taken} taken");
        }
        let result = at_last(waiting).await;
        if taken < frame {
            result.expect("of a part of a frame nobody makes anything");
        } else {
            let error = error_of(result);
            assert_eq!(error.kind(), FlushErrorKind::FlushError);
            assert!(error.to_string().contains("not flushed"), "{error}");
        }
        peer.expect_nothing_for(secs(1)).await;
        client.flush().await.expect("all that is known of was told");
    }
}

/// I2: when nobody waits, whoever asks next hears of it, with and without a connection, and nobody after that.
#[tokio::test(start_paused = true)]
async fn what_a_stream_did_not_flush_is_told_once_to_whoever_asks_next() {
    for connected in [true, false] {
        let (mut session, faults) = Session::faulty(options(), true).await;
        let client = session.client.clone();
        faults.hold_flush();
        client.publish("a", "1".into()).await.expect("there is room");
        settle().await;
        // One that does not wait any more is not told in place of another.
        let mut left = Box::pin(client.flush());
        assert!(poll_once(&mut left).await.is_none());
        drop(left);
        drop(std::mem::replace(&mut session.peer, nobody()));
        session.events.expect(Event::Disconnected).await;
        if connected {
            session.peer = session.net.accept().await;
            session.peer.handshake().await;
            session.events.expect(Event::Connected).await;
        }
        let error = error_of(at_last(client.flush()).await);
        assert_eq!(error.kind(), FlushErrorKind::FlushError);
        if !connected {
            session.peer = session.net.accept().await;
            session.peer.handshake().await;
        }
        at_last(client.flush()).await.expect("it was told");
    }
}

/// What a stream took while it had no room for more is flushed without waiting for the rest.
#[tokio::test(start_paused = true)]
async fn what_was_flushed_before_a_stream_broke_is_not_in_doubt() {
    let mut session = Session::with_capacity(options(), 100).await;
    let client = session.client.clone();
    for _ in 0..3 {
        client.publish("a", vec![b'x'; 60].into()).await.expect("there is room");
    }
    let mut flushed = Box::pin(client.flush());
    settle().await;
    assert!(poll_once(&mut flushed).await.is_none());
    session.reconnect().await;
    let (result, _) = tokio::join!(at_last(flushed), async {
        session.peer.expect_pub().await;
        session.peer.expect_pub().await;
    });
    result.expect("the first one was flushed, the others are written now");
}

/// I2: the connection breaks with something unwritten; the flush ends when the next one has it.
#[tokio::test(start_paused = true)]
async fn a_flush_waits_across_reconnects() {
    let mut session = Session::with_capacity(options(), 100).await;
    let client = session.client.clone();
    client
        .publish("a", vec![b'x'; 1000].into())
        .await
        .expect("there is room");
    let mut flushed = Box::pin(client.flush());
    for _ in 0..3 {
        settle().await;
        assert!(poll_once(&mut flushed).await.is_none());
        drop(std::mem::replace(&mut session.peer, nobody()));
        session.events.expect(Event::Disconnected).await;
        assert!(poll_once(&mut flushed).await.is_none());
        session.peer = session.net.dialed().await.accept_with_capacity(100);
        session.peer.handshake().await;
        session.events.expect(Event::Connected).await;
    }
    let (result, message) = tokio::join!(flushed, session.peer.expect_pub());
    result.expect("it is written");
    assert_eq!(message.payload.len(), 1000);
}

/// Without a connection there is nowhere that anything could have been written to.
#[tokio::test(start_paused = true)]
async fn a_flush_without_a_connection_waits_for_one() {
    let mut session = Session::start().await;
    let client = session.client.clone();
    drop(std::mem::replace(&mut session.peer, nobody()));
    session.events.expect(Event::Disconnected).await;
    let mut flushed = Box::pin(client.flush());
    assert!(poll_once(&mut flushed).await.is_none());
    session.net.refuse_for(secs(60)).await;
    assert!(poll_once(&mut flushed).await.is_none());
    session.net.accept().await.handshake().await;
    at_last(flushed)
        .await
        .expect("there is a connection, and nothing to write");
}

/// The server has said that it has everything.
#[tokio::test(start_paused = true)]
async fn flush_with_timeout_is_a_promise_of_the_server() {
    let Session { client, mut peer, .. } = Session::start().await;
    client.publish("a", "x".into()).await.expect("there is room");
    let mut flushed = Box::pin(client.flush_with_timeout(secs(5)));
    assert!(poll_once(&mut flushed).await.is_none());
    peer.expect("PUB a 1\r\nx\r\nPING").await;
    settle().await;
    assert!(poll_once(&mut flushed).await.is_none(), "written is not enough");
    peer.send_pong().await;
    at_last(flushed).await.expect("the server has it");

    let start = Instant::now();
    let error = error_of(client.flush_with_timeout(secs(5)).await);
    assert_eq!(error.kind(), FlushErrorKind::FlushError);
    assert_about(start.elapsed(), secs(5));
    // The late answer is nobody else's.
    peer.expect_ping().await;
    let mut next = Box::pin(client.flush_with_timeout(secs(5)));
    assert!(poll_once(&mut next).await.is_none());
    peer.expect_ping().await;
    peer.send_pong().await;
    settle().await;
    assert!(
        poll_once(&mut next).await.is_none(),
        "that was the answer to the one before"
    );
    peer.send_pong().await;
    at_last(next).await.expect("the server has it");
}

/// Fences of several callers, asked for again behind what was kept after a reconnect.
#[tokio::test(start_paused = true)]
async fn flush_with_timeout_waits_across_reconnects() {
    let mut session = Session::start().await;
    let client = session.client.clone();
    let mut one = Box::pin(client.flush_with_timeout(secs(100)));
    assert!(poll_once(&mut one).await.is_none());
    session.peer.expect_ping().await;
    drop(std::mem::replace(&mut session.peer, nobody()));
    session.events.expect(Event::Disconnected).await;
    client.publish("a", "x".into()).await.expect("it is kept");
    let mut two = Box::pin(client.flush_with_timeout(secs(100)));
    assert!(poll_once(&mut two).await.is_none());
    let mut peer = session.net.accept().await;
    peer.handshake().await;
    peer.expect("PUB a 1\r\nx\r\nPING\r\nPING").await;
    assert!(poll_once(&mut one).await.is_none() && poll_once(&mut two).await.is_none());
    peer.send_raw("PONG\r\nPONG\r\n").await;
    at_last(one).await.expect("the server has it");
    at_last(two).await.expect("the server has it");

    let start = Instant::now();
    drop(peer);
    let mut never = Box::pin(client.flush_with_timeout(secs(9)));
    let (result, _) = tokio::join!(&mut never, session.net.refuse_for(secs(20)));
    assert!(result.is_err());
    assert!(start.elapsed() >= secs(9));
}

#[tokio::test(start_paused = true)]
async fn the_round_trip_time_is_the_time_to_the_pong() {
    let Session { client, mut peer, .. } = Session::start().await;
    for delay in [0, 1, 250, 30_000] {
        let (rtt, ()) = tokio::join!(client.rtt(), async {
            peer.expect_ping().await;
            tokio::time::sleep(millis(delay)).await;
            peer.send_pong().await;
        });
        assert_about(rtt.expect("it was answered"), millis(delay));
    }
}

/// PONGs that nobody asked for end nothing.
#[tokio::test(start_paused = true)]
async fn pongs_that_nobody_asked_for_do_no_harm() {
    let Session { client, mut peer, .. } = Session::start().await;
    peer.send_raw("PONG\r\nPONG\r\nPONG\r\n").await;
    settle().await;
    let mut flushed = Box::pin(client.flush_with_timeout(secs(5)));
    assert!(poll_once(&mut flushed).await.is_none());
    peer.expect_ping().await;
    settle().await;
    assert!(
        poll_once(&mut flushed).await.is_none(),
        "the PONGs came before the PING"
    );
    peer.send_pong().await;
    at_last(flushed).await.expect("the server has it");
}

/// Written is not confirmed: what a broken connection may have taken with it is told, once, to whoever asks next.
#[tokio::test(start_paused = true)]
async fn publishes_that_a_broken_connection_may_have_lost_are_told_once() {
    let mut session = Session::start().await;
    let client = session.client.clone();
    client.publish("a", "perhaps".into()).await.expect("there is room");
    client.flush().await.expect("it is written");
    session.reconnect().await;
    session.peer.answer_pings(true);
    let peer = &mut session.peer;
    let flushed = async {
        (
            client.flush_with_timeout(secs(5)).await,
            client.flush_with_timeout(secs(5)).await,
        )
    };
    let ((first, second), ()) = tokio::join!(flushed, peer.expect_nothing_for(secs(1)));
    assert_eq!(error_of(first).kind(), FlushErrorKind::FlushError);
    second.expect("the server has it");

    // Nothing is told of what was confirmed, of what was never written, or where nothing was published.
    let peer = &mut session.peer;
    client.publish("a", "confirmed".into()).await.expect("there is room");
    let (flushed, _) = tokio::join!(client.flush_with_timeout(secs(5)), async {
        peer.expect("PUB a 9\r\nconfirmed").await;
        peer.expect_nothing_for(secs(1)).await;
    });
    flushed.expect("the server has it");
    session.reconnect().await;
    session.reconnect().await;
    session.peer.answer_pings(true);
    let (flushed, ()) = tokio::join!(
        client.flush_with_timeout(secs(5)),
        session.peer.expect_nothing_for(secs(1))
    );
    flushed.expect("nothing was lost");
}

/// A call that waits when the connection breaks hears of it at once.
#[tokio::test(start_paused = true)]
async fn a_broken_connection_ends_the_wait_for_its_confirmation() {
    let mut session = Session::start().await;
    let client = session.client.clone();
    client.publish("a", "perhaps".into()).await.expect("there is room");
    let mut flushed = Box::pin(client.flush_with_timeout(secs(500)));
    assert!(poll_once(&mut flushed).await.is_none());
    session.peer.expect("PUB a 7\r\nperhaps\r\nPING").await;
    let start = Instant::now();
    drop(std::mem::replace(&mut session.peer, nobody()));
    assert_eq!(error_of(at_last(flushed).await).kind(), FlushErrorKind::FlushError);
    assert!(start.elapsed() < secs(1));
}

/// I2: a loss while nobody waits is told to each clone of the client, because each may stand for somebody else. One that is
/// made later of a handle that was told knows already, and so does a handle whose clone was told.
#[tokio::test(start_paused = true)]
async fn each_clone_is_told_once_of_what_may_be_lost() {
    let mut session = Session::start().await;
    let (one, two, source) = (session.client.clone(), session.client.clone(), session.client.clone());
    one.publish("a", "of one".into()).await.expect("there is room");
    two.publish("a", "of two".into()).await.expect("there is room");
    one.flush().await.expect("it is written");
    session.reconnect().await;
    let later = source.clone();
    session.peer.answer_pings(true);
    let asked = async {
        for client in [&one, &two, &later] {
            let error = error_of(client.flush_with_timeout(secs(5)).await);
            assert_eq!(error.kind(), FlushErrorKind::FlushError);
        }
        for client in [&one, &two, &later, &one.clone(), &source, &source.clone()] {
            client.flush_with_timeout(secs(5)).await.expect("it was told");
        }
    };
    tokio::join!(asked, session.peer.expect_nothing_for(secs(1)));
}

/// The same of what a stream took and did not flush, by way of a flush and by way of a sink.
#[tokio::test(start_paused = true)]
async fn each_clone_is_told_once_of_what_was_not_flushed() {
    let (mut session, faults) = Session::faulty(options(), true).await;
    let (one, two, mut sink) = (session.client.clone(), session.client.clone(), session.client.clone());
    faults.hold_flush();
    one.publish("a", "1".into()).await.expect("there is room");
    settle().await;
    drop(std::mem::replace(&mut session.peer, nobody()));
    session.events.expect(Event::Disconnected).await;
    session.peer = session.net.accept().await;
    session.peer.handshake().await;
    session.events.expect(Event::Connected).await;
    for client in [&one, &two] {
        let error = error_of(at_last(client.flush()).await);
        assert!(error.to_string().contains("not flushed"), "{error}");
    }
    let error = error_of(at_last(futures_util::SinkExt::flush(&mut sink)).await);
    assert!(error.to_string().contains("not flushed"), "{error}");
    for client in [&one, &two, &sink, &one.clone()] {
        at_last(client.flush()).await.expect("it was told");
    }
}
