//! Calls of the client, each told to the oracles.

use std::time::Duration;

use async_nats::{HeaderMap, PublishErrorKind, RequestErrorKind};

use super::{Outcome, User};
use crate::defects::Defect;
use crate::oracle::publishes::{payload, Call, Publish, Reply};
use crate::oracle::requests::{Answered, OWN};

/// A message to publish.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) subject: String,
    pub(crate) reply: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) len: usize,
}

impl Draft {
    pub(crate) fn new(subject: impl Into<String>, len: usize) -> Self {
        Draft {
            subject: subject.into(),
            reply: None,
            headers: Vec::new(),
            len,
        }
    }
}

fn header_map(headers: &[(String, String)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(name.as_str(), value.as_str());
    }
    map
}

/// Bytes that count towards the largest message: headers and payload.
fn size(draft: &Draft) -> usize {
    let lines = draft.headers.iter().map(|(name, value)| name.len() + value.len() + 4);
    let headers = if draft.headers.is_empty() {
        0
    } else {
        12 + lines.sum::<usize>()
    };
    headers + draft.len
}

impl User {
    fn record(&self, draft: &Draft, reply: Reply) -> u64 {
        let mut world = self.sim.lock();
        let id = world.ledger.len() as u64;
        let subject = if draft.len == 0 {
            format!("empty.{id}")
        } else {
            draft.subject.clone()
        };
        world.publishing(Publish {
            client: self.number,
            publisher: self.publisher,
            subject,
            reply,
            headers: draft.headers.clone(),
            len: draft.len,
            call: Call::Running,
            link: None,
            is_received: false,
        })
    }

    fn subject_of(&self, id: u64) -> String {
        self.sim.lock().ledger[id as usize].subject.clone()
    }

    /// Publishes. Whether it is known that the message is on its way.
    pub(crate) async fn publish(&mut self, draft: Draft) -> bool {
        let reply = draft.reply.clone().map_or(Reply::None, Reply::Given);
        let id = self.record(&draft, reply);
        let (subject, payload) = (self.subject_of(id), payload(id, draft.len));
        let (fits, was_ending) = {
            let world = self.sim.lock();
            let model = &world.clients[self.number];
            (size(&draft) <= model.max_payload, model.is_ending)
        };
        let client = self.client.clone();
        let map = header_map(&draft.headers);
        let publish = async move {
            match (draft.reply, draft.headers.is_empty()) {
                (None, true) => client.publish(subject, payload).await,
                (None, false) => client.publish_with_headers(subject, map, payload).await,
                (Some(reply), true) => client.publish_with_reply(subject, reply, payload).await,
                (Some(reply), false) => {
                    client
                        .publish_with_reply_and_headers(subject, reply, map, payload)
                        .await
                }
            }
        };
        if self.sim.lock().has_defect(Defect::DroppedPublishIsSent) && self.rng.chance(300) {
            tokio::spawn(publish);
            self.sim.lock().published(id, Call::Dropped, false);
            return false;
        }
        let outcome = self.call(publish).await;
        let mut world = self.sim.lock();
        let (call, waited, kind) = match outcome {
            Outcome::Ended(Ok(()), waited) => (Call::Done, waited, None),
            Outcome::Ended(Err(error), waited) => (Call::Failed, waited, Some(error.kind())),
            Outcome::Dropped => (Call::Dropped, true, None),
        };
        world.published(id, call, waited);
        let model = &world.clients[self.number];
        let (is_ending, fails) = (model.is_ending, model.plan.fails_when_full && !model.is_up);
        match kind {
            None if call == Call::Done && !fits => {
                world.violated(
                    "I14",
                    format!("message {id} is larger than its server takes, and was taken"),
                );
            }
            Some(PublishErrorKind::MaxPayloadExceeded) if !fits => {}
            Some(PublishErrorKind::Send) if is_ending || was_ending || fails => {}
            Some(kind) => world.violated("I21", format!("message {id} was refused for no reason: {kind:?}")),
            None => {}
        }
        call == Call::Done
    }

    /// Asks for what is no subject, or would be more than one line: all of it must be refused.
    pub(crate) async fn inject(&mut self) {
        let bad = *self.rng.pick(&["a b", "a\r\nPUB x 1", "", "a\tb", "a\nPING"]);
        let which = self.rng.below(4);
        let client = self.client.clone();
        let refused = match which {
            0 => client.publish(bad.to_owned(), "x".into()).await.is_err(),
            1 => client
                .publish_with_reply("a.b", bad.to_owned(), "x".into())
                .await
                .is_err(),
            2 => client.subscribe(bad.to_owned()).await.is_err(),
            _ => bad.is_empty() || client.queue_subscribe("a.b", bad.to_owned()).await.is_err(),
        };
        let mut world = self.sim.lock();
        if !refused && !world.has_defect(Defect::SubjectsAreNotChecked) {
            world.violated("I14", format!("{bad:?} was taken for a subject or a queue group"));
        }
    }

    pub(crate) async fn flush(&mut self) {
        let asked: Vec<u64> = self.sim.lock().clients[self.number].unflushed.iter().copied().collect();
        let client = self.client.clone();
        let is_early = self.sim.lock().has_defect(Defect::FlushDoesNotWait);
        let outcome = match is_early {
            true => Outcome::Ended(Ok(()), false),
            false => self.call(async move { client.flush().await }).await,
        };
        let mut world = self.sim.lock();
        let now = world.now;
        world.trace.note(now, "flush", asked.len() as u64, String::new);
        match outcome {
            Outcome::Ended(Ok(()), _) => world.flush_done(self.number, &asked),
            Outcome::Ended(Err(error), _) if !world.clients[self.number].is_ending => {
                world.violated("I2", format!("a flush failed: {error}"));
            }
            _ => {}
        }
    }

    /// Asks for a confirmation. Whether it came.
    pub(crate) async fn confirm(&mut self, timeout: u64) -> bool {
        let asked = self.sim.lock().to_confirm(self.number, self.told);
        let began = self.sim.lock().now;
        let client = self.client.clone();
        let limit = Duration::from_millis(timeout);
        let outcome = self.call(async move { client.flush_with_timeout(limit).await }).await;
        let mut world = self.sim.lock();
        let now = world.now;
        let model = &world.clients[self.number];
        let is_timed_out = now >= began + timeout;
        // What was lost a moment ago may have been told to this call.
        let may_know = model.left_at.is_some_and(|left| left + 200 >= began);
        let mut fails_for_nothing = false;
        match &outcome {
            Outcome::Ended(Ok(()), _) => {}
            Outcome::Ended(Err(_), _) if !is_timed_out => {
                fails_for_nothing = self.surely_told >= model.losses && !may_know && !model.is_ending;
                self.told = model.losses;
                // A connection that was left a moment ago may be yet to be told of.
                if !may_know {
                    self.surely_told = model.losses;
                }
            }
            _ if may_know => self.told = model.losses,
            _ => {}
        }
        let is_ending = model.is_ending;
        let is_confirmed = matches!(outcome, Outcome::Ended(Ok(()), _));
        world.trace.note(now, "confirm", u64::from(is_confirmed), || {
            format!("of client {} asked at {began} ms: {is_confirmed}", self.number)
        });
        if is_confirmed {
            world.confirmed(self.number, &asked, "a confirmation");
        }
        if fails_for_nothing {
            world.violated(
                "I2",
                "a confirmation failed, and no connection had broken that this handle was not told of",
            );
        }
        if now > began + timeout + 2 && !is_ending {
            world.violated("I2", format!("a confirmation took {} ms of {timeout}", now - began));
        }
        is_confirmed
    }

    pub(crate) async fn rtt(&mut self) {
        let client = self.client.clone();
        let outcome = self.call(async move { client.rtt().await }).await;
        let mut world = self.sim.lock();
        if let Outcome::Ended(Err(error), _) = outcome {
            if !world.clients[self.number].is_ending {
                world.violated("I2", format!("a round trip failed: {error}"));
            }
        }
    }

    pub(crate) async fn request(&mut self, draft: Draft) {
        let own = self
            .rng
            .chance(150)
            .then(|| format!("{OWN}{}", self.sim.lock().ledger.len()));
        let id = self.record(&draft, own.clone().map_or(Reply::Inbox, Reply::Own));
        let (subject, payload) = (self.subject_of(id), payload(id, draft.len));
        let (timeout, fits) = {
            let mut world = self.sim.lock();
            let model = &world.clients[self.number];
            let (timeout, fits) = (model.plan.request_timeout, size(&draft) <= model.max_payload);
            world.requesting(self.number, id, timeout);
            (timeout, fits)
        };
        let is_late = self.sim.lock().has_defect(Defect::DeadlineIsLate);
        let leaks = self.sim.lock().has_defect(Defect::PlacesLeak);
        let client = self.client.clone();
        let mut request = async_nats::Request::new().payload(payload);
        if !draft.headers.is_empty() {
            request = request.headers(header_map(&draft.headers));
        }
        if let Some(own) = own {
            request = request.inbox(own);
        }
        if is_late {
            request = request.timeout(Some(Duration::from_millis(timeout * 2)));
        }
        let future = async move { client.send_request(subject, request).await };
        let outcome = match leaks {
            true => self.call_that_leaks(future).await,
            false => self.call(future).await,
        };
        let mut world = self.sim.lock();
        let answered = match outcome {
            Outcome::Ended(Ok(message), _) => Answered::With(message),
            Outcome::Dropped => Answered::Dropped,
            Outcome::Ended(Err(error), _) => match error.kind() {
                RequestErrorKind::TimedOut => Answered::TimedOut,
                RequestErrorKind::NoResponders => Answered::NoResponders,
                RequestErrorKind::MaxPayloadExceeded if !fits => Answered::Dropped,
                _ => Answered::Closed,
            },
        };
        let model = &world.clients[self.number];
        let answered = match answered {
            // There was no room for it, and it does not wait for any.
            Answered::Closed if model.plan.fails_when_full && !model.is_up => Answered::Dropped,
            answered => answered,
        };
        world.request_ended(self.number, id, answered);
    }

    /// A call whose future is never dropped: what it holds is lost.
    async fn call_that_leaks<T>(
        &mut self,
        future: impl std::future::Future<Output = T> + Send + 'static,
    ) -> Outcome<T> {
        let mut future = Box::pin(future);
        match self.call(future.as_mut()).await {
            Outcome::Dropped => {
                std::mem::forget(future);
                Outcome::Dropped
            }
            ended => ended,
        }
    }
}
