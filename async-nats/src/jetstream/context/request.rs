//! Requests of the JetStream API: JSON there, JSON back.

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::Serialize;

use super::{Context, RequestError, RequestErrorKind};
use crate::client::Request;
use crate::subject::ToSubject;

impl Context {
    /// Sends `payload` as JSON to `subject` of the API, and reads the answer as JSON.
    ///
    /// `subject` is without the prefix: `STREAM.INFO.events`. [`Response`](crate::jetstream::response::Response) is what
    /// the API answers with.
    ///
    /// # Errors
    ///
    /// `NoResponders` when JetStream is not enabled; `TimedOut` after the time-out of this context; `InvalidSubject`; `Other`
    /// when the answer does not parse, or the client is closed.
    pub async fn request<S, T, V>(&self, subject: S, payload: &T) -> Result<V, RequestError>
    where
        S: ToSubject,
        T: ?Sized + Serialize,
        V: DeserializeOwned,
    {
        let subject = subject.to_subject();
        let body = serde_json::to_vec(payload)
            .map(Bytes::from)
            .map_err(|error| RequestError::with_source(RequestErrorKind::Other, error))?;
        let request = Request::new().payload(body).timeout(Some(self.request_timeout()));
        let subject = format!("{}.{subject}", self.prefix());
        let answer = self.client_ref().send_request(subject, request).await?;
        serde_json::from_slice(&answer.payload)
            .map_err(|error| RequestError::with_source(RequestErrorKind::Other, error))
    }
}
