//! The bound on publish acks in flight: who may publish now, who waits for a place, and who waits until all is acked.
//!
//! A place is taken before a message is published and given back once its ack came, or cannot come any more, and nobody
//! holds on to it. Places are handed over in the order in which they were asked for. Whoever waits for the acks waits for
//! those that were in flight when it began, not for later ones.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

/// A place under the bound. It counts until it is given to [`AcksInFlight::release`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place(u64);

/// The turn of somebody who waits, for a place or for acks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticket(u64);

/// Somebody who waits for a place.
#[derive(Debug)]
struct Candidate {
    ticket: Ticket,
    waker: Option<Waker>,
}

/// Somebody who waits until all that was in flight is settled.
#[derive(Debug)]
struct Observer {
    ticket: Ticket,
    /// Places with a smaller number are waited for.
    before: u64,
    left: usize,
    waker: Option<Waker>,
}

/// The acks in flight of one context and its clones.
#[derive(Debug)]
pub(crate) struct AcksInFlight {
    capacity: usize,
    /// Places that are taken, and those that were granted to somebody who has not come for it yet.
    taken: usize,
    next_place: u64,
    next_ticket: u64,
    /// In the order of their tickets; those that were granted a place come first.
    candidates: VecDeque<Candidate>,
    granted: usize,
    observers: Vec<Observer>,
}

impl AcksInFlight {
    /// Nothing in flight, and at most `capacity` acks at once. With none nothing can be published.
    pub(crate) fn new(capacity: usize) -> Self {
        AcksInFlight {
            capacity,
            taken: 0,
            next_place: 0,
            next_ticket: 0,
            candidates: VecDeque::new(),
            granted: 0,
            observers: Vec::new(),
        }
    }

    /// A place, if one is free and nobody waits for it.
    #[inline]
    pub(crate) fn try_take(&mut self) -> Option<Place> {
        if self.taken < self.capacity && self.candidates.is_empty() {
            self.taken += 1;
            Some(self.number())
        } else {
            None
        }
    }

    #[inline]
    fn number(&mut self) -> Place {
        self.next_place += 1;
        Place(self.next_place - 1)
    }

    fn ticket(&mut self) -> Ticket {
        self.next_ticket += 1;
        Ticket(self.next_ticket - 1)
    }

    /// Waits for a place behind all who wait already. `ticket` is empty at first; it is to be given to
    /// [`AcksInFlight::leave`] by a caller that gives up.
    pub(crate) fn poll_take(&mut self, ticket: &mut Option<Ticket>, cx: &mut Context<'_>) -> Poll<Place> {
        let Some(mine) = *ticket else {
            if let Some(place) = self.try_take() {
                return Poll::Ready(place);
            }
            let mine = self.ticket();
            *ticket = Some(mine);
            self.candidates.push_back(Candidate {
                ticket: mine,
                waker: Some(cx.waker().clone()),
            });
            return Poll::Pending;
        };
        let at = self
            .position(mine)
            .expect("a ticket is in the queue until it is used or left");
        if at >= self.granted {
            register(&mut self.candidates[at].waker, cx);
            return Poll::Pending;
        }
        self.candidates.remove(at);
        self.granted -= 1;
        *ticket = None;
        Poll::Ready(self.number())
    }

    fn position(&self, ticket: Ticket) -> Option<usize> {
        self.candidates
            .binary_search_by_key(&ticket, |candidate| candidate.ticket)
            .ok()
    }

    /// Gives up waiting for a place.
    pub(crate) fn leave(&mut self, ticket: Ticket, wake: &mut Vec<Waker>) {
        let Some(at) = self.position(ticket) else {
            return;
        };
        self.candidates.remove(at);
        if at < self.granted {
            self.granted -= 1;
            self.hand_on(wake);
        }
    }

    /// A place is free again; whom to wake is added to `wake`.
    #[inline]
    pub(crate) fn release(&mut self, place: Place, wake: &mut Vec<Waker>) {
        for observer in &mut self.observers {
            if place.0 < observer.before {
                observer.left -= 1;
                if observer.left == 0 {
                    wake.extend(observer.waker.take());
                }
            }
        }
        self.hand_on(wake);
    }

    #[inline]
    fn hand_on(&mut self, wake: &mut Vec<Waker>) {
        match self.candidates.get_mut(self.granted) {
            Some(candidate) => {
                self.granted += 1;
                wake.extend(candidate.waker.take());
            }
            None => self.taken -= 1,
        }
    }

    /// Waits until all places that are taken now were given back. `ticket` is empty at first; it is to be given to
    /// [`AcksInFlight::stop_observing`] by a caller that gives up.
    pub(crate) fn poll_settled(&mut self, ticket: &mut Option<Ticket>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(mine) = *ticket else {
            let left = self.taken - self.granted;
            if left == 0 {
                return Poll::Ready(());
            }
            let mine = self.ticket();
            *ticket = Some(mine);
            self.observers.push(Observer {
                ticket: mine,
                before: self.next_place,
                left,
                waker: Some(cx.waker().clone()),
            });
            return Poll::Pending;
        };
        let at = self.observers.iter().position(|observer| observer.ticket == mine);
        let at = at.expect("a ticket is kept until it is used or given up");
        if self.observers[at].left > 0 {
            register(&mut self.observers[at].waker, cx);
            return Poll::Pending;
        }
        self.observers.swap_remove(at);
        *ticket = None;
        Poll::Ready(())
    }

    /// Gives up waiting for acks.
    pub(crate) fn stop_observing(&mut self, ticket: Ticket) {
        self.observers.retain(|observer| observer.ticket != ticket);
    }
}

fn register(waker: &mut Option<Waker>, cx: &Context<'_>) {
    match waker {
        Some(waker) => waker.clone_from(cx.waker()),
        none => *none = Some(cx.waker().clone()),
    }
}

#[cfg(test)]
mod tests;
