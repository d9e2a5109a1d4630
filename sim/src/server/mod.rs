//! The model of a cluster of servers, written for this: what a client may rely on, and nothing of how a server does it.
//!
//! `session` is what a server keeps of a connection, `route` is where a message goes, `services` answer requests from
//! within, and `streams` is a stream with its consumers, which `route` asks too.

pub(crate) mod node;
pub(crate) mod route;
pub(crate) mod services;
pub(crate) mod session;
pub(crate) mod streams;
pub(crate) mod subject;
