//! The one timer of a client: the signs of life of its connection and the deadlines of its requests.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use tokio::time::Sleep;

use super::core::Core;
use crate::proto::fences::Fence;
use crate::proto::keepalive::{Check, KeepAlive};

/// What became due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// The server has been silent for too long.
    Dead,
    /// The client is to end by now.
    End,
}

/// Looks at the clock for everything that waits for it.
#[derive(Debug)]
pub(super) struct Timers {
    core: Arc<Core>,
    sleep: Option<Pin<Box<Sleep>>>,
    /// The signs of life, while there is a connection.
    pub(super) keep_alive: Option<KeepAlive>,
    /// When the client is to end.
    pub(super) end_by: Option<Instant>,
}

/// The time, on the clock that timers run on.
#[inline]
pub(super) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

impl Timers {
    pub(super) fn new(core: &Arc<Core>) -> Self {
        Timers {
            core: Arc::clone(core),
            sleep: None,
            keep_alive: None,
            end_by: None,
        }
    }

    /// Does what is due and waits for what is next.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Due> {
        loop {
            if let Some(sleep) = &mut self.sleep {
                if sleep.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
            }
            let now = now();
            let requests = self.expire(now);
            if self.end_by.is_some_and(|end| end <= now) {
                return Poll::Ready(Due::End);
            }
            if self.check_life(now) == Check::Dead {
                return Poll::Ready(Due::Dead);
            }
            let life = self.keep_alive.as_ref().map(KeepAlive::next);
            let Some(next) = [requests, life, self.end_by].into_iter().flatten().min() else {
                self.sleep = None;
                return Poll::Pending;
            };
            self.sleep_until(next);
        }
    }

    /// Something that waits for the clock has come or gone: the next poll looks at everything.
    pub(super) fn changed(&mut self) {
        self.sleep_until(now());
    }

    fn sleep_until(&mut self, at: Instant) {
        let at = tokio::time::Instant::from_std(at);
        match &mut self.sleep {
            Some(sleep) => sleep.as_mut().reset(at),
            none => *none = Some(Box::pin(tokio::time::sleep_until(at))),
        }
    }

    fn expire(&self, now: Instant) -> Option<Instant> {
        let mut wake = Vec::new();
        let next = self.core.requests.lock().expire(now, &mut wake);
        wake.into_iter().for_each(Waker::wake);
        next
    }

    fn check_life(&mut self, now: Instant) -> Check {
        let Some(keep_alive) = &mut self.keep_alive else {
            return Check::Alive;
        };
        let check = keep_alive.check(now);
        if check == Check::Ping {
            let mut outbound = self.core.outbound.lock();
            let writer = outbound.fence(Fence::KeepAlive);
            outbound.trim();
            drop(outbound);
            writer.into_iter().for_each(Waker::wake);
        }
        check
    }
}
