//! The protocol as pure state: bytes and time in, bytes and events out.
//!
//! Nothing here knows a runtime, a clock or a socket. Time comes in as an argument, bytes as slices, and a waiting
//! caller as a [`std::task::Waker`], so every machine can be tested byte by byte on virtual time. One machine a file.

#[cfg(feature = "jetstream")]
pub(crate) mod acks_in_flight;
pub(crate) mod backoff;
pub(crate) mod completion;
pub(crate) mod decode;
pub(crate) mod encode;
pub(crate) mod fences;
pub(crate) mod handshake;
pub(crate) mod inbox;
pub(crate) mod keepalive;
pub(crate) mod limits;
pub(crate) mod outbound;
pub(crate) mod requests;
pub(crate) mod rng;
pub(crate) mod server_pool;
pub(crate) mod subscriptions;
#[cfg(test)]
pub(crate) mod testing;
