//! Sockets, timers and tasks: what carries the machines of [`crate::proto`].
//!
//! Nothing here decides anything about the protocol. [`driver`] makes one connection after the other, [`link`] runs one,
//! [`inbound`] and [`writer`] are its two sides; [`core`] is what they share with the handles of the client. Every way to
//! a server ends in a [`Transport`](transport::Transport): a stream of bytes in both directions.

mod chunks;
#[cfg(all(test, shuttle))]
mod concurrency;
pub(crate) mod connect;
pub(crate) mod connector;
mod control;
pub(crate) mod core;
pub(crate) mod dial;
pub(crate) mod driver;
pub(crate) mod events;
mod half;
pub(crate) mod inbound;
mod link;
mod rest;
mod tcp;
mod timers;
pub(crate) mod tls;
mod tls_stream;
pub(crate) mod transport;
mod websocket;
mod writer;

pub use transport::{ByteStream, DialFuture, Dialer};
