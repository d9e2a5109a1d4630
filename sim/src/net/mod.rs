//! The network in memory: links with latency, slicing, cuts at any byte, and silence.

pub(crate) mod dial;
pub(crate) mod flow;
pub(crate) mod link;
pub(crate) mod stream;
pub(crate) mod wire;
