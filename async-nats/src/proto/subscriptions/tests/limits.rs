//! What a subscriber that does not keep up loses, and what is said of it.

use super::*;

/// A message that weighs `weight` bytes.
fn weighing(sid: u64, weight: usize) -> (u64, Sent) {
    (sid, Sent::new("a", vec![b'x'; weight - 1]))
}

fn limited(reader: &mut Reader, messages: usize, bytes: usize) -> Subscriber {
    reader.subscribe("a", Limits { messages, bytes })
}

#[test]
fn as_many_messages_are_kept_as_the_limit_says() {
    let mut reader = Reader::default();
    for at_once in [true, false] {
        let mut subscriber = limited(&mut reader, 3, usize::MAX);
        let messages: Vec<(u64, Sent)> = (0..5)
            .map(|at| (subscriber.sid, Sent::new("a", at.to_string())))
            .collect();
        match at_once {
            true => drop(reader.read(&messages)),
            false => messages.into_iter().for_each(|message| drop(reader.read(&[message]))),
        }
        assert_eq!(subscriber.slot.dropped(), 2);
        assert_eq!(subscriber.slot.pending().0, 3);
        assert_eq!(subscriber.texts(), ["0", "1", "2"], "the newest are dropped");
    }
}

#[test]
fn as_many_bytes_are_kept_as_the_limit_says() {
    let mut reader = Reader::default();
    for (weights, kept) in [
        (vec![40, 60], 2),
        (vec![40, 61], 1),
        (vec![40, 60, 1], 2),
        (vec![100], 1),
        (vec![99, 1], 2),
        (vec![99, 2], 1),
    ] {
        for at_once in [true, false] {
            let mut subscriber = limited(&mut reader, usize::MAX, 100);
            let messages: Vec<(u64, Sent)> = weights.iter().map(|weight| weighing(subscriber.sid, *weight)).collect();
            match at_once {
                true => drop(reader.read(&messages)),
                false => messages.into_iter().for_each(|message| drop(reader.read(&[message]))),
            }
            let bytes: usize = weights[..kept].iter().sum();
            assert_eq!(subscriber.slot.pending(), (kept as u64, bytes as u64), "{weights:?}");
            assert_eq!(subscriber.slot.dropped(), (weights.len() - kept) as u64);
            assert_eq!(subscriber.all().len(), kept);
        }
    }
}

#[test]
fn what_was_taken_out_makes_room_at_once() {
    let mut reader = Reader::default();
    let mut subscriber = limited(&mut reader, 3, 100);
    let sid = subscriber.sid;
    reader.read(&vec![weighing(sid, 30); 3]);
    for _ in 0..10 {
        reader.read(&[weighing(sid, 30)]);
        assert_eq!(subscriber.slot.pending(), (3, 90));
        subscriber.next();
        assert_eq!(
            subscriber.slot.pending(),
            (2, 60),
            "what is handed out is pending no more"
        );
        reader.read(&[weighing(sid, 41)]);
        assert_eq!(subscriber.slot.pending(), (2, 60));
        reader.read(&[weighing(sid, 30)]);
    }
    assert_eq!(subscriber.slot.dropped(), 20);
}

#[test]
fn a_message_larger_than_the_limit_is_kept_alone() {
    let mut reader = Reader::default();
    let mut subscriber = limited(&mut reader, 10, 100);
    let sid = subscriber.sid;
    assert_eq!(reader.read(&[weighing(sid, 1_000), weighing(sid, 1)]), [sid]);
    assert_eq!(subscriber.all().len(), 1);
    reader.read(&[weighing(sid, 1), weighing(sid, 1_000)]);
    assert_eq!(subscriber.all().len(), 1);
    reader.read_detached(sid, &weighing(sid, 1_000).1);
    reader.read_detached(sid, &weighing(sid, 1).1);
    assert_eq!((subscriber.all().len(), subscriber.slot.dropped()), (1, 3));
}

#[test]
fn order_is_kept_also_by_what_is_dropped() {
    let mut reader = Reader::default();
    let mut subscriber = limited(&mut reader, usize::MAX, 100);
    let sid = subscriber.sid;
    reader.read(&[weighing(sid, 90), weighing(sid, 20), weighing(sid, 5), weighing(sid, 5)]);
    assert_eq!(subscriber.slot.pending(), (1, 90), "nothing passes what had no room");
    assert_eq!(subscriber.slot.dropped(), 3);
    assert_eq!(subscriber.all().len(), 1);
}

#[test]
fn dropping_is_said_at_the_beginning_and_each_time_that_it_doubled() {
    let mut reader = Reader::default();
    let subscriber = limited(&mut reader, 1, usize::MAX);
    let sid = subscriber.sid;
    reader.read(&[weighing(sid, 1)]);
    let said: Vec<usize> = (1..=1_000)
        .filter(|_| reader.read(&[weighing(sid, 1)]) == [sid])
        .collect();
    assert_eq!(said, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]);
    assert_eq!(reader.read(&vec![weighing(sid, 1); 24]), [sid], "with many at once");
    assert!(reader.read(&vec![weighing(sid, 1); 1_000]).is_empty());
    assert_eq!(subscriber.slot.dropped(), 2_024);
}

#[test]
fn a_message_with_a_buffer_of_its_own_is_dropped_like_others() {
    let mut reader = Reader::default();
    let mut subscriber = limited(&mut reader, 1, usize::MAX);
    let sid = subscriber.sid;
    assert!(subscriber.poll().is_pending());
    let sent = Sent::new("a", vec![b'x'; 10_000]);
    assert!(reader.read_detached(sid, &sent).is_empty());
    assert_eq!(subscriber.wakes.take(), 1);
    let held = subscriber.slot.held();
    assert_eq!(reader.read_detached(sid, &sent), [sid]);
    assert_eq!(subscriber.slot.held(), held);
    assert_eq!((subscriber.all().len(), subscriber.slot.dropped()), (1, 1));
}

#[test]
fn a_subscriber_is_not_woken_for_what_is_dropped() {
    let mut reader = Reader::default();
    let mut subscriber = limited(&mut reader, 0, usize::MAX);
    assert!(subscriber.poll().is_pending());
    assert_eq!(reader.read(&[weighing(subscriber.sid, 1)]), [subscriber.sid]);
    assert_eq!(subscriber.wakes.take(), 0);
    assert!(subscriber.poll().is_pending());
}

#[test]
fn an_episode_ends_also_where_a_single_message_is_more_than_half_of_the_room() {
    let mut reader = Reader::default();
    for (messages, bytes) in [(1, usize::MAX), (usize::MAX, 10)] {
        let mut subscriber = limited(&mut reader, messages, bytes);
        let sid = subscriber.sid;
        let two = || vec![weighing(sid, 8); 2];
        assert_eq!(reader.read(&vec![weighing(sid, 8); 4]), [sid]);
        assert_eq!(subscriber.all().len(), 1);
        assert!(
            reader.read(&two()).is_empty(),
            "everything was taken out, and yet this has no room"
        );
        assert_eq!(subscriber.all().len(), 1);
        assert!(reader.read(&two()[..1]).is_empty());
        assert_eq!(
            reader.read(&two()[..1]),
            [sid],
            "the one before had room: this is another episode"
        );
    }
}

#[test]
fn an_episode_ends_when_the_subscriber_has_caught_up_by_half() {
    let mut reader = Reader::default();
    for by_bytes in [false, true] {
        let mut subscriber = match by_bytes {
            false => limited(&mut reader, 8, usize::MAX),
            true => limited(&mut reader, usize::MAX, 80),
        };
        let sid = subscriber.sid;
        let ten = || weighing(sid, 10);
        assert_eq!(reader.read(&vec![ten(); 8 + 5]), [sid]);
        // Five were dropped; up to ten nothing is said.
        for _ in 0..3 {
            subscriber.next();
        }
        assert!(reader.read(&[ten()]).is_empty());
        assert!(reader.read(&vec![ten(); 3]).is_empty(), "one more in the same episode");
        for _ in 0..4 {
            subscriber.next();
        }
        assert!(reader.read(&[ten()]).is_empty());
        assert_eq!(reader.read(&vec![ten(); 4]), [sid], "half was free: this is another");
    }
}

#[test]
fn a_flood_that_never_has_room_is_one_episode_however_quick_the_subscriber_is() {
    let mut reader = Reader::default();
    let mut subscriber = limited(&mut reader, 1, usize::MAX);
    let sid = subscriber.sid;
    let mut said = 0;
    for _ in 0..1_000 {
        said += reader.read(&[weighing(sid, 1), weighing(sid, 1)]).len();
        subscriber.next();
    }
    assert_eq!(said, 10, "at the first, the second, the fourth, and so on");
}

#[test]
fn a_reader_is_ahead_from_so_many_messages_or_bytes_on_that_nobody_took() {
    for (weight, enough) in [(1, slot::AHEAD_MESSAGES), (1_024, slot::AHEAD_BYTES / 1_024)] {
        let mut reader = Reader::default();
        let mut subscriber = reader.subscribe("a", UNLIMITED);
        let message = weighing(subscriber.sid, weight);
        let ahead = |reader: &mut Reader, count: u64| {
            reader.read(&vec![message.clone(); count as usize]);
            reader.work.ahead.take().is_some()
        };
        assert!(!ahead(&mut reader, enough - 1));
        assert!(ahead(&mut reader, 1));
        subscriber.next();
        assert!(
            !ahead(&mut reader, enough - 1),
            "all that was queued is the subscriber's"
        );
        assert!(ahead(&mut reader, 1));
        subscriber.slot.abandon();
        assert!(!ahead(&mut reader, 1), "nobody is there to give way to");
    }
}
