use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn plan(messages: usize, bytes: usize) -> Plan {
    Plan {
        messages,
        bytes,
        expires: Some(30 * SECOND),
        heartbeat: 15 * SECOND,
        tells_silence: true,
    }
}

fn running(messages: usize, bytes: usize) -> (Pull, Instant) {
    (Pull::new(plan(messages, bytes), true), Instant::now())
}

#[track_caller]
fn asks(pull: &mut Pull, now: Instant, messages: usize, bytes: usize) {
    assert_eq!(pull.next(now), Step::Ask(Ask { messages, bytes }));
}

#[track_caller]
fn waits(pull: &mut Pull, now: Instant) -> Instant {
    match pull.next(now) {
        Step::Wait(Some(until)) => until,
        other => panic!("{other:?} is no wait with an end"),
    }
}

fn heartbeat() -> Notice {
    Notice::Heartbeat {
        last_consumer: None,
        stalled: None,
    }
}

fn left(messages: usize, bytes: usize) -> Left {
    Left(Some((messages, bytes)))
}

#[test]
fn it_asks_for_what_is_missing_when_half_is_used_up() {
    let (mut pull, now) = running(10, 0);
    asks(&mut pull, now, 10, 0);
    for _ in 0..4 {
        pull.received(100);
        assert!(!pull.wants());
    }
    pull.received(100);
    assert!(pull.wants());
    assert_eq!(pull.ask(now), Ask { messages: 5, bytes: 0 });
    assert!(!pull.wants());
}

#[test]
fn never_more_is_on_its_way_than_fits() {
    let (mut pull, now) = running(7, 0);
    let mut on_its_way = 0;
    for round in 0..1000usize {
        if pull.wants() {
            on_its_way += pull.ask(now).messages;
        }
        assert!((1..=7).contains(&on_its_way), "{on_its_way} in round {round}");
        pull.received(1);
        on_its_way -= 1;
    }
}

#[test]
fn one_at_a_time() {
    let (mut pull, now) = running(1, 0);
    asks(&mut pull, now, 1, 0);
    assert!(!pull.wants());
    pull.received(1);
    assert!(pull.wants());
    let (mut pull, now) = running(0, 0);
    asks(&mut pull, now, 1, 0);
}

#[test]
fn bytes_are_asked_for_when_half_of_them_is_used_up() {
    let (mut pull, now) = running(1000, 100);
    asks(&mut pull, now, 1000, 100);
    pull.received(49);
    assert!(!pull.wants());
    pull.received(1);
    assert!(pull.wants());
    assert_eq!(pull.ask(now), Ask { messages: 2, bytes: 50 });
    pull.received(500);
    assert_eq!(
        pull.ask(now),
        Ask {
            messages: 1,
            bytes: 100
        },
        "what was more than asked for does not count twice"
    );
}

#[test]
fn what_a_request_left_is_asked_for_again() {
    let (mut pull, now) = running(10, 0);
    asks(&mut pull, now, 10, 0);
    pull.received(1);
    assert_eq!(pull.notice(&Notice::Ended(left(9, 0)), now + 30 * SECOND), None);
    asks(&mut pull, now + 30 * SECOND, 10, 0);
    // Without counts, the whole of the last one has ended.
    assert_eq!(pull.notice(&Notice::Ended(Left(None)), now + 60 * SECOND), None);
    asks(&mut pull, now + 60 * SECOND, 10, 0);
}

/// A server that ends each request at once is not asked in a hot loop.
#[test]
fn requests_that_end_before_they_help_are_sent_more_and_more_slowly() {
    let (mut pull, mut now) = running(10, 0);
    let mut pauses = Vec::new();
    for _ in 0..8 {
        asks(&mut pull, now, 10, 0);
        assert_eq!(pull.notice(&Notice::Ended(left(10, 0)), now), None);
        let until = waits(&mut pull, now);
        pauses.push((until - now).as_millis());
        now = until;
    }
    assert_eq!(pauses, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    asks(&mut pull, now, 10, 0);
    pull.received(1);
    assert_eq!(pull.notice(&Notice::Ended(left(9, 0)), now), None);
    asks(&mut pull, now, 10, 0);
}

#[test]
fn too_many_requests_that_wait_are_a_reason_to_pause() {
    let (mut pull, now) = running(10, 0);
    asks(&mut pull, now, 10, 0);
    assert_eq!(pull.notice(&Notice::TooMany, now), None);
    let until = waits(&mut pull, now);
    assert_eq!(until, now + Duration::from_millis(100));
    asks(&mut pull, until, 10, 0);
}

#[test]
fn a_message_larger_than_a_whole_request_is_told_and_asked_for_again_later() {
    let (mut pull, now) = running(1000, 100);
    asks(&mut pull, now, 1000, 100);
    assert_eq!(
        pull.notice(&Notice::TooLarge(left(1000, 100)), now),
        Some(Trouble::TooLarge)
    );
    let until = waits(&mut pull, now);
    assert!(until > now);
    asks(&mut pull, until, 1000, 100);
    // One that is larger than what is left of a request is asked for with a whole one.
    pull.received(60);
    let rest = pull.ask(until);
    assert_eq!(rest.bytes, 60);
    assert_eq!(pull.notice(&Notice::TooLarge(left(999, 40)), until), None);
    assert_eq!(pull.notice(&Notice::TooLarge(left(rest.messages, 60)), until), None);
    asks(&mut pull, until, 1000, 100);
}

/// The regression: with a request that the server had forgotten, the few bytes left of the plan were asked for again and
/// again, as fast as the server could say that no message fits into them.
#[test]
fn a_forgotten_request_by_bytes_does_not_shrink_the_next_ones_for_ever() {
    let (mut pull, now) = running(1000, 100);
    asks(&mut pull, now, 1000, 100);
    pull.received(52);
    let second = pull.ask(now);
    assert_eq!(second, Ask { messages: 1, bytes: 52 });
    // The server forgets the second one; the first one ends.
    pull.notice(&Notice::Ended(left(999, 48)), now);
    let now = waits(&mut pull, now);
    asks(&mut pull, now, 999, 48);
    assert_eq!(pull.notice(&Notice::TooLarge(left(999, 48)), now), None);
    asks(&mut pull, now, 1000, 100);
    assert!(!pull.wants());
}

#[test]
fn silence_is_told_and_then_it_asks_anew() {
    let (mut pull, now) = running(10, 0);
    asks(&mut pull, now, 10, 0);
    assert_eq!(waits(&mut pull, now), now + 30 * SECOND);
    pull.notice(&heartbeat(), now);
    assert_eq!(waits(&mut pull, now + 15 * SECOND), now + 45 * SECOND);
    assert_eq!(pull.next(now + 45 * SECOND), Step::Tell(Trouble::MissingHeartbeat));
    asks(&mut pull, now + 45 * SECOND, 10, 0);
    assert_eq!(waits(&mut pull, now + 45 * SECOND), now + 75 * SECOND);
}

/// The regression: heartbeats were looked for by a timer of its own, which rang while the reader was slow.
#[test]
fn nothing_is_missed_while_messages_wait_to_be_read() {
    let (mut pull, now) = running(10, 0);
    asks(&mut pull, now, 10, 0);
    pull.received(1);
    // The reader comes back after ten minutes and takes another one; only then is nothing left.
    pull.received(1);
    assert_eq!(waits(&mut pull, now + 600 * SECOND), now + 630 * SECOND);
}

#[test]
fn silence_that_nobody_wants_to_hear_of_is_a_reason_to_ask_anew() {
    let quiet = Plan {
        tells_silence: false,
        ..plan(10, 0)
    };
    let start = Instant::now();
    let mut pull = Pull::new(quiet, true);
    asks(&mut pull, start, 10, 0);
    asks(&mut pull, start + 30 * SECOND, 10, 0);
    let without = Plan {
        heartbeat: Duration::ZERO,
        ..quiet
    };
    let mut pull = Pull::new(without, true);
    asks(&mut pull, start, 10, 0);
    assert_eq!(waits(&mut pull, start), start + 30 * SECOND + GRACE);
    asks(&mut pull, start + 30 * SECOND + GRACE, 10, 0);
    let endless = Plan {
        expires: Some(Duration::ZERO),
        ..without
    };
    let mut pull = Pull::new(endless, true);
    asks(&mut pull, start, 10, 0);
    assert_eq!(pull.next(start), Step::Wait(None));
}

#[test]
fn a_consumer_that_was_never_there_is_told_at_once_and_asked_for_on() {
    let (mut pull, now) = running(10, 0);
    asks(&mut pull, now, 10, 0);
    assert_eq!(pull.notice(&Notice::NoResponders, now), Some(Trouble::NoResponders));
    let mut at = now;
    let mut asked = 0;
    loop {
        match pull.next(at) {
            Step::Wait(Some(until)) => at = until,
            Step::Ask(_) => {
                asked += 1;
                assert_eq!(pull.notice(&Notice::NoResponders, at), None, "it was told");
            }
            Step::Tell(trouble) => {
                assert_eq!((trouble, at), (Trouble::MissingHeartbeat, now + 30 * SECOND));
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!((8..=14).contains(&asked), "{asked} requests in half a minute");
}

#[test]
fn a_consumer_that_moves_is_waited_for() {
    let (mut pull, now) = running(10, 0);
    asks(&mut pull, now, 10, 0);
    pull.received(1);
    assert_eq!(pull.notice(&Notice::Moved(left(9, 0)), now), None);
    let mut at = now;
    let told = loop {
        match pull.next(at) {
            Step::Wait(Some(until)) => at = until,
            Step::Ask(_) => {
                if let Some(trouble) = pull.notice(&Notice::NoResponders, at) {
                    break trouble;
                }
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(told, Trouble::NoResponders);
    assert!(at >= now + MOVING && at < now + MOVING + 6 * SECOND, "{:?}", at - now);
    // One that comes back within that time is not told of.
    let (mut pull, now) = running(10, 0);
    asks(&mut pull, now, 10, 0);
    pull.received(1);
    assert_eq!(pull.notice(&Notice::NoResponders, now), None);
    let again = waits(&mut pull, now);
    asks(&mut pull, again, 10, 0);
    pull.received(1);
    assert_eq!(pull.notice(&Notice::NoResponders, now + 20 * SECOND), None);
}

#[test]
fn a_connection_that_broke_is_waited_for_and_asked_over_again() {
    let (mut pull, now) = running(10, 0);
    asks(&mut pull, now, 10, 0);
    pull.disconnected();
    assert!(!pull.wants());
    assert_eq!(pull.next(now + 3600 * SECOND), Step::Wait(None));
    pull.connected();
    asks(&mut pull, now + 3600 * SECOND, 10, 0);
    assert_eq!(waits(&mut pull, now + 3600 * SECOND), now + 3630 * SECOND);
    let mut pull = Pull::new(plan(10, 0), false);
    assert_eq!(pull.next(now), Step::Wait(None));
    pull.connected();
    asks(&mut pull, now, 10, 0);
}

/// The regression: a request over the consumer's limit was sent again and again.
#[test]
fn what_would_fail_for_ever_is_the_end() {
    for (notice, trouble) in [
        (Notice::OverLimit, Trouble::OverLimit),
        (Notice::Deleted, Trouble::Deleted),
        (Notice::PushBased, Trouble::PushBased),
        (Notice::Bad, Trouble::Bad),
    ] {
        let (mut pull, now) = running(10, 0);
        asks(&mut pull, now, 10, 0);
        assert_eq!(pull.notice(&notice, now), Some(trouble));
        assert!(trouble.is_final() && !pull.wants());
        assert_eq!(pull.next(now + 99 * SECOND), Step::End);
        pull.disconnected();
        pull.connected();
        assert_eq!(pull.next(now + 99 * SECOND), Step::End);
    }
}

#[test]
fn a_wrong_pin_is_no_trouble() {
    let (mut pull, now) = running(10, 0);
    asks(&mut pull, now, 10, 0);
    assert_eq!(pull.notice(&Notice::WrongPin(left(10, 0)), now + 5 * SECOND), None);
    asks(&mut pull, now + 5 * SECOND, 10, 0);
}

#[test]
fn what_is_not_known_is_told() {
    let (mut pull, now) = running(10, 0);
    asks(&mut pull, now, 10, 0);
    assert_eq!(pull.notice(&Notice::Unknown, now), Some(Trouble::Unknown));
    assert!(!Trouble::Unknown.is_final());
    assert_eq!(waits(&mut pull, now), now + 30 * SECOND);
}
