//! What the reader and one subscriber share.
//!
//! The reader delivers a batch under one lock with one wake. The subscriber swaps the shared queue for its own and then
//! takes messages out without a lock ([`super::intake`]), saying with two plain stores how far it is, so that the limits
//! are exact.

use crate::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use super::queue::Queue;
use crate::sync::Mutex;

/// What a subscription keeps for its subscriber at the most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) messages: usize,
    pub(crate) bytes: usize,
}

/// Messages, or bytes of them, that the reader delivers without the subscriber taking any before it gives way to the
/// subscriber. What lies ready is enough for a subscriber that is awake to go on with until the reader is back, and little
/// enough to be still in the processor's cache.
pub(super) const AHEAD_MESSAGES: u64 = 8 * 1024;
pub(super) const AHEAD_BYTES: u64 = 512 * 1024;

/// How often a reader gives way in vain before it does not any more, until the subscriber has caught up: a subscriber that
/// is slow or stands still holds up the connection for no more than so many short rests.
const VAIN_RESTS: u8 = 16;

/// The meeting point of the reader and one subscriber.
#[derive(Debug)]
pub(crate) struct Slot {
    shared: Mutex<Shared>,
    /// Messages and bytes that the reader delivered: written by it alone.
    delivered_messages: AtomicU64,
    delivered_bytes: AtomicU64,
    /// Messages and bytes that the subscriber took out: written by it alone.
    pub(super) taken_messages: AtomicU64,
    pub(super) taken_bytes: AtomicU64,
    limits: Limits,
}

#[derive(Debug, Default)]
struct Shared {
    queue: Queue,
    waker: Option<Waker>,
    /// Messages and bytes in the queue.
    queued_messages: u64,
    queued_bytes: u64,
    /// The reader, while it gives way.
    reader: Option<Waker>,
    /// How often it gave way in vain, less how often it did not.
    vain_rests: u8,
    ended: bool,
    dropped: u64,
    /// Messages that were dropped since the subscriber fell behind; zero while it keeps up.
    dropped_in_episode: u64,
    /// How many of them there were when it was said last.
    reported: u64,
    refusal: Option<String>,
}

impl Shared {
    /// Whether the reader had better give way.
    fn is_ahead(&self) -> bool {
        let is_much = self.queued_messages >= AHEAD_MESSAGES || self.queued_bytes >= AHEAD_BYTES;
        is_much && self.vain_rests < VAIN_RESTS && !self.ended
    }

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
    /// The reader had better give way to the subscriber: see [`Slot::poll_rest`].
    pub(crate) is_ahead: bool,
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

    /// Delivers so many messages, of so many bytes together, for which there is room; `fill` appends them. Behind them,
    /// `dropped` messages had no room.
    #[inline]
    pub(super) fn deliver(&self, messages: u64, bytes: u64, dropped: u64, fill: impl FnOnce(&mut Queue)) -> Delivery {
        let mut shared = self.shared.lock();
        if shared.ended {
            return Delivery::default();
        }
        if dropped == 0 && shared.dropped_in_episode > 0 && self.is_half_empty() {
            // The subscriber had caught up before this came, and this has room.
            shared.dropped_in_episode = 0;
            shared.reported = 0;
        }
        let mut delivery = Delivery::default();
        if messages > 0 {
            fill(&mut shared.queue);
            add(&self.delivered_messages, messages);
            add(&self.delivered_bytes, bytes);
            shared.queued_messages += messages;
            shared.queued_bytes += bytes;
            delivery.is_ahead = shared.is_ahead();
            delivery.waker = shared.waker.take();
        }
        if dropped > 0 {
            delivery.is_slow = shared.dropped(dropped);
        }
        delivery
    }

    /// Swaps what is queued for `queue`, which is empty. `false` when nothing is queued and nothing comes any more.
    ///
    /// A reader that gave way is woken. It would have to wait for this very task where the runtime runs it next on the same
    /// thread; therefore the subscriber gives way in turn, once.
    pub(super) fn poll_swap(&self, queue: &mut Queue, cx: &mut Context<'_>) -> Poll<bool> {
        let mut shared = self.shared.lock();
        if !shared.queue.is_empty() {
            std::mem::swap(queue, &mut shared.queue);
            shared.queued_messages = 0;
            shared.queued_bytes = 0;
            let Some(reader) = shared.reader.take() else {
                return Poll::Ready(true);
            };
            shared.vain_rests = shared.vain_rests.saturating_sub(1);
            drop(shared);
            reader.wake();
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if shared.ended {
            return Poll::Ready(false);
        }
        shared.vain_rests = 0;
        match &mut shared.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    /// The reader gives way until the subscriber has taken what is queued. The caller bounds the time: when it is over,
    /// [`Slot::rested_in_vain`] is called.
    pub(crate) fn poll_rest(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut shared = self.shared.lock();
        if !shared.is_ahead() {
            shared.reader = None;
            return Poll::Ready(());
        }
        match &mut shared.reader {
            Some(reader) => reader.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    /// The reader gave way for as long as it may, and the subscriber took nothing.
    pub(crate) fn rested_in_vain(&self) {
        let mut shared = self.shared.lock();
        shared.reader = None;
        shared.vain_rests = shared.vain_rests.saturating_add(1);
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
        let reader = shared.reader.take();
        let queue = std::mem::take(&mut shared.queue);
        drop(shared);
        drop(queue);
        reader.into_iter().for_each(Waker::wake);
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

#[cfg(test)]
impl Slot {
    /// Memory that is set aside, and memory that is not freed because of buffers.
    pub(super) fn held(&self) -> usize {
        self.shared.lock().queue.held()
    }
}
