//! Creating and changing consumers.

use serde::Serialize;

use super::error::{check_names, check_stream, ConsumerError, ConsumerErrorKind};
#[cfg(feature = "server_2_10")]
use super::error::{ConsumerCreateStrictError, ConsumerUpdateError};
use crate::jetstream::consumer::config::{Config, FromConsumer, IntoConsumerConfig};
use crate::jetstream::consumer::handle::Consumer;
use crate::jetstream::consumer::info::Info;
use crate::jetstream::response::Response;
use crate::jetstream::Context;

/// What the server is to do about a consumer that is there already, or is not.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) enum Action {
    /// Take it or make it.
    #[serde(rename = "")]
    CreateOrUpdate,
    /// Refuse when it is there with another configuration.
    #[cfg(feature = "server_2_10")]
    #[serde(rename = "create")]
    Create,
    /// Refuse when it is not there.
    #[cfg(feature = "server_2_10")]
    #[serde(rename = "update")]
    Update,
}

/// A request to create or change a consumer.
#[derive(Serialize)]
struct Request<'a> {
    stream_name: &'a str,
    config: &'a Config,
    action: Action,
}

impl Context {
    /// Creates a consumer of `stream`, or changes the one of that name to this configuration. The stream itself is not
    /// looked up.
    ///
    /// For one that is only created, or only changed, see
    /// [`create_consumer_strict_on_stream`](Context::create_consumer_strict_on_stream) and
    /// [`update_consumer_on_stream`](Context::update_consumer_on_stream).
    ///
    /// # Errors
    ///
    /// `InvalidName`; `TimedOut` after the time-out of this context; `Request` when nobody answers or the answer does not
    /// parse; `JetStream` with the server's words when it refuses; `InvalidConsumerType` when the consumer that is there is of
    /// another kind.
    ///
    /// # Cancellation
    ///
    /// The consumer may or may not be there afterwards.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// use async_nats::jetstream::consumer::{pull, PullConsumer};
    ///
    /// let config = pull::Config {
    ///     durable_name: Some("workers".to_owned()),
    ///     ..Default::default()
    /// };
    /// let workers: PullConsumer = jetstream.create_consumer_on_stream(config, "jobs").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create_consumer_on_stream<C: IntoConsumerConfig + FromConsumer, S: AsRef<str>>(
        &self,
        config: C,
        stream: S,
    ) -> Result<Consumer<C>, ConsumerError> {
        create(self, stream.as_ref(), config, Action::CreateOrUpdate).await
    }

    /// Changes a consumer of `stream` that is there already; otherwise as
    /// [`create_consumer_on_stream`](Context::create_consumer_on_stream).
    ///
    /// # Errors
    ///
    /// Those of [`create_consumer_on_stream`](Context::create_consumer_on_stream), and `DoesNotExist`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// use async_nats::jetstream::consumer::{pull, PullConsumer};
    ///
    /// let config = pull::Config {
    ///     durable_name: Some("workers".to_owned()),
    ///     max_ack_pending: 500,
    ///     ..Default::default()
    /// };
    /// let workers: PullConsumer = jetstream.update_consumer_on_stream(config, "jobs").await?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "server_2_10")]
    pub async fn update_consumer_on_stream<C: IntoConsumerConfig + FromConsumer, S: AsRef<str>>(
        &self,
        config: C,
        stream: S,
    ) -> Result<Consumer<C>, ConsumerUpdateError> {
        Ok(create(self, stream.as_ref(), config, Action::Update).await?)
    }

    /// Creates a consumer of `stream` that is not there yet, or takes the one that is there with the same configuration;
    /// otherwise as [`create_consumer_on_stream`](Context::create_consumer_on_stream).
    ///
    /// # Errors
    ///
    /// Those of [`create_consumer_on_stream`](Context::create_consumer_on_stream), and `AlreadyExists`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// use async_nats::jetstream::consumer::{pull, PullConsumer};
    ///
    /// let config = pull::Config {
    ///     durable_name: Some("workers".to_owned()),
    ///     ..Default::default()
    /// };
    /// let workers: PullConsumer = jetstream.create_consumer_strict_on_stream(config, "jobs").await?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "server_2_10")]
    pub async fn create_consumer_strict_on_stream<C: IntoConsumerConfig + FromConsumer, S: AsRef<str>>(
        &self,
        config: C,
        stream: S,
    ) -> Result<Consumer<C>, ConsumerCreateStrictError> {
        Ok(create(self, stream.as_ref(), config, Action::Create).await?)
    }
}

/// Creates or changes a consumer.
pub(super) async fn create<C: IntoConsumerConfig + FromConsumer>(
    context: &Context,
    stream: &str,
    config: C,
    action: Action,
) -> Result<Consumer<C>, ConsumerError> {
    let info = request(context, stream, &config.into_consumer_config(), action).await?;
    Consumer::from_info(info, context)
}

/// Creates an ordered consumer anew.
pub(in crate::jetstream::consumer) async fn recreate(
    context: &Context,
    stream: &str,
    config: &Config,
) -> Result<Info, ConsumerError> {
    request(context, stream, config, Action::CreateOrUpdate).await
}

async fn request(context: &Context, stream: &str, config: &Config, action: Action) -> Result<Info, ConsumerError> {
    let subject = subject(stream, config)?;
    let request = Request {
        stream_name: stream,
        config,
        action,
    };
    match context.request(subject, &request).await? {
        Response::Ok(info) => Ok(info),
        Response::Err { error } => Err(error.into()),
    }
}

/// The subject that asks for a consumer: the name and a single filter stand in it, so that permissions can be given for
/// them.
fn subject(stream: &str, config: &Config) -> Result<String, ConsumerError> {
    let Some(name) = config.given_name() else {
        check_stream(stream)?;
        return Ok(format!("CONSUMER.CREATE.{stream}"));
    };
    check_names(stream, name)?;
    Ok(match config.filter_subject.as_str() {
        "" => format!("CONSUMER.CREATE.{stream}.{name}"),
        filter => format!("CONSUMER.CREATE.{stream}.{name}.{filter}"),
    })
}

impl<C: IntoConsumerConfig + FromConsumer> Consumer<C> {
    /// A handle to the consumer that `info` tells of.
    pub(super) fn from_info(info: Info, context: &Context) -> Result<Self, ConsumerError> {
        let config = C::try_from_consumer_config(info.config.clone())
            .map_err(|error| ConsumerError::with_source(ConsumerErrorKind::InvalidConsumerType, error))?;
        Ok(Consumer::new(config, info, context.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects() {
        let mut config = Config::default();
        assert_eq!(subject("s", &config).unwrap(), "CONSUMER.CREATE.s");
        config.durable_name = Some("d".into());
        assert_eq!(subject("s", &config).unwrap(), "CONSUMER.CREATE.s.d");
        config.name = Some("n".into());
        assert_eq!(subject("s", &config).unwrap(), "CONSUMER.CREATE.s.n");
        config.filter_subject = "a.>".into();
        assert_eq!(subject("s", &config).unwrap(), "CONSUMER.CREATE.s.n.a.>");
    }

    #[test]
    fn names_that_would_become_other_subjects_are_refused() {
        for name in ["a.b", "a b", "*", ">"] {
            assert_eq!(
                subject("s", &Config::from(name)).unwrap_err().kind(),
                ConsumerErrorKind::InvalidName
            );
            assert_eq!(
                subject(name, &Config::from("c")).unwrap_err().kind(),
                ConsumerErrorKind::InvalidName
            );
            assert_eq!(
                subject(name, &Config::default()).unwrap_err().kind(),
                ConsumerErrorKind::InvalidName
            );
        }
    }

    #[test]
    fn actions() {
        let config = Config::from("d");
        let json = |action| {
            let stream_name = "s";
            serde_json::to_value(Request {
                stream_name,
                config: &config,
                action,
            })
            .unwrap()
        };
        let request = json(Action::CreateOrUpdate);
        assert_eq!((&request["action"], &request["stream_name"]), (&"".into(), &"s".into()));
        assert_eq!(request["config"]["durable_name"], "d");
        #[cfg(feature = "server_2_10")]
        {
            assert_eq!(json(Action::Create)["action"], "create");
            assert_eq!(json(Action::Update)["action"], "update");
        }
    }
}
