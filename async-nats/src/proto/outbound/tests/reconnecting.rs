//! A connection breaks after any byte: what was written whole does not come again, everything else does.

use super::*;
use crate::proto::limits::PAYLOAD_BY_REFERENCE;

const SUBSCRIPTIONS: &str = "SUB a.* 1\r\nSUB b q 16777217\r\nUNSUB 16777217 3\r\n";

/// What a client does, one after the other.
#[derive(Clone, Debug)]
enum Step {
    Publish(Publication, Bytes),
    Control(&'static str),
    Fence,
    KeepAlive,
    Flush,
    /// The writer takes what is pending in hand; what follows is pending while it writes.
    TakeBatch,
}

type Stream = Vec<(Bytes, bool)>;

fn publish(publication: Publication) -> Step {
    let wire = publication.wire().into();
    Step::Publish(publication, wire)
}

/// Frames of all kinds and lengths.
fn all_kinds() -> Vec<Step> {
    let shared = PAYLOAD_BY_REFERENCE;
    // What looks like frames is payload all the same.
    let confusing = "\r\nPUB x 5\r\nhello\r\nPING\r\n".repeat(shared / 24 + 1);
    vec![
        publish(Publication::new("a", "one")),
        Step::Control("SUB c 2\r\n"),
        publish(Publication::with_headers("b.c", "Key: value\r\nOther: 1", "two")),
        Step::Fence,
        publish(Publication::new("large", vec![b'\n'; shared])),
        Step::Flush,
        Step::Control("UNSUB 2\r\nUNSUB 3 4\r\n"),
        publish(Publication::with_headers("large", "Key: value", confusing)),
        Step::KeepAlive,
        publish(Publication::new("empty", "")),
        publish(Publication::new("copied", vec![b'c'; 500])),
        Step::Fence,
        Step::TakeBatch,
        publish(Publication::new("later", "three")),
        Step::Flush,
        publish(Publication::new("later.large", vec![b'l'; shared + 1])),
        Step::Control("SUB d 4\r\n"),
        Step::Fence,
    ]
}

/// The same kinds, short enough to break twice anywhere.
fn short() -> Vec<Step> {
    vec![
        publish(Publication::new("a", "PING\r\n")),
        Step::Control("SUB c 2\r\n"),
        publish(Publication::with_headers("b", "K: v", "")),
        Step::Flush,
        Step::Fence,
        Step::TakeBatch,
        publish(Publication::new("c", "")),
        Step::Control("UNSUB 2\r\n"),
        publish(Publication::new("d", "x")),
        Step::Flush,
    ]
}

/// A client, the frames that it appended, and what it waits for.
struct Run {
    client: Client,
    /// All frames of the first connection; those that were published are `true`.
    frames: Stream,
    /// Published frames that no server has whole.
    unsent: Vec<Bytes>,
    /// Flushes, with how many frames were published before.
    flushes: Vec<(usize, Completion)>,
    published: usize,
    fences: Vec<Completion>,
    subscriptions: &'static str,
}

impl Run {
    fn new(steps: &[Step], subscriptions: &'static str) -> Self {
        let client = Client::connected(UNLIMITED);
        let (frames, unsent, flushes, fences) = Default::default();
        let mut run = Run {
            client,
            frames,
            unsent,
            flushes,
            published: 0,
            fences,
            subscriptions,
        };
        for step in steps {
            run.step(step);
        }
        run
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Publish(publication, wire) => {
                assert!(self.client.publish(publication));
                self.frames.push((wire.clone(), true));
                self.unsent.push(wire.clone());
                self.published += 1;
            }
            Step::Control(lines) => {
                self.client.control(lines);
                self.frames.push((Bytes::from_static(lines.as_bytes()), false));
            }
            Step::Fence => {
                self.fences.push(self.client.fence());
                self.frames.push((Bytes::from_static(PING), false));
            }
            Step::KeepAlive => {
                self.client.outbound.fence(Fence::KeepAlive);
                self.frames.push((Bytes::from_static(PING), false));
            }
            Step::Flush => self.flushes.push((self.published, self.client.flush())),
            Step::TakeBatch => assert!(self.client.take_batch()),
        }
    }

    /// Writes `cut` bytes of a connection to which `stream` belongs, and loses it. `stream` is made of frames; the
    /// published ones are `true`.
    fn break_after(&mut self, cut: usize, stream: &[(Bytes, bool)]) {
        self.client.write(cut);
        let (wire, _) = self.client.lose();
        let mut whole = 0;
        let mut ends = 0;
        let mut expected = Vec::new();
        for (frame, published) in stream {
            expected.extend_from_slice(frame);
            ends += frame.len();
            whole += usize::from(*published && ends <= cut);
        }
        assert!(
            wire == expected[..cut],
            "what was written begins what belongs on the wire"
        );
        self.unsent.drain(..whole);
        self.check_books();
    }

    /// Nothing is promised that did not happen, and what is counted as pending is what is kept.
    fn check_books(&self) {
        let sent = self.published - self.unsent.len();
        for (before, flush) in &self.flushes {
            assert!(
                !is_done(flush) || *before <= sent,
                "a flush ended with frames before it that are not written"
            );
        }
        let outbound = &self.client.outbound;
        let kept: usize = self.unsent.iter().map(Bytes::len).sum();
        assert_eq!(outbound.pending.len(), kept);
        assert_eq!(outbound.load().messages, self.unsent.len());
        assert_eq!(outbound.load().bytes, kept);
    }

    /// What belongs on the next connection: subscriptions, what is kept, fences.
    fn next_stream(&self) -> Stream {
        let mut stream = vec![(Bytes::from_static(self.subscriptions.as_bytes()), false)];
        stream.extend(self.unsent.iter().map(|frame| (frame.clone(), true)));
        stream.extend(self.fences.iter().map(|_| (Bytes::from_static(PING), false)));
        stream
    }

    fn finish(mut self) {
        let stream = self.next_stream();
        self.client.link_up(self.subscriptions);
        self.client.write_all();
        self.break_after(len(&stream), &stream);
        assert!(self.unsent.is_empty());
        assert!(self.flushes.iter().all(|(_, flush)| is_done(flush)));
        assert!(self.fences.iter().all(|fence| !is_done(fence)), "no PONG came");
        self.client.assert_idle();
    }
}

fn len(stream: &[(Bytes, bool)]) -> usize {
    stream.iter().map(|(frame, _)| frame.len()).sum()
}

/// Around every end of a frame, and in the middle of it.
fn interesting_cuts(stream: &[(Bytes, bool)]) -> Vec<usize> {
    let mut cuts = vec![0];
    let mut end = 0;
    for (frame, _) in stream {
        cuts.extend([end + 1, end + frame.len() / 2, end + frame.len() - 1, end + frame.len()]);
        end += frame.len();
    }
    cuts.dedup();
    cuts
}

#[test]
fn a_connection_that_breaks_after_any_byte_loses_and_repeats_nothing() {
    let steps = all_kinds();
    let len = len(&Run::new(&steps, SUBSCRIPTIONS).frames);
    for cut in 0..=len {
        let mut run = Run::new(&steps, SUBSCRIPTIONS);
        run.break_after(cut, &run.frames.clone());
        run.finish();
    }
}

#[test]
fn a_second_connection_that_breaks_loses_and_repeats_nothing() {
    let steps = all_kinds();
    for first in interesting_cuts(&Run::new(&steps, SUBSCRIPTIONS).frames) {
        let mut second_cuts = vec![0];
        let mut at = 0;
        while at < second_cuts.len() {
            let mut run = Run::new(&steps, SUBSCRIPTIONS);
            run.break_after(first, &run.frames.clone());
            let stream = run.next_stream();
            if at == 0 {
                second_cuts = interesting_cuts(&stream);
            }
            run.client.link_up(SUBSCRIPTIONS);
            run.break_after(second_cuts[at], &stream);
            run.finish();
            at += 1;
        }
    }
}

#[test]
fn two_connections_that_break_after_any_byte_lose_and_repeat_nothing() {
    let steps = short();
    for subscriptions in ["", "SUB c 2\r\n"] {
        let longest = len(&Run::new(&steps, subscriptions).frames);
        for first in 0..=longest {
            let mut second = 0;
            loop {
                let mut run = Run::new(&steps, subscriptions);
                run.break_after(first, &run.frames.clone());
                let stream = run.next_stream();
                if second > len(&stream) {
                    break;
                }
                run.client.link_up(subscriptions);
                run.break_after(second, &stream);
                run.finish();
                second += 1;
            }
        }
    }
}

#[test]
fn what_is_published_between_two_connections_goes_behind_what_was_kept() {
    let mut client = Client::connected(UNLIMITED);
    client.publish(&Publication::new("a", "one"));
    client.write(3);
    client.publish(&Publication::new("b", "two"));
    client.outbound.stop_writer(&mut client.woken);
    client.publish(&Publication::new("c", "three"));
    let unfinished = client.batch.take();
    drop(client.outbound.link_lost(unfinished, &mut client.woken));
    client.publish(&Publication::new("d", "four"));
    client.control("SUB x 9\r\n");
    client.wire.clear();
    client.link_up("SUB x 9\r\n");
    client.publish(&Publication::new("e", "five"));
    client.write_all();
    let frames = "PUB a 3\r\none\r\nPUB b 3\r\ntwo\r\nPUB c 5\r\nthree\r\nPUB d 4\r\nfour\r\nPUB e 4\r\nfive\r\n";
    assert_eq!(client.take_wire(), format!("SUB x 9\r\n{frames}"));
    client.assert_idle();
}

#[test]
fn a_connection_that_was_lost_before_anything_was_written_costs_nothing() {
    let mut client = Client::connected(UNLIMITED);
    client.publish(&Publication::new("a", vec![b'x'; 10_000]));
    let pending = client.outbound.load().bytes;
    for _ in 0..5 {
        client.lose();
        client.link_up(SUBSCRIPTIONS);
        assert_eq!(client.outbound.load().bytes, pending + SUBSCRIPTIONS.len());
        client.control("SUB y 10\r\n");
        let _forgotten = client.fence();
    }
    client.lose();
    assert_eq!(client.outbound.pending.len(), pending);
    client.link_up("");
    client.write_all();
    client.assert_idle();
}

#[test]
fn kept_payloads_are_not_copied() {
    let payload = Bytes::from(vec![b'x'; 100_000]);
    let mut client = Client::connected(UNLIMITED);
    client.publish(&Publication::new("a", payload.clone()));
    client.write(50_000);
    client.lose();
    client.link_up("");
    assert!(client.take_batch());
    let batch = client.batch.as_ref().expect("it was just taken");
    assert!(batch
        .pieces()
        .any(|(bytes, _)| std::ptr::eq(bytes.as_ptr(), payload.as_ptr())));
}
