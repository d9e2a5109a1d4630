//! Deleting messages: single ones, and many at once.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;

use serde::Serialize;
use serde_json::json;

use super::handle::Stream;
use super::info::{DeleteStatus, PurgeResponse};
use crate::error::Error;
use crate::jetstream::context::{RequestError, RequestErrorKind};
use crate::jetstream::response::Response;
use crate::jetstream::{self, Context};

/// Why a message was not deleted.
pub type DeleteMessageError = Error<DeleteMessageErrorKind>;

/// The kinds of [`DeleteMessageError`].
#[derive(Clone, Debug, PartialEq)]
pub enum DeleteMessageErrorKind {
    /// The request failed; the cause says how.
    Request,
    /// No answer came within the time-out of the context. The message may be deleted.
    TimedOut,
    /// The server refuses, for this reason.
    JetStream(jetstream::Error),
}

impl fmt::Display for DeleteMessageErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeleteMessageErrorKind::Request => f.write_str("request failed"),
            DeleteMessageErrorKind::TimedOut => f.write_str("timed out"),
            DeleteMessageErrorKind::JetStream(error) => write!(f, "JetStream error: {error}"),
        }
    }
}

/// Why a stream was not purged.
pub type PurgeError = Error<PurgeErrorKind>;

/// The kinds of [`PurgeError`].
#[derive(Clone, Debug, PartialEq)]
pub enum PurgeErrorKind {
    /// The request failed; the cause says how.
    Request,
    /// No answer came within the time-out of the context. Messages may be deleted.
    TimedOut,
    /// The server refuses, for this reason.
    JetStream(jetstream::Error),
}

impl fmt::Display for PurgeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PurgeErrorKind::Request => f.write_str("request failed"),
            PurgeErrorKind::TimedOut => f.write_str("timed out"),
            PurgeErrorKind::JetStream(error) => write!(f, "JetStream error: {error}"),
        }
    }
}

/// Which messages are to go.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PurgeRequest {
    /// Those before this sequence.
    #[serde(rename = "seq", skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
    /// Those of this subject, which may have wildcards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// All but so many of the last ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep: Option<u64>,
}

impl<I> Stream<I> {
    /// Deletes the message of this sequence. Its place on the disk is overwritten, which takes longer than a purge.
    ///
    /// Returns whether it was deleted.
    ///
    /// # Errors
    ///
    /// See [`DeleteMessageErrorKind`]; the server refuses when there is no such message, and when the stream has
    /// [`deny_delete`](super::Config::deny_delete).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// let stream = jetstream.get_stream("events").await?;
    /// stream.delete_message(100).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn delete_message(&self, sequence: u64) -> Result<bool, DeleteMessageError> {
        let subject = format!("STREAM.MSG.DELETE.{}", self.name());
        let response = self.context().request(subject, &json!({ "seq": sequence })).await;
        match response
            .map_err(|error| failed(error, DeleteMessageErrorKind::TimedOut, DeleteMessageErrorKind::Request))?
        {
            Response::Ok::<DeleteStatus>(status) => Ok(status.success),
            Response::Err { error } => Err(DeleteMessageError::new(DeleteMessageErrorKind::JetStream(error))),
        }
    }

    /// Deletes messages: all of them, unless told otherwise before it is awaited.
    ///
    /// # Errors
    ///
    /// See [`PurgeErrorKind`]; the server refuses when the stream has [`deny_purge`](super::Config::deny_purge).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// let stream = jetstream.get_stream("events").await?;
    /// let done = stream.purge().filter("events.debug").keep(10).await?;
    /// println!("{} messages deleted", done.purged);
    /// # Ok(())
    /// # }
    /// ```
    pub fn purge(&self) -> Purge<No, No> {
        Purge {
            context: self.context().clone(),
            stream: self.name().to_owned(),
            request: PurgeRequest::default(),
            assigned: PhantomData,
        }
    }

    /// Asks for the messages of a subject to be deleted, without waiting for anything: for what is left of an operation
    /// that was given up. It does what it can, also outside of a runtime, and nobody learns whether it was done.
    #[cfg(feature = "object-store")]
    pub(crate) fn purge_unheard(&self, filter: String) {
        let request = PurgeRequest {
            filter: Some(filter),
            ..PurgeRequest::default()
        };
        let Ok(body) = serde_json::to_vec(&request) else { return };
        let subject = format!("{}.STREAM.PURGE.{}", self.context().prefix(), self.name());
        let client = self.context().client_ref();
        // The API answers only where it can: to an inbox that nobody reads.
        // It fails when the client is closed.
        let _ = client.publish_at_once(&subject, Some(&client.new_inbox()), &body.into());
    }

    /// Deletes the messages of a subject.
    ///
    /// # Errors
    ///
    /// See [`PurgeErrorKind`].
    #[deprecated(since = "0.25.0", note = "use `stream.purge().filter(subject)` instead")]
    pub async fn purge_subject<T>(&self, subject: T) -> Result<PurgeResponse, PurgeError>
    where
        T: Into<String>,
    {
        self.purge().filter(subject).await
    }
}

/// Whether something was said about a [`Purge`].
pub trait ToAssign: fmt::Debug {}

/// It was.
#[derive(Debug, Default)]
pub struct Yes;

/// It was not.
#[derive(Debug, Default)]
pub struct No;

impl ToAssign for Yes {}
impl ToAssign for No {}

/// A purge that is to be awaited; see [`Stream::purge`]. Until then nothing is sent.
///
/// It has a sequence or a number of messages to keep, not both.
#[derive(Debug)]
pub struct Purge<SEQUENCE, KEEP>
where
    SEQUENCE: ToAssign,
    KEEP: ToAssign,
{
    context: Context,
    stream: String,
    request: PurgeRequest,
    assigned: PhantomData<(SEQUENCE, KEEP)>,
}

impl<SEQUENCE, KEEP> Purge<SEQUENCE, KEEP>
where
    SEQUENCE: ToAssign,
    KEEP: ToAssign,
{
    /// Deletes only messages of this subject, which may have wildcards.
    pub fn filter<T: Into<String>>(mut self, filter: T) -> Purge<SEQUENCE, KEEP> {
        self.request.filter = Some(filter.into());
        self
    }

    fn with<S: ToAssign, K: ToAssign>(self, sequence: Option<u64>, keep: Option<u64>) -> Purge<S, K> {
        Purge {
            context: self.context,
            stream: self.stream,
            request: PurgeRequest {
                filter: self.request.filter,
                sequence,
                keep,
            },
            assigned: PhantomData,
        }
    }
}

impl<KEEP> Purge<No, KEEP>
where
    KEEP: ToAssign,
{
    /// Keeps so many of the last messages; with a filter, of those that match it.
    pub fn keep(self, keep: u64) -> Purge<No, Yes> {
        self.with(None, Some(keep))
    }
}

impl<SEQUENCE> Purge<SEQUENCE, No>
where
    SEQUENCE: ToAssign,
{
    /// Keeps the message of this sequence and all after it.
    pub fn sequence(self, sequence: u64) -> Purge<Yes, No> {
        self.with(Some(sequence), None)
    }
}

impl<S, K> IntoFuture for Purge<S, K>
where
    S: ToAssign + Send,
    K: ToAssign + Send,
{
    type Output = Result<PurgeResponse, PurgeError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Result<PurgeResponse, PurgeError>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let Purge {
            context,
            stream,
            request,
            ..
        } = self;
        Box::pin(async move {
            let response = context.request(format!("STREAM.PURGE.{stream}"), &request).await;
            match response.map_err(|error| failed(error, PurgeErrorKind::TimedOut, PurgeErrorKind::Request))? {
                Response::Ok(done) => Ok(done),
                Response::Err { error } => Err(PurgeError::new(PurgeErrorKind::JetStream(error))),
            }
        })
    }
}

/// The error of an operation whose request failed.
fn failed<Kind>(error: RequestError, timed_out: Kind, request: Kind) -> Error<Kind>
where
    Kind: Clone + fmt::Debug + fmt::Display + PartialEq,
{
    match error.kind() {
        RequestErrorKind::TimedOut => Error::with_source(timed_out, error),
        _ => Error::with_source(request, error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request() {
        let all = PurgeRequest::default();
        assert_eq!(serde_json::to_string(&all).unwrap(), "{}");
        let some = PurgeRequest {
            sequence: Some(1),
            filter: Some("a.>".to_owned()),
            keep: Some(0),
        };
        let json = r#"{"seq":1,"filter":"a.>","keep":0}"#;
        assert_eq!(serde_json::to_string(&some).unwrap(), json);
    }

    #[test]
    fn the_answer() {
        let done: PurgeResponse = serde_json::from_str(r#"{"success":true,"purged":7}"#).unwrap();
        assert!(done.success && done.purged == 7);
    }
}
