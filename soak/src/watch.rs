//! What the process holds: memory, file descriptors, tasks. What grows with time, or stays when all is over, is a leak.
//!
//! Memory and descriptors are those that Linux tells of a process; elsewhere they are not looked at.

use std::time::{Duration, Instant};

use crate::ledger::Ledger;

/// From one line of progress to the next.
const TELL_EVERY: Duration = Duration::from_secs(20);

/// Time for everything to be given back: clients that were let go may take 30 s for their last writes.
const SETTLE_WITHIN: Duration = Duration::from_secs(60);

/// How often it is looked whether that is so.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Growth of memory between the second and the last quarter that is no leak yet: what allocators keep, and the records
/// that the proxies keep of their connections.
const GROWTH: f64 = 0.25;
const GROWTH_BYTES: u64 = 24 * 1024 * 1024;

/// Descriptors and tasks that a runtime may keep open for itself.
const SLACK: u64 = 4;

/// Bytes of a page, of which the system counts memory.
const PAGE: u64 = 4096;

/// What the process holds at one moment.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    memory: u64,
    descriptors: u64,
    tasks: u64,
}

impl Held {
    fn now() -> Self {
        let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
        let pages = statm
            .split_whitespace()
            .nth(1)
            .and_then(|pages| pages.parse::<u64>().ok());
        let descriptors = std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
        let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
        Held {
            memory: pages.unwrap_or_default() * PAGE,
            descriptors: descriptors as u64,
            tasks: tasks as u64,
        }
    }
}

/// Looks, over the length of the soak.
#[derive(Debug)]
pub(crate) struct Watch {
    before: Held,
    seen: Vec<Held>,
    begin: Instant,
    told: Instant,
}

impl Watch {
    /// Before any client is there.
    pub(crate) fn start() -> Self {
        Watch {
            before: Held::now(),
            seen: Vec::new(),
            begin: Instant::now(),
            told: Instant::now(),
        }
    }

    /// Looks once more.
    pub(crate) fn look(&mut self) {
        self.seen.push(Held::now());
    }

    /// Whether a line of progress is due.
    pub(crate) fn is_time_to_tell(&mut self) -> bool {
        let is_time = self.told.elapsed() >= TELL_EVERY;
        if is_time {
            self.told = Instant::now();
        }
        is_time
    }

    /// A line of progress.
    pub(crate) fn now(&self) -> String {
        let held = self.seen.last().copied().unwrap_or_default();
        format!(
            "{:>5} s: {} MiB, {} file descriptors, {} tasks",
            self.begin.elapsed().as_secs(),
            held.memory >> 20,
            held.descriptors,
            held.tasks
        )
    }

    /// All traffic has ended: waits until what it held is given back, and says in the books whether it was.
    pub(crate) async fn settle(&self, ledger: &Ledger) {
        let deadline = Instant::now() + SETTLE_WITHIN;
        let mut after = Held::now();
        while !self.is_given_back(after) && Instant::now() < deadline {
            tokio::time::sleep(LOOK_EVERY).await;
            after = Held::now();
        }
        let before = self.before;
        let is_back = |after: u64, before: u64| after <= before + SLACK;
        ledger
            .promise("file descriptors are closed")
            .kept_if(is_back(after.descriptors, before.descriptors), || {
                format!("{} before, {} after", before.descriptors, after.descriptors)
            });
        ledger
            .promise("tasks end")
            .kept_if(is_back(after.tasks, before.tasks), || {
                format!("{} before, {} after", before.tasks, after.tasks)
            });
        let (early, late) = (self.median_memory(1), self.median_memory(3));
        let limit = early + ((early as f64 * GROWTH) as u64).max(GROWTH_BYTES);
        ledger
            .promise("memory does not grow with time")
            .kept_if(late <= limit, || {
                format!(
                    "{} MiB in the second quarter, {} MiB in the last",
                    early >> 20,
                    late >> 20
                )
            });
        ledger.count("MiB of memory in the second quarter", early >> 20);
        ledger.count("MiB of memory in the last quarter", late >> 20);
    }

    fn is_given_back(&self, after: Held) -> bool {
        after.descriptors <= self.before.descriptors + SLACK && after.tasks <= self.before.tasks + SLACK
    }

    /// The median of a quarter of the time, counted from 0.
    fn median_memory(&self, quarter: usize) -> u64 {
        let len = self.seen.len() / 4;
        let mut seen: Vec<u64> = self
            .seen
            .iter()
            .skip(quarter * len)
            .take(len)
            .map(|held| held.memory)
            .collect();
        seen.sort_unstable();
        seen.get(len / 2).copied().unwrap_or_default()
    }
}
