//! Defects that are made on purpose, to see that the oracles see them.
//!
//! Each stands for a fault in the client. It is made around the client, at its options, its calls or its stream, in such a
//! way that users and servers see what they would see if the client had it. [`ALL`] says which invariant must be found
//! broken; a test runs seeds until it is.

use crate::net::link::{Link, Word};
use crate::net::wire::Frame;
use crate::world::World;

/// A fault of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Defect {
    FlushDoesNotWait,
    PongIsForged,
    FrameIsSentTwice,
    PublishesSwap,
    MessageGoesToAnother,
    MessageFromNowhere,
    DeadlineIsLate,
    PlacesLeak,
    SubscriptionIsForgotten,
    LimitStartsAnew,
    SilenceIsNotNoticed,
    DrainDoesNotWait,
    QueueIsLonger,
    SlowConsumerIsNotTold,
    PingIsNotAnswered,
    SubjectsAreNotChecked,
    StrangerIsTrusted,
    NoBackoff,
    DroppedPublishIsSent,
    DroppedReadLoses,
    DropNeedsRuntime,
    EventIsLost,
    EventsSwap,
    BufferHasNoLimit,
    FailsInsteadOfWaiting,
    WriterSleeps,
    AckIsForged,
    RetryHasAnotherId,
    AckIsAwaitedForEver,
    OrderedSkips,
    OrderedRepeats,
    ConsumersAreLeft,
    PullsAreHot,
    PullsStall,
    ErrorOvertakes,
}

/// Each defect, the invariant that it breaks, and what is done.
pub const ALL: &[(Defect, &str, &str)] = &[
    (Defect::FlushDoesNotWait, "I2", "a flush returns at once"),
    (
        Defect::PongIsForged,
        "I2",
        "a PING counts as answered when it is written",
    ),
    (
        Defect::FrameIsSentTwice,
        "I3",
        "the last message goes out again after a reconnect",
    ),
    (Defect::PublishesSwap, "I4", "a message passes the one ahead of it"),
    (
        Defect::MessageGoesToAnother,
        "I4",
        "a message reaches another subscription",
    ),
    (
        Defect::MessageFromNowhere,
        "I4",
        "a subscription gets a message that is not for it",
    ),
    (Defect::DeadlineIsLate, "I5", "requests wait for twice their time-out"),
    (
        Defect::PlacesLeak,
        "I5",
        "a request whose future is dropped keeps its place",
    ),
    (
        Defect::SubscriptionIsForgotten,
        "I6",
        "a subscription is not made again after a reconnect",
    ),
    (
        Defect::LimitStartsAnew,
        "I6",
        "a limit of messages is not reduced after a reconnect",
    ),
    (
        Defect::SilenceIsNotNoticed,
        "I7",
        "signs of life are asked for three times as rarely as chosen",
    ),
    (Defect::DrainDoesNotWait, "I11", "a drain ends its subscription at once"),
    (
        Defect::QueueIsLonger,
        "I12",
        "a subscription keeps twice as many messages as it may",
    ),
    (
        Defect::SlowConsumerIsNotTold,
        "I12",
        "dropped messages are not reported",
    ),
    (Defect::PingIsNotAnswered, "I12", "PINGs are not answered"),
    (
        Defect::SubjectsAreNotChecked,
        "I14",
        "white space in subjects is let through",
    ),
    (
        Defect::StrangerIsTrusted,
        "I16",
        "servers are believed before the handshake is done",
    ),
    (
        Defect::NoBackoff,
        "I17",
        "attempts to connect follow each other at once",
    ),
    (
        Defect::DroppedPublishIsSent,
        "I18",
        "a publish goes on when its future is dropped",
    ),
    (
        Defect::DroppedReadLoses,
        "I18",
        "a read whose future is dropped takes its message with it",
    ),
    (
        Defect::DropNeedsRuntime,
        "I18",
        "a handle that is dropped spawns a task",
    ),
    (Defect::EventIsLost, "I20", "some events are not told"),
    (Defect::EventsSwap, "I20", "an event passes the one ahead of it"),
    (
        Defect::BufferHasNoLimit,
        "I21",
        "publishes are kept without limit while disconnected",
    ),
    (
        Defect::FailsInsteadOfWaiting,
        "I21",
        "a publish without room fails where it should wait",
    ),
    (Defect::WriterSleeps, "liveness", "a writer that waits is not woken"),
    (
        Defect::AckIsForged,
        "I1",
        "a publish to a stream whose ack does not come is taken for stored",
    ),
    (
        Defect::RetryHasAnotherId,
        "I1",
        "a publish to a stream is tried again under another id",
    ),
    (
        Defect::AckIsAwaitedForEver,
        "I1",
        "a publish to a stream goes on waiting behind its time-out",
    ),
    (Defect::OrderedSkips, "I8", "an ordered reader loses a message"),
    (
        Defect::OrderedRepeats,
        "I8",
        "an ordered reader stands elsewhere than it says",
    ),
    (
        Defect::ConsumersAreLeft,
        "I8",
        "an ordered reader does not delete the consumers that it has done with",
    ),
    (Defect::PullsAreHot, "I17", "a pull request is made again and again"),
    (Defect::PullsStall, "I19", "a reader that pulls does not ask again"),
    (
        Defect::ErrorOvertakes,
        "I19",
        "a reader is told of an error ahead of the messages that had come",
    ),
];

impl World {
    /// A frame that the client wrote, as a client with the defect would have written it; `None` when it would not have.
    pub(crate) fn spoiled(&mut self, id: usize, frame: Frame, end: u64) -> Option<Frame> {
        let Some(defect) = self.defect else { return Some(frame) };
        let mut frame = frame;
        let link = &self.links[id];
        let is_ready = link.ready.is_some();
        let is_again = self.links[..id]
            .iter()
            .any(|other: &Link| other.client == link.client && other.ready.is_some());
        match (defect, &mut frame) {
            (Defect::PingIsNotAnswered, Frame::Pong) => return None,
            (Defect::SubscriptionIsForgotten, Frame::Sub { .. }) if is_again && self.rng.chance(300) => return None,
            (Defect::LimitStartsAnew, Frame::Unsub { sid, max: Some(max) }) if is_again => {
                let subscriptions = &self.clients[link.client].subscriptions;
                *max = subscriptions.get(sid).and_then(|it| it.max).unwrap_or(*max);
            }
            (Defect::PongIsForged, Frame::Ping) if is_ready => {
                let down = &mut self.links[id].down;
                if down.sent == down.read {
                    down.sent += 6;
                    down.words.push_back((down.sent, Word::Pong));
                    down.ready.extend(b"PONG\r\n");
                    self.links[id].wake_reader();
                }
            }
            (Defect::FrameIsSentTwice, Frame::Pub(published)) => {
                let client = link.client;
                let last = self.last_published.insert(client, (id, published.clone()));
                if let Some((_, last)) = last.filter(|(before, _)| *before != id) {
                    self.tap_frame(id, &Frame::Pub(last), end);
                }
            }
            (Defect::PublishesSwap, Frame::Pub(published)) => {
                let client = link.client;
                match self.last_published.remove(&client) {
                    Some((before, held)) => {
                        self.tap_frame(id, &frame, end);
                        return (before == id).then_some(Frame::Pub(held));
                    }
                    None if self.rng.chance(100) => {
                        self.last_published.insert(client, (id, published.clone()));
                        return None;
                    }
                    None => {}
                }
            }
            (Defect::ConsumersAreLeft, Frame::Pub(published)) if published.subject.contains(".CONSUMER.DELETE.") => {
                return None;
            }
            (Defect::PullsAreHot, Frame::Pub(published)) if published.subject.contains(".MSG.NEXT.") => {
                for _ in 0..99 {
                    self.tap_frame(id, &frame, end);
                }
            }
            (Defect::PullsStall, Frame::Pub(published))
                if published.subject.contains(".MSG.NEXT.") && self.now > self.plan.calm_at / 2 =>
            {
                return None;
            }
            _ => {}
        }
        Some(frame)
    }

    /// What the client heard, as the oracles hear it: where they differ, the client is wrong.
    pub(crate) fn misheard(&mut self, client: usize, word: Word) -> Option<Word> {
        match (self.defect, &word) {
            (Some(Defect::MessageFromNowhere), Word::Message { .. }) if self.rng.chance(50) => None,
            (Some(Defect::MessageGoesToAnother), Word::Message { message, .. }) if self.rng.chance(50) => {
                let sids: Vec<u64> = self.clients[client].subscriptions.keys().copied().collect();
                let sid = (!sids.is_empty()).then(|| *self.rng.pick(&sids))?;
                let message = std::sync::Arc::clone(message);
                Some(Word::Message { sid, message })
            }
            (Some(Defect::StrangerIsTrusted), Word::Info { urls, .. })
                if urls.iter().any(|url| url.starts_with("liar")) =>
            {
                self.strangers.insert(client);
                Some(word)
            }
            _ => Some(word),
        }
    }

    /// Where a client that trusts strangers goes.
    pub(crate) fn misled(&self, client: usize) -> Option<String> {
        self.strangers.contains(&client).then(|| "liar.sim:4222".to_owned())
    }
}
