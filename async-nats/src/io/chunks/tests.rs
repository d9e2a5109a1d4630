//! Chunks as a reader uses them: room, bytes, frames off the front, and somebody who keeps some of them.

use super::*;
use crate::proto::rng::Rng;
use crate::proto::testing::pick;

fn chunks() -> Chunks {
    Chunks::new(BytesMut::new(), MAX_CHUNK)
}

/// Reads `bytes`, which fit into the room.
fn read(chunks: &mut Chunks, bytes: &[u8]) {
    let room = chunks.room();
    assert!(room.capacity() - room.len() >= bytes.len(), "they fit");
    room.extend_from_slice(bytes);
    chunks.filled(bytes.len());
}

/// Reads as much as there is room for, and takes all of it off. Returns how much that was.
fn fill(chunks: &mut Chunks) -> usize {
    let room = chunks.room();
    let length = room.capacity() - room.len();
    read(chunks, &vec![b'x'; length]);
    let whole = chunks.bytes().len();
    chunks.take(whole);
    chunks.release();
    length
}

fn capacity(chunks: &mut Chunks) -> usize {
    chunks.room().capacity()
}

#[test]
fn chunks_grow_when_reads_fill_them_and_only_then() {
    let mut chunks = chunks();
    assert_eq!(capacity(&mut chunks), MIN_CHUNK);
    for _ in 0..10 {
        read(&mut chunks, &[b'x'; MIN_CHUNK / 2]);
        chunks.take(MIN_CHUNK / 2);
        chunks.release();
    }
    assert_eq!(capacity(&mut chunks), MIN_CHUNK);
    let filled: Vec<usize> = (0..5).map(|_| fill(&mut chunks)).collect();
    assert_eq!(filled, [4, 16, 64, 64, 64].map(|kib| kib * 1024));
}

#[test]
fn the_user_bounds_what_is_read_at_once() {
    for (max, expected) in [(0, MIN_ROOM), (3_000, 3_000), (20_000, 20_000), (1 << 30, MAX_CHUNK)] {
        let mut chunks = Chunks::new(BytesMut::new(), max);
        let longest = (0..6).map(|_| fill(&mut chunks)).max();
        assert_eq!(longest, Some(expected));
    }
}

#[test]
fn a_chunk_that_nobody_kept_is_used_again() {
    let mut chunks = chunks();
    for _ in 0..3 {
        fill(&mut chunks);
    }
    let first = chunks.room().as_ptr();
    // Had it been freed, others would get its memory.
    let mut others = Vec::new();
    for _ in 0..5 {
        fill(&mut chunks);
        others.push(Vec::<u8>::with_capacity(MAX_CHUNK));
        assert_eq!(chunks.room().as_ptr(), first);
    }
}

#[test]
fn a_chunk_that_somebody_kept_is_left_alone_until_it_is_let_go() {
    let mut chunks = chunks();
    read(&mut chunks, b"kept");
    chunks.take(4);
    let kept = chunks.taken().bytes.clone();
    chunks.release();
    for text in [b"next", b"more"] {
        read(&mut chunks, text);
        assert_eq!(chunks.bytes(), text);
        chunks.take(4);
        chunks.release();
    }
    assert_eq!(&kept[..], b"kept");

    let at = kept.as_ptr();
    let in_view = |chunks: &Chunks| chunks.shared.iter().map(|chunk| chunk.as_ptr()).collect::<Vec<_>>();
    assert_eq!(in_view(&chunks), [at]);
    // The chunks in use are kept as well, so that others are needed.
    let mut others = Vec::new();
    for _ in 0..2 {
        read(&mut chunks, b"last");
        chunks.take(4);
        others.push(chunks.taken().bytes.clone());
        chunks.release();
        assert_ne!(chunks.room().as_ptr(), at, "somebody has it");
        assert_eq!(in_view(&chunks)[0], at);
    }
    drop(kept);
    assert_eq!(in_view(&chunks)[0], at, "it is not freed, because it is of use");
    read(&mut chunks, b"last");
    chunks.take(4);
    others.push(chunks.taken().bytes.clone());
    chunks.release();
    assert_eq!(chunks.room().as_ptr(), at);
    assert!(!in_view(&chunks).contains(&at));
}

#[test]
fn few_chunks_are_kept_in_view() {
    let mut chunks = chunks();
    let kept: Vec<Bytes> = (0..2 * IN_VIEW)
        .map(|_| {
            read(&mut chunks, b"kept");
            chunks.take(4);
            let kept = chunks.taken().bytes.clone();
            chunks.release();
            kept
        })
        .collect();
    assert!(chunks.shared.len() <= IN_VIEW);
    assert!(kept.iter().all(|kept| &kept[..] == b"kept"));
}

#[test]
fn what_is_taken_off_says_how_much_memory_it_holds() {
    let mut chunks = chunks();
    for _ in 0..3 {
        fill(&mut chunks);
    }
    read(&mut chunks, b"little");
    chunks.take(6);
    assert_eq!(
        (&chunks.taken().bytes[..], chunks.taken().held),
        (&b"little"[..], MAX_CHUNK)
    );
}

#[test]
fn what_came_in_part_moves_to_the_front() {
    for kept in [false, true] {
        for part in [0, 1, 100, 3_000] {
            let mut chunks = chunks();
            let bytes: Vec<u8> = (0..MIN_CHUNK).map(|at| (at % 251) as u8).collect();
            read(&mut chunks, &bytes);
            let whole = bytes.len() - part;
            chunks.take(whole);
            assert_eq!(&chunks.taken().bytes[..], &bytes[..]);
            let held = kept.then(|| chunks.taken().bytes.clone());
            chunks.release();
            assert_eq!(chunks.bytes(), &bytes[whole..]);
            let room = chunks.room();
            assert!(room.capacity() - room.len() >= MIN_ROOM);
            read(&mut chunks, b"rest");
            assert_eq!(chunks.bytes(), [&bytes[whole..], b"rest"].concat());
            drop(held);
        }
    }
}

#[test]
fn nothing_is_taken_off_when_no_frame_is_whole() {
    let mut chunks = chunks();
    read(&mut chunks, b"par");
    chunks.take(0);
    chunks.release();
    read(&mut chunks, b"tial");
    assert_eq!(chunks.bytes(), b"partial");
}

#[test]
fn what_came_with_the_handshake_comes_first() {
    let mut chunks = Chunks::new(BytesMut::from(&b"unread"[..]), MAX_CHUNK);
    assert_eq!(chunks.bytes(), b"unread");
    read(&mut chunks, b" and more");
    assert_eq!(chunks.bytes(), b"unread and more");
}

#[test]
fn an_idle_connection_holds_nothing_and_begins_small_again() {
    let mut chunks = chunks();
    for _ in 0..3 {
        fill(&mut chunks);
    }
    read(&mut chunks, b"kept");
    chunks.take(4);
    let kept = chunks.taken().bytes.clone();
    chunks.release();
    chunks.room();
    chunks.idle();
    assert_eq!((chunks.current.capacity(), chunks.shared.len()), (0, 0));
    assert!(kept.is_unique(), "nobody else holds on to it");
    let sizes: Vec<usize> = (0..6)
        .map(|_| {
            let size = capacity(&mut chunks);
            chunks.idle();
            size
        })
        .collect();
    assert_eq!(sizes, [32, 16, 8, 4, 4, 4].map(|kib| kib * 1024));
}

#[test]
fn what_came_in_part_survives_an_idle_time() {
    let mut chunks = chunks();
    read(&mut chunks, b"par");
    chunks.idle();
    read(&mut chunks, b"tial");
    assert_eq!(chunks.bytes(), b"partial");
}

#[test]
fn no_byte_is_lost_or_moved_whatever_happens() {
    for seed in 0..20 {
        let mut rng = Rng::from_seed(seed);
        let mut chunks = Chunks::new(BytesMut::new(), pick(&mut rng, &[2_048, 5_000, MAX_CHUNK]));
        let (mut sent, mut received) = (0u32, 0u32);
        let mut kept: Vec<(Bytes, u32)> = Vec::new();
        for _ in 0..100 {
            let room = chunks.room();
            let most = (room.capacity() - room.len()) / 4;
            let count = (1 + rng.below(most as u64) as usize) * pick(&mut rng, &[0, 1, 1]);
            let count = if rng.below(3) == 0 { most } else { count };
            let bytes: Vec<u8> = (0..count as u32).flat_map(|at| (sent + at).to_le_bytes()).collect();
            sent += count as u32;
            read(&mut chunks, &bytes);
            let whole = rng.below(1 + chunks.bytes().len() as u64 / 4) as usize * 4;
            chunks.take(whole);
            if whole > 0 && rng.below(3) == 0 {
                kept.push((chunks.taken().bytes.slice(..whole), received));
            }
            for word in chunks.taken().bytes[..whole].chunks(4) {
                assert_eq!(word, received.to_le_bytes());
                received += 1;
            }
            chunks.release();
            if rng.below(10) == 0 {
                chunks.idle();
            }
            if kept.len() > 6 || rng.below(4) == 0 {
                let (bytes, first) = kept.pop().unwrap_or_default();
                let mut words = bytes.chunks(4).zip(first..);
                assert!(words.all(|(word, number)| word == number.to_le_bytes()));
            }
        }
    }
}

#[test]
fn a_long_line_is_given_room_and_the_room_is_given_back() {
    let mut chunks = chunks();
    let line = vec![b'i'; 1_000_000];
    let mut moves = 0;
    let mut read_so_far = 0;
    while read_so_far < line.len() {
        let before = chunks.room().as_ptr();
        let room = chunks.room();
        let count = (room.capacity() - room.len()).min(1_400).min(line.len() - read_so_far);
        read(&mut chunks, &line[read_so_far..read_so_far + count]);
        chunks.take(0);
        chunks.release();
        read_so_far += count;
        moves += usize::from(chunks.room().as_ptr() != before);
    }
    assert!(moves < 20, "it was moved {moves} times");
    assert_eq!(chunks.bytes(), line);
    read(&mut chunks, b"tail");
    chunks.take(line.len());
    chunks.release();
    assert_eq!(chunks.bytes(), b"tail");
    assert!(
        capacity(&mut chunks) <= 2 * MAX_CHUNK,
        "{} bytes",
        capacity(&mut chunks)
    );
}
