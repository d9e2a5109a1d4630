//! The end of a client, and publishes that fail rather than wait.

use super::*;
use crate::proto::limits::PENDING_WHILE_CONNECTED;

fn full() -> Publication {
    Publication::new("a", vec![0; PENDING_WHILE_CONNECTED])
}

fn poll(client: &mut Client, ticket: &mut Option<Ticket>, waker: &Waker) -> Poll<Result<(), Refused>> {
    let cx = &mut Context::from_waker(waker);
    let publication = Publication::new("a", "b");
    publication
        .frame(|frame| client.outbound.poll_append(frame, ticket, cx))
        .map_ok(|_| ())
}

#[test]
fn closing_tells_everybody_who_waits() {
    let mut client = Client::connected(UNLIMITED);
    client.publish(&full());
    let (wakes, waker) = Wakes::new();
    let mut ticket = None;
    assert!(poll(&mut client, &mut ticket, &waker).is_pending());
    let (flushed, fenced) = (client.flush(), client.fence());
    let cx = &mut Context::from_waker(&waker);
    assert!(flushed.poll(cx).is_pending() && fenced.poll(cx).is_pending());
    assert!(client.take_batch());
    assert!(client.outbound.poll_stop(cx).is_pending());

    let woken = client.outbound.close();
    woken.into_iter().for_each(Waker::wake);
    assert_eq!(wakes.take(), 4, "the publisher, the flush, the fence, and the writer");
    assert_eq!(
        poll(&mut client, &mut ticket, &waker),
        Poll::Ready(Err(Refused::Closed))
    );
    assert!(ticket.is_none());
    assert_eq!(
        (outcome(&flushed), outcome(&fenced)),
        (Some(Outcome::Closed), Some(Outcome::Closed))
    );
    assert!(client.outbound.poll_stop(cx).is_ready());
    assert!(matches!(client.outbound.poll_next(cx), Poll::Ready(Next::Stop)));
}

#[test]
fn closing_wakes_a_writer_that_has_nothing_to_write() {
    let mut client = Client::connected(UNLIMITED);
    client.wakes.take();
    client.outbound.close().into_iter().for_each(Waker::wake);
    assert_eq!(client.wakes.take(), 1);
}

#[test]
fn nothing_is_accepted_after_closing_or_refusing() {
    for close in [Outbound::close, Outbound::refuse] {
        let mut client = Client::connected(UNLIMITED);
        assert!(!client.outbound.is_closed());
        close(&mut client.outbound);
        assert!(client.outbound.is_closed());
        let publication = Publication::new("a", "b");
        assert_eq!(
            publication.frame(|frame| client.outbound.try_append(frame).err()),
            Some(Refused::Closed)
        );
        assert_eq!(
            publication.frame(|frame| client.outbound.append_now(frame).err()),
            Some(Refused::Closed)
        );
        assert_eq!(
            poll(&mut client, &mut None, Waker::noop()),
            Poll::Ready(Err(Refused::Closed))
        );
        assert_eq!(client.outbound.flush(0).err(), Some(Refused::Closed));
        assert_eq!(client.outbound.caller_fence().err(), Some(Refused::Closed));
        client.control("SUB a 1\r\n");
        client.write_all();
        assert_eq!(client.take_wire(), "");
    }
}

#[test]
fn refusing_lets_waiters_go_and_writes_what_is_pending() {
    let mut client = Client::connected(UNLIMITED);
    let pending = full();
    client.publish(&pending);
    let flushed = client.flush();
    let (wakes, waker) = Wakes::new();
    let mut ticket = None;
    assert!(poll(&mut client, &mut ticket, &waker).is_pending());
    client.outbound.refuse().into_iter().for_each(Waker::wake);
    assert_eq!(wakes.take(), 1);
    assert_eq!(
        poll(&mut client, &mut ticket, &waker),
        Poll::Ready(Err(Refused::Closed))
    );
    client.write_all();
    assert!(is_done(&flushed));
    assert!(client.wire == pending.wire());
}

#[test]
fn a_connection_that_ends_stops_the_writer() {
    let mut client = Client::connected(UNLIMITED);
    client.wakes.take();
    client.outbound.stop_writer(&mut client.woken);
    client.woken.drain(..).for_each(Waker::wake);
    assert_eq!(client.wakes.take(), 1, "one that waits for something to write");
    let (wakes, waker) = Wakes::new();
    assert!(matches!(
        client.outbound.poll_next(&mut Context::from_waker(&waker)),
        Poll::Ready(Next::Stop)
    ));

    let mut client = Client::connected(UNLIMITED);
    client.publish(&Publication::new("a", "b"));
    assert!(client.take_batch());
    assert!(client.outbound.poll_stop(&mut Context::from_waker(&waker)).is_pending());
    client.outbound.stop_writer(&mut client.woken);
    client.woken.drain(..).for_each(Waker::wake);
    assert_eq!(wakes.take(), 1, "one that waits for its socket");
    assert!(!client.outbound.is_up());
    client.lose();
    client.link_up("");
    assert!(client.outbound.is_up());
    client.write_all();
    assert_eq!(client.take_wire(), "PUB a 1\r\nb\r\n");
}

const FAILING: Limits = Limits {
    messages: usize::MAX,
    bytes_disconnected: 4_000_000,
    fail_when_full: true,
};

#[test]
fn a_publish_fails_without_a_connection_where_the_user_chose_so() {
    let mut client = Client::disconnected(FAILING);
    assert!(client.publish(&Publication::new("a", vec![0; 3_999_950])));
    assert!(client.publish(&Publication::new("a", "b")));
    while client.publish(&Publication::new("a", "b")) {}
    assert_eq!(
        poll(&mut client, &mut None, Waker::noop()),
        Poll::Ready(Err(Refused::Full))
    );
    let cx = &mut Context::from_waker(Waker::noop());
    assert!(client.outbound.poll_room(&mut None, cx).is_ready());
}

#[test]
fn a_publish_waits_with_a_connection_all_the_same() {
    let mut client = Client::connected(FAILING);
    client.publish(&full());
    let mut ticket = None;
    assert!(poll(&mut client, &mut ticket, Waker::noop()).is_pending());
    client.write_all();
    assert_eq!(poll(&mut client, &mut ticket, Waker::noop()), Poll::Ready(Ok(())));
}

#[test]
fn a_draining_client_still_asks_whether_the_link_lives() {
    let mut client = Client::connected(UNLIMITED);
    client.outbound.refuse();
    client
        .outbound
        .fence(Fence::KeepAlive)
        .into_iter()
        .for_each(Waker::wake);
    client.write_all();
    assert_eq!(client.take_wire(), "PING\r\n");
}

#[test]
fn a_publish_that_waits_when_the_connection_is_lost_has_the_larger_room_at_once() {
    let mut client = Client::connected(FAILING);
    client.publish(&full());
    let (wakes, waker) = Wakes::new();
    let mut ticket = None;
    assert!(poll(&mut client, &mut ticket, &waker).is_pending());
    // The writer is told to stop; it has not given its batch back yet.
    client.outbound.stop_writer(&mut client.woken);
    client.woken.drain(..).for_each(Waker::wake);
    assert_eq!(
        poll(&mut client, &mut None, Waker::noop()),
        Poll::Ready(Ok(())),
        "a newcomer too"
    );
    assert_eq!(wakes.take(), 1);
    assert_eq!(poll(&mut client, &mut ticket, &waker), Poll::Ready(Ok(())));
}

#[test]
fn a_publish_that_waits_when_the_connection_is_lost_fails_where_the_user_chose_so() {
    let mut client = Client::connected(Limits {
        bytes_disconnected: 1_000,
        ..FAILING
    });
    client.publish(&full());
    let (wakes, waker) = Wakes::new();
    let mut ticket = None;
    assert!(poll(&mut client, &mut ticket, &waker).is_pending());
    client.lose();
    assert_eq!(wakes.take(), 1);
    assert_eq!(poll(&mut client, &mut ticket, &waker), Poll::Ready(Err(Refused::Full)));
    assert!(ticket.is_none());
    assert!(!client.outbound.capacity.has_waiters());
    client.link_up("");
    client.write_all();
    client.assert_idle();
}

#[test]
fn a_small_publish_behind_one_that_fails_does_not_fail_with_it() {
    let mut client = Client::connected(Limits {
        bytes_disconnected: 2_000_000,
        ..FAILING
    });
    client.publish(&full());
    let (large_wakes, waker) = Wakes::new();
    let cx = &mut Context::from_waker(&waker);
    let large = Publication::new("a", vec![0; 1_900_000]);
    let (mut large_ticket, mut small_ticket) = (None, None);
    let polled = large.frame(|frame| client.outbound.poll_append(frame, &mut large_ticket, cx).is_pending());
    let (small_wakes, small_waker) = Wakes::new();
    assert!(polled && poll(&mut client, &mut small_ticket, &small_waker).is_pending());
    client.lose();
    assert_eq!((large_wakes.take(), small_wakes.take()), (1, 1));
    assert_eq!(
        poll(&mut client, &mut None, Waker::noop()),
        Poll::Ready(Ok(())),
        "a newcomer"
    );
    assert_eq!(poll(&mut client, &mut small_ticket, &small_waker), Poll::Ready(Ok(())));
    let polled = large.frame(|frame| client.outbound.poll_append(frame, &mut large_ticket, cx));
    assert!(matches!(polled, Poll::Ready(Err(Refused::Full))));
}
