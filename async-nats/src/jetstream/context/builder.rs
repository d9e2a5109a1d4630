//! Building a [`Context`] step by step.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use super::{Context, Shared};
use crate::proto::acks_in_flight::AcksInFlight;
use crate::sync::Mutex;
use crate::Client;

/// Publish acks that may be in flight at once, unless told otherwise.
const MAX_ACKS_IN_FLIGHT: usize = 5_000;

/// How long a publish ack counts as being in flight, unless told otherwise.
const ACK_TIMEOUT: Duration = Duration::from_secs(30);

/// Whether a [`ContextBuilder`] takes a prefix or a domain: [`Yes`] or [`No`].
pub trait ToAssign: Debug {}

/// It does.
#[derive(Debug, Default)]
pub struct Yes;

/// It does not: one was given in the step before.
#[derive(Debug, Default)]
pub struct No;

impl ToAssign for Yes {}
impl ToAssign for No {}

/// Builds a [`Context`].
///
/// # Examples
///
/// ```no_run
/// # async fn example(client: async_nats::Client) {
/// use std::time::Duration;
///
/// let jetstream = async_nats::jetstream::ContextBuilder::new()
///     .domain("hub")
///     .timeout(Duration::from_secs(10))
///     .max_ack_inflight(10_000)
///     .build(client);
/// # }
/// ```
#[derive(Debug)]
pub struct ContextBuilder<PREFIX: ToAssign> {
    settings: Settings,
    state: PhantomData<PREFIX>,
}

#[derive(Debug)]
struct Settings {
    prefix: String,
    timeout: Option<Duration>,
    ack_timeout: Duration,
    max_ack_inflight: usize,
    waits_for_place: bool,
}

impl Settings {
    /// In the state that the next step wants.
    fn with<PREFIX: ToAssign>(mut self, change: impl FnOnce(&mut Settings)) -> ContextBuilder<PREFIX> {
        change(&mut self);
        ContextBuilder {
            settings: self,
            state: PhantomData,
        }
    }
}

impl Default for ContextBuilder<Yes> {
    fn default() -> Self {
        let settings = Settings {
            prefix: "$JS.API".to_owned(),
            timeout: None,
            ack_timeout: ACK_TIMEOUT,
            max_ack_inflight: MAX_ACKS_IN_FLIGHT,
            waits_for_place: true,
        };
        settings.with(|_| {})
    }
}

impl ContextBuilder<Yes> {
    /// A builder with the defaults.
    pub fn new() -> ContextBuilder<Yes> {
        ContextBuilder::default()
    }

    /// Begins the API's subjects with `prefix` instead of `$JS.API`. It has no dot at its end.
    pub fn api_prefix<T: Into<String>>(self, prefix: T) -> ContextBuilder<No> {
        self.settings.with(|settings| settings.prefix = prefix.into())
    }

    /// Uses the JetStream of `domain`: the API's subjects begin with `$JS.<domain>.API`.
    pub fn domain<T: Into<String>>(self, domain: T) -> ContextBuilder<No> {
        self.api_prefix(format!("$JS.{}.API", domain.into()))
    }
}

impl<PREFIX> ContextBuilder<PREFIX>
where
    PREFIX: ToAssign,
{
    /// Lets each request of the API take at most `timeout`, and each publish wait that long for its ack.
    ///
    /// Unless it is set, requests take as long as the client's requests do
    /// ([`request_timeout`](crate::ConnectOptions::request_timeout), 10 s by default), and acks 5 s.
    pub fn timeout(self, timeout: Duration) -> ContextBuilder<Yes>
    where
        Yes: ToAssign,
    {
        self.settings.with(|settings| settings.timeout = Some(timeout))
    }

    /// Counts a publish ack as being in flight for at most `ack_timeout`, 30 s by default, from when the message was
    /// published.
    ///
    /// After that its place under [`max_ack_inflight`](ContextBuilder::max_ack_inflight) is free, and a future that
    /// still waits for it ends with `TimedOut`. A future that is awaited ends after [`timeout`](ContextBuilder::timeout)
    /// too, counted from when it was first polled.
    pub fn ack_timeout(self, ack_timeout: Duration) -> ContextBuilder<Yes>
    where
        Yes: ToAssign,
    {
        self.settings.with(|settings| settings.ack_timeout = ack_timeout)
    }

    /// Lets at most `capacity` publish acks be in flight at once, 5000 by default. With 0 nothing can be published.
    ///
    /// An ack is in flight from the publish on until it came, or its time-out passed, and its future was awaited or
    /// dropped.
    pub fn max_ack_inflight(self, capacity: usize) -> ContextBuilder<Yes>
    where
        Yes: ToAssign,
    {
        self.settings.with(|settings| settings.max_ack_inflight = capacity)
    }

    /// Whether a publish waits when as many acks are in flight as may be (so by default), or fails with `MaxAckPending`.
    pub fn backpressure_on_inflight(self, enabled: bool) -> ContextBuilder<Yes>
    where
        Yes: ToAssign,
    {
        self.settings.with(|settings| settings.waits_for_place = enabled)
    }

    /// How many acks of dropped futures may be looked after at the same time.
    ///
    /// Has no effect: such acks are settled where they are read, in the order in which they come, and by no task whose
    /// work could be limited.
    pub fn concurrency_limit(self, limit: Option<usize>) -> ContextBuilder<Yes>
    where
        Yes: ToAssign,
    {
        let _ = limit;
        self.settings.with(|_| {})
    }

    /// The context. Starts no task, and needs no runtime.
    pub fn build(self, client: Client) -> Context {
        let settings = self.settings;
        Context {
            shared: Arc::new(Shared {
                client,
                prefix: settings.prefix.into(),
                ack_timeout: settings.ack_timeout,
                waits_for_place: settings.waits_for_place,
                acks: Arc::new(Mutex::new(AcksInFlight::new(settings.max_ack_inflight))),
            }),
            timeout: settings.timeout,
        }
    }
}
