//! What clients do: a kind of traffic a file. Each runs until it is told to stop, and then ends by itself.

mod confirmed;
mod drains;
mod requests;
mod work;

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_nats::{HeaderMap, Message};
use tokio::sync::watch;
use tokio::task::{self, JoinSet};

use crate::ledger::Ledger;
use crate::place::Place;

/// What every kind of traffic has.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) place: Arc<Place>,
    pub(crate) ledger: Arc<Ledger>,
    stopped: watch::Receiver<bool>,
}

impl Scene {
    /// Whether to go on.
    pub(crate) fn goes_on(&self) -> bool {
        !*self.stopped.borrow()
    }

    /// Returns when the traffic is to end.
    pub(crate) async fn stop(&self) {
        // A sender that is gone wants nothing more either.
        let _ = self.stopped.clone().wait_for(|stopped| *stopped).await;
    }
}

/// Tasks that run, and the names of those that have not ended.
#[derive(Debug, Default)]
pub(crate) struct Running {
    tasks: JoinSet<()>,
    names: HashMap<task::Id, &'static str>,
}

impl Running {
    /// Starts one more.
    pub(crate) fn spawn(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let id = self.tasks.spawn(task).id();
        self.names.insert(id, name);
    }

    /// Waits for the end of all. Returns the names of those that do not end in time, or end in a panic.
    pub(crate) async fn end_within(&mut self, time: Duration) -> Vec<&'static str> {
        let mut failed = Vec::new();
        let all = async {
            while let Some(ended) = self.tasks.join_next_with_id().await {
                match ended {
                    Ok((id, ())) => drop(self.names.remove(&id)),
                    Err(error) => failed.extend(self.names.remove(&error.id())),
                }
            }
        };
        // Those that are left then are still among the names.
        let _ = tokio::time::timeout(time, all).await;
        failed.extend(self.names.values());
        failed
    }
}

/// Starts all kinds of traffic.
pub(crate) fn start(place: &Arc<Place>, ledger: &Arc<Ledger>, stopped: &watch::Receiver<bool>) -> Running {
    let scene = Scene {
        place: Arc::clone(place),
        ledger: Arc::clone(ledger),
        stopped: stopped.clone(),
    };
    let mut running = Running::default();
    running.spawn("confirmed batches", confirmed::run(scene.clone()));
    requests::start(&scene, &mut running);
    work::start(&scene, &mut running);
    drains::start(&scene, &mut running);
    running
}

/// The name of the header that says the same as the payload.
const NUMBER: &str = "Soak-Number";

/// Headers of a message with this number.
fn headers(number: u64) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(NUMBER, number.to_string());
    headers.insert("Soak-Text", "a text of some length, so that it needs memory of its own");
    headers
}

/// The number of a message: in its payload and, when it has headers, there too.
fn number(message: &Message) -> Option<u64> {
    let number = std::str::from_utf8(&message.payload).ok()?.parse().ok()?;
    match &message.headers {
        Some(headers) => (headers.get(NUMBER)?.as_str().parse() == Ok(number)).then_some(number),
        None => Some(number),
    }
}
