//! Publishing; see [`super::outgoing`] for the way that messages take.

use std::future::Future;

use bytes::Bytes;

use super::outgoing::{NoHeaders, Publishing, NO_REPLY};
use super::{Client, PublishError};
use crate::header::HeaderMap;
use crate::subject::ToSubject;

impl Client {
    /// Publishes `payload` to `subject`.
    ///
    /// Ok means that the message is on its way: it is written as soon as the connection takes it, or after the next one
    /// was made. To know that it left, [`flush`](Client::flush); that the server has it,
    /// [`flush_with_timeout`](Client::flush_with_timeout).
    ///
    /// # Errors
    ///
    /// `InvalidSubject`; `MaxPayloadExceeded`; `Send` when the client is closed, or disconnected with a full
    /// [buffer](crate::ConnectOptions::reconnect_buffer) that was told to fail.
    ///
    /// # Cancellation
    ///
    /// Waits when too much is pending. A future that is dropped has published nothing.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// client.publish("events.data", "payload".into()).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn publish<S: ToSubject>(
        &self,
        subject: S,
        payload: Bytes,
    ) -> impl Future<Output = Result<(), PublishError>> + use<'_, S> {
        Publishing::new(self, subject, NO_REPLY, NoHeaders, payload)
    }

    /// Publishes `payload` with `headers` to `subject`; see [`Client::publish`].
    ///
    /// # Errors
    ///
    /// Those of [`Client::publish`]; `Send` also when a header holds what would end its line, or when the server has no
    /// headers.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// let mut headers = async_nats::HeaderMap::new();
    /// headers.insert("Trace-Id", "4711");
    /// client.publish_with_headers("events.data", headers, "payload".into()).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn publish_with_headers<S: ToSubject>(
        &self,
        subject: S,
        headers: HeaderMap,
        payload: Bytes,
    ) -> impl Future<Output = Result<(), PublishError>> + use<'_, S> {
        Publishing::new(self, subject, NO_REPLY, headers, payload)
    }

    /// Publishes `payload` to `subject`, asking for answers on `reply`; see [`Client::publish`].
    ///
    /// # Errors
    ///
    /// Those of [`Client::publish`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// let inbox = client.new_inbox();
    /// let answers = client.subscribe(inbox.clone()).await?;
    /// client.publish_with_reply("service", inbox, "question".into()).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn publish_with_reply<S: ToSubject, R: ToSubject>(
        &self,
        subject: S,
        reply: R,
        payload: Bytes,
    ) -> impl Future<Output = Result<(), PublishError>> + use<'_, S, R> {
        Publishing::new(self, subject, Some(reply), NoHeaders, payload)
    }

    /// Publishes `payload` with `headers` to `subject`, asking for answers on `reply`; see [`Client::publish`].
    ///
    /// # Errors
    ///
    /// Those of [`Client::publish_with_headers`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// let mut headers = async_nats::HeaderMap::new();
    /// headers.insert("Trace-Id", "4711");
    /// client
    ///     .publish_with_reply_and_headers("service", "answers", headers, "question".into())
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn publish_with_reply_and_headers<S: ToSubject, R: ToSubject>(
        &self,
        subject: S,
        reply: R,
        headers: HeaderMap,
        payload: Bytes,
    ) -> impl Future<Output = Result<(), PublishError>> + use<'_, S, R> {
        Publishing::new(self, subject, Some(reply), headers, payload)
    }
}
