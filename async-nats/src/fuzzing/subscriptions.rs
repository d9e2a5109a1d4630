//! Subscriptions: each gets its own messages, in order, up to its limits and up to the number that was asked for; nothing
//! after its end; and what there is no room for is counted.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::input::Input;
use crate::proto::decode::{Decoder, Frame, MessageFrame, Step};
use crate::proto::subscriptions::assemble::Buffer;
use crate::proto::subscriptions::dispatch::Dispatch;
use crate::proto::subscriptions::intake::Intake;
use crate::proto::subscriptions::slot::{Limits, Slot};
use crate::proto::subscriptions::Subscriptions;
use crate::subject::Subject;

/// A subscription, and what is expected of it.
struct Subscriber {
    sid: u64,
    slot: Arc<Slot>,
    intake: Intake,
    limit: usize,
    queued: VecDeque<usize>,
    received: u64,
    max: Option<u64>,
    dropped: u64,
    draining: bool,
    ended: bool,
}

pub(super) fn check(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let mut world = World::default();
    while !input.is_empty() {
        world.step(&mut input);
    }
    world.finish();
}

#[derive(Default)]
struct World {
    table: Subscriptions,
    work: Dispatch,
    subscribers: Vec<Subscriber>,
    sent: usize,
}

impl World {
    fn step(&mut self, input: &mut Input<'_>) {
        let lines = &mut Vec::new();
        let choice = input.below(10);
        if choice <= 1 || self.subscribers.is_empty() {
            return self.subscribe(input.pick(&[usize::MAX, 1, 3]));
        }
        let at = usize::from(input.byte()) % self.subscribers.len();
        let subscriber = &mut self.subscribers[at];
        match choice {
            2..=4 => self.read(input),
            5 => subscriber.pop(input.byte().into()),
            6 => {
                drop(self.table.unsubscribe(subscriber.sid, lines));
                assert_eq!(lines.is_empty(), subscriber.ended || subscriber.draining);
                subscriber.ended = true;
            }
            7 => {
                let max = u64::from(input.byte() % 8);
                drop(self.table.unsubscribe_after(subscriber.sid, max, lines));
                if !subscriber.ended {
                    subscriber.max = Some(max);
                    subscriber.end_if_full();
                }
            }
            8 => {
                let begun = self.table.drain(subscriber.sid, lines);
                assert_eq!(begun, !subscriber.ended && !subscriber.draining);
                subscriber.draining = true;
            }
            _ => {
                if subscriber.draining {
                    drop(self.table.drained(subscriber.sid));
                    subscriber.ended = true;
                }
                self.check_lines();
            }
        }
    }

    fn subscribe(&mut self, limit: usize) {
        let limits = Limits {
            messages: limit,
            bytes: usize::MAX,
        };
        let added = self.table.add(Subject::from("a"), None, limits, &mut Vec::new());
        let (sid, slot) = added.expect("there is room");
        assert!(
            self.subscribers.iter().all(|other| other.sid != sid),
            "no sid comes twice"
        );
        self.subscribers.push(Subscriber {
            sid,
            slot,
            intake: Intake::default(),
            limit,
            queued: VecDeque::new(),
            received: 0,
            max: None,
            dropped: 0,
            draining: false,
            ended: false,
        });
    }

    /// One read, with messages for any subscription, also for those that have ended.
    fn read(&mut self, input: &mut Input<'_>) {
        let mut stream = Vec::new();
        // How many of this read each has had no room for: behind the first that has none, all are dropped.
        let mut full = vec![false; self.subscribers.len()];
        for byte in input.bytes() {
            let at = usize::from(*byte) % self.subscribers.len();
            let subscriber = &mut self.subscribers[at];
            let payload = self.sent.to_string();
            let line = format!("MSG a {} {}\r\n{payload}\r\n", subscriber.sid, payload.len());
            stream.extend_from_slice(line.as_bytes());
            if subscriber.expects_more() {
                subscriber.received += 1;
                full[at] |= subscriber.queued.len() >= subscriber.limit;
                if full[at] {
                    subscriber.dropped += 1;
                } else {
                    subscriber.queued.push_back(self.sent);
                }
            }
            self.sent += 1;
        }
        let chunk = Buffer::from(stream.clone());
        self.table.dispatch(&mut messages(&stream), &chunk, &mut self.work);
        self.work.wake.clear();
        self.work.slow.clear();
        self.subscribers.iter_mut().for_each(Subscriber::end_if_full);
    }

    /// The lines for a new connection are those of all that go on.
    fn check_lines(&mut self) {
        let text = String::from_utf8(self.table.lines()).expect("lines are text");
        let told: Vec<&str> = text.lines().filter(|line| line.starts_with("SUB")).collect();
        let going_on = self.subscribers.iter().filter(|other| !other.ended && !other.draining);
        let mut expected: Vec<String> = going_on.map(|other| format!("SUB a {}", other.sid)).collect();
        let mut told: Vec<String> = told.into_iter().map(str::to_owned).collect();
        expected.sort();
        told.sort();
        assert_eq!(told, expected);
    }

    fn finish(mut self) {
        self.table.close(&mut Vec::new());
        for subscriber in &mut self.subscribers {
            subscriber.ended = true;
            subscriber.pop(usize::MAX);
        }
    }
}

impl Subscriber {
    fn expects_more(&self) -> bool {
        !self.ended && self.max.is_none_or(|max| self.received < max)
    }

    fn end_if_full(&mut self) {
        self.ended |= self.max.is_some_and(|max| self.received >= max);
    }

    /// Takes up to `count` messages out; all that are expected are there.
    fn pop(&mut self, count: usize) {
        let cx = &mut Context::from_waker(Waker::noop());
        for _ in 0..count {
            let polled = self
                .intake
                .poll_pop(&self.slot, cx, |_, _| panic!("no message has headers"));
            match (polled, self.queued.pop_front()) {
                (Poll::Ready(Some(popped)), Some(expected)) => {
                    assert_eq!(popped.payload, expected.to_string());
                }
                (Poll::Ready(None), None) => {
                    assert!(self.ended);
                    break;
                }
                (Poll::Pending, None) => {
                    assert!(!self.ended);
                    break;
                }
                (polled, expected) => panic!("{polled:?} came, and {expected:?} was expected"),
            }
        }
        assert_eq!(self.slot.pending().0, self.queued.len() as u64);
        assert_eq!(self.slot.dropped(), self.dropped);
    }
}

fn messages(stream: &[u8]) -> Vec<MessageFrame> {
    let (mut decoder, mut at, mut messages) = (Decoder::new(), 0, Vec::new());
    while at < stream.len() {
        match decoder.next(stream, at) {
            Ok(Step::Frame {
                frame: Frame::Message(message),
                end,
            }) => {
                messages.push(message);
                at = end;
            }
            other => panic!("no message: {other:?}"),
        }
    }
    messages
}
