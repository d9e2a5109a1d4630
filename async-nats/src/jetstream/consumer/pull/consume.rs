//! The ways to read from a pull consumer.

use bytes::Bytes;

use super::batch::{plan_of, Batch, Sequence};
use super::batch_builder::BatchBuilder;
use super::config::Config;
use super::error::{BatchError, BatchErrorKind, BatchRequestError, BatchRequestErrorKind};
use super::fetch_builder::FetchBuilder;
use super::puller::{inbox, is_pinned, next_subject};
use super::request::BatchConfig;
use super::stream::Stream;
use super::stream_builder::StreamBuilder;
use crate::jetstream::consumer::error::StreamError;
use crate::jetstream::consumer::handle::Consumer;
use crate::jetstream::consumer::limits::{allowed_batch, allowed_expires, heartbeat_for, EXPIRES, SEQUENCE_EXPIRES};
use crate::subject::Subject;

impl Consumer<Config> {
    /// The messages of the consumer, without an end, with the defaults of [`stream`](Consumer::stream) and a heartbeat of
    /// 15 s whose absence is told.
    ///
    /// # Errors
    ///
    /// `Other` when the client is closed. What can go wrong later are items: see [`Stream`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(
    /// #     consumer: async_nats::jetstream::consumer::PullConsumer,
    /// # ) -> Result<(), async_nats::Error> {
    /// use futures_util::StreamExt;
    ///
    /// let mut messages = consumer.messages().await?;
    /// while let Some(message) = messages.next().await {
    ///     let message = message?;
    ///     println!("{}: {:?}", message.subject, message.payload);
    ///     message.ack().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn messages(&self) -> Result<Stream, StreamError> {
        self.stream().heartbeat(heartbeat_for(EXPIRES)).messages().await
    }

    /// The messages of the consumer, without an end, with limits of your own.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(
    /// #     consumer: async_nats::jetstream::consumer::PullConsumer,
    /// # ) -> Result<(), async_nats::Error> {
    /// use futures_util::StreamExt;
    ///
    /// let mut messages = consumer.stream().max_messages_per_batch(50).messages().await?;
    /// while let Some(message) = messages.next().await {
    ///     message?.ack().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream(&self) -> StreamBuilder<'_> {
        StreamBuilder::new(self)
    }

    /// The messages that are there, up to a number; none is waited for.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(
    /// #     consumer: async_nats::jetstream::consumer::PullConsumer,
    /// # ) -> Result<(), async_nats::Error> {
    /// use futures_util::StreamExt;
    ///
    /// let mut messages = consumer.fetch().max_messages(50).messages().await?;
    /// while let Some(message) = messages.next().await {
    ///     message?.ack().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn fetch(&self) -> FetchBuilder<'_> {
        FetchBuilder::new(self)
    }

    /// One batch of messages, which is waited for until it is full or its time is over.
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
    /// let batch = consumer.batch().max_messages(50).expires(Duration::from_secs(30));
    /// let mut messages = batch.messages().await?;
    /// while let Some(message) = messages.next().await {
    ///     message?.ack().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn batch(&self) -> BatchBuilder<'_> {
        BatchBuilder::new(self)
    }

    /// One batch of `batch` messages after the other, each of which waits for up to 60 s, or as long as the consumer
    /// allows, to be full.
    ///
    /// # Errors
    ///
    /// `PinnedClient` when the consumer serves one pinned client.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(
    /// #     consumer: async_nats::jetstream::consumer::PullConsumer,
    /// # ) -> Result<(), async_nats::Error> {
    /// use futures_util::StreamExt;
    ///
    /// let mut batches = consumer.sequence(50)?;
    /// while let Some(batch) = batches.next().await {
    ///     let mut batch = batch?;
    ///     while let Some(message) = batch.next().await {
    ///         message?.ack().await?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn sequence(&self, batch: usize) -> Result<Sequence, BatchError> {
        self.check_not_pinned()?;
        let limits = &self.info.config;
        let request = BatchConfig {
            batch: allowed_batch(batch, limits.max_batch).max(1),
            expires: Some(allowed_expires(SEQUENCE_EXPIRES, limits.max_expires)),
            ..Default::default()
        };
        Ok(Sequence::new(&self.context, &self.info, request))
    }

    /// Asks for messages, to be sent to `inbox`, which the caller has subscribed to. For programs that look after requests
    /// themselves: statuses come to the inbox like messages.
    ///
    /// # Errors
    ///
    /// `Publish` when the client is closed or `inbox` is no subject.
    ///
    /// # Cancellation
    ///
    /// Nothing was asked for.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(
    /// #     client: async_nats::Client,
    /// #     consumer: async_nats::jetstream::consumer::PullConsumer,
    /// # ) -> Result<(), async_nats::Error> {
    /// use async_nats::jetstream::consumer::pull::BatchConfig;
    ///
    /// let inbox = client.new_inbox();
    /// let messages = client.subscribe(inbox.clone()).await?;
    /// let batch = BatchConfig {
    ///     batch: 10,
    ///     ..Default::default()
    /// };
    /// consumer.request_batch(batch, inbox.into()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn request_batch<I: Into<BatchConfig>>(&self, batch: I, inbox: Subject) -> Result<(), BatchRequestError> {
        let batch = batch.into();
        let request = batch
            .to_wire(batch.batch, batch.max_bytes, None)
            .map_err(|error| BatchRequestError::with_source(BatchRequestErrorKind::Serialize, error))?;
        let subject = next_subject(&self.context, &self.info);
        let client = self.context.client_ref();
        client
            .publish_with_reply(subject, inbox, Bytes::from(request))
            .await
            .map_err(|error| BatchRequestError::with_source(BatchRequestErrorKind::Publish, error))
    }

    pub(super) async fn begin_batch(&self, request: BatchConfig) -> Result<Batch, BatchError> {
        self.check_not_pinned()?;
        let plan = plan_of(&request);
        let (inbox, subscriber) = inbox(self.context.client_ref(), request.batch)?;
        self.request_batch(request, inbox).await?;
        Ok(Batch::new(&self.context, plan, subscriber))
    }

    /// Only a stream remembers the id that a pinned client is known by.
    fn check_not_pinned(&self) -> Result<(), BatchError> {
        match is_pinned(&self.info) {
            true => Err(BatchError::new(BatchErrorKind::PinnedClient)),
            false => Ok(()),
        }
    }
}
