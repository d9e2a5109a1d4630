//! [`ConnectOptions`]: everything that a user can choose about a client.
//!
//! Options are plain data. [`ConnectOptions::connect`](crate::ConnectOptions::connect) hands each layer the part that
//! concerns it. The setters stand by topic: [`authentication`], [`connection`], [`limits`].

mod authentication;
mod connection;
mod limits;
mod security;

use std::fmt;
use std::time::Duration;

pub use self::limits::WhenFull;
use crate::auth::Authentication;
use crate::callbacks::{DelayCallback, EventCallback, ReconnectToServerCallback};
use crate::io::connect::ConnectSettings;
use crate::io::connector::ConnectorSettings;
use crate::io::dial::DialSettings;
use crate::io::driver::LinkSettings;
use crate::proto::backoff::{JITTER, JITTER_TLS};
use crate::proto::limits::{PENDING_WHILE_DISCONNECTED, SUBSCRIPTION_BYTES, SUBSCRIPTION_MESSAGES};
use crate::proto::outbound;
use crate::proto::rng::Rng;
use crate::proto::subscriptions::slot;

/// Time-out for a connection with its handshake.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(5);

/// Silence after which the server is asked for a sign of life.
const PING_INTERVAL: Duration = Duration::from_secs(60);

/// Unanswered PINGs after which a link counts as dead.
const MAX_PINGS: u32 = 2;

/// Time-out of a request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Publishes that may be pending where the user sets no number.
const CLIENT_CAPACITY: usize = 2048;

/// Upper bound of one read.
const READ_BUFFER: u16 = 65_535;

/// Choices for a [`Client`](crate::Client), and the way to connect with them.
///
/// The defaults suit most programs. Options can be cloned and used for several clients.
///
/// # Examples
///
/// ```no_run
/// # #[tokio::main]
/// # async fn main() -> Result<(), async_nats::ConnectError> {
/// use std::time::Duration;
///
/// let client = async_nats::ConnectOptions::new()
///     .name("orders")
///     .request_timeout(Some(Duration::from_secs(2)))
///     .connect("nats://localhost:4222")
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ConnectOptions {
    name: Option<String>,
    no_echo: bool,
    max_reconnects: Option<usize>,
    connection_timeout: Duration,
    authentication: Authentication,
    dial: DialSettings,
    ping_interval: Duration,
    max_pings: u32,
    subscription: slot::Limits,
    /// `None` until the user sets it: then bytes alone count.
    client_capacity: Option<usize>,
    reconnect_buffer: usize,
    when_full: WhenFull,
    event_callback: Option<EventCallback>,
    inbox_prefix: String,
    request_timeout: Option<Duration>,
    retry_on_initial_connect: bool,
    ignore_discovered_servers: bool,
    read_buffer_capacity: u16,
    delay: Option<DelayCallback>,
    jitter: (Duration, Duration),
    choose_server: Option<ReconnectToServerCallback>,
    skip_subject_validation: bool,
    seed: Option<u64>,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        ConnectOptions {
            name: None,
            no_echo: false,
            max_reconnects: None,
            connection_timeout: CONNECTION_TIMEOUT,
            authentication: Authentication::default(),
            dial: DialSettings::default(),
            ping_interval: PING_INTERVAL,
            max_pings: MAX_PINGS,
            subscription: slot::Limits {
                messages: SUBSCRIPTION_MESSAGES,
                bytes: SUBSCRIPTION_BYTES,
            },
            client_capacity: None,
            reconnect_buffer: PENDING_WHILE_DISCONNECTED,
            when_full: WhenFull::Wait,
            event_callback: None,
            inbox_prefix: "_INBOX".to_owned(),
            request_timeout: Some(REQUEST_TIMEOUT),
            retry_on_initial_connect: false,
            ignore_discovered_servers: false,
            read_buffer_capacity: READ_BUFFER,
            delay: None,
            jitter: (JITTER, JITTER_TLS),
            choose_server: None,
            skip_subject_validation: false,
            seed: None,
        }
    }
}

impl ConnectOptions {
    /// The defaults.
    pub fn new() -> ConnectOptions {
        ConnectOptions::default()
    }

    /// Whether [`connect`](crate::connect_with_options) returns before there is a connection.
    pub(crate) fn connects_in_background(&self) -> bool {
        self.retry_on_initial_connect
    }

    pub(crate) fn retains_order(&self) -> bool {
        self.dial.retain_order
    }

    pub(crate) fn ignores_discovered(&self) -> bool {
        self.ignore_discovered_servers
    }

    pub(crate) fn event_callback_or_none(&self) -> Option<EventCallback> {
        self.event_callback.clone()
    }

    pub(crate) fn rng(&self) -> Rng {
        self.seed.map_or_else(Rng::from_entropy, Rng::from_seed)
    }

    /// What the handles look at.
    pub(crate) fn settings(&self) -> crate::io::core::Settings {
        crate::io::core::Settings {
            subscription_limits: self.subscription,
            inbox_prefix: self.inbox_prefix.clone(),
            request_timeout: self.request_timeout,
            skip_subject_validation: self.skip_subject_validation,
        }
    }

    /// What the way out looks at.
    pub(crate) fn outbound_limits(&self) -> outbound::Limits {
        outbound::Limits {
            messages: self.client_capacity.unwrap_or(usize::MAX),
            bytes_disconnected: self.reconnect_buffer,
            fail_when_full: self.when_full == WhenFull::Fail,
        }
    }

    /// What the connector looks at.
    pub(crate) fn connector_settings(&self) -> ConnectorSettings {
        ConnectorSettings {
            connect: ConnectSettings {
                dial: self.dial.clone(),
                authentication: self.authentication.clone(),
                name: self.name.clone(),
                echo: !self.no_echo,
                timeout: self.connection_timeout,
            },
            max_attempts: self.max_reconnects,
            delay: self.delay.clone(),
            jitter: self.jitter,
            choose_server: self.choose_server.clone(),
        }
    }

    /// What connections look at.
    pub(crate) fn link_settings(&self) -> LinkSettings {
        LinkSettings {
            ping_interval: self.ping_interval,
            max_pings: self.max_pings,
            max_chunk: usize::from(self.read_buffer_capacity) + 1,
        }
    }
}

impl fmt::Debug for ConnectOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tls = &self.dial.tls;
        let client = tls.client_certificate.as_ref();
        f.debug_map()
            .entry(&"name", &self.name)
            .entry(&"no_echo", &self.no_echo)
            .entry(&"max_reconnects", &self.max_reconnects)
            .entry(&"connection_timeout", &self.connection_timeout)
            .entry(&"tls_required", &tls.required)
            .entry(&"certificates", &tls.root_certificates)
            .entry(&"client_cert", &client.map(|client| &client.certificate))
            .entry(&"client_key", &client.map(|client| &client.key))
            .entry(&"tls_client_config", &"XXXXXXXX")
            .entry(&"tls_first", &tls.first)
            .entry(&"ping_interval", &self.ping_interval)
            .entry(&"sender_capacity", &self.client_capacity.unwrap_or(CLIENT_CAPACITY))
            .entry(&"inbox_prefix", &self.inbox_prefix)
            .entry(&"retry_on_initial_connect", &self.retry_on_initial_connect)
            .entry(&"read_buffer_capacity", &self.read_buffer_capacity)
            .entry(&"skip_subject_validation", &self.skip_subject_validation)
            .finish()
    }
}

#[cfg(test)]
mod tests;
