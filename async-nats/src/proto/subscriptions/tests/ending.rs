//! How subscriptions end: with everything that had come until then.

use super::*;

#[test]
fn a_subscription_ends_after_what_is_queued() {
    let endings: [fn(&mut Subscriptions, u64) -> Option<Waker>; 3] = [
        |table, sid| table.unsubscribe(sid, &mut Vec::new()),
        |table, sid| {
            assert!(table.drain(sid, &mut Vec::new()));
            table.drained(sid)
        },
        |table, _| {
            let mut wake = Vec::new();
            table.close(&mut wake);
            wake.pop()
        },
    ];
    for end in endings {
        let mut reader = Reader::default();
        let mut subscriber = reader.subscribe("a", UNLIMITED);
        let messages = ["one", "two", "three"].map(|text| (subscriber.sid, Sent::new("a", text)));
        reader.read(&messages);
        subscriber.next();
        reader.read(&messages);
        assert!(end(&mut reader.table, subscriber.sid).is_none(), "nobody waits");
        reader.read(&messages);
        assert_eq!(subscriber.texts(), ["two", "three", "one", "two", "three"]);
        assert!(subscriber.has_ended() && subscriber.has_ended());
        assert_eq!(subscriber.slot.pending(), (0, 0));
    }
}

#[test]
fn one_who_waits_is_woken_at_the_end() {
    let mut reader = Reader::default();
    let mut subscribers: Vec<Subscriber> = (0..4).map(|_| reader.subscribe("a", UNLIMITED)).collect();
    assert!(subscribers.iter_mut().all(|subscriber| subscriber.poll().is_pending()));
    let sids: Vec<u64> = subscribers.iter().map(|subscriber| subscriber.sid).collect();
    let one = Sent::new("a", "x");
    let mut wake = Vec::new();
    wake.extend(reader.table.unsubscribe(sids[0], &mut Vec::new()));
    wake.extend(reader.table.drained(sids[1]));
    assert!(reader.table.unsubscribe_after(sids[2], 1, &mut Vec::new()).is_none());
    wake.into_iter().for_each(Waker::wake);
    assert_eq!([0, 1, 2, 3].map(|at| subscribers[at].wakes.take()), [1, 1, 0, 0]);
    reader.read(&[(sids[2], one)]);
    assert_eq!(subscribers[2].wakes.take(), 1, "the last message is the end");
    let mut wake = Vec::new();
    reader.table.close(&mut wake);
    wake.into_iter().for_each(Waker::wake);
    assert_eq!(subscribers[3].wakes.take(), 1);
    assert_eq!(subscribers[2].all().len(), 1);
    assert!(subscribers.iter_mut().all(Subscriber::has_ended));
}

#[test]
fn a_draining_subscription_gets_what_is_on_its_way() {
    let mut reader = Reader::default();
    let mut subscriber = reader.subscribe("a", UNLIMITED);
    let sid = subscriber.sid;
    assert!(reader.table.drain(sid, &mut Vec::new()));
    reader.read(&[(sid, Sent::new("a", "on its way"))]);
    reader.read_detached(sid, &Sent::new("a", "too"));
    assert_eq!(subscriber.texts(), ["on its way", "too"]);
    assert!(subscriber.poll().is_pending());
    reader.table.drained(sid).into_iter().for_each(Waker::wake);
    assert_eq!(subscriber.wakes.take(), 1);
    assert!(subscriber.has_ended());
}

#[test]
fn no_more_than_the_limit_is_handed_out_however_much_comes_at_once() {
    let mut reader = Reader::default();
    for (max, before, at_once) in [(3, 0, 10), (3, 2, 10), (3, 1, 2), (1, 0, 1)] {
        let mut subscriber = reader.subscribe("a", UNLIMITED);
        let mut other = reader.subscribe("b", UNLIMITED);
        let sid = subscriber.sid;
        let numbered = |at: usize| (sid, Sent::new("a", at.to_string()));
        reader.read(&(0..before).map(numbered).collect::<Vec<_>>());
        assert!(reader.table.unsubscribe_after(sid, max, &mut Vec::new()).is_none());
        let mut messages: Vec<(u64, Sent)> = (before..before + at_once).map(numbered).collect();
        messages.insert(1, (other.sid, Sent::new("b", "other")));
        reader.read(&messages);
        let expected: Vec<String> = (0..max).map(|at| at.to_string()).collect();
        assert_eq!(subscriber.texts(), expected);
        assert!(subscriber.has_ended());
        assert_eq!(
            subscriber.slot.dropped(),
            0,
            "the server sent more than it was asked for"
        );
        assert_eq!(other.texts(), ["other"]);
    }
}

#[test]
fn a_limit_is_reached_by_a_message_with_a_buffer_of_its_own() {
    let mut reader = Reader::default();
    let mut subscriber = reader.subscribe("a", UNLIMITED);
    let sid = subscriber.sid;
    assert!(reader.table.unsubscribe_after(sid, 2, &mut Vec::new()).is_none());
    for text in ["one", "two", "three"] {
        reader.read_detached(sid, &Sent::new("a", text));
    }
    assert_eq!(subscriber.texts(), ["one", "two"]);
    assert!(subscriber.has_ended());
}

#[test]
fn what_was_dropped_counts_towards_the_limit_as_the_server_counts_it() {
    let mut reader = Reader::default();
    let limits = Limits {
        messages: 2,
        bytes: usize::MAX,
    };
    let mut subscriber = reader.subscribe("a", limits);
    let sid = subscriber.sid;
    assert!(reader.table.unsubscribe_after(sid, 5, &mut Vec::new()).is_none());
    reader.read(&vec![(sid, Sent::new("a", "x")); 4]);
    assert_eq!(subscriber.all().len(), 2);
    assert!(subscriber.poll().is_pending());
    reader.read(&[(sid, Sent::new("a", "x"))]);
    assert_eq!(subscriber.all().len(), 1);
    assert!(subscriber.has_ended(), "the server sent five");
}

#[test]
fn a_subscriber_that_is_gone_holds_nothing() {
    let mut reader = Reader::default();
    let subscriber = reader.subscribe("a", UNLIMITED);
    let messages = vec![(subscriber.sid, Sent::new("a", vec![b'x'; 1_000])); 10];
    reader.read(&messages);
    assert!(subscriber.slot.held() >= 10_000);
    subscriber.slot.abandon();
    assert_eq!(subscriber.slot.held(), 0);
    reader.read(&messages);
    reader.read_detached(subscriber.sid, &messages[0].1);
    assert_eq!(subscriber.slot.held(), 0, "what comes later is let go");
    assert_eq!(subscriber.wakes.take(), 0);
}

#[test]
fn the_end_of_all_leaves_an_empty_table() {
    let mut reader = Reader::default();
    let subscriber = reader.subscribe("a", UNLIMITED);
    reader.table.close(&mut Vec::new());
    assert!(reader.table.lines().is_empty());
    assert!(reader.table.unsubscribe(subscriber.sid, &mut Vec::new()).is_none());
    reader.read(&[(subscriber.sid, Sent::new("a", "late"))]);
}

#[test]
fn a_subscription_that_comes_after_the_end_of_all_has_ended() {
    let mut reader = Reader::default();
    let first = reader.subscribe("a", UNLIMITED);
    assert!(reader.table.unsubscribe(first.sid, &mut Vec::new()).is_none());
    reader.table.close(&mut Vec::new());
    let mut late = reader.subscribe("a", UNLIMITED);
    assert!(late.has_ended(), "whoever reads it is not left waiting");
}
