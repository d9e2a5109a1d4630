//! What is published to the stream: stored once for each message id, and acked with its sequence.

use bytes::Bytes;

use super::STREAM;
use crate::net::link::Message;
use crate::world::World;

/// One message of the stream.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) subject: String,
    pub(crate) headers: Option<Bytes>,
    pub(crate) payload: Bytes,
}

/// A header of a message, as it is on the wire.
fn header<'a>(message: &'a Message, name: &str) -> Option<&'a str> {
    let block = std::str::from_utf8(message.headers.as_deref()?).ok()?;
    let mut lines = block.split("\r\n").filter_map(|line| line.split_once(": "));
    lines.find(|(known, _)| *known == name).map(|(_, value)| value)
}

impl World {
    /// A message for the stream: it is stored, and its publisher is told so, unless the answer is lost.
    pub(super) fn store(&mut self, message: &Message) {
        let id = header(message, "Nats-Msg-Id");
        let known = id.and_then(|id| self.streams.by_id.get(id).copied());
        let last = self.streams.log.len() as u64;
        let expected = header(message, "Nats-Expected-Last-Sequence");
        let answer = match known {
            Some(sequence) => format!("{{\"stream\":\"{STREAM}\",\"seq\":{sequence},\"duplicate\":true}}"),
            None if expected.is_some_and(|expected| expected != last.to_string()) => format!(
                "{{\"error\":{{\"code\":400,\"err_code\":10071,\"description\":\"wrong last sequence: {last}\"}},\
                 \"stream\":\"{STREAM}\",\"seq\":0}}"
            ),
            None => {
                let sequence = last + 1;
                if let Some(id) = id {
                    self.streams.by_id.insert(id.to_owned(), sequence);
                }
                let stored = Stored {
                    subject: message.subject.clone(),
                    headers: message.headers.clone(),
                    payload: message.payload.clone(),
                };
                self.stored(id, &stored);
                self.streams.log.push(stored);
                format!("{{\"stream\":\"{STREAM}\",\"seq\":{sequence}}}")
            }
        };
        let lost = self.plan.streams.map_or(0, |streams| streams.acks_lost);
        if self.is_calm() || !self.rng.chance(lost) {
            self.reply(message, answer);
        }
        self.deliver_all();
    }
}
