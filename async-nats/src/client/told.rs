//! Of which losses a handle was told.
//!
//! A connection that breaks may take publishes with it. Each [`Client`](super::Client) handle is told of that once, because
//! each may stand for somebody else; the losses have numbers, and a handle remembers the last one that it was told of.
//!
//! A clone begins with what the handle that it was made of was told. What it is told of losses from before it was made is
//! told to that handle too, so that a handle which is only ever cloned does not hand an old loss on to each of its clones.

use std::sync::{Arc, OnceLock};

use crate::sync::atomic::{AtomicU64, Ordering};

/// What one handle was told of one kind of loss.
#[derive(Debug, Default)]
pub(super) struct Told {
    own: AtomicU64,
    /// What its clones were told of losses from before they were made.
    by_clones: OnceLock<Arc<AtomicU64>>,
    inherited: Option<Inherited>,
}

/// Losses that nobody was told of when a handle was made.
#[derive(Debug)]
struct Inherited {
    /// The place where the handle that it was made of looks.
    source: Arc<AtomicU64>,
    /// The last of these losses.
    until: u64,
}

impl Told {
    /// The number of the last loss that this handle was told of.
    pub(super) fn number(&self) -> u64 {
        let by_clones = self.by_clones.get().map_or(0, |told| told.load(Ordering::Relaxed));
        let by_source = self.inherited.as_ref().map_or(0, |inherited| {
            inherited.source.load(Ordering::Relaxed).min(inherited.until)
        });
        self.own.load(Ordering::Relaxed).max(by_clones).max(by_source)
    }

    /// This handle was told of all losses up to this one.
    pub(super) fn tell(&self, loss: u64) {
        self.own.fetch_max(loss, Ordering::Relaxed);
        if let Some(inherited) = &self.inherited {
            inherited.source.fetch_max(loss.min(inherited.until), Ordering::Relaxed);
        }
    }

    /// For a clone that is made when there were so many losses.
    pub(super) fn for_clone(&self, losses: u64) -> Told {
        let told = self.number();
        let inherited = (told < losses).then(|| match &self.inherited {
            // The first handle of the row is told: a row of clones does not become a chain.
            Some(inherited) if told < inherited.until => Inherited {
                source: Arc::clone(&inherited.source),
                until: inherited.until,
            },
            _ => Inherited {
                source: Arc::clone(self.by_clones.get_or_init(Arc::default)),
                until: losses,
            },
        });
        Told {
            own: AtomicU64::new(told),
            by_clones: OnceLock::new(),
            inherited,
        }
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    #[test]
    fn each_handle_is_told_for_itself() {
        let first = Told::default();
        let second = first.for_clone(0);
        first.tell(1);
        assert_eq!((first.number(), second.number()), (1, 0));
        second.tell(1);
        assert_eq!(second.for_clone(1).number(), 1, "a clone begins with what is known");
    }

    #[test]
    fn an_old_loss_is_told_to_one_clone_of_a_handle() {
        let first = Told::default();
        let other = first.for_clone(0);
        let (one, two) = (first.for_clone(1), first.for_clone(1));
        one.tell(1);
        assert_eq!(first.number(), 1, "it was told by way of its clone");
        assert_eq!(two.number(), 1);
        assert_eq!(first.for_clone(1).number(), 1);
        assert_eq!(other.number(), 0, "this one is somebody else");
    }

    #[test]
    fn a_new_loss_is_told_to_each_clone() {
        let first = Told::default();
        let one = first.for_clone(1);
        let two = first.for_clone(1);
        one.tell(2);
        assert_eq!(
            (first.number(), two.number()),
            (1, 1),
            "the second came after they were made"
        );
    }

    #[test]
    fn clones_of_clones_tell_the_first() {
        let first = Told::default();
        let mut last = first.for_clone(1);
        for _ in 0..10 {
            last = last.for_clone(1);
        }
        last.tell(1);
        assert_eq!(first.number(), 1);
        let between = first.for_clone(2);
        between.for_clone(2).tell(2);
        assert_eq!((between.number(), first.number()), (2, 2));
    }
}
