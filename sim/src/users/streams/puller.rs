//! A task that pulls messages and acks them, in every way there is.

use std::time::Duration;

use async_nats::jetstream::consumer::pull::{Config, MessagesErrorKind, Stream};
use async_nats::jetstream::consumer::{AckPolicy, Consumer};
use async_nats::jetstream::{AckKind, Message};
use futures_util::StreamExt;

use super::super::User;
use crate::defects::Defect;
use crate::server::streams::STREAM;

impl User {
    /// Pulls from a consumer of its own until everything is acked.
    pub(crate) async fn pulls(mut self) {
        let (context, _) = self.context();
        let name = format!("pull{}", self.number);
        while !self.has_all(&name) {
            let config = Config {
                durable_name: Some(name.clone()),
                ack_policy: AckPolicy::Explicit,
                ..Config::default()
            };
            let made = context.create_consumer_on_stream(config, STREAM).await;
            match made {
                Ok(consumer) if self.rng.chance(200) => drop(self.fetches(&consumer).await),
                Ok(consumer) => self.pulls_from(&name, &consumer).await,
                Err(_) => self.pause(1_000).await,
            }
        }
    }

    /// Whether the reader is done. If it will never be, that is found here.
    fn has_all(&self, name: &str) -> bool {
        let mut world = self.sim.lock();
        let last = world.streams.log.len();
        let consumer = world.streams.consumers.get(name);
        let acked = consumer.map_or(0, |consumer| consumer.acked.len());
        let is_done = world.is_all_published() && acked == last;
        if !is_done && world.is_too_late() {
            let text = format!("{name} has acked {acked} of {last} messages, and nothing fails any more");
            world.violated("I19", text);
        }
        is_done || world.violation.is_some()
    }

    async fn pulls_from(&mut self, name: &str, consumer: &Consumer<Config>) {
        let expires = self.rng.range(300, 6_000);
        let mut builder = consumer.stream().expires(Duration::from_millis(expires));
        builder = match self.rng.chance(700) {
            true => builder.max_messages_per_batch(self.rng.range(1, 30) as usize),
            false => builder.max_bytes_per_batch(self.rng.range(500, 4_000) as usize),
        };
        if self.rng.chance(500) {
            builder = builder.heartbeat(Duration::from_millis(expires / 3));
        }
        let Ok(mut stream) = builder.messages().await else {
            return self.pause(500).await;
        };
        let slowly = *self.rng.pick(&[0, 0, 30]);
        let mut handed = 0;
        while !self.has_all(name) && self.pulls_one(name, &mut stream, &mut handed).await {
            self.pause(slowly).await;
        }
    }

    /// Whether there is more to expect from this stream.
    async fn pulls_one(&mut self, name: &str, stream: &mut Stream, handed: &mut u64) -> bool {
        let patience = Duration::from_millis(*self.rng.pick(&[1, 200, 1_000]));
        let overtakes = self.sim.lock().has_defect(Defect::ErrorOvertakes);
        match tokio::time::timeout(patience, stream.next()).await {
            Err(_) => true,
            Ok(None) => {
                self.pause(100).await;
                false
            }
            Ok(Some(Ok(message))) => {
                if overtakes && self.rng.chance(20) {
                    self.sim.lock().reader_failed(name, *handed, true);
                }
                *handed += 1;
                self.acks(message).await;
                true
            }
            Ok(Some(Err(error))) => {
                let kind = error.kind();
                let mut world = self.sim.lock();
                let now = world.now;
                world
                    .trace
                    .note(now, "pull", *handed, || format!("{name}: {error} after {handed}"));
                world.reader_failed(name, *handed, kind == MessagesErrorKind::MissingHeartbeat);
                kind != MessagesErrorKind::NoResponders
            }
        }
    }

    async fn acks(&mut self, message: Message) {
        let sequence = self.sim.lock().handed("I19", &message);
        {
            let mut world = self.sim.lock();
            let now = world.now;
            world
                .trace
                .note(now, "pulled", sequence.unwrap_or(0), || format!("{sequence:?}"));
        }
        match self.rng.below(20) {
            0 => {}
            1 => drop(self.call(message.ack_with(AckKind::Nak(None))).await),
            2 => drop(self.call(message.ack_with(AckKind::Progress)).await),
            3 => drop(self.call(message.ack_with(AckKind::Term)).await),
            4 => drop(self.call(message.double_ack()).await),
            _ => drop(self.call(message.ack()).await),
        }
    }

    /// What is there, and no more. Nothing when that could not be asked for.
    async fn fetches(&mut self, consumer: &Consumer<Config>) -> Option<()> {
        let most = self.rng.range(1, 20) as usize;
        let limit = Duration::from_millis(self.rng.range(100, 3_000));
        let batch = match self.rng.chance(500) {
            true => consumer.fetch().max_messages(most).messages().await,
            false => consumer.batch().max_messages(most).expires(limit).messages().await,
        };
        let began = self.sim.lock().now;
        let mut batch = batch.ok()?;
        let mut count = 0;
        while let Some(next) = batch.next().await {
            match next {
                Ok(message) => {
                    count += 1;
                    self.acks(message).await;
                }
                Err(_) => break,
            }
        }
        let mut world = self.sim.lock();
        let now = world.now;
        world
            .trace
            .note(now, "fetched", count, || format!("{count} of {most} since {began}"));
        if count > most as u64 {
            world.violated("I19", format!("{most} messages were asked for, and {count} came"));
        }
        Some(())
    }
}
