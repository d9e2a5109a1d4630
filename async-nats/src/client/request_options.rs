//! [`Request`]: a request with more to say than a payload.

use std::time::Duration;

use bytes::Bytes;

use crate::header::HeaderMap;

/// A request to be sent with [`Client::send_request`](crate::Client::send_request): payload, headers, time-out and
/// inbox, each of which may be left out.
///
/// ```
/// use std::time::Duration;
///
/// let request = async_nats::Request::new()
///     .payload("how late is it?".into())
///     .timeout(Some(Duration::from_secs(2)));
/// assert_eq!(request.timeout, Some(Some(Duration::from_secs(2))));
/// ```
#[derive(Default)]
pub struct Request {
    /// The payload; empty when there is none.
    pub payload: Option<Bytes>,
    /// The headers, if any.
    pub headers: Option<HeaderMap>,
    /// How long to wait for the answer: `None` is the client's own time-out, `Some(None)` is without end.
    pub timeout: Option<Option<Duration>>,
    /// The subject that the answer is to be sent to; one of the client's own when there is none.
    pub inbox: Option<String>,
}

impl Request {
    /// A request with an empty payload, no headers, and the time-out and inbox of the client.
    pub fn new() -> Request {
        Request::default()
    }

    /// Sets the payload.
    ///
    /// ```
    /// let request = async_nats::Request::new().payload("data".into());
    /// ```
    pub fn payload(mut self, payload: Bytes) -> Request {
        self.payload = Some(payload);
        self
    }

    /// Sets the headers.
    ///
    /// ```
    /// let mut headers = async_nats::HeaderMap::new();
    /// headers.insert("Language", "fr");
    /// let request = async_nats::Request::new().headers(headers);
    /// ```
    pub fn headers(mut self, headers: HeaderMap) -> Request {
        self.headers = Some(headers);
        self
    }

    /// Sets how long to wait for an answer, in place of the client's time-out. With `None` the request waits until
    /// there is one, which may be for ever.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let request = async_nats::Request::new().timeout(Some(Duration::from_secs(15)));
    /// ```
    pub fn timeout(mut self, timeout: Option<Duration>) -> Request {
        self.timeout = Some(timeout);
        self
    }

    /// Sets the subject that the answer is to be sent to. The client subscribes to it for the time of the request.
    ///
    /// ```
    /// let request = async_nats::Request::new().inbox("answers.for.me".into());
    /// ```
    pub fn inbox(mut self, inbox: String) -> Request {
        self.inbox = Some(inbox);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_set_is_left_to_the_client() {
        let request = Request::new();
        assert!(request.payload.is_none() && request.headers.is_none());
        assert!(request.timeout.is_none() && request.inbox.is_none());
    }

    #[test]
    fn each_part_is_set_alone() {
        let request = Request::new()
            .payload("data".into())
            .headers(HeaderMap::new())
            .timeout(None)
            .inbox("inbox".into());
        assert_eq!(request.payload.as_deref(), Some(&b"data"[..]));
        assert_eq!(request.headers, Some(HeaderMap::new()));
        assert_eq!(request.timeout, Some(None));
        assert_eq!(request.inbox.as_deref(), Some("inbox"));
    }
}
