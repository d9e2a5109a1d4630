//! What a client's tasks and its handles share, under a scheduler that decides at each lock and each atomic which thread
//! goes on: thousands of orders for each test, from seeds. A thread that is never woken is a deadlock, which it reports.
//!
//! The code under test is the client's own: handles, [`Writer`], [`Inbound`], [`Core`]. Only the socket, and the task that
//! makes connections, are stood in for by [`network`].
//!
//! Run by `cargo xtask test concurrency`. The scheduler knows no weak memory: it shows orders of steps, not of stores.

mod confirming;
mod network;
mod publishing;
mod receiving;
mod requests;
mod wishes;

use std::sync::Arc;
use std::time::Duration;

use super::core::{Core, Settings};
use super::events::Events;
use crate::proto::outbound;
use crate::proto::rng::Rng;
use crate::proto::server_pool::ServerPool;
use crate::proto::subscriptions::slot;

/// Orders that are tried for each test and each of the two ways to choose them, unless the variable [`VARIABLE`] says.
const SCHEDULES: usize = 500;

const VARIABLE: &str = "SHUTTLE_SCHEDULES";

/// Changes of thread against the order of priorities: defects that need more are rare.
const DEPTH: usize = 3;

/// Tries many orders of the threads that `test` starts.
fn check(test: fn()) {
    let schedules = std::env::var(VARIABLE).ok().and_then(|text| text.parse().ok());
    let schedules = schedules.unwrap_or(SCHEDULES);
    shuttle::check_random(test, schedules);
    shuttle::check_pct(test, schedules, DEPTH);
}

/// A number below `bound`, chosen by the scheduler, so that a failing run can be repeated.
fn below(bound: usize) -> usize {
    use shuttle::rand::Rng as _;
    shuttle::rand::thread_rng().gen_range(0..bound)
}

/// A client with little room, so that it is full at times.
fn core(messages: usize, bytes_disconnected: usize, for_readers: usize) -> Arc<Core> {
    let settings = Settings {
        subscription_limits: slot::Limits {
            messages: for_readers,
            bytes: usize::MAX,
        },
        inbox_prefix: "_INBOX".to_owned(),
        request_timeout: None::<Duration>,
        skip_subject_validation: false,
    };
    let limits = outbound::Limits {
        messages,
        bytes_disconnected,
        fail_when_full: false,
    };
    let pool = ServerPool::new(std::iter::empty(), false, false);
    Arc::new(Core::new(settings, limits, pool, Rng::from_seed(1), Events::new(None)))
}
