//! What was published against what goes out: I2, I3, I4, I14, I18 and I21.
//!
//! Each message has a number, and its payload says which. So every frame on a wire is known for what it is.

use std::sync::LazyLock;

use bytes::Bytes;

use crate::net::wire::{Frame, Published};
use crate::rng::Rng;
use crate::world::World;

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Running,
    Done,
    Failed,
    /// Its future was dropped.
    Dropped,
}

/// The reply subject that a message must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    None,
    Given(String),
    /// One of the client's own.
    Inbox,
    /// The inbox that the user chose for a request.
    Own(String),
}

/// One message that a user published.
#[derive(Clone, Debug)]
pub(crate) struct Publish {
    pub(crate) client: usize,
    pub(crate) publisher: usize,
    pub(crate) subject: String,
    pub(crate) reply: Reply,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) len: usize,
    pub(crate) call: Call,
    /// The connection that took it whole.
    pub(crate) link: Option<usize>,
    pub(crate) is_received: bool,
}

/// Bytes of a payload that hold the number of its message.
pub(crate) const NUMBER: usize = 8;

const MASK: u64 = 0x0d0a_2050_5542_20a5;

const FILLER: usize = 256 * 1024;

/// Bytes that look like anything, the protocol too.
static FILLING: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut rng = Rng::new(7);
    let mut bytes = Vec::with_capacity(FILLER + 16);
    while bytes.len() < FILLER {
        match rng.below(20) {
            0 => bytes.extend_from_slice(b"\r\n"),
            1 => bytes.extend_from_slice(b"\r\nPING\r\n"),
            2 => bytes.extend_from_slice(b"PUB a 1\r\n"),
            _ => bytes.extend_from_slice(&rng.next().to_le_bytes()),
        }
    }
    bytes.truncate(FILLER);
    bytes
});

/// `len` bytes from a place of the filling.
pub(crate) fn filler(len: usize, at: usize) -> &'static [u8] {
    &FILLING[at..at + len]
}

/// The payload of message `id`: its number, and filling.
pub(crate) fn payload(id: u64, len: usize) -> Bytes {
    if len < NUMBER {
        return Bytes::new();
    }
    let mut bytes = (id ^ MASK).to_be_bytes().to_vec();
    bytes.extend_from_slice(filler(len - NUMBER, (id % 1_000) as usize));
    bytes.into()
}

/// The number of a message, from what is on a wire. Empty messages have it in their subjects.
pub(crate) fn identity(subject: &str, payload: &[u8]) -> Option<u64> {
    match payload.first_chunk::<NUMBER>() {
        Some(number) => Some(u64::from_be_bytes(*number) ^ MASK),
        None => subject.strip_prefix("empty.")?.parse().ok(),
    }
}

/// The block of headers as it must be on the wire.
fn block(headers: &[(String, String)]) -> Option<Vec<u8>> {
    if headers.is_empty() {
        return None;
    }
    let mut block = b"NATS/1.0\r\n".to_vec();
    for (name, value) in headers {
        block.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    block.extend_from_slice(b"\r\n");
    Some(block)
}

impl Publish {
    fn differs(&self, id: u64, published: &Published) -> Option<&'static str> {
        if published.subject != self.subject {
            return Some("subject");
        }
        let reply_is_right = match (&self.reply, &published.reply) {
            (Reply::None, None) => true,
            (Reply::Given(wanted) | Reply::Own(wanted), Some(reply)) => wanted == reply,
            (Reply::Inbox, Some(reply)) => reply.starts_with("_INBOX."),
            _ => false,
        };
        if !reply_is_right {
            return Some("reply subject");
        }
        if published.headers.as_deref() != block(&self.headers).as_deref() {
            return Some("headers");
        }
        (published.payload != payload(id, self.len)).then_some("payload")
    }
}

impl World {
    /// A user is about to publish.
    pub(crate) fn publishing(&mut self, publish: Publish) -> u64 {
        self.ledger.push(publish);
        self.ledger.len() as u64 - 1
    }

    /// The call of a publish has ended, or its future was dropped.
    pub(crate) fn published(&mut self, id: u64, call: Call, had_to_wait: bool) {
        let publish = &mut self.ledger[id as usize];
        publish.call = call;
        self.trace.note(self.now, "publish", id << 2 | call as u64, || {
            format!("{id} of client {}: {call:?} on {}", publish.client, publish.subject)
        });
        if call != Call::Done {
            return;
        }
        let len = publish.wire_len();
        let publish = publish.clone();
        let client = &mut self.clients[publish.client];
        let limit = if client.is_up {
            1024 * 1024
        } else {
            client.plan.reconnect_buffer
        };
        // One of them may be written in part, which does not count until its connection is known to be gone.
        let in_part = client.unwritten.values().map(|(len, _)| *len).max().unwrap_or_default();
        let before = client.unwritten_bytes - in_part;
        client.unwritten.insert(id, (len, self.now));
        client.unwritten_bytes += len;
        client.unflushed.insert(id);
        client.unconfirmed.insert(id);
        if !had_to_wait && before > 0 && before + len > limit {
            let text = format!("message {id} was taken with {before} bytes pending, and {limit} are allowed");
            self.violated("I21", text);
        }
    }

    /// A stream took these bytes from the client.
    pub(crate) fn tap(&mut self, id: usize, bytes: &[u8]) {
        self.links[id].up.parser.feed(bytes);
        loop {
            match self.links[id].up.parser.next() {
                Ok(None) => return,
                Err(why) => return self.violated("I14", format!("link {id}: {why}")),
                Ok(Some((end, frame))) => {
                    let Some(frame) = self.spoiled(id, frame, end) else {
                        continue;
                    };
                    self.tap_frame(id, &frame, end);
                    self.links[id].up.frames.push_back((end, frame));
                }
            }
        }
    }

    pub(crate) fn tap_frame(&mut self, id: usize, frame: &Frame, end: u64) {
        let link = &mut self.links[id];
        if link.is_left {
            return self.violated(
                "I3",
                format!("link {id}: {frame:?} came on a connection that was given up"),
            );
        }
        let handshake = link.handshake_frames;
        link.handshake_frames += 1;
        let is_expected = match (handshake, frame) {
            (0, Frame::Connect(_)) | (1, Frame::Ping) => true,
            (0 | 1, Frame::Pong) => false,
            (0 | 1, _) => false,
            (_, Frame::Connect(_)) => false,
            (_, Frame::Pong) => true,
            _ => link.ready.is_some(),
        };
        if !is_expected {
            return self.violated("I3", format!("link {id}: {frame:?} does not belong there"));
        }
        if self.plan.streams.is_some() && handshake > 1 && !matches!(frame, Frame::Pong) {
            return self.tap_streaming(id, frame);
        }
        match frame {
            Frame::Connect(_) => {}
            Frame::Ping if handshake == 1 => {}
            Frame::Ping => self.tap_of_others(id),
            Frame::Pong => drop(link.pongs_due.pop_front()),
            Frame::Sub { sid, subject, queue } => self.tap_sub(id, *sid, subject, queue.as_deref()),
            Frame::Unsub { sid, max } => self.tap_unsub(id, *sid, *max),
            Frame::Pub(published) => {
                self.tap_of_others(id);
                self.tap_publish(id, published, end);
            }
        }
    }

    fn tap_publish(&mut self, link: usize, published: &Published, end: u64) {
        let id = identity(&published.subject, &published.payload);
        let Some((id, publish)) = id.and_then(|id| Some((id, self.ledger.get_mut(id as usize)?))) else {
            return self.violated("I14", format!("link {link}: nobody published {published:?}"));
        };
        if let Some(part) = publish.differs(id, published) {
            let text = format!("link {link}: the {part} of message {id} is not what was asked for: {published:?}");
            return self.violated("I14", text);
        }
        if let Some(before) = publish.link.replace(link) {
            return self.violated(
                "I3",
                format!("message {id} was written to link {before}, and to link {link} again"),
            );
        }
        let is_request = matches!(publish.reply, Reply::Inbox | Reply::Own(_));
        let (call, client, publisher) = (publish.call, publish.client, publish.publisher);
        if !is_request && call != Call::Done {
            return self.violated("I18", format!("message {id} went out, and its call is {call:?}"));
        }
        if client != self.links[link].client {
            return self.violated("I4", format!("message {id} of client {client} went out on link {link}"));
        }
        let model = &mut self.clients[client];
        if let Some((len, _)) = model.unwritten.remove(&id) {
            model.unwritten_bytes -= len;
        }
        let last = model.last_out.insert(publisher, id);
        if last.is_some_and(|last| last > id) {
            return self.violated(
                "I4",
                format!("message {id} went out behind {last:?} of the same publisher"),
            );
        }
        self.links[link].up.unflushed.push_back((end, id));
        if let (true, Some(reply)) = (is_request, &published.reply) {
            self.request_went_out(client, id, reply);
        }
    }

    /// The stream does not hold the message back any more.
    pub(crate) fn flushed(&mut self, id: u64) {
        let client = self.ledger[id as usize].client;
        self.clients[client].unflushed.remove(&id);
    }

    /// A server has the message.
    pub(crate) fn arrived_at_server(&mut self, id: u64) {
        let Some(publish) = self.ledger.get_mut(id as usize) else {
            return;
        };
        publish.is_received = true;
        let client = &mut self.clients[publish.client];
        client.unconfirmed.remove(&id);
        client.lost.remove(&id);
    }

    /// The client has given a connection up: what it wrote to it and no server has may be lost.
    pub(crate) fn publishes_left(&mut self, link: usize) {
        let client = &mut self.clients[self.links[link].client];
        client.losses += u64::from(self.links[link].told.is_complete);
        let gone: Vec<u64> = client.unconfirmed.iter().copied().collect();
        for id in gone
            .into_iter()
            .filter(|id| self.ledger[*id as usize].link == Some(link))
        {
            client.unconfirmed.remove(&id);
            // It was handed to a socket, and is gone with it.
            client.unflushed.remove(&id);
            client.lost.insert(id, client.losses);
        }
        for (_, id) in &self.links[link].up.unflushed {
            client.unflushed.remove(id);
        }
    }

    /// A flush said that it is done; `asked` is what was not handed to a socket when it began.
    pub(crate) fn flush_done(&mut self, client: usize, asked: &[u64]) {
        let missing = asked.iter().find(|id| self.clients[client].unflushed.contains(id));
        if let Some(id) = missing {
            self.violated(
                "I2",
                format!("a flush of client {client} is done, and message {id} was not written"),
            );
        }
    }

    /// What a confirmation that begins now is about, for a handle that was told of as many losses.
    pub(crate) fn to_confirm(&self, client: usize, told: u64) -> Vec<u64> {
        let client = &self.clients[client];
        let untold = client.lost.iter().filter(|(_, loss)| **loss > told).map(|(id, _)| id);
        client.unconfirmed.iter().chain(untold).copied().collect()
    }

    /// A server has confirmed all of `asked`, so it is said.
    pub(crate) fn confirmed(&mut self, client: usize, asked: &[u64], what: &str) {
        let model = &self.clients[client];
        let missing = asked
            .iter()
            .find(|id| model.unconfirmed.contains(id) || model.lost.contains_key(id));
        if let Some(id) = missing {
            self.violated(
                "I2",
                format!("{what} of client {client} is Ok, and no server has message {id}"),
            );
        }
    }
}

impl Publish {
    /// Its length on the wire.
    fn wire_len(&self) -> usize {
        let reply = match &self.reply {
            Reply::Given(reply) => reply.len() + 1,
            _ => 0,
        };
        let headers = block(&self.headers).map_or(0, |block| block.len());
        let total = headers + self.len;
        let (verb, size) = match headers {
            0 => (4, 0),
            headers => (5, headers.to_string().len() + 1),
        };
        verb + self.subject.len() + 1 + reply + size + total.to_string().len() + 2 + total + 2
    }
}
