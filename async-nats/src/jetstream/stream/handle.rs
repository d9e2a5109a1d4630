//! [`Stream`]: the handle to one stream, and what its server tells of it.
//!
//! What else can be done with a stream stands with the operation: reading, deleting and purging messages beside this
//! file, consumers with the consumers.

use serde_json::json;

use super::info::Info;
use crate::jetstream::context::RequestError;
use crate::jetstream::response::Response;
use crate::jetstream::Context;

/// Why nothing was told of a stream: `NoResponders` when JetStream is not enabled, `TimedOut`, or `Other` with the
/// server's words, for instance when the stream is not there.
pub type InfoError = RequestError;

/// A handle to a stream. Clones are cheap but for the [`Info`] that they carry.
///
/// `Stream<()>` knows nothing but the name, and has been made without asking the server; see
/// [`Context::get_stream_no_info`]. A handle outlives reconnects, and even its stream: then requests are refused.
///
/// Each request takes at most as long as the time-out of its [`Context`]. A request that was sent when the connection
/// broke is not repeated and times out; whether the server has done it is then unknown. Dropping a future does not take
/// back what was sent.
#[derive(Clone, Debug)]
pub struct Stream<T = Info> {
    pub(super) info: T,
    context: Context,
    name: String,
}

impl<I> Stream<I> {
    /// The stream of this name, which is a valid one.
    pub(crate) fn new(context: Context, name: String, info: I) -> Self {
        Stream { info, context, name }
    }

    /// The context that it was reached by.
    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    /// Its name, which is one token of a subject.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Asks the server about the stream.
    ///
    /// # Errors
    ///
    /// See [`InfoError`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// let stream = jetstream.get_stream_no_info("events").await?;
    /// println!("{} messages", stream.get_info().await?.state.messages);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_info(&self) -> Result<Info, InfoError> {
        let subject = format!("STREAM.INFO.{}", self.name);
        match self.context.request(subject, &json!({})).await? {
            Response::Ok(info) => Ok(info),
            Response::Err { error } => Err(error.into()),
        }
    }
}

impl Stream<Info> {
    /// Asks the server about the stream, and keeps the answer as [`cached_info`](Stream::cached_info).
    ///
    /// # Errors
    ///
    /// See [`InfoError`]; what was known before is kept then.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// let mut stream = jetstream.get_stream("events").await?;
    /// println!("{} messages", stream.info().await?.state.messages);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn info(&mut self) -> Result<&Info, InfoError> {
        self.info = self.get_info().await?;
        Ok(&self.info)
    }

    /// What the server told of the stream when this handle was made, or when [`info`](Stream::info) was called last.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// let stream = jetstream.get_stream("events").await?;
    /// println!("{:?}", stream.cached_info().config.subjects);
    /// # Ok(())
    /// # }
    /// ```
    pub fn cached_info(&self) -> &Info {
        &self.info
    }
}
