//! From one read to the subscriptions: stage, then one lock and one wake for each that was touched.

use std::task::Waker;

use super::queue::{Buffer, Record};
use super::slot::{Delivery, Room};
use super::{Place, Subscriptions, INDEX_MASK, NONE};
use crate::proto::decode::MessageFrame;

/// The staged messages of one subscription: positions in [`Dispatch::staged`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Chain {
    head: u32,
    tail: u32,
    count: u32,
    /// First and last byte of the input that they need.
    bytes: u32,
}

impl Default for Chain {
    fn default() -> Self {
        Chain {
            head: NONE,
            tail: NONE,
            count: 0,
            bytes: 0,
        }
    }
}

#[derive(Debug)]
struct Staged {
    frame: MessageFrame,
    next: u32,
}

/// Room for one read's work, used again for the next.
#[derive(Debug, Default)]
pub(crate) struct Dispatch {
    staged: Vec<Staged>,
    dirty: Vec<u32>,
    /// Whom to wake once the table's lock is released.
    pub(crate) wake: Vec<Waker>,
    /// Subscriptions that drop messages, where it is time to say so.
    pub(crate) slow: Vec<u64>,
}

/// Bytes that one message needs of the input, from its subject to the end of its body.
fn extent(frame: &MessageFrame) -> std::ops::Range<usize> {
    frame.subject_at as usize..frame.body_at as usize + frame.body_len()
}

impl Subscriptions {
    /// Delivers the messages of one read, which lie in `chunk`, in order.
    ///
    /// A subscription that gets most of the chunk shares it; for others the messages are copied into a buffer of their
    /// own, so that nobody who is slow holds on to much more than its own messages.
    pub(crate) fn dispatch(&mut self, frames: &[MessageFrame], chunk: &Buffer, work: &mut Dispatch) {
        for frame in frames {
            self.stage(frame, work);
        }
        let mut dirty = std::mem::take(&mut work.dirty);
        for index in dirty.drain(..) {
            self.deliver(index, chunk, work);
        }
        work.dirty = dirty;
        work.staged.clear();
    }

    #[inline]
    fn stage(&mut self, frame: &MessageFrame, work: &mut Dispatch) {
        let index = (frame.sid & INDEX_MASK) as u32;
        let Some(Place::Taken(entry)) = self.places.get_mut(index as usize) else {
            return;
        };
        if entry.sid != frame.sid {
            return;
        }
        let at = work.staged.len() as u32;
        work.staged.push(Staged {
            frame: *frame,
            next: NONE,
        });
        let chain = &mut entry.staged;
        if chain.head == NONE {
            chain.head = at;
            work.dirty.push(index);
        } else {
            work.staged[chain.tail as usize].next = at;
        }
        chain.tail = at;
        chain.count += 1;
        chain.bytes += extent(frame).len() as u32;
    }

    fn deliver(&mut self, index: u32, chunk: &Buffer, work: &mut Dispatch) {
        let Some(Place::Taken(entry)) = self.places.get_mut(index as usize) else {
            return;
        };
        let mut chain = std::mem::take(&mut entry.staged);
        if let Some(max) = entry.max {
            let left = (max - entry.received).try_into().unwrap_or(u32::MAX);
            if left < chain.count {
                chain = chain.first(left, &work.staged);
            }
        }
        entry.received += u64::from(chain.count);
        let fitting = chain.fitting(entry.slot.room(), &work.staged);
        let dropped = u64::from(chain.count - fitting.count);
        let delivery = if fitting.bytes as usize >= chunk.held / 2 {
            let buffer = chunk.clone();
            entry.slot.deliver(fitting.records(&work.staged), [buffer], dropped)
        } else {
            let buffer = fitting.copy(&work.staged, chunk);
            entry
                .slot
                .deliver(fitting.copied_records(&work.staged), [buffer], dropped)
        };
        let sid = entry.sid;
        let finished = entry.max.is_some_and(|max| entry.received >= max);
        work.settle(delivery, sid);
        if finished {
            work.wake.extend(self.drained(sid));
        }
    }

    /// Delivers one message whose line lies in `line` and whose body is in a buffer of its own.
    pub(crate) fn deliver_detached(&mut self, frame: MessageFrame, line: Buffer, body: Buffer, work: &mut Dispatch) {
        let Some(entry) = self.entry(frame.sid) else { return };
        entry.received += 1;
        let finished = entry.max.is_some_and(|max| entry.received >= max);
        let record = Record {
            frame,
            detached: true,
            last: true,
        };
        let fits = entry.slot.room().take(frame.weight() as u64);
        let delivery = entry
            .slot
            .deliver(fits.then_some(record).into_iter(), [line, body], u64::from(!fits));
        work.settle(delivery, frame.sid);
        if finished {
            work.wake.extend(self.drained(frame.sid));
        }
    }
}

impl Dispatch {
    /// Memory that is set aside.
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        size_of::<Staged>() * self.staged.capacity() + size_of::<u32>() * self.dirty.capacity()
    }

    fn settle(&mut self, delivery: Delivery, sid: u64) {
        self.wake.extend(delivery.waker);
        if delivery.is_slow {
            self.slow.push(sid);
        }
    }
}

impl Chain {
    /// The first `count` messages.
    fn first(mut self, count: u32, staged: &[Staged]) -> Chain {
        self.count = count;
        self.bytes = self
            .records(staged)
            .map(|record| extent(&record.frame).len() as u32)
            .sum();
        self
    }

    /// The messages that there is room for: all up to the first that has none.
    #[inline]
    fn fitting(self, mut room: Room, staged: &[Staged]) -> Chain {
        // What messages weigh is never more than what they need of the input.
        if room.is_enough_for(self.count.into(), self.bytes.into()) {
            return self;
        }
        let weights = self.records(staged).map(|record| record.frame.weight() as u64);
        let count = weights.take_while(|weight| room.take(*weight)).count();
        self.first(count as u32, staged)
    }

    /// The messages as they lie in the chunk.
    fn records<'a>(self, staged: &'a [Staged]) -> impl Iterator<Item = Record> + 'a {
        let mut at = self.head;
        (0..self.count).map(move |_| {
            let staged = &staged[at as usize];
            at = staged.next;
            Record {
                frame: staged.frame,
                detached: false,
                last: false,
            }
        })
    }

    /// A buffer of their own with the messages one behind the other.
    fn copy(self, staged: &[Staged], chunk: &Buffer) -> Buffer {
        let mut buffer = Vec::with_capacity(self.bytes as usize);
        for record in self.records(staged) {
            buffer.extend_from_slice(&chunk.bytes[extent(&record.frame)]);
        }
        Buffer::from(buffer)
    }

    /// The messages as they lie in the buffer that [`Chain::copy`] makes.
    fn copied_records<'a>(self, staged: &'a [Staged]) -> impl Iterator<Item = Record> + 'a {
        let mut at = 0;
        self.records(staged).map(move |mut record| {
            let range = extent(&record.frame);
            let moved = range.start as u32 - at;
            at += range.len() as u32;
            record.frame.subject_at -= moved;
            record.frame.reply_at = record.frame.reply_at.wrapping_sub(moved);
            record.frame.body_at -= moved;
            record
        })
    }
}
