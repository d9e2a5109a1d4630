//! What must hold, looked at with every byte and every result of a call. The names are those of the invariants.
//!
//! | file | invariants |
//! | --- | --- |
//! | `publishes` | I2: what a flush, a confirmation and a drain say is so; I3: nothing twice, nothing in part; I4: order out; I14: what goes out is what was asked for; I18: what was dropped is not sent; I21: limits while disconnected |
//! | `subscriptions` | I4: order in, nothing twice, nothing of another's; I11: drains; I12: slow consumers; I18: no message lost by a future that was dropped |
//! | `told` | I6: subscriptions, groups, limits and the inbox after reconnects |
//! | `requests` | I5: deadlines and places; I4: the answer is that of the request |
//! | `links` | I7: dead links; I12: the reader is never blocked; I16: where a client goes; I17: waits between attempts |
//! | `streams` | I1: publishes to a stream; I8: ordered readers; I17: requests a second; I19: readers whose consumer or leader is gone |
//! | `events` | I20: order and completeness of events |
//!
//! `client` holds the state of all of them for one client.

pub(crate) mod client;
pub(crate) mod events;
pub(crate) mod links;
pub(crate) mod publishes;
pub(crate) mod requests;
pub(crate) mod streams;
pub(crate) mod subscriptions;
pub(crate) mod told;

/// An invariant that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Its name, such as `I4`, or `liveness`.
    pub invariant: &'static str,
    /// What was seen.
    pub text: String,
    /// When, in milliseconds of the run.
    pub at: u64,
}
