//! A task that publishes to the stream: with ids, again when no ack comes, and with futures that are dropped.

use std::future::IntoFuture;

use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::Context;
use bytes::Bytes;

use super::super::{Outcome, User};
use crate::defects::Defect;
use crate::oracle::publishes::filler;

/// What the clock may add to a time-out, and what a stream may hold the client up with.
const SLACK: u64 = 250;

/// How often a message is published before its publisher gives up, while things fail.
const ATTEMPTS: u64 = 3;

/// Messages that are published when nothing fails any more.
const LAST: u64 = 2;

/// What became of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Attempt {
    Acked,
    Failed,
    Dropped,
}

/// An attempt to publish, and how it goes.
struct Draft<'a> {
    context: &'a Context,
    timeout: u64,
    id: String,
    payload: Bytes,
}

impl User {
    /// Publishes until all is calm, and then once more, with success.
    pub(crate) async fn publishes_to_stream(mut self) {
        self.sim.lock().readings.publishers += 1;
        let (context, timeout) = self.context();
        let most = self.sim.lock().plan.streams.map_or(0, |streams| streams.messages);
        let pace = *self.rng.pick(&[10, 100, 800]);
        let mut number = 0;
        while number < most && !self.is_calm() {
            for _ in 0..self.rng.range(1, 4) {
                number += 1;
                self.publishes_one(&context, timeout, number, ATTEMPTS).await;
            }
            self.pause(pace).await;
        }
        while !self.is_calm() {
            self.pause(1_000).await;
        }
        for _ in 0..LAST {
            number += 1;
            self.publishes_one(&context, timeout, number, u64::MAX).await;
        }
        self.sim.lock().readings.publishers -= 1;
    }

    async fn publishes_one(&mut self, context: &Context, timeout: u64, number: u64, attempts: u64) {
        let id = format!("{}-{number}", self.number);
        let len = self.rng.range(0, 60) as usize;
        let mut payload = format!("{id} ").into_bytes();
        payload.extend_from_slice(filler(len, number as usize));
        let mut draft = Draft {
            context,
            timeout,
            id,
            payload: Bytes::from(payload),
        };
        if self.rng.chance(30) {
            self.expects_too_much(&draft).await;
        }
        for attempt in 0..attempts {
            let outcome = self.attempt(&draft).await;
            let is_over = outcome == Attempt::Acked || (outcome == Attempt::Dropped && attempts < u64::MAX);
            if is_over && !self.rng.chance(50) || self.is_over() {
                return;
            }
            if attempts == u64::MAX && self.sim.lock().is_too_late() {
                let text = format!("message {} is not acked, and nothing fails any more", draft.id);
                return self.sim.lock().violated("I1", text);
            }
            if self.sim.lock().has_defect(Defect::RetryHasAnotherId) {
                draft.id = format!("{}-{attempt}", draft.id);
            }
            self.pause(600).await;
        }
    }

    async fn attempt(&mut self, draft: &Draft<'_>) -> Attempt {
        let began = self.sim.lock().now;
        let message = PublishMessage::build()
            .payload(draft.payload.clone())
            .message_id(&draft.id);
        let sent = self.call(draft.context.send_publish("js.a", message)).await;
        self.ends_in_time(draft, "publish", began, 2 * draft.timeout);
        let ack = match sent {
            Outcome::Ended(Ok(ack), _) => ack,
            Outcome::Ended(Err(error), _) => return self.attempted(draft, Attempt::Failed, &error.to_string()),
            Outcome::Dropped => return self.attempted(draft, Attempt::Dropped, "sending"),
        };
        if self.rng.chance(300) {
            self.pause(200).await;
        }
        let began = self.sim.lock().now;
        let outcome = self.call(ack.into_future()).await;
        let is_silent = self.sim.lock().has_defect(Defect::AckIsAwaitedForEver);
        if is_silent && matches!(outcome, Outcome::Ended(Err(_), _)) {
            self.pause(5_000).await;
        }
        self.ends_in_time(draft, "ack", began, draft.timeout);
        let is_forged = self.sim.lock().has_defect(Defect::AckIsForged);
        match outcome {
            Outcome::Ended(Ok(ack), _) => {
                self.sim.lock().acked(&draft.id, ack.sequence);
                self.attempted(draft, Attempt::Acked, "")
            }
            Outcome::Ended(Err(_), _) if is_forged => {
                let mut world = self.sim.lock();
                let last = world.streams.log.len() as u64;
                world.acked(&draft.id, last);
                Attempt::Acked
            }
            Outcome::Ended(Err(error), _) => self.attempted(draft, Attempt::Failed, &error.to_string()),
            Outcome::Dropped => self.attempted(draft, Attempt::Dropped, "ack"),
        }
    }

    fn attempted(&self, draft: &Draft<'_>, outcome: Attempt, why: &str) -> Attempt {
        let mut world = self.sim.lock();
        let now = world.now;
        world.trace.note(now, "stream publish", outcome as u64, || {
            format!("{}: {outcome:?} {why}", draft.id)
        });
        outcome
    }

    /// Nothing ends in silence.
    fn ends_in_time(&self, draft: &Draft<'_>, what: &str, began: u64, limit: u64) {
        let mut world = self.sim.lock();
        let took = world.now - began;
        if took > limit + SLACK {
            let text = format!("the {what} of message {} took {took} ms of {limit}", draft.id);
            world.violated("I1", text);
        }
    }

    /// An expectation that does not hold: it must not be acked.
    async fn expects_too_much(&mut self, draft: &Draft<'_>) {
        let id = format!("{}x", draft.id);
        let message = PublishMessage::build()
            .payload(Bytes::from(format!("{id} ")))
            .message_id(&id)
            .expected_last_sequence(1_000_000);
        let Outcome::Ended(Ok(ack), _) = self.call(draft.context.send_publish("js.b", message)).await else {
            return;
        };
        if let Outcome::Ended(Ok(ack), _) = self.call(ack.into_future()).await {
            let text = format!("message {id} was acked as {} against its expectation", ack.sequence);
            self.sim.lock().violated("I1", text);
        }
    }
}
