//! Everything that is not the client: the network, the servers, the oracles, and the queue of what happens when.
//!
//! One lock guards it all, taken for one step at a time and never while a call of the client runs. Time is that of tokio's
//! paused clock, in milliseconds since the beginning.

use std::collections::{BTreeMap, BTreeSet};
use std::future::{poll_fn, Future};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::defects::Defect;
use crate::net::link::Link;
use crate::net::wire::Published;
use crate::oracle::client::ClientModel;
use crate::oracle::publishes::Publish;
use crate::oracle::streams::Readings;
use crate::oracle::Violation;
use crate::plan::Plan;
use crate::rng::Rng;
use crate::server::node::{Node, Restore};
use crate::server::services::Answers;
use crate::server::session::Session;
use crate::server::streams::Streams;
use crate::trace::Trace;

/// Calls on streams within one millisecond, beyond which somebody runs in circles.
const MAX_POLLS: u64 = 3_000_000;

/// How often the oracles look at what should have happened by now, in milliseconds.
const CHECK_EVERY: u64 = 200;

/// What happens at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Due {
    /// Bytes arrive at a server.
    Up(usize),
    /// Bytes arrive at a client.
    Down(usize),
    WakeWriter(usize),
    /// The client has closed its side of a link.
    Finished(usize),
    /// The fault of the plan with this number.
    Fault(usize),
    /// A server asks for a sign of life.
    ServerPing(usize),
    /// A server that was about to leave is gone.
    Leave {
        node: usize,
        takes: u64,
    },
    /// What was wrong with a server for a while is so no more.
    Restore(usize),
    /// A service answers.
    Answer(usize),
    /// The stream looks at its clock.
    Streams,
    /// The stream sends what it may send.
    Deliver,
    /// The stream has a leader.
    Leader,
    /// Nothing fails from now on.
    Calm,
    /// The oracles look.
    Check,
}

/// The state of a run.
pub(crate) struct World {
    pub(crate) now: u64,
    /// Counts what the oracles see, so that they know what came first.
    pub(crate) step: u64,
    pub(crate) plan: Plan,
    pub(crate) rng: Rng,
    pub(crate) trace: Trace,
    pub(crate) links: Vec<Link>,
    pub(crate) nodes: Vec<Node>,
    /// By link.
    pub(crate) sessions: BTreeMap<usize, Session>,
    pub(crate) answers: Answers,
    pub(crate) streams: Streams,
    pub(crate) readings: Readings,
    pub(crate) ledger: Vec<Publish>,
    pub(crate) clients: Vec<ClientModel>,
    pub(crate) violation: Option<Violation>,
    pub(crate) defect: Option<Defect>,
    /// Which servers INFO names, by bits.
    pub(crate) discovery: u64,
    pub(crate) max_payload: usize,
    pub(crate) restores: Vec<(usize, Restore)>,
    /// For defects: the last message of each client, and its link.
    pub(crate) last_published: BTreeMap<usize, (usize, Published)>,
    /// For defects: clients that were told of a server by one that they have not come to trust.
    pub(crate) strangers: BTreeSet<usize>,
    due: BTreeMap<(u64, u64, u64), Due>,
    scheduled: u64,
    driver: Option<Waker>,
    calm: bool,
    is_over: bool,
    polls: (u64, u64),
}

/// What all tasks of a run share.
pub(crate) struct Sim {
    world: Mutex<World>,
    pub(crate) start: Instant,
    /// Told of a violation.
    pub(crate) violated: Notify,
}

impl Sim {
    /// Inside of a runtime whose clock is paused.
    pub(crate) fn new(plan: Plan, trace: Trace, defect: Option<Defect>) -> Arc<Self> {
        Arc::new(Sim {
            world: Mutex::new(World::new(plan, trace, defect)),
            start: Instant::now(),
            violated: Notify::new(),
        })
    }

    /// The world, at the present time.
    pub(crate) fn lock(&self) -> MutexGuard<'_, World> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        if !world.is_over {
            world.now = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        }
        world.step += 1;
        world
    }

    /// The world, when no runtime is left.
    pub(crate) fn into_world(self: Arc<Self>) -> Option<World> {
        let sim = Arc::into_inner(self)?;
        Some(sim.world.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets what is due happen, until the run is over.
    pub(crate) async fn drive(self: Arc<Self>) {
        let mut sleep = pin!(tokio::time::sleep(Duration::ZERO));
        poll_fn(|cx| loop {
            let next = {
                let mut world = self.lock();
                world.driver = Some(cx.waker().clone());
                world.run_due();
                if world.violation.is_some() {
                    self.violated.notify_one();
                    return Poll::Ready(());
                }
                if world.is_over {
                    return Poll::Ready(());
                }
                world.due.first_key_value().map(|((at, ..), _)| *at)
            };
            let Some(at) = next else { return Poll::Pending };
            sleep.as_mut().reset(self.start + Duration::from_millis(at));
            if sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        })
        .await;
    }
}

impl World {
    fn new(plan: Plan, trace: Trace, defect: Option<Defect>) -> Self {
        let mut rng = Rng::new(plan.seed);
        let mut world = World {
            now: 0,
            step: 0,
            trace,
            links: Vec::new(),
            nodes: (0..plan.nodes).map(|_| Node::default()).collect(),
            sessions: BTreeMap::new(),
            answers: Answers::default(),
            streams: Streams::default(),
            readings: Readings::default(),
            ledger: Vec::new(),
            clients: plan.clients.iter().map(ClientModel::new).collect(),
            violation: None,
            defect,
            discovery: u64::MAX,
            max_payload: plan.max_payload,
            restores: Vec::new(),
            last_published: BTreeMap::new(),
            strangers: BTreeSet::new(),
            due: BTreeMap::new(),
            scheduled: 0,
            driver: None,
            calm: false,
            is_over: false,
            polls: (0, 0),
            rng: rng.fork(),
            plan,
        };
        for (number, (at, _)) in world.plan.faults.clone().into_iter().enumerate() {
            world.schedule(at, Due::Fault(number));
        }
        world.schedule(world.plan.calm_at, Due::Calm);
        world.schedule(CHECK_EVERY, Due::Check);
        if world.plan.streams.is_some() {
            world.schedule(0, Due::Streams);
        }
        world
    }

    /// At the same time, the seed decides which comes first.
    pub(crate) fn schedule(&mut self, at: u64, due: Due) {
        let order = match due {
            // What one link carries keeps its order by itself.
            Due::Up(_) | Due::Down(_) | Due::Answer(_) => self.rng.next(),
            _ => 0,
        };
        self.scheduled += 1;
        self.due.insert((at, order, self.scheduled), due);
        if let Some(driver) = self.driver.take() {
            driver.wake();
        }
    }

    pub(crate) fn is_calm(&self) -> bool {
        self.calm
    }

    /// Nothing is due any more.
    pub(crate) fn end(&mut self) {
        self.is_over = true;
        self.driver.take().into_iter().for_each(Waker::wake);
    }

    pub(crate) fn has_defect(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    /// An invariant does not hold. The first one that is found counts.
    pub(crate) fn violated(&mut self, invariant: &'static str, text: impl Into<String>) {
        let text = text.into();
        self.trace
            .note(self.now, "VIOLATION", 0, || format!("{invariant}: {text}"));
        if self.violation.is_none() {
            self.violation = Some(Violation {
                invariant,
                text,
                at: self.now,
            });
        }
        self.driver.take().into_iter().for_each(Waker::wake);
    }

    /// A call on a stream. Endless ones at the same time are a hot loop, which ends here.
    pub(crate) fn count_poll(&mut self) {
        if self.polls.0 != self.now {
            self.polls = (self.now, 0);
        }
        self.polls.1 += 1;
        if self.polls.1 > MAX_POLLS {
            self.violated("I17", "the client calls its stream without end, and time stands still");
            panic!("a hot loop");
        }
    }

    fn run_due(&mut self) {
        while let Some(entry) = self.due.first_entry() {
            if entry.key().0 > self.now || self.violation.is_some() {
                return;
            }
            let due = entry.remove();
            self.step += 1;
            match due {
                Due::Up(link) => self.up_due(link),
                Due::Down(link) => self.down_due(link),
                Due::WakeWriter(link) => self.links[link].wake_writer(self.now),
                Due::Finished(link) => self.finished(link),
                Due::Fault(number) => self.fault(number),
                Due::ServerPing(link) => self.server_pings(link),
                Due::Leave { node, takes } => self.leave(node, takes),
                Due::Restore(number) => self.restore(number),
                Due::Answer(number) => self.answer(number),
                Due::Streams => self.streams_tick(),
                Due::Deliver => self.deliver_all(),
                Due::Leader => self.leader_comes(),
                Due::Calm => self.becomes_calm(),
                Due::Check => {
                    self.check();
                    self.schedule(self.now + CHECK_EVERY, Due::Check);
                }
            }
        }
    }

    fn becomes_calm(&mut self) {
        self.calm = true;
        self.discovery = u64::MAX;
        self.trace.note(self.now, "calm", 0, String::new);
        for node in &mut self.nodes {
            node.recover();
        }
        for link in &mut self.links {
            link.up.cut_at = None;
            link.down.cut_at = None;
        }
        if self.max_payload != self.plan.max_payload {
            self.max_payload = self.plan.max_payload;
        }
        self.leader_comes();
        self.tell_info();
    }
}
