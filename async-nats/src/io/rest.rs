//! The rests of a reader that is ahead of a subscriber.
//!
//! Reading never waits for a consumer. But a reader that is faster than one only fills its queue, until messages are
//! dropped, and what is handed out then has long left the processor's cache. So it gives way: until the subscriber has
//! taken what is queued, for [`REST`] at the most, and a few times at the most when that does not help; the slot of the
//! subscription counts ([`Slot::poll_rest`]). All else on the connection goes on meanwhile.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

use crate::proto::subscriptions::slot::Slot;

/// The longest rest: as short as the runtime's clock allows.
const REST: Duration = Duration::from_millis(1);

/// The reader's rest, if it has one.
#[derive(Debug, Default)]
pub(super) struct Rest {
    slot: Option<Arc<Slot>>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Rest {
    /// Gives way to the subscriber of `slot`, from the next poll on.
    pub(super) fn begin(&mut self, slot: Arc<Slot>) {
        let until = Instant::now() + REST;
        match &mut self.sleep {
            Some(sleep) => sleep.as_mut().reset(until),
            none => *none = Some(Box::pin(tokio::time::sleep_until(until))),
        }
        self.slot = Some(slot);
    }

    /// Ready when the reader may go on.
    #[inline]
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self.slot {
            Some(_) => self.poll_slot(cx),
            None => Poll::Ready(()),
        }
    }

    fn poll_slot(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let (Some(slot), Some(sleep)) = (&self.slot, &mut self.sleep) else {
            return Poll::Ready(());
        };
        if slot.poll_rest(cx).is_pending() {
            if sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            slot.rested_in_vain();
        }
        self.slot = None;
        Poll::Ready(())
    }
}
