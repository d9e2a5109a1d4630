//! A flush ends when what was appended before it was written, and not before.

use super::*;

#[test]
fn a_flush_of_nothing_ends_at_once() {
    let mut client = Client::connected(UNLIMITED);
    assert!(is_done(&client.flush()));
    client.publish(&Publication::new("a", "b"));
    client.write_all();
    assert!(is_done(&client.flush()));
}

#[test]
fn a_flush_without_a_connection_waits_for_one() {
    let mut client = Client::disconnected(UNLIMITED);
    let flushed = client.flush();
    assert!(!is_done(&flushed));
    client.link_up("");
    assert!(is_done(&flushed));

    client.lose();
    let flushed = client.flush();
    client.link_up("SUB a 1\r\n");
    assert!(!is_done(&flushed), "the subscriptions are not written");
    client.write_all();
    assert!(is_done(&flushed));
}

#[test]
fn a_flush_ends_with_the_batch_that_holds_what_came_before_it() {
    let mut client = Client::connected(UNLIMITED);
    let publication = Publication::new("a", "b");
    let len = publication.wire().len();
    client.publish(&publication);
    let first = client.flush();
    assert!(client.take_batch());
    client.publish(&publication);
    let second = client.flush();
    let (wakes, waker) = Wakes::new();
    let cx = &mut Context::from_waker(&waker);
    assert!(first.poll(cx).is_pending() && second.poll(cx).is_pending());
    client.write(len - 1);
    assert!(first.poll(cx).is_pending());
    client.write(1);
    assert!(first.poll(cx).is_pending(), "the socket was not flushed");
    assert_eq!(wakes.take(), 0);
    client.finish_batch();
    assert_eq!(wakes.take(), 1);
    assert!(first.poll(cx).is_ready() && second.poll(cx).is_pending());
    client.write_all();
    assert_eq!(wakes.take(), 1);
    assert!(is_done(&second));
}

#[test]
fn a_flush_is_not_ended_by_what_goes_ahead() {
    let mut client = Client::connected(UNLIMITED);
    let publication = Publication::new("a", "b");
    client.publish(&publication);
    assert!(client.take_batch());
    for _ in 0..100 {
        client.publish(&publication);
    }
    let flushed = client.flush();
    for _ in 0..1_000 {
        client.outbound.ping().into_iter().for_each(Waker::wake);
    }
    client.write(publication.wire().len());
    client.finish_batch();
    assert!(!is_done(&flushed));
    client.write(6_000 + 100 * publication.wire().len() - 1);
    assert!(!is_done(&flushed), "all but one byte is written, PONGs included");
    client.write_all();
    assert!(is_done(&flushed));
    client.assert_idle();
}

#[test]
fn a_flush_waits_across_connections() {
    let mut client = Client::connected(UNLIMITED);
    let publications: Vec<Publication> = (0..4).map(|index| Publication::new("a", index.to_string())).collect();
    let mut flushes = Vec::new();
    for publication in &publications {
        client.publish(publication);
        flushes.push(client.flush());
    }
    let len = publications[0].wire().len();
    client.write(2 * len + 3);
    client.lose();
    client.link_up("SUB a 1\r\n");
    client.write(9 + 2 * len - 1);
    assert!(
        !is_done(&flushes[2]) && !is_done(&flushes[3]),
        "their frames are not written whole"
    );
    client.lose();
    assert!(!is_done(&flushes[3]));
    client.link_up("SUB a 1\r\n");
    client.write_all();
    assert!(flushes.iter().all(is_done));
    client.assert_idle();
}

#[test]
fn a_flush_whose_future_is_gone_does_no_harm() {
    let mut client = Client::connected(UNLIMITED);
    client.publish(&Publication::new("a", "b"));
    for _ in 0..3 {
        drop(client.flush());
    }
    let kept = client.flush();
    client.write_all();
    assert!(is_done(&kept));
    assert!(client.outbound.flushes.is_empty());
}

#[test]
fn a_flush_does_not_end_before_the_socket_was_flushed() {
    let mut client = Client::connected(UNLIMITED);
    let publication = Publication::new("a", "b");
    client.publish(&publication);
    client.write(publication.wire().len());
    let flushed = client.flush();
    assert!(
        !is_done(&flushed),
        "a stream with a buffer of its own may still hold everything"
    );
    client.finish_batch();
    assert!(is_done(&flushed));
}

#[test]
fn a_flush_does_not_wait_for_the_batch_of_a_lost_connection() {
    let mut client = Client::connected(UNLIMITED);
    let publication = Publication::new("a", "b");
    client.publish(&publication);
    client.write(publication.wire().len());
    client.lose();
    client.link_up("");
    assert!(is_done(&client.flush()));
}

#[test]
fn promises_that_nobody_waits_for_do_not_pile_up_without_a_connection() {
    let mut client = Client::disconnected(UNLIMITED);
    client.publish(&Publication::new("a", "b"));
    let kept = [client.flush(), client.fence()];
    for _ in 0..10_000 {
        drop((client.flush(), client.fence()));
        client.outbound.fence(Fence::KeepAlive);
    }
    assert!(
        client.outbound.flushes.capacity() <= 16,
        "{}",
        client.outbound.flushes.capacity()
    );
    let waiting = client.outbound.fences.waiting();
    assert!(waiting <= 16, "{waiting}");
    client.link_up("");
    client.write_all();
    assert_eq!(client.take_wire(), "PUB a 1\r\nb\r\nPING\r\n");
    assert!(is_done(&kept[0]));
}
