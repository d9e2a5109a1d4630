//! Which PONG answers which PING, and what is known of publishes that a broken connection took with it.
//!
//! A server answers PINGs in order, so one queue is enough. A fence is a PING behind all that was appended before it: its
//! PONG says that the server has handled all of that, and that everything the server sent before the PONG is here. After a
//! reconnect the fences that somebody still waits for are asked for again, behind the data that was kept.
//!
//! The next server cannot confirm what the last one may never have got: publishes that were written and that no PONG
//! confirmed before the connection broke. Such a loss is told to all confirmations that wait, and it is counted: whoever
//! asks later says of how many it knows.

use std::collections::VecDeque;
use std::task::Waker;

use super::completion::Promise;

/// What a PONG means.
#[derive(Debug)]
pub(crate) enum Fence {
    /// The link lives.
    KeepAlive,
    /// Somebody waits for an answer, whichever server it comes from.
    Caller(Promise),
    /// Somebody waits to know that everything that was published has arrived.
    Confirm(Promise),
    /// A subscription's last messages are here.
    Subscription(u64),
    /// The limit of a subscription was raised from this many messages, perhaps after the server had ended it.
    Raised { sid: u64, from: u64 },
    /// The client's drain: the server has everything, and all that it had for us is here.
    Client,
}

impl Fence {
    /// Whether it is of use on the next connection.
    fn outlives_connection(&self) -> bool {
        match self {
            // The next connection hears of the limit as it is.
            Fence::KeepAlive | Fence::Raised { .. } => false,
            Fence::Caller(promise) | Fence::Confirm(promise) => promise.is_awaited(),
            Fence::Subscription(_) | Fence::Client => true,
        }
    }
}

/// The PINGs that were appended and are not answered, and those that wait for a connection.
#[derive(Debug, Default)]
pub(crate) struct Fences {
    /// With the number of publishes ahead of each, counted from the first of the client.
    asked: VecDeque<(Fence, u64)>,
    waiting: VecDeque<Fence>,
    /// Publishes that are confirmed, or told to be lost.
    settled: u64,
    /// How many connections broke that may have taken publishes with them.
    losses: u64,
}

impl Fences {
    /// A PING was appended for `fence`, behind this many publishes.
    pub(crate) fn asked(&mut self, fence: Fence, published: u64) {
        self.asked.push_back((fence, published));
    }

    /// There is no connection: `fence` waits for the next.
    pub(crate) fn wait(&mut self, fence: Fence) {
        if self.waiting.len() == self.waiting.capacity() {
            self.waiting.retain(Fence::outlives_connection);
        }
        self.waiting.push_back(fence);
    }

    /// A PONG came. `None` when nothing was asked: the server sent one too many, which does no harm.
    pub(crate) fn pong(&mut self) -> Option<Fence> {
        let (fence, published) = self.asked.pop_front()?;
        self.settled = self.settled.max(published);
        Some(fence)
    }

    /// How many publishes are confirmed, or told to be lost.
    pub(crate) fn settled(&self) -> u64 {
        self.settled
    }

    /// How many connections broke that may have taken publishes with them.
    pub(crate) fn losses(&self) -> u64 {
        self.losses
    }

    /// The connection is gone, after `sent` publishes were written whole: what matters beyond it waits for the next.
    /// Draining subscriptions need no fence any more, because the server that would have sent to them is gone; their sids
    /// are returned. Those who wait, and are told of a loss, are put into `wake`.
    pub(crate) fn disconnected(&mut self, sent: u64, wake: &mut Vec<Waker>) -> Vec<u64> {
        let mut drained = Vec::new();
        let lost = sent > self.settled;
        if lost {
            self.settled = sent;
            self.losses += 1;
        }
        let asked = std::mem::take(&mut self.asked).into_iter().map(|(fence, _)| fence);
        for fence in asked.chain(std::mem::take(&mut self.waiting)) {
            match fence {
                Fence::Subscription(sid) => drained.push(sid),
                fence if !fence.outlives_connection() => {}
                Fence::Confirm(promise) if lost => wake.extend(promise.lose()),
                fence => self.waiting.push_back(fence),
            }
        }
        drained
    }

    /// A connection is there, with this many publishes ahead: returns how many PINGs to append, in the order of the
    /// fences.
    pub(crate) fn connected(&mut self, published: u64) -> usize {
        let before = self.asked.len();
        let waiting = std::mem::take(&mut self.waiting)
            .into_iter()
            .filter(Fence::outlives_connection);
        self.asked.extend(waiting.map(|fence| (fence, published)));
        self.asked.len() - before
    }

    /// The client is closed: nobody is answered any more.
    pub(crate) fn close(&mut self) -> Vec<Promise> {
        let asked = std::mem::take(&mut self.asked).into_iter().map(|(fence, _)| fence);
        let all = asked.chain(std::mem::take(&mut self.waiting));
        all.filter_map(|fence| match fence {
            Fence::Caller(promise) | Fence::Confirm(promise) => Some(promise),
            _ => None,
        })
        .collect()
    }
}

#[cfg(test)]
impl Fences {
    pub(super) fn waiting(&self) -> usize {
        self.waiting.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::completion::{promise, Outcome};
    use std::task::{Context, Poll, Waker};

    #[test]
    fn fences_survive_a_reconnect_and_keep_alives_do_not() {
        let cx = &mut Context::from_waker(Waker::noop());
        let mut fences = Fences::default();
        let (kept, completion) = promise();
        let (left, nobody) = promise();
        drop(nobody);
        fences.asked(Fence::KeepAlive, 0);
        fences.asked(Fence::Caller(kept), 0);
        fences.asked(Fence::Caller(left), 0);
        fences.asked(Fence::Subscription(7), 0);
        assert_eq!(fences.disconnected(0, &mut Vec::new()), vec![7]);
        assert!(
            fences.pong().is_none(),
            "a PONG of the new connection answers nothing of the old one"
        );
        assert_eq!(fences.connected(0), 1);
        let Some(Fence::Caller(promise)) = fences.pong() else {
            panic!("the caller's fence was lost")
        };
        assert!(promise.keep().is_none());
        assert_eq!(completion.poll(cx), Poll::Ready(Outcome::Done));
        assert!(fences.pong().is_none());
    }

    /// Two publishes are confirmed; then there are three, and `sent` of them are written when the connection breaks.
    fn break_after(sent: u64, fences: &mut Fences) {
        fences.asked(Fence::KeepAlive, 2);
        assert!(matches!(fences.pong(), Some(Fence::KeepAlive)));
        fences.disconnected(sent, &mut Vec::new());
    }

    #[test]
    fn a_confirmation_survives_only_when_nothing_was_lost() {
        let cx = &mut Context::from_waker(Waker::noop());
        for (sent, outcome) in [(2, Poll::Pending), (3, Poll::Ready(Outcome::Lost))] {
            let mut fences = Fences::default();
            let (confirm, completion) = promise();
            let (caller, answer) = promise();
            fences.wait(Fence::Caller(caller));
            fences.wait(Fence::Confirm(confirm));
            break_after(sent, &mut fences);
            assert_eq!(completion.poll(cx), outcome, "{sent} sent");
            assert!(answer.poll(cx).is_pending(), "this one does not ask what was lost");
            assert_eq!(fences.losses(), sent - 2);
        }
    }

    #[test]
    fn losses_are_counted_once() {
        let mut fences = Fences::default();
        break_after(2, &mut fences);
        assert_eq!(fences.losses(), 0);
        break_after(3, &mut fences);
        assert_eq!(fences.losses(), 1);
        fences.disconnected(3, &mut Vec::new());
        assert_eq!(fences.losses(), 1, "these are counted already");
        fences.disconnected(4, &mut Vec::new());
        assert_eq!(fences.losses(), 2);
    }

    #[test]
    fn a_drain_goes_on_with_the_next_connection() {
        let mut fences = Fences::default();
        fences.wait(Fence::Client);
        break_after(3, &mut fences);
        assert_eq!(fences.connected(3), 1);
        assert!(matches!(fences.pong(), Some(Fence::Client)));
    }
}
