//! A seed is a run: the same one each time, on whichever thread.

use std::collections::BTreeSet;
use std::num::NonZero;

use sim::sweep::{sweep, Sweep};
use sim::{run, Settings};

#[test]
fn the_same_seed_gives_the_same_run() {
    let summary = sweep(
        &Sweep {
            from: 5_000,
            seeds: 60,
            threads: std::thread::available_parallelism().map_or(1, NonZero::get),
            twice: true,
            settings: Settings::default(),
            failures: 1,
        },
        |_| {},
    );
    assert!(summary.failures.is_empty(), "{:?}", summary.failures);
    assert_eq!(summary.seeds, 60);
}

#[test]
fn a_trace_changes_nothing_and_tells_something() {
    let traced = Settings {
        traced: true,
        ..Settings::default()
    };
    let (one, other) = (run(3, traced), run(3, Settings::default()));
    assert_eq!(one.digest, other.digest);
    assert!(one.trace.len() > 50 && other.trace.is_empty());
}

#[test]
fn seeds_differ() {
    let digests: BTreeSet<u64> = (0..8).map(|seed| run(seed, Settings::default()).digest).collect();
    assert_eq!(digests.len(), 8);
}
