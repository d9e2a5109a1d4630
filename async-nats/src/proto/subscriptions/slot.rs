//! What the reader and one subscriber share.
//!
//! The reader delivers a batch under one lock with one wake. The subscriber swaps the shared queue for its own and then
//! takes messages out without a lock, saying with two plain stores how far it is, so that the limits are exact.

use crate::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use super::queue::{Buffer, Popped, Queue, Record};
use crate::subject::Subject;
use crate::sync::Mutex;

/// What a subscription keeps for its subscriber at the most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) messages: usize,
    pub(crate) bytes: usize,
}

/// The meeting point of the reader and one subscriber.
#[derive(Debug)]
pub(crate) struct Slot {
    shared: Mutex<Shared>,
    /// Messages and bytes that the reader delivered: written by it alone.
    delivered_messages: AtomicU64,
    delivered_bytes: AtomicU64,
    /// Messages and bytes that the subscriber took out: written by it alone.
    taken_messages: AtomicU64,
    taken_bytes: AtomicU64,
    limits: Limits,
}

#[derive(Debug, Default)]
struct Shared {
    queue: Queue,
    waker: Option<Waker>,
    ended: bool,
    dropped: u64,
    /// Messages that were dropped since the subscriber fell behind; zero while it keeps up.
    dropped_in_episode: u64,
    /// How many of them there were when it was said last.
    reported: u64,
    refusal: Option<String>,
}

impl Shared {
    /// Counts dropped messages. Whether it is time to say so: at the beginning of an episode, and each time that it has
    /// doubled, so that a flood is heard of a few times and not once a message.
    fn dropped(&mut self, count: u64) -> bool {
        self.dropped += count;
        self.dropped_in_episode += count;
        let due = self.dropped_in_episode >= self.reported.saturating_mul(2).max(1);
        if due {
            self.reported = self.dropped_in_episode;
        }
        due
    }
}

/// What a slot has room for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    messages: u64,
    bytes: u64,
    /// Nothing is queued: one message has room, however large it is.
    is_all: bool,
}

impl Room {
    /// Whether there is room for all of `messages` with `bytes` together.
    #[inline]
    pub(crate) fn is_enough_for(&self, messages: u64, bytes: u64) -> bool {
        messages <= self.messages && bytes <= self.bytes
    }

    /// Takes the room for a message of `weight` bytes, if there is any.
    #[inline]
    pub(crate) fn take(&mut self, weight: u64) -> bool {
        if self.messages == 0 || (weight > self.bytes && !self.is_all) {
            return false;
        }
        self.messages -= 1;
        self.bytes = self.bytes.saturating_sub(weight);
        self.is_all = self.is_all && weight == 0;
        true
    }
}

/// What became of a delivery.
#[derive(Debug, Default)]
pub(crate) struct Delivery {
    /// Whom to wake.
    pub(crate) waker: Option<Waker>,
    /// It is to be said that messages are dropped: an episode began, or has doubled.
    pub(crate) is_slow: bool,
}

impl Slot {
    /// An empty slot.
    pub(crate) fn new(limits: Limits) -> Self {
        Slot {
            shared: Mutex::new(Shared::default()),
            delivered_messages: AtomicU64::new(0),
            delivered_bytes: AtomicU64::new(0),
            taken_messages: AtomicU64::new(0),
            taken_bytes: AtomicU64::new(0),
            limits,
        }
    }

    /// What there is room for. The subscriber only makes more of it, so this holds until the reader's next delivery.
    #[inline]
    pub(crate) fn room(&self) -> Room {
        let (messages, bytes) = self.pending();
        Room {
            messages: (self.limits.messages as u64).saturating_sub(messages),
            bytes: (self.limits.bytes as u64).saturating_sub(bytes),
            is_all: bytes == 0,
        }
    }

    /// Delivers `records`, for which there is room and which lie in `buffers`, in order. Behind them, `dropped` messages had
    /// no room.
    pub(crate) fn deliver(
        &self,
        records: impl Iterator<Item = Record>,
        buffers: impl IntoIterator<Item = Buffer>,
        dropped: u64,
    ) -> Delivery {
        let mut shared = self.shared.lock();
        if shared.ended {
            return Delivery::default();
        }
        if dropped == 0 && shared.dropped_in_episode > 0 && self.is_half_empty() {
            // The subscriber had caught up before this came, and this has room.
            shared.dropped_in_episode = 0;
            shared.reported = 0;
        }
        let (mut messages, mut bytes) = (0, 0);
        for record in records {
            messages += 1;
            bytes += record.frame.weight() as u64;
            shared.queue.push(record);
        }
        let mut delivery = Delivery::default();
        if messages > 0 {
            buffers.into_iter().for_each(|buffer| shared.queue.push_buffer(buffer));
            shared.queue.finish_buffer();
            add(&self.delivered_messages, messages);
            add(&self.delivered_bytes, bytes);
            delivery.waker = shared.waker.take();
        }
        if dropped > 0 {
            delivery.is_slow = shared.dropped(dropped);
        }
        delivery
    }

    fn is_half_empty(&self) -> bool {
        let (messages, bytes) = self.pending();
        messages <= self.limits.messages as u64 / 2 && bytes <= self.limits.bytes as u64 / 2
    }

    /// No message comes any more; what is queued is still handed out, then the end.
    #[must_use]
    pub(crate) fn end(&self) -> Option<Waker> {
        let mut shared = self.shared.lock();
        shared.ended = true;
        shared.waker.take()
    }

    /// The subscriber is gone: what is queued is freed.
    pub(crate) fn abandon(&self) {
        let mut shared = self.shared.lock();
        shared.ended = true;
        shared.waker = None;
        let queue = std::mem::take(&mut shared.queue);
        drop(shared);
        drop(queue);
    }

    /// The server refused the subscription with this text.
    #[must_use]
    pub(crate) fn refuse(&self, text: &str) -> Option<Waker> {
        let mut shared = self.shared.lock();
        shared.refusal = Some(text.to_owned());
        shared.waker.take()
    }

    /// What the server said when it refused the subscription, once.
    pub(crate) fn take_refusal(&self) -> Option<String> {
        self.shared.lock().refusal.take()
    }

    /// Messages that were dropped because the subscriber was too slow.
    pub(crate) fn dropped(&self) -> u64 {
        self.shared.lock().dropped
    }

    /// Messages and bytes that wait for the subscriber.
    #[inline]
    pub(crate) fn pending(&self) -> (u64, u64) {
        let pending = |delivered: &AtomicU64, taken: &AtomicU64| {
            // What was taken is looked at first: the difference is never less than what it was at some moment.
            let taken = taken.load(Ordering::Acquire);
            delivered.load(Ordering::Acquire).saturating_sub(taken)
        };
        (
            pending(&self.delivered_messages, &self.taken_messages),
            pending(&self.delivered_bytes, &self.taken_bytes),
        )
    }
}

/// Adds to a counter that nobody else writes.
#[inline]
fn add(counter: &AtomicU64, count: u64) {
    counter.store(counter.load(Ordering::Relaxed) + count, Ordering::Release);
}

/// The subscriber's side: its own queue, and what it took out so far.
#[derive(Debug)]
pub(crate) struct Intake {
    queue: Queue,
    last_subject: Subject,
    taken_messages: u64,
    taken_bytes: u64,
}

impl Default for Intake {
    fn default() -> Self {
        Intake {
            queue: Queue::default(),
            last_subject: Subject::from_static(""),
            taken_messages: 0,
            taken_bytes: 0,
        }
    }
}

impl Intake {
    /// Messages that were taken out so far.
    #[inline]
    pub(crate) fn taken_messages(&self) -> u64 {
        self.taken_messages
    }

    /// The next message of `slot`, or `None` when it has ended and everything was handed out.
    #[inline]
    pub(crate) fn poll_pop(&mut self, slot: &Slot, cx: &mut Context<'_>) -> Poll<Option<Popped>> {
        if self.queue.is_empty() {
            let mut shared = slot.shared.lock();
            if shared.queue.is_empty() {
                if shared.ended {
                    return Poll::Ready(None);
                }
                match &mut shared.waker {
                    Some(waker) => waker.clone_from(cx.waker()),
                    none => *none = Some(cx.waker().clone()),
                }
                let burst = (shared.queue.take_burst(), self.queue.take_burst());
                drop(shared);
                drop(burst);
                return Poll::Pending;
            }
            std::mem::swap(&mut self.queue, &mut shared.queue);
        }
        let popped = self.queue.pop(&mut self.last_subject);
        if let Some(popped) = &popped {
            self.taken_messages += 1;
            self.taken_bytes += popped.message.length as u64;
            slot.taken_messages.store(self.taken_messages, Ordering::Release);
            slot.taken_bytes.store(self.taken_bytes, Ordering::Release);
        }
        Poll::Ready(popped)
    }
}

#[cfg(test)]
impl Slot {
    pub(super) fn held(&self) -> usize {
        self.shared.lock().queue.held()
    }

    pub(super) fn room_for_records(&self) -> usize {
        self.shared.lock().queue.room_for_records()
    }
}

#[cfg(test)]
impl Intake {
    pub(super) fn held(&self) -> usize {
        self.queue.held()
    }

    pub(super) fn room_for_records(&self) -> usize {
        self.queue.room_for_records()
    }
}
