//! The way out, as publishers, a writer and the end of a connection use it together.

mod appending;
mod closing;
mod direct;
mod fences;
mod flushing;
mod reconnecting;
mod simulated;

use std::io::IoSlice;
use std::sync::Arc;

use bytes::Bytes;

use super::*;
use crate::proto::completion::{Completion, Outcome};
use crate::proto::encode;
use crate::proto::fences::Fence;
use crate::proto::testing::Wakes;

const UNLIMITED: Limits = Limits {
    messages: usize::MAX,
    bytes_disconnected: usize::MAX,
    fail_when_full: false,
};

/// A message to publish.
#[derive(Clone, Debug)]
struct Publication {
    subject: String,
    headers: Option<Vec<u8>>,
    payload: Bytes,
}

impl Publication {
    fn new(subject: &str, payload: impl Into<Bytes>) -> Self {
        Publication {
            subject: subject.to_owned(),
            headers: None,
            payload: payload.into(),
        }
    }

    fn with_headers(subject: &str, headers: &str, payload: impl Into<Bytes>) -> Self {
        let headers = format!("NATS/1.0\r\n{headers}\r\n\r\n").into_bytes();
        Publication {
            headers: Some(headers),
            ..Publication::new(subject, payload)
        }
    }

    /// What belongs on the wire.
    fn wire(&self) -> Vec<u8> {
        let line = match &self.headers {
            Some(headers) => {
                let total = headers.len() + self.payload.len();
                format!("HPUB {} {} {total}\r\n", self.subject, headers.len())
            }
            None => format!("PUB {} {}\r\n", self.subject, self.payload.len()),
        };
        let headers = self.headers.as_deref().unwrap_or_default();
        [line.as_bytes(), headers, &self.payload, b"\r\n"].concat()
    }

    /// Calls `then` with the frame as publishers build it.
    fn frame<T>(&self, then: impl FnOnce(Frame<'_>) -> T) -> T {
        let mut line = encode::Line::new();
        let header_len = self.headers.as_ref().map(Vec::len);
        encode::publish(&mut line, &self.subject, None, header_len, self.payload.len());
        let headers = self.headers.as_deref().unwrap_or_default();
        let in_line = headers.is_empty() && line.fits(self.payload.len() + 2);
        if in_line {
            line.push(&self.payload);
            line.push(b"\r\n");
        }
        let payload = (!in_line).then_some(&self.payload);
        then(Frame {
            head: &line,
            headers,
            payload,
        })
    }
}

/// A client's way out, and its writer.
struct Client {
    outbound: Outbound,
    /// What the writer has in hand.
    batch: Option<Batch>,
    /// What was written to the connection.
    wire: Vec<u8>,
    writer: Waker,
    wakes: Arc<Wakes>,
    /// Those who were woken by the writer and by the connection.
    woken: Vec<Waker>,
}

impl Client {
    /// A client without a connection.
    fn disconnected(limits: Limits) -> Self {
        let (wakes, writer) = Wakes::new();
        Client {
            outbound: Outbound::new(limits),
            batch: None,
            wire: Vec::new(),
            writer,
            wakes,
            woken: Vec::new(),
        }
    }

    /// A client with a connection and nothing to write.
    fn connected(limits: Limits) -> Self {
        let mut client = Client::disconnected(limits);
        client.link_up("");
        client.write_all();
        client
    }

    /// Publishes without waiting; `false` when there was no room.
    fn publish(&mut self, publication: &Publication) -> bool {
        let appended = publication.frame(|frame| self.outbound.try_append(frame));
        match appended.expect("the client is open") {
            Some(appended) => {
                appended.writer.into_iter().for_each(Waker::wake);
                true
            }
            None => false,
        }
    }

    /// Has a caller write `publication` itself, and the socket take `count` bytes of it; `false` when that is not allowed.
    /// `meanwhile` happens before the caller says so.
    fn write_directly(&mut self, publication: &Publication, count: usize, meanwhile: impl FnOnce(&mut Client)) -> bool {
        let link = self.outbound.link();
        let Some(direct) = publication.frame(|frame| self.outbound.begin_direct(frame.len(), link)) else {
            return false;
        };
        self.wire.extend_from_slice(&publication.wire()[..count]);
        meanwhile(self);
        publication.frame(|frame| self.outbound.end_direct(direct, frame, count, &mut self.woken));
        self.woken.drain(..).for_each(Waker::wake);
        true
    }

    fn control(&mut self, lines: &str) {
        let writer = self.outbound.append_control(lines.as_bytes());
        writer.into_iter().for_each(Waker::wake);
    }

    fn fence(&mut self) -> Completion {
        let (completion, writer) = self.outbound.caller_fence().expect("the client is open");
        writer.into_iter().for_each(Waker::wake);
        completion
    }

    /// For one who was told of all losses.
    fn flush(&mut self) -> Completion {
        self.outbound.flush(u64::MAX).expect("the client is open").completion
    }

    /// Has the writer take what is pending; whether it has something in hand.
    fn take_batch(&mut self) -> bool {
        if self.batch.is_none() {
            let cx = &mut Context::from_waker(&self.writer);
            if let Poll::Ready(Next::Write(batch)) = self.outbound.poll_next(cx) {
                self.batch = Some(batch);
            }
        }
        self.batch.is_some()
    }

    /// Writes up to `limit` bytes. When they end a batch, the writer has not said yet that it is done with it.
    fn write(&mut self, mut limit: usize) {
        while limit > 0 && self.take_batch() {
            let Some(batch) = &mut self.batch else { return };
            while !batch.is_written() && limit > 0 {
                let mut slices = [IoSlice::new(&[]); 3];
                let used = batch.slices(&mut slices);
                let mut count = 0;
                for slice in &slices[..used] {
                    let len = slice.len().min(limit - count);
                    assert!(!slice.is_empty(), "there is something to write");
                    self.wire.extend_from_slice(&slice[..len]);
                    count += len;
                }
                batch.advance(count);
                self.outbound.wrote(count, &mut self.woken);
                limit -= count;
            }
            if limit > 0 {
                self.finish_batch();
            }
        }
        self.woken.drain(..).for_each(Waker::wake);
    }

    /// What the writer has in hand was written, and the socket was flushed.
    fn finish_batch(&mut self) {
        if let Some(mut batch) = self.batch.take() {
            assert!(batch.is_written());
            self.outbound.batch_written(&mut batch, &mut self.woken);
        }
        self.woken.drain(..).for_each(Waker::wake);
    }

    /// Writes all there is; the writer waits for more.
    fn write_all(&mut self) {
        self.write(usize::MAX);
        assert!(self.batch.is_none());
    }

    fn link_up(&mut self, subscriptions: &str) {
        self.outbound.link_up(subscriptions.as_bytes(), &mut self.woken);
        self.woken.drain(..).for_each(Waker::wake);
    }

    /// Ends the connection. Returns what was written to it, and the subscriptions whose drain ended with it.
    fn lose(&mut self) -> (Vec<u8>, Vec<u64>) {
        self.outbound.stop_writer(&mut self.woken);
        let unfinished = self.batch.take();
        let drained = self.outbound.link_lost(unfinished, &mut self.woken).drained;
        self.woken.drain(..).for_each(Waker::wake);
        (std::mem::take(&mut self.wire), drained)
    }

    fn take_wire(&mut self) -> String {
        String::from_utf8(std::mem::take(&mut self.wire)).expect("the test wrote text")
    }

    /// Nothing is left, and the books are balanced.
    fn assert_idle(&mut self) {
        assert!(!self.take_batch(), "nothing is pending");
        assert_eq!(self.outbound.written, self.outbound.appended);
        let load = self.outbound.load();
        assert_eq!((load.bytes, load.messages), (0, 0));
    }
}

fn outcome(completion: &Completion) -> Option<Outcome> {
    match completion.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => Some(outcome),
        Poll::Pending => None,
    }
}

fn is_done(completion: &Completion) -> bool {
    outcome(completion) == Some(Outcome::Done)
}

/// The whole frames of a connection, as a server reads them, and what came in part behind them.
fn server_reads(wire: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let mut frames = Vec::new();
    let mut rest = wire;
    while let Some(line_end) = rest.windows(2).position(|pair| pair == b"\r\n") {
        let line = std::str::from_utf8(&rest[..line_end]).expect("a line is text");
        let body = match line.split(' ').next() {
            Some("PUB" | "HPUB") => {
                2 + line
                    .rsplit(' ')
                    .next()
                    .unwrap_or("")
                    .parse::<usize>()
                    .expect("a length")
            }
            Some("SUB" | "UNSUB" | "PING" | "PONG") => 0,
            _ => panic!("{line:?} is no operation"),
        };
        let len = line_end + 2 + body;
        if rest.len() < len {
            break;
        }
        let (frame, behind) = rest.split_at(len);
        assert!(frame.ends_with(b"\r\n"), "{line:?} has a body of another length");
        frames.push(frame);
        rest = behind;
    }
    (frames, rest)
}
