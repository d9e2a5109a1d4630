use std::time::Duration;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn place(stream: u64, consumer: u64) -> Option<Place> {
    Some(Place { stream, consumer })
}

fn reading(last: Option<u64>) -> (Ordered, Instant) {
    (Ordered::new(last, 0), Instant::now())
}

#[track_caller]
fn makes(ordered: &mut Ordered, now: Instant, serial: u64, start: Start) {
    assert_eq!(ordered.next(now), Step::Make { serial, start });
}

#[test]
fn messages_in_order_are_handed_over() {
    let (mut ordered, now) = reading(Some(0));
    // Other subjects lie between them.
    for (stream, consumer) in [(1, 1), (2, 2), (7, 3)] {
        assert!(ordered.message(place(stream, consumer), || now));
    }
    assert!(ordered.is_reading());
    assert_eq!(ordered.next(now), Step::Read);
}

#[test]
fn a_gap_is_not_handed_over_and_the_next_consumer_begins_at_it() {
    let (mut ordered, now) = reading(Some(0));
    assert!(ordered.message(place(5, 1), || now));
    assert!(!ordered.message(place(9, 3), || now));
    assert!(!ordered.is_reading());
    makes(&mut ordered, now, 1, Start::At(6));
    assert_eq!(ordered.next(now), Step::Wait(None));
    ordered.made();
    assert!(ordered.message(place(8, 1), || now));
    assert!(!ordered.message(place(8, 1), || now), "a second time");
    makes(&mut ordered, now, 2, Start::At(9));
}

#[test]
fn a_message_without_a_place_is_a_gap() {
    let (mut ordered, now) = reading(Some(41));
    assert!(!ordered.message(None, || now));
    makes(&mut ordered, now, 1, Start::At(42));
}

#[test]
fn a_lost_tail_is_noticed_by_a_heartbeat() {
    let (mut ordered, now) = reading(Some(0));
    assert!(ordered.message(place(1, 1), || now));
    ordered.heartbeat(None, now);
    ordered.heartbeat(Some(1), now);
    assert!(ordered.is_reading());
    ordered.heartbeat(Some(2), now);
    makes(&mut ordered, now, 1, Start::At(2));
}

#[test]
fn a_beginning_that_is_no_sequence_is_asked_for_again() {
    let (mut ordered, now) = reading(None);
    ordered.lost(now);
    makes(&mut ordered, now, 1, Start::Anew);
    ordered.made();
    assert!(ordered.message(place(30, 1), || now));
    ordered.lost(now);
    makes(&mut ordered, now, 2, Start::At(31));
}

#[test]
fn a_consumer_that_others_had_read_from_goes_on() {
    let now = Instant::now();
    let mut ordered = Ordered::new(Some(20), 7);
    assert!(ordered.message(place(21, 8), || now));
}

#[test]
fn attempts_go_on_under_one_name_with_waits_and_are_told_of_now_and_then() {
    let (mut ordered, mut now) = reading(Some(0));
    ordered.lost(now);
    let mut waits = Vec::new();
    let mut told = Vec::new();
    for attempt in 1..=20 {
        makes(&mut ordered, now, 1, Start::At(1));
        if ordered.failed(now) {
            told.push(attempt);
        }
        let Step::Wait(Some(until)) = ordered.next(now) else {
            panic!("it waits before the next attempt");
        };
        waits.push((until - now).as_millis());
        now = until;
    }
    assert_eq!(waits[..8], [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    assert!(waits.iter().all(|wait| *wait <= 5000));
    assert_eq!(told, [8, 16]);
    makes(&mut ordered, now, 1, Start::At(1));
    ordered.made();
    ordered.lost(now);
    let Step::Wait(Some(until)) = ordered.next(now) else {
        panic!("a consumer of which nothing came counts as a failure");
    };
    makes(&mut ordered, until, 2, Start::At(1));
}

#[test]
fn an_attempt_that_is_not_answered_is_followed_by_one_of_another_name() {
    let (mut ordered, mut now) = reading(Some(0));
    ordered.lost(now);
    for serial in 1..=3 {
        makes(&mut ordered, now, serial, Start::At(1));
        assert!(!ordered.unanswered(now));
        let Step::Wait(Some(until)) = ordered.next(now) else {
            panic!("it waits before the next attempt");
        };
        now = until;
    }
    makes(&mut ordered, now, 4, Start::At(1));
    ordered.made();
    assert!(ordered.message(place(1, 1), || now));
}

#[test]
fn what_is_handed_over_ends_the_waits() {
    let (mut ordered, now) = reading(Some(0));
    for serial in 1..5 {
        ordered.lost(now);
        makes(&mut ordered, now, serial, Start::At(serial));
        ordered.made();
        assert!(ordered.message(place(serial, 1), || now));
    }
}

#[test]
fn without_a_connection_it_waits_and_with_another_it_begins_anew() {
    let (mut ordered, now) = reading(Some(3));
    ordered.disconnected();
    assert!(!ordered.is_reading());
    ordered.lost(now);
    assert_eq!(ordered.next(now + 9999 * SECOND), Step::Wait(None));
    ordered.connected(now);
    makes(&mut ordered, now, 1, Start::At(4));
    // The connection breaks while it is made: the same one is asked for again.
    ordered.disconnected();
    ordered.connected(now);
    makes(&mut ordered, now, 1, Start::At(4));
}

#[test]
fn the_end_is_the_end() {
    let (mut ordered, now) = reading(Some(0));
    ordered.end();
    ordered.disconnected();
    ordered.connected(now);
    ordered.lost(now);
    assert_eq!(ordered.next(now), Step::End);
}
