//! Finding consumers and deleting them.

use super::error::{check_names, ConsumerError};
use super::info_error::ConsumerInfoError;
use crate::jetstream::consumer::config::{FromConsumer, IntoConsumerConfig};
use crate::jetstream::consumer::handle::Consumer;
use crate::jetstream::consumer::info::Info;
use crate::jetstream::response::Response;
use crate::jetstream::stream::DeleteStatus;
use crate::jetstream::Context;

impl Context {
    /// A handle to a consumer of `stream` that is there. The stream itself is not looked up.
    ///
    /// # Errors
    ///
    /// `InvalidName`; `TimedOut` after the time-out of this context; `Request` when nobody answers or the answer does not
    /// parse; `JetStream` when there is no such consumer or stream; `InvalidConsumerType` when it is of another kind.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// use async_nats::jetstream::consumer::PullConsumer;
    ///
    /// let workers: PullConsumer = jetstream.get_consumer_from_stream("workers", "jobs").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_consumer_from_stream<T, C, S>(&self, consumer: C, stream: S) -> Result<Consumer<T>, ConsumerError>
    where
        T: FromConsumer + IntoConsumerConfig,
        S: AsRef<str>,
        C: AsRef<str>,
    {
        let (stream, consumer) = (stream.as_ref(), consumer.as_ref());
        check_names(stream, consumer)?;
        match self.request(info_subject(stream, consumer), &()).await? {
            Response::Ok(info) => Consumer::from_info(info, self),
            Response::Err { error } => Err(error.into()),
        }
    }

    /// Deletes a consumer of `stream`. Who reads from it is told.
    ///
    /// # Errors
    ///
    /// `InvalidName`; `TimedOut` after the time-out of this context; `Request` when nobody answers or the answer does not
    /// parse; `JetStream` when there is no such consumer or stream.
    ///
    /// # Cancellation
    ///
    /// The consumer may or may not be gone afterwards.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// jetstream.delete_consumer_from_stream("workers", "jobs").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn delete_consumer_from_stream<C: AsRef<str>, S: AsRef<str>>(
        &self,
        consumer: C,
        stream: S,
    ) -> Result<DeleteStatus, ConsumerError> {
        let (stream, consumer) = (stream.as_ref(), consumer.as_ref());
        check_names(stream, consumer)?;
        match self.request(delete_subject(stream, consumer), &()).await? {
            Response::Ok(status) => Ok(status),
            Response::Err { error } => Err(error.into()),
        }
    }
}

/// What the server tells of a consumer.
pub(in crate::jetstream::consumer) async fn info(
    context: &Context,
    stream: &str,
    consumer: &str,
) -> Result<Info, ConsumerInfoError> {
    match context.request(info_subject(stream, consumer), &()).await? {
        Response::Ok(info) => Ok(info),
        Response::Err { error } => Err(error.into()),
    }
}

/// The subject that asks for a consumer's state.
pub(super) fn info_subject(stream: &str, consumer: &str) -> String {
    format!("CONSUMER.INFO.{stream}.{consumer}")
}

/// The subject that asks for a consumer to be deleted.
pub(in crate::jetstream::consumer) fn delete_subject(stream: &str, consumer: &str) -> String {
    format!("CONSUMER.DELETE.{stream}.{consumer}")
}
