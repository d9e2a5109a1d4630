//! Requests of the JetStream API: JSON there, JSON back.

use std::fmt::Display;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::Serialize;

use super::{Context, RequestError, RequestErrorKind};
use crate::client::{PublishError, Request};
use crate::message::Message;
use crate::subject::ToSubject;

impl Context {
    /// Sends `payload` as JSON to `subject` of the API, and reads the answer as JSON.
    ///
    /// `subject` is without the prefix: `STREAM.INFO.events`. [`Response`](crate::jetstream::response::Response) is what
    /// the API answers with. A payload of `null`, as `&()` is one, is sent as none: some requests take no other.
    ///
    /// # Errors
    ///
    /// `NoResponders` when JetStream is not enabled; `TimedOut` after the time-out of this context; `InvalidSubject`; `Other`
    /// when the answer does not parse, or the client is closed. A request that was written when the connection broke is
    /// not sent again: it times out.
    ///
    /// # Cancellation
    ///
    /// Dropping the future frees everything; the request may have been sent.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// use async_nats::jetstream::response::Response;
    ///
    /// let answer: Response<serde_json::Value> = jetstream.request("STREAM.INFO.events", &()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn request<S, T, V>(&self, subject: S, payload: &T) -> Result<V, RequestError>
    where
        S: ToSubject,
        T: ?Sized + Serialize,
        V: DeserializeOwned,
    {
        let request = Request::new().payload(body(payload)?);
        let answer = self.send_api_request(&subject.to_subject(), request).await?;
        serde_json::from_slice(&answer.payload)
            .map_err(|error| RequestError::with_source(RequestErrorKind::Other, error))
    }

    /// Sends `request` to `subject` of the API without waiting for an answer.
    ///
    /// `subject` is without the prefix. Answers go to the inbox of the request, to which the caller is subscribed; without
    /// one they go nowhere. The time-out of the request is not looked at.
    ///
    /// # Errors
    ///
    /// Those of [`Client::publish_with_reply`](crate::Client::publish_with_reply).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// let inbox = jetstream.client().new_inbox();
    /// let answers = jetstream.client().subscribe(inbox.clone()).await?;
    /// let request = async_nats::Request::new().inbox(inbox);
    /// jetstream.send_request("INFO", request).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn send_request<S: ToSubject>(&self, subject: S, request: Request) -> Result<(), PublishError> {
        let subject = self.api_subject(&subject.to_subject());
        let client = self.client_ref();
        let inbox = request.inbox.unwrap_or_else(|| client.new_inbox());
        let payload = request.payload.unwrap_or_default();
        match request.headers {
            Some(headers) => {
                client
                    .publish_with_reply_and_headers(subject, inbox, headers, payload)
                    .await
            }
            None => client.publish_with_reply(subject, inbox, payload).await,
        }
    }

    /// Sends `request` to `subject` of the API, bounded by the time-out of this context, and returns the answer as it is.
    pub(crate) async fn send_api_request(
        &self,
        subject: &(impl Display + ?Sized),
        request: Request,
    ) -> Result<Message, RequestError> {
        let request = request.timeout(Some(self.request_timeout()));
        let answer = self
            .client_ref()
            .send_request(self.api_subject(subject), request)
            .await?;
        Ok(answer)
    }

    fn api_subject(&self, subject: &(impl Display + ?Sized)) -> String {
        format!("{}.{subject}", self.shared.prefix)
    }
}

fn body(payload: &(impl Serialize + ?Sized)) -> Result<Bytes, RequestError> {
    match serde_json::to_vec(payload) {
        Ok(null) if null == b"null" => Ok(Bytes::new()),
        Ok(body) => Ok(Bytes::from(body)),
        Err(error) => Err(RequestError::with_source(RequestErrorKind::Other, error)),
    }
}
