//! When the answer to one request is complete.

use std::time::Instant;

use super::liveness::Liveness;
use super::notice::Notice;
use super::pull::{Plan, GRACE};
use super::trouble::Trouble;

/// What to do when nothing is there to be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    /// Tell the reader; it is over after that.
    Tell(Trouble),
    /// Wait for a message, or until this instant.
    Wait(Option<Instant>),
    /// It is over.
    End,
}

/// What is still to come of one request.
#[derive(Debug)]
pub(crate) struct Batch {
    left: usize,
    came: bool,
    tells_silence: bool,
    life: Liveness,
}

impl Batch {
    /// A request that was sent just now.
    pub(crate) fn new(plan: Plan, now: Instant) -> Self {
        let mut life = Liveness::within(Some(plan.silence().unwrap_or(GRACE)));
        life.expect(now);
        Batch {
            left: plan.messages,
            came: false,
            tells_silence: plan.tells_silence,
            life,
        }
    }

    /// Whether nothing more comes.
    #[inline]
    pub(crate) fn is_over(&self) -> bool {
        self.left == 0
    }

    /// A message was taken out for the reader.
    #[inline]
    pub(crate) fn received(&mut self) {
        self.left = self.left.saturating_sub(1);
        self.came = true;
        self.life.heard();
    }

    /// The consumer said something; what of it concerns the reader.
    pub(crate) fn notice(&mut self, notice: &Notice) -> Option<Trouble> {
        let trouble = match notice {
            Notice::Heartbeat { .. } | Notice::FlowControl => {
                self.life.heard();
                return None;
            }
            Notice::Ended(_) => None,
            // The messages before it are as many as there was room for.
            Notice::TooLarge(_) => (!self.came).then_some(Trouble::TooLarge),
            Notice::Moved(_) => Some(Trouble::Moved),
            Notice::TooMany => Some(Trouble::TooMany),
            Notice::WrongPin(_) => Some(Trouble::WrongPin),
            Notice::Deleted => Some(Trouble::Deleted),
            Notice::PushBased => Some(Trouble::PushBased),
            Notice::OverLimit => Some(Trouble::OverLimit),
            Notice::Bad => Some(Trouble::Bad),
            Notice::NoResponders => Some(Trouble::NoResponders),
            Notice::Unknown => Some(Trouble::Unknown),
        };
        self.left = 0;
        trouble
    }

    /// Nothing is there to be read: what to do now.
    pub(crate) fn next(&mut self, now: Instant) -> Step {
        if self.is_over() {
            return Step::End;
        }
        self.life.expect(now);
        if !self.life.is_missed(now) {
            return Step::Wait(self.life.deadline());
        }
        self.left = 0;
        match self.tells_silence {
            true => Step::Tell(Trouble::MissingHeartbeat),
            false => Step::End,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::notice::Left;
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn plan(messages: usize, expires: Option<Duration>, heartbeat: Duration) -> Plan {
        Plan {
            messages,
            bytes: 0,
            expires,
            heartbeat,
            tells_silence: !heartbeat.is_zero(),
        }
    }

    #[test]
    fn it_is_complete_with_the_last_message() {
        let now = Instant::now();
        let mut batch = Batch::new(plan(2, None, Duration::ZERO), now);
        batch.received();
        assert!(!batch.is_over());
        batch.received();
        assert!(batch.is_over());
        assert_eq!(batch.next(now), Step::End);
    }

    #[test]
    fn a_request_that_got_all_there_was_is_no_error() {
        for notice in [Notice::Ended(Left(None)), Notice::Ended(Left(Some((1, 0))))] {
            let mut batch = Batch::new(plan(2, None, Duration::ZERO), Instant::now());
            assert_eq!(batch.notice(&notice), None);
            assert!(batch.is_over());
        }
    }

    #[test]
    fn bytes_that_are_used_up_are_an_error_only_when_nothing_came() {
        let notice = Notice::TooLarge(Left(None));
        let mut batch = Batch::new(plan(2, None, Duration::ZERO), Instant::now());
        assert_eq!(batch.notice(&notice), Some(Trouble::TooLarge));
        let mut batch = Batch::new(plan(2, None, Duration::ZERO), Instant::now());
        batch.received();
        assert_eq!(batch.notice(&notice), None);
        assert!(batch.is_over());
    }

    #[test]
    fn heartbeats_do_not_end_it() {
        let now = Instant::now();
        let mut batch = Batch::new(plan(2, None, SECOND), now);
        let heartbeat = Notice::Heartbeat {
            last_consumer: None,
            stalled: None,
        };
        assert_eq!(batch.next(now + SECOND), Step::Wait(Some(now + 2 * SECOND)));
        assert_eq!(batch.notice(&heartbeat), None);
        assert_eq!(batch.next(now + 2 * SECOND), Step::Wait(Some(now + 4 * SECOND)));
        assert_eq!(batch.next(now + 4 * SECOND), Step::Tell(Trouble::MissingHeartbeat));
        assert_eq!(batch.next(now + 4 * SECOND), Step::End);
    }

    #[test]
    fn silence_ends_it_after_the_expiry_and_a_grace() {
        let now = Instant::now();
        let mut batch = Batch::new(plan(2, Some(SECOND), Duration::ZERO), now);
        assert_eq!(batch.next(now), Step::Wait(Some(now + SECOND + GRACE)));
        assert_eq!(batch.next(now + SECOND + GRACE), Step::End);
        let mut batch = Batch::new(plan(2, None, Duration::ZERO), now);
        assert_eq!(batch.next(now), Step::Wait(Some(now + GRACE)));
        batch.received();
        assert_eq!(batch.next(now + 9 * SECOND), Step::Wait(Some(now + 9 * SECOND + GRACE)));
    }

    #[test]
    fn everything_else_is_told() {
        for (notice, trouble) in [
            (Notice::Moved(Left(None)), Trouble::Moved),
            (Notice::TooMany, Trouble::TooMany),
            (Notice::WrongPin(Left(None)), Trouble::WrongPin),
            (Notice::Deleted, Trouble::Deleted),
            (Notice::PushBased, Trouble::PushBased),
            (Notice::OverLimit, Trouble::OverLimit),
            (Notice::Bad, Trouble::Bad),
            (Notice::NoResponders, Trouble::NoResponders),
            (Notice::Unknown, Trouble::Unknown),
        ] {
            let mut batch = Batch::new(plan(2, None, Duration::ZERO), Instant::now());
            assert_eq!(batch.notice(&notice), Some(trouble));
            assert!(batch.is_over());
        }
    }
}
