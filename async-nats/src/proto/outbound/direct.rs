//! A lone frame that its own caller writes to the socket, with no lock held and nobody woken for it.
//!
//! That is allowed only when nothing is pending and nobody is writing, so order is kept: until the caller says how far it
//! came, the writer waits, and whatever else is appended waits for the writer. What the caller could not write, the writer
//! writes first. When the connection ends meanwhile, a frame that was written whole is not sent again, and one that was not
//! is appended anew, behind what is there by then; its caller has published nothing after it.

use std::task::Waker;

use super::{Batch, Frame, Outbound};

/// Leave to write one frame; given back with [`Outbound::end_direct`].
#[derive(Debug)]
#[must_use]
pub(crate) struct Direct {
    link: u64,
}

impl Outbound {
    /// The number of this connection among all of the client's.
    pub(crate) fn link(&self) -> u64 {
        self.links_lost
    }

    /// Leave to write a frame of `len` bytes to the connection with the number `link`; `None` when it must be appended.
    pub(crate) fn begin_direct(&mut self, len: usize, link: u64) -> Option<Direct> {
        let is_idle = self.up && !self.stopping && !self.writing && !self.is_pending() && self.pongs == 0;
        let fits = self.appended + len as u64 <= self.room_until && self.room_for_messages > 0;
        if !is_idle || !fits || link != self.links_lost {
            return None;
        }
        self.direct = true;
        self.writing = true;
        self.messages_in_flight = 1;
        self.taken += 1;
        self.appended += len as u64;
        self.measure_room();
        Some(Direct { link })
    }

    /// The first `count` bytes of the frame were written. Those to be woken are put into `wake`.
    pub(crate) fn end_direct(&mut self, direct: Direct, frame: Frame<'_>, count: usize, wake: &mut Vec<Waker>) {
        let len = frame.len();
        if direct.link != self.links_lost {
            // It counts as sent with the connection that is gone.
            if count < len && !self.closed {
                wake.extend(self.append(frame, len).writer);
            }
            return;
        }
        self.direct = false;
        self.wrote(count, wake);
        if count == len {
            self.all_written(wake);
        } else {
            let mut rest = Batch::default();
            frame.copy_into(len, &mut rest, &mut self.spare);
            rest.messages = 1;
            rest.close();
            rest.advance(count);
            self.handed = Some(rest);
        }
        if self.is_pending() || self.pongs > 0 {
            wake.extend(self.wake_writer());
        }
    }
}
