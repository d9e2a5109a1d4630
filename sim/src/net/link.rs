//! One connection between a client and a server: two directions of bytes, and what became of it.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::task::Waker;

use bytes::Bytes;

use super::wire::{Frame, Parser};

/// A message on its way from a server.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) subject: String,
    pub(crate) reply: Option<String>,
    /// The block of headers as it is on the wire.
    pub(crate) headers: Option<Bytes>,
    pub(crate) payload: Bytes,
}

/// A frame from a server.
#[derive(Clone, Debug)]
pub(crate) enum Word {
    Info {
        is_lame_duck: bool,
        max_payload: usize,
        urls: Vec<String>,
    },
    Ping,
    Pong,
    Error(String),
    Message {
        sid: u64,
        message: Arc<Message>,
    },
}

/// How a stream ends, as its reader sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Closed,
    Reset,
}

/// From the client to the server. Positions count bytes from the beginning.
#[derive(Debug, Default)]
pub(crate) struct Up {
    /// What the stream took from the client.
    pub(crate) accepted: u64,
    /// What it does not hold back any more.
    pub(crate) flushed: u64,
    pub(crate) received: u64,
    /// When the bytes up to a position arrive.
    pub(crate) transit: VecDeque<(u64, u64)>,
    pub(crate) parser: Parser,
    /// Frames that the server has not seen, with the position behind each.
    pub(crate) frames: VecDeque<(u64, Frame)>,
    /// Frames whose bytes the stream still holds back.
    pub(crate) unflushed: VecDeque<(u64, u64)>,
    pub(crate) cut_at: Option<u64>,
    pub(crate) waker: Option<Waker>,
    /// When a write had to wait last.
    pub(crate) blocked_at: u64,
    /// When the stream began to hold bytes back.
    pub(crate) held_since: u64,
    /// A flush ends at this time.
    pub(crate) flush_at: Option<u64>,
}

impl Up {
    /// The last time at which the client had to wait for the stream: now, if it still does.
    pub(crate) fn held_up_until(&self, now: u64) -> u64 {
        if self.waker.is_some() {
            now
        } else {
            self.blocked_at
        }
    }
}

/// From the server to the client.
#[derive(Debug, Default)]
pub(crate) struct Down {
    pub(crate) sent: u64,
    pub(crate) read: u64,
    pub(crate) transit: VecDeque<(u64, Vec<u8>)>,
    pub(crate) ready: VecDeque<u8>,
    pub(crate) words: VecDeque<(u64, Word)>,
    pub(crate) cut_at: Option<u64>,
    pub(crate) end: Option<End>,
    pub(crate) waker: Option<Waker>,
}

/// What the oracles know of the subscriptions of a connection, from what the client wrote on it.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) sids: BTreeSet<u64>,
    /// A message or a PING came behind the handshake: all subscriptions must be there.
    pub(crate) is_complete: bool,
    /// The inbox of requests was in use before.
    pub(crate) needs_inbox: bool,
    /// What the INFO of the handshake said: it holds once the handshake is done.
    pub(crate) handshake_info: Option<(usize, Vec<String>)>,
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) client: usize,
    pub(crate) node: usize,
    pub(crate) opened_at: u64,
    /// When the client read the PONG of the handshake, and the step of the run at that moment.
    pub(crate) ready: Option<(u64, u64)>,
    /// The client has given it up.
    pub(crate) is_left: bool,
    pub(crate) is_dropped: bool,
    /// Nothing gets through in either direction, and nobody is told.
    pub(crate) is_silent: bool,
    /// Bytes of the client arrive no more.
    pub(crate) is_broken: bool,
    pub(crate) heard_at: u64,
    /// When the PINGs came that the client has not answered.
    pub(crate) pongs_due: VecDeque<u64>,
    pub(crate) up: Up,
    pub(crate) down: Down,
    pub(crate) told: Told,
    pub(crate) handshake_frames: u32,
}

impl Link {
    pub(crate) fn new(client: usize, node: usize, now: u64) -> Self {
        Link {
            client,
            node,
            opened_at: now,
            ready: None,
            is_left: false,
            is_dropped: false,
            is_silent: false,
            is_broken: false,
            heard_at: now,
            pongs_due: VecDeque::new(),
            up: Up::default(),
            down: Down::default(),
            told: Told::default(),
            handshake_frames: 0,
        }
    }

    /// The client has it, and uses it.
    pub(crate) fn is_live(&self) -> bool {
        self.ready.is_some() && !self.is_left
    }

    pub(crate) fn wake_reader(&mut self) {
        self.down.waker.take().into_iter().for_each(Waker::wake);
    }

    pub(crate) fn wake_writer(&mut self, now: u64) {
        if let Some(waker) = self.up.waker.take() {
            self.up.blocked_at = now;
            waker.wake();
        }
    }
}
