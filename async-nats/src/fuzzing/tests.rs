//! Every property, on the committed inputs and on random ones: what a fuzzer has found once stays found, and the rest is
//! tried on machines without a fuzzer.

use std::path::Path;

use super::PROPERTIES;
use crate::proto::rng::Rng;
use crate::proto::testing::random_bytes;

/// Random inputs for each property.
const RANDOM: u64 = 400;

/// Changes of each committed input.
const CHANGED: u64 = 60;

#[test]
fn hold_for_random_inputs() {
    for property in PROPERTIES {
        for seed in 0..RANDOM {
            let mut rng = Rng::from_seed(seed);
            let length = [8, 60, 400, 3_000][rng.below(4) as usize];
            (property.check)(&random_bytes(&mut rng, length));
        }
    }
}

#[test]
fn hold_for_the_committed_inputs_and_what_is_like_them() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    for property in PROPERTIES {
        let folder = corpus.join(property.name);
        let inputs = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut tried = 0;
        for input in inputs {
            let input = std::fs::read(input.expect("it was listed").path()).expect("it is a file");
            (property.check)(&input);
            for seed in 0..CHANGED {
                (property.check)(&changed(&input, &mut Rng::from_seed(seed)));
            }
            tried += 1;
        }
        assert!(tried > 0, "{} has no inputs", property.name);
    }
}

/// An input with a few changes: bytes replaced, runs taken out, doubled or moved to the end.
fn changed(input: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=rng.below(4) {
        let from = rng.below(bytes.len() as u64 + 1) as usize;
        let to = (from + 1 + rng.below(12) as usize).min(bytes.len());
        match rng.below(5) {
            0 => drop(bytes.drain(from..to)),
            1 => {
                let run = bytes[from..to].to_vec();
                bytes.splice(from..from, run);
            }
            2 => bytes[from..to].rotate_left((to - from).min(1)),
            3 => bytes.insert(from, rng.below(256) as u8),
            _ => bytes[from..to].fill_with(|| rng.below(256) as u8),
        }
    }
    bytes
}
