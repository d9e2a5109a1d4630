//! Services within the cluster, which answer requests in every way that a client has to bear: at once, late, twice, never,
//! and with more than was asked for.

use bytes::Bytes;

use crate::net::link::Message;
use crate::oracle::publishes::filler;
use crate::world::{Due, World};

/// Answers that are on their way.
#[derive(Debug, Default)]
pub(crate) struct Answers(Vec<Option<Message>>);

impl World {
    /// Whether a service listens to the subject of this message. If it is a request, answers are on their way.
    pub(crate) fn serve(&mut self, message: &Message) -> bool {
        let Some(name) = message.subject.strip_prefix("svc.") else {
            return false;
        };
        let (times, latest, extra) = match name {
            "echo" => (1, 0, 0),
            "slow" => (1, 3_000, 0),
            "twice" => (2, 20, 0),
            "never" => (0, 0, 0),
            "big" => (1, 5, if self.plan.network.is_quick() { 20_000 } else { 500 }),
            _ => return false,
        };
        for _ in 0..times {
            let Some(reply) = &message.reply else { continue };
            let mut payload = message.payload.to_vec();
            payload.extend_from_slice(filler(extra, self.rng.below(1_000) as usize));
            let answer = Message {
                subject: reply.clone(),
                reply: None,
                headers: message.headers.clone(),
                payload: Bytes::from(payload),
            };
            self.answers.0.push(Some(answer));
            let at = self.now + self.rng.below(latest + 1);
            self.schedule(at, Due::Answer(self.answers.0.len() - 1));
        }
        true
    }

    pub(crate) fn answer(&mut self, number: usize) {
        if let Some(answer) = self.answers.0[number].take() {
            self.route(None, answer);
        }
    }
}
