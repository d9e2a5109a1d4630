//! Reading messages directly: from whichever server has them, without a consumer.
//!
//! The answer of a server is the message itself, with headers that tell its place in the stream.

use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use serde::Serialize;

use super::handle::Stream;
use super::value::{StreamValue, WithHeaders, WithoutHeaders};
use crate::client::{self, Request};
use crate::error::Error;
use crate::jetstream::message::{StreamMessage, StreamMessageError};
use crate::jetstream::Context;
use crate::message::Message;
use crate::status::StatusCode;
use crate::subject::is_subscribable;

#[cfg(test)]
mod tests;

/// Why a message could not be read directly.
pub type DirectGetError = Error<DirectGetErrorKind>;

/// The kinds of [`DirectGetError`].
#[derive(Clone, Debug, PartialEq)]
pub enum DirectGetErrorKind {
    /// There is no such message.
    NotFound,
    /// The subject is not one; or the server says that it was asked for nothing in particular.
    InvalidSubject,
    /// No answer came within the time-out of the context.
    TimedOut,
    /// The request could not be sent.
    Request,
    /// The server refuses, for this reason. With the status 503 nobody answers: the stream is not there, or has no
    /// [`allow_direct`](super::Config::allow_direct).
    ErrorResponse(StatusCode, String),
    /// Anything else; the cause says what.
    Other,
}

impl fmt::Display for DirectGetErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DirectGetErrorKind::NotFound => f.write_str("message not found"),
            DirectGetErrorKind::InvalidSubject => f.write_str("invalid subject"),
            DirectGetErrorKind::TimedOut => f.write_str("timed out"),
            DirectGetErrorKind::Request => f.write_str("request failed"),
            DirectGetErrorKind::ErrorResponse(status, description) => {
                write!(f, "unable to get message: {status} {description}")
            }
            DirectGetErrorKind::Other => f.write_str("error getting message"),
        }
    }
}

impl From<client::RequestError> for DirectGetError {
    fn from(error: client::RequestError) -> Self {
        let kind = match error.kind() {
            client::RequestErrorKind::TimedOut => DirectGetErrorKind::TimedOut,
            client::RequestErrorKind::NoResponders => {
                let words = "no responders".to_owned();
                let kind = DirectGetErrorKind::ErrorResponse(StatusCode::NO_RESPONDERS, words);
                let advice = "the stream is not there, or does not allow direct access";
                return DirectGetError::with_source(kind, advice);
            }
            _ => DirectGetErrorKind::Other,
        };
        DirectGetError::with_source(kind, error)
    }
}

impl From<StreamMessageError> for DirectGetError {
    fn from(error: StreamMessageError) -> Self {
        DirectGetError::with_source(DirectGetErrorKind::Other, error)
    }
}

/// Which message is wanted.
#[derive(Debug, Default, Serialize)]
pub struct DirectGetRequest {
    #[serde(rename = "seq", skip_serializing_if = "Option::is_none")]
    sequence: Option<u64>,
    /// Stands in the subject of the request, not in its payload.
    #[serde(skip)]
    last_by_subject: Option<String>,
    #[serde(rename = "next_by_subj", skip_serializing_if = "Option::is_none")]
    next_by_subject: Option<String>,
}

/// # Reading directly
///
/// For streams with [`allow_direct`](super::Config::allow_direct). Any server that has the stream may answer, so a
/// message that was just published may not be there yet: [`get_raw_message`](Stream::get_raw_message) asks the one that
/// surely has it.
impl<I> Stream<I> {
    /// Chooses a message to read directly; [`send`](DirectGetBuilder::send) reads it.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// let stream = jetstream.get_stream("events").await?;
    /// let message = stream.direct_get_builder().sequence(100).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn direct_get_builder(&self) -> DirectGetBuilder<WithHeaders> {
        DirectGetBuilder::new(self.context().clone(), self.name().to_owned())
    }

    /// Reads the message of this sequence directly.
    ///
    /// # Errors
    ///
    /// See [`DirectGetErrorKind`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// use async_nats::jetstream::stream::Config;
    ///
    /// let config = Config {
    ///     name: "events".to_owned(),
    ///     subjects: vec!["events.>".to_owned()],
    ///     allow_direct: true,
    ///     ..Default::default()
    /// };
    /// let stream = jetstream.create_stream(config).await?;
    /// let message = stream.direct_get(100).await?;
    /// println!("{}: {:?}", message.subject, message.payload);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn direct_get(&self, sequence: u64) -> Result<StreamMessage, DirectGetError> {
        self.direct_get_builder().sequence(sequence).send().await
    }

    /// Reads directly the first message of a subject, which may have wildcards; from this sequence on, when there is
    /// one.
    ///
    /// # Errors
    ///
    /// See [`DirectGetErrorKind`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// let stream = jetstream.get_stream("events").await?;
    /// let message = stream.direct_get_next_for_subject("events.created", Some(100)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn direct_get_next_for_subject<T: Into<String>>(
        &self,
        subject: T,
        sequence: Option<u64>,
    ) -> Result<StreamMessage, DirectGetError> {
        let mut builder = self.direct_get_builder().next_by_subject(subject);
        builder.request.sequence = sequence;
        builder.send().await
    }

    /// Reads directly the first message of a subject, which may have wildcards.
    ///
    /// # Errors
    ///
    /// See [`DirectGetErrorKind`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// let stream = jetstream.get_stream("events").await?;
    /// let message = stream.direct_get_first_for_subject("events.created").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn direct_get_first_for_subject<T: Into<String>>(
        &self,
        subject: T,
    ) -> Result<StreamMessage, DirectGetError> {
        self.direct_get_next_for_subject(subject, None).await
    }

    /// Reads directly the last message of a subject.
    ///
    /// # Errors
    ///
    /// See [`DirectGetErrorKind`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// let stream = jetstream.get_stream("events").await?;
    /// let message = stream.direct_get_last_for_subject("events.created").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn direct_get_last_for_subject<T: Into<String>>(
        &self,
        subject: T,
    ) -> Result<StreamMessage, DirectGetError> {
        self.direct_get_builder().last_by_subject(subject).send().await
    }
}

/// Chooses a message to read directly; see [`Stream::direct_get_builder`].
pub struct DirectGetBuilder<T = WithHeaders> {
    context: Context,
    stream: String,
    request: DirectGetRequest,
    wanted: PhantomData<T>,
}

impl<T> DirectGetBuilder<T> {
    fn new(context: Context, stream: String) -> Self {
        DirectGetBuilder {
            context,
            stream,
            request: DirectGetRequest::default(),
            wanted: PhantomData,
        }
    }

    /// The message of this sequence; with [`next_by_subject`](DirectGetBuilder::next_by_subject), the first one from
    /// there on.
    pub fn sequence(mut self, seq: u64) -> Self {
        self.request.sequence = Some(seq);
        self
    }

    /// The last message of this subject, whatever else was said.
    pub fn last_by_subject<S: Into<String>>(mut self, subject: S) -> Self {
        self.request.last_by_subject = Some(subject.into());
        self
    }

    /// The first message of this subject, which may have wildcards.
    pub fn next_by_subject<S: Into<String>>(mut self, subject: S) -> Self {
        self.request.next_by_subject = Some(subject.into());
        self
    }

    async fn ask(self) -> Result<Message, DirectGetError> {
        let (subject, payload) = address(&self.request)?;
        let subject = format!("{}.DIRECT.GET.{}{subject}", self.context.prefix(), self.stream);
        let request = Request::new()
            .payload(payload)
            .timeout(Some(self.context.request_timeout()));
        let answer = self.context.client_ref().send_request(subject, request).await?;
        match refusal(&answer) {
            Some(kind) => Err(DirectGetError::new(kind)),
            None => Ok(answer),
        }
    }
}

impl DirectGetBuilder<WithHeaders> {
    /// Reads the message.
    ///
    /// # Errors
    ///
    /// See [`DirectGetErrorKind`].
    pub async fn send(self) -> Result<StreamMessage, DirectGetError> {
        Ok(StreamMessage::try_from(self.ask().await?)?)
    }
}

impl DirectGetBuilder<WithoutHeaders> {
    /// Reads the payload of the message.
    ///
    /// # Errors
    ///
    /// See [`DirectGetErrorKind`].
    pub async fn send(self) -> Result<StreamValue, DirectGetError> {
        let answer = self.ask().await?;
        Ok(StreamValue { data: answer.payload })
    }
}

/// The end of the subject that a request is sent to, and its payload.
fn address(request: &DirectGetRequest) -> Result<(String, Bytes), DirectGetError> {
    for subject in [&request.last_by_subject, &request.next_by_subject]
        .into_iter()
        .flatten()
    {
        if !is_subscribable(subject) {
            return Err(DirectGetError::new(DirectGetErrorKind::InvalidSubject));
        }
    }
    match &request.last_by_subject {
        Some(subject) => Ok((format!(".{subject}"), Bytes::new())),
        None => match serde_json::to_vec(request) {
            Ok(payload) => Ok((String::new(), payload.into())),
            Err(error) => Err(DirectGetError::with_source(DirectGetErrorKind::Other, error)),
        },
    }
}

/// What a server says instead of a message.
fn refusal(answer: &Message) -> Option<DirectGetErrorKind> {
    Some(match answer.status? {
        StatusCode::NOT_FOUND => DirectGetErrorKind::NotFound,
        // So servers answer a request without a subject or a sequence.
        StatusCode::TIMEOUT => DirectGetErrorKind::InvalidSubject,
        status => DirectGetErrorKind::ErrorResponse(status, answer.description.clone().unwrap_or_default()),
    })
}
