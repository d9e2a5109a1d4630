//! A small seedable generator of random numbers.
//!
//! It shuffles servers and addresses, draws jitter, and fills inbox prefixes. From the same seed
//! it gives the same numbers on every machine, which is what makes a simulated run repeatable.
//!
//! It is **not for secrets**: whoever sees a few outputs can compute all others. Keys and masks
//! come from the operating system or from the TLS library.

use std::hash::{BuildHasher, Hasher, RandomState};

/// The step of the seed expander, the golden ratio in 64 bits.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// A xoshiro256++ generator. Its period is 2^256 - 1, so no client comes near its end.
#[derive(Clone, Debug)]
pub(crate) struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// A generator whose whole sequence follows from `seed`.
    pub(crate) fn from_seed(seed: u64) -> Self {
        let mut word = seed;
        let state = std::array::from_fn(|_| expand(&mut word));
        Self::from_state(state)
    }

    /// A generator that differs from all others, seeded with 256 bits of the operating system.
    ///
    /// Where the system has none to give, the keys that the standard library made for its hash
    /// maps are used instead, so that this cannot fail.
    pub(crate) fn from_entropy() -> Self {
        let mut words = [[0; 8]; 4];
        if getrandom::fill(words.as_flattened_mut()).is_err() {
            words = std::array::from_fn(|_| {
                let keyed = RandomState::new().build_hasher().finish();
                keyed.to_le_bytes()
            });
        }
        Self::from_state(words.map(u64::from_le_bytes))
    }

    /// The state of zeros is the one from which the generator never moves.
    fn from_state(state: [u64; 4]) -> Self {
        if state == [0; 4] {
            return Self::from_seed(GOLDEN);
        }
        Self { state }
    }

    /// The next 64 bits.
    pub(crate) fn next_u64(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.state;
        let result = a.wrapping_add(*d).rotate_left(23).wrapping_add(*a);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        result
    }

    /// A number from 0 to `bound`, `bound` excluded, each as likely as any other; 0 when `bound`
    /// is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        // The upper half of a product of 128 bits is the number; the few lower halves that would
        // favour some numbers are drawn again.
        let unfair = bound.wrapping_neg().checked_rem(bound).unwrap_or(0);
        loop {
            let product = u128::from(self.next_u64()) * u128::from(bound);
            if product as u64 >= unfair {
                return (product >> 64) as u64;
            }
        }
    }

    /// Puts `items` into a random order, each order as likely as any other.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let chosen = self.below(last as u64 + 1) as usize;
            items.swap(last, chosen);
        }
    }
}

/// One step of splitmix64, which turns seeds that differ in a bit into states that have nothing
/// in common.
fn expand(word: &mut u64) -> u64 {
    *word = word.wrapping_add(GOLDEN);
    let mut mixed = *word;
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequence_is_that_of_xoshiro256_plus_plus() {
        // The reference values for this state.
        let mut rng = Rng::from_state([1, 2, 3, 4]);
        assert_eq!(rng.next_u64(), 41943041);
        assert_eq!(rng.next_u64(), 58720359);
        assert_eq!(rng.next_u64(), 3588806011781223);
    }

    #[test]
    fn expansion_is_that_of_splitmix64() {
        let mut word = 1234567;
        assert_eq!(expand(&mut word), 6457827717110365317);
        assert_eq!(expand(&mut word), 3203168211198807973);
    }

    #[test]
    fn same_seed_same_numbers_and_another_seed_others() {
        let draw = |seed| {
            let mut rng = Rng::from_seed(seed);
            [rng.next_u64(), rng.next_u64(), rng.next_u64()]
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert_ne!(draw(0), [0; 3]);
    }

    #[test]
    fn entropy_gives_two_generators_that_differ() {
        let mut one = Rng::from_entropy();
        let mut other = Rng::from_entropy();
        assert_ne!(one.next_u64(), other.next_u64());
    }

    #[test]
    fn zero_state_is_replaced() {
        let mut rng = Rng::from_state([0; 4]);
        assert_ne!([rng.next_u64(), rng.next_u64()], [0; 2]);
    }

    #[test]
    fn below_stays_below_and_reaches_every_number() {
        let mut rng = Rng::from_seed(1);
        let mut seen = [0u32; 6];
        for _ in 0..6000 {
            seen[rng.below(6) as usize] += 1;
        }
        // A thousand of each is expected; a fair die stays within this at this seed.
        assert!(seen.iter().all(|count| (850..1150).contains(count)), "{seen:?}");
    }

    #[test]
    fn below_takes_the_bounds_at_the_edges() {
        let mut rng = Rng::from_seed(2);
        assert_eq!(rng.below(0), 0);
        assert_eq!(rng.below(1), 0);
        for _ in 0..100 {
            assert!(rng.below(u64::MAX) < u64::MAX);
            // Just over half of the range: about every second draw is unfair and drawn again.
            assert!(rng.below((1 << 63) + 1) <= 1 << 63);
        }
    }

    #[test]
    fn below_favours_no_number_in_the_largest_ranges() {
        // Three quarters of the range: the multiples of three would come twice as often as others.
        let mut rng = Rng::from_seed(5);
        let multiples = (0..3000).filter(|_| rng.below(3 << 62).is_multiple_of(3)).count();
        assert!((900..1100).contains(&multiples), "{multiples}");
    }

    #[test]
    fn shuffle_keeps_all_items_and_gives_every_order() {
        let mut rng = Rng::from_seed(3);
        let mut orders = std::collections::HashSet::new();
        for _ in 0..200 {
            let mut items = [1, 2, 3];
            rng.shuffle(&mut items);
            orders.insert(items);
            items.sort_unstable();
            assert_eq!(items, [1, 2, 3]);
        }
        assert_eq!(orders.len(), 6);
        rng.shuffle::<u8>(&mut []);
    }
}
