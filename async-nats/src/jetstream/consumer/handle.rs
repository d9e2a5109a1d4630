//! [`Consumer`]: a handle to a consumer that is on the server.

use super::config::IntoConsumerConfig;
use super::info::Info;
use super::manage::{self, ConsumerInfoError};
#[cfg(feature = "server_2_14")]
use super::manage::{ConsumerResetError, ConsumerResetResponse};
use crate::jetstream::Context;

/// A consumer: what it was told, what the server said of it last, and the ways to read from it, which depend on its kind.
///
/// Dropping it leaves the consumer on the server as it is.
#[derive(Clone, Debug)]
pub struct Consumer<T: IntoConsumerConfig> {
    pub(crate) config: T,
    pub(crate) info: Info,
    pub(crate) context: Context,
}

impl<T: IntoConsumerConfig> Consumer<T> {
    /// A handle to the consumer that `info` tells of. Nothing is sent.
    pub fn new(config: T, info: Info, context: Context) -> Self {
        Consumer { config, info, context }
    }

    /// Asks the server for the consumer's state, and keeps the answer for [`cached_info`](Consumer::cached_info).
    ///
    /// # Errors
    ///
    /// Those of [`get_info`](Consumer::get_info); what was kept before stays.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(
    /// #     mut consumer: async_nats::jetstream::consumer::PullConsumer,
    /// # ) -> Result<(), async_nats::Error> {
    /// println!("{} messages are left", consumer.info().await?.num_pending);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn info(&mut self) -> Result<&Info, ConsumerInfoError> {
        self.info = self.get_info().await?;
        Ok(&self.info)
    }

    /// Asks the server for the consumer's state.
    ///
    /// # Errors
    ///
    /// `TimedOut` after the time-out of the context; `NotFound` and `StreamNotFound`; `Offline`; `NoResponders` when JetStream is
    /// not enabled; `Request` when the answer does not parse; `JetStream` with the server's words for anything else.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(
    /// #     consumer: async_nats::jetstream::consumer::PullConsumer,
    /// # ) -> Result<(), async_nats::Error> {
    /// println!("{} messages are left", consumer.get_info().await?.num_pending);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_info(&self) -> Result<Info, ConsumerInfoError> {
        manage::info(&self.context, &self.info.stream_name, &self.info.name).await
    }

    /// The consumer's state as it was when it was created, found, or asked for with [`info`](Consumer::info).
    pub fn cached_info(&self) -> &Info {
        &self.info
    }

    /// Has the consumer go on from the sequence `seq` of the stream, or with `None` from what is not acknowledged, and keeps
    /// the state that it has then.
    ///
    /// # Errors
    ///
    /// `InvalidReset` when the consumer begins elsewhere by its configuration; `NotFound`; `TimedOut` after the time-out of the
    /// context; `Request` when the answer does not parse; `JetStream` with the server's words for anything else.
    ///
    /// # Cancellation
    ///
    /// The consumer may or may not have been reset.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(
    /// #     mut consumer: async_nats::jetstream::consumer::PullConsumer,
    /// # ) -> Result<(), async_nats::Error> {
    /// let reset = consumer.reset(Some(1000)).await?;
    /// println!("goes on from {}", reset.reset_seq);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "server_2_14")]
    pub async fn reset(&mut self, seq: Option<u64>) -> Result<ConsumerResetResponse, ConsumerResetError> {
        let answer = manage::reset(&self.context, &self.info.stream_name, &self.info.name, seq).await?;
        self.info = answer.info.clone();
        Ok(answer)
    }
}
