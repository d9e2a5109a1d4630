//! How a client begins: its options, as the plan has them, and the first connection.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event, WhenFull};

use super::restless::url;
use crate::defects::Defect;
use crate::net::dial::dialer;
use crate::oracle::links::Attempts;
use crate::plan::ClientPlan;
use crate::world::Sim;

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn options(sim: &Arc<Sim>, number: usize, plan: &ClientPlan) -> ConnectOptions {
    let defect = sim.lock().defect;
    let slowly = if defect == Some(Defect::SilenceIsNotNoticed) {
        3
    } else {
        1
    };
    let longer = if defect == Some(Defect::QueueIsLonger) { 2 } else { 1 };
    let buffer = if defect == Some(Defect::BufferHasNoLimit) {
        usize::MAX / 2
    } else {
        plan.reconnect_buffer
    };
    let fails = plan.fails_when_full || defect == Some(Defect::FailsInsteadOfWaiting);
    let mut options = ConnectOptions::new()
        .name(format!("client {number}"))
        .entropy_seed(plan.seed)
        .dialer(dialer(sim, number))
        .ping_interval(millis(plan.ping_interval * slowly))
        .max_pings_outstanding(plan.max_pings)
        .connection_timeout(millis(plan.connection_timeout))
        .request_timeout(Some(millis(plan.request_timeout)))
        .subscription_capacity(plan.subscription_capacity * longer)
        .read_buffer_capacity(plan.read_buffer)
        .reconnect_buffer(buffer, if fails { WhenFull::Fail } else { WhenFull::Wait })
        .skip_subject_validation(defect == Some(Defect::SubjectsAreNotChecked));
    if plan.no_echo {
        options = options.no_echo();
    }
    if plan.retains_order {
        options = options.retain_servers_order();
    }
    if plan.ignores_discovered {
        options = options.ignore_discovered_servers();
    }
    if plan.connects_in_background {
        options = options.retry_on_initial_connect();
    }
    if let Some(capacity) = plan.capacity {
        options = options.client_capacity(capacity);
    }
    if defect == Some(Defect::NoBackoff) {
        options = options.reconnect_delay_callback(|_| Duration::ZERO);
    }
    tells_events(options, sim, number, plan.callback_takes)
}

/// Events go to the oracles, by a callback that takes its time.
fn tells_events(options: ConnectOptions, sim: &Arc<Sim>, number: usize, takes: u64) -> ConnectOptions {
    let sim = Arc::clone(sim);
    let held: Arc<Mutex<Option<Event>>> = Arc::default();
    options.event_callback(move |event| {
        let (sim, held) = (Arc::clone(&sim), Arc::clone(&held));
        async move {
            for event in told(&sim, &held, event) {
                sim.lock().event(number, &event);
            }
            if takes > 0 {
                tokio::time::sleep(millis(takes)).await;
            }
        }
    })
}

/// The events that are told in the place of this one.
fn told(sim: &Sim, held: &Mutex<Option<Event>>, event: Event) -> Vec<Event> {
    let mut world = sim.lock();
    let is_chosen = world.defect.is_some() && world.rng.chance(100);
    match world.defect {
        Some(Defect::SlowConsumerIsNotTold) if matches!(event, Event::SlowConsumer(_)) => Vec::new(),
        Some(Defect::EventIsLost) if is_chosen => Vec::new(),
        Some(Defect::EventsSwap) => {
            let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
            match held.take() {
                Some(before) => vec![event, before],
                None if is_chosen => {
                    *held = Some(event);
                    Vec::new()
                }
                None => vec![event],
            }
        }
        _ => vec![event],
    }
}

/// Connects, however often it has to be tried. `None` when the run is over before.
pub(crate) async fn connect(sim: &Arc<Sim>, number: usize) -> Option<Client> {
    let (plan, password) = {
        let world = sim.lock();
        (world.plan.clients[number].clone(), world.plan.password)
    };
    let urls: Vec<String> = plan.servers.iter().map(|node| url(*node, password)).collect();
    loop {
        {
            let mut world = sim.lock();
            world.clients[number].attempts = Attempts::default();
            world.pool_set(number, &plan.servers);
            if world.violation.is_some() {
                return None;
            }
        }
        let patience = {
            let mut world = sim.lock();
            if world.rng.chance(100) {
                world.rng.below(50)
            } else {
                1_000_000
            }
        };
        let connecting = options(sim, number, &plan).connect(urls.as_slice());
        match tokio::time::timeout(millis(patience), connecting).await {
            Ok(Ok(client)) => return Some(client),
            // Its future is dropped, and it is tried again.
            Err(_) => {}
            Ok(Err(error)) => {
                let mut world = sim.lock();
                let now = world.now;
                world.trace.note(now, "connect", number as u64, || {
                    format!("client {number} could not: {error}")
                });
            }
        }
        tokio::time::sleep(millis(300)).await;
    }
}
