//! One direction of a connection: reads, holds back for as long as the faults say, and passes on.
//!
//! The state is changed from other threads under a lock that the lane holds while it writes: once a change was made,
//! not one byte is passed on that the change forbids.

use std::collections::VecDeque;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::Notify;
use tokio::time::{sleep_until, Instant};

use super::plan::{Fault, Slices};
use crate::random::Random;

/// Bytes that are held back at most, of what is delayed; after that the sender has to wait.
const HELD_LIMIT: usize = 4 * 1024 * 1024;

/// Bytes of one read at most.
const READ_SIZE: usize = 64 * 1024;

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Close,
    Reset,
}

#[derive(Debug)]
struct State {
    steps: VecDeque<(u64, Fault)>,
    slices: Slices,
    random: Random,
    delay: Duration,
    paused: bool,
    swallowing: bool,
    /// The receiver was told the end, or is to be told.
    half_closed: bool,
    ending: Option<Ending>,
    passed: u64,
    swallowed: u64,
}

/// What one direction is to do, and what it has done.
#[derive(Debug)]
pub(super) struct Lane {
    state: Mutex<State>,
    changed: Notify,
}

/// What was read and not passed on yet.
#[derive(Default)]
struct Held {
    chunks: VecDeque<Chunk>,
    length: usize,
    /// Not before this time: the gap between two slices.
    gap_until: Option<Instant>,
}

struct Chunk {
    due: Instant,
    bytes: Vec<u8>,
    from: usize,
}

impl Lane {
    pub(super) fn new(steps: Vec<(u64, Fault)>) -> Self {
        let mut state = State {
            steps: steps.into(),
            slices: Slices::Whole,
            random: Random::new(0),
            delay: Duration::ZERO,
            paused: false,
            swallowing: false,
            half_closed: false,
            ending: None,
            passed: 0,
            swallowed: 0,
        };
        state.take_steps();
        Self {
            state: Mutex::new(state),
            changed: Notify::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn apply(&self, fault: Fault) {
        self.state().apply(fault);
        self.changed.notify_one();
    }

    pub(super) fn resume(&self) {
        self.state().paused = false;
        self.changed.notify_one();
    }

    pub(super) fn passed(&self) -> u64 {
        self.state().passed
    }

    pub(super) fn swallowed(&self) -> u64 {
        self.state().swallowed
    }

    /// Passes on until the sender has ended; the error is the end of the whole connection.
    pub(super) async fn run(&self, mut from: ReadHalf<'_>, mut to: WriteHalf<'_>) -> Result<(), Ending> {
        let mut held = Held::default();
        let mut sender_ended = false;
        let mut receiver_told = false;
        loop {
            let (is_paused, is_swallowing, is_half_closed) = {
                let mut state = self.state();
                if let Some(ending) = state.ending {
                    return Err(ending);
                }
                if state.swallowing || state.half_closed {
                    // Whether the receiver could take more does not matter.
                    state.swallowed += held.clear() as u64;
                }
                (state.paused, state.swallowing, state.half_closed)
            };
            if is_half_closed && !receiver_told {
                receiver_told = true;
                // A receiver that is gone needs not be told.
                let _ = to.shutdown().await;
            }
            let is_empty = held.chunks.is_empty();
            if sender_ended && is_empty && !is_paused {
                if !receiver_told && !is_swallowing {
                    let _ = to.shutdown().await;
                }
                return Ok(());
            }
            let due = held.due();
            let is_due = due.is_some_and(|due| due <= Instant::now());
            let reads = !is_paused && !sender_ended && held.length < HELD_LIMIT;
            tokio::select! {
                biased;
                () = self.changed.notified() => {}
                ready = to.writable(), if is_due && !is_paused => {
                    ready.map_err(|_| Ending::Reset)?;
                    self.pass_on(&mut held, &to)?;
                }
                ready = from.readable(), if reads => {
                    ready.map_err(|_| Ending::Reset)?;
                    sender_ended = self.take_in(&mut held, &mut from)?;
                }
                () = until(due), if !is_due && !is_empty && !is_paused => {}
            }
        }
    }

    /// Reads once; whether that was the end.
    fn take_in(&self, held: &mut Held, from: &mut ReadHalf<'_>) -> Result<bool, Ending> {
        let mut bytes = vec![0; READ_SIZE];
        match from.try_read(&mut bytes) {
            Ok(0) => Ok(true),
            Ok(length) => {
                bytes.truncate(length);
                held.push(bytes, self.state().delay);
                Ok(false)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(_) => Err(Ending::Reset),
        }
    }

    /// Writes one piece, as large as the faults allow.
    fn pass_on(&self, held: &mut Held, to: &WriteHalf<'_>) -> Result<(), Ending> {
        let mut state = self.state();
        if state.paused || state.swallowing || state.half_closed || state.ending.is_some() {
            return Ok(());
        }
        let Some(chunk) = held.chunks.front() else {
            return Ok(());
        };
        let rest = &chunk.bytes[chunk.from..];
        let (size, gap) = state.next_slice(rest.len());
        match to.try_write(&rest[..size]) {
            Ok(length) => {
                held.advance(length);
                held.gap_until = (!gap.is_zero()).then(|| Instant::now() + gap);
                state.passed += length as u64;
                state.take_steps();
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(_) => Err(Ending::Reset),
        }
    }
}

impl State {
    fn apply(&mut self, fault: Fault) {
        match fault {
            Fault::Cut => self.ending = Some(Ending::Close),
            Fault::Reset => self.ending = Some(Ending::Reset),
            Fault::HalfClose => self.half_closed = true,
            Fault::Blackhole => self.swallowing = true,
            Fault::Pause => self.paused = true,
            Fault::Delay(delay) => self.delay = delay,
            Fault::Slice(slices) => {
                self.slices = slices;
                if let Slices::Random { seed, .. } = slices {
                    self.random = Random::new(seed);
                }
            }
        }
    }

    /// Lets all faults happen whose number of bytes is reached.
    fn take_steps(&mut self) {
        while let Some(&(_, fault)) = self.steps.front().filter(|step| step.0 <= self.passed) {
            self.steps.pop_front();
            self.apply(fault);
        }
    }

    /// How many of `available` bytes go out at once, and how long it is quiet after them.
    fn next_slice(&mut self, available: usize) -> (usize, Duration) {
        let (size, gap) = match self.slices {
            Slices::Whole => (available, Duration::ZERO),
            Slices::Every { size, gap } => (size.max(1), gap),
            Slices::Random { up_to, gap, .. } => (1 + self.random.below(up_to.max(1) as u64) as usize, gap),
        };
        let until_step = match self.steps.front() {
            Some((bytes, _)) => usize::try_from(bytes - self.passed).unwrap_or(usize::MAX),
            None => usize::MAX,
        };
        (size.min(available).min(until_step), gap)
    }
}

impl Held {
    fn push(&mut self, bytes: Vec<u8>, delay: Duration) {
        self.length += bytes.len();
        let due = Instant::now() + delay;
        // A delay that was made shorter does not let bytes overtake.
        let due = self.chunks.back().map_or(due, |last| last.due.max(due));
        self.chunks.push_back(Chunk { due, bytes, from: 0 });
    }

    fn due(&self) -> Option<Instant> {
        let due = self.chunks.front()?.due;
        Some(self.gap_until.map_or(due, |gap| gap.max(due)))
    }

    fn advance(&mut self, length: usize) {
        self.length -= length;
        if let Some(chunk) = self.chunks.front_mut() {
            chunk.from += length;
            if chunk.from == chunk.bytes.len() {
                self.chunks.pop_front();
            }
        }
    }

    fn clear(&mut self) -> usize {
        self.chunks.clear();
        std::mem::take(&mut self.length)
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(steps: Vec<(u64, Fault)>) -> State {
        Lane::new(steps).state.into_inner().expect("nothing panicked")
    }

    #[test]
    fn slices_end_where_a_fault_is_due() {
        let mut state = state(vec![(5, Fault::Pause), (5, Fault::Blackhole)]);
        assert_eq!(state.next_slice(100).0, 5);
        assert_eq!(state.next_slice(3).0, 3);
        state.passed = 4;
        state.take_steps();
        assert!(!state.paused);
        assert_eq!(state.next_slice(100).0, 1);
        state.passed = 5;
        state.take_steps();
        assert!(state.paused && state.swallowing);
        assert_eq!(state.next_slice(100).0, 100);
    }

    #[test]
    fn sizes_of_slices_are_kept() {
        let gap = Duration::ZERO;
        let mut state = state(vec![(0, Fault::Slice(Slices::Every { size: 3, gap }))]);
        assert_eq!(state.next_slice(100).0, 3);
        assert_eq!(state.next_slice(2).0, 2);
        state.apply(Fault::Slice(Slices::Every { size: 0, gap }));
        assert_eq!(state.next_slice(100).0, 1);
        let random = Fault::Slice(Slices::Random { seed: 1, up_to: 4, gap });
        state.apply(random);
        let sizes: Vec<usize> = (0..100).map(|_| state.next_slice(100).0).collect();
        assert!((1..=4).all(|size| sizes.contains(&size)));
        assert!(sizes.iter().all(|size| (1..=4).contains(size)));
        state.apply(random);
        let again: Vec<usize> = (0..100).map(|_| state.next_slice(100).0).collect();
        assert_eq!(sizes, again);
    }

    #[tokio::test(start_paused = true)]
    async fn a_shorter_delay_lets_nothing_overtake() {
        let start = Instant::now();
        let mut held = Held::default();
        held.push(vec![1; 10], Duration::from_secs(5));
        held.push(vec![2; 10], Duration::ZERO);
        assert_eq!(held.due(), Some(start + Duration::from_secs(5)));
        held.advance(4);
        held.advance(6);
        assert_eq!(held.due(), Some(start + Duration::from_secs(5)));
        assert_eq!(held.clear(), 10);
        assert_eq!(held.due(), None);
    }
}
