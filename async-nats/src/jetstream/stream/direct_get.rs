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
use crate::subject::{is_subscribable, Subject};

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
        DirectGetBuilder {
            context: self.context().clone(),
            stream: self.name().to_owned(),
            request: DirectGetRequest::default(),
            wanted: PhantomData,
        }
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
        let request = DirectGetRequest {
            sequence: Some(sequence),
            ..Default::default()
        };
        self.read_directly(&request).await
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
        let request = DirectGetRequest {
            sequence,
            next_by_subject: Some(subject.into()),
            ..Default::default()
        };
        self.read_directly(&request).await
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
        let request = DirectGetRequest {
            last_by_subject: Some(subject.into()),
            ..Default::default()
        };
        self.read_directly(&request).await
    }

    async fn read_directly(&self, request: &DirectGetRequest) -> Result<StreamMessage, DirectGetError> {
        let answer = ask(self.context(), self.name(), request).await?;
        Ok(StreamMessage::try_from(answer)?)
    }
}

/// Chooses a message to read directly; see [`Stream::direct_get_builder`].
#[derive(Debug)]
pub struct DirectGetBuilder<T = WithHeaders> {
    context: Context,
    stream: String,
    request: DirectGetRequest,
    wanted: PhantomData<T>,
}

impl<T> DirectGetBuilder<T> {
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
}

impl DirectGetBuilder<WithHeaders> {
    /// Reads the message.
    ///
    /// # Errors
    ///
    /// See [`DirectGetErrorKind`].
    pub async fn send(self) -> Result<StreamMessage, DirectGetError> {
        let answer = ask(&self.context, &self.stream, &self.request).await?;
        Ok(StreamMessage::try_from(answer)?)
    }
}

impl DirectGetBuilder<WithoutHeaders> {
    /// Reads the payload of the message.
    ///
    /// # Errors
    ///
    /// See [`DirectGetErrorKind`].
    pub async fn send(self) -> Result<StreamValue, DirectGetError> {
        let answer = ask(&self.context, &self.stream, &self.request).await?;
        Ok(StreamValue { data: answer.payload })
    }
}

async fn ask(context: &Context, stream: &str, request: &DirectGetRequest) -> Result<Message, DirectGetError> {
    let (subject, payload) = compose(context.prefix(), stream, request)?;
    let request = Request::new().payload(payload).timeout(Some(context.request_timeout()));
    let answer = context.client_ref().send_request(subject, request).await?;
    match answer.status {
        Some(status) => Err(refusal(status, answer.description)),
        None => Ok(answer),
    }
}

/// The subject and the payload of a request.
fn compose(prefix: &str, stream: &str, request: &DirectGetRequest) -> Result<(Subject, Bytes), DirectGetError> {
    for subject in [&request.last_by_subject, &request.next_by_subject]
        .into_iter()
        .flatten()
    {
        if !is_subscribable(subject) {
            return Err(DirectGetError::new(DirectGetErrorKind::InvalidSubject));
        }
    }
    if let Some(subject) = &request.last_by_subject {
        let subject = format!("{prefix}.DIRECT.GET.{stream}.{subject}");
        return Ok((subject.into(), Bytes::new()));
    }
    let payload =
        serde_json::to_vec(request).map_err(|error| DirectGetError::with_source(DirectGetErrorKind::Other, error))?;
    Ok((format!("{prefix}.DIRECT.GET.{stream}").into(), payload.into()))
}

/// What a server says instead of a message.
fn refusal(status: StatusCode, description: Option<String>) -> DirectGetError {
    let words = description.unwrap_or_default();
    match status {
        StatusCode::NOT_FOUND => DirectGetError::new(DirectGetErrorKind::NotFound),
        // So servers answer a request without a subject or a sequence.
        StatusCode::TIMEOUT => DirectGetError::with_source(DirectGetErrorKind::InvalidSubject, words),
        status => DirectGetError::new(DirectGetErrorKind::ErrorResponse(status, words)),
    }
}
