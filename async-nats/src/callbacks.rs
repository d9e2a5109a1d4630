//! Functions of the user's that the client calls.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::event::Event;
use crate::proto::handshake::ServerInfo;
use crate::proto::server_pool::Server;
use crate::server_addr::ServerAddr;

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Which server to connect to next, and when: the answer of the callback of
/// [`ConnectOptions::reconnect_to_server_callback`](crate::ConnectOptions::reconnect_to_server_callback).
#[derive(Clone, Debug)]
pub struct ReconnectToServer {
    /// A server of the pool that the callback was given. For any other address the client reports
    /// [`ClientError::ServerNotInPool`](crate::ClientError::ServerNotInPool) and chooses by itself.
    pub addr: ServerAddr,
    /// How long to wait before the attempt; `None` for as long as the client would have waited by itself.
    pub delay: Option<Duration>,
}

/// Called with each event.
#[derive(Clone)]
pub(crate) struct EventCallback(Arc<dyn Fn(Event) -> BoxFuture<()> + Send + Sync>);

impl EventCallback {
    pub(crate) fn new<F, Fut>(callback: F) -> Self
    where
        F: Fn(Event) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        EventCallback(Arc::new(move |event| Box::pin(callback(event))))
    }

    pub(crate) fn call(&self, event: Event) -> impl Future<Output = ()> + Send {
        (self.0)(event)
    }
}

/// Called for the wait before an attempt.
#[derive(Clone)]
pub(crate) struct DelayCallback(Arc<dyn Fn(usize) -> Duration + Send + Sync>);

impl DelayCallback {
    pub(crate) fn new(callback: impl Fn(usize) -> Duration + Send + Sync + 'static) -> Self {
        DelayCallback(Arc::new(callback))
    }

    pub(crate) fn call(&self, attempt: usize) -> Duration {
        (self.0)(attempt)
    }
}

type ChooseServer = dyn Fn(Vec<Server>, ServerInfo) -> BoxFuture<Option<ReconnectToServer>> + Send + Sync;

/// Called for the server to connect to.
#[derive(Clone)]
pub(crate) struct ReconnectToServerCallback(Arc<ChooseServer>);

impl ReconnectToServerCallback {
    pub(crate) fn new<F, Fut>(callback: F) -> Self
    where
        F: Fn(Vec<Server>, ServerInfo) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Option<ReconnectToServer>> + Send + 'static,
    {
        ReconnectToServerCallback(Arc::new(move |servers, info| Box::pin(callback(servers, info))))
    }

    pub(crate) fn call(
        &self,
        servers: Vec<Server>,
        info: ServerInfo,
    ) -> impl Future<Output = Option<ReconnectToServer>> + Send {
        (self.0)(servers, info)
    }
}

macro_rules! opaque_debug {
    ($($name:ident)*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("callback")
            }
        }
    )*};
}

opaque_debug!(EventCallback DelayCallback ReconnectToServerCallback);
