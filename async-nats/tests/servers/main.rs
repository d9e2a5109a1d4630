//! The client with real servers, started by the `nats-server` harness: a module a topic.
//!
//! Nothing here sleeps for a fixed time: what is waited for is a condition, with a deadline that is long enough for a
//! busy machine. No test asserts how fast anything is.

mod auth;
mod cluster;
#[cfg(all(feature = "kv", feature = "object-store", feature = "server_2_10"))]
mod cluster_support;
mod dialer;
mod ending;
mod faults;
#[cfg(all(feature = "kv", feature = "object-store", feature = "service"))]
mod interop;
#[cfg(feature = "jetstream")]
mod jetstream_acks;
#[cfg(feature = "jetstream")]
mod jetstream_cluster;
#[cfg(feature = "jetstream")]
mod jetstream_config;
#[cfg(feature = "jetstream")]
mod jetstream_consumers;
#[cfg(all(
    feature = "jetstream",
    feature = "server_2_10",
    feature = "server_2_11",
    feature = "server_2_12",
    feature = "server_2_14"
))]
mod jetstream_features;
#[cfg(feature = "jetstream")]
mod jetstream_in_order;
#[cfg(all(feature = "jetstream", feature = "server_2_11"))]
mod jetstream_priority;
#[cfg(feature = "jetstream")]
mod jetstream_publish;
#[cfg(feature = "jetstream")]
mod jetstream_readers;
#[cfg(feature = "jetstream")]
mod jetstream_reading;
#[cfg(feature = "jetstream")]
mod jetstream_reading_on;
#[cfg(feature = "jetstream")]
mod jetstream_refusals;
#[cfg(feature = "jetstream")]
mod jetstream_sources;
#[cfg(feature = "jetstream")]
mod jetstream_streams;
#[cfg(feature = "jetstream")]
mod jetstream_support;
#[cfg(feature = "nkeys")]
mod keys;
#[cfg(all(feature = "kv", feature = "server_2_11"))]
mod kv;
#[cfg(all(feature = "kv", feature = "object-store", feature = "server_2_10"))]
mod kv_cluster;
#[cfg(all(feature = "kv", feature = "server_2_10"))]
mod kv_watching;
#[cfg(all(feature = "kv", feature = "object-store", feature = "server_2_10"))]
mod object_cluster;
#[cfg(all(feature = "object-store", feature = "server_2_10"))]
mod object_store;
mod options;
mod permissions;
mod pubsub;
mod requests;
mod restarts;
mod scale;
#[cfg(feature = "service")]
mod services;
mod state;
mod support;
#[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
mod tls;
#[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
mod tls_errors;
#[cfg(feature = "websockets")]
mod websocket;
