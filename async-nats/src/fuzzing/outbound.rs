//! The way out with publishers, a writer, and connections that break anywhere: servers read what was published, in order,
//! each frame once and whole; flushes, fences and confirmations end when what they promise has happened, and not before.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

use super::input::Input;
use super::server::next_frame;
use super::woken::Woken;
use crate::proto::completion::{Completion, Outcome};
use crate::proto::encode;
use crate::proto::fences::Fence;
use crate::proto::outbound::{Batch, Frame, Limits, Next, Outbound, Ticket};

const SUBSCRIPTIONS: &[u8] = b"SUB a 1\r\nSUB b 2\r\n";

/// Payloads below and above the size from which they are sent from where they lie, and of more than a segment.
const SIZES: &[usize] = &[0, 1, 100, 300, 8_191, 8_192, 70_000];

/// Rounds in which everything that was promised must happen in the end.
const ENOUGH: usize = 10_000;

pub(super) fn check(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let mut world = World::new(Limits {
        messages: input.pick(&[usize::MAX, 3]),
        bytes_disconnected: input.pick(&[1_000_000, 300]),
        fail_when_full: input.flag(),
    });
    while !input.is_empty() {
        world.step(&mut input);
        world.check_promises();
    }
    world.finish();
}

/// One who waits for room.
struct Publisher {
    head: Vec<u8>,
    payload: Bytes,
    ticket: Option<Ticket>,
    woken: Arc<Woken>,
}

/// A client, its server, and what was promised.
struct World {
    outbound: Outbound,
    up: bool,
    batch: Option<Batch>,
    /// What was written to this connection and not read yet.
    wire: Vec<u8>,
    published: Vec<Vec<u8>>,
    next: usize,
    waiting: Vec<Publisher>,
    /// Publishes that servers read.
    read: usize,
    /// PONGs that the server owes, each with what it had read before.
    owed: VecDeque<usize>,
    flushes: Vec<(usize, Completion)>,
    fences: Vec<(usize, Completion)>,
    confirmations: Vec<(usize, Completion)>,
    /// Losses that whoever asks for confirmations was told of when it asked.
    told: u64,
    wake: Vec<Waker>,
}

impl World {
    fn new(limits: Limits) -> Self {
        World {
            outbound: Outbound::new(limits),
            up: false,
            batch: None,
            wire: Vec::new(),
            published: Vec::new(),
            next: 0,
            waiting: Vec::new(),
            read: 0,
            owed: VecDeque::new(),
            flushes: Vec::new(),
            fences: Vec::new(),
            confirmations: Vec::new(),
            told: 0,
            wake: Vec::new(),
        }
    }

    fn step(&mut self, input: &mut Input<'_>) {
        match input.below(16) {
            0..=2 => self.publish(input.pick(SIZES), input.flag()),
            3 => self.poll_waiting(input.byte().into()),
            4 => self.leave(input.byte().into()),
            5 => {
                let flush = self.outbound.flush(0).expect("the client is open").completion;
                self.flushes.push((self.published.len(), flush));
            }
            6 => {
                let (fence, _) = self.outbound.caller_fence().expect("the client is open");
                self.fences.push((self.published.len(), fence));
            }
            7 => {
                let (asked, _) = self.outbound.confirm(self.told).expect("the client is open");
                let is_lost = outcome(&asked.completion) == Some(Outcome::Lost);
                assert_eq!(
                    is_lost,
                    self.told < self.outbound.losses(),
                    "who was not told is told, and once"
                );
                match is_lost {
                    true => self.told = asked.loss,
                    false => self.confirmations.push((self.published.len(), asked.completion)),
                }
            }
            8 => drop(self.outbound.append_control(b"SUB c 3\r\n")),
            9 if self.up => drop(self.outbound.ping()),
            10 if self.up => drop(self.outbound.fence(Fence::KeepAlive)),
            11 => match self.up {
                true => self.lose(),
                false => self.connect(),
            },
            12 => self.answer(),
            // So few that they often end where a frame does.
            13 if self.up => self.write(input.byte().into()),
            _ if self.up => self.write(input.number() * 3),
            _ => {}
        }
        self.call_wakers();
    }

    fn publish(&mut self, size: usize, headers: bool) {
        let block: &[u8] = if headers { b"NATS/1.0\r\nK: v\r\n\r\n" } else { b"" };
        let mut line = encode::Line::new();
        let subject = format!("s.{}", self.next);
        self.next += 1;
        encode::publish(&mut line, &subject, None, headers.then_some(block.len()), size);
        line.push(block);
        let head = line.bytes().to_vec();
        let payload = Bytes::from(vec![b'p'; size]);
        match self.outbound.try_append(frame(&line, &payload)) {
            Ok(Some(_)) => self.published.push([&head[..], &payload, b"\r\n"].concat()),
            Ok(None) => self.waiting.push(Publisher {
                head,
                payload,
                ticket: None,
                woken: Woken::new(),
            }),
            Err(refused) => panic!("{refused:?}, and the client is open"),
        }
    }

    /// One who waits for room looks whether there is some, when there was a reason to look.
    fn poll_waiting(&mut self, at: usize) {
        if self.waiting.is_empty() {
            return;
        }
        let at = at % self.waiting.len();
        let publisher = &mut self.waiting[at];
        if !publisher.woken.take() {
            return;
        }
        let waker = publisher.woken.waker();
        let mut line = encode::Line::new();
        line.push(&publisher.head);
        let frame = frame(&line, &publisher.payload);
        let polled = self
            .outbound
            .poll_append(frame, &mut publisher.ticket, &mut Context::from_waker(&waker));
        let Poll::Ready(polled) = polled else { return };
        let publisher = self.waiting.remove(at);
        assert!(publisher.ticket.is_none(), "who is done holds no place");
        if polled.is_ok() {
            self.published
                .push([&publisher.head[..], &publisher.payload, b"\r\n"].concat());
        } else {
            assert!(!self.up, "a publish fails only without a connection");
        }
    }

    fn leave(&mut self, at: usize) {
        if !self.waiting.is_empty() {
            let publisher = self.waiting.remove(at % self.waiting.len());
            let wake = publisher.ticket.map(|ticket| self.outbound.leave(ticket));
            self.wake.extend(wake.into_iter().flatten());
        }
    }

    fn connect(&mut self) {
        self.outbound.link_up(SUBSCRIPTIONS, &mut self.wake);
        self.up = true;
    }

    fn lose(&mut self) {
        self.outbound.stop_writer(&mut self.wake);
        let left = self.outbound.link_lost(self.batch.take(), &mut self.wake);
        assert!(left.drained.is_empty(), "nothing was draining");
        self.server_reads();
        self.wire.clear();
        self.owed.clear();
        self.up = false;
    }

    /// The writer writes as much as the socket takes, and the server reads it.
    fn write(&mut self, mut room: usize) {
        loop {
            if self.batch.is_none() {
                let cx = &mut Context::from_waker(Waker::noop());
                match self.outbound.poll_next(cx) {
                    Poll::Ready(Next::Write(batch)) => self.batch = Some(batch),
                    Poll::Ready(Next::Stop) => panic!("there is a connection"),
                    Poll::Pending => break,
                }
            }
            let Some(batch) = &mut self.batch else { break };
            while room > 0 && !batch.is_written() {
                let mut slices = [IoSlice::new(&[]); 3];
                let used = batch.slices(&mut slices);
                let mut count = 0;
                for slice in &slices[..used] {
                    let len = slice.len().min(room - count);
                    self.wire.extend_from_slice(&slice[..len]);
                    count += len;
                }
                batch.advance(count);
                self.outbound.wrote(count, &mut self.wake);
                room -= count;
            }
            if room == 0 {
                break;
            }
            if let Some(mut batch) = self.batch.take() {
                self.outbound.batch_written(&mut batch, &mut self.wake);
            }
        }
        self.server_reads();
    }

    fn server_reads(&mut self) {
        let wire = std::mem::take(&mut self.wire);
        let mut rest = &wire[..];
        while let Some(frame) = next_frame(&mut rest) {
            if frame.starts_with(b"PUB") || frame.starts_with(b"HPUB") {
                assert!(frame == self.published[self.read], "publish {} comes next", self.read);
                self.read += 1;
            } else if frame == b"PING\r\n" {
                self.owed.push_back(self.read);
            }
        }
        self.wire = rest.to_vec();
    }

    /// A PONG comes.
    fn answer(&mut self) {
        if self.owed.pop_front().is_none() {
            return;
        }
        match self.outbound.pong().expect("it was asked for") {
            Fence::Caller(promise) | Fence::Confirm(promise) => drop(promise.keep()),
            _ => {}
        }
    }

    fn call_wakers(&mut self) {
        self.wake.drain(..).for_each(Waker::wake);
    }

    fn check_promises(&mut self) {
        let read = self.read;
        for promises in [&mut self.flushes, &mut self.fences, &mut self.confirmations] {
            promises.retain(|(before, completion)| match outcome(completion) {
                None => true,
                Some(Outcome::Done) => {
                    assert!(*before <= read, "{before} were published before, {read} were read");
                    false
                }
                // Only confirmations speak of what is lost; see below.
                Some(Outcome::Lost) => false,
                Some(Outcome::Closed) => panic!("the client is open"),
            });
        }
        let is_lost = |(_, completion): &(usize, Completion)| outcome(completion) == Some(Outcome::Lost);
        assert!(!self.flushes.iter().chain(&self.fences).any(is_lost));
    }

    /// Everything that was promised happens.
    fn finish(mut self) {
        if !self.up {
            self.connect();
        }
        // Publishers that give up at the end leave their room to others.
        let gives_up = self.next.is_multiple_of(2);
        for _ in 0..ENOUGH {
            if gives_up {
                self.leave(0);
                self.call_wakers();
            }
            self.write(usize::MAX);
            self.answer();
            (0..self.waiting.len()).rev().for_each(|at| self.poll_waiting(at));
            self.call_wakers();
            self.check_promises();
            if self.is_done() {
                return;
            }
        }
        panic!(
            "{} of {} publishes were read; {} publishers, {} flushes, {} fences and {} confirmations wait for ever",
            self.read,
            self.published.len(),
            self.waiting.len(),
            self.flushes.len(),
            self.fences.len(),
            self.confirmations.len()
        );
    }

    fn is_done(&self) -> bool {
        let promises = self.flushes.len() + self.fences.len() + self.confirmations.len();
        self.read == self.published.len() && self.waiting.is_empty() && promises == 0 && !self.outbound.is_pending()
    }
}

fn frame<'a>(head: &'a encode::Line, payload: &'a Bytes) -> Frame<'a> {
    Frame {
        head,
        headers: &[],
        payload: Some(payload),
    }
}

fn outcome(completion: &Completion) -> Option<Outcome> {
    match completion.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => Some(outcome),
        Poll::Pending => None,
    }
}
