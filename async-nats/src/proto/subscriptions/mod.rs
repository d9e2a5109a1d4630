//! All subscriptions of a client, and how messages find them.
//!
//! A sid encodes an index into a table and a generation, so a message finds its subscription without hashing, and one
//! that was meant for an earlier owner of the index finds nothing. What one read brought is staged per subscription and
//! delivered with one lock and one wake each ([`Subscriptions::dispatch`]).

pub(crate) mod assemble;
pub(crate) mod dispatch;
pub(crate) mod intake;
mod packed;
mod queue;
pub(crate) mod slot;

use std::sync::Arc;
use std::task::Waker;

use self::slot::{Limits, Slot};
use super::encode;
use super::limits::MAX_SUBSCRIPTIONS;
use crate::subject::Subject;

/// The sid of the inbox that all requests of a client share; see [`super::requests`].
pub(crate) const REQUESTS_SID: u64 = 0;

const INDEX_BITS: u32 = MAX_SUBSCRIPTIONS.trailing_zeros();
const INDEX_MASK: u64 = MAX_SUBSCRIPTIONS as u64 - 1;

/// One subscription. What each message looks at stands first, on as few cache lines as can be.
#[derive(Debug)]
#[repr(C)]
struct Entry {
    sid: u64,
    /// Its place among the subscriptions that the read at hand has messages for.
    staged: u32,
    /// UNSUB was sent; the end comes with a fence.
    draining: bool,
    slot: Arc<Slot>,
    received: u64,
    /// Messages after which the server ends the subscription.
    max: Option<u64>,
    /// How many of them earlier connections brought: the server of this one does not know of those.
    received_before: u64,
    subject: Subject,
    queue_group: Option<Box<str>>,
}

#[derive(Debug)]
enum Place {
    Free { generation: u64 },
    Taken(Box<Entry>),
}

/// The table.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    places: Vec<Place>,
    free: Vec<u32>,
    closed: bool,
}

/// There are as many subscriptions as a client can have.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooMany;

impl Subscriptions {
    /// Adds a subscription; appends its SUB line to `lines`. One that comes after [`Subscriptions::close`] has ended already.
    pub(crate) fn add(
        &mut self,
        subject: Subject,
        queue_group: Option<&str>,
        limits: Limits,
        lines: &mut Vec<u8>,
    ) -> Result<(u64, Arc<Slot>), TooMany> {
        let index = self.free_index()?;
        let Place::Free { generation } = self.places[index] else {
            unreachable!("the index was free")
        };
        let sid = (generation << INDEX_BITS) | index as u64;
        let slot = Arc::new(Slot::new(limits));
        if self.closed {
            let _nobody_waits_yet = slot.end();
        }
        encode::subscribe(lines, &subject, queue_group, sid);
        self.places[index] = Place::Taken(Box::new(Entry {
            sid,
            subject,
            queue_group: queue_group.map(Into::into),
            slot: Arc::clone(&slot),
            max: None,
            received: 0,
            received_before: 0,
            draining: false,
            staged: dispatch::NOT_STAGED,
        }));
        Ok((sid, slot))
    }

    fn free_index(&mut self) -> Result<usize, TooMany> {
        if let Some(index) = self.free.pop() {
            return Ok(index as usize);
        }
        if self.places.is_empty() {
            // Index 0 belongs to the inbox of requests.
            self.places.push(Place::Free { generation: 0 });
        }
        if self.places.len() == MAX_SUBSCRIPTIONS {
            return Err(TooMany);
        }
        self.places.push(Place::Free { generation: 0 });
        Ok(self.places.len() - 1)
    }

    fn entry(&mut self, sid: u64) -> Option<&mut Entry> {
        match self.places.get_mut((sid & INDEX_MASK) as usize) {
            Some(Place::Taken(entry)) if entry.sid == sid => Some(entry),
            _ => None,
        }
    }

    fn remove(&mut self, sid: u64) -> Option<Box<Entry>> {
        self.entry(sid)?;
        let index = (sid & INDEX_MASK) as usize;
        let next = Place::Free {
            generation: (sid >> INDEX_BITS) + 1,
        };
        let Place::Taken(entry) = std::mem::replace(&mut self.places[index], next) else {
            return None;
        };
        self.free.push(index as u32);
        Some(entry)
    }

    /// Ends a subscription now: what is queued is still handed out. Appends its UNSUB line to `lines`.
    #[must_use]
    pub(crate) fn unsubscribe(&mut self, sid: u64, lines: &mut Vec<u8>) -> Option<Waker> {
        let entry = self.remove(sid)?;
        if !entry.draining {
            encode::unsubscribe(lines, sid, None);
        }
        entry.slot.end()
    }

    /// Ends a subscription after `max` messages, counted from its beginning; at once when it had as many.
    #[must_use]
    pub(crate) fn unsubscribe_after(&mut self, sid: u64, max: u64, lines: &mut Vec<u8>) -> Option<Waker> {
        let entry = self.entry(sid)?;
        if entry.received >= max {
            return self.unsubscribe(sid, lines);
        }
        entry.max = Some(max);
        encode::unsubscribe(lines, sid, Some(max - entry.received_before));
        None
    }

    /// The limit that was set by [`Subscriptions::unsubscribe_after`]. Whoever raises it has to put a fence behind the new
    /// one, that ends in [`Subscriptions::raised`]: the server may have ended the subscription.
    pub(crate) fn limit(&mut self, sid: u64) -> Option<u64> {
        self.entry(sid).filter(|entry| !entry.draining)?.max
    }

    /// The fence behind a limit that was raised came back. When exactly as many messages are here as the limit had been, the
    /// server had ended the subscription before it heard of the other one, and it ends. Its UNSUB line goes to `lines`, for a
    /// server that has sent the last of them after it heard.
    #[must_use]
    pub(crate) fn raised(&mut self, sid: u64, from: u64, lines: &mut Vec<u8>) -> Option<Waker> {
        if self.entry(sid)?.received == from {
            return self.unsubscribe(sid, lines);
        }
        None
    }

    /// Begins the drain of a subscription: its UNSUB line goes to `lines`, and the caller puts a fence behind it that ends
    /// in [`Subscriptions::drained`]. `false` when it has ended already.
    pub(crate) fn drain(&mut self, sid: u64, lines: &mut Vec<u8>) -> bool {
        match self.entry(sid) {
            Some(entry) if !entry.draining => {
                entry.draining = true;
                encode::unsubscribe(lines, sid, None);
                true
            }
            _ => false,
        }
    }

    /// Begins the drain of all subscriptions.
    pub(crate) fn drain_all(&mut self, lines: &mut Vec<u8>) {
        for place in &mut self.places {
            if let Place::Taken(entry) = place {
                if !std::mem::replace(&mut entry.draining, true) {
                    encode::unsubscribe(lines, entry.sid, None);
                }
            }
        }
    }

    /// The fence behind a drain came back: every message is here.
    #[must_use]
    pub(crate) fn drained(&mut self, sid: u64) -> Option<Waker> {
        self.remove(sid).and_then(|entry| entry.slot.end())
    }

    /// Ends all subscriptions: the client is closed.
    pub(crate) fn close(&mut self, wake: &mut Vec<Waker>) {
        for place in std::mem::take(&mut self.places) {
            if let Place::Taken(entry) = place {
                wake.extend(entry.slot.end());
            }
        }
        self.free = Vec::new();
        self.closed = true;
    }

    /// The lines that make a new connection know all subscriptions, with what is left of their limits. Draining ones are
    /// not among them: a caller ends those when the connection is lost.
    pub(crate) fn lines(&mut self) -> Vec<u8> {
        let mut lines = Vec::new();
        for place in &mut self.places {
            let Place::Taken(entry) = place else { continue };
            if entry.draining {
                continue;
            }
            entry.received_before = entry.received;
            encode::subscribe(&mut lines, &entry.subject, entry.queue_group.as_deref(), entry.sid);
            if let Some(max) = entry.max {
                encode::unsubscribe(&mut lines, entry.sid, Some(max.saturating_sub(entry.received)));
            }
        }
        lines
    }

    /// The server refused a subscription to `subject` (in `queue_group`): those that asked for it are told.
    pub(crate) fn refused(&mut self, subject: &str, queue_group: Option<&str>, text: &str, wake: &mut Vec<Waker>) {
        for place in &self.places {
            if let Place::Taken(entry) = place {
                if entry.subject.as_str() == subject && entry.queue_group.as_deref() == queue_group {
                    wake.extend(entry.slot.refuse(text));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
