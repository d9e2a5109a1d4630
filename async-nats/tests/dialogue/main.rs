//! Dialogues of the whole client with a scripted peer, in memory and on virtual time.
//!
//! One binary with a module a topic. What every dialogue needs stands in [`support`]: the network that hands the streams
//! out, the record of events, and waits that end.

mod authentication;
mod backoff;
mod cluster;
mod disconnected;
mod drain;
mod encryption;
mod ending;
mod events;
mod flush;
mod garbage;
mod handshake;
#[cfg(feature = "jetstream")]
mod jetstream_acks;
#[cfg(feature = "jetstream")]
mod jetstream_api;
#[cfg(feature = "jetstream")]
mod jetstream_batch;
#[cfg(feature = "jetstream")]
mod jetstream_in_flight;
#[cfg(feature = "jetstream")]
mod jetstream_ordered;
#[cfg(feature = "jetstream")]
mod jetstream_ordered_pull;
#[cfg(feature = "jetstream")]
mod jetstream_publish;
#[cfg(feature = "jetstream")]
mod jetstream_pull;
#[cfg(feature = "jetstream")]
mod jetstream_pull_troubles;
#[cfg(feature = "jetstream")]
mod jetstream_push;
#[cfg(feature = "jetstream")]
mod jetstream_streams;
mod liveness;
mod publish;
mod reconnect;
mod request;
mod resend;
mod secrets;
mod slow;
mod subscribe;
mod support;
mod threads;
mod waiting;
#[cfg(feature = "websockets")]
mod websocket;
