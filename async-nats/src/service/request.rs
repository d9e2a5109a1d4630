//! [`Request`]: one request to an endpoint, and the ways to answer it.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;

use super::error::Error;
use super::registry::Entry;
use crate::client::{PublishError, PublishErrorKind};
use crate::header::HeaderMap;
use crate::message::Message;
use crate::Client;

/// The header that tells what went wrong, in words.
pub const NATS_SERVICE_ERROR: &str = "Nats-Service-Error";
/// The header that tells what went wrong, as a number.
pub const NATS_SERVICE_ERROR_CODE: &str = "Nats-Service-Error-Code";

/// A request that came to an [`Endpoint`](super::endpoint::Endpoint).
pub struct Request {
    /// What was asked.
    pub message: Message,
    taken: Instant,
    entry: Arc<Entry>,
    client: Client,
}

impl Request {
    pub(super) fn new(message: Message, entry: Arc<Entry>, client: Client) -> Self {
        Request {
            message,
            taken: Instant::now(),
            entry,
            client,
        }
    }

    /// Answers with a payload, or with an error.
    ///
    /// # Errors
    ///
    /// `InvalidSubject` when the request has no subject to answer to; else those of [`Client::publish`].
    ///
    /// # Cancellation
    ///
    /// A future that is dropped has answered nothing.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(request: async_nats::service::Request) -> Result<(), async_nats::Error> {
    /// use async_nats::service::error::Error;
    ///
    /// let answer = match request.message.payload.is_empty() {
    ///     false => Ok("good".into()),
    ///     true => Err(Error {
    ///         code: 400,
    ///         status: "nothing was asked".to_owned(),
    ///     }),
    /// };
    /// request.respond(answer).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn respond(&self, response: Result<Bytes, Error>) -> Result<(), PublishError> {
        self.respond_with_headers(response, HeaderMap::new()).await
    }

    /// Answers as [`respond`](Request::respond) does, with `headers`. Those that tell of an error are set by the error.
    ///
    /// # Errors
    ///
    /// Those of [`respond`](Request::respond); `Send` also when a header cannot be written.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(request: async_nats::service::Request) -> Result<(), async_nats::Error> {
    /// let mut headers = async_nats::HeaderMap::new();
    /// headers.insert("Content-Type", "text/plain");
    /// request.respond_with_headers(Ok("good".into()), headers).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn respond_with_headers(
        &self,
        response: Result<Bytes, Error>,
        mut headers: HeaderMap,
    ) -> Result<(), PublishError> {
        let Some(reply) = self.message.reply.clone() else {
            let text = "the request has no reply subject, so that nobody waits for an answer";
            return Err(PublishError::with_source(PublishErrorKind::InvalidSubject, text));
        };
        let (payload, error) = match response {
            Ok(payload) => (payload, None),
            Err(error) => {
                // A header has one line: what would end it is left out.
                headers.insert(NATS_SERVICE_ERROR, error.status.replace(['\r', '\n'], " "));
                headers.insert(NATS_SERVICE_ERROR_CODE, error.code.to_string());
                (Bytes::new(), Some(error))
            }
        };
        let sent = if headers.is_empty() {
            self.client.publish(reply, payload).await
        } else {
            self.client.publish_with_headers(reply, headers, payload).await
        };
        self.entry.answered(self.taken.elapsed(), error);
        sent
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("message", &self.message)
            .field("endpoint", &self.entry.key)
            .finish_non_exhaustive()
    }
}
