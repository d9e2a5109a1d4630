//! The handbook: what the reference of a single function cannot say.
//!
//! | chapter | answers |
//! | --- | --- |
//! | [`guarantees`] | What can I rely on, and what not? |
//! | [`reconnecting`] | What happens when a connection breaks? |
//! | [`back_pressure`] | What happens when I publish faster than the network takes it? |
//! | [`slow_consumers`] | What happens when messages come faster than I read them? |
//! | [`tuning`] | Which options matter, and what costs? |
//! | [`testing`] | How do I test a program that uses this client? |
//! | [`migration`] | What is different from the published crate? |
//!
//! The modules of the handbook hold text and nothing else.

pub mod back_pressure;
pub mod guarantees;
pub mod migration;
pub mod reconnecting;
pub mod slow_consumers;
pub mod testing;
pub mod tuning;
