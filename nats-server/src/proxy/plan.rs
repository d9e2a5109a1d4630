//! What is to go wrong on a connection, and after how many bytes.

use std::time::Duration;

use crate::random::Random;

/// The largest random slice, in bytes.
const RANDOM_SLICE_LIMIT: usize = 512;

/// A direction of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// What the client sends.
    ToServer,
    /// What the server sends.
    ToClient,
}

impl Direction {
    pub(crate) const BOTH: [Self; 2] = [Self::ToServer, Self::ToClient];
}

/// Something that goes wrong in one direction of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Both sides see the connection closed.
    Cut,
    /// Both sides see the connection reset; what they have not read yet may be lost.
    Reset,
    /// The receiver sees the end; what the sender still sends is swallowed. The other direction goes on.
    HalfClose,
    /// All bytes are swallowed from here on, the end of the connection too; neither side is told.
    Blackhole,
    /// Nothing is read from the sender until the direction is resumed, so that it has to wait in the end.
    Pause,
    /// Bytes arrive later by this time from here on, in order; zero ends it.
    Delay(Duration),
    /// Bytes are passed on in pieces from here on.
    Slice(Slices),
}

/// How bytes are cut into pieces, each written by itself.
///
/// A receiver that is slower than the gap between two pieces reads them as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slices {
    /// As they come.
    Whole,
    /// Pieces of this size, with this time between them.
    Every {
        /// Bytes of a piece; 0 counts as 1.
        size: usize,
        /// From one piece to the next.
        gap: Duration,
    },
    /// Pieces of random sizes from 1 up to `up_to`, with this time between them.
    Random {
        /// What the sizes are made from.
        seed: u64,
        /// Bytes of the largest piece; 0 counts as 1.
        up_to: usize,
        /// From one piece to the next.
        gap: Duration,
    },
}

/// What is to go wrong on one connection; nothing at first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    steps: Vec<(Direction, u64, Fault)>,
}

impl Plan {
    /// Leaves the connection alone.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets a fault happen once exactly this many bytes were passed on in a direction.
    ///
    /// With 0 it is there from the beginning. Faults of one direction happen in the order of their numbers, and with the
    /// same number in the order in which they were added. None happens after one that swallows or ends.
    #[must_use]
    pub fn after(mut self, direction: Direction, bytes: u64, fault: Fault) -> Self {
        self.steps.push((direction, bytes, fault));
        self
    }

    /// Lets a fault be there from the beginning, in both directions.
    #[must_use]
    pub fn always(self, fault: Fault) -> Self {
        let [one, other] = Direction::BOTH;
        self.after(one, 0, fault).after(other, 0, fault)
    }

    /// The steps of one direction, in the order in which they happen.
    pub(crate) fn steps(&self, direction: Direction) -> Vec<(u64, Fault)> {
        let mut steps: Vec<(u64, Fault)> = self
            .steps
            .iter()
            .filter(|(of, _, _)| *of == direction)
            .map(|(_, bytes, fault)| (*bytes, *fault))
            .collect();
        steps.sort_by_key(|(bytes, _)| *bytes);
        steps
    }
}

/// Plans made from a seed: the same seed, faults and range give the same plans, connection by connection.
#[derive(Clone, Debug)]
pub struct Seeded {
    source: Source,
    next: u64,
}

#[derive(Clone, Debug)]
enum Source {
    Always(Plan),
    Seed { seed: u64, faults: Vec<Fault>, within: u64 },
}

impl Seeded {
    /// Each connection is sliced at random, and meets one of `faults` after less than `within` bytes in one direction.
    ///
    /// Without faults it is only sliced.
    pub fn new(seed: u64, faults: &[Fault], within: u64) -> Self {
        Self {
            source: Source::Seed {
                seed,
                faults: faults.to_vec(),
                within,
            },
            next: 0,
        }
    }

    pub(crate) fn always(plan: Plan) -> Self {
        Self {
            source: Source::Always(plan),
            next: 0,
        }
    }
}

/// The plans, one after the other; they have no end.
impl Iterator for Seeded {
    type Item = Plan;

    fn next(&mut self) -> Option<Plan> {
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        match &self.source {
            Source::Always(plan) => Some(plan.clone()),
            Source::Seed { seed, faults, within } => {
                // Mixed, so that two seeds next to each other share no plans.
                let mut random = Random::new(Random::new(*seed).next() ^ number);
                Some(random_plan(&mut random, faults, *within))
            }
        }
    }
}

fn random_plan(random: &mut Random, faults: &[Fault], within: u64) -> Plan {
    let mut plan = Plan::new();
    for direction in Direction::BOTH {
        let slices = Slices::Random {
            seed: random.next(),
            up_to: 1 + random.below(RANDOM_SLICE_LIMIT as u64) as usize,
            gap: Duration::ZERO,
        };
        plan = plan.after(direction, 0, Fault::Slice(slices));
    }
    if !faults.is_empty() {
        let fault = faults[random.below(faults.len() as u64) as usize];
        let direction = Direction::BOTH[random.below(2) as usize];
        plan = plan.after(direction, random.below(within), fault);
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_in_the_order_of_their_bytes() {
        let plan = Plan::new()
            .after(Direction::ToClient, 9, Fault::Cut)
            .after(Direction::ToServer, 5, Fault::Reset)
            .after(Direction::ToClient, 3, Fault::Pause)
            .after(Direction::ToClient, 3, Fault::HalfClose);
        assert_eq!(
            plan.steps(Direction::ToClient),
            [(3, Fault::Pause), (3, Fault::HalfClose), (9, Fault::Cut)]
        );
        assert_eq!(plan.steps(Direction::ToServer), [(5, Fault::Reset)]);
    }

    #[test]
    fn a_seed_gives_its_plans_again() {
        let plans =
            |seed: u64| -> Vec<Plan> { Seeded::new(seed, &[Fault::Cut, Fault::Reset], 1000).take(10).collect() };
        assert_eq!(plans(1), plans(1));
        assert_ne!(plans(1), plans(2));
        assert_ne!(plans(1)[0], plans(1)[1]);
    }

    #[test]
    fn a_seeded_fault_is_within_its_range_and_all_are_used() {
        let faults = [Fault::Cut, Fault::Reset, Fault::HalfClose];
        let mut seen = Vec::new();
        for plan in Seeded::new(3, &faults, 100).take(100) {
            for direction in Direction::BOTH {
                for (bytes, fault) in plan.steps(direction) {
                    if !matches!(fault, Fault::Slice(_)) {
                        assert!(bytes < 100);
                        seen.push(fault);
                    }
                }
            }
        }
        assert_eq!(seen.len(), 100);
        assert!(faults.iter().all(|fault| seen.contains(fault)));
    }
}
