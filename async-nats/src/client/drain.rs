//! Ending a client without losing anything.

use std::task::Waker;
use std::time::Duration;

use super::{Client, DrainError};
use crate::client::error::ClientClosed;
use crate::event::Event;
use crate::io::core::Core;
use crate::proto::fences::Fence;

/// How long a drain may take when the user does not say.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(30);

impl Client {
    /// Ends the client without losing what is on its way, within thirty seconds; see [`Client::drain_with_timeout`].
    ///
    /// # Errors
    ///
    /// Those of [`Client::drain_with_timeout`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// client.publish("events.data", "last words".into()).await?;
    /// client.drain().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn drain(&self) -> Result<(), DrainError> {
        self.drain_with_timeout(DRAIN_TIMEOUT).await
    }

    /// Ends the client without losing what is on its way: unsubscribes everything, writes what was published, waits until
    /// the server has confirmed both, and closes. Subscribers hand out what had come until then, and end. Nothing new is
    /// accepted from the first moment on. A drain that is under way already is waited for.
    ///
    /// Across a reconnect it goes on with the next server. When `timeout` is over, the client is closed as it is.
    ///
    /// # Errors
    ///
    /// When the client was closed before, when the server did not confirm in time, or when a connection broke and took
    /// publishes with it that may not have arrived: meanwhile, or before, when this handle was not told of it by
    /// [`Client::flush_with_timeout`].
    ///
    /// # Cancellation
    ///
    /// Once polled, the drain goes on without this future.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// use std::time::Duration;
    ///
    /// client.drain_with_timeout(Duration::from_secs(5)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn drain_with_timeout(&self, timeout: Duration) -> Result<(), DrainError> {
        let mut closed = self.core.closed.subscribe();
        if *closed.borrow_and_update() {
            return Err(DrainError::new(ClientClosed));
        }
        let told = self.unconfirmed.number();
        if !std::mem::replace(&mut self.core.wishes.lock().draining, true) {
            // Said first: the server may confirm, and everything end, before this goes on.
            self.core.events.emit(Event::Draining);
            self.core.begin_drain();
            // A time-out too long for the clock is none.
            let end_by = tokio::time::Instant::now().into_std().checked_add(timeout);
            self.core.wish(|wishes| wishes.end_by = end_by);
        }
        // The sender lives as long as this client.
        let _ = closed.wait_for(|closed| *closed).await;
        let is_drained = self.core.wishes.lock().drained;
        let losses = self.core.outbound.lock().losses();
        self.unconfirmed.tell(losses);
        match (is_drained, told >= losses) {
            (true, true) => Ok(()),
            (true, false) => Err(DrainError::new(
                "a connection broke before the server had confirmed all that was written to it, during the drain or before it; what \
                 was pending may be lost",
            )),
            (false, _) => {
                Err(DrainError::new("the server did not confirm the drain in time; what was pending may be lost"))
            }
        }
    }

    /// Waits until the client has ended: drained, or out of attempts to reconnect.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) {
    /// client.closed().await;
    /// println!("this client is of no more use");
    /// # }
    /// ```
    pub async fn closed(&self) {
        let mut closed = self.core.closed.subscribe();
        // The sender lives as long as this client.
        let _ = closed.wait_for(|closed| *closed).await;
    }
}

impl Core {
    /// Unsubscribes everything and puts a fence behind all that is pending. Nothing when the client is closed.
    fn begin_drain(&self) {
        let mut lines = Vec::new();
        let mut wake = Vec::new();
        let mut subscriptions = self.subscriptions.lock();
        let mut outbound = self.outbound.lock();
        if outbound.is_closed() {
            return;
        }
        subscriptions.drain_all(&mut lines);
        wake.extend(outbound.append_control(&lines));
        wake.extend(outbound.fence(Fence::Client));
        wake.extend(outbound.refuse());
        drop(outbound);
        drop(subscriptions);
        wake.into_iter().for_each(Waker::wake);
    }
}
