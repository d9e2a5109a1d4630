//! When a pull consumer is asked for more, and for how much.
//!
//! What was asked for and has not come is *pending*. When no more than half of the plan is pending, the rest is asked for,
//! so never more is on its way than the plan has room for. A request ends when it was served, or with a notice that says
//! what was left of it.
//!
//! What fails is asked for again after a wait that doubles, until something comes; what would fail for ever ends the
//! machine. Without a connection it rests, and forgets what was asked for, because the server does so too.

use std::time::{Duration, Instant};

use super::liveness::Liveness;
use super::notice::{Left, Notice};
use super::trouble::Trouble;
use super::wait;

/// How much longer than its expiry a request may stay unanswered: the way to the server and back, and a clock that is off.
pub(crate) const GRACE: Duration = Duration::from_secs(5);

/// How long nobody may answer for a consumer that was there before, as it happens while it moves to another server.
const MOVING: Duration = Duration::from_secs(10);

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// The most messages that are on their way or wait to be read.
    pub(crate) messages: usize,
    /// The most bytes; zero for no limit.
    pub(crate) bytes: usize,
    /// How long a request stays on the server.
    pub(crate) expires: Option<Duration>,
    /// How often the server gives a sign of life while a request waits; zero for never.
    pub(crate) heartbeat: Duration,
    /// The reader is told when signs of life are missing.
    pub(crate) tells_silence: bool,
}

impl Plan {
    /// How long there may be silence while a request waits.
    pub(crate) fn silence(&self) -> Option<Duration> {
        if !self.heartbeat.is_zero() {
            return Some(self.heartbeat.saturating_mul(2));
        }
        let expires = self.expires.filter(|expires| !expires.is_zero())?;
        Some(expires.saturating_add(GRACE))
    }
}

/// One request.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Ask {
    pub(crate) messages: usize,
    /// Zero for no limit.
    pub(crate) bytes: usize,
}

/// What to do when nothing is there to be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    /// Send this request.
    Ask(Ask),
    /// Tell the reader.
    Tell(Trouble),
    /// Wait for a message, or until this instant.
    Wait(Option<Instant>),
    /// It is over.
    End,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    /// There is no connection.
    Cut,
    /// More is asked for as there is room.
    Running,
    /// Nothing is asked for until this instant.
    Holding(Instant),
    /// It has ended.
    Over,
}

/// Nobody answered for the consumer since then.
#[derive(Clone, Copy, Debug)]
struct Outage {
    since: Instant,
    told: bool,
}

/// The state of pulling from one consumer.
#[derive(Debug)]
pub(crate) struct Pull {
    plan: Plan,
    pending: Ask,
    phase: Phase,
    last_ask: Ask,
    asked_at: Option<Instant>,
    /// A message came since the last request.
    came: bool,
    /// The consumer was heard of before.
    known: bool,
    /// Requests in a row that were ended before they helped.
    failures: u32,
    outage: Option<Outage>,
    life: Liveness,
}

impl Pull {
    /// Nothing was asked for yet.
    pub(crate) fn new(plan: Plan, connected: bool) -> Self {
        let plan = Plan {
            // The server takes none for one.
            messages: plan.messages.max(1),
            ..plan
        };
        Pull {
            plan,
            pending: Ask::default(),
            phase: if connected { Phase::Running } else { Phase::Cut },
            last_ask: Ask::default(),
            asked_at: None,
            came: false,
            known: false,
            failures: 0,
            outage: None,
            life: Liveness::within(plan.silence()),
        }
    }

    /// A message of `length` bytes was taken out for the reader.
    #[inline]
    pub(crate) fn received(&mut self, length: usize) {
        self.pending.messages = self.pending.messages.saturating_sub(1);
        self.pending.bytes = self.pending.bytes.saturating_sub(length);
        self.came = true;
        self.alive();
    }

    #[inline]
    fn alive(&mut self) {
        self.known = true;
        self.failures = 0;
        self.outage = None;
        self.life.heard();
    }

    /// Whether it is time to [`ask`](Pull::ask) for more.
    #[inline]
    pub(crate) fn wants(&self) -> bool {
        let few = self.pending.messages <= self.plan.messages / 2;
        let small = self.plan.bytes > 0 && self.pending.bytes <= self.plan.bytes / 2;
        (few || small) && self.phase == Phase::Running
    }

    /// The request to send now.
    pub(crate) fn ask(&mut self, now: Instant) -> Ask {
        let messages = self.plan.messages.saturating_sub(self.pending.messages).max(1);
        let bytes = match self.plan.bytes {
            0 => 0,
            // One byte is the least limit: none would be no limit.
            limit => limit.saturating_sub(self.pending.bytes).max(1),
        };
        let ask = Ask { messages, bytes };
        self.pending.messages += messages;
        self.pending.bytes += bytes;
        self.last_ask = ask;
        self.asked_at = Some(now);
        self.came = false;
        self.life.expect(now);
        ask
    }

    /// The consumer said something; what of it concerns the reader.
    pub(crate) fn notice(&mut self, notice: &Notice, now: Instant) -> Option<Trouble> {
        match *notice {
            Notice::NoResponders => return self.unanswered(now),
            Notice::Deleted => return self.end(Trouble::Deleted),
            Notice::PushBased => return self.end(Trouble::PushBased),
            Notice::OverLimit => return self.end(Trouble::OverLimit),
            Notice::Bad => return self.end(Trouble::Bad),
            Notice::Heartbeat { .. } | Notice::FlowControl => self.alive(),
            Notice::Ended(left) | Notice::Moved(left) | Notice::WrongPin(left) => {
                self.life.heard();
                self.ended(left);
                if self.is_early(now) {
                    self.hold(now);
                }
            }
            Notice::TooLarge(left) => {
                self.life.heard();
                self.ended(left);
                if !self.came && self.last_ask.bytes == self.plan.bytes {
                    self.hold(now);
                    return Some(Trouble::TooLarge);
                }
                if !self.came && left.0.is_none_or(|(messages, _)| messages == self.last_ask.messages) {
                    // Requests are served in turn, so nothing waits that was asked for before this one. What still counts
                    // as pending was lost, and would leave room for requests that are too small for ever.
                    self.pending = Ask::default();
                }
            }
            Notice::TooMany => {
                self.life.heard();
                self.ended(Left(None));
                self.hold(now);
            }
            Notice::Unknown => {
                self.life.heard();
                return Some(Trouble::Unknown);
            }
        }
        None
    }

    /// A request ended with this much left of it. What the server does not say is taken for the whole of the last one.
    fn ended(&mut self, left: Left) {
        let (messages, bytes) = left.0.unwrap_or((self.last_ask.messages, self.last_ask.bytes));
        self.pending.messages = self.pending.messages.saturating_sub(messages);
        self.pending.bytes = self.pending.bytes.saturating_sub(bytes);
    }

    /// Whether a request that ends now has ended long before its time, and helped nothing.
    fn is_early(&self, now: Instant) -> bool {
        let Some(asked_at) = self.asked_at.filter(|_| !self.came) else {
            return false;
        };
        let half = self.plan.expires.unwrap_or_default() / 2;
        now.saturating_duration_since(asked_at) < half.min(wait::after(self.failures + 1))
    }

    fn hold(&mut self, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        self.phase = Phase::Holding(now + wait::after(self.failures));
    }

    /// Nobody answers for the consumer: told at once when it was never heard of, and otherwise only when it stays so.
    fn unanswered(&mut self, now: Instant) -> Option<Trouble> {
        self.pending = Ask::default();
        self.hold(now);
        let outage = self.outage.get_or_insert(Outage {
            since: now,
            told: false,
        });
        let is_long = now.saturating_duration_since(outage.since) >= MOVING;
        let tell = !outage.told && (is_long || !self.known);
        outage.told |= tell;
        tell.then_some(Trouble::NoResponders)
    }

    fn end(&mut self, trouble: Trouble) -> Option<Trouble> {
        self.phase = Phase::Over;
        Some(trouble)
    }

    /// The connection is gone: nothing is asked for until there is another.
    pub(crate) fn disconnected(&mut self) {
        if self.phase != Phase::Over {
            self.phase = Phase::Cut;
            self.life.rest();
        }
    }

    /// There is a new connection: the server has none of the requests any more.
    pub(crate) fn connected(&mut self) {
        if self.phase != Phase::Over {
            self.phase = Phase::Running;
            self.pending = Ask::default();
            self.failures = 0;
            self.outage = None;
            self.life.rest();
        }
    }

    /// Nothing is there to be read: what to do now.
    pub(crate) fn next(&mut self, now: Instant) -> Step {
        match self.phase {
            Phase::Over => return Step::End,
            Phase::Cut => return Step::Wait(None),
            Phase::Holding(until) if until <= now => self.phase = Phase::Running,
            Phase::Holding(_) | Phase::Running => {}
        }
        self.life.expect(now);
        if self.life.is_missed(now) {
            self.pending = Ask::default();
            self.life.expect(now);
            if self.plan.tells_silence {
                return Step::Tell(Trouble::MissingHeartbeat);
            }
            if self.outage.is_some() {
                return Step::Tell(Trouble::NoResponders);
            }
        }
        if self.wants() {
            return Step::Ask(self.ask(now));
        }
        let held = match self.phase {
            Phase::Holding(until) => Some(until),
            _ => None,
        };
        Step::Wait(held.into_iter().chain(self.life.deadline()).min())
    }
}

#[cfg(test)]
mod tests;
