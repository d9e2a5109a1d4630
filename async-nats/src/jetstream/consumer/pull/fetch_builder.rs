//! [`FetchBuilder`]: how to take the messages that are there.

use std::time::Duration;

use super::batch::Batch;
use super::config::Config;
use super::error::BatchError;
use super::request::BatchConfig;
use crate::jetstream::consumer::handle::Consumer;
use crate::jetstream::consumer::limits::{allowed_batch, BATCH};

/// Says how to take the messages that are there; made by [`Consumer::fetch`].
#[derive(Debug)]
pub struct FetchBuilder<'a> {
    consumer: &'a Consumer<Config>,
    batch: Option<usize>,
    max_bytes: usize,
    heartbeat: Duration,
    expires: Option<Duration>,
    group: Option<String>,
    min_pending: Option<usize>,
    min_ack_pending: Option<usize>,
    #[cfg(feature = "server_2_12")]
    priority: Option<usize>,
}

impl<'a> FetchBuilder<'a> {
    /// A builder with the defaults, as [`Consumer::fetch`] makes it.
    pub fn new(consumer: &'a Consumer<Config>) -> Self {
        FetchBuilder {
            consumer,
            batch: None,
            max_bytes: 0,
            heartbeat: Duration::ZERO,
            expires: None,
            group: None,
            min_pending: None,
            min_ack_pending: None,
            #[cfg(feature = "server_2_12")]
            priority: None,
        }
    }

    /// The most messages. Default: 200, or as many as the consumer allows.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(
    /// #     consumer: async_nats::jetstream::consumer::PullConsumer,
    /// # ) -> Result<(), async_nats::Error> {
    /// use futures_util::StreamExt;
    ///
    /// let mut messages = consumer.fetch().max_messages(100).messages().await?;
    /// while let Some(message) = messages.next().await {
    ///     message?.ack().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn max_messages(mut self, batch: usize) -> Self {
        self.batch = Some(batch);
        self
    }

    /// The most bytes: subjects, headers and payloads. Default: no limit.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(
    /// #     consumer: async_nats::jetstream::consumer::PullConsumer,
    /// # ) -> Result<(), async_nats::Error> {
    /// use futures_util::StreamExt;
    ///
    /// let mut messages = consumer.fetch().max_bytes(1024 * 1024).messages().await?;
    /// while let Some(message) = messages.next().await {
    ///     message?.ack().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn max_bytes(mut self, max_bytes: usize) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    /// How long to wait for a message when none is there. Default: not at all.
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
    /// let mut messages = consumer.fetch().expires(Duration::from_secs(30)).messages().await?;
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

    /// How often the server gives a sign of life while it has nothing to send, at most half of the expiry. When two are
    /// missing, the batch ends with an error. Default: never.
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
    /// let mut messages = consumer.fetch().expires(Duration::from_secs(30)).heartbeat(Duration::from_secs(10)).messages().await?;
    /// while let Some(message) = messages.next().await {
    ///     message?.ack().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn heartbeat(mut self, heartbeat: Duration) -> Self {
        self.heartbeat = heartbeat;
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
    /// let mut messages = consumer.fetch().group("A").messages().await?;
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
    /// let mut messages = consumer.fetch().group("A").min_pending(100).messages().await?;
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
    /// let mut messages = consumer.fetch().group("A").min_ack_pending(100).messages().await?;
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
    /// let mut messages = consumer.fetch().group("A").priority(1).messages().await?;
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

    /// Sends the request. The messages come as the batch is polled.
    ///
    /// # Errors
    ///
    /// `Subscribe` or `Pull` when the client is closed; `PinnedClient` when the consumer serves one pinned client.
    ///
    /// # Cancellation
    ///
    /// Nothing was asked for.
    pub async fn messages(self) -> Result<Batch, BatchError> {
        let consumer = self.consumer;
        consumer.begin_batch(self.request()).await
    }

    fn request(self) -> BatchConfig {
        let limits = &self.consumer.info.config;
        let batch = self.batch.unwrap_or_else(|| allowed_batch(BATCH, limits.max_batch));
        BatchConfig {
            batch: batch.max(1),
            expires: self.expires,
            no_wait: true,
            max_bytes: self.max_bytes,
            idle_heartbeat: self.heartbeat,
            min_pending: self.min_pending,
            min_ack_pending: self.min_ack_pending,
            group: self.group,
            #[cfg(feature = "server_2_12")]
            priority: self.priority,
        }
    }
}
