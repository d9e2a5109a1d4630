//! From one read to the subscriptions: stage, then one lock and one wake for each that was touched.
//!
//! Mostly all that one read brought is for one subscription: it gets the positions and shares the chunk, and nothing is
//! copied. Otherwise messages are chained by subscription, in order, and each subscription gets its chain at once.

use std::sync::Arc;
use std::task::Waker;

use super::assemble::Buffer;
use super::queue::Batch;
use super::slot::{Delivery, Room, Slot};
use super::{Entry, Place, Subscriptions, INDEX_MASK};
use crate::proto::decode::MessageFrame;

/// Marks a subscription that the read at hand has no message for, and the end of a chain.
const NONE: u32 = u32::MAX;
pub(super) const NOT_STAGED: u32 = NONE;

/// Messages that need so much on average, and are copied, get a buffer of their own for it, which large payloads can
/// share. Smaller ones are packed.
const PACKED_BELOW: u32 = 1024;

/// The messages of one subscription among those of a read.
#[derive(Clone, Copy, Debug)]
struct Chain {
    /// Which subscription.
    index: u32,
    head: u32,
    tail: u32,
    total: Total,
    room: Room,
}

/// What some messages are together.
#[derive(Clone, Copy, Debug, Default)]
struct Total {
    count: u32,
    /// Bytes of the input that they need.
    extent: u32,
    /// What they weigh.
    weight: u32,
}

impl Total {
    #[inline(always)]
    fn add(&mut self, frame: &MessageFrame) {
        self.count += 1;
        self.extent += frame.extent().len() as u32;
        self.weight += frame.weight() as u32;
    }

    fn of<'a>(frames: impl Iterator<Item = &'a MessageFrame>) -> Total {
        let mut total = Total::default();
        frames.for_each(|frame| total.add(frame));
        total
    }
}

/// The total of messages that are all for one subscription; `None` when they are not.
fn total_of_one(frames: &[MessageFrame]) -> Option<Total> {
    let sid = frames.first()?.sid;
    let mut total = Total::default();
    for frame in frames {
        if frame.sid != sid {
            return None;
        }
        total.add(frame);
    }
    Some(total)
}

/// Room for one read's work, used again for the next.
#[derive(Debug, Default)]
pub(crate) struct Dispatch {
    /// For each message, the next one of its chain.
    next: Vec<u32>,
    chains: Vec<Chain>,
    /// Whom to wake once the table's lock is released.
    pub(crate) wake: Vec<Waker>,
    /// Subscriptions that drop messages, where it is time to say so.
    pub(crate) slow: Vec<u64>,
    /// A subscription whose subscriber is behind, so that the reader had better give way to it.
    pub(crate) ahead: Option<Arc<Slot>>,
}

impl Subscriptions {
    /// Delivers the messages of one read, which lie in `chunk`, in order. They are moved out of `frames`.
    ///
    /// A subscription that gets most of the chunk shares it; for others the messages are copied, so that nobody who is slow
    /// holds on to much more than its own messages.
    pub(crate) fn dispatch(&mut self, frames: &mut Vec<MessageFrame>, chunk: &Buffer, work: &mut Dispatch) {
        match total_of_one(frames) {
            Some(total) => self.dispatch_to_one(frames, total, chunk, work),
            None => {
                self.stage(frames, work);
                let mut chains = std::mem::take(&mut work.chains);
                for chain in chains.drain(..) {
                    self.deliver(chain, frames, chunk, work);
                }
                work.chains = chains;
            }
        }
        frames.clear();
    }

    /// All of `frames` is for the same subscription, and that is what they need and weigh.
    fn dispatch_to_one(
        &mut self,
        frames: &mut Vec<MessageFrame>,
        mut total: Total,
        chunk: &Buffer,
        work: &mut Dispatch,
    ) {
        let Some(sid) = frames.first().map(|frame| frame.sid) else {
            return;
        };
        let Some(entry) = self.entry(sid) else { return };
        let left = entry.left().try_into().unwrap_or(usize::MAX);
        if left < frames.len() {
            frames.truncate(left);
            total = Total::of(frames.iter());
        }
        let came = frames.len();
        entry.received += came as u64;
        let mut room = entry.slot.room();
        if !room.is_enough_for(came as u64, total.weight.into()) {
            let weights = frames.iter().map(|frame| frame.weight() as u64);
            let count = weights.take_while(|weight| room.take(*weight)).count();
            frames.truncate(count);
            total = Total::of(frames.iter());
        }
        let dropped = (came - frames.len()) as u64;
        let delivery = if total.extent as usize >= chunk.held / 2 {
            let messages = frames.len() as u64;
            let own = std::mem::replace(frames, Vec::with_capacity(came));
            let batch = Batch::Shared(own, chunk.clone());
            entry
                .slot
                .deliver(messages, total.weight.into(), dropped, |queue| queue.push(batch))
        } else {
            copy(&entry.slot, frames.iter(), total, dropped, chunk)
        };
        self.settle(sid, delivery, work);
    }

    /// Chains the messages by subscription.
    fn stage(&mut self, frames: &[MessageFrame], work: &mut Dispatch) {
        work.next.clear();
        work.next.resize(frames.len(), NONE);
        for (at, frame) in frames.iter().enumerate() {
            let index = (frame.sid & INDEX_MASK) as u32;
            let Some(Place::Taken(entry)) = self.places.get_mut(index as usize) else {
                continue;
            };
            if entry.sid != frame.sid {
                continue;
            }
            let at = at as u32;
            match work.chains.get_mut(entry.staged as usize) {
                Some(chain) => {
                    work.next[chain.tail as usize] = at;
                    chain.tail = at;
                    chain.total.add(frame);
                }
                None => {
                    entry.staged = work.chains.len() as u32;
                    work.chains.push(Chain {
                        index,
                        head: at,
                        tail: at,
                        total: Total::of([frame].into_iter()),
                        // Looked at here, where nothing waits for the answer, and not under the lock: with very many
                        // subscriptions it has to come from far away.
                        room: entry.slot.room(),
                    });
                }
            }
        }
    }

    fn deliver(&mut self, mut chain: Chain, frames: &[MessageFrame], chunk: &Buffer, work: &mut Dispatch) {
        let Some(Place::Taken(entry)) = self.places.get_mut(chain.index as usize) else {
            return;
        };
        entry.staged = NOT_STAGED;
        let left = entry.left().try_into().unwrap_or(u32::MAX);
        if left < chain.total.count {
            chain = chain.first(left, frames, &work.next);
        }
        entry.received += u64::from(chain.total.count);
        let fitting = chain.fitting(frames, &work.next);
        let dropped = u64::from(chain.total.count - fitting.total.count);
        let own = fitting.frames(frames, &work.next);
        let total = fitting.total;
        let delivery = if total.extent as usize >= chunk.held / 2 {
            let batch = Batch::Shared(own.copied().collect(), chunk.clone());
            let (messages, bytes) = (total.count.into(), total.weight.into());
            entry.slot.deliver(messages, bytes, dropped, |queue| queue.push(batch))
        } else {
            copy(&entry.slot, own, total, dropped, chunk)
        };
        let sid = entry.sid;
        self.settle(sid, delivery, work);
    }

    /// Delivers one message whose line lies in `line` and whose body is in a buffer of its own.
    pub(crate) fn deliver_detached(&mut self, frame: MessageFrame, line: Buffer, body: Buffer, work: &mut Dispatch) {
        let Some(entry) = self.entry(frame.sid) else { return };
        entry.received += 1;
        let weight = frame.weight() as u64;
        let fits = entry.slot.room().take(weight);
        let batch = Batch::Detached(Box::new((frame, line, body)));
        let delivery = match fits {
            true => entry.slot.deliver(1, weight, 0, |queue| queue.push(batch)),
            false => entry.slot.deliver(0, 0, 1, |_| {}),
        };
        self.settle(frame.sid, delivery, work);
    }

    fn settle(&mut self, sid: u64, delivery: Delivery, work: &mut Dispatch) {
        work.wake.extend(delivery.waker);
        if delivery.is_slow {
            work.slow.push(sid);
        }
        let Some(entry) = self.entry(sid) else { return };
        if delivery.is_ahead {
            work.ahead = Some(Arc::clone(&entry.slot));
        }
        if entry.left() == 0 {
            work.wake.extend(self.drained(sid));
        }
    }
}

impl Entry {
    /// Messages until the server ends the subscription.
    #[inline]
    fn left(&self) -> u64 {
        self.max.map_or(u64::MAX, |max| max - self.received)
    }
}

/// Delivers copies of messages, which are so many and so long together. Behind them, `dropped` messages had no room.
fn copy<'a>(
    slot: &Slot,
    frames: impl Iterator<Item = &'a MessageFrame>,
    total: Total,
    dropped: u64,
    chunk: &Buffer,
) -> Delivery {
    let (messages, bytes) = (total.count.into(), total.weight.into());
    if total.extent / PACKED_BELOW < total.count {
        return slot.deliver(messages, bytes, dropped, |queue| {
            queue.pack(frames, &chunk.bytes, total.count, total.extent);
        });
    }
    let mut buffer = Vec::with_capacity(total.extent as usize);
    let mut copied = Vec::with_capacity(total.count as usize);
    for frame in frames {
        copied.push(frame.moved_to(buffer.len() as u32));
        buffer.extend_from_slice(&chunk.bytes[frame.extent()]);
    }
    let batch = Batch::Shared(copied, Buffer::from(buffer));
    slot.deliver(messages, bytes, dropped, |queue| queue.push(batch))
}

impl Dispatch {
    /// Memory that is set aside.
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        size_of::<u32>() * self.next.capacity() + size_of::<Chain>() * self.chains.capacity()
    }
}

impl Chain {
    /// The first `count` messages.
    fn first(mut self, count: u32, frames: &[MessageFrame], next: &[u32]) -> Chain {
        self.total.count = count;
        self.total = Total::of(self.frames(frames, next));
        self
    }

    /// The messages that there is room for: all up to the first that has none.
    #[inline]
    fn fitting(self, frames: &[MessageFrame], next: &[u32]) -> Chain {
        let mut room = self.room;
        if room.is_enough_for(self.total.count.into(), self.total.weight.into()) {
            return self;
        }
        let weights = self.frames(frames, next).map(|frame| frame.weight() as u64);
        let count = weights.take_while(|weight| room.take(*weight)).count();
        self.first(count as u32, frames, next)
    }

    /// The messages, in order.
    #[inline]
    fn frames<'a>(self, frames: &'a [MessageFrame], next: &'a [u32]) -> impl Iterator<Item = &'a MessageFrame> {
        let mut at = self.head;
        (0..self.total.count).map(move |_| {
            let frame = &frames[at as usize];
            at = next[at as usize];
            frame
        })
    }
}
