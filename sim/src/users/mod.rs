//! What the users of a client do: tasks that call its interface, tell the oracles what they ask and what they get, and
//! drop futures at any await.

pub(crate) mod calls;
pub(crate) mod connecting;
pub(crate) mod ending;
pub(crate) mod publisher;
pub(crate) mod reader;
pub(crate) mod requester;
pub(crate) mod restless;
pub(crate) mod streams;

use std::future::{poll_fn, Future};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use async_nats::Client;

use crate::rng::Rng;
use crate::world::Sim;

/// One task of a client's program.
pub(crate) struct User {
    pub(crate) sim: Arc<Sim>,
    /// Of which client.
    pub(crate) number: usize,
    pub(crate) client: Client,
    pub(crate) rng: Rng,
    /// Its number among all that publish.
    pub(crate) publisher: usize,
    /// Of which losses its handle was told, at the most.
    pub(crate) told: u64,
    /// Of which losses its handle was told for certain.
    pub(crate) surely_told: u64,
}

/// What became of a call.
pub(crate) enum Outcome<T> {
    /// It ended. Whether it had to wait for that.
    Ended(T, bool),
    /// Its future was dropped.
    Dropped,
}

impl User {
    /// Waits for a time that the seed decides.
    pub(crate) async fn pause(&mut self, longest: u64) {
        let pause = self.rng.below(longest + 1);
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }

    /// Runs a call to its end, or drops its future: when it first has to wait, or some time later.
    pub(crate) async fn call<T>(&mut self, future: impl Future<Output = T>) -> Outcome<T> {
        let patience = match self.rng.below(10) {
            0 => Some(0),
            1 => Some(self.rng.range(1, 500)),
            _ => None,
        };
        let mut future = pin!(future);
        let first = poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await;
        if let Poll::Ready(value) = first {
            return Outcome::Ended(value, false);
        }
        match patience {
            None => Outcome::Ended(future.await, true),
            Some(0) => Outcome::Dropped,
            Some(patience) => match tokio::time::timeout(Duration::from_millis(patience), future).await {
                Ok(value) => Outcome::Ended(value, true),
                Err(_) => Outcome::Dropped,
            },
        }
    }

    pub(crate) fn is_calm(&self) -> bool {
        let world = self.sim.lock();
        world.is_calm() || world.violation.is_some()
    }

    /// The client takes no more calls.
    pub(crate) fn is_ending(&self) -> bool {
        self.sim.lock().clients[self.number].is_ending
    }
}
