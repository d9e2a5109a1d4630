//! What can be asked about a service, and the task that answers.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use serde::Serialize;

use super::answers::{self, Info, PingResponse, Stats};
use super::config::StatsHandler;
use super::registry::Registry;
use crate::client::subscriber::Subscriber;
use crate::datetime::DateTime;
use crate::message::Message;
use crate::sync::Mutex;
use crate::Client;

/// What all subjects begin with on which services are asked about.
pub(super) const PREFIX: &str = "$SRV";

/// What can be asked about a service.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verb {
    /// Who is there?
    Ping,
    /// How does it fare?
    Stats,
    /// What is it, and what does it offer?
    Info,
    /// How are requests and answers made? No longer answered by services.
    Schema,
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verb::Ping => "PING",
            Verb::Stats => "STATS",
            Verb::Info => "INFO",
            Verb::Schema => "SCHEMA",
        })
    }
}

/// Subscribes to what may be asked of all services, of those with this name, and of this instance.
pub(super) async fn subscribe(client: &Client, info: &Info) -> Result<Vec<(Verb, Subscriber)>, crate::Error> {
    let (name, id) = (&info.name, &info.id);
    let mut subscriptions = Vec::with_capacity(9);
    for verb in [Verb::Ping, Verb::Info, Verb::Stats] {
        for subject in [
            format!("{PREFIX}.{verb}"),
            format!("{PREFIX}.{verb}.{name}"),
            format!("{PREFIX}.{verb}.{name}.{id}"),
        ] {
            subscriptions.push((verb, client.subscribe(subject).await?));
        }
    }
    Ok(subscriptions)
}

/// Answers what is asked about one instance.
pub(super) struct Speaker {
    pub(super) client: Client,
    pub(super) info: Info,
    pub(super) started: DateTime,
    pub(super) registry: Arc<Mutex<Registry>>,
    pub(super) stats_handler: Option<StatsHandler>,
}

impl Speaker {
    /// Answers until all subscriptions have ended.
    pub(super) async fn answer(mut self, mut subscriptions: Vec<(Verb, Subscriber)>) {
        while let Some((verb, question)) = poll_fn(|cx| poll_question(&mut subscriptions, cx)).await {
            // Nobody waits for an answer to a question without a reply subject.
            let Some(reply) = question.reply else { continue };
            let Some(answer) = self.say(verb) else { continue };
            if let Err(error) = self.client.publish(reply, answer).await {
                tracing::debug!(%error, %verb, "what was asked about a service was not answered");
            }
        }
    }

    fn say(&mut self, verb: Verb) -> Option<Bytes> {
        match verb {
            Verb::Ping => json(&PingResponse {
                kind: answers::PING.to_owned(),
                name: self.info.name.clone(),
                id: self.info.id.clone(),
                version: self.info.version.clone(),
                metadata: self.info.metadata.clone(),
            }),
            Verb::Info => json(&Info {
                endpoints: self.registry.lock().infos(),
                ..self.info.clone()
            }),
            Verb::Stats => json(&self.stats()),
            Verb::Schema => None,
        }
    }

    /// The stats, with what the program's handler adds. It is called without a lock: it may ask the service itself.
    fn stats(&mut self) -> Stats {
        let entries = self.registry.lock().entries();
        if let Some(StatsHandler(handler)) = &mut self.stats_handler {
            for entry in &entries {
                entry.keep_data(handler(entry.key.clone(), entry.stats()));
            }
        }
        Stats {
            kind: answers::STATS.to_owned(),
            name: self.info.name.clone(),
            id: self.info.id.clone(),
            version: self.info.version.clone(),
            started: self.started,
            endpoints: entries.iter().map(|entry| entry.stats()).collect(),
        }
    }
}

/// The next question, from whichever subscription has one; `None` when all have ended.
fn poll_question(subscriptions: &mut Vec<(Verb, Subscriber)>, cx: &mut Context<'_>) -> Poll<Option<(Verb, Message)>> {
    let mut index = 0;
    while let Some((verb, subscriber)) = subscriptions.get_mut(index) {
        match Pin::new(subscriber).poll_next(cx) {
            Poll::Ready(Some(message)) => {
                let verb = *verb;
                // Those behind it come first the next time.
                subscriptions.rotate_left(index + 1);
                return Poll::Ready(Some((verb, message)));
            }
            Poll::Ready(None) => drop(subscriptions.remove(index)),
            Poll::Pending => index += 1,
        }
    }
    match subscriptions.is_empty() {
        true => Poll::Ready(None),
        false => Poll::Pending,
    }
}

fn json(answer: &impl Serialize) -> Option<Bytes> {
    match serde_json::to_vec(answer) {
        Ok(text) => Some(text.into()),
        Err(error) => {
            tracing::debug!(%error, "an answer about a service has no JSON");
            None
        }
    }
}
