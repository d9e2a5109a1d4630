//! Whether a message is the next one, and what to do when it is not.
//!
//! An ordered consumer numbers its messages without gaps. One that is missing, a consumer that is gone or silent, or a new
//! connection is answered by another consumer that begins behind the message that was handed over last. Nothing else
//! moves that place, so no message is left out and none is handed over twice.
//!
//! Making the next consumer is tried for as long as the stream exists, with waits that double. An attempt that is refused is
//! made again under its name. One that is not answered may lie with a server that is gone, and asking again under its name
//! would wait for that server: the next attempt has another name.

use std::time::Instant;

use super::place::Place;
use super::wait;

/// After how many attempts in a row the reader is told that they fail; they go on. With the waits between them that is
/// after a quarter of a minute at the least.
const TELL_AFTER: u32 = 8;

/// Where the next consumer begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Start {
    /// Where the first one was to begin: its choice cannot be said as a sequence.
    Anew,
    /// With this sequence of the stream.
    At(u64),
}

/// What to do now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    /// Read from the consumer.
    Read,
    /// Make the next consumer, number `serial`; then [`made`](Ordered::made), [`failed`](Ordered::failed)
    /// or [`unanswered`](Ordered::unanswered).
    Make { serial: u64, start: Start },
    /// Wait for what is under way, or until this instant.
    Wait(Option<Instant>),
    /// It is over.
    End,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    Reading,
    /// The consumer is of no use any more; the next one is due then.
    Lost(Instant),
    Making,
    /// There is no connection to make one over.
    Cut,
    Over,
}

/// The state of reading in order.
#[derive(Debug)]
pub(crate) struct Ordered {
    /// The sequence of the stream behind which the next message stands, when it is known.
    last: Option<u64>,
    /// Messages of the present consumer that were handed over.
    consumer: u64,
    /// How often another consumer was begun.
    serial: u64,
    /// Whether `serial` counts a consumer that was not made yet.
    is_begun: bool,
    /// Consumers in a row that were no use, and attempts to make one.
    failures: u32,
    phase: Phase,
}

impl Ordered {
    /// A consumer that is there and has sent `consumer` messages; `last` is the sequence of the stream behind which the next
    /// one stands.
    pub(crate) fn new(last: Option<u64>, consumer: u64) -> Self {
        Ordered {
            last,
            consumer,
            serial: 0,
            is_begun: false,
            failures: 0,
            phase: Phase::Reading,
        }
    }

    /// Whether a message that stands there is the next one. If so it counts as handed over. If not, another consumer is due.
    #[inline]
    pub(crate) fn message(&mut self, place: Option<Place>, now: impl FnOnce() -> Instant) -> bool {
        match place {
            Some(place) if place.consumer == self.consumer + 1 => {
                self.consumer = place.consumer;
                self.last = Some(place.stream);
                self.failures = 0;
                true
            }
            _ => {
                self.lost(now());
                false
            }
        }
    }

    /// The consumer has nothing to send, and has sent `sent` messages. If that is more than came, another one is due.
    pub(crate) fn heartbeat(&mut self, sent: Option<u64>, now: Instant) {
        match sent {
            Some(sent) if sent != self.consumer => self.lost(now),
            Some(_) => self.failures = 0,
            None => {}
        }
    }

    /// The consumer is gone, silent, or out of step.
    pub(crate) fn lost(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Reading) {
            self.again(now);
        }
    }

    fn again(&mut self, now: Instant) {
        let due = match self.failures {
            0 => now,
            failures => now + wait::after(failures),
        };
        self.failures = self.failures.saturating_add(1);
        self.phase = Phase::Lost(due);
    }

    /// There is no connection.
    pub(crate) fn disconnected(&mut self) {
        if self.phase != Phase::Over {
            self.phase = Phase::Cut;
        }
    }

    /// There is a new connection: what was sent to the old one may be lost.
    pub(crate) fn connected(&mut self, now: Instant) {
        if self.phase != Phase::Over {
            self.failures = 0;
            self.again(now);
        }
    }

    /// The next consumer is there.
    pub(crate) fn made(&mut self) {
        self.consumer = 0;
        self.is_begun = false;
        self.phase = Phase::Reading;
    }

    /// The next consumer could not be made. Whether the reader is to be told.
    pub(crate) fn failed(&mut self, now: Instant) -> bool {
        let attempts = self.failures;
        self.again(now);
        attempts.is_multiple_of(TELL_AFTER)
    }

    /// Whether the next consumer was made is not known: another one is to be made, under another name. Whether the reader is
    /// to be told.
    pub(crate) fn unanswered(&mut self, now: Instant) -> bool {
        self.is_begun = false;
        self.failed(now)
    }

    /// Nothing more is to be had.
    pub(crate) fn end(&mut self) {
        self.phase = Phase::Over;
    }

    /// What to do now.
    pub(crate) fn next(&mut self, now: Instant) -> Step {
        match self.phase {
            Phase::Reading => Step::Read,
            Phase::Over => Step::End,
            Phase::Making | Phase::Cut => Step::Wait(None),
            Phase::Lost(due) if due > now => Step::Wait(Some(due)),
            Phase::Lost(_) => {
                self.phase = Phase::Making;
                if !self.is_begun {
                    self.serial += 1;
                    self.is_begun = true;
                }
                let start = self.last.map_or(Start::Anew, |last| Start::At(last.saturating_add(1)));
                Step::Make {
                    serial: self.serial,
                    start,
                }
            }
        }
    }

    /// Whether there is a consumer to read from.
    #[inline]
    pub(crate) fn is_reading(&self) -> bool {
        self.phase == Phase::Reading
    }
}

#[cfg(test)]
mod tests;
