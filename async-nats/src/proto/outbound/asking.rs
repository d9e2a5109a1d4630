//! Asking when something was written, and when the server has it.

use std::task::Waker;

use super::{Outbound, Refused, PING};
use crate::proto::completion::{promise, Completion};
use crate::proto::fences::Fence;
use crate::proto::limits::MAX_PONGS_OWED;

/// What somebody waits for who wants to know of losses.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) completion: Completion,
    /// The number of the loss that it is about when it ends with one: whoever is told was told of all up to this one.
    pub(crate) loss: u64,
}

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

    /// How many connections broke that may have taken publishes with them, which were written and not confirmed.
    pub(crate) fn losses(&self) -> u64 {
        self.fences.losses()
    }

    /// How many connections broke whose streams had taken publishes and not flushed them.
    pub(crate) fn flush_losses(&self) -> u64 {
        self.flush_losses
    }

    /// Publishes that were ever appended.
    pub(super) fn published(&self) -> u64 {
        self.taken + u64::from(self.pending.messages)
    }

    /// A fence for a caller to wait for, which ends only when everything that was published before has arrived. The caller
    /// was told of the losses up to `told`; a later one is told now.
    pub(crate) fn confirm(&mut self, told: u64) -> Result<(Asked, Option<Waker>), Refused> {
        if self.closed {
            return Err(Refused::Closed);
        }
        let (promise, completion) = promise();
        let losses = self.losses();
        if told < losses {
            let _nobody_waits_yet = promise.lose();
            return Ok((
                Asked {
                    completion,
                    loss: losses,
                },
                None,
            ));
        }
        let asked = Asked {
            completion,
            loss: losses + 1,
        };
        Ok((asked, self.fence(Fence::Confirm(promise))))
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

    /// Something to wait for that ends when everything appended so far is written. The caller was told of the losses up to
    /// `told`, of those that [`Outbound::flush_losses`] counts; a later one is told now.
    pub(crate) fn flush(&mut self, told: u64) -> Result<Asked, Refused> {
        if self.closed {
            return Err(Refused::Closed);
        }
        let (promise, completion) = promise();
        let losses = self.flush_losses;
        if told < losses {
            let _nobody_waits_yet = promise.lose();
            return Ok(Asked {
                completion,
                loss: losses,
            });
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
        Ok(Asked {
            completion,
            loss: losses + 1,
        })
    }
}
