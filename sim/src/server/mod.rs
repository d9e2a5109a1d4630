//! The model of a cluster of servers, written for this: what a client may rely on, and nothing of how a server does it.
//!
//! `session` is what a server keeps of a connection, `route` is where a message goes, `services` answer requests from
//! within. A further part that listens to subjects (streams, consumers) stands beside `services` and is asked by `route`.

pub(crate) mod node;
pub(crate) mod route;
pub(crate) mod services;
pub(crate) mod session;
pub(crate) mod subject;
