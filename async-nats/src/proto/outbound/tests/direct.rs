//! Frames that their own callers write.

use super::*;

fn publication() -> Publication {
    Publication::with_headers("a", "K: v", "text")
}

#[test]
fn only_an_idle_connection_is_written_to_directly() {
    let frame = publication();
    let len = frame.wire().len();
    let mut client = Client::disconnected(UNLIMITED);
    assert!(!client.write_directly(&frame, len, |_| {}), "there is no connection");
    for make_busy in [
        (|client: &mut Client| assert!(client.publish(&publication()))) as fn(&mut Client),
        |client| client.control("SUB a 1\r\n"),
        |client| drop(client.outbound.ping()),
        |client| {
            client.publish(&publication());
            assert!(client.take_batch());
        },
        |client| {
            client.publish(&publication());
            client.write(publication().wire().len());
            assert!(client.batch.is_some(), "the socket is not flushed");
        },
        |client| client.outbound.stop_writer(&mut client.woken),
        |client| drop(client.outbound.refuse()),
    ] {
        let mut client = Client::connected(UNLIMITED);
        make_busy(&mut client);
        assert!(!client.write_directly(&frame, len, |_| {}));
    }
    let mut client = Client::connected(UNLIMITED);
    let earlier = client.outbound.link();
    client.lose();
    client.link_up("");
    assert!(
        client.outbound.begin_direct(len, earlier).is_none(),
        "that was another socket"
    );
}

#[test]
fn the_writer_sleeps_while_a_frame_is_written_directly_and_goes_on_behind_it() {
    for (count, wakes) in [(publication().wire().len(), 0), (0, 1), (1, 1), (20, 1)] {
        let mut client = Client::connected(UNLIMITED);
        client.wakes.take();
        let flush = |client: &mut Client| assert!(!is_done(&client.flush()), "{count} are not known to be written");
        assert!(client.write_directly(&publication(), count, flush));
        assert_eq!(client.wakes.take(), wakes, "{count} were written");
        client.write_all();
        assert!(client.wire == publication().wire());
        assert_eq!(
            client.outbound.take_unreported(),
            (1, publication().wire().len() as u64)
        );
        client.assert_idle();
    }
}

#[test]
fn what_comes_meanwhile_goes_behind() {
    let len = publication().wire().len();
    for count in 0..=len {
        let mut client = Client::connected(UNLIMITED);
        client.wakes.take();
        let behind = Publication::new("b", "behind");
        let mut flushed = None;
        client.write_directly(&publication(), count, |client| {
            assert!(client.publish(&behind));
            client.outbound.ping().into_iter().for_each(Waker::wake);
            assert!(!client.take_batch(), "nobody else writes");
            assert!(!client.write_directly(&behind, 0, |_| {}));
            flushed = Some(client.flush());
        });
        assert!(client.wakes.take() > 0);
        client.write_all();
        let mut expected = publication().wire();
        expected.extend_from_slice(PONG);
        expected.extend(behind.wire());
        assert!(client.wire == expected, "{count} were written");
        assert!(flushed.is_some_and(|flushed| is_done(&flushed)));
        client.assert_idle();
    }
}

#[test]
fn a_connection_that_ends_loses_and_repeats_nothing() {
    let len = publication().wire().len();
    for count in 0..=len {
        let frames = |client: &mut Client| {
            client.link_up("");
            client.write_all();
            std::mem::take(&mut client.wire)
        };
        // Before the caller says how far it came, and after.
        let mut client = Client::connected(UNLIMITED);
        client.write_directly(&publication(), count, |client| drop(client.lose()));
        let early = frames(&mut client);
        client.assert_idle();
        let mut client = Client::connected(UNLIMITED);
        client.write_directly(&publication(), count, |_| {});
        client.lose();
        let late = frames(&mut client);
        client.assert_idle();
        for again in [early, late] {
            match count == len {
                true => assert!(again.is_empty(), "it was written whole"),
                false => assert!(again == publication().wire(), "{count} were written"),
            }
        }
    }
}

#[test]
fn a_loss_is_told_of_a_frame_that_was_written_directly() {
    let mut client = Client::connected(UNLIMITED);
    client.write_directly(&publication(), publication().wire().len(), |_| {});
    client.lose();
    let (confirmation, _) = client.outbound.confirm(0).expect("the client is open");
    assert_eq!(outcome(&confirmation.completion), Some(Outcome::Lost));
}

#[test]
fn a_client_that_closes_meanwhile_appends_nothing() {
    let mut client = Client::connected(UNLIMITED);
    client.write_directly(&publication(), 3, |client| {
        client.lose();
        client.outbound.close().into_iter().for_each(Waker::wake);
    });
    assert!(!client.outbound.is_pending());
}
