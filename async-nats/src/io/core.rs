//! What the handles of a client and its tasks share.
//!
//! Each machine stands behind a lock of its own. Where two are taken together, the order is: subscriptions, then requests,
//! then wishes, then outbound. Wakers are called with no lock held.

use crate::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::events::Events;
use super::half::CurrentHalf;
use crate::connection::State;
use crate::proto::handshake::ServerInfo;
use crate::proto::limits::DEFAULT_MAX_PAYLOAD;
use crate::proto::outbound::{self, Outbound};
use crate::proto::requests::Requests;
use crate::proto::rng::Rng;
use crate::proto::server_pool::ServerPool;
use crate::proto::subscriptions::{slot, Subscriptions};
use crate::statistics::Statistics;
use crate::sync::Mutex;

/// How long a client whose handles are all gone may take to write what is pending.
pub(crate) const LAST_WRITES: Duration = Duration::from_secs(30);

/// What of the options the handles look at.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) subscription_limits: slot::Limits,
    pub(crate) inbox_prefix: String,
    pub(crate) request_timeout: Option<Duration>,
    pub(crate) skip_subject_validation: bool,
}

/// What handles ask of the driver.
#[derive(Debug, Default)]
pub(crate) struct Wishes {
    /// Leave the connection and make another.
    pub(crate) reconnect: bool,
    /// The server is going away: leave it once it has what is pending.
    pub(crate) move_on: bool,
    /// End once this instant is reached, drained or not.
    pub(crate) end_by: Option<Instant>,
    /// A drain has begun.
    pub(crate) draining: bool,
    /// The drain's fence came back.
    pub(crate) drained: bool,
    /// No handle is left: end once the server has everything.
    pub(crate) abandoned: bool,
    /// Why the writer gave up.
    pub(crate) write_error: Option<std::io::Error>,
    waker: Option<Waker>,
}

/// The shared state of one client.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) outbound: Mutex<Outbound>,
    pub(super) half: Mutex<CurrentHalf>,
    pub(crate) subscriptions: Mutex<Subscriptions>,
    pub(crate) requests: Mutex<Requests>,
    /// The beginning of all reply subjects of requests.
    pub(crate) reply_prefix: Box<str>,
    /// It can stand on a control line: the user's part of it is a subject.
    pub(crate) has_good_inbox: bool,
    pub(crate) pool: Mutex<ServerPool>,
    pub(crate) rng: Mutex<Rng>,
    pub(crate) wishes: Mutex<Wishes>,
    /// There is a wish that the driver has not seen.
    wished: AtomicBool,
    pub(crate) events: Events,
    pub(crate) state: watch::Sender<State>,
    pub(crate) closed: watch::Sender<bool>,
    info: Mutex<Option<Arc<ServerInfo>>>,
    max_payload: AtomicUsize,
    /// The same for what reads from the server. Nothing hangs on the order of its steps, so it is not the scheduler's.
    pub(crate) readers_max_payload: Arc<std::sync::atomic::AtomicUsize>,
    /// The server takes headers; until one says that it does not.
    has_headers: AtomicBool,
    pub(crate) statistics: Arc<Statistics>,
    pub(crate) settings: Settings,
    /// Handles that are left: clients and subscribers.
    handles: AtomicUsize,
    /// Units of the cooperative budget that publishers have used and not paid for.
    pub(crate) budget_due: AtomicU32,
}

impl Core {
    /// A client without a connection.
    pub(crate) fn new(
        settings: Settings,
        limits: outbound::Limits,
        pool: ServerPool,
        mut rng: Rng,
        events: Events,
    ) -> Self {
        let inbox = format!("{}.{}.", settings.inbox_prefix, crate::proto::inbox::unique(&mut rng));
        Core {
            outbound: Mutex::new(Outbound::new(limits)),
            half: Mutex::default(),
            subscriptions: Mutex::new(Subscriptions::default()),
            requests: Mutex::new(Requests::new(inbox.clone())),
            has_good_inbox: crate::subject::is_subscribable(inbox.trim_end_matches('.')),
            reply_prefix: inbox.into(),
            pool: Mutex::new(pool),
            rng: Mutex::new(rng),
            wishes: Mutex::new(Wishes::default()),
            wished: AtomicBool::new(false),
            events,
            state: watch::Sender::new(State::Pending),
            closed: watch::Sender::new(false),
            info: Mutex::new(None),
            max_payload: AtomicUsize::new(DEFAULT_MAX_PAYLOAD),
            readers_max_payload: Arc::default(),
            has_headers: AtomicBool::new(true),
            statistics: Arc::default(),
            settings,
            handles: AtomicUsize::new(0),
            budget_due: AtomicU32::new(0),
        }
    }

    /// What the server said of itself last.
    pub(crate) fn server_info(&self) -> Option<Arc<ServerInfo>> {
        self.info.lock().clone()
    }

    /// The server said this of itself.
    pub(crate) fn set_server_info(&self, info: Arc<ServerInfo>) {
        // A server that does not name its limit has one, and it is not zero.
        let max_payload = if info.max_payload == 0 {
            DEFAULT_MAX_PAYLOAD
        } else {
            info.max_payload
        };
        self.max_payload.store(max_payload, Ordering::Relaxed);
        self.readers_max_payload.store(max_payload, Ordering::Relaxed);
        self.has_headers.store(info.headers, Ordering::Relaxed);
        *self.info.lock() = Some(info);
    }

    /// Largest message that the server takes: headers and payload, in bytes.
    #[inline]
    pub(crate) fn max_payload(&self) -> usize {
        self.max_payload.load(Ordering::Relaxed)
    }

    /// Whether the server takes messages with headers.
    pub(crate) fn has_headers(&self) -> bool {
        self.has_headers.load(Ordering::Relaxed)
    }

    /// Asks something of the driver.
    pub(crate) fn wish(&self, change: impl FnOnce(&mut Wishes)) {
        let mut wishes = self.wishes.lock();
        change(&mut wishes);
        self.wished.store(true, Ordering::Release);
        let waker = wishes.waker.take();
        drop(wishes);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Has the driver look at its timers again.
    pub(crate) fn timers_changed(&self) {
        self.wish(|_| {});
    }

    /// The driver waits for wishes. Ready means that there may be new ones.
    #[inline]
    pub(crate) fn poll_wishes(&self, cx: &mut Context<'_>, registered: &mut bool) -> Poll<()> {
        if self.wished.swap(false, Ordering::AcqRel) {
            *registered = false;
            return Poll::Ready(());
        }
        if !*registered {
            let mut wishes = self.wishes.lock();
            wishes.waker = Some(cx.waker().clone());
            *registered = true;
            if self.wished.swap(false, Ordering::AcqRel) {
                return Poll::Ready(());
            }
        }
        Poll::Pending
    }

    /// Whether nothing is accepted any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.outbound.lock().is_closed()
    }

    /// Ends everything: whoever waits is told. The last event is the caller's.
    pub(crate) fn close(&self) {
        let mut wake = Vec::new();
        self.subscriptions.lock().close(&mut wake);
        self.requests.lock().close(&mut wake);
        wake.extend(self.outbound.lock().close());
        wake.into_iter().for_each(Waker::wake);
        self.closed.send_replace(true);
    }
}

/// A share in a client. The last one that is dropped ends the client, inside or outside of a runtime.
#[derive(Debug)]
pub(crate) struct Handle(Arc<Core>);

impl Handle {
    /// The first handle, or one more.
    pub(crate) fn new(core: &Arc<Core>) -> Self {
        core.handles.fetch_add(1, Ordering::Relaxed);
        Handle(Arc::clone(core))
    }
}

impl Clone for Handle {
    fn clone(&self) -> Self {
        Handle::new(&self.0)
    }
}

impl std::ops::Deref for Handle {
    type Target = Arc<Core>;

    #[inline]
    fn deref(&self) -> &Arc<Core> {
        &self.0
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if self.0.handles.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.wish(|wishes| wishes.abandoned = true);
        }
    }
}
