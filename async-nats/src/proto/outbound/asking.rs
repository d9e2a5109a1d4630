//! Asking when something was written, and when the server has it.

use std::task::Waker;

use super::{Outbound, Refused, PING};
use crate::proto::completion::{promise, Completion};
use crate::proto::fences::Fence;
use crate::proto::limits::MAX_PONGS_OWED;

impl Outbound {
    /// Asks the server for a sign that it has handled everything up to here.
    pub(crate) fn fence(&mut self, fence: Fence) -> Option<Waker> {
        if self.up && !self.stopping {
            self.fences.asked(fence, self.published());
            self.control(PING);
            self.wake_writer()
        } else {
            self.fences.wait(fence);
            None
        }
    }

    /// The fence behind which the client ends. What was lost before, and nobody was told of, makes its end one that is not
    /// complete.
    pub(crate) fn last_fence(&mut self) -> Option<Waker> {
        let complete = !self.fences.take_loss();
        self.fence(Fence::Client { complete })
    }

    /// Publishes that were ever appended.
    pub(super) fn published(&self) -> u64 {
        self.taken + u64::from(self.pending.messages)
    }

    /// A fence for a caller to wait for, which ends only when everything that was published before has arrived.
    pub(crate) fn confirm(&mut self) -> Result<(Completion, Option<Waker>), Refused> {
        if self.closed {
            return Err(Refused::Closed);
        }
        let (promise, completion) = promise();
        if self.fences.take_loss() {
            let _nobody_waits_yet = promise.lose();
            return Ok((completion, None));
        }
        Ok((completion, self.fence(Fence::Confirm(promise))))
    }

    /// A fence for a caller to wait for.
    pub(crate) fn caller_fence(&mut self) -> Result<(Completion, Option<Waker>), Refused> {
        if self.closed {
            return Err(Refused::Closed);
        }
        let (promise, completion) = promise();
        Ok((completion, self.fence(Fence::Caller(promise))))
    }

    /// A PONG came.
    pub(crate) fn pong(&mut self) -> Option<Fence> {
        self.fences.pong()
    }

    /// A PING came: it is answered ahead of what is pending.
    pub(crate) fn ping(&mut self) -> Option<Waker> {
        self.pongs = (self.pongs + 1).min(MAX_PONGS_OWED);
        self.wake_writer()
    }

    /// Something to wait for that ends when everything appended so far is written.
    pub(crate) fn flush(&mut self) -> Result<Completion, Refused> {
        if self.closed {
            return Err(Refused::Closed);
        }
        let (promise, completion) = promise();
        if std::mem::take(&mut self.flush_lost) {
            let _nobody_waits_yet = promise.lose();
            return Ok(completion);
        }
        // What is written may still be in a buffer of the stream, until the writer is done with its batch.
        if self.written >= self.appended && self.up && !self.writing {
            let _nobody_waits_yet = promise.keep();
        } else {
            if self.flushes.len() == self.flushes.capacity() {
                self.flushes.retain(|(_, promise)| promise.is_awaited());
            }
            self.flushes.push((self.appended, promise));
        }
        Ok(completion)
    }
}
