//! What a [`Context`] does with streams: creating, finding, changing and deleting them.
//!
//! A name is checked before it goes into a subject. Each request takes at most as long as the time-out of the context.

mod error;
mod listing;

use std::borrow::{Borrow, Cow};

use serde_json::json;

pub use self::error::{
    CreateStreamError, CreateStreamErrorKind, DeleteStreamError, DeleteStreamErrorKind, GetStreamByNameError,
    GetStreamByNameErrorKind, GetStreamError, GetStreamErrorKind, UpdateStreamError, UpdateStreamErrorKind,
};
pub use self::listing::{StreamNames, Streams, StreamsError, StreamsErrorKind};
use super::config::Config;
use super::handle::Stream;
use super::info::{DeleteStatus, Info};
use super::source::{External, Source};
use crate::jetstream::context::RequestError;
use crate::jetstream::names::is_valid_name;
use crate::jetstream::response::Response;
use crate::jetstream::Context;

#[cfg(test)]
mod tests;

/// # Streams
///
/// A request that was sent when the connection broke is not repeated and times out; the server may have done it.
/// Dropping a future does not take back what was sent.
impl Context {
    /// Creates a stream. One that is there already, with the same configuration, is as good as a new one.
    ///
    /// A [`domain`](super::Source::domain) of a mirror or source becomes what the server needs to reach it.
    ///
    /// # Errors
    ///
    /// See [`CreateStreamErrorKind`]; the server refuses a name or subjects that another stream has, and what exceeds
    /// the limits of the account.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// use async_nats::jetstream::stream::Config;
    ///
    /// let stream = jetstream
    ///     .create_stream(Config {
    ///         name: "events".to_owned(),
    ///         subjects: vec!["events.>".to_owned()],
    ///         max_messages: 10_000,
    ///         ..Default::default()
    ///     })
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create_stream<S>(&self, stream_config: S) -> Result<Stream<Info>, CreateStreamError>
    where
        Config: From<S>,
    {
        let config = Config::from(stream_config);
        let info = self.write_stream("CREATE", &config).await?;
        Ok(Stream::new(self.clone(), config.name, info))
    }

    /// A handle to a stream, after asking the server about it.
    ///
    /// # Errors
    ///
    /// See [`GetStreamErrorKind`]; the server refuses when there is no such stream.
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
    pub async fn get_stream<T: AsRef<str>>(&self, stream: T) -> Result<Stream, GetStreamError> {
        let name = check_to_get(stream.as_ref())?;
        match self.read_stream(name).await {
            Ok(Response::Ok(info)) => Ok(Stream::new(self.clone(), name.to_owned(), info)),
            Ok(Response::Err { error }) => Err(GetStreamError::new(GetStreamErrorKind::JetStream(error))),
            Err(error) => Err(GetStreamError::with_source(GetStreamErrorKind::Request, error)),
        }
    }

    /// A handle to a stream without asking the server, whether it is there or not.
    ///
    /// # Errors
    ///
    /// `EmptyName` and `InvalidStreamName`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// let stream = jetstream.get_stream_no_info("events").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_stream_no_info<T: AsRef<str>>(&self, stream: T) -> Result<Stream<()>, GetStreamError> {
        let name = check_to_get(stream.as_ref())?;
        Ok(Stream::new(self.clone(), name.to_owned(), ()))
    }

    /// A handle to a stream, which is created when it is not there. One that is there is not compared with the
    /// configuration.
    ///
    /// # Errors
    ///
    /// See [`CreateStreamErrorKind`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// let stream = jetstream.get_or_create_stream("events").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_or_create_stream<S>(&self, stream_config: S) -> Result<Stream, CreateStreamError>
    where
        S: Into<Config>,
    {
        let config = stream_config.into();
        check_to_create(&config.name)?;
        match self.read_stream(&config.name).await? {
            Response::Ok(info) => Ok(Stream::new(self.clone(), config.name, info)),
            Response::Err { error } if error.code() == NOT_FOUND => self.create_stream(config).await,
            Response::Err { error } => Err(error.into()),
        }
    }

    /// Changes the configuration of a stream to this one, whole.
    ///
    /// # Errors
    ///
    /// See [`UpdateStreamErrorKind`]: `NotFound` when there is no such stream; the server refuses what cannot be changed,
    /// such as the storage.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// let mut config = jetstream.get_stream("events").await?.cached_info().config.clone();
    /// config.description = Some("what happened".to_owned());
    /// jetstream.update_stream(config).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn update_stream<S>(&self, config: S) -> Result<Info, UpdateStreamError>
    where
        S: Borrow<Config>,
    {
        self.write_stream("UPDATE", config.borrow()).await
    }

    /// Changes the configuration of a stream to this one, or creates the stream when it is not there.
    ///
    /// # Errors
    ///
    /// See [`CreateStreamErrorKind`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// let info = jetstream.create_or_update_stream("events".into()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create_or_update_stream(&self, config: Config) -> Result<Info, CreateStreamError> {
        match self.update_stream(&config).await {
            Err(error) if error.kind() == CreateStreamErrorKind::NotFound => {
                let stream = self.create_stream(config).await?;
                Ok(stream.info)
            }
            updated => updated,
        }
    }

    /// Deletes a stream, with all that is in it.
    ///
    /// # Errors
    ///
    /// See [`DeleteStreamErrorKind`]; the server refuses when there is no such stream.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
    /// jetstream.delete_stream("events").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn delete_stream<T: AsRef<str>>(&self, stream: T) -> Result<DeleteStatus, DeleteStreamError> {
        let name = check_to_get(stream.as_ref())?;
        match self.request(format!("STREAM.DELETE.{name}"), &json!({})).await {
            Ok(Response::Ok(status)) => Ok(status),
            Ok(Response::Err { error }) => Err(DeleteStreamError::new(DeleteStreamErrorKind::JetStream(error))),
            Err(error) => Err(DeleteStreamError::with_source(DeleteStreamErrorKind::Request, error)),
        }
    }

    async fn read_stream(&self, name: &str) -> Result<Response<Info>, RequestError> {
        self.request(format!("STREAM.INFO.{name}"), &json!({})).await
    }

    async fn write_stream(&self, verb: &str, config: &Config) -> Result<Info, CreateStreamError> {
        check_to_create(&config.name)?;
        let config = with_sources_placed(config)?;
        let subject = format!("STREAM.{verb}.{}", config.name);
        match self.request(subject, &*config).await? {
            Response::Ok(info) => Ok(info),
            Response::Err { error } => Err(error.into()),
        }
    }
}

/// The code of an error about something that is not there.
const NOT_FOUND: usize = 404;

fn check_to_create(name: &str) -> Result<(), CreateStreamError> {
    match name {
        "" => Err(CreateStreamError::new(CreateStreamErrorKind::EmptyStreamName)),
        name if is_valid_name(name) => Ok(()),
        _ => Err(CreateStreamError::new(CreateStreamErrorKind::InvalidStreamName)),
    }
}

fn check_to_get(name: &str) -> Result<&str, GetStreamError> {
    match name {
        "" => Err(GetStreamError::new(GetStreamErrorKind::EmptyName)),
        name if is_valid_name(name) => Ok(name),
        _ => Err(GetStreamError::new(GetStreamErrorKind::InvalidStreamName)),
    }
}

/// Makes of the domains of mirror and sources what a server understands; strict ones refuse the domain itself.
fn with_sources_placed(config: &Config) -> Result<Cow<'_, Config>, CreateStreamError> {
    let is_in_domain = |source: &Source| source.domain.is_some();
    if !config.mirror.iter().any(is_in_domain) && !config.sources.iter().flatten().any(is_in_domain) {
        return Ok(Cow::Borrowed(config));
    }
    let mut config = config.clone();
    for source in config.mirror.iter_mut().chain(config.sources.iter_mut().flatten()) {
        let Some(domain) = source.domain.take() else { continue };
        if source.external.is_some() {
            return Err(CreateStreamError::new(CreateStreamErrorKind::DomainAndExternalSet));
        }
        source.external = Some(External {
            api_prefix: format!("$JS.{domain}.API"),
            delivery_prefix: None,
        });
    }
    Ok(Cow::Owned(config))
}
