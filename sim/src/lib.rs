//! The whole client on virtual time, against a model of a server, by seed.
//!
//! A run ([`run()`]) is a few clients with their users, a cluster of servers written for this, and a network in memory, on
//! one thread and a paused clock. Its seed decides everything: what the options are, what users do and when they drop their
//! futures, latency, slices, cuts, refusals, silence, restarts. The same seed gives the same run, byte for byte.
//!
//! | part | what it is |
//! | --- | --- |
//! | `plan` | what a seed decides before the run begins |
//! | `net` | links: streams for the client's dialer, bytes on their way, the protocol read strictly |
//! | `server` | the model of a cluster: sessions, routing, services |
//! | `users` | what programs do with the client |
//! | `oracle` | what must hold, looked at with every byte and every result |
//! | `defects` | faults made on purpose, to see that the oracles see them |
//! | `world` | all that is not the client, behind one lock, and the queue of what happens when |
//!
//! What a model of TLS or of a socket in two halves would show is not here: streams of a dialer are driven by one task, and
//! their bytes are plain.

mod defects;
mod net;
mod oracle;
mod plan;
mod rng;
mod run;
mod server;
pub mod sweep;
mod trace;
mod users;
mod world;

pub use defects::{Defect, ALL as DEFECTS};
pub use oracle::Violation;
pub use run::{run, Report, Settings};
