//! A stream within the cluster, with its consumers: what a reader or a publisher may rely on, and nothing of how a server
//! does it.
//!
//! | part | what it is |
//! | --- | --- |
//! | `store` | what is published, message ids and expectations |
//! | `api` | requests: of streams, of consumers, and for messages |
//! | `consumer` | what a consumer keeps: what it has sent, what is acked, what is sent again |
//! | `delivery` | messages and statuses on their way to readers, and what is due on the clock |
//! | `faults` | no leader, lost consumers, lost requests, lost messages |

mod api;
mod consumer;
mod delivery;
mod faults;
mod store;

use std::collections::BTreeMap;

use bytes::Bytes;

pub(crate) use self::consumer::Consumer;
pub(crate) use self::store::Stored;
use super::subject::matches;
use crate::net::link::Message;
use crate::world::World;

/// The name of the stream.
pub(crate) const STREAM: &str = "S";

/// Subjects that the stream stores.
const SUBJECTS: &str = "js.";

/// The stream, and who reads it.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    /// The message with sequence 1 is the first.
    pub(crate) log: Vec<Stored>,
    by_id: BTreeMap<String, u64>,
    pub(crate) consumers: BTreeMap<String, Consumer>,
    /// There is no leader; whether requests are answered with nothing at all.
    leaderless: Option<bool>,
    leader_at: u64,
    /// Messages that are lost on their way next.
    loses: u64,
    /// Names that were given to consumers that came without one.
    named: u64,
}

impl World {
    /// Whether a message is for the stream, or for what reads it. If so, it has been taken care of.
    pub(crate) fn serve_streams(&mut self, message: &Message) -> bool {
        let subject = message.subject.as_str();
        if self.plan.streams.is_none() || !(subject.starts_with("$JS.") || subject.starts_with(SUBJECTS)) {
            return false;
        }
        if let Some(is_silent) = self.streams.leaderless {
            return is_silent;
        }
        if let Some(request) = subject.strip_prefix("$JS.API.") {
            return self.api_requested(request, message);
        }
        if let Some(place) = subject.strip_prefix("$JS.ACK.") {
            self.reader_acks(place, message);
            return true;
        }
        if let Some(place) = subject.strip_prefix("$JS.FC.") {
            self.flow_confirmed(place);
            return true;
        }
        self.store(message);
        true
    }

    /// Answers a request, if it is one.
    fn reply(&mut self, request: &Message, payload: impl Into<Bytes>) {
        if let Some(subject) = request.reply.clone() {
            let payload = payload.into();
            let answer = Message {
                subject,
                reply: None,
                headers: None,
                payload,
            };
            self.route(None, answer);
        }
    }

    /// The connection and the subscription of whoever listens to an inbox.
    fn listener(&self, inbox: &str) -> Option<(usize, u64)> {
        self.sessions.iter().find_map(|(link, session)| {
            let mut subscriptions = session.subscriptions.iter();
            let found = subscriptions.find(|(_, subscription)| matches(&subscription.subject, inbox));
            found.map(|(sid, _)| (*link, *sid))
        })
    }
}
