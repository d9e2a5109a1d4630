//! A task that reads the stream in order, pushed or pulled.

use std::time::Duration;

use async_nats::jetstream::consumer::{pull, push, Consumer, DeliverPolicy};
use async_nats::jetstream::{Context, Message};
use futures_util::stream::BoxStream;
use futures_util::StreamExt;

use super::super::User;
use crate::defects::Defect;
use crate::server::streams::STREAM;

type Messages = BoxStream<'static, Result<Message, String>>;

impl User {
    /// Reads the stream until it has all of it, more than once perhaps.
    pub(crate) async fn reads_in_order(mut self) {
        let (context, _) = self.context();
        loop {
            let start = if self.rng.chance(700) { 1 } else { self.rng.range(1, 8) };
            let Some(mut messages) = self.begins(&context, start).await else {
                self.pause(800).await;
                if self.is_over() || self.is_lost(start) {
                    return;
                }
                continue;
            };
            let patience = self.rng.chance(300).then(|| self.rng.range(500, 10_000));
            let until = patience.map_or(u64::MAX, |patience| self.sim.lock().now + patience);
            if self.follows(&mut messages, start, until).await {
                return;
            }
        }
    }

    async fn begins(&mut self, context: &Context, start: u64) -> Option<Messages> {
        let deliver_policy = match start {
            1 => DeliverPolicy::All,
            start_sequence => DeliverPolicy::ByStartSequence { start_sequence },
        };
        if self.rng.chance(300) {
            let config = pull::OrderedConfig {
                deliver_policy,
                ..Default::default()
            };
            let consumer: Consumer<_> = context.create_consumer_on_stream(config, STREAM).await.ok()?;
            self.sim.lock().ordered_begins(&consumer.cached_info().name);
            let messages = consumer.messages().await.ok()?;
            return Some(messages.map(|next| next.map_err(|error| error.to_string())).boxed());
        }
        let config = push::OrderedConfig {
            deliver_subject: self.client.new_inbox(),
            deliver_policy,
            ..Default::default()
        };
        let consumer: Consumer<_> = context.create_consumer_on_stream(config, STREAM).await.ok()?;
        self.sim.lock().ordered_begins(&consumer.cached_info().name);
        let messages = consumer.messages().await.ok()?;
        Some(messages.map(|next| next.map_err(|error| error.to_string())).boxed())
    }

    /// Reads on from `start`. Whether it has all; if not, it was given up on purpose.
    async fn follows(&mut self, messages: &mut Messages, start: u64, until: u64) -> bool {
        let mut due = start;
        let slowly = *self.rng.pick(&[0, 0, 40]);
        loop {
            let (is_done, now) = {
                let world = self.sim.lock();
                (
                    world.is_all_published() && due > world.streams.log.len() as u64,
                    world.now,
                )
            };
            if is_done || self.is_over() || self.is_lost(due) {
                return true;
            }
            if now >= until && !self.is_calm() {
                return false;
            }
            let patience = Duration::from_millis(*self.rng.pick(&[1, 200, 1_000]));
            let Ok(next) = tokio::time::timeout(patience, messages.next()).await else {
                continue;
            };
            match next {
                None => return self.ends_for_nothing(due),
                Some(next) => due = self.takes(next, due),
            }
            self.pause(slowly).await;
        }
    }

    /// What comes, and what is due next.
    fn takes(&mut self, next: Result<Message, String>, due: u64) -> u64 {
        let mut world = self.sim.lock();
        let (now, defect) = (world.now, world.defect);
        let message = match next {
            Ok(message) => message,
            Err(error) => {
                world.trace.note(now, "ordered", due, || error);
                return due;
            }
        };
        if defect == Some(Defect::OrderedSkips) && world.rng.chance(50) {
            return due;
        }
        let sequence = world.handed("I8", &message);
        world.trace.note(now, "ordered", due, || format!("{sequence:?}"));
        if sequence != Some(due) {
            let text = format!("an ordered reader got {sequence:?}, and {due} was due");
            world.violated("I8", text);
        }
        let is_wrong = defect == Some(Defect::OrderedRepeats) && world.rng.chance(50);
        due + 1 + u64::from(is_wrong)
    }

    fn ends_for_nothing(&self, due: u64) -> bool {
        let text = format!("an ordered reader ended at {due}, and the stream is there");
        self.sim.lock().violated("I8", text);
        true
    }

    /// It does not come any more.
    fn is_lost(&self, due: u64) -> bool {
        let mut world = self.sim.lock();
        let is_lost = world.is_too_late();
        if is_lost {
            let last = world.streams.log.len();
            let text = format!("an ordered reader waits for {due} of {last}, and nothing fails any more");
            world.violated("I8", text);
        }
        is_lost
    }
}
