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

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::Waker;

    use super::*;
    use crate::message::Message;
    use crate::proto::decode::MessageFrame;
    use crate::proto::subscriptions::assemble::Buffer;
    use crate::proto::subscriptions::dispatch::Dispatch;
    use crate::proto::subscriptions::intake::Intake;
    use crate::proto::subscriptions::slot::Limits;
    use crate::proto::subscriptions::Subscriptions;

    /// A flood to one subscription.
    struct Flood {
        table: Subscriptions,
        work: Dispatch,
        sid: u64,
        slot: Arc<Slot>,
        intake: Intake,
        rest: Rest,
    }

    impl Flood {
        fn new() -> Self {
            let limits = Limits {
                messages: usize::MAX,
                bytes: usize::MAX,
            };
            let mut table = Subscriptions::default();
            let added = table.add("a".into(), None, limits, &mut Vec::new());
            let (sid, slot) = added.expect("there is room");
            Flood {
                table,
                work: Dispatch::default(),
                sid,
                slot,
                intake: Intake::default(),
                rest: Rest::default(),
            }
        }

        /// Reads ten thousand messages, and returns for how long the reader rested then.
        async fn read(&mut self) -> Duration {
            let frame = MessageFrame {
                sid: self.sid,
                subject_at: 0,
                subject_len: 1,
                reply_len: 0,
                reply_at: 0,
                body_at: 1,
                header_len: 0,
                payload_len: 1,
            };
            let chunk = Buffer::from(b"ax".to_vec());
            self.table.dispatch(&mut vec![frame; 10_000], &chunk, &mut self.work);
            let start = Instant::now();
            if let Some(slot) = self.work.ahead.take() {
                self.rest.begin(slot);
            }
            poll_fn(|cx| self.rest.poll(cx)).await;
            start.elapsed()
        }

        /// Takes out all that is there.
        async fn take(&mut self) -> usize {
            let mut count = 0;
            while self.next().await.is_some() {
                count += 1;
            }
            count
        }

        async fn next(&mut self) -> Option<Message> {
            poll_fn(|cx| match self.intake.poll_pop(&self.slot, cx, |_, _| {}) {
                Poll::Ready(message) => Poll::Ready(message),
                Poll::Pending => Poll::Ready(None),
            })
            .await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_subscriber_that_takes_nothing_costs_a_few_short_rests_and_then_none() {
        let mut flood = Flood::new();
        let mut rested = Duration::ZERO;
        for _ in 0..100 {
            let rest = flood.read().await;
            assert!(rest <= 2 * REST, "{rest:?}");
            rested += rest;
        }
        assert!(
            rested >= REST && rested <= Duration::from_millis(40),
            "{rested:?} in all"
        );
        assert_eq!(flood.take().await, 1_000_000);
        assert!(flood.read().await >= REST, "it had caught up: it is given way to again");
    }

    #[tokio::test(start_paused = true)]
    async fn a_rest_ends_when_the_subscriber_takes_what_is_queued_or_is_gone() {
        for is_gone in [false, true] {
            let mut flood = Flood::new();
            let (wakes, waker) = crate::proto::testing::Wakes::new();
            flood.read().await;
            flood.rest.begin(Arc::clone(&flood.slot));
            let mut cx = Context::from_waker(&waker);
            assert!(flood.rest.poll(&mut cx).is_pending());
            match is_gone {
                true => flood.slot.abandon(),
                false => {
                    let cx = &mut Context::from_waker(Waker::noop());
                    let polled = flood.intake.poll_pop(&flood.slot, cx, |_, _| {});
                    assert!(polled.is_pending(), "the reader goes first");
                    assert_eq!(flood.take().await, 10_000);
                }
            }
            assert_eq!(wakes.take(), 1);
            assert!(flood.rest.poll(&mut cx).is_ready());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_subscriber_that_keeps_up_is_given_way_to_for_ever() {
        let mut flood = Flood::new();
        for _ in 0..100 {
            assert!(flood.read().await >= REST);
            assert_eq!(flood.take().await, 10_000);
        }
    }
}
