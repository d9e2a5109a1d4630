//! The writer's side of the way out.

use std::task::{Context, Poll, Waker};

use super::{Batch, Next, Outbound, PONG};

impl Outbound {
    /// Whether there is something that a writer would be given.
    pub(crate) fn is_pending(&self) -> bool {
        !self.pending.is_empty() || self.handed.is_some()
    }

    /// Whether the server is known to have handled everything that was published: a connection that ends now loses
    /// nothing.
    pub(crate) fn is_settled(&self) -> bool {
        !self.is_pending() && !self.writing && self.fences.settled() >= self.published()
    }

    /// The writer asks what to do; it is woken when there is something.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Next> {
        if self.stopping {
            return Poll::Ready(Next::Stop);
        }
        if self.direct {
            self.await_work(cx);
            return Poll::Pending;
        }
        if let Some(batch) = self.handed.take() {
            // The pending half stays as it is.
            return Poll::Ready(Next::Write(batch));
        }
        if self.pongs > 0 {
            let mut lines = Vec::with_capacity(PONG.len() * self.pongs as usize);
            for _ in 0..std::mem::take(&mut self.pongs) {
                lines.extend_from_slice(PONG);
            }
            self.count_control(lines.len());
            let mut front = Batch::default();
            front.copy([&lines], &mut self.spare);
            self.pending.prepend(front);
        }
        if self.pending.is_empty() {
            self.await_work(cx);
            return Poll::Pending;
        }
        let mut batch = std::mem::take(&mut self.pending);
        batch.close();
        self.messages_in_flight = batch.messages;
        self.writing = true;
        self.taken += u64::from(batch.messages);
        self.measure_room();
        Poll::Ready(Next::Write(batch))
    }

    fn await_work(&mut self, cx: &mut Context<'_>) {
        match &mut self.writer {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
    }

    /// Ready when the writer, which has a batch in hand and waits for its socket, must stop.
    pub(crate) fn poll_stop(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.stopping {
            return Poll::Ready(());
        }
        match &mut self.stop {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    /// What was published since the last call: messages and bytes.
    pub(crate) fn take_unreported(&mut self) -> (u64, u64) {
        let all = (self.published(), self.appended - self.controls);
        let reported = std::mem::replace(&mut self.reported, all);
        (all.0 - reported.0, all.1 - reported.1)
    }

    /// The writer wrote `count` bytes of its batch; those that wait for room are put into `wake`.
    pub(crate) fn wrote(&mut self, count: usize, wake: &mut Vec<Waker>) {
        self.written += count as u64;
        if self.capacity.has_waiters() {
            self.capacity.grant_by_halves(self.load(), wake);
        }
        self.measure_room();
    }

    /// The writer's batch is written and the socket was flushed; those whose flush ends with it are put into `wake`. What is
    /// left of the batch are payloads: to be dropped when the lock is released, because that frees memory, or runs code of
    /// a user's.
    pub(crate) fn batch_written(&mut self, batch: &mut Batch, wake: &mut Vec<Waker>) {
        batch.recycle(&mut self.spare);
        self.all_written(wake);
    }

    /// Nobody has anything in hand that is not written.
    pub(super) fn all_written(&mut self, wake: &mut Vec<Waker>) {
        self.messages_in_flight = 0;
        self.writing = false;
        let written = self.written;
        let mut at = 0;
        while at < self.flushes.len() {
            if self.flushes[at].0 <= written {
                wake.extend(self.flushes.swap_remove(at).1.keep());
            } else {
                at += 1;
            }
        }
        if self.capacity.has_waiters() {
            self.capacity.grant_by_halves(self.load(), wake);
        }
        self.measure_room();
    }

    /// Gives memory back that a burst left behind.
    pub(crate) fn trim(&mut self) {
        self.spare = Vec::new();
    }
}
