//! What subscriptions, and messages that are kept, hold on to.

use super::*;
use crate::proto::rng::Rng;
use crate::proto::testing::pick;

const CHUNK: usize = 64 * 1024;

/// What a message needs: its bytes, and the record that says where its parts lie.
fn needs(sent: &Sent) -> usize {
    let mut stream = Vec::new();
    sent.write(1 << 24, &mut stream);
    stream.len() + size_of::<MessageFrame>()
}

/// A queue keeps room for a few batches from its first large one on.
const BATCHES: usize = 8 * size_of::<queue::Batch>();

#[test]
fn a_queue_holds_about_twice_what_its_messages_need_however_they_came() {
    for seed in 0..40 {
        let mut rng = Rng::from_seed(seed);
        let mut reader = Reader::default();
        let subscriber = reader.subscribe("a", UNLIMITED);
        let other = reader.subscribe("b", UNLIMITED);
        let mut needed = 0;
        for _ in 0..50 {
            let mut stream = Vec::new();
            let (mine, others) = (pick(&mut rng, &[0, 1, 3, 50]), pick(&mut rng, &[0, 0, 10, 200]));
            let length = pick(&mut rng, &[1, 100, 500]);
            for _ in 0..mine {
                let sent = Sent::new("a", vec![b'x'; length]);
                sent.write(subscriber.sid, &mut stream);
                needed += needs(&sent);
            }
            for _ in 0..others {
                Sent::new("b", vec![b'x'; length]).write(other.sid, &mut stream);
            }
            reader.read_into(&stream, CHUNK);
            if rng.below(10) == 0 {
                let sent = Sent::new("a", vec![b'x'; 20_000]);
                reader.read_detached(subscriber.sid, &sent);
                needed += needs(&sent);
            }
            let held = subscriber.slot.held();
            assert!(held <= 2 * needed + BATCHES, "{held} bytes for messages of {needed}");
        }
    }
}

#[test]
fn a_chunk_that_is_hardly_filled_is_not_held_by_the_message_in_it() {
    let mut reader = Reader::default();
    let mut subscriber = reader.subscribe("a", UNLIMITED);
    let sent = Sent::new("a", vec![b'x'; 300]);
    let mut stream = Vec::new();
    sent.write(subscriber.sid, &mut stream);
    for _ in 0..100 {
        reader.read_into(&stream, CHUNK);
    }
    assert!(
        subscriber.slot.held() <= 100 * 2 * needs(&sent),
        "{}",
        subscriber.slot.held()
    );
    let payload = subscriber.next().payload;
    assert!(held_by(payload) <= 2 * 300 + 256);
}

/// How large the allocation is that `payload`, the only one who knows of it, lies in; at least what lies behind its
/// beginning.
fn held_by(payload: bytes::Bytes) -> usize {
    match payload.try_into_mut() {
        Ok(alone) => alone.capacity(),
        Err(shared) => panic!("{} bytes are shared with somebody", shared.len()),
    }
}

#[test]
fn a_payload_that_is_kept_holds_no_more_than_twice_its_size_and_a_little() {
    for (payload, headers) in [
        (1, 0),
        (100, 0),
        (300, 0),
        (10_000, 0),
        (30_000, 0),
        (60_000, 0),
        (100, 5_000),
        (9_000, 9_000),
    ] {
        for count in [1, 2, 3, 100] {
            for detached in [false, true] {
                let mut reader = Reader::default();
                let mut subscriber = reader.subscribe("a", UNLIMITED);
                let sent = Sent {
                    headers: (headers > 0).then(|| format!("NATS/1.0\r\nKey: {}\r\n\r\n", "v".repeat(headers))),
                    ..Sent::new("a", vec![b'x'; payload])
                };
                let mut stream = Vec::new();
                for _ in 0..count {
                    sent.write(subscriber.sid, &mut stream);
                }
                match detached {
                    true => drop(reader.read_detached(subscriber.sid, &sent)),
                    false => reader.read_into(&stream, CHUNK),
                }
                let kept = subscriber.next();
                sent.assert_is(&kept);
                let length = kept.payload.len();
                drop(subscriber.all());
                let held = held_by(kept.payload);
                assert!(held <= 2 * length + 256, "{held} bytes for {length}");
            }
        }
    }
}

#[test]
fn what_comes_beyond_a_limit_is_not_held() {
    let mut reader = Reader::default();
    let subscriber = reader.subscribe("a", UNLIMITED);
    let sent = Sent::new("a", vec![b'x'; 100]);
    assert!(reader
        .table
        .unsubscribe_after(subscriber.sid, 1, &mut Vec::new())
        .is_none());
    reader.read(&vec![(subscriber.sid, sent.clone()); 500]);
    assert!(subscriber.slot.held() <= 2 * needs(&sent), "{}", subscriber.slot.held());
}

#[test]
fn what_is_dropped_of_a_read_is_not_held_by_the_one_message_that_had_room() {
    let mut reader = Reader::default();
    let mut subscriber = reader.subscribe(
        "a",
        Limits {
            messages: 100,
            bytes: usize::MAX,
        },
    );
    let sent = Sent::new("a", "x");
    let mut stream = Vec::new();
    while stream.len() < CHUNK {
        sent.write(subscriber.sid, &mut stream);
    }
    reader.read_into(&stream, CHUNK);
    for _ in 0..300 {
        subscriber.next();
        reader.read_into(&stream, CHUNK);
        assert_eq!(subscriber.slot.pending().0, 100);
    }
    let held = subscriber.slot.held() + subscriber.intake.held();
    assert!(
        held <= CHUNK + 100 * 2 * needs(&sent),
        "{held} bytes for a hundred messages of two"
    );
}

#[test]
fn an_idle_subscription_gives_back_what_a_burst_needed() {
    let mut reader = Reader::default();
    let mut subscriber = reader.subscribe("a", UNLIMITED);
    for _ in 0..3 {
        for _ in 0..10 {
            reader.read(&vec![(subscriber.sid, Sent::new("a", "x")); 5_000]);
            // The queues of both sides have been long.
            subscriber.next();
        }
        subscriber.all();
        let held = subscriber.slot.held() + subscriber.intake.held();
        assert!(held <= 2 * (packed::KEPT + BATCHES), "{held} bytes for nothing");
    }
}

#[test]
fn the_room_to_sort_a_read_is_used_again() {
    let mut reader = Reader::default();
    let mut subscriber = reader.subscribe("a", UNLIMITED);
    let messages = vec![(subscriber.sid, Sent::new("a", "x")); 10];
    reader.read(&messages);
    let held = reader.work.held();
    for _ in 0..100 {
        reader.read(&messages);
        subscriber.all();
    }
    assert_eq!(reader.work.held(), held);
}

#[test]
fn what_was_handed_out_is_freed_before_the_rest_is_taken() {
    let mut reader = Reader::default();
    let mut subscriber = reader.subscribe("a", UNLIMITED);
    let mut other = reader.subscribe("b", UNLIMITED);
    let whole_reads = vec![(subscriber.sid, Sent::new("a", vec![b'x'; 100])); 100];
    let mut parts = vec![(other.sid, Sent::new("b", vec![b'x'; 100])); 1_000];
    parts.splice(0..0, whole_reads[..10].to_vec());
    for _ in 0..100 {
        reader.read(&whole_reads);
        reader.read(&parts);
    }
    other.all();
    let all = subscriber.slot.held();
    for _ in 0..110 * 90 {
        subscriber.next();
    }
    let held = subscriber.slot.held() + subscriber.intake.held();
    assert!(held <= all / 5, "{held} of {all} bytes for a tenth of the messages");
    for _ in 0..110 * 10 {
        subscriber.next();
    }
    let held = subscriber.slot.held() + subscriber.intake.held();
    assert!(
        held <= 2 * (packed::KEPT + BATCHES),
        "{held} bytes for nothing, before the next poll"
    );
}

#[test]
fn a_buffer_of_packed_messages_is_used_again_unless_a_burst_made_it_large() {
    let mut reader = Reader::default();
    let mut subscriber = reader.subscribe("a", UNLIMITED);
    let sent = Sent::new("a", "x");
    for (count, is_kept) in [(10, true), (300, false)] {
        for _ in 0..2 {
            let mut stream = Vec::new();
            (0..count).for_each(|_| sent.write(subscriber.sid, &mut stream));
            reader.read_into(&stream, CHUNK);
            assert_eq!(subscriber.all().len(), count);
        }
        let held = subscriber.slot.held() + subscriber.intake.held();
        assert!(held <= 2 * packed::KEPT, "{held} bytes after {count} messages");
        assert_eq!(held > 0, is_kept);
    }
}
