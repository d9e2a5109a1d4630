//! The handbook: what the reference of a single function cannot say.
//!
//! | chapter | answers |
//! | --- | --- |
//! | [`guarantees`] | What can I rely on, and what not? |
//! | [`reconnecting`] | What happens when a connection breaks? |
//! | [`back_pressure`] | What happens when I publish faster than the network takes it? |
//! | [`slow_consumers`] | What happens when messages come faster than I read them? |
//! | [`tuning`] | Which options matter, and what costs? |
//! | [`what_is_lost`] | What is lost when, and what is told? |
//! | [`consumers`] | Which consumer do I need? |
//! | [`key_value`] | How do buckets behave, and how do I watch one? |
//! | [`objects`] | What can I rely on with large objects? |
//! | [`services`] | How do I offer and find services? |
//! | [`testing`] | How do I test a program that uses this client? |
//! | [`migration`] | What is different from the published crate? |
//!
//! The modules of the handbook hold text and nothing else.

pub mod back_pressure;
#[cfg(all(feature = "jetstream", feature = "kv"))]
pub mod consumers;
pub mod guarantees;
#[cfg(feature = "kv")]
pub mod key_value;
pub mod migration;
#[cfg(feature = "object-store")]
pub mod objects;
pub mod reconnecting;
#[cfg(feature = "service")]
pub mod services;
pub mod slow_consumers;
pub mod testing;
pub mod tuning;
#[cfg(all(feature = "kv", feature = "object-store"))]
pub mod what_is_lost;
