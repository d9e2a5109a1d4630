//! Users of the stream: those who publish to it, who pull from it and ack, and who read it in order.

mod ordered;
mod publisher;
mod puller;

use std::time::Duration;

use async_nats::jetstream::{Context, ContextBuilder};

use super::User;

/// Acks of publishes that a context waits for at once. More than a user waits for, so nobody waits for himself.
const MAX_ACKS: usize = 32;

impl User {
    fn context(&self) -> (Context, u64) {
        let timeout = self.sim.lock().clients[self.number].plan.request_timeout.max(500);
        let limit = Duration::from_millis(timeout);
        let builder = ContextBuilder::new().timeout(limit).ack_timeout(limit);
        let builder = builder.max_ack_inflight(MAX_ACKS).backpressure_on_inflight(true);
        (builder.build(self.client.clone()), timeout)
    }

    /// A run that has failed goes no further.
    fn is_over(&self) -> bool {
        self.sim.lock().violation.is_some()
    }
}
