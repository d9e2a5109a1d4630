//! The machines behind consumers: pure state. Time comes in as an argument, messages as what they say; nothing here knows
//! a runtime, a clock or a socket.
//!
//! | machine | file | what it decides |
//! | --- | --- | --- |
//! | notices | `notice.rs` | what a message with a status says |
//! | places | `place.rs` | where in stream and consumer a message stands |
//! | signs of life | `liveness.rs` | when a consumer that is silent is missed |
//! | troubles | `trouble.rs` | what can be wrong with a consumer, and whether that is its end |
//! | waits | `wait.rs` | how long to wait before what failed is tried again |
//! | one batch | `batch.rs` | when the answer to one request is complete |
//! | pulling | `pull.rs` | when to ask for more, and for how much |
//! | order | `ordered.rs` | whether a message is the next one, and what to do when it is not |

pub(crate) mod batch;
pub(crate) mod liveness;
pub(crate) mod notice;
pub(crate) mod ordered;
pub(crate) mod place;
pub(crate) mod pull;
pub(crate) mod trouble;
pub(crate) mod wait;
