//! What goes wrong with the stream, at times that the plan has chosen.

use crate::plan::Fault;
use crate::world::{Due, World};

impl World {
    /// A fault of the plan happens to the stream.
    pub(crate) fn streams_fault(&mut self, fault: Fault) {
        match fault {
            Fault::NoLeader { takes, is_silent } => self.leader_goes(takes, is_silent),
            Fault::ForgetsRequests => {
                for consumer in self.streams.consumers.values_mut() {
                    consumer.waiting.clear();
                }
            }
            Fault::EndsRequests { status } => self.requests_end(status),
            Fault::LosesConsumers { is_told, durables } => self.consumers_go(is_told, durables),
            Fault::LosesDeliveries { count } => self.streams.loses += count,
            _ => {}
        }
    }

    /// Requests that wait end, told or not, and consumers that nothing else holds may go with their leader.
    fn leader_goes(&mut self, takes: u64, is_silent: bool) {
        let names: Vec<String> = self.streams.consumers.keys().cloned().collect();
        for name in names {
            let is_told = self.rng.chance(500);
            let is_gone = self.rng.chance(500);
            let Some(consumer) = self.streams.consumers.get_mut(&name) else {
                continue;
            };
            let waiting = std::mem::take(&mut consumer.waiting);
            let is_gone = is_gone && !consumer.is_durable;
            for waiting in waiting.iter().filter(|_| is_told) {
                self.tell(&waiting.inbox, "409 Leadership Change", &waiting.left());
            }
            if is_gone {
                self.deletes(&name, false);
            }
        }
        self.streams.leaderless = Some(is_silent);
        self.streams.leader_at = self.streams.leader_at.max(self.now + takes);
        self.schedule(self.streams.leader_at, Due::Leader);
    }

    fn requests_end(&mut self, status: &str) {
        let consumers = self.streams.consumers.values_mut();
        let waiting: Vec<_> = consumers
            .flat_map(|consumer| std::mem::take(&mut consumer.waiting))
            .collect();
        for waiting in waiting {
            self.tell(&waiting.inbox, status, &waiting.left());
        }
    }

    fn consumers_go(&mut self, is_told: bool, durables: bool) {
        let consumers = self.streams.consumers.iter();
        let gone = consumers.filter(|(_, consumer)| durables || !consumer.is_durable);
        let names: Vec<String> = gone.map(|(name, _)| name.clone()).collect();
        for name in names {
            self.deletes(&name, is_told);
        }
    }

    /// There may be a leader again.
    pub(crate) fn leader_comes(&mut self) {
        if self.now < self.streams.leader_at && !self.is_calm() {
            return;
        }
        self.streams.loses = if self.is_calm() { 0 } else { self.streams.loses };
        self.streams.leaderless = None;
        self.trace.note(self.now, "leader", 0, String::new);
        self.deliver_all();
    }
}
