//! [`Discovery`]: the services that are there, as their callers see them.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use serde::de::DeserializeOwned;
use tokio::time::{timeout_at, Instant};

use super::answers::{Info, PingResponse, Stats};
use super::verbs::{self, Verb};
use crate::client::subscriber::Subscriber;
use crate::{Client, StatusCode};

/// How long answers are waited for in all.
const TIMEOUT: Duration = Duration::from_secs(2);
/// How long the next answer is waited for after one came. Instances answer at once; those far away come as late as
/// their round trip.
const STALL: Duration = Duration::from_millis(300);

/// Asks services about themselves, and gathers what their instances answer.
///
/// How many instances there are is not known beforehand: answers are gathered until none came for a while, or the time
/// is up. When nobody is there, the server says so, and the end comes at once.
///
/// # Examples
///
/// ```no_run
/// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
/// use async_nats::service::Discovery;
///
/// for service in Discovery::new(client.clone()).info().await? {
///     println!("{} {} {}", service.name, service.version, service.id);
///     for endpoint in service.endpoints {
///         println!("  {}", endpoint.subject);
///     }
/// }
/// let orders = Discovery::new(client).name("orders").stats().await?;
/// let requests: usize = orders.iter().flat_map(|one| &one.endpoints).map(|endpoint| endpoint.requests).sum();
/// println!("{} instances answered {requests} requests", orders.len());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Discovery {
    client: Client,
    name: Option<String>,
    id: Option<String>,
    timeout: Duration,
    stall: Duration,
}

impl Discovery {
    /// Asks all services that `client` can reach.
    pub fn new(client: Client) -> Self {
        Discovery {
            client,
            name: None,
            id: None,
            timeout: TIMEOUT,
            stall: STALL,
        }
    }

    /// Asks the services of this name only.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Asks one instance only; it is found by the name of its service, which has to be given as well, and its id.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Waits for answers as long as this, 2 s unless set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Waits for the next answer as long as this once one has come, 300 ms unless set.
    pub fn stall(mut self, stall: Duration) -> Self {
        self.stall = stall;
        self
    }

    /// Who is there: one answer an instance, in the order in which they came.
    ///
    /// # Errors
    ///
    /// When the name or the id is no token of a subject, an id is given without a name, or the client is closed. Nobody there is no error: the
    /// list is empty. Answers that do not parse are left out.
    pub async fn ping(&self) -> Result<Vec<PingResponse>, crate::Error> {
        self.gather(Verb::Ping).await
    }

    /// What they are and what they offer.
    ///
    /// # Errors
    ///
    /// Those of [`ping`](Discovery::ping).
    pub async fn info(&self) -> Result<Vec<Info>, crate::Error> {
        self.gather(Verb::Info).await
    }

    /// How they fare.
    ///
    /// # Errors
    ///
    /// Those of [`ping`](Discovery::ping).
    pub async fn stats(&self) -> Result<Vec<Stats>, crate::Error> {
        self.gather(Verb::Stats).await
    }

    async fn gather<T: DeserializeOwned>(&self, verb: Verb) -> Result<Vec<T>, crate::Error> {
        let subject = self.subject(verb)?;
        let inbox = self.client.new_inbox();
        let mut answers = self.client.subscribe(inbox.clone()).await?;
        self.client.publish_with_reply(subject, inbox, Bytes::new()).await?;
        let mut gathered = Vec::new();
        let end = Instant::now() + self.timeout;
        let mut wait_until = end;
        while let Some(payload) = next_before(&mut answers, wait_until).await {
            match serde_json::from_slice(&payload) {
                Ok(answer) => gathered.push(answer),
                Err(error) => tracing::debug!(%error, %verb, "an answer about a service does not parse"),
            }
            wait_until = end.min(Instant::now() + self.stall);
        }
        Ok(gathered)
    }

    fn subject(&self, verb: Verb) -> Result<String, crate::Error> {
        let mut subject = format!("{}.{verb}", verbs::PREFIX);
        if self.id.is_some() && self.name.is_none() {
            return Err("an instance is found by the name of its service and its id: give the name too".into());
        }
        for token in [&self.name, &self.id].into_iter().flatten() {
            let is_token = !token.is_empty() && !token.contains(|c: char| c.is_whitespace() || ".*>".contains(c));
            if !is_token {
                return Err(format!("{token:?} cannot be the name or the id of a service").into());
            }
            subject.push('.');
            subject.push_str(token);
        }
        Ok(subject)
    }
}

/// The next answer; `None` when the time is up, when nobody is there, or at the end of the client.
async fn next_before(answers: &mut Subscriber, deadline: Instant) -> Option<Bytes> {
    let next = poll_fn(|cx| Pin::new(&mut *answers).poll_next(cx));
    let message = timeout_at(deadline, next).await.ok()??;
    let is_nobody = message.status == Some(StatusCode::NO_RESPONDERS);
    (!is_nobody).then_some(message.payload)
}
