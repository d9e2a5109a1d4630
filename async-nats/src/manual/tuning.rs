//! Which options matter, and what costs.
//!
//! The defaults suit most programs. Measure before you change them: `cargo xtask bench` in the repository of this crate
//! compares it with the published one and with a raw socket, on your machine.
//!
//! # One client for many tasks
//!
//! A [`Client`](crate::Client) is a handle; clones share one connection and cost next to nothing. One connection
//! carries millions of small messages a second, so a pool of clients seldom helps. Use a second client for work that
//! must not wait behind other work: large payloads beside small urgent ones.
//!
//! # Publishing
//!
//! * Do not [`flush`](crate::Client::flush) after each message. Messages go out by themselves, as many with one system
//!   call as there are.
//! * Payloads from 8 KiB on are written from where they lie, smaller ones are copied. `Bytes` that are shared between
//!   messages are not copied by `clone`.
//! * A `&'static str` or a [`Subject`](crate::Subject) as a subject is not copied; a `String` is. Keep a `Subject` for
//!   one that you use again and again.
//! * [`skip_subject_validation`](crate::ConnectOptions::skip_subject_validation) saves a few nanoseconds a message, for
//!   programs that know their subjects to be valid.
//! * A task that publishes in a tight loop yields to the runtime about every 64 KiB. It needs no `yield_now` of its
//!   own.
//! * Headers are a block of text that is written for each message. A header costs more than a token of the subject.
//!
//! # Receiving
//!
//! * What one read from the socket brought is handed to a subscription at once, with one wake. Reading in a loop
//!   (`while let Some(message) = messages.next().await`) takes the rest without one.
//! * The cost of a message does not depend on how many subscriptions there are.
//! * A small payload is copied out of the buffer that it was read into, so that keeping it keeps nothing else. Cloning
//!   a [`Message`](crate::Message) copies no payload.
//! * Headers are read when the message is taken out. The map that [`HeaderMap::iter`](crate::HeaderMap::iter) promises
//!   is built when it is first asked for; [`get`](crate::HeaderMap::get) needs none.
//!
//! # Requests
//!
//! Many requests may be in flight at once; each costs a place in a table, no subscription and no timer. A request with
//! an [inbox of its own](crate::Request::inbox) costs a subscription.
//!
//! # Memory
//!
//! | what | bounded by | default |
//! | --- | --- | --- |
//! | waiting to be written, connected | fixed | 1 MiB |
//! | waiting to be written, not connected | [`reconnect_buffer`](crate::ConnectOptions::reconnect_buffer) | 8 MiB |
//! | waiting to be read, each subscription | [`subscription_byte_capacity`](crate::ConnectOptions::subscription_byte_capacity) | 256 MiB |
//! | one read from the socket | [`read_buffer_capacity`](crate::ConnectOptions::read_buffer_capacity) | 65 535 bytes |
//!
//! Buffers begin small, grow with the traffic, and are given back when nothing comes. An idle connection holds a few
//! kilobytes.
//!
//! # Time
//!
//! | option | default | smaller means |
//! | --- | --- | --- |
//! | [`connection_timeout`](crate::ConnectOptions::connection_timeout) | 5 s | a dead server is passed over sooner |
//! | [`ping_interval`](crate::ConnectOptions::ping_interval) | 60 s | a dead link is noticed sooner, for a PING each interval of silence |
//! | [`max_pings_outstanding`](crate::ConnectOptions::max_pings_outstanding) | 2 | the same, at the risk of giving up a slow one |
//! | [`request_timeout`](crate::ConnectOptions::request_timeout) | 10 s | requests without an answer fail sooner |
//! | [`reconnect_jitter`](crate::ConnectOptions::reconnect_jitter) | 100 ms, 1 s with TLS | clients come back closer together |
//!
//! # The runtime
//!
//! On plain TCP reading and writing are two tasks, which a multi-threaded runtime runs side by side. With TLS,
//! websockets or a [`Dialer`](crate::Dialer) they are one task. The client spawns nothing a message.
//!
//! # Connecting
//!
//! The certificates that the system trusts are loaded once for a process, when TLS is first used without
//! [`add_root_certificates`](crate::ConnectOptions::add_root_certificates) or
//! [`tls_client_config`](crate::ConnectOptions::tls_client_config). With those they are not loaded at all.
