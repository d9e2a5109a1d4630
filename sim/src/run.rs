//! One run of one seed, from the first connection to the last handle.
//!
//! In the middle everything fails that the plan has fail. Then all is calm, and what was promised must happen within a bound
//! on the clock: connections, writes, confirmations, messages, ends.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::pin::pin;
use std::sync::{Arc, Once};
use std::time::Duration;

use async_nats::Client;
use futures_util::future::{join_all, select, Either};

use crate::defects::Defect;
use crate::oracle::Violation;
use crate::plan::{Ending, Plan};
use crate::rng::Rng;
use crate::trace::Trace;
use crate::users::calls::Draft;
use crate::users::connecting::connect;
use crate::users::reader::Open;
use crate::users::User;
use crate::world::Sim;

/// All tasks of users end within this time after the last fault.
const TASKS_END: u64 = 90_000;

/// Clients are connected again within this time: a dead link is noticed (16 s at the most), an attempt to a silent server
/// ends (2 s), and the longest wait is over (4.1 s), with as much again.
const CONNECTED: u64 = 45_000;

/// A confirmation comes within this time where nothing fails.
const CONFIRMED: u64 = 20_000;

/// Bytes are through, and events are told, within this time, whatever the network and the callback are like.
const THROUGH: u64 = 120_000;

/// What to run besides the seed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    /// Keep lines for a reader.
    pub traced: bool,
    /// Run with this defect.
    pub defect: Option<Defect>,
}

/// What came of a run.
#[derive(Debug)]
pub struct Report {
    /// Of everything that happened.
    pub digest: u64,
    /// The first invariant that did not hold.
    pub violation: Option<Violation>,
    /// For a reader, if asked for.
    pub trace: Vec<String>,
    /// Messages that were published.
    pub messages: usize,
    /// Connections that were made.
    pub links: usize,
}

thread_local! {
    /// The first panic of the run on this thread.
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
    /// A run is going on here. Panics of others are not our concern.
    static RUNS: Cell<bool> = const { Cell::new(false) };
}

/// What survives the runtime.
type Left = Vec<(Client, Vec<Open>)>;

fn note_panics() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !RUNS.get() {
                return usual(panic);
            }
            let text = panic.to_string();
            PANIC.with_borrow_mut(|first| _ = first.get_or_insert(text));
        }));
    });
}

/// Runs one seed. It never panics: a panic of the client's is a violation.
pub fn run(seed: u64, settings: Settings) -> Report {
    note_panics();
    RUNS.set(true);
    let plan = Plan::new(seed);
    let mut trace = Trace::new(settings.traced);
    trace.note(0, "plan", seed, || format!("{plan:?}"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without I/O needs nothing of the system");
    let sim = runtime.block_on(async { Sim::new(plan, trace, settings.defect) });
    let left = catch_unwind(AssertUnwindSafe(|| runtime.block_on(live(&sim))));
    sim.lock().end();
    let digest = sim.lock().trace.digest();
    let drops = catch_unwind(AssertUnwindSafe(|| {
        drop(runtime);
        let needs_runtime = settings.defect == Some(Defect::DropNeedsRuntime);
        if needs_runtime && left.as_ref().is_ok_and(|left| !left.is_empty()) {
            drop(tokio::spawn(async {}));
        }
        drop(left);
    }));
    drop(drops);
    RUNS.set(false);
    let panic = PANIC.with_borrow_mut(Option::take);
    let mut world = match sim.into_world() {
        Some(world) => world,
        None => unreachable!("nothing is left that holds the world"),
    };
    if let Some(text) = panic {
        world.violated("I18", format!("a panic: {text}"));
    }
    Report {
        digest,
        violation: world.violation.take(),
        messages: world.ledger.len(),
        links: world.links.len(),
        trace: world.trace.into_lines(),
    }
}

/// The whole story, or as much of it as comes before a violation.
async fn live(sim: &Arc<Sim>) -> Left {
    let driver = tokio::spawn(Arc::clone(sim).drive());
    let story = pin!(story(sim));
    let violated = pin!(sim.violated.notified());
    let left = match select(violated, story).await {
        Either::Left(_) => Vec::new(),
        Either::Right((left, _)) => left,
    };
    sim.lock().end();
    let _ = driver.await;
    left
}

/// Fails the run when the future has not ended by then.
async fn by<T>(sim: &Sim, millis: u64, what: &str, future: impl Future<Output = T>) -> Option<T> {
    match tokio::time::timeout(Duration::from_millis(millis), future).await {
        Ok(value) => Some(value),
        Err(_) => {
            sim.lock()
                .violated("liveness", format!("{what} within {millis} ms after the last fault"));
            None
        }
    }
}

/// Looks again and again, less and less often, until it holds.
async fn until(sim: &Sim, mut holds: impl FnMut() -> bool) {
    let mut pause = 20;
    while !holds() && sim.lock().violation.is_none() {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        pause = (pause * 2).min(1_000);
    }
}

/// A client when all is calm.
struct Survivor {
    user: User,
    open: Vec<Open>,
    ending: Ending,
}

async fn story(sim: &Arc<Sim>) -> Left {
    let count = sim.lock().clients.len();
    let calm_at = sim.lock().plan.calm_at;
    let lives: Vec<_> = (0..count)
        .map(|number| tokio::spawn(life(Arc::clone(sim), number)))
        .collect();
    let Some(lives) = by(sim, calm_at + TASKS_END, "not all calls ended", join_all(lives)).await else {
        return Vec::new();
    };
    let mut survivors: Vec<Survivor> = lives.into_iter().filter_map(|life| life.ok().flatten()).collect();
    let is_open = |number: usize| !sim.lock().clients[number].is_ending;
    for survivor in &survivors {
        let number = survivor.user.number;
        let connected = until(sim, || sim.lock().clients[number].is_up || !is_open(number));
        by(sim, CONNECTED, "a client was not connected", connected).await;
    }
    if sim.lock().plan.streams.is_some() {
        let given_back = until(sim, || sim.lock().left_behind().is_none());
        // If they are not, the check says which.
        let _ = tokio::time::timeout(Duration::from_millis(THROUGH), given_back).await;
        at_rest(sim).await;
        sim.lock().check_consumers();
    } else {
        for survivor in survivors.iter_mut().filter(|survivor| is_open(survivor.user.number)) {
            confirm_at_last(sim, &mut survivor.user).await;
        }
        last_messages(sim, &mut survivors).await;
        for number in 0..count {
            if is_open(number) {
                sim.lock().check_table(number);
            }
        }
    }
    let mut left = Vec::new();
    for survivor in survivors {
        left.extend(end(sim, survivor).await);
    }
    for number in 0..count {
        let told = until(sim, || {
            let world = sim.lock();
            let events = &world.clients[number].events;
            let is_told = events.is_told() && world.dropped_in_silence(number).is_none();
            events.is_closed || (!world.clients[number].is_ending && is_told)
        });
        // If they do not come, the checks say which.
        let _ = tokio::time::timeout(Duration::from_millis(THROUGH), told).await;
        let mut world = sim.lock();
        world.check_events(number);
        world.check_slow_consumers(number);
    }
    left
}

/// One client and its users, until all is calm.
async fn life(sim: Arc<Sim>, number: usize) -> Option<Survivor> {
    let client = connect(&sim, number).await?;
    let plan = sim.lock().clients[number].plan.clone();
    let mut rng = Rng::new(plan.seed);
    let mut users = (0..).map(|place| User {
        sim: Arc::clone(&sim),
        number,
        client: client.clone(),
        rng: rng.fork(),
        publisher: number * 100 + place,
        told: 0,
        surely_told: 0,
    });
    let mut user = || users.next().expect("there is no end of them");
    let mut tasks = Vec::new();
    for _ in 0..plan.publishers {
        tasks.push(tokio::spawn(user().publishes()));
    }
    for _ in 0..plan.requesters {
        tasks.push(tokio::spawn(user().requests()));
    }
    if sim.lock().plan.streams.is_some() {
        tasks.push(tokio::spawn(user().publishes_to_stream()));
        match plan.reads_in_order {
            true => tasks.push(tokio::spawn(user().reads_in_order())),
            false => tasks.push(tokio::spawn(user().pulls())),
        }
    }
    if plan.restless {
        tasks.push(tokio::spawn(user().roams()));
    }
    if plan.ending == Ending::EarlyDrain {
        tasks.push(tokio::spawn(user().drains_early()));
    }
    let readers: Vec<_> = (0..plan.readers).map(|_| tokio::spawn(user().reads())).collect();
    let last = user();
    drop(users);
    join_all(tasks).await;
    let readers = join_all(readers).await;
    let open = readers
        .into_iter()
        .filter_map(Result::ok)
        .flat_map(|(_, open)| open)
        .collect();
    Some(Survivor {
        user: last,
        open,
        ending: plan.ending,
    })
}

/// Nothing fails any more: a confirmation comes, once what was lost before was told.
async fn confirm_at_last(sim: &Sim, user: &mut User) {
    for _ in 0..20 {
        if user.confirm(CONFIRMED).await || sim.lock().violation.is_some() {
            break;
        }
    }
    let mut world = sim.lock();
    let number = user.number;
    if let Some(id) = world.clients[number].unconfirmed.first() {
        let text = format!("message {id} of client {number} was confirmed, or all is calm, and no server has it");
        world.violated("liveness", text);
    }
}

/// Everything that is on its way is there.
async fn at_rest(sim: &Sim) {
    let at_rest = until(sim, || {
        let world = sim.lock();
        let mut live = world.links.iter().filter(|link| link.is_live());
        live.all(|link| link.down.words.is_empty() && link.up.frames.is_empty())
    });
    by(sim, THROUGH, "bytes did not get through", at_rest).await;
}

/// Each client publishes once to each subject, and everything that is on its way comes to rest.
async fn last_messages(sim: &Sim, survivors: &mut [Survivor]) {
    for survivor in survivors.iter_mut() {
        for subject in ["a.b", "a.b.c", "d", "work.x"] {
            survivor.user.publish(Draft::new(subject, 20)).await;
        }
        if !survivor.user.is_ending() {
            confirm_at_last(sim, &mut survivor.user).await;
        }
    }
    at_rest(sim).await;
    for survivor in survivors.iter_mut() {
        for open in &mut survivor.open {
            let (number, sid) = (survivor.user.number, open.sid);
            let refusal = open.subscriber.take_refusal();
            sim.lock().check_refusal(number, sid, refusal.is_some());
            while !sim.lock().subscription(number, sid).queue.is_empty() {
                if !survivor.user.read(open, 10).await || sim.lock().violation.is_some() {
                    break;
                }
            }
        }
    }
}

/// The end of a client. What is to be dropped outside of the runtime is returned.
async fn end(sim: &Sim, survivor: Survivor) -> Option<(Client, Vec<Open>)> {
    let Survivor {
        mut user,
        mut open,
        ending,
    } = survivor;
    let number = user.number;
    match ending {
        Ending::Runtime => return Some((user.client, open)),
        Ending::Abandon => {
            for open in &open {
                sim.lock().unsubscribed(number, open.sid);
            }
            sim.lock().clients[number].is_ending = true;
            drop((user, open));
        }
        Ending::Drain | Ending::EarlyDrain => {
            if ending == Ending::Drain {
                by(sim, CONFIRMED * 2, "a drain did not end", user.drain_client(CONFIRMED)).await;
            }
            for open in &mut open {
                while user.read(open, THROUGH).await && sim.lock().violation.is_none() {}
            }
        }
    }
    let closed = until(sim, || sim.lock().clients[number].events.is_closed);
    by(sim, THROUGH, "a client did not close", closed).await;
    let mut world = sim.lock();
    if ending != Ending::EarlyDrain {
        if let Some(id) = world.clients[number].unconfirmed.first().copied() {
            world.violated(
                "liveness",
                format!("client {number} has ended, and no server has message {id}"),
            );
        }
    }
    None
}
