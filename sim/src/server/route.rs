//! Where a message goes: subscriptions with wildcards, queue groups, services, the stream, and the answer that nobody is there.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::subject::matches;
use crate::net::link::{Message, Word};
use crate::net::wire::Published;
use crate::world::World;

/// The block of headers that says that nobody listens.
const NO_RESPONDERS: &[u8] = b"NATS/1.0 503\r\n\r\n";

impl From<Published> for Message {
    fn from(published: Published) -> Self {
        Message {
            subject: published.subject,
            reply: published.reply,
            headers: published.headers,
            payload: published.payload,
        }
    }
}

impl World {
    /// A message came to a server, from a connection or from within.
    pub(crate) fn route(&mut self, from: Option<usize>, message: Message) {
        let message = Arc::new(message);
        let mut targets: Vec<(usize, u64)> = Vec::new();
        let mut groups: BTreeMap<(String, String), Vec<(usize, u64)>> = BTreeMap::new();
        for (link, session) in &self.sessions {
            if Some(*link) == from && !session.echo {
                continue;
            }
            for (sid, subscription) in &session.subscriptions {
                if !matches(&subscription.subject, &message.subject) {
                    continue;
                }
                match &subscription.queue {
                    None => targets.push((*link, *sid)),
                    Some(queue) => groups
                        .entry((subscription.subject.clone(), queue.clone()))
                        .or_default()
                        .push((*link, *sid)),
                }
            }
        }
        for members in groups.values() {
            targets.push(*self.rng.pick(members));
        }
        let is_served = self.serve(&message) || self.serve_streams(&message);
        if targets.is_empty() && !is_served {
            return self.nobody_there(from, &message);
        }
        for (link, sid) in targets {
            self.deliver(link, sid, &message);
        }
    }

    fn nobody_there(&mut self, from: Option<usize>, message: &Message) {
        let (Some(link), Some(reply)) = (from, &message.reply) else {
            return;
        };
        let Some(session) = self.sessions.get(&link) else {
            return;
        };
        let mut subscriptions = session.subscriptions.iter();
        let asker = subscriptions.find(|(_, subscription)| matches(&subscription.subject, reply));
        let Some(sid) = asker.map(|(sid, _)| *sid) else { return };
        let answer = Arc::new(Message {
            subject: reply.clone(),
            reply: None,
            headers: Some(Bytes::from_static(NO_RESPONDERS)),
            payload: Bytes::new(),
        });
        self.deliver(link, sid, &answer);
    }

    pub(super) fn deliver(&mut self, link: usize, sid: u64, message: &Arc<Message>) {
        let Some(session) = self.sessions.get_mut(&link) else {
            return;
        };
        let Some(subscription) = session.subscriptions.get_mut(&sid) else {
            return;
        };
        subscription.delivered += 1;
        if subscription.max.is_some_and(|max| subscription.delivered >= max) {
            session.subscriptions.remove(&sid);
        }
        let bytes = encoded(sid, message);
        let word = Word::Message {
            sid,
            message: Arc::clone(message),
        };
        self.send(link, &bytes, word);
    }
}

fn encoded(sid: u64, message: &Message) -> Vec<u8> {
    let reply = message
        .reply
        .as_ref()
        .map_or(String::new(), |reply| format!("{reply} "));
    let (subject, payload) = (&message.subject, &message.payload);
    let mut bytes = match &message.headers {
        None => format!("MSG {subject} {sid} {reply}{}\r\n", payload.len()).into_bytes(),
        Some(headers) => {
            let (block, total) = (headers.len(), headers.len() + payload.len());
            let mut bytes = format!("HMSG {subject} {sid} {reply}{block} {total}\r\n").into_bytes();
            bytes.extend_from_slice(headers);
            bytes
        }
    };
    bytes.extend_from_slice(payload);
    bytes.extend_from_slice(b"\r\n");
    bytes
}
