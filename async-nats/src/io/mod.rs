//! Sockets and what is layered on them: dialling, TLS, websockets.
//!
//! Every way to a server ends in a [`Transport`](transport::Transport): a stream of bytes in both
//! directions. Nothing here knows the protocol that is spoken on it, and nothing here has a
//! time-out of its own: whoever dials bounds the whole of it.

pub(crate) mod dial;
mod tcp;
pub(crate) mod tls;
pub(crate) mod transport;
mod websocket;

pub use transport::{ByteStream, DialFuture, Dialer};
