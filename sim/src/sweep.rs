//! Many seeds, on all cores.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::Mutex;
use std::thread;

use crate::{run, Report, Settings};

/// Which seeds to run, and how.
#[derive(Clone, Copy, Debug)]
pub struct Sweep {
    /// The first seed.
    pub from: u64,
    /// How many.
    pub seeds: u64,
    /// Threads to run them on.
    pub threads: usize,
    /// Run each seed a second time, and compare.
    pub twice: bool,
    /// What to run besides the seeds.
    pub settings: Settings,
    /// Stop after this many failures.
    pub failures: usize,
}

/// A seed that failed.
#[derive(Debug)]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// What did not hold.
    pub why: String,
}

/// What came of a sweep.
#[derive(Debug, Default)]
pub struct Summary {
    /// Seeds that were run.
    pub seeds: u64,
    /// Messages that were published in them.
    pub messages: u64,
    /// Connections that were made in them.
    pub links: u64,
    /// Those that failed, by seed.
    pub failures: Vec<Failure>,
}

/// Runs the seeds; `progress` is told now and then how many are done.
pub fn sweep(sweep: &Sweep, progress: impl Fn(u64) + Sync) -> Summary {
    let next = AtomicU64::new(0);
    let stop = AtomicBool::new(false);
    let (done, messages, links) = (AtomicU64::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let failures: Mutex<Vec<Failure>> = Mutex::default();
    thread::scope(|scope| {
        for _ in 0..sweep.threads.max(1) {
            scope.spawn(|| loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= sweep.seeds || stop.load(Ordering::Relaxed) {
                    break;
                }
                let seed = sweep.from + number;
                let report = run(seed, sweep.settings);
                messages.fetch_add(report.messages, Ordering::Relaxed);
                links.fetch_add(report.links, Ordering::Relaxed);
                if let Some(why) = verdict(seed, &report, sweep) {
                    let mut failures = failures.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    failures.push(Failure { seed, why });
                    if failures.len() >= sweep.failures {
                        stop.store(true, Ordering::Relaxed);
                    }
                }
                progress(done.fetch_add(1, Ordering::Relaxed) + 1);
            });
        }
    });
    let mut failures = failures.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    failures.sort_by_key(|failure| failure.seed);
    Summary {
        seeds: done.into_inner(),
        messages: messages.into_inner() as u64,
        links: links.into_inner() as u64,
        failures,
    }
}

/// Why the run was no good.
fn verdict(seed: u64, report: &Report, sweep: &Sweep) -> Option<String> {
    if let Some(violation) = &report.violation {
        return Some(format!(
            "{} at {} ms: {}",
            violation.invariant, violation.at, violation.text
        ));
    }
    if sweep.twice {
        let again = run(seed, sweep.settings);
        if again.digest != report.digest {
            return Some(format!(
                "two runs differ: {:016x} and {:016x}",
                report.digest, again.digest
            ));
        }
    }
    None
}
