//! [`StreamBuilder`]: how to read from a pull consumer without an end.

use std::time::Duration;

use super::config::Config;
use super::request::BatchConfig;
use super::stream::Stream;
use crate::jetstream::consumer::error::StreamError;
use crate::jetstream::consumer::handle::Consumer;
use crate::jetstream::consumer::limits::{
    allowed_batch, allowed_expires, heartbeat_for, BATCH, BATCH_BY_BYTES, EXPIRES,
};

/// Says how to read from a pull consumer without an end; made by [`Consumer::stream`].
#[derive(Debug)]
pub struct StreamBuilder<'a> {
    consumer: &'a Consumer<Config>,
    batch: Option<usize>,
    max_bytes: usize,
    heartbeat: Option<Duration>,
    expires: Option<Duration>,
    group: Option<String>,
    min_pending: Option<usize>,
    min_ack_pending: Option<usize>,
    #[cfg(feature = "server_2_12")]
    priority: Option<usize>,
}

impl<'a> StreamBuilder<'a> {
    /// A builder with the defaults, as [`Consumer::stream`] makes it.
    pub fn new(consumer: &'a Consumer<Config>) -> Self {
        StreamBuilder {
            consumer,
            batch: None,
            max_bytes: 0,
            heartbeat: None,
            expires: None,
            group: None,
            min_pending: None,
            min_ack_pending: None,
            #[cfg(feature = "server_2_12")]
            priority: None,
        }
    }

    /// How many messages may be on their way or wait to be read. Default: 200, or as many as the consumer allows; with
    /// [`max_bytes_per_batch`](StreamBuilder::max_bytes_per_batch) as many as fit.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(
    /// #     consumer: async_nats::jetstream::consumer::PullConsumer,
    /// # ) -> Result<(), async_nats::Error> {
    /// use futures_util::StreamExt;
    ///
    /// let mut messages = consumer.stream().max_messages_per_batch(100).messages().await?;
    /// while let Some(message) = messages.next().await {
    ///     message?.ack().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn max_messages_per_batch(mut self, batch: usize) -> Self {
        self.batch = Some(batch);
        self
    }

    /// How many bytes (subjects, headers and payloads) may be on their way or wait to be read. Default: no limit. A message
    /// that is larger is an error of the kind `Pull`, again and again until somebody else takes it.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(
    /// #     consumer: async_nats::jetstream::consumer::PullConsumer,
    /// # ) -> Result<(), async_nats::Error> {
    /// use futures_util::StreamExt;
    ///
    /// let mut messages = consumer.stream().max_bytes_per_batch(1024 * 1024).messages().await?;
    /// while let Some(message) = messages.next().await {
    ///     message?.ack().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn max_bytes_per_batch(mut self, max_bytes: usize) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    /// How often the server gives a sign of life while it has nothing to send, at most half of the
    /// [expiry](StreamBuilder::expires). When two are missing, that is told as an item: `MissingHeartbeat`. `Duration::ZERO`
    /// turns it off.
    ///
    /// Default: half of the expiry, between 0.5 and 30 s, and nothing is told: it is asked again.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(
    /// #     consumer: async_nats::jetstream::consumer::PullConsumer,
    /// # ) -> Result<(), async_nats::Error> {
    /// use futures_util::StreamExt;
    /// use std::time::Duration;
    ///
    /// let mut messages = consumer.stream().heartbeat(Duration::from_secs(10)).messages().await?;
    /// while let Some(message) = messages.next().await {
    ///     message?.ack().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn heartbeat(mut self, heartbeat: Duration) -> Self {
        self.heartbeat = Some(heartbeat);
        self
    }

    /// How long a request waits on the server before another one is sent. Default: 30 s, or as long as the consumer allows.
    /// With `Duration::ZERO` it waits without an end, and nothing but heartbeats tells that it was lost.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(
    /// #     consumer: async_nats::jetstream::consumer::PullConsumer,
    /// # ) -> Result<(), async_nats::Error> {
    /// use futures_util::StreamExt;
    /// use std::time::Duration;
    ///
    /// let mut messages = consumer.stream().expires(Duration::from_secs(60)).messages().await?;
    /// while let Some(message) = messages.next().await {
    ///     message?.ack().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn expires(mut self, expires: Duration) -> Self {
        self.expires = Some(expires);
        self
    }

    /// Asks as a member of a priority group, one of those in the consumer's configuration.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(
    /// #     consumer: async_nats::jetstream::consumer::PullConsumer,
    /// # ) -> Result<(), async_nats::Error> {
    /// use futures_util::StreamExt;
    ///
    /// let mut messages = consumer.stream().group("A").messages().await?;
    /// while let Some(message) = messages.next().await {
    ///     message?.ack().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn group<T: Into<String>>(mut self, group: T) -> Self {
        self.group = Some(group.into());
        self
    }

    /// Is served only while at least `min_pending` messages are pending; for groups with the policy `Overflow`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(
    /// #     consumer: async_nats::jetstream::consumer::PullConsumer,
    /// # ) -> Result<(), async_nats::Error> {
    /// use futures_util::StreamExt;
    ///
    /// let mut messages = consumer.stream().group("A").min_pending(100).messages().await?;
    /// while let Some(message) = messages.next().await {
    ///     message?.ack().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn min_pending(mut self, min_pending: usize) -> Self {
        self.min_pending = Some(min_pending);
        self
    }

    /// Is served only while at least `min_ack_pending` messages are not acked; for groups with the policy `Overflow`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(
    /// #     consumer: async_nats::jetstream::consumer::PullConsumer,
    /// # ) -> Result<(), async_nats::Error> {
    /// use futures_util::StreamExt;
    ///
    /// let mut messages = consumer.stream().group("A").min_ack_pending(100).messages().await?;
    /// while let Some(message) = messages.next().await {
    ///     message?.ack().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn min_ack_pending(mut self, min_ack_pending: usize) -> Self {
        self.min_ack_pending = Some(min_ack_pending);
        self
    }

    /// The priority within the group, from 0, which is served first, to 9; for groups with the policy `Prioritized`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(
    /// #     consumer: async_nats::jetstream::consumer::PullConsumer,
    /// # ) -> Result<(), async_nats::Error> {
    /// use futures_util::StreamExt;
    ///
    /// let mut messages = consumer.stream().group("A").priority(1).messages().await?;
    /// while let Some(message) = messages.next().await {
    ///     message?.ack().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "server_2_12")]
    pub fn priority(mut self, priority: usize) -> Self {
        self.priority = Some(priority);
        self
    }

    /// Begins to read. Nothing is sent before the stream is polled.
    ///
    /// # Errors
    ///
    /// `Other` when the client is closed.
    pub async fn messages(self) -> Result<Stream, StreamError> {
        let tells_silence = self.heartbeat.is_some_and(|heartbeat| !heartbeat.is_zero());
        let consumer = self.consumer;
        Stream::new(consumer, self.request(), tells_silence)
    }

    fn request(self) -> BatchConfig {
        let limits = &self.consumer.info.config;
        let batch = self.batch.unwrap_or(match self.max_bytes {
            0 => allowed_batch(BATCH, limits.max_batch),
            _ => allowed_batch(BATCH_BY_BYTES, limits.max_batch),
        });
        let expires = self
            .expires
            .unwrap_or_else(|| allowed_expires(EXPIRES, limits.max_expires));
        let idle_heartbeat = match self.heartbeat {
            // Both are the user's: whether they fit each other is for the server to say.
            Some(heartbeat) if self.expires.is_some() => heartbeat,
            Some(heartbeat) => heartbeat.min(expires / 2),
            None => heartbeat_for(expires),
        };
        BatchConfig {
            batch: batch.max(1),
            expires: Some(expires),
            no_wait: false,
            max_bytes: self.max_bytes,
            idle_heartbeat,
            min_pending: self.min_pending,
            min_ack_pending: self.min_ack_pending,
            group: self.group,
            #[cfg(feature = "server_2_12")]
            priority: self.priority,
        }
    }
}
