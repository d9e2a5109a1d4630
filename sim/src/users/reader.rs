//! Tasks that subscribe, read quickly or slowly, answer what asks, and end their subscriptions in every way there is.

use std::time::Duration;

use async_nats::client::SubscribeOptions;
use async_nats::Subscriber;
use futures_util::StreamExt;

use super::calls::Draft;
use super::User;
use crate::defects::Defect;

const SUBJECTS: &[&str] = &["a.*", "a.>", "a.b", ">", "work.x", "d", "empty.*", "secret.x", "*.c"];

/// A subscription and its number.
pub(crate) struct Open {
    pub(crate) sid: u64,
    pub(crate) subscriber: Subscriber,
}

/// The sid of a subscriber: its `Debug` shows it.
fn sid_of(subscriber: &Subscriber) -> Option<u64> {
    let text = format!("{subscriber:?}");
    let digits = text.split_once("sid: ")?.1;
    digits[..digits.find(|c: char| !c.is_ascii_digit())?].parse().ok()
}

impl User {
    /// Subscribes; never has to wait.
    pub(crate) async fn subscribe(&mut self) -> Option<Open> {
        let subject = *self.rng.pick(SUBJECTS);
        let group = (subject == "work.x" || self.rng.chance(200)).then(|| "q".to_owned());
        let capacity = self.sim.lock().clients[self.number].plan.subscription_capacity;
        let own = self.rng.chance(200).then(|| self.rng.range(1, 10) as usize);
        let client = self.client.clone();
        let subscribed = match (&group, own) {
            (None, None) => client.subscribe(subject).await,
            (Some(group), None) => client.queue_subscribe(subject, group.clone()).await,
            (group, Some(own)) => {
                let mut options = SubscribeOptions::new().max_pending_messages(own);
                if let Some(group) = group {
                    options = options.queue_group(group.clone());
                }
                client.subscribe_with_options(subject, options).await
            }
        };
        let mut world = self.sim.lock();
        match subscribed {
            Ok(subscriber) => {
                let sid = sid_of(&subscriber)?;
                world.subscribed(self.number, sid, subject, group.as_deref(), own.unwrap_or(capacity));
                Some(Open { sid, subscriber })
            }
            Err(error) => {
                if !world.clients[self.number].is_ending {
                    world.violated("I21", format!("a subscription was refused: {error}"));
                }
                None
            }
        }
    }

    /// Reads one message, within some time. `false` at the end of the stream.
    pub(crate) async fn read(&mut self, open: &mut Open, patience: u64) -> bool {
        let loses = self.sim.lock().has_defect(Defect::DroppedReadLoses);
        let next = async {
            let next = open.subscriber.next().await;
            if loses {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            next
        };
        let next = tokio::time::timeout(Duration::from_millis(patience), next).await;
        let asks = {
            let mut world = self.sim.lock();
            match next {
                // Whoever has no patience at all may be out of the runtime's cooperative budget.
                Err(_) if patience == 0 => return true,
                Err(_) => {
                    world.nothing_came(self.number, open.sid);
                    return true;
                }
                Ok(None) => {
                    world.stream_ended(self.number, open.sid);
                    return false;
                }
                Ok(Some(message)) => {
                    let (dropped, waits) = (open.subscriber.dropped(), open.subscriber.pending_messages());
                    world.popped(self.number, open.sid, &message, dropped, waits);
                    message.reply.filter(|_| message.subject.as_str() == "work.x")
                }
            }
        };
        if let Some(reply) = asks {
            let len = self.rng.range(8, 100) as usize;
            self.publish(Draft::new(reply.as_str(), len)).await;
        }
        true
    }

    /// Reads and changes subscriptions until all is calm; what is still open then is returned.
    pub(crate) async fn reads(mut self) -> (Self, Vec<Open>) {
        let mut open: Vec<Open> = Vec::new();
        let pace = *self.rng.pick(&[0, 50, 1_500]);
        while !self.is_calm() {
            if open.is_empty() || (open.len() < 4 && self.rng.chance(50)) {
                open.extend(self.subscribe().await);
            }
            if open.is_empty() {
                self.pause(1_000).await;
                continue;
            }
            let at = self.rng.below(open.len() as u64) as usize;
            if self.rng.chance(60) {
                let chosen = open.swap_remove(at);
                open.extend(self.end_somehow(chosen).await);
            } else {
                let patience = *self.rng.pick(&[0, 1, 100, 800]);
                if !self.read(&mut open[at], patience).await {
                    open.swap_remove(at);
                }
            }
            self.pause(pace).await;
        }
        (self, open)
    }

    /// Ends a subscription; it is returned when there may be more to read.
    async fn end_somehow(&mut self, mut open: Open) -> Option<Open> {
        let (number, sid) = (self.number, open.sid);
        match self.rng.below(5) {
            0 => {
                self.sim.lock().unsubscribed(number, sid);
                drop(open);
                return None;
            }
            1 => {
                if open.subscriber.unsubscribe().await.is_ok() {
                    self.sim.lock().unsubscribed(number, sid);
                }
            }
            2 => {
                let is_drained = !self.sim.lock().subscription(number, sid).is_wanted();
                let more = self.rng.range(0, 8);
                let more = {
                    let mut world = self.sim.lock();
                    let subscription = world.subscription(number, sid);
                    // A limit is only ever lowered: a server may have reached the old one already.
                    let more = subscription.received + more;
                    subscription.max.map_or(more, |max| max.min(more))
                };
                if !is_drained && open.subscriber.unsubscribe_after(more).await.is_ok() {
                    self.sim.lock().unsubscribed_after(number, sid, more);
                }
            }
            _ => self.drain(&mut open).await,
        }
        let to_the_end = self.rng.chance(500) && !self.sim.lock().subscription(number, sid).is_wanted();
        if to_the_end {
            while self.read(&mut open, 60_000).await {}
            return None;
        }
        Some(open)
    }

    async fn drain(&mut self, open: &mut Open) {
        let is_early = self.sim.lock().has_defect(Defect::DrainDoesNotWait);
        let drained = match is_early {
            true => open.subscriber.unsubscribe().await,
            false => open.subscriber.drain().await,
        };
        if drained.is_ok() {
            self.sim.lock().drained(self.number, open.sid);
        }
    }
}
