//! Who may append now, and who waits: back-pressure in bytes and, when the user set it, in messages.
//!
//! Waiters are served in first-come order. What is granted is reserved, so nobody who comes later can take it; a waiter
//! that leaves gives its grant back. What is written makes room for those who wait once half of it is free, so that a
//! saturated connection costs a wake for each half of the room, not for each frame. One frame larger than the whole limit
//! is admitted when nothing else is pending.

use std::collections::VecDeque;
use std::task::Waker;

/// Identifies a waiter between polls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket(u64);

#[derive(Debug)]
struct Waiter {
    ticket: Ticket,
    len: usize,
    waker: Waker,
    granted: bool,
}

/// Limits on what is pending, and the queue of those who wait for room.
#[derive(Debug)]
pub(crate) struct Capacity {
    max_bytes: usize,
    max_messages: usize,
    waiters: VecDeque<Waiter>,
    /// Waiters at the front of the queue whose turn has come.
    granted: usize,
    reserved_bytes: usize,
    reserved_messages: usize,
    next_ticket: u64,
}

/// What is pending at the moment of the question.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pending {
    pub(crate) bytes: usize,
    pub(crate) messages: usize,
}

impl Capacity {
    /// No waiters, these limits.
    pub(crate) fn new(max_bytes: usize, max_messages: usize) -> Self {
        Capacity {
            max_bytes,
            max_messages,
            waiters: VecDeque::new(),
            granted: 0,
            reserved_bytes: 0,
            reserved_messages: 0,
            next_ticket: 0,
        }
    }

    /// Another limit in bytes; call [`Capacity::grant`] after it.
    pub(crate) fn set_max_bytes(&mut self, max_bytes: usize) {
        self.max_bytes = max_bytes;
    }

    /// Whether a newcomer may append `len` bytes now.
    #[inline]
    pub(crate) fn admits(&self, len: usize, pending: Pending) -> bool {
        self.granted == self.waiters.len() && self.fits(len, pending)
    }

    /// Whether there is room for `len` bytes, whoever waits.
    #[inline]
    pub(crate) fn fits(&self, len: usize, pending: Pending) -> bool {
        let bytes = pending.bytes + self.reserved_bytes;
        let messages = pending.messages + self.reserved_messages;
        messages < self.max_messages && (bytes == 0 || bytes + len <= self.max_bytes)
    }

    /// How much may be pending, bytes and messages, for a newcomer to be admitted without a question; nothing while
    /// somebody waits.
    pub(crate) fn room(&self) -> Pending {
        if self.granted < self.waiters.len() {
            return Pending { bytes: 0, messages: 0 };
        }
        Pending {
            bytes: self.max_bytes.saturating_sub(self.reserved_bytes),
            messages: self.max_messages.saturating_sub(self.reserved_messages),
        }
    }

    /// Puts a newcomer at the end of the queue.
    pub(crate) fn enqueue(&mut self, len: usize, waker: Waker) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        self.waiters.push_back(Waiter {
            ticket,
            len,
            waker,
            granted: false,
        });
        ticket
    }

    /// Whether the waiter's turn has come; if so it leaves the queue and must append before the lock is released.
    pub(crate) fn claim(&mut self, ticket: Ticket, waker: &Waker) -> bool {
        let Some(at) = self.position(ticket) else { return true };
        if self.waiters[at].granted {
            self.remove(at);
            return true;
        }
        self.waiters[at].waker.clone_from(waker);
        false
    }

    /// A waiter's future was dropped. Call [`Capacity::grant`] after it.
    pub(crate) fn leave(&mut self, ticket: Ticket) {
        if let Some(at) = self.position(ticket) {
            self.remove(at);
        }
    }

    /// Something was written: [`Capacity::grant`], once half of the room is free.
    pub(crate) fn grant_by_halves(&mut self, pending: Pending, wake: &mut Vec<Waker>) {
        if pending.bytes <= self.max_bytes / 2 && pending.messages <= self.max_messages / 2 {
            self.grant(pending, wake);
        }
    }

    /// Grants as many waiters as fit, in order; they are put into `wake`.
    pub(crate) fn grant(&mut self, pending: Pending, wake: &mut Vec<Waker>) {
        for at in self.granted..self.waiters.len() {
            let len = self.waiters[at].len;
            if !self.fits(len, pending) {
                return;
            }
            self.reserved_bytes += len;
            self.reserved_messages += 1;
            let waiter = &mut self.waiters[at];
            waiter.granted = true;
            self.granted += 1;
            wake.push(waiter.waker.clone());
        }
    }

    /// Wakes those for whom there is no room.
    pub(crate) fn wake_waiting(&self, wake: &mut Vec<Waker>) {
        wake.extend(self.waiters.range(self.granted..).map(|waiter| waiter.waker.clone()));
    }

    /// Everybody is let go, because nothing is accepted any more.
    pub(crate) fn close(&mut self, wake: &mut Vec<Waker>) {
        self.reserved_bytes = 0;
        self.reserved_messages = 0;
        self.granted = 0;
        wake.extend(self.waiters.drain(..).map(|waiter| waiter.waker));
    }

    /// Whether somebody waits.
    pub(crate) fn has_waiters(&self) -> bool {
        !self.waiters.is_empty()
    }

    fn position(&self, ticket: Ticket) -> Option<usize> {
        // Tickets in the queue ascend.
        self.waiters
            .binary_search_by_key(&ticket.0, |waiter| waiter.ticket.0)
            .ok()
    }

    fn remove(&mut self, at: usize) {
        if let Some(waiter) = self.waiters.remove(at) {
            if waiter.granted {
                self.reserved_bytes -= waiter.len;
                self.reserved_messages -= 1;
                self.granted -= 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: Pending = Pending { bytes: 0, messages: 0 };
    const FULL: Pending = Pending {
        bytes: 100,
        messages: 1,
    };

    fn grant(capacity: &mut Capacity, pending: Pending) -> usize {
        let mut wake = Vec::new();
        capacity.grant_by_halves(pending, &mut wake);
        wake.len()
    }

    #[test]
    fn first_come_first_served() {
        let mut capacity = Capacity::new(100, 10);
        assert!(capacity.admits(100, EMPTY));
        assert!(!capacity.admits(1, FULL));
        let big = capacity.enqueue(60, Waker::noop().clone());
        let small = capacity.enqueue(10, Waker::noop().clone());
        assert!(!capacity.admits(1, EMPTY), "a newcomer never passes those who wait");
        assert_eq!(
            grant(&mut capacity, Pending { bytes: 51, messages: 1 }),
            0,
            "half of the room is not free"
        );
        assert_eq!(
            grant(&mut capacity, Pending { bytes: 45, messages: 1 }),
            0,
            "the small one does not pass the big one"
        );
        assert_eq!(grant(&mut capacity, Pending { bytes: 35, messages: 1 }), 1);
        assert!(!capacity.claim(small, Waker::noop()));
        assert!(capacity.claim(big, Waker::noop()));
        assert_eq!(grant(&mut capacity, Pending { bytes: 50, messages: 2 }), 1);
        assert!(
            capacity.admits(40, Pending { bytes: 50, messages: 2 }),
            "those who were granted keep nobody out"
        );
        assert!(
            !capacity.admits(41, Pending { bytes: 50, messages: 2 }),
            "but what they were granted is theirs"
        );
        assert!(capacity.claim(small, Waker::noop()));
        assert!(!capacity.has_waiters());
    }

    #[test]
    fn a_grant_that_is_given_back_goes_to_the_next() {
        let mut capacity = Capacity::new(100, 10);
        let first = capacity.enqueue(80, Waker::noop().clone());
        let second = capacity.enqueue(80, Waker::noop().clone());
        assert_eq!(grant(&mut capacity, EMPTY), 1);
        capacity.leave(first);
        assert_eq!(grant(&mut capacity, EMPTY), 1);
        assert!(capacity.claim(second, Waker::noop()));
    }

    #[test]
    fn an_oversized_frame_goes_alone() {
        let capacity = Capacity::new(100, 10);
        assert!(capacity.admits(1_000, EMPTY));
        assert!(!capacity.admits(1_000, Pending { bytes: 1, messages: 1 }));
    }

    #[test]
    fn messages_are_bounded_too() {
        let capacity = Capacity::new(1_000, 2);
        assert!(capacity.admits(1, Pending { bytes: 10, messages: 1 }));
        assert!(!capacity.admits(1, Pending { bytes: 10, messages: 2 }));
    }

    #[test]
    fn messages_that_were_granted_are_kept_for_their_waiters() {
        let mut capacity = Capacity::new(1_000, 3);
        let waiters = [(); 2].map(|()| capacity.enqueue(10, Waker::noop().clone()));
        assert_eq!(grant(&mut capacity, Pending { bytes: 10, messages: 1 }), 2);
        assert!(!capacity.admits(1, Pending { bytes: 10, messages: 1 }));
        assert!(capacity.claim(waiters[0], Waker::noop()));
        assert!(capacity.admits(1, Pending { bytes: 10, messages: 1 }));
    }
}
