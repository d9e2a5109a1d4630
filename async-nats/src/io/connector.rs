//! Which server to connect to, when, and how often.

use std::sync::Arc;
use std::time::Duration;

use super::connect::{self, ConnectSettings, Established};
use super::core::Core;
use super::timers::now;
use crate::callbacks::{DelayCallback, ReconnectToServerCallback};
use crate::client::error::{ConnectError, ConnectErrorKind};
use crate::event::{ClientError, Event};
use crate::proto::backoff::{self, ShortLived};
use crate::proto::rng::Rng;
use crate::proto::server_pool::Target;

/// What the user chose for the way from one connection to the next.
#[derive(Clone, Debug)]
pub(crate) struct ConnectorSettings {
    pub(crate) connect: ConnectSettings,
    /// Attempts in a row before the client gives up; `None` never.
    pub(crate) max_attempts: Option<usize>,
    /// The wait before an attempt, in place of the usual one.
    pub(crate) delay: Option<DelayCallback>,
    /// Bounds of the random part of the wait: plain, and with TLS.
    pub(crate) jitter: (Duration, Duration),
    pub(crate) choose_server: Option<ReconnectToServerCallback>,
}

const NO_SERVERS: &str = "there is no server in the pool to connect to";

/// Makes the connections of one client.
#[derive(Debug)]
pub(crate) struct Connector {
    core: Arc<Core>,
    settings: ConnectorSettings,
    rng: Rng,
    short_lived: ShortLived,
}

impl Connector {
    /// For `core`, whose pool it goes through.
    pub(crate) fn new(core: &Arc<Core>, settings: ConnectorSettings) -> Self {
        let rng = Rng::from_seed(core.rng.lock().next_u64());
        Connector {
            core: Arc::clone(core),
            settings,
            rng,
            short_lived: ShortLived::default(),
        }
    }

    /// Connects to one of the servers, however many rounds it takes.
    ///
    /// # Errors
    ///
    /// `MaxReconnects` when there were as many attempts as are allowed.
    pub(crate) async fn connect(&mut self) -> Result<Established, ConnectError> {
        self.short_lived.lost(now());
        loop {
            match self.round().await {
                Ok(established) => return Ok(established),
                Err(error) if error.kind() == ConnectErrorKind::MaxReconnects => return Err(error),
                Err(error) => self
                    .core
                    .events
                    .emit(Event::ClientError(ClientError::Other(error.to_string()))),
            }
        }
    }

    /// The connection is left on purpose: that it did not last says nothing of the server.
    pub(crate) fn left_on_purpose(&mut self) {
        self.short_lived = ShortLived::default();
    }

    /// Tries each server once, until one answers or refuses the credentials.
    ///
    /// # Errors
    ///
    /// That of the last attempt.
    pub(crate) async fn round(&mut self) -> Result<Established, ConnectError> {
        if let Some((target, delay)) = self.chosen().await {
            return self.attempt(target, delay).await;
        }
        let round = self.core.pool.lock().round(&mut self.rng);
        if round.is_empty() {
            // An empty pool is not asked in a hot loop.
            self.begin_attempt(None, false).await?;
            return Err(ConnectError::with_source(ConnectErrorKind::Io, NO_SERVERS));
        }
        let mut last = None;
        for target in round {
            if self.core.pool.lock().target(&target.addr).is_none() {
                // It has left the pool while others were tried.
                continue;
            }
            match self.attempt(target, None).await {
                Ok(established) => return Ok(established),
                Err(error) if ends_round(error.kind()) => return Err(error),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| ConnectError::with_source(ConnectErrorKind::Io, NO_SERVERS)))
    }

    /// The server that the user's callback chose, and the wait it asked for.
    async fn chosen(&mut self) -> Option<(Target, Option<Duration>)> {
        let choose = self.settings.choose_server.clone()?;
        let servers = self.core.pool.lock().servers();
        let info = self.core.server_info().map(|info| (*info).clone()).unwrap_or_default();
        let choice = choose.call(servers, info).await?;
        // In a statement of its own: events are emitted with no lock held.
        let target = self.core.pool.lock().target(&choice.addr);
        match target {
            Some(target) => Some((target, choice.delay)),
            None => {
                tracing::warn!(server = %choice.addr.redacted(), "the callback chose a server that is not in the pool");
                self.core.events.emit(Event::ClientError(ClientError::ServerNotInPool));
                None
            }
        }
    }

    async fn attempt(&mut self, target: Target, delay: Option<Duration>) -> Result<Established, ConnectError> {
        let tls = self.settings.connect.dial.tls.required || target.addr.tls_required();
        let attempt = self.begin_attempt(delay, tls).await?;
        let addr = target.addr.clone();
        tracing::debug!(attempt, server = %addr.redacted(), "connecting");
        match connect::connect(target, &self.settings.connect, &mut self.rng).await {
            Ok(established) => {
                self.short_lived.made(now());
                Ok(established)
            }
            Err(error) => {
                tracing::debug!(attempt, server = %addr.redacted(), %error, "could not connect");
                self.core.pool.lock().failed(&addr, error.to_string());
                Err(error)
            }
        }
    }

    /// Counts an attempt and waits before it; returns its number.
    ///
    /// # Errors
    ///
    /// `MaxReconnects` when it would be one too many.
    async fn begin_attempt(&mut self, delay: Option<Duration>, tls: bool) -> Result<usize, ConnectError> {
        let attempt = {
            let mut pool = self.core.pool.lock();
            pool.attempts += 1;
            pool.attempts
        };
        if self.settings.max_attempts.is_some_and(|max| attempt > max) {
            self.core.events.emit(Event::ClientError(ClientError::MaxReconnects));
            return Err(ConnectError::new(ConnectErrorKind::MaxReconnects));
        }
        let delay = delay.unwrap_or_else(|| self.delay(attempt, tls));
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        } else if attempt > 1 {
            // Attempts that fail at once must leave others room to run.
            tokio::task::yield_now().await;
        }
        Ok(attempt)
    }

    fn delay(&mut self, attempt: usize, tls: bool) -> Duration {
        if let Some(callback) = &self.settings.delay {
            return callback.call(attempt);
        }
        let jitter = if tls {
            self.settings.jitter.1
        } else {
            self.settings.jitter.0
        };
        let attempts = attempt.saturating_add(self.short_lived.count());
        backoff::with_jitter(backoff::delay(attempts), jitter, &mut self.rng)
    }
}

/// Errors after which the other servers of the round are not tried.
fn ends_round(kind: ConnectErrorKind) -> bool {
    matches!(
        kind,
        ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication | ConnectErrorKind::MaxReconnects
    )
}
