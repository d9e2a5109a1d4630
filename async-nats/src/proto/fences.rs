//! Which PONG answers which PING.
//!
//! A server answers PINGs in order, so one queue is enough. A fence is a PING behind all that was appended before it: its
//! PONG says that the server has handled all of that, and that everything the server sent before the PONG is here. After a
//! reconnect the fences that somebody still waits for are asked for again, behind the data that was kept.

use std::collections::VecDeque;

use super::completion::Promise;

/// What a PONG means.
#[derive(Debug)]
pub(crate) enum Fence {
    /// The link lives.
    KeepAlive,
    /// Somebody waits for it.
    Caller(Promise),
    /// A subscription's last messages are here.
    Subscription(u64),
    /// The client's drain: the server has everything, and all that it had for us is here.
    Client,
}

impl Fence {
    /// Whether it is of use on the next connection.
    fn outlives_connection(&self) -> bool {
        match self {
            Fence::KeepAlive => false,
            Fence::Caller(promise) => promise.is_awaited(),
            Fence::Subscription(_) | Fence::Client => true,
        }
    }
}

/// The PINGs that were appended and are not answered, and those that wait for a connection.
#[derive(Debug, Default)]
pub(crate) struct Fences {
    asked: VecDeque<Fence>,
    waiting: VecDeque<Fence>,
}

impl Fences {
    /// A PING was appended for `fence`.
    pub(crate) fn asked(&mut self, fence: Fence) {
        self.asked.push_back(fence);
    }

    /// There is no connection: `fence` waits for the next.
    pub(crate) fn wait(&mut self, fence: Fence) {
        self.waiting.push_back(fence);
    }

    /// A PONG came. `None` when nothing was asked: the server sent one too many, which does no harm.
    pub(crate) fn pong(&mut self) -> Option<Fence> {
        self.asked.pop_front()
    }

    /// The connection is gone: what matters beyond it waits for the next. Draining subscriptions need no fence any more,
    /// because the server that would have sent to them is gone; their sids are returned.
    pub(crate) fn disconnected(&mut self) -> Vec<u64> {
        let mut drained = Vec::new();
        let later = std::mem::take(&mut self.waiting);
        for fence in std::mem::take(&mut self.asked).into_iter().chain(later) {
            match fence {
                Fence::Subscription(sid) => drained.push(sid),
                fence if fence.outlives_connection() => self.waiting.push_back(fence),
                _ => {}
            }
        }
        drained
    }

    /// A connection is there: returns how many PINGs to append, in the order of the fences.
    pub(crate) fn connected(&mut self) -> usize {
        let before = self.asked.len();
        let waiting = std::mem::take(&mut self.waiting);
        self.asked.extend(waiting.into_iter().filter(Fence::outlives_connection));
        self.asked.len() - before
    }

    /// The client is closed: nobody is answered any more.
    pub(crate) fn close(&mut self) -> Vec<Promise> {
        let all = std::mem::take(&mut self.asked).into_iter().chain(std::mem::take(&mut self.waiting));
        all.filter_map(|fence| match fence {
            Fence::Caller(promise) => Some(promise),
            _ => None,
        })
        .collect()
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
        fences.asked(Fence::KeepAlive);
        fences.asked(Fence::Caller(kept));
        fences.asked(Fence::Caller(left));
        fences.asked(Fence::Subscription(7));
        assert_eq!(fences.disconnected(), vec![7]);
        assert!(fences.pong().is_none(), "a PONG of the new connection answers nothing of the old one");
        assert_eq!(fences.connected(), 1);
        let Some(Fence::Caller(promise)) = fences.pong() else { panic!("the caller's fence was lost") };
        assert!(promise.keep().is_none());
        assert_eq!(completion.poll(cx), Poll::Ready(Outcome::Done));
        assert!(fences.pong().is_none());
    }
}
