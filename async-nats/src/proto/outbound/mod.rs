//! The way out: everything that is to be written, in order, behind one short lock.
//!
//! Publishers append whole frames; the writer swaps what is pending for an empty batch and writes with no lock held. It
//! is woken once, when something is pending that was not before.
//!
//! Guarantees:
//! * A frame is appended wholly or not at all, after room was granted in first-come order.
//! * A flush ends when every byte appended before it was written, across reconnects; with an error when a stream broke that
//!   may have held back some of them.
//! * After a broken connection no frame that was written whole goes out again, and none in part
//!   ([`Outbound::link_lost`]); subscriptions and fences are written anew by [`Outbound::link_up`].
//! * PONGs go ahead of pending data, between two frames.

mod asking;
mod batch;
mod capacity;
mod direct;
mod frame;
mod link;
mod walk;
mod writing;

use std::task::{Context, Poll, Waker};

pub(crate) use self::asking::Asked;
pub(crate) use self::batch::Batch;
pub(crate) use self::capacity::Ticket;
use self::capacity::{Capacity, Pending};
pub(crate) use self::frame::Frame;
use super::completion::Promise;
use super::fences::Fences;

/// Buffers that are kept for the next batch.
const MAX_SPARE_BUFFERS: usize = 8;

const PING: &[u8] = b"PING\r\n";
const PONG: &[u8] = b"PONG\r\n";

/// Why nothing was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The client is closed.
    Closed,
    /// There is no room, and the user chose to fail rather than wait.
    Full,
}

/// What a successful append asks of its caller, once the lock is released.
#[derive(Debug)]
pub(crate) struct Appended {
    /// The writer, when it must be woken.
    pub(crate) writer: Option<Waker>,
    /// How many bytes the client ever appended, the frame with its `len` included.
    pub(crate) position: u64,
    /// Length of the frame.
    pub(crate) len: usize,
}

/// What a connection that ended leaves behind.
#[derive(Debug)]
#[must_use]
pub(crate) struct Leftover {
    /// The subscriptions whose drain ends here.
    pub(crate) drained: Vec<u64>,
    /// To be dropped when the lock is released, because that frees payloads.
    pub(crate) _batches: [Option<Batch>; 2],
}

/// What the writer does next.
#[derive(Debug)]
pub(crate) enum Next {
    /// Write this, then call [`Outbound::batch_written`].
    Write(Batch),
    /// Give back what is not written: the connection ends.
    Stop,
}

/// The state of the way out.
#[derive(Debug)]
pub(crate) struct Outbound {
    pending: Batch,
    spare: Vec<Vec<u8>>,
    capacity: Capacity,
    /// Everything that was ever appended, in bytes.
    appended: u64,
    /// What of that were lines of our own, not publishes.
    controls: u64,
    /// How far `appended` may go by frames of newcomers that nobody need be asked for; see [`Outbound::measure_room`].
    room_until: u64,
    /// How many messages may be in the pending batch by the same measure.
    room_for_messages: u32,
    /// All of that but what is pending and what is left of the writer's batch.
    written: u64,
    /// Publishes that writers took, but for those that came back unwritten.
    taken: u64,
    /// The writer has a batch in hand.
    writing: bool,
    /// Messages in that batch.
    messages_in_flight: u32,
    /// A caller writes a frame itself, and the writer must not; see [`direct`].
    direct: bool,
    /// What such a caller could not write: it goes ahead of what is pending.
    handed: Option<Batch>,
    /// Connections that ended.
    links_lost: u64,
    flushes: Vec<(u64, Promise)>,
    /// Connections that broke when no flush could be promised any more.
    flush_losses: u64,
    fences: Fences,
    pongs: u32,
    up: bool,
    stopping: bool,
    closed: bool,
    writer: Option<Waker>,
    stop: Option<Waker>,
    disconnected_limit: usize,
    fail_when_full: bool,
    /// What was published and is counted: messages, and the bytes of their frames.
    reported: (u64, u64),
}

/// What of [`Outbound`] a user can set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Messages that may be pending.
    pub(crate) messages: usize,
    /// Bytes that may be pending while there is no connection.
    pub(crate) bytes_disconnected: usize,
    /// Whether a publish fails, rather than waits, when there is no room and no connection.
    pub(crate) fail_when_full: bool,
}

impl Outbound {
    /// Nothing pending, no connection.
    pub(crate) fn new(limits: Limits) -> Self {
        let mut outbound = Outbound {
            pending: Batch::default(),
            spare: Vec::new(),
            capacity: Capacity::new(limits.bytes_disconnected, limits.messages.max(1)),
            appended: 0,
            controls: 0,
            room_until: 0,
            room_for_messages: 0,
            written: 0,
            taken: 0,
            writing: false,
            messages_in_flight: 0,
            direct: false,
            handed: None,
            links_lost: 0,
            flushes: Vec::new(),
            flush_losses: 0,
            fences: Fences::default(),
            pongs: 0,
            up: false,
            stopping: false,
            closed: false,
            writer: None,
            stop: None,
            disconnected_limit: limits.bytes_disconnected,
            fail_when_full: limits.fail_when_full,
            reported: (0, 0),
        };
        outbound.measure_room();
        outbound
    }

    /// Works out how much newcomers may append, so that each of them has but to compare. To be called by whatever changes
    /// what is written, who waits, or the limits.
    fn measure_room(&mut self) {
        let room = match self.closed {
            true => Pending { bytes: 0, messages: 0 },
            false => self.capacity.room(),
        };
        self.room_until = self.written.saturating_add(room.bytes as u64);
        let messages = room.messages.saturating_sub(self.messages_in_flight as usize);
        self.room_for_messages = u32::try_from(messages).unwrap_or(u32::MAX);
    }

    #[inline]
    fn load(&self) -> Pending {
        Pending {
            bytes: (self.appended - self.written) as usize,
            messages: (self.pending.messages + self.messages_in_flight) as usize,
        }
    }

    /// Appends a published message if there is room for it now.
    ///
    /// `Ok(None)` means that there is none: wait for it with [`Outbound::poll_append`].
    #[inline]
    pub(crate) fn try_append(&mut self, frame: Frame<'_>) -> Result<Option<Appended>, Refused> {
        let len = frame.len();
        if self.appended + len as u64 <= self.room_until && self.pending.messages < self.room_for_messages {
            debug_assert!(!self.closed && self.capacity.admits(len, self.load()));
            return Ok(Some(self.append(frame, len)));
        }
        self.try_append_slowly(frame, len)
    }

    #[cold]
    fn try_append_slowly(&mut self, frame: Frame<'_>, len: usize) -> Result<Option<Appended>, Refused> {
        if self.closed {
            return Err(Refused::Closed);
        }
        if !self.capacity.admits(len, self.load()) {
            return Ok(None);
        }
        Ok(Some(self.append(frame, len)))
    }

    /// Appends a published message as soon as its turn has come. `ticket` holds the place in the queue between polls; a
    /// caller who stops polling gives it back with [`Outbound::leave`].
    pub(crate) fn poll_append(
        &mut self,
        frame: Frame<'_>,
        ticket: &mut Option<Ticket>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Appended, Refused>> {
        let len = frame.len();
        let turn = self.poll_turn(len, ticket, cx);
        self.measure_room();
        std::task::ready!(turn)?;
        Poll::Ready(Ok(self.append(frame, len)))
    }

    /// Ready when there is room for anything; the caller appends with [`Outbound::append_now`] after it.
    pub(crate) fn poll_room(&mut self, ticket: &mut Option<Ticket>, cx: &mut Context<'_>) -> Poll<Result<(), Refused>> {
        let turn = self.poll_turn(0, ticket, cx);
        self.measure_room();
        turn
    }

    /// Appends a published message whether there is room or not.
    pub(crate) fn append_now(&mut self, frame: Frame<'_>) -> Result<Appended, Refused> {
        match self.closed {
            true => Err(Refused::Closed),
            false => Ok(self.append(frame, frame.len())),
        }
    }

    fn poll_turn(
        &mut self,
        len: usize,
        ticket: &mut Option<Ticket>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Refused>> {
        if self.closed {
            *ticket = None;
            return Poll::Ready(Err(Refused::Closed));
        }
        if let Some(held) = *ticket {
            if self.capacity.claim(held, cx.waker()) {
                *ticket = None;
                return Poll::Ready(Ok(()));
            }
            if !self.fails() {
                return Poll::Pending;
            }
            self.capacity.leave(held);
            *ticket = None;
        }
        if self.fails() {
            // Those who are still in the queue will fail too, or fit as well: there is no order to keep.
            return Poll::Ready(if self.capacity.fits(len, self.load()) {
                Ok(())
            } else {
                Err(Refused::Full)
            });
        }
        if self.capacity.admits(len, self.load()) {
            return Poll::Ready(Ok(()));
        }
        *ticket = Some(self.capacity.enqueue(len, cx.waker().clone()));
        Poll::Pending
    }

    /// Whether a publish for which there is no room fails, rather than waits.
    fn fails(&self) -> bool {
        self.fail_when_full && !self.up
    }

    /// The future that held `ticket` is gone; returns whom to wake.
    pub(crate) fn leave(&mut self, ticket: Ticket) -> Vec<Waker> {
        self.capacity.leave(ticket);
        self.grant()
    }

    #[inline]
    fn append(&mut self, frame: Frame<'_>, len: usize) -> Appended {
        frame.copy_into(len, &mut self.pending, &mut self.spare);
        self.appended += len as u64;
        self.pending.messages += 1;
        Appended {
            writer: self.wake_writer(),
            position: self.appended,
            len,
        }
    }

    /// Appends SUB or UNSUB lines, unless there is no connection: then [`Outbound::link_up`] gets what is current.
    #[must_use]
    pub(crate) fn append_control(&mut self, lines: &[u8]) -> Option<Waker> {
        if !self.up || self.closed || lines.is_empty() {
            return None;
        }
        self.control(lines);
        self.wake_writer()
    }

    fn control(&mut self, lines: &[u8]) {
        self.pending.copy([lines], &mut self.spare);
        self.count_control(lines.len());
    }

    fn count_control(&mut self, len: usize) {
        self.appended += len as u64;
        self.controls += len as u64;
    }

    #[inline]
    fn wake_writer(&mut self) -> Option<Waker> {
        if self.up {
            self.writer.take()
        } else {
            None
        }
    }

    fn grant(&mut self) -> Vec<Waker> {
        let mut wake = Vec::new();
        if self.capacity.has_waiters() {
            self.capacity.grant(self.load(), &mut wake);
        }
        self.measure_room();
        wake
    }

    /// Whether there is a connection.
    pub(crate) fn is_up(&self) -> bool {
        self.up
    }

    /// Whether the client is closed for new frames.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }
}

#[cfg(test)]
mod tests;
