//! From one read to many subscriptions: each gets what is its own, in order, with one wake.

use super::*;
use crate::proto::rng::Rng;
use crate::proto::testing::{pick, random_bytes};

#[test]
fn a_subscription_is_woken_once_for_all_that_one_read_brought() {
    let mut reader = Reader::default();
    let mut subscribers: Vec<Subscriber> = (0..3).map(|_| reader.subscribe("a", UNLIMITED)).collect();
    assert!(subscribers.iter_mut().all(|subscriber| subscriber.poll().is_pending()));
    let sids = [0, 1].map(|at| subscribers[at].sid);
    let messages: Vec<(u64, Sent)> = (0..100).map(|at| (sids[at % 2], Sent::new("a", "x"))).collect();
    reader.read(&messages);
    assert_eq!([0, 1, 2].map(|at| subscribers[at].wakes.take()), [1, 1, 0]);
    reader.read(&messages);
    assert_eq!(subscribers[0].wakes.take(), 0, "nobody waits");
    assert_eq!(subscribers[0].all().len(), 100);
    assert!(subscribers[0].poll().is_pending());
    reader.read_detached(sids[0], &Sent::new("a", "x"));
    assert_eq!(subscribers[0].wakes.take(), 1);
}

#[test]
fn the_waker_is_that_of_the_last_poll() {
    let mut reader = Reader::default();
    let mut subscriber = reader.subscribe("a", UNLIMITED);
    assert!(subscriber.poll().is_pending());
    let (wakes, waker) = Wakes::new();
    let first = std::mem::replace(&mut subscriber.waker, waker);
    assert!(subscriber.poll().is_pending());
    reader.read(&[(subscriber.sid, Sent::new("a", "x"))]);
    assert_eq!((wakes.take(), subscriber.wakes.take()), (1, 0));
    drop(first);
}

fn random_message(rng: &mut Rng) -> Sent {
    let subject = "subject.of.some.length"[..1 + rng.below(22) as usize].to_owned();
    let reply = (rng.below(3) == 0).then(|| "reply.to.somebody"[..3 + rng.below(14) as usize].to_owned());
    let headers = (rng.below(3) == 0).then(|| format!("NATS/1.0\r\nKey: {}\r\n\r\n", rng.below(1_000_000)));
    let length = pick(rng, &[0, 0, 1, 40, 300, 3_000]);
    Sent {
        subject,
        reply,
        headers,
        payload: random_bytes(rng, length),
    }
}

#[test]
fn everybody_gets_what_is_their_own_in_order() {
    for seed in 0..60 {
        let mut rng = Rng::from_seed(seed);
        let mut reader = Reader::default();
        let count = pick(&mut rng, &[1, 2, 10, 100]);
        let mut subscribers: Vec<Subscriber> = (0..count).map(|_| reader.subscribe("a", UNLIMITED)).collect();
        let mut expected = vec![std::collections::VecDeque::new(); count];
        for _ in 0..30 {
            let mut stream = Vec::new();
            // One subscription gets most of some reads.
            let favourite = rng.below(count as u64) as usize;
            let favour = pick(&mut rng, &[1, 2, 10]);
            for _ in 0..rng.below(60) {
                let to = match rng.below(favour) {
                    0 => rng.below(count as u64) as usize,
                    _ => favourite,
                };
                let sent = random_message(&mut rng);
                sent.write(subscribers[to].sid, &mut stream);
                expected[to].push_back(sent);
            }
            let chunk_size = pick(&mut rng, &[0, stream.len() * 3 / 2, 64 * 1024]);
            reader.read_into(&stream, chunk_size);
            if rng.below(3) == 0 {
                let sent = random_message(&mut rng);
                reader.read_detached(subscribers[favourite].sid, &sent);
                expected[favourite].push_back(sent);
            }
            let to = rng.below(count as u64) as usize;
            for _ in 0..rng.below(1 + expected[to].len() as u64) {
                expected[to]
                    .pop_front()
                    .expect("as many are queued")
                    .assert_is(&subscribers[to].next());
            }
        }
        for (subscriber, expected) in subscribers.iter_mut().zip(expected) {
            let messages: u64 = expected.len() as u64;
            let bytes: u64 = expected.iter().map(|sent| sent.weight() as u64).sum();
            assert_eq!(subscriber.slot.pending(), (messages, bytes));
            for sent in expected {
                sent.assert_is(&subscriber.next());
            }
            assert!(subscriber.poll().is_pending());
            assert_eq!(subscriber.slot.pending(), (0, 0));
        }
    }
}

#[test]
fn what_is_shared_and_what_is_copied_is_the_same() {
    let mut rng = Rng::from_seed(1);
    let messages: Vec<Sent> = (0..50).map(|_| random_message(&mut rng)).collect();
    for others in [0, 200] {
        let mut reader = Reader::default();
        let mut subscriber = reader.subscribe("a", UNLIMITED);
        let mut other = reader.subscribe("b", UNLIMITED);
        let mut stream = Vec::new();
        for sent in &messages {
            // With many messages of somebody else between its own, a subscription does not share the chunk.
            for _ in 0..others / 10 {
                Sent::new("b", vec![b'o'; 1_000]).write(other.sid, &mut stream);
            }
            sent.write(subscriber.sid, &mut stream);
        }
        reader.read_into(&stream, stream.len());
        assert_eq!(subscriber.slot.held() < stream.len(), others > 0);
        for sent in &messages {
            sent.assert_is(&subscriber.next());
        }
        assert_eq!(other.all().len(), 50 * others / 10);
    }
}

#[test]
fn a_subject_that_comes_again_is_shared() {
    let mut reader = Reader::default();
    let mut subscriber = reader.subscribe("a.*", UNLIMITED);
    let sid = subscriber.sid;
    let messages = ["a.b", "a.b", "a.c", "a.c", "a.b"].map(|subject| (sid, Sent::new(subject, "x")));
    reader.read(&messages[..1]);
    reader.read(&messages[1..]);
    let subjects: Vec<Subject> = subscriber.all().into_iter().map(|message| message.subject).collect();
    assert_eq!(
        subjects.iter().map(Subject::as_str).collect::<Vec<_>>(),
        ["a.b", "a.b", "a.c", "a.c", "a.b"]
    );
    assert_eq!(subjects[0].as_ptr(), subjects[1].as_ptr());
    assert_eq!(subjects[2].as_ptr(), subjects[3].as_ptr());
}

#[test]
fn bytes_that_are_no_text_arrive_in_a_subject_as_well_as_they_can() {
    let mut reader = Reader::default();
    let mut subscriber = reader.subscribe("a.*", UNLIMITED);
    let mut stream = b"MSG a.\xff ".to_vec();
    stream.extend_from_slice(format!("{} r.\u{e9} 1\r\nx\r\n", subscriber.sid).as_bytes());
    reader.read_into(&stream, 0);
    let message = subscriber.next();
    assert_eq!(message.subject.as_str(), "a.\u{fffd}");
    assert_eq!(message.reply.as_deref(), Some("r.\u{e9}"));
}

#[test]
fn a_bad_header_spoils_one_message() {
    let mut reader = Reader::default();
    let mut subscriber = reader.subscribe("a", UNLIMITED);
    let with = |headers: &str| Sent {
        headers: Some(headers.to_owned()),
        ..Sent::new("a", "x")
    };
    let sid = subscriber.sid;
    let good = with("NATS/1.0\r\nKey: value\r\n\r\n");
    reader.read(&[
        (sid, good.clone()),
        (sid, with("NONSENSE\r\rKey value\r\n")),
        (sid, good.clone()),
    ]);
    let cx = &mut Context::from_waker(Waker::noop());
    let faults = std::iter::from_fn(|| {
        let mut fault = None;
        let polled = subscriber.intake.poll_pop(&subscriber.slot, cx, |subject, why| {
            fault = Some((subject.clone(), why))
        });
        match polled {
            Poll::Ready(message) => message.map(|message| fault.is_some_and(|(subject, _)| subject == message.subject)),
            Poll::Pending => None,
        }
    });
    assert_eq!(faults.collect::<Vec<_>>(), [false, true, false]);
}

#[cfg(feature = "jetstream")]
#[test]
fn the_short_way_takes_the_next_message_when_it_has_no_headers_and_no_other() {
    let mut short = 0;
    for seed in 0..60 {
        let mut rng = Rng::from_seed(seed);
        let mut reader = Reader::default();
        let mut subscriber = reader.subscribe("a", UNLIMITED);
        let mut expected = std::collections::VecDeque::new();
        assert!(subscriber.intake.pop_plain(&subscriber.slot).is_none());
        for _ in 0..10 {
            let mut stream = Vec::new();
            for _ in 0..rng.below(40) {
                let sent = random_message(&mut rng);
                sent.write(subscriber.sid, &mut stream);
                expected.push_back(sent);
            }
            // Once the chunk is shared, once it is copied from.
            let chunk_size = pick(&mut rng, &[0, 64 * 1024]);
            reader.read_into(&stream, chunk_size);
            while !expected.is_empty() {
                let message = match subscriber.intake.pop_plain(&subscriber.slot) {
                    Some(message) => {
                        assert!(message.headers.is_none());
                        short += 1;
                        message
                    }
                    None => subscriber.next(),
                };
                expected.pop_front().expect("one is left").assert_is(&message);
                let bytes: u64 = expected.iter().map(|sent: &Sent| sent.weight() as u64).sum();
                assert_eq!(subscriber.slot.pending(), (expected.len() as u64, bytes));
            }
            assert!(subscriber.intake.pop_plain(&subscriber.slot).is_none());
        }
    }
    assert!(short > 1000, "only {short} took it");
}
