//! The life of a client: one connection after the other, until it ends.

use std::future::{poll_fn, Future};
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

use super::connect::Established;
use super::connector::Connector;
use super::core::{Core, LAST_WRITES};
use super::link::{self, Ending};
use super::timers::{now, Due, Timers};
use crate::client::error::ConnectErrorKind;
use crate::connection::State;
use crate::event::{ClientError, Event};
use crate::proto::keepalive::KeepAlive;
use crate::proto::outbound::Batch;

/// What the user chose for the life of connections.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LinkSettings {
    pub(crate) ping_interval: Duration,
    pub(crate) max_pings: u32,
    /// Bound of one read.
    pub(crate) max_chunk: usize,
}

/// Drives a client. One task runs it; it ends when the client does.
#[derive(Debug)]
pub(crate) struct Driver {
    core: Arc<Core>,
    connector: Connector,
    settings: LinkSettings,
    timers: Timers,
}

impl Driver {
    /// For `core`, whose connections `connector` makes.
    pub(crate) fn new(core: &Arc<Core>, connector: Connector, settings: LinkSettings) -> Self {
        Driver {
            core: Arc::clone(core),
            connector,
            settings,
            timers: Timers::new(core),
        }
    }

    /// Runs until the client ends. `first` is a connection that is there already, and was announced.
    pub(crate) async fn run(mut self, first: Option<Box<Established>>) {
        let mut next = first;
        loop {
            let established = match next.take() {
                Some(established) => established,
                None => match self.connect().await {
                    Some(established) => {
                        announce(&self.core, &established);
                        established
                    }
                    None => break,
                },
            };
            if self.serve(established).await.is_break() {
                break;
            }
        }
    }

    /// Makes the next connection, with the timers running. `None` when the client is to end instead.
    async fn connect(&mut self) -> Option<Box<Established>> {
        let core = Arc::clone(&self.core);
        let timers = &mut self.timers;
        // The future is large, and most of the time there is a connection.
        let mut connecting = Box::pin(self.connector.connect());
        let mut registered = false;
        // Wishes that the last connection has looked at still hold.
        core.timers_changed();
        poll_fn(move |cx| {
            while core.poll_wishes(cx, &mut registered).is_ready() {
                let mut wishes = core.wishes.lock();
                // The next connection is on its way already.
                wishes.reconnect = false;
                wishes.move_on = false;
                wishes.write_error = None;
                if wishes.abandoned && wishes.end_by.is_none() {
                    wishes.end_by = Some(now() + LAST_WRITES);
                }
                timers.end_by = wishes.end_by;
                timers.changed();
            }
            if timers.poll(cx) == Poll::Ready(Due::End) {
                return Poll::Ready(None);
            }
            match connecting.as_mut().poll(cx) {
                Poll::Ready(Ok(established)) => Poll::Ready(Some(Box::new(established))),
                Poll::Ready(Err(error)) => {
                    debug_assert_eq!(error.kind(), ConnectErrorKind::MaxReconnects);
                    Poll::Ready(None)
                }
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }

    /// Runs one connection; breaks when the client is to end.
    async fn serve(&mut self, established: Box<Established>) -> std::ops::ControlFlow<()> {
        let Established {
            transport,
            target,
            unread,
            ..
        } = *established;
        let core = Arc::clone(&self.core);
        self.timers.keep_alive = Some(KeepAlive::new(
            self.settings.ping_interval,
            self.settings.max_pings,
            now(),
        ));
        self.timers.changed();
        let (ending, unfinished) = link::run(&core, transport, unread, self.settings.max_chunk, &mut self.timers).await;
        self.timers.keep_alive = None;
        tracing::debug!(server = %target.addr.redacted(), ?ending, "the connection ended");
        link_lost(&core, unfinished);
        core.state.send_replace(State::Disconnected);
        if matches!(ending, Ending::Closed) {
            return std::ops::ControlFlow::Break(());
        }
        if matches!(ending, Ending::MoveOn | Ending::Reconnect) {
            self.connector.left_on_purpose();
        }
        if matches!(ending, Ending::MoveOn) {
            core.pool.lock().leave_current();
        }
        core.events.emit(Event::Disconnected);
        self.say_why(&ending);
        std::ops::ControlFlow::Continue(())
    }

    fn say_why(&self, ending: &Ending) {
        let text = match ending {
            Ending::Dead => "the server did not answer pings; the connection was given up".to_owned(),
            Ending::Lost(Some(error)) => format!("the connection was lost: {error}"),
            _ => return,
        };
        tracing::debug!("{text}");
        if matches!(ending, Ending::Dead) {
            self.core.events.emit(Event::ClientError(ClientError::Other(text)));
        }
    }
}

/// Whatever ends the driver ends the client: also a runtime that is shut down, or a callback of the user's that panics.
impl Drop for Driver {
    fn drop(&mut self) {
        self.core.close();
        self.core
            .state
            .send_if_modified(|state| std::mem::replace(state, State::Disconnected) != State::Disconnected);
        self.core.events.emit(Event::Closed);
    }
}

/// A connection is there: it takes over what was pending, behind all subscriptions.
pub(crate) fn announce(core: &Core, established: &Established) {
    core.pool.lock().connected(&established.target);
    core.learn(Arc::clone(&established.info), &established.target);
    let (received, sent) = established.handshake_bytes;
    core.statistics
        .in_bytes
        .fetch_add(received, std::sync::atomic::Ordering::Relaxed);
    core.statistics
        .out_bytes
        .fetch_add(sent, std::sync::atomic::Ordering::Relaxed);
    core.statistics
        .connects
        .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let mut wake = Vec::new();
    {
        let mut subscriptions = core.subscriptions.lock();
        let mut lines = subscriptions.lines();
        let requests = core.requests.lock();
        if let Some(inbox) = requests.inbox() {
            crate::proto::encode::subscribe(&mut lines, &inbox, None, crate::proto::subscriptions::REQUESTS_SID);
        }
        core.outbound.lock().link_up(&lines, &mut wake);
    }
    wake.into_iter().for_each(Waker::wake);
    core.state.send_replace(State::Connected);
    core.events.emit(Event::Connected);
}

/// What was not written waits for the next connection.
fn link_lost(core: &Core, unfinished: Option<Batch>) {
    let mut wake = Vec::new();
    let leftover = core.outbound.lock().link_lost(unfinished, &mut wake);
    wake.into_iter().for_each(Waker::wake);
    core.end_drained(&leftover.drained);
}
