//! Knowing that what was published has left, or arrived.

use std::future::poll_fn;
use std::task::Waker;
use std::time::Duration;

use super::{Client, FlushError, FlushErrorKind};
use crate::client::error::ClientClosed;
use crate::io::core::Core;
use crate::proto::completion::{Completion, Outcome};
use crate::proto::outbound::Refused;

const UNCONFIRMED: &str = "a connection broke before the server had confirmed all that was written to it; what was \
                           published before may be lost";

pub(super) const UNFLUSHED: &str =
    "a connection broke whose stream had taken messages and not flushed them; what was published before \
                         may be lost, and is not sent again";

impl Client {
    /// Waits until everything that was published before is written to a socket. Waits for a connection when there is
    /// none; what was not written when one broke is written to the next, and only then does this end.
    ///
    /// It does not say that the server has it: see [`Client::flush_with_timeout`].
    ///
    /// # Errors
    ///
    /// When the client is, or gets, closed. On a websocket, and on a stream of a [`Dialer`](crate::Dialer), also when a
    /// connection broke with publishes that the stream had taken and not yet flushed: whether they ever left, nobody knows,
    /// and they are not sent again. It is an error of the calls that wait at this moment, and of the next call on each
    /// other handle that was there: each clone of the client is told once. With plain TCP and with TLS on it, it is always
    /// known.
    ///
    /// # Cancellation
    ///
    /// Nothing is lost.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// client.publish("events.data", "payload".into()).await?;
    /// client.flush().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn flush(&self) -> Result<(), FlushError> {
        let told = self.unflushed.number();
        let written = self.core.outbound.lock().flush(told);
        let written = written.map_err(|_| FlushError::with_source(FlushErrorKind::SendError, ClientClosed))?;
        match outcome(&written.completion).await {
            Outcome::Lost => {
                self.unflushed.tell(written.loss);
                Err(FlushError::with_source(FlushErrorKind::FlushError, UNFLUSHED))
            }
            outcome => ended(outcome),
        }
    }

    /// Waits until the server has confirmed that it handled everything that was published before (a PING behind it, and
    /// its PONG), at most for `timeout`. Across a reconnect it asks the next server, behind what was not written.
    ///
    /// When a connection breaks with publishes that were written and not confirmed, nobody knows whether they arrived. That
    /// is an error of the calls that wait at this moment, and of the next call on each other handle that was there: each
    /// clone of the client is told once. A clone that is made later is told when the handle that it was made of was not
    /// told; then both were.
    ///
    /// # Errors
    ///
    /// `SendError` when the client is closed; `FlushError` when it gets closed, when the time is over, or when publishes
    /// may be lost.
    ///
    /// # Cancellation
    ///
    /// Nothing is lost.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// use std::time::Duration;
    ///
    /// client.publish("events.data", "payload".into()).await?;
    /// client.flush_with_timeout(Duration::from_secs(5)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn flush_with_timeout(&self, timeout: Duration) -> Result<(), FlushError> {
        match tokio::time::timeout(timeout, self.confirmed()).await {
            Ok(outcome) => ended(outcome?),
            Err(elapsed) => Err(FlushError::with_source(FlushErrorKind::FlushError, elapsed)),
        }
    }

    /// How it ends to wait for the confirmation of everything that was published before. This handle is told of what may be
    /// lost.
    pub(crate) async fn confirmed(&self) -> Result<Outcome, FlushError> {
        let told = self.unconfirmed.number();
        let asked = self.core.outbound.lock().confirm(told);
        let asked = self.core.asked(asked)?;
        let outcome = outcome(&asked.completion).await;
        if outcome == Outcome::Lost {
            self.unconfirmed.tell(asked.loss);
        }
        Ok(outcome)
    }

    /// Measures how long the way to the server and back takes, behind everything that is pending.
    ///
    /// # Errors
    ///
    /// When the client is, or gets, closed. Waits for a connection when there is none.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// println!("{:?}", client.rtt().await?);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn rtt(&self) -> Result<Duration, FlushError> {
        let start = tokio::time::Instant::now();
        let asked = self.core.outbound.lock().caller_fence();
        ended(outcome(&self.core.asked(asked)?).await)?;
        Ok(start.elapsed())
    }
}

impl Core {
    /// What to wait for, once the writer knows that there is a fence to write.
    fn asked<T>(&self, fence: Result<(T, Option<Waker>), Refused>) -> Result<T, FlushError> {
        let (passed, writer) = fence.map_err(|_| FlushError::with_source(FlushErrorKind::SendError, ClientClosed))?;
        writer.into_iter().for_each(Waker::wake);
        Ok(passed)
    }
}

async fn outcome(completion: &Completion) -> Outcome {
    poll_fn(|cx| completion.poll(cx)).await
}

fn ended(outcome: Outcome) -> Result<(), FlushError> {
    match outcome {
        Outcome::Done => Ok(()),
        Outcome::Closed => Err(FlushError::with_source(FlushErrorKind::FlushError, ClientClosed)),
        Outcome::Lost => Err(FlushError::with_source(FlushErrorKind::FlushError, UNCONFIRMED)),
    }
}
