//! What frames that are not messages do to a client.

use std::sync::Arc;
use std::task::Waker;

use super::core::Core;
use crate::event::reason::{PermissionFor, Reason};
use crate::event::{ClientError, Event, ServerError};
use crate::proto::fences::Fence;
use crate::proto::handshake::ServerInfo;
use crate::proto::server_pool::Target;

impl Core {
    /// A PONG: a fence ends.
    pub(super) fn on_pong(&self) {
        let fence = self.outbound.lock().pong();
        match fence {
            Some(Fence::Caller(promise) | Fence::Confirm(promise)) => promise.keep().into_iter().for_each(Waker::wake),
            Some(Fence::Subscription(sid)) => self.end_drained(&[sid]),
            Some(Fence::Raised { sid, from }) => self.end_at_limit(sid, from),
            Some(Fence::Client) => self.wish(|wishes| wishes.drained = true),
            Some(Fence::KeepAlive) | None => {}
        }
    }

    /// These subscriptions have everything that they will ever get.
    pub(super) fn end_drained(&self, sids: &[u64]) {
        for sid in sids {
            let waker = self.subscriptions.lock().drained(*sid);
            waker.into_iter().for_each(Waker::wake);
        }
    }

    /// The server has heard of a limit that was raised, before or after it ended the subscription.
    fn end_at_limit(&self, sid: u64, from: u64) {
        let mut lines = Vec::new();
        let mut subscriptions = self.subscriptions.lock();
        let reader = subscriptions.raised(sid, from, &mut lines);
        let writer = self.outbound.lock().append_control(&lines);
        drop(subscriptions);
        reader.into_iter().chain(writer).for_each(Waker::wake);
    }

    /// An `-ERR`: an event, and a word to the subscriptions that it concerns. The server closes the connection itself
    /// where that is what it means.
    pub(super) fn on_error(&self, text: &str) {
        let error = ServerError::from_err_line(text);
        if let Reason::PermissionsViolation {
            action: PermissionFor::Subscription,
            subject,
            queue,
        } = Reason::from_err_line(text)
        {
            let mut wake = Vec::new();
            let text = match &error {
                ServerError::Other(text) => text,
                // No other reason is a violation of permissions.
                _ => text,
            };
            self.subscriptions.lock().refused(subject, queue, text, &mut wake);
            wake.into_iter().for_each(Waker::wake);
        }
        self.events.emit(Event::ServerError(error));
    }

    /// An INFO in the middle of a connection: the cluster has changed, or the server is going away.
    pub(super) fn on_info(&self, json: &[u8]) {
        match ServerInfo::parse(json) {
            Ok(info) => {
                let lame_duck = info.lame_duck_mode;
                let from = self.pool.lock().current();
                if let Some(from) = from {
                    self.learn(Arc::new(info), &from);
                }
                if lame_duck {
                    self.events.emit(Event::LameDuckMode);
                    if self.pool.lock().has_alternative() {
                        self.wish(|wishes| wishes.move_on = true);
                    }
                }
            }
            // The connection is as good as it was; what the server wanted to say is lost.
            Err(error) => self
                .events
                .emit(Event::ClientError(ClientError::Other(error.to_string()))),
        }
    }

    /// What a server says of itself and of its cluster.
    pub(super) fn learn(&self, info: Arc<ServerInfo>, from: &Target) {
        let bad = self.pool.lock().discovered(&info.connect_urls, from);
        // Said once, however many they are.
        if let Some(first) = bad.first() {
            let others = match bad.len() - 1 {
                0 => String::new(),
                more => format!(", and of {more} more like it"),
            };
            let text = format!("the server told of a server at {first:?}, which is no address{others}");
            self.events.emit(Event::ClientError(ClientError::Other(text)));
        }
        self.set_server_info(info);
    }
}
