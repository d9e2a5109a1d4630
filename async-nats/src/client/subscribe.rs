//! Subscribing.

use super::{Client, SubscribeError, SubscribeErrorKind};
use crate::client::error::ClientClosed;
use crate::client::subscriber::Subscriber;
use crate::proto::subscriptions::slot::Limits;
use crate::subject::{self, SubjectError, ToSubject};

/// What a subscription can have that others have not; see [`Client::subscribe_with_options`].
///
/// # Examples
///
/// ```
/// let options = async_nats::client::SubscribeOptions::new().queue_group("workers").max_pending_messages(1000);
/// ```
#[derive(Clone, Debug, Default)]
pub struct SubscribeOptions {
    queue_group: Option<String>,
    max_pending_messages: Option<usize>,
    max_pending_bytes: Option<usize>,
}

impl SubscribeOptions {
    /// A subscription like any other.
    pub fn new() -> Self {
        SubscribeOptions::default()
    }

    /// Shares the messages with the other members of a queue group.
    pub fn queue_group(mut self, name: impl Into<String>) -> Self {
        self.queue_group = Some(name.into());
        self
    }

    /// Messages that are kept for the reader, in place of
    /// [`ConnectOptions::subscription_capacity`](crate::ConnectOptions::subscription_capacity).
    pub fn max_pending_messages(mut self, messages: usize) -> Self {
        self.max_pending_messages = Some(messages);
        self
    }

    /// Bytes that are kept for the reader, in place of
    /// [`ConnectOptions::subscription_byte_capacity`](crate::ConnectOptions::subscription_byte_capacity).
    pub fn max_pending_bytes(mut self, bytes: usize) -> Self {
        self.max_pending_bytes = Some(bytes);
        self
    }
}

impl Client {
    /// Subscribes to `subject`, which may hold wildcards (`*` for one token, `>` for all that follow).
    ///
    /// The subscription is there for everything that this client publishes afterwards. It survives reconnects, and can be made
    /// while there is no connection. To know that the server has it, so that messages of others arrive too,
    /// [`flush_with_timeout`](Client::flush_with_timeout). This never waits.
    ///
    /// # Errors
    ///
    /// `InvalidSubject`; `Other` when the client is closed. That the server does not permit it comes later, as an event
    /// and through [`Subscriber::take_refusal`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// use futures_util::StreamExt;
    ///
    /// let mut messages = client.subscribe("events.>").await?;
    /// while let Some(message) = messages.next().await {
    ///     println!("{}", message.subject);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn subscribe<S: ToSubject>(&self, subject: S) -> Result<Subscriber, SubscribeError> {
        self.add_subscription(&subject, None, self.core.settings.subscription_limits)
    }

    /// Subscribes to `subject` as a member of a queue group: each message goes to one of the members. Otherwise as
    /// [`Client::subscribe`].
    ///
    /// # Errors
    ///
    /// Those of [`Client::subscribe`], and `InvalidQueueName`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// let work = client.queue_subscribe("jobs", "workers".into()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn queue_subscribe<S: ToSubject>(
        &self,
        subject: S,
        queue_group: String,
    ) -> Result<Subscriber, SubscribeError> {
        self.add_subscription(&subject, Some(&queue_group), self.core.settings.subscription_limits)
    }

    /// Subscribes to `subject` with limits of its own, in a queue group or not. Otherwise as [`Client::subscribe`].
    ///
    /// # Errors
    ///
    /// Those of [`Client::queue_subscribe`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// use async_nats::client::SubscribeOptions;
    ///
    /// let options = SubscribeOptions::new().max_pending_bytes(1024 * 1024);
    /// let messages = client.subscribe_with_options("events.>", options).await?;
    /// println!("{} messages were dropped", messages.dropped());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn subscribe_with_options<S: ToSubject>(
        &self,
        subject: S,
        options: SubscribeOptions,
    ) -> Result<Subscriber, SubscribeError> {
        self.subscribe_at_once(&subject, &options)
    }

    /// [`Client::subscribe_with_options`], which never waits, from within a poll.
    pub(crate) fn subscribe_at_once(
        &self,
        subject: &impl ToSubject,
        options: &SubscribeOptions,
    ) -> Result<Subscriber, SubscribeError> {
        let default = self.core.settings.subscription_limits;
        let limits = Limits {
            messages: options.max_pending_messages.unwrap_or(default.messages),
            bytes: options.max_pending_bytes.unwrap_or(default.bytes),
        };
        self.add_subscription(subject, options.queue_group.as_deref(), limits)
    }

    fn add_subscription(
        &self,
        subject: &impl ToSubject,
        queue_group: Option<&str>,
        limits: Limits,
    ) -> Result<Subscriber, SubscribeError> {
        let subject = subject.to_subject();
        if !subject::is_subscribable(&subject) {
            let invalid = SubjectError::InvalidFormat;
            return Err(SubscribeError::with_source(SubscribeErrorKind::InvalidSubject, invalid));
        }
        if queue_group.is_some_and(|name| !subject::is_queue_group(name)) {
            return Err(SubscribeError::new(SubscribeErrorKind::InvalidQueueName));
        }
        let mut lines = Vec::new();
        let mut subscriptions = self.core.subscriptions.lock();
        if self.core.is_closed() {
            return Err(SubscribeError::with_source(SubscribeErrorKind::Other, ClientClosed));
        }
        let added = subscriptions.add(subject, queue_group, limits, &mut lines);
        let (sid, slot) = added.map_err(|_| {
            SubscribeError::with_source(SubscribeErrorKind::Other, "this client has too many subscriptions")
        })?;
        // With the table's lock held, so that a reconnect sees the subscription either here or there, never twice.
        let writer = self.core.outbound.lock().append_control(&lines);
        drop(subscriptions);
        if let Some(writer) = writer {
            writer.wake();
        }
        Ok(Subscriber::new(&self.core, sid, slot))
    }
}
