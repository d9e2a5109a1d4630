//! Messages that are to be stored: what they carry, and what is expected of the stream.

use bytes::Bytes;

use crate::header::{self, HeaderMap, HeaderValue, IntoHeaderName, IntoHeaderValue};
use crate::message;
use crate::subject::{Subject, ToSubject};

/// A message to be stored, put together step by step, for [`Context::send_publish`](super::Context::send_publish).
///
/// # Examples
///
/// ```no_run
/// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
/// use async_nats::jetstream::message::PublishMessage;
///
/// let message = PublishMessage::build()
///     .payload("data".into())
///     .message_id("order-4711")
///     .expected_stream("ORDERS");
/// jetstream.send_publish("orders.new", message).await?.await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct PublishMessage {
    pub(crate) payload: Bytes,
    pub(crate) headers: Option<HeaderMap>,
}

impl PublishMessage {
    pub(crate) fn from_parts(payload: Bytes, headers: Option<HeaderMap>) -> Self {
        PublishMessage { payload, headers }
    }

    /// A message without payload and headers.
    pub fn build() -> Self {
        PublishMessage::default()
    }

    /// Sets the payload.
    pub fn payload(mut self, payload: Bytes) -> Self {
        self.payload = payload;
        self
    }

    /// Sets the headers; those that were set before are gone.
    pub fn headers(mut self, headers: HeaderMap) -> Self {
        self.headers = Some(headers);
        self
    }

    /// Sets one header; values that it had before are gone.
    pub fn header<N: IntoHeaderName, V: IntoHeaderValue>(mut self, name: N, value: V) -> Self {
        self.headers.get_or_insert_with(HeaderMap::new).insert(name, value);
        self
    }

    /// Gives the message an id. A stream that got a message with this id a short while ago (its duplicate window, two
    /// minutes by default) does not store it again, and says so in the ack.
    pub fn message_id<T: AsRef<str>>(self, id: T) -> Self {
        self.header(header::NATS_MESSAGE_ID, id.as_ref())
    }

    /// Has the message stored only if the last message of the stream has this id.
    pub fn expected_last_message_id<T: AsRef<str>>(self, last_message_id: T) -> Self {
        self.header(header::NATS_EXPECTED_LAST_MESSAGE_ID, last_message_id.as_ref())
    }

    /// Has the message stored only if this is the last sequence of the stream.
    pub fn expected_last_sequence(self, last_sequence: u64) -> Self {
        self.header(header::NATS_EXPECTED_LAST_SEQUENCE, HeaderValue::from(last_sequence))
    }

    /// Has the message stored only if this is the sequence of the last message on its subject; 0 when there is none.
    pub fn expected_last_subject_sequence(self, subject_sequence: u64) -> Self {
        self.header(
            header::NATS_EXPECTED_LAST_SUBJECT_SEQUENCE,
            HeaderValue::from(subject_sequence),
        )
    }

    /// Has the message stored only if it is this stream that has its subject.
    pub fn expected_stream<T: AsRef<str>>(self, stream: T) -> Self {
        self.header(header::NATS_EXPECTED_STREAM, stream.as_ref())
    }

    /// Has the message deleted after `ttl`, for which the stream must allow it.
    ///
    /// Servers count whole seconds: what is less than one is made up to it. [`Duration::MAX`](std::time::Duration::MAX)
    /// says `never`: the message outlives the stream's own limit of age.
    ///
    /// ```
    /// use async_nats::jetstream::message::PublishMessage;
    /// use std::time::Duration;
    ///
    /// let an_hour = PublishMessage::build().ttl(Duration::from_secs(3600));
    /// let for_ever = PublishMessage::build().ttl(Duration::MAX);
    /// # let of = |message: PublishMessage| message.outbound_message("a").headers.unwrap().get("Nats-TTL").unwrap().to_string();
    /// # assert_eq!((of(an_hour).as_str(), of(for_ever).as_str()), ("3600", "never"));
    /// ```
    #[cfg(feature = "server_2_11")]
    pub fn ttl(self, ttl: std::time::Duration) -> Self {
        self.header(header::NATS_MESSAGE_TTL, ttl_value(ttl))
    }

    /// The message with its subject, for [`Publisher::publish_message`](super::super::context::traits::Publisher).
    pub fn outbound_message<S: ToSubject>(self, subject: S) -> OutboundMessage {
        OutboundMessage::new(subject.to_subject(), self.payload, self.headers)
    }
}

/// How a time to live is written: in whole seconds, or that there is no end to it.
#[cfg(any(feature = "server_2_11", feature = "kv"))]
pub(crate) fn ttl_value(ttl: std::time::Duration) -> HeaderValue {
    if ttl == std::time::Duration::MAX {
        return HeaderValue::from("never");
    }
    let begun = u64::from(ttl.subsec_nanos() > 0);
    HeaderValue::from(ttl.as_secs().saturating_add(begun))
}

/// A message to be stored, with its subject.
#[derive(Clone, Debug)]
pub struct OutboundMessage {
    /// The subject to publish to.
    pub subject: Subject,
    /// The payload.
    pub payload: Bytes,
    /// The headers, if any.
    pub headers: Option<HeaderMap>,
}

impl OutboundMessage {
    /// A message of these parts.
    ///
    /// ```
    /// use async_nats::jetstream::message::OutboundMessage;
    ///
    /// let message = OutboundMessage::new("events".into(), "data".into(), None);
    /// ```
    pub fn new(subject: Subject, payload: Bytes, headers: Option<HeaderMap>) -> Self {
        OutboundMessage {
            subject,
            payload,
            headers,
        }
    }
}

impl From<OutboundMessage> for message::OutboundMessage {
    fn from(message: OutboundMessage) -> Self {
        message::OutboundMessage {
            subject: message.subject,
            reply: None,
            payload: message.payload,
            headers: message.headers,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_stands_in_headers() {
        let message = PublishMessage::build()
            .payload("data".into())
            .header("Trace", "1")
            .message_id("id")
            .expected_last_message_id("before")
            .expected_last_sequence(7)
            .expected_last_subject_sequence(u64::MAX)
            .expected_stream("S")
            .expected_stream("S2")
            .outbound_message("subject");
        assert_eq!(message.subject.as_str(), "subject");
        assert_eq!(message.payload, "data");
        let headers = message.headers.expect("there are some");
        for (name, value) in [
            ("Trace", "1"),
            ("Nats-Msg-Id", "id"),
            ("Nats-Expected-Last-Msg-Id", "before"),
            ("Nats-Expected-Last-Sequence", "7"),
            ("Nats-Expected-Last-Subject-Sequence", "18446744073709551615"),
            ("Nats-Expected-Stream", "S2"),
        ] {
            let values: Vec<_> = headers.get_all(name).map(HeaderValue::as_str).collect();
            assert_eq!(values, [value], "{name}");
        }
        assert_eq!(headers.len(), 6);
    }

    #[test]
    fn headers_replace_those_before() {
        let mut headers = HeaderMap::new();
        headers.insert("A", "1");
        let message = PublishMessage::build().message_id("gone").headers(headers.clone());
        assert_eq!(message.headers, Some(headers));
        let plain: message::OutboundMessage = PublishMessage::build().outbound_message("a").into();
        assert!(plain.headers.is_none() && plain.reply.is_none() && plain.payload.is_empty());
    }

    #[cfg(feature = "server_2_11")]
    #[test]
    fn times_to_live() {
        use std::time::Duration;

        for (ttl, text) in [
            (Duration::from_secs(60), "60"),
            (Duration::from_millis(1), "1"),
            (Duration::from_millis(1001), "2"),
            (Duration::ZERO, "0"),
            (Duration::from_secs(u64::MAX), "18446744073709551615"),
            (Duration::MAX, "never"),
        ] {
            assert_eq!(ttl_value(ttl).as_str(), text, "{ttl:?}");
        }
    }
}
