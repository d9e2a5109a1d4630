//! Sids, and the lines that make a server know the subscriptions.

use super::*;

fn add(table: &mut Subscriptions, subject: &str, queue_group: Option<&str>) -> (u64, String) {
    let mut lines = Vec::new();
    let added = table.add(Subject::from(subject), queue_group, UNLIMITED, &mut lines);
    (added.expect("there is room").0, text(lines))
}

fn text(lines: Vec<u8>) -> String {
    String::from_utf8(lines).expect("lines are text")
}

fn unsubscribe(table: &mut Subscriptions, sid: u64) -> String {
    let mut lines = Vec::new();
    let _waker = table.unsubscribe(sid, &mut lines);
    text(lines)
}

fn unsubscribe_after(table: &mut Subscriptions, sid: u64, max: u64) -> String {
    let mut lines = Vec::new();
    let _waker = table.unsubscribe_after(sid, max, &mut lines);
    text(lines)
}

#[test]
fn subscribing_and_unsubscribing_is_told_to_the_server_once() {
    let mut table = Subscriptions::default();
    let (first, line) = add(&mut table, "a.*", None);
    assert_eq!(line, format!("SUB a.* {first}\r\n"));
    let (second, line) = add(&mut table, "a.*", Some("workers"));
    assert_eq!(line, format!("SUB a.* workers {second}\r\n"));
    assert_eq!(unsubscribe(&mut table, first), format!("UNSUB {first}\r\n"));
    assert_eq!(unsubscribe(&mut table, first), "");
    assert_eq!(unsubscribe_after(&mut table, first, 3), "");
    assert!(!table.drain(first, &mut Vec::new()));
    assert_eq!(text(table.lines()), format!("SUB a.* workers {second}\r\n"));
}

#[test]
fn sids_are_never_those_of_requests_and_never_come_again() {
    let mut table = Subscriptions::default();
    let mut seen = std::collections::HashSet::from([REQUESTS_SID]);
    let mut open = Vec::new();
    for round in 0..200 {
        for _ in 0..round % 7 {
            let (sid, _) = add(&mut table, "a", None);
            assert!(seen.insert(sid), "{sid} was used before");
            assert_ne!(sid & INDEX_MASK, REQUESTS_SID & INDEX_MASK);
            open.push(sid);
        }
        for _ in 0..open.len().min(round % 5) {
            let sid = open.remove(round % open.len());
            assert_ne!(unsubscribe(&mut table, sid), "");
        }
    }
    assert!(table.places.len() <= open.len() + 20, "places are used again");
}

#[test]
fn a_late_message_for_an_earlier_owner_of_a_place_finds_nothing() {
    let mut reader = Reader::default();
    let first = reader.subscribe("a", UNLIMITED);
    assert_ne!(unsubscribe(&mut reader.table, first.sid), "");
    let mut second = reader.subscribe("a", UNLIMITED);
    assert_eq!(
        first.sid & INDEX_MASK,
        second.sid & INDEX_MASK,
        "they have the same place"
    );
    let late = Sent::new("a", "late");
    reader.read(&[(first.sid, late.clone()), (second.sid, Sent::new("a", "mine"))]);
    reader.read_detached(first.sid, &late);
    assert_eq!(second.texts(), ["mine"]);
    assert_eq!(
        unsubscribe(&mut reader.table, first.sid),
        "",
        "nor does another word on it"
    );
    assert!(reader.table.drained(first.sid).is_none());
    assert!(!second.has_ended());
}

#[test]
fn messages_for_nobody_are_let_go() {
    let mut reader = Reader::default();
    let mut subscriber = reader.subscribe("a", UNLIMITED);
    let stray = Sent::new("a", "stray");
    let mut messages: Vec<(u64, Sent)> = [REQUESTS_SID, 2, 99, 1 << 24, 1 << 63, 9_999_999_999_999_999_999]
        .map(|sid| (sid, stray.clone()))
        .to_vec();
    messages.push((subscriber.sid, Sent::new("a", "mine")));
    reader.read(&messages);
    reader.read_detached(77, &stray);
    assert_eq!(subscriber.texts(), ["mine"]);
}

#[test]
fn what_is_left_of_a_limit_survives_a_reconnect() {
    let mut reader = Reader::default();
    let mut limited = reader.subscribe("a", UNLIMITED);
    let open = reader.subscribe("b", UNLIMITED);
    let (sid, one) = (limited.sid, Sent::new("a", "one"));
    assert_eq!(
        unsubscribe_after(&mut reader.table, sid, 5),
        format!("UNSUB {sid} 5\r\n")
    );
    for left in (2..=5).rev() {
        assert_eq!(
            text(reader.table.lines()),
            format!("SUB a {sid}\r\nUNSUB {sid} {left}\r\nSUB b {}\r\n", open.sid)
        );
        match left % 2 {
            0 => drop(reader.read(&[(sid, one.clone())])),
            _ => drop(reader.read_detached(sid, &one)),
        }
    }
    reader.read(&[(sid, one.clone()), (sid, one)]);
    assert_eq!(text(reader.table.lines()), format!("SUB b {}\r\n", open.sid));
    assert_eq!(limited.all().len(), 5);
    assert!(limited.has_ended());
}

#[test]
fn a_limit_may_be_changed_and_counts_from_the_beginning() {
    let mut reader = Reader::default();
    let mut subscriber = reader.subscribe("a", UNLIMITED);
    let (sid, one) = (subscriber.sid, Sent::new("a", "one"));
    reader.read(&[(sid, one.clone()), (sid, one.clone())]);
    assert_eq!(
        unsubscribe_after(&mut reader.table, sid, 9),
        format!("UNSUB {sid} 9\r\n")
    );
    assert_eq!(
        unsubscribe_after(&mut reader.table, sid, 3),
        format!("UNSUB {sid} 3\r\n")
    );
    reader.read(&[(sid, one)]);
    assert_eq!(subscriber.all().len(), 3);
    assert!(subscriber.has_ended());

    for had in [0, 2] {
        let mut subscriber = reader.subscribe("a", UNLIMITED);
        let sid = subscriber.sid;
        reader.read(&vec![(sid, Sent::new("a", "one")); had]);
        assert_eq!(
            unsubscribe_after(&mut reader.table, sid, had as u64),
            format!("UNSUB {sid}\r\n")
        );
        assert_eq!(subscriber.all().len(), had);
        assert!(subscriber.has_ended(), "it had as many already");
    }
}

#[test]
fn draining_subscriptions_are_unsubscribed_once_and_not_made_known_again() {
    let mut table = Subscriptions::default();
    let sids: Vec<u64> = (0..4).map(|_| add(&mut table, "a", None).0).collect();
    let mut lines = Vec::new();
    assert!(table.drain(sids[0], &mut lines));
    assert_eq!(text(std::mem::take(&mut lines)), format!("UNSUB {}\r\n", sids[0]));
    assert!(
        !table.drain(sids[0], &mut lines) && lines.is_empty(),
        "it drains already"
    );
    assert_eq!(unsubscribe(&mut table, sids[0]), "", "the server was told");
    table.drain(sids[1], &mut Vec::new());
    table.drain_all(&mut lines);
    assert_eq!(
        text(std::mem::take(&mut lines)),
        format!("UNSUB {}\r\nUNSUB {}\r\n", sids[2], sids[3])
    );
    assert_eq!(text(table.lines()), "");
    table.drain_all(&mut lines);
    assert!(lines.is_empty());
}

#[test]
fn a_refusal_reaches_those_who_asked_for_that_subject_and_group() {
    let mut table = Subscriptions::default();
    let mut subscribers: Vec<Subscriber> = [("a", None), ("a", Some("q")), ("a", None), ("b", None)]
        .map(|(subject, queue_group)| {
            let added = table.add(Subject::from(subject), queue_group, UNLIMITED, &mut Vec::new());
            let (sid, slot) = added.expect("there is room");
            Subscriber::new(sid, slot)
        })
        .into();
    for subscriber in &mut subscribers {
        assert!(subscriber.poll().is_pending());
    }
    let mut wake = Vec::new();
    table.refused("a", None, "no permission", &mut wake);
    wake.into_iter().for_each(Waker::wake);
    let told = subscribers.iter().map(|subscriber| subscriber.slot.take_refusal());
    let no = Some("no permission".to_owned());
    assert_eq!(told.collect::<Vec<_>>(), [no.clone(), None, no, None]);
    let woken = subscribers.iter().map(|subscriber| subscriber.wakes.take());
    assert_eq!(woken.collect::<Vec<_>>(), [1, 0, 1, 0]);
    assert!(subscribers[0].slot.take_refusal().is_none(), "it is told once");
    assert!(subscribers[0].poll().is_pending(), "and the subscription stays open");

    table.refused("a", Some("q"), "no permission", &mut Vec::new());
    assert!(subscribers[1].slot.take_refusal().is_some());
}

#[test]
fn a_limit_that_is_set_after_a_reconnect_is_told_less_what_came_before() {
    let mut reader = Reader::default();
    let mut subscriber = reader.subscribe("a", UNLIMITED);
    let (sid, one) = (subscriber.sid, Sent::new("a", "one"));
    reader.read(&[(sid, one.clone()), (sid, one.clone())]);
    assert_eq!(text(reader.table.lines()), format!("SUB a {sid}\r\n"));
    reader.read(&[(sid, one.clone())]);
    assert_eq!(
        unsubscribe_after(&mut reader.table, sid, 5),
        format!("UNSUB {sid} 3\r\n")
    );
    assert_eq!(text(reader.table.lines()), format!("SUB a {sid}\r\nUNSUB {sid} 2\r\n"));
    reader.read(&vec![(sid, one); 9]);
    assert_eq!(subscriber.all().len(), 5);
    assert!(subscriber.has_ended());
}

/// The server ends a subscription with the last message of the limit that it knows. What would be found: a stream that waits
/// for messages which nobody sends.
#[test]
fn a_limit_that_is_raised_too_late_ends_as_it_was() {
    for (came, is_late) in [(1, false), (2, true), (3, false)] {
        let mut reader = Reader::default();
        let mut subscriber = reader.subscribe("a", UNLIMITED);
        let (sid, one) = (subscriber.sid, Sent::new("a", "one"));
        assert_eq!(reader.table.limit(sid), None);
        unsubscribe_after(&mut reader.table, sid, 2);
        assert_eq!(reader.table.limit(sid), Some(2));
        unsubscribe_after(&mut reader.table, sid, 4);
        reader.read(&vec![(sid, one.clone()); came]);
        let mut lines = Vec::new();
        let _waker = reader.table.raised(sid, 2, &mut lines);
        let expected = if is_late {
            format!("UNSUB {sid}\r\n")
        } else {
            String::new()
        };
        assert_eq!(text(lines), expected, "{came} came");
        assert_eq!(subscriber.all().len(), came);
        assert_eq!(subscriber.has_ended(), is_late);
        assert!(reader.table.raised(sid, 4, &mut Vec::new()).is_none());
        reader.read(&vec![(sid, one); 4 - came]);
        assert_eq!(subscriber.all().len(), if is_late { 0 } else { 4 - came });
        assert!(subscriber.has_ended());
    }
}
