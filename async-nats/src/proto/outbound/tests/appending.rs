//! Appending and writing while there is a connection: order, one wake, room.

use super::*;
use crate::proto::limits::PENDING_WHILE_CONNECTED;

fn poll_publish(
    client: &mut Client,
    publication: &Publication,
    ticket: &mut Option<Ticket>,
    waker: &Waker,
) -> Poll<Result<(), Refused>> {
    let cx = &mut Context::from_waker(waker);
    publication
        .frame(|frame| client.outbound.poll_append(frame, ticket, cx))
        .map_ok(|_| ())
}

/// A message whose frame has exactly `len` bytes.
fn of_length(len: usize) -> Publication {
    let payload = len.saturating_sub(60);
    let around = "PUB  \r\n\r\n".len() + payload.to_string().len();
    Publication::new(&"s".repeat(len - payload - around), vec![b'x'; payload])
}

#[test]
fn frames_leave_in_the_order_of_the_calls() {
    let mut client = Client::connected(UNLIMITED);
    let mut expected = Vec::new();
    for (index, payload) in [0, 1, 100, 300, 8_191, 8_192, 70_000, 3].into_iter().enumerate() {
        let payload: Vec<u8> = (0..payload).map(|at| (at % 251) as u8).collect();
        for publication in [
            Publication::new(&format!("a.{index}"), payload.clone()),
            Publication::with_headers("b", "K: v", payload.clone()),
        ] {
            assert!(client.publish(&publication));
            expected.extend(publication.wire());
        }
        client.control("SUB a 1\r\n");
        expected.extend(b"SUB a 1\r\n");
    }
    client.write_all();
    assert!(client.wire == expected);
    client.assert_idle();
}

#[test]
fn what_is_written_by_single_bytes_is_the_same() {
    let publications = [
        Publication::new("a", "text"),
        Publication::with_headers("b", "K: v", vec![b'x'; 8_192]),
    ];
    let mut client = Client::connected(UNLIMITED);
    for publication in &publications {
        assert!(client.publish(publication));
    }
    let expected = [publications[0].wire(), publications[1].wire()].concat();
    for written in 0..expected.len() {
        assert_eq!(client.outbound.load().bytes, expected.len() - written);
        client.write(1);
    }
    client.finish_batch();
    assert!(client.wire == expected);
    client.assert_idle();
}

#[test]
fn the_writer_is_woken_once_when_something_is_pending_that_was_not() {
    let mut client = Client::connected(UNLIMITED);
    let publication = Publication::new("a", "b");
    for _ in 0..3 {
        client.wakes.take();
        client.publish(&publication);
        client.publish(&publication);
        client.control("SUB a 1\r\n");
        let _passed = client.fence();
        client.outbound.ping().into_iter().for_each(Waker::wake);
        assert_eq!(client.wakes.take(), 1);
        assert!(client.take_batch());
        client.publish(&publication);
        assert_eq!(
            client.wakes.take(),
            0,
            "a writer that has something in hand asks by itself"
        );
        client.write_all();
    }
    client.control("");
    assert_eq!(client.wakes.take(), 0, "nothing was appended");
    for append in [
        (|client: &mut Client| client.control("SUB a 1\r\n")) as fn(&mut Client),
        |client| drop(client.fence()),
        |client| client.outbound.ping().into_iter().for_each(Waker::wake),
        |client| assert!(client.publish(&Publication::new("a", "b"))),
    ] {
        append(&mut client);
        assert_eq!(client.wakes.take(), 1);
        client.write_all();
    }
}

#[test]
fn nobody_is_woken_to_write_without_a_connection() {
    let mut client = Client::disconnected(UNLIMITED);
    assert!(!client.take_batch());
    client.publish(&Publication::new("a", "b"));
    client.control("SUB a 1\r\n");
    let _passed = client.fence();
    assert_eq!(client.wakes.take(), 0);
    client.link_up("");
    assert_eq!(client.wakes.take(), 1);
    client.write_all();
    assert_eq!(client.take_wire(), "PUB a 1\r\nb\r\nPING\r\n");
}

#[test]
fn pending_bytes_are_bounded_while_connected() {
    let mut client = Client::connected(UNLIMITED);
    let half = of_length(PENDING_WHILE_CONNECTED / 2);
    assert!(client.publish(&half));
    assert!(client.publish(&half), "up to the limit");
    assert!(!client.publish(&of_length(20)), "and not past it");
    client.write(20);
    assert!(
        client.publish(&of_length(20)),
        "what is written is not pending any more"
    );
    assert!(!client.publish(&of_length(20)));
    client.write_all();
    client.assert_idle();
}

#[test]
fn pending_bytes_are_bounded_by_another_limit_while_disconnected() {
    let limits = Limits {
        bytes_disconnected: 1_000,
        ..UNLIMITED
    };
    let mut client = Client::disconnected(limits);
    assert!(client.publish(&of_length(980)));
    assert!(!client.publish(&of_length(21)));
    assert!(client.publish(&of_length(20)));
    client.link_up("");
    assert!(client.publish(&of_length(100_000)));
    // A connection may end before it had a writer.
    drop(client.outbound.link_lost(None, &mut Vec::new()));
    assert!(!client.publish(&of_length(20)), "the limit is passed already");
    client.link_up("");
    assert!(client.publish(&of_length(20)));
    client.lose();
    assert!(!client.publish(&of_length(20)));
}

#[test]
fn a_frame_larger_than_the_limit_goes_alone() {
    let mut client = Client::connected(UNLIMITED);
    let huge = of_length(3 * PENDING_WHILE_CONNECTED);
    assert!(client.publish(&huge));
    assert!(!client.publish(&of_length(20)));
    client.write_all();
    assert!(client.publish(&of_length(20)));
    assert!(!client.publish(&huge), "something is pending");
    client.write_all();
    assert!(client.wire.len() == huge.wire().len() + 20);
}

#[test]
fn the_user_may_bound_pending_messages() {
    let mut client = Client::connected(Limits {
        messages: 3,
        ..UNLIMITED
    });
    let publication = Publication::new("a", "b");
    assert!((0..3).all(|_| client.publish(&publication)));
    assert!(!client.publish(&publication));
    client.control("SUB a 1\r\n");
    assert!(client.take_batch());
    assert!(
        !client.publish(&publication),
        "what the writer has in hand is pending too"
    );
    client.write_all();
    assert!((0..3).all(|_| client.publish(&publication)));
    client.lose();
    assert!(
        !client.publish(&publication),
        "what is kept for the next connection is pending too"
    );

    let mut client = Client::connected(Limits {
        messages: 0,
        ..UNLIMITED
    });
    assert!(client.publish(&publication), "a capacity of zero counts as one");
    assert!(!client.publish(&publication));
}

#[test]
fn those_who_wait_are_served_in_the_order_in_which_they_came() {
    let mut client = Client::connected(UNLIMITED);
    let full = of_length(PENDING_WHILE_CONNECTED);
    assert!(client.publish(&full));
    let (wakes, waker) = Wakes::new();
    let waiting: Vec<Publication> = (0..5)
        .map(|index| Publication::new(&format!("w.{index}"), "x"))
        .collect();
    let mut tickets = [None; 5];
    for (publication, ticket) in waiting.iter().zip(&mut tickets) {
        assert!(poll_publish(&mut client, publication, ticket, &waker).is_pending());
    }
    // The second one gives up, and nobody passes those who wait.
    let woken = client.outbound.leave(tickets[1].take().expect("it waits"));
    assert!(woken.is_empty());
    client.write(30);
    assert!(!client.publish(&Publication::new("newcomer", "x")));
    assert_eq!(wakes.take(), 0, "little room is not given out yet");
    client.write(PENDING_WHILE_CONNECTED / 2);
    assert_eq!(wakes.take(), 4);
    assert!(
        client.publish(&Publication::new("newcomer", "x")),
        "everybody else has a place"
    );
    // Polled in another order; each has a place of its own.
    for index in [4, 0, 2, 3] {
        let ticket = &mut tickets[index];
        assert_eq!(
            poll_publish(&mut client, &waiting[index], ticket, &waker),
            Poll::Ready(Ok(()))
        );
        assert!(ticket.is_none());
    }
    client.wire.clear();
    client.write_all();
    let (frames, _) = server_reads(&client.wire[client.wire.len() - 4 * 14 - 19..]);
    let order = ["newcomer", "w.4", "w.0", "w.2", "w.3"].map(|subject| Publication::new(subject, "x").wire());
    assert_eq!(frames, order, "as they were appended");
    client.assert_idle();
}

#[test]
fn those_who_wait_without_a_connection_have_its_room_when_it_is_there() {
    let mut client = Client::disconnected(Limits {
        bytes_disconnected: 1_000,
        ..UNLIMITED
    });
    assert!(client.publish(&of_length(990)));
    let (wakes, waker) = Wakes::new();
    let (_, first_waker) = Wakes::new();
    let (publication, mut ticket) = (of_length(100), None);
    for waker in [&first_waker, &waker] {
        assert!(poll_publish(&mut client, &publication, &mut ticket, waker).is_pending());
    }
    client.link_up("");
    assert_eq!(wakes.take(), 1, "the waker of the last poll");
    assert!(poll_publish(&mut client, &publication, &mut ticket, &waker).is_ready());
}

#[test]
fn memory_that_a_burst_left_behind_is_given_back() {
    let mut client = Client::connected(UNLIMITED);
    for _ in 0..1_000 {
        client.publish(&of_length(500));
    }
    client.write_all();
    assert!(!client.outbound.spare.is_empty());
    client.outbound.trim();
    assert_eq!(client.outbound.spare.capacity(), 0);
}

#[test]
fn a_frame_is_appended_once_however_often_it_is_polled() {
    let mut client = Client::connected(UNLIMITED);
    assert!(client.publish(&of_length(PENDING_WHILE_CONNECTED)));
    let publication = Publication::new("a", "b");
    let mut ticket = None;
    for _ in 0..3 {
        assert!(poll_publish(&mut client, &publication, &mut ticket, Waker::noop()).is_pending());
    }
    client.write_all();
    assert!(poll_publish(&mut client, &publication, &mut ticket, Waker::noop()).is_ready());
    client.wire.clear();
    client.write_all();
    assert_eq!(client.take_wire(), "PUB a 1\r\nb\r\n");
}

#[test]
fn what_was_granted_is_given_back_when_the_waiter_leaves() {
    let mut client = Client::connected(UNLIMITED);
    let full = of_length(PENDING_WHILE_CONNECTED);
    assert!(client.publish(&full));
    let (wakes, waker) = Wakes::new();
    let (mut first, mut second) = (None, None);
    assert!(poll_publish(&mut client, &full, &mut first, Waker::noop()).is_pending());
    assert!(poll_publish(&mut client, &full, &mut second, &waker).is_pending());
    client.write_all();
    assert_eq!(wakes.take(), 0, "the first one has all the room");
    assert!(!client.publish(&of_length(20)));
    let woken = client.outbound.leave(first.take().expect("it holds a place"));
    woken.into_iter().for_each(Waker::wake);
    assert_eq!(wakes.take(), 1);
    assert_eq!(
        poll_publish(&mut client, &full, &mut second, &waker),
        Poll::Ready(Ok(()))
    );
    client.write_all();
    client.assert_idle();
}

#[test]
fn a_sink_waits_for_room_and_then_appends_whatever_it_has() {
    let mut client = Client::connected(UNLIMITED);
    assert!(client.publish(&of_length(PENDING_WHILE_CONNECTED + 1)));
    let (wakes, waker) = Wakes::new();
    let mut ticket = None;
    assert!(client
        .outbound
        .poll_room(&mut ticket, &mut Context::from_waker(&waker))
        .is_pending());
    client.write_all();
    assert_eq!(wakes.take(), 1);
    assert!(client
        .outbound
        .poll_room(&mut ticket, &mut Context::from_waker(&waker))
        .is_ready());
    let huge = of_length(2 * PENDING_WHILE_CONNECTED);
    for _ in 0..2 {
        assert!(huge.frame(|frame| client.outbound.append_now(frame)).is_ok());
    }
    client.write_all();
    client.assert_idle();
}

#[test]
fn what_was_published_is_reported_once() {
    let mut client = Client::connected(UNLIMITED);
    let publication = Publication::new("a", "b");
    client.publish(&publication);
    client.publish(&publication);
    client.control("SUB a 1\r\n");
    assert_eq!(
        client.outbound.take_unreported(),
        (2, 2 * publication.wire().len() as u64)
    );
    assert_eq!(client.outbound.take_unreported(), (0, 0));
}

#[test]
fn small_frames_behind_a_large_one_that_left_have_their_turn_without_a_connection() {
    let mut client = Client::disconnected(Limits {
        bytes_disconnected: 1_000,
        ..UNLIMITED
    });
    assert!(client.publish(&of_length(600)));
    let (wakes, waker) = Wakes::new();
    let (mut large, mut small) = (None, None);
    assert!(poll_publish(&mut client, &of_length(500), &mut large, Waker::noop()).is_pending());
    assert!(poll_publish(&mut client, &of_length(100), &mut small, &waker).is_pending());
    let woken = client.outbound.leave(large.take().expect("it waits"));
    woken.into_iter().for_each(Waker::wake);
    assert_eq!(
        wakes.take(),
        1,
        "there is room for it, and nobody writes who would make more"
    );
    assert!(poll_publish(&mut client, &of_length(100), &mut small, &waker).is_ready());
}

#[test]
fn payloads_are_not_freed_while_the_way_out_is_locked() {
    struct Payload(Arc<Wakes>);
    impl AsRef<[u8]> for Payload {
        fn as_ref(&self) -> &[u8] {
            &[b'x'; 100_000]
        }
    }
    impl Drop for Payload {
        fn drop(&mut self) {
            std::task::Wake::wake_by_ref(&self.0);
        }
    }
    let (freed, _) = Wakes::new();
    let publication = Publication::new("a", Bytes::from_owner(Payload(Arc::clone(&freed))));
    let mut client = Client::connected(UNLIMITED);
    client.publish(&publication);
    client.write(publication.wire().len());
    drop(publication);
    let mut batch = client.batch.take().expect("the writer has it in hand");
    assert!(batch.is_written());
    client.outbound.batch_written(&mut batch, &mut client.woken);
    assert_eq!(
        freed.take(),
        0,
        "its memory is the user's, and so is what runs when it is freed"
    );
    drop(batch);
    assert_eq!(freed.take(), 1);
}
