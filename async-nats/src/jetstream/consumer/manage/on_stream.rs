//! What a stream's handle can do with its consumers.

#[cfg(feature = "server_2_11")]
use serde_json::json;

use super::create::{create, Action};
#[cfg(feature = "server_2_11")]
use super::error::check_names;
#[cfg(feature = "server_2_10")]
use super::error::{ConsumerCreateStrictError, ConsumerUpdateError};
use super::error::{ConsumerError, ConsumerErrorKind};
use super::info_error::{ConsumerInfoError, ConsumerInfoErrorKind};
use super::listing::{ConsumerNames, Consumers};
use super::lookup;
#[cfg(feature = "server_2_11")]
use super::pause::{pause, PauseResponse};
#[cfg(feature = "server_2_14")]
use super::reset::{reset, ConsumerResetError, ConsumerResetResponse};
#[cfg(feature = "server_2_11")]
use crate::datetime::DateTime;
use crate::jetstream::consumer::config::{FromConsumer, IntoConsumerConfig};
use crate::jetstream::consumer::handle::Consumer;
use crate::jetstream::consumer::info::Info;
use crate::jetstream::names::is_valid_name;
#[cfg(feature = "server_2_11")]
use crate::jetstream::response::Response;
use crate::jetstream::stream::{DeleteStatus, Stream};
use crate::jetstream::ErrorCode;

/// Consumers of this stream. Each request takes at most as long as the time-out of the context. One whose future is dropped
/// may have been done or not.
impl<I> Stream<I> {
    /// Creates a consumer, or changes the one of that name to this configuration.
    ///
    /// # Errors
    ///
    /// Those of [`Context::create_consumer_on_stream`](crate::jetstream::Context::create_consumer_on_stream).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(stream: async_nats::jetstream::stream::Stream) -> Result<(), async_nats::Error> {
    /// use async_nats::jetstream::consumer::{pull, PullConsumer};
    ///
    /// let config = pull::Config {
    ///     durable_name: Some("workers".to_owned()),
    ///     ..Default::default()
    /// };
    /// let workers: PullConsumer = stream.create_consumer(config).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create_consumer<C: IntoConsumerConfig + FromConsumer>(
        &self,
        config: C,
    ) -> Result<Consumer<C>, ConsumerError> {
        create(self.context(), self.name(), config, Action::CreateOrUpdate).await
    }

    /// Changes a consumer that is there already.
    ///
    /// # Errors
    ///
    /// Those of [`Context::update_consumer_on_stream`](crate::jetstream::Context::update_consumer_on_stream).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(stream: async_nats::jetstream::stream::Stream) -> Result<(), async_nats::Error> {
    /// use async_nats::jetstream::consumer::{pull, PullConsumer};
    ///
    /// let config = pull::Config {
    ///     durable_name: Some("workers".to_owned()),
    ///     max_ack_pending: 500,
    ///     ..Default::default()
    /// };
    /// let workers: PullConsumer = stream.update_consumer(config).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "server_2_10")]
    pub async fn update_consumer<C: IntoConsumerConfig + FromConsumer>(
        &self,
        config: C,
    ) -> Result<Consumer<C>, ConsumerUpdateError> {
        Ok(create(self.context(), self.name(), config, Action::Update).await?)
    }

    /// Creates a consumer that is not there yet, or takes the one that is there with the same configuration.
    ///
    /// # Errors
    ///
    /// Those of [`Context::create_consumer_strict_on_stream`](crate::jetstream::Context::create_consumer_strict_on_stream).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(stream: async_nats::jetstream::stream::Stream) -> Result<(), async_nats::Error> {
    /// use async_nats::jetstream::consumer::{pull, PullConsumer};
    ///
    /// let config = pull::Config {
    ///     durable_name: Some("workers".to_owned()),
    ///     ..Default::default()
    /// };
    /// let workers: PullConsumer = stream.create_consumer_strict(config).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "server_2_10")]
    pub async fn create_consumer_strict<C: IntoConsumerConfig + FromConsumer>(
        &self,
        config: C,
    ) -> Result<Consumer<C>, ConsumerCreateStrictError> {
        Ok(create(self.context(), self.name(), config, Action::Create).await?)
    }

    /// What the server tells of a consumer.
    ///
    /// # Errors
    ///
    /// `InvalidName`, and those of [`Consumer::get_info`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(stream: async_nats::jetstream::stream::Stream) -> Result<(), async_nats::Error> {
    /// println!("{} messages are left", stream.consumer_info("workers").await?.num_pending);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn consumer_info<T: AsRef<str>>(&self, name: T) -> Result<Info, ConsumerInfoError> {
        let name = name.as_ref();
        if !is_valid_name(name) {
            return Err(ConsumerInfoError::new(ConsumerInfoErrorKind::InvalidName));
        }
        lookup::info(self.context(), self.name(), name).await
    }

    /// A handle to a consumer that is there.
    ///
    /// # Errors
    ///
    /// A [`ConsumerInfoError`] in a box, or what says that the consumer is of another kind.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(stream: async_nats::jetstream::stream::Stream) -> Result<(), async_nats::Error> {
    /// use async_nats::jetstream::consumer::PullConsumer;
    ///
    /// let workers: PullConsumer = stream.get_consumer("workers").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_consumer<T: FromConsumer + IntoConsumerConfig>(
        &self,
        name: &str,
    ) -> Result<Consumer<T>, crate::Error> {
        let info = self.consumer_info(name).await?;
        let config = T::try_from_consumer_config(info.config.clone())?;
        Ok(Consumer::new(config, info, self.context().clone()))
    }

    /// A handle to the consumer of this name, which is created with this configuration when it is not there. One that is
    /// there stays as it is.
    ///
    /// # Errors
    ///
    /// Those of [`Context::create_consumer_on_stream`](crate::jetstream::Context::create_consumer_on_stream).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(stream: async_nats::jetstream::stream::Stream) -> Result<(), async_nats::Error> {
    /// use async_nats::jetstream::consumer::pull;
    ///
    /// let config = pull::Config {
    ///     durable_name: Some("workers".to_owned()),
    ///     ..Default::default()
    /// };
    /// let workers = stream.get_or_create_consumer("workers", config).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_or_create_consumer<T: FromConsumer + IntoConsumerConfig>(
        &self,
        name: &str,
        config: T,
    ) -> Result<Consumer<T>, ConsumerError> {
        match self.context().get_consumer_from_stream(name, self.name()).await {
            Err(error) if is_not_found(&error) => self.create_consumer(config).await,
            found => found,
        }
    }

    /// Deletes a consumer. Who reads from it is told.
    ///
    /// # Errors
    ///
    /// Those of [`Context::delete_consumer_from_stream`](crate::jetstream::Context::delete_consumer_from_stream).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(stream: async_nats::jetstream::stream::Stream) -> Result<(), async_nats::Error> {
    /// stream.delete_consumer("workers").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn delete_consumer(&self, name: &str) -> Result<DeleteStatus, ConsumerError> {
        self.context().delete_consumer_from_stream(name, self.name()).await
    }

    /// Has a consumer send nothing until a time. Those who read from it go on waiting.
    ///
    /// # Errors
    ///
    /// `InvalidName`; `TimedOut`; `Request` when nobody answers or the answer does not parse; `JetStream` with the server's
    /// words when it refuses.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(stream: async_nats::jetstream::stream::Stream) -> Result<(), async_nats::Error> {
    /// use async_nats::datetime;
    /// use std::time::Duration;
    ///
    /// let until = datetime::add_std_duration(datetime::now(), Duration::from_secs(60))?;
    /// stream.pause_consumer("workers", until).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "server_2_11")]
    pub async fn pause_consumer(&self, name: &str, pause_until: DateTime) -> Result<PauseResponse, ConsumerError> {
        pause(self.context(), self.name(), name, Some(pause_until)).await
    }

    /// Lets a consumer go on that was paused.
    ///
    /// # Errors
    ///
    /// Those of [`pause_consumer`](Stream::pause_consumer).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(stream: async_nats::jetstream::stream::Stream) -> Result<(), async_nats::Error> {
    /// stream.resume_consumer("workers").await?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "server_2_11")]
    pub async fn resume_consumer(&self, name: &str) -> Result<PauseResponse, ConsumerError> {
        pause(self.context(), self.name(), name, None).await
    }

    /// Lets another client of the group `group` be pinned in place of the one that is; for consumers with the policy
    /// `PinnedClient`.
    ///
    /// # Errors
    ///
    /// Those of [`pause_consumer`](Stream::pause_consumer).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(stream: async_nats::jetstream::stream::Stream) -> Result<(), async_nats::Error> {
    /// stream.unpin_consumer("workers", "A").await?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "server_2_11")]
    pub async fn unpin_consumer(&self, name: &str, group: &str) -> Result<(), ConsumerError> {
        check_names(self.name(), name)?;
        let subject = format!("CONSUMER.UNPIN.{}.{name}", self.name());
        match self.context().request(subject, &json!({ "group": group })).await? {
            Response::Ok::<serde::de::IgnoredAny>(_) => Ok(()),
            Response::Err { error } => Err(error.into()),
        }
    }

    /// Has a consumer go on from the sequence `seq` of the stream, or with `None` from what is not acked.
    ///
    /// # Errors
    ///
    /// Those of [`Consumer::reset`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(stream: async_nats::jetstream::stream::Stream) -> Result<(), async_nats::Error> {
    /// let reset = stream.reset_consumer("workers", Some(1000)).await?;
    /// println!("goes on from {}", reset.reset_seq);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "server_2_14")]
    pub async fn reset_consumer(
        &self,
        name: &str,
        seq: Option<u64>,
    ) -> Result<ConsumerResetResponse, ConsumerResetError> {
        reset(self.context(), self.name(), name, seq).await
    }

    /// The names of all consumers.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(stream: async_nats::jetstream::stream::Stream) -> Result<(), async_nats::Error> {
    /// use futures_util::TryStreamExt;
    ///
    /// let mut names = stream.consumer_names();
    /// while let Some(name) = names.try_next().await? {
    ///     println!("{name}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn consumer_names(&self) -> ConsumerNames {
        ConsumerNames::of(self.context(), self.name())
    }

    /// What the server tells of all consumers.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(stream: async_nats::jetstream::stream::Stream) -> Result<(), async_nats::Error> {
    /// use futures_util::TryStreamExt;
    ///
    /// let mut consumers = stream.consumers();
    /// while let Some(info) = consumers.try_next().await? {
    ///     println!("{}: {} messages are left", info.name, info.num_pending);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn consumers(&self) -> Consumers {
        Consumers::of(self.context(), self.name())
    }
}

fn is_not_found(error: &ConsumerError) -> bool {
    matches!(error.kind(), ConsumerErrorKind::JetStream(error) if error.error_code() == ErrorCode::CONSUMER_NOT_FOUND)
}
