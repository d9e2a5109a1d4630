//! Fences: a PONG ends the oldest one that was asked for on this connection; who waits for an answer gets one from
//! whichever server there is; a loss is told to those who asked for it, and once.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use super::input::Input;
use crate::proto::completion::{promise, Completion, Outcome};
use crate::proto::fences::{Fence, Fences};

/// Who waits, and for what.
#[derive(Debug)]
struct Waiter {
    completion: Completion,
    confirms: bool,
}

pub(super) fn check(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let mut world = World::default();
    while !input.is_empty() {
        world.step(&mut input);
    }
    world.finish();
}

#[derive(Default)]
struct World {
    fences: Fences,
    up: bool,
    published: u64,
    /// PINGs that were appended and not answered.
    asked: usize,
    waiters: VecDeque<Waiter>,
}

impl World {
    fn step(&mut self, input: &mut Input<'_>) {
        match input.below(8) {
            0 => self.published += input.byte() as u64,
            1..=3 => {
                let fence = self.fence(input.below(3));
                if self.up {
                    self.fences.asked(fence, self.published);
                    self.asked += 1;
                } else {
                    self.fences.wait(fence);
                }
            }
            // Somebody stops waiting.
            4 if !self.waiters.is_empty() => {
                self.waiters.remove(usize::from(input.byte()) % self.waiters.len());
            }
            5 => self.pong(),
            6 if self.up => {
                let sent = self.published.saturating_sub(input.byte().into());
                self.fences.disconnected(sent, &mut Vec::new());
                self.up = false;
                self.asked = 0;
                self.drop_lost();
            }
            7 if !self.up => {
                self.asked = self.fences.connected(self.published);
                self.up = true;
            }
            _ => {}
        }
    }

    fn fence(&mut self, kind: usize) -> Fence {
        if kind == 0 {
            return Fence::KeepAlive;
        }
        let (promise, completion) = promise();
        let confirms = kind == 1;
        self.waiters.push_back(Waiter { completion, confirms });
        match confirms {
            true => Fence::Confirm(promise),
            false => Fence::Caller(promise),
        }
    }

    fn pong(&mut self) {
        let fence = self.fences.pong();
        assert_eq!(
            fence.is_some(),
            self.asked > 0,
            "a PONG answers what was asked on this connection"
        );
        self.asked = self.asked.saturating_sub(1);
        if let Some(Fence::Caller(promise) | Fence::Confirm(promise)) = fence {
            let was_awaited = promise.is_awaited();
            drop(promise.keep());
            let first = self
                .waiters
                .iter()
                .position(|waiter| outcome(&waiter.completion).is_some());
            assert_eq!(first, was_awaited.then_some(0), "who asked first is answered first");
            self.waiters.drain(..first.map_or(0, |first| first + 1));
        }
    }

    /// A connection broke: those who asked to be told of a loss may have been.
    fn drop_lost(&mut self) {
        self.waiters.retain(|waiter| match outcome(&waiter.completion) {
            None => true,
            Some(Outcome::Lost) if waiter.confirms => false,
            other => panic!("a connection that broke ended a wait with {other:?}"),
        });
    }

    /// A connection that stays answers all.
    fn finish(mut self) {
        if !self.up {
            self.asked = self.fences.connected(self.published);
        }
        for _ in 0..self.asked {
            self.pong();
        }
        assert!(self.waiters.is_empty(), "{} wait for ever", self.waiters.len());
    }
}

fn outcome(completion: &Completion) -> Option<Outcome> {
    match completion.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => Some(outcome),
        Poll::Pending => None,
    }
}
