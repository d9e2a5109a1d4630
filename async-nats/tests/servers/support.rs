//! What the tests of all topics need: deadlines, recorded events, numbered messages.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_nats::connection::State;
use async_nats::{Client, ConnectOptions, Event, Message, Subscriber};
use futures_util::StreamExt;
use nats_server::Server;
use tokio::sync::Notify;
use tokio::time::timeout;

/// Time for anything that has to happen: long, because a machine may be busy with other tests.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// How often a condition is looked at that nobody tells of.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(2);

/// What the future ends with, which is to be within [`PATIENCE`].
#[track_caller]
pub(crate) fn within<F: Future>(what: &str, future: F) -> impl Future<Output = F::Output> + use<'_, F> {
    let caller = std::panic::Location::caller();
    async move {
        match timeout(PATIENCE, future).await {
            Ok(output) => output,
            Err(_) => panic!("not within {PATIENCE:?}: {what}, waited for at {caller}"),
        }
    }
}

/// Returns when the condition holds, which is to be within [`PATIENCE`].
#[track_caller]
pub(crate) fn until<F: FnMut() -> bool>(what: &str, mut condition: F) -> impl Future<Output = ()> + use<'_, F> {
    within(what, async move {
        while !condition() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    })
}

/// A client with default options.
pub(crate) async fn connect(server: &Server) -> Client {
    connect_with(ConnectOptions::new(), server).await
}

/// A client with these options.
pub(crate) async fn connect_with(options: ConnectOptions, server: &Server) -> Client {
    options
        .connect(server.client_url())
        .await
        .expect("the server takes the connection")
}

/// The server has handled everything that was published and subscribed before.
#[track_caller]
pub(crate) fn fenced(client: &Client) -> impl Future<Output = ()> + use<'_> {
    let caller = std::panic::Location::caller();
    async move {
        if let Err(error) = client.flush_with_timeout(PATIENCE).await {
            panic!("the server did not confirm: {error}, at {caller}");
        }
    }
}

/// The server answers, which says nothing of what was published over connections that broke.
pub(crate) async fn answered(client: &Client) {
    within("an answer", client.rtt()).await.expect("the client is open");
}

/// The next message, which is to come within [`PATIENCE`].
#[track_caller]
pub(crate) fn next(messages: &mut Subscriber) -> impl Future<Output = Message> + use<'_> {
    let message = within("a message", messages.next());
    async move { message.await.expect("the subscription goes on") }
}

/// The payloads of all messages until the end of the subscription.
pub(crate) async fn rest(messages: Subscriber) -> Vec<String> {
    within(
        "the end of the subscription",
        messages.map(|message| text(&message)).collect(),
    )
    .await
}

/// A payload that is text.
pub(crate) fn text(message: &Message) -> String {
    String::from_utf8(message.payload.to_vec()).expect("the test publishes text")
}

/// A payload that is a number.
pub(crate) fn number(message: &Message) -> u64 {
    text(message).parse().expect("the test publishes numbers")
}

/// Returns when the client has a connection.
pub(crate) async fn connected(client: &Client) {
    let mut states = client.watch_connection_state();
    let state = within("a connection", states.wait_for(|state| *state == State::Connected)).await;
    state.expect("the client lives");
}

/// Returns when the client has seen the end of its connection.
pub(crate) async fn disconnected(client: &Client) {
    let mut states = client.watch_connection_state();
    let state = within(
        "the end of the connection",
        states.wait_for(|state| *state != State::Connected),
    )
    .await;
    state.expect("the client lives");
}

/// The events of a client, kept in order.
#[derive(Clone, Default)]
pub(crate) struct Events {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    events: Mutex<Vec<Event>>,
    /// One permit when something came since the last look.
    came: Notify,
}

impl Events {
    /// Has the client of these options record its events here.
    pub(crate) fn record(&self, options: ConnectOptions) -> ConnectOptions {
        let inner = Arc::clone(&self.inner);
        options.event_callback(move |event| {
            inner.events.lock().expect("no test panics with it").push(event);
            inner.came.notify_one();
            async {}
        })
    }

    /// All events so far.
    pub(crate) fn all(&self) -> Vec<Event> {
        self.inner.events.lock().expect("no test panics with it").clone()
    }

    /// How many of the events so far are like this.
    pub(crate) fn count(&self, is_meant: impl Fn(&Event) -> bool) -> usize {
        self.all().iter().filter(|event| is_meant(event)).count()
    }

    /// The first event like this, however long ago it came; waits for it.
    pub(crate) async fn find(&self, what: &str, is_meant: impl Fn(&Event) -> bool) -> Event {
        self.nth(what, 1, is_meant).await
    }

    /// The event like this with this number, counted from one; waits for it.
    pub(crate) async fn nth(&self, what: &str, number: usize, is_meant: impl Fn(&Event) -> bool) -> Event {
        let found = async {
            loop {
                let mut alike = self.all().into_iter().filter(|event| is_meant(event));
                if let Some(event) = alike.nth(number - 1) {
                    return event;
                }
                self.inner.came.notified().await;
            }
        };
        match timeout(PATIENCE, found).await {
            Ok(event) => event,
            Err(_) => panic!("not within {PATIENCE:?}: {what}; there are {:?}", self.all()),
        }
    }
}

/// Whether the server lacks something of this version; says so when it does.
#[allow(dead_code)] // which tests ask depends on the features
pub(crate) fn lacks(what: &str, version: (u64, u64, u64)) -> bool {
    let (major, minor, patch) = nats_server::version();
    let lacks = (major, minor, patch) < version;
    if lacks {
        println!("skipped: nats-server {major}.{minor}.{patch} has no {what}");
    }
    lacks
}

/// Returns when what is asked says yes, which is to be within [`PATIENCE`].
#[cfg(any(feature = "kv", feature = "object-store"))]
#[track_caller]
pub(crate) fn until_async<F, A>(what: &str, mut ask: F) -> impl Future<Output = ()> + use<'_, F, A>
where
    F: FnMut() -> A,
    A: Future<Output = bool>,
{
    within(what, async move {
        while !ask().await {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    })
}
