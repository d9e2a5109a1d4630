//! Connections that come and go, and the end.

use std::task::Waker;

use super::{walk, Batch, Leftover, Outbound, PING};
use crate::proto::completion::Promise;
use crate::proto::limits::PENDING_WHILE_CONNECTED;

impl Outbound {
    /// A connection is there and its handshake is done. `subscriptions` holds the lines that make the server know all
    /// subscriptions; they go ahead of what is pending, and the fences that wait are asked for behind it.
    pub(crate) fn link_up(&mut self, subscriptions: &[u8], wake: &mut Vec<Waker>) {
        let mut front = Batch::default();
        if !subscriptions.is_empty() {
            front.copy([subscriptions], &mut self.spare);
            self.count_control(subscriptions.len());
        }
        self.pending.prepend(front);
        self.up = true;
        self.stopping = false;
        for _ in 0..self.fences.connected(self.published()) {
            self.control(PING);
        }
        self.capacity.set_max_bytes(PENDING_WHILE_CONNECTED);
        wake.extend(self.writer.take());
        wake.extend(self.grant());
        self.end_flushes_if_idle(wake);
    }

    fn end_flushes_if_idle(&mut self, wake: &mut Vec<Waker>) {
        if self.written >= self.appended {
            wake.extend(self.flushes.drain(..).filter_map(|(_, promise)| promise.keep()));
        }
    }

    /// The connection is to end: the writer stops at once and gives its batch back. The room is that without a connection
    /// from now on.
    pub(crate) fn stop_writer(&mut self, wake: &mut Vec<Waker>) {
        self.stopping = true;
        self.up = false;
        self.capacity.set_max_bytes(self.disconnected_limit);
        wake.extend(self.grant());
        wake.extend(self.writer.take());
        wake.extend(self.stop.take());
    }

    /// The connection is gone. `unfinished` is what the writer had in hand.
    pub(crate) fn link_lost(&mut self, unfinished: Option<Batch>, wake: &mut Vec<Waker>) -> Leftover {
        self.up = false;
        self.stopping = false;
        self.pongs = 0;
        self.messages_in_flight = 0;
        self.writing = false;
        self.direct = false;
        self.links_lost += 1;
        let published = self.published();
        let mut pending = std::mem::take(&mut self.pending);
        pending.close();
        // Somebody who wrote a frame directly handed over what was left of it only while the writer had nothing.
        let unfinished = unfinished.or(self.handed.take());
        let mut kept = walk::unsent_publishes(&pending);
        if let Some(unfinished) = &unfinished {
            let unsent = walk::unsent_publishes(unfinished);
            if walk::has_unflushed_publishes(unfinished, &unsent) {
                self.lose_flushes(wake);
            }
            kept.prepend(unsent);
        }
        self.pending = kept;
        // What is not kept counts as written, and what was written of a frame that is kept does not. A flush that was asked
        // for before ends with the batch that all of this is in.
        self.written = self.appended - self.pending.len() as u64;
        self.taken = published - u64::from(self.pending.messages);
        let drained = self.fences.disconnected(self.taken, wake);
        self.capacity.set_max_bytes(self.disconnected_limit);
        wake.extend(self.grant());
        if self.fails() {
            self.capacity.wake_waiting(wake);
        }
        Leftover {
            drained,
            _batches: [Some(pending), unfinished],
        }
    }

    /// A stream took publishes and broke before it was flushed: whether a socket ever had them, nobody knows. Whoever waits
    /// to know is told, and whoever asks later and was not told.
    fn lose_flushes(&mut self, wake: &mut Vec<Waker>) {
        self.flush_losses += 1;
        for (_, promise) in self.flushes.drain(..).filter(|(_, promise)| promise.is_awaited()) {
            wake.extend(promise.lose());
        }
    }

    /// Nothing is accepted any more, and whoever waits is told.
    pub(crate) fn close(&mut self) -> Vec<Waker> {
        self.closed = true;
        self.stopping = true;
        let mut wake = Vec::new();
        self.capacity.close(&mut wake);
        self.measure_room();
        let flushes = std::mem::take(&mut self.flushes)
            .into_iter()
            .map(|(_, promise)| promise);
        wake.extend(flushes.chain(self.fences.close()).filter_map(Promise::give_up));
        wake.extend(self.writer.take());
        wake.extend(self.stop.take());
        wake
    }

    /// No publish is accepted any more; what is pending is still written.
    pub(crate) fn refuse(&mut self) -> Vec<Waker> {
        self.closed = true;
        let mut wake = Vec::new();
        self.capacity.close(&mut wake);
        self.measure_room();
        wake
    }
}
