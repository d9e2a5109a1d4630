//! Sockets, timers and tasks: what carries the machines of [`crate::proto`].
//!
//! Nothing here decides anything about the protocol. [`driver`] makes one connection after the other, [`link`] runs one,
//! [`inbound`] and [`writer`] are its two sides; [`core`] is what they share with the handles of the client. Every way to
//! a server ends in a [`Transport`](transport::Transport): a stream of bytes in both directions.

mod chunks;
pub(crate) mod connect;
pub(crate) mod connector;
mod control;
pub(crate) mod core;
pub(crate) mod dial;
pub(crate) mod driver;
pub(crate) mod events;
mod half;
mod inbound;
mod link;
mod tcp;
mod timers;
pub(crate) mod tls;
pub(crate) mod transport;
mod websocket;
mod writer;

pub use transport::{ByteStream, DialFuture, Dialer};
