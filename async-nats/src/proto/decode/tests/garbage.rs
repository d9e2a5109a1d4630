//! Bytes that no server sends: never a panic, never a position outside of the input, and the same however they come.

use super::*;
use crate::proto::testing::slices;

/// Decodes `stream` whole, byte by byte, and in random slices, and compares.
fn decode_all_ways(rng: &mut Rng, stream: &[u8]) -> (Vec<Content>, bool) {
    let whole = decode(stream, [stream.len()], false);
    for compacts in [false, true] {
        let cuts = slices(rng, stream.len());
        assert_eq!(
            decode(stream, cuts.clone(), compacts),
            whole,
            "{:?} in {cuts:?}",
            String::from_utf8_lossy(stream)
        );
    }
    if stream.len() < 5_000 {
        assert_eq!(
            decode(stream, vec![1; stream.len()], true),
            whole,
            "{:?}",
            String::from_utf8_lossy(stream)
        );
    }
    whole
}

#[test]
fn random_bytes_do_no_harm() {
    let mut rng = Rng::from_seed(1);
    for _ in 0..5_000 {
        let length = rng.below(100) as usize;
        let bytes = random_bytes(&mut rng, length);
        decode_all_ways(&mut rng, &bytes);
    }
}

#[test]
fn random_words_do_no_harm() {
    const WORDS: [&[u8]; 24] = [
        b"MSG",
        b"HMSG",
        b"PING",
        b"PONG",
        b"+OK",
        b"-ERR",
        b"INFO",
        b"msg",
        b" ",
        b" ",
        b" ",
        b"\t",
        b"\r\n",
        b"\r\n",
        b"\n",
        b"\r",
        b"a.b",
        b"1",
        b"2",
        b"3",
        b"12",
        b"9999999999",
        b"18446744073709551615",
        b"\xff",
    ];
    let mut rng = Rng::from_seed(2);
    let mut found = 0;
    for _ in 0..20_000 {
        let mut stream = Vec::new();
        for _ in 0..1 + rng.below(14) {
            stream.extend_from_slice(pick(&mut rng, &WORDS));
        }
        found += decode_all_ways(&mut rng, &stream).0.len();
    }
    assert!(found > 500, "the words make some frames: {found}");
}

#[test]
fn a_stream_with_faults_does_no_harm() {
    let mut failed = 0;
    for seed in 0..300 {
        let mut rng = Rng::from_seed(seed);
        let (mut stream, contents) = random_stream(&mut rng, 8);
        for _ in 0..1 + rng.below(4) {
            let at = rng.below(stream.len() as u64) as usize;
            match rng.below(5) {
                0 => stream[at] ^= 1 << rng.below(8),
                1 => stream[at] = pick(&mut rng, b"\r\n \t0123456789-+"),
                2 => drop(stream.remove(at)),
                3 => stream.insert(at, pick(&mut rng, b"\r\n \t09M")),
                _ => stream.truncate(at.max(1)),
            }
        }
        let (read, error) = decode_all_ways(&mut rng, &stream);
        failed += usize::from(error);
        assert!(read.len() <= contents.len() + stream.len() / 5);
    }
    assert!(failed > 100, "faults are found: {failed}");
}

#[test]
fn a_stream_may_end_anywhere() {
    let (stream, contents) = random_stream(&mut Rng::from_seed(3), 6);
    for end in 0..stream.len() {
        let (read, error) = decode(&stream[..end], [end], false);
        assert!(!error && contents.starts_with(&read), "cut at {end}");
    }
}
