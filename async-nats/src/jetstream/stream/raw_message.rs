//! Reading messages from the server that leads a stream, without a consumer.
//!
//! The answer is JSON with the message inside it, in Base64.

use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use super::handle::Stream;
use super::value::{StreamValue, WithHeaders, WithoutHeaders};
use crate::base64::Base64;
use crate::datetime::{rfc3339, DateTime};
use crate::error::Error;
use crate::header::{self, HeaderMap};
use crate::jetstream::message::StreamMessage;
use crate::jetstream::response::Response;
use crate::jetstream::{self, Context, ErrorCode};
use crate::subject::is_subscribable;

#[cfg(test)]
mod tests;

/// Why a message could not be read from the leader of a stream.
pub type LastRawMessageError = Error<LastRawMessageErrorKind>;

/// The kinds of [`LastRawMessageError`].
#[derive(Clone, Debug, PartialEq)]
pub enum LastRawMessageErrorKind {
    /// There is no such message.
    NoMessageFound,
    /// The subject is not one.
    InvalidSubject,
    /// The server refuses, for this reason.
    JetStream(jetstream::Error),
    /// Anything else; the cause says what.
    Other,
}

impl fmt::Display for LastRawMessageErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LastRawMessageErrorKind::NoMessageFound => f.write_str("no message found"),
            LastRawMessageErrorKind::InvalidSubject => f.write_str("invalid subject"),
            LastRawMessageErrorKind::JetStream(error) => write!(f, "JetStream error: {error}"),
            LastRawMessageErrorKind::Other => f.write_str("failed to get last raw message"),
        }
    }
}

/// Why a message could not be read from the leader of a stream.
pub type RawMessageError = LastRawMessageError;

/// The kinds of [`RawMessageError`].
pub type RawMessageErrorKind = LastRawMessageErrorKind;

/// A message as the API has it in JSON.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct RawMessage {
    /// Its subject.
    pub subject: String,
    /// Its place in the stream.
    #[serde(rename = "seq")]
    pub sequence: u64,
    /// Its payload in Base64.
    #[serde(default, rename = "data")]
    pub payload: String,
    /// The block of its headers, as it is on the wire, in Base64.
    #[serde(default, rename = "hdrs")]
    pub headers: Option<String>,
    /// When it was stored.
    #[serde(with = "rfc3339")]
    pub time: DateTime,
}

/// # Errors
///
/// When the payload or the headers are not what the API promises.
impl TryFrom<RawMessage> for StreamMessage {
    type Error = crate::Error;

    fn try_from(raw: RawMessage) -> Result<Self, Self::Error> {
        let headers = match &raw.headers {
            Some(block) => headers(&Base64::Standard.decode(block.as_bytes())?)?,
            None => HeaderMap::new(),
        };
        Ok(StreamMessage {
            payload: Base64::Standard.decode(raw.payload.as_bytes())?.into(),
            subject: raw.subject.into(),
            headers,
            sequence: raw.sequence,
            time: raw.time,
        })
    }
}

fn headers(block: &[u8]) -> Result<HeaderMap, crate::Error> {
    let parsed = header::parse(block);
    match parsed.fault {
        Some(fault) => Err(fault.to_string().into()),
        None => Ok(parsed.headers),
    }
}

/// Which message is wanted.
#[derive(Debug, Default, Serialize)]
pub struct RawMessageRequest {
    #[serde(rename = "seq", skip_serializing_if = "Option::is_none")]
    sequence: Option<u64>,
    #[serde(rename = "last_by_subj", skip_serializing_if = "Option::is_none")]
    last_by_subject: Option<String>,
    #[serde(rename = "next_by_subj", skip_serializing_if = "Option::is_none")]
    next_by_subject: Option<String>,
}

/// The answer of the API.
#[derive(Deserialize)]
struct Found {
    message: RawMessage,
}

/// # Reading from the leader
///
/// The server that leads the stream has every message that was acknowledged. Reading from it alone puts all of the load
/// there: where it may be read a moment later, [`direct_get`](Stream::direct_get) is the better way.
impl<I> Stream<I> {
    /// Chooses a message to read from the leader; [`send`](RawMessageBuilder::send) reads it.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// let stream = jetstream.get_stream("events").await?;
    /// let message = stream.raw_message_builder().sequence(100).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn raw_message_builder(&self) -> RawMessageBuilder<WithHeaders> {
        RawMessageBuilder::new(self.context().clone(), self.name().to_owned())
    }

    /// Reads the message of this sequence from the leader.
    ///
    /// # Errors
    ///
    /// See [`LastRawMessageErrorKind`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// let stream = jetstream.get_stream("events").await?;
    /// let message = stream.get_raw_message(100).await?;
    /// println!("{}: {:?}", message.subject, message.payload);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_raw_message(&self, sequence: u64) -> Result<StreamMessage, RawMessageError> {
        self.raw_message_builder().sequence(sequence).send().await
    }

    /// Reads from the leader the first message of a subject, which may have wildcards, from this sequence on.
    ///
    /// # Errors
    ///
    /// See [`LastRawMessageErrorKind`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// let stream = jetstream.get_stream_no_info("events").await?;
    /// let message = stream.get_first_raw_message_by_subject("events.created", 100).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_first_raw_message_by_subject<T: AsRef<str>>(
        &self,
        subject: T,
        sequence: u64,
    ) -> Result<StreamMessage, RawMessageError> {
        let builder = self.raw_message_builder().next_by_subject(subject.as_ref());
        builder.sequence(sequence).send().await
    }

    /// Reads from the leader the first message of a subject, which may have wildcards.
    ///
    /// # Errors
    ///
    /// See [`LastRawMessageErrorKind`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// let stream = jetstream.get_stream_no_info("events").await?;
    /// let message = stream.get_next_raw_message_by_subject("events.created").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_next_raw_message_by_subject<T: AsRef<str>>(
        &self,
        subject: T,
    ) -> Result<StreamMessage, RawMessageError> {
        let builder = self.raw_message_builder().next_by_subject(subject.as_ref());
        builder.send().await
    }

    /// Reads from the leader the last message of a subject.
    ///
    /// # Errors
    ///
    /// See [`LastRawMessageErrorKind`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// let stream = jetstream.get_stream_no_info("events").await?;
    /// let message = stream.get_last_raw_message_by_subject("events.created").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_last_raw_message_by_subject(
        &self,
        stream_subject: &str,
    ) -> Result<StreamMessage, LastRawMessageError> {
        let builder = self.raw_message_builder().last_by_subject(stream_subject);
        builder.send().await
    }
}

/// Chooses a message to read from the leader of a stream; see [`Stream::raw_message_builder`].
#[derive(Debug)]
pub struct RawMessageBuilder<T = WithHeaders> {
    context: Context,
    stream: String,
    request: RawMessageRequest,
    wanted: PhantomData<T>,
}

impl<T> RawMessageBuilder<T> {
    fn new(context: Context, stream: String) -> Self {
        RawMessageBuilder {
            context,
            stream,
            request: RawMessageRequest::default(),
            wanted: PhantomData,
        }
    }

    /// The message of this sequence; with [`next_by_subject`](RawMessageBuilder::next_by_subject), the first one from
    /// there on.
    pub fn sequence(mut self, seq: u64) -> Self {
        self.request.sequence = Some(seq);
        self
    }

    /// The last message of this subject.
    pub fn last_by_subject<S: Into<String>>(mut self, subject: S) -> Self {
        self.request.last_by_subject = Some(subject.into());
        self
    }

    /// The first message of this subject, which may have wildcards.
    pub fn next_by_subject<S: Into<String>>(mut self, subject: S) -> Self {
        self.request.next_by_subject = Some(subject.into());
        self
    }

    async fn ask(self) -> Result<RawMessage, RawMessageError> {
        check(&self.request)?;
        let subject = format!("STREAM.MSG.GET.{}", self.stream);
        match self.context.request(subject, &self.request).await {
            Ok(Response::Ok::<Found>(found)) => Ok(found.message),
            Ok(Response::Err { error }) => Err(refused(error)),
            Err(error) => Err(RawMessageError::with_source(RawMessageErrorKind::Other, error)),
        }
    }
}

impl RawMessageBuilder<WithHeaders> {
    /// Reads the message.
    ///
    /// # Errors
    ///
    /// See [`LastRawMessageErrorKind`].
    pub async fn send(self) -> Result<StreamMessage, RawMessageError> {
        let raw = self.ask().await?;
        StreamMessage::try_from(raw).map_err(|error| RawMessageError::with_source(RawMessageErrorKind::Other, error))
    }
}

impl RawMessageBuilder<WithoutHeaders> {
    /// Reads the payload of the message.
    ///
    /// # Errors
    ///
    /// See [`LastRawMessageErrorKind`].
    pub async fn send(self) -> Result<StreamValue, RawMessageError> {
        let raw = self.ask().await?;
        match Base64::Standard.decode(raw.payload.as_bytes()) {
            Ok(payload) => Ok(StreamValue { data: payload.into() }),
            Err(error) => Err(RawMessageError::with_source(RawMessageErrorKind::Other, error)),
        }
    }
}

fn check(request: &RawMessageRequest) -> Result<(), RawMessageError> {
    let subjects = [&request.last_by_subject, &request.next_by_subject];
    match subjects.into_iter().flatten().all(|subject| is_subscribable(subject)) {
        true => Ok(()),
        false => Err(RawMessageError::new(RawMessageErrorKind::InvalidSubject)),
    }
}

fn refused(error: jetstream::Error) -> RawMessageError {
    match error.error_code() {
        ErrorCode::NO_MESSAGE_FOUND => RawMessageError::with_source(RawMessageErrorKind::NoMessageFound, error),
        _ => RawMessageError::new(RawMessageErrorKind::JetStream(error)),
    }
}
