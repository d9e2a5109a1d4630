//! Clients that do all of it, as a seed says, against a server that remembers what it read.

use std::collections::VecDeque;

use super::*;
use crate::proto::rng::Rng;
use crate::proto::testing::pick;

const SUBSCRIPTIONS: &str = "SUB inbox.* 0\r\n";

/// One who waits for room to publish.
struct Waiting {
    publication: Publication,
    ticket: Option<Ticket>,
}

/// A client and its server, and what was promised.
struct Simulation {
    rng: Rng,
    client: Client,
    up: bool,
    /// What was published so far, in order.
    published: Vec<Vec<u8>>,
    waiting: Vec<Waiting>,
    /// How many published frames the server read, over all connections.
    read: usize,
    /// Bytes of this connection that the server looked at.
    looked_at: usize,
    /// The first frames of this connection are those of its beginning.
    is_new: bool,
    /// PONGs that the server owes, each with how many published frames it had read by then.
    pongs_due: VecDeque<usize>,
    /// How many of the published frames it confirmed by a PONG, or were said to be lost.
    settled: usize,
    /// Connections that broke with frames that were written and not confirmed.
    losses: u64,
    /// Of how many of them two callers were told.
    told: [u64; 2],
    /// Flushes and fences, with how many frames were published before.
    flushes: Vec<(usize, Completion)>,
    fences: Vec<(usize, Completion)>,
    confirmations: Vec<(usize, Completion)>,
}

impl Simulation {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::from_seed(seed);
        let limits = Limits {
            messages: pick(&mut rng, &[usize::MAX, 7]),
            bytes_disconnected: pick(&mut rng, &[20_000, 2_000_000]),
            fail_when_full: false,
        };
        Simulation {
            client: Client::disconnected(limits),
            rng,
            up: false,
            published: Vec::new(),
            waiting: Vec::new(),
            read: 0,
            looked_at: 0,
            is_new: false,
            pongs_due: VecDeque::new(),
            settled: 0,
            losses: 0,
            told: [0; 2],
            flushes: Vec::new(),
            fences: Vec::new(),
            confirmations: Vec::new(),
        }
    }

    fn publication(&mut self) -> Publication {
        let subject = format!("s.{}", self.published.len() + self.waiting.len());
        let length = pick(&mut self.rng, &[0, 5, 200, 7_000, 9_000, 300_000]);
        match self.rng.below(3) {
            0 => Publication::with_headers(&subject, "K: v", vec![b'h'; length]),
            _ => Publication::new(&subject, vec![b'p'; length]),
        }
    }

    fn step(&mut self) {
        match self.rng.below(40) {
            0..=9 => {
                let publication = self.publication();
                if self.client.publish(&publication) {
                    self.published.push(publication.wire());
                }
            }
            10..=12 => {
                let publication = self.publication();
                self.waiting.push(Waiting {
                    publication,
                    ticket: None,
                });
            }
            13..=16 => self.poll_waiting(),
            17 if !self.waiting.is_empty() => {
                let gone = self.rng.below(self.waiting.len() as u64) as usize;
                if let Some(ticket) = self.waiting.remove(gone).ticket {
                    self.client.outbound.leave(ticket);
                }
            }
            18..=19 => {
                let flush = self.client.flush();
                self.flushes.push((self.published.len(), flush));
            }
            20 => {
                let fence = self.client.fence();
                self.fences.push((self.published.len(), fence));
            }
            21 => self.client.control("SUB other 5\r\n"),
            29 => self.confirm(),
            30 => drop(self.confirmations.pop()),
            22 if self.up => drop(self.client.outbound.ping()),
            23..=24 => {
                self.up = match self.up {
                    true => self.lose(),
                    false => self.connect(),
                };
            }
            25..=27 => self.answer(),
            31 if self.up => self.write_directly(),
            28 if self.up => drop(self.client.outbound.fence(Fence::KeepAlive)),
            _ if self.up => {
                let limit = pick(&mut self.rng, &[1, 7, 60, 3_000, 50_000, 1_000_000]);
                self.client.write(limit);
                self.look(false);
            }
            _ => {}
        }
        self.check_promises();
    }

    fn write_directly(&mut self) {
        let publication = self.publication();
        let len = publication.wire().len();
        let count = pick(&mut self.rng, &[0, 1, len / 2, len]);
        let rng = &mut self.rng;
        let (mut others, mut asked) = (Vec::new(), None);
        let written = self.client.write_directly(&publication, count, |client| {
            let other = Publication::new("s.meanwhile", "");
            if rng.below(2) == 0 && client.publish(&other) {
                others.push(other.wire());
            }
            asked = Some(client.flush());
        });
        if written {
            self.published.push(publication.wire());
            self.published.extend(others);
            self.flushes.extend(asked.map(|flush| (self.published.len(), flush)));
            self.look(false);
        }
    }

    fn poll_waiting(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let at = self.rng.below(self.waiting.len() as u64) as usize;
        let Waiting { publication, ticket } = &mut self.waiting[at];
        let cx = &mut Context::from_waker(Waker::noop());
        let polled = publication.frame(|frame| self.client.outbound.poll_append(frame, ticket, cx));
        if polled.is_ready() {
            assert!(ticket.is_none());
            self.published.push(publication.wire());
            self.waiting.remove(at);
        }
    }

    fn connect(&mut self) -> bool {
        self.client.link_up(SUBSCRIPTIONS);
        self.looked_at = 0;
        self.is_new = true;
        true
    }

    fn confirm(&mut self) {
        let told = &mut self.told[self.rng.below(2) as usize];
        let (asked, _) = self.client.outbound.confirm(*told).expect("the client is open");
        let is_lost = outcome(&asked.completion) == Some(Outcome::Lost);
        assert_eq!(is_lost, *told < self.losses, "who was not told is told");
        if is_lost {
            *told = asked.loss;
            assert_eq!(*told, self.losses);
        } else {
            self.confirmations.push((self.published.len(), asked.completion));
        }
    }

    fn lose(&mut self) -> bool {
        self.look(true);
        self.client.lose();
        self.pongs_due.clear();
        let lost = self.read > self.settled;
        self.settled = self.read;
        for (_, confirmation) in &self.confirmations {
            let told = outcome(confirmation);
            assert_eq!(
                told,
                lost.then_some(Outcome::Lost),
                "all who wait are told, and of nothing else"
            );
        }
        if lost {
            self.losses += 1;
            self.confirmations.clear();
        }
        false
    }

    /// The server reads what came, whole frames only.
    fn look(&mut self, at_the_end: bool) {
        let (frames, rest) = server_reads(&self.client.wire[self.looked_at..]);
        let mut looked_at = self.looked_at;
        for frame in &frames {
            looked_at += frame.len();
            if std::mem::take(&mut self.is_new) && *frame == b"PONG\r\n" {
                // A PING that came before the first write is answered ahead of everything.
                self.is_new = true;
            } else if looked_at == frame.len() {
                assert_eq!(*frame, SUBSCRIPTIONS.as_bytes(), "subscriptions come first");
            }
            match frame {
                frame if frame.starts_with(b"PUB") || frame.starts_with(b"HPUB") => {
                    assert!(*frame == self.published[self.read], "frame {} comes next", self.read);
                    self.read += 1;
                }
                frame if *frame == PING => self.pongs_due.push_back(self.read),
                _ => {}
            }
        }
        assert!(at_the_end || rest.len() + looked_at == self.client.wire.len());
        self.looked_at = looked_at;
    }

    /// A PONG comes from the server.
    fn answer(&mut self) {
        if !self.up {
            return;
        }
        let Some(read) = self.pongs_due.pop_front() else {
            return;
        };
        self.settled = read;
        match self.client.outbound.pong().expect("it was asked for") {
            Fence::Caller(promise) | Fence::Confirm(promise) => drop(promise.keep()),
            _ => {}
        }
        self.confirmations.retain(|(before, confirmation)| {
            let outcome = outcome(confirmation);
            assert!(outcome.is_none() || outcome == Some(Outcome::Done) && *before <= read);
            outcome.is_none()
        });
    }

    fn check_promises(&mut self) {
        let read = self.read;
        for promises in [&mut self.flushes, &mut self.fences] {
            promises.retain(|(before, completion)| {
                assert!(
                    !is_done(completion) || *before <= read,
                    "{before} were published before, {read} were read"
                );
                !is_done(completion)
            });
        }
    }

    /// Lets everything that was promised happen.
    fn finish(mut self) -> usize {
        if !self.up {
            self.up = self.connect();
        }
        for _ in 0..1_000 {
            self.client.write_all();
            self.look(true);
            self.answer();
            self.poll_waiting();
            self.check_promises();
        }
        assert!(self.waiting.is_empty(), "everybody had room");
        assert_eq!(self.read, self.published.len(), "everything was read");
        assert!(
            self.flushes.is_empty() && self.fences.is_empty() && self.confirmations.is_empty(),
            "every promise was kept"
        );
        self.client.assert_idle();
        self.read
    }
}

#[test]
fn nothing_is_lost_repeated_or_promised_in_vain() {
    let mut total = 0;
    for seed in 0..200 {
        let mut simulation = Simulation::new(seed);
        for _ in 0..400 {
            simulation.step();
        }
        total += simulation.finish();
    }
    assert!(total > 10_000, "much was sent: {total}");
}
