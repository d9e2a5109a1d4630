//! The ways to a [`Service`].

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;

use super::config::{Config, StatsHandler};
use super::{endpoint, Service};
use crate::Client;

/// The group in which each request is answered by one instance, unless another is named.
const QUEUE_GROUP: &str = "q";

/// Makes services of a [`Client`].
pub trait ServiceExt {
    /// What [`add_service`](ServiceExt::add_service) returns.
    type Output: Future<Output = Result<Service, crate::Error>>;

    /// Starts an instance of the service that `config` describes.
    ///
    /// # Errors
    ///
    /// An [`std::io::Error`] of kind `InvalidInput` for a name or a version that is not allowed; a
    /// [`SubscribeError`](crate::SubscribeError) when the client is closed.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// use async_nats::service::{Config, ServiceExt};
    ///
    /// let service = client
    ///     .add_service(Config {
    ///         name: "orders".to_owned(),
    ///         version: "1.0.0".to_owned(),
    ///         description: Some("takes orders".to_owned()),
    ///         stats_handler: None,
    ///         metadata: None,
    ///         queue_group: None,
    ///     })
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    fn add_service(&self, config: Config) -> Self::Output;

    /// A builder that starts an instance of a service.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// use async_nats::service::ServiceExt;
    ///
    /// let service = client
    ///     .service_builder()
    ///     .description("takes orders")
    ///     .start("orders", "1.0.0")
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    fn service_builder(&self) -> ServiceBuilder;
}

impl ServiceExt for Client {
    type Output = Pin<Box<dyn Future<Output = Result<Service, crate::Error>> + Send>>;

    fn add_service(&self, config: Config) -> Self::Output {
        let client = self.clone();
        let group = config.queue_group.clone().unwrap_or_else(|| QUEUE_GROUP.to_owned());
        Box::pin(Service::start(client, config, Some(group)))
    }

    fn service_builder(&self) -> ServiceBuilder {
        ServiceBuilder {
            client: self.clone(),
            description: None,
            stats_handler: None,
            metadata: None,
            queue_group: Some(QUEUE_GROUP.to_owned()),
        }
    }
}

/// Starts an instance of a service; see [`ServiceExt::service_builder`].
#[derive(Debug)]
pub struct ServiceBuilder {
    client: Client,
    description: Option<String>,
    stats_handler: Option<StatsHandler>,
    metadata: Option<HashMap<String, String>>,
    queue_group: Option<String>,
}

impl ServiceBuilder {
    /// Says what the service is for.
    pub fn description<S: ToString>(mut self, description: S) -> Self {
        self.description = Some(description.to_string());
        self
    }

    /// Adds data to the stats of an endpoint: `handler` gets its name and its stats each time somebody asks for them.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
    /// use async_nats::service::ServiceExt;
    ///
    /// let service = client
    ///     .service_builder()
    ///     .stats_handler(|endpoint, stats| serde_json::json!({ "endpoint": endpoint, "busy": stats.requests > 1000 }))
    ///     .start("orders", "1.0.0")
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn stats_handler<F>(mut self, handler: F) -> Self
    where
        F: FnMut(String, endpoint::Stats) -> serde_json::Value + Send + Sync + 'static,
    {
        self.stats_handler = Some(StatsHandler(Box::new(handler)));
        self
    }

    /// Adds what else is to be known about the service.
    pub fn metadata(mut self, metadata: HashMap<String, String>) -> Self {
        self.metadata = Some(metadata);
        self
    }

    /// Lets each request be answered by one instance of this group, instead of `q`.
    pub fn queue_group<S: ToString>(mut self, queue_group: S) -> Self {
        self.queue_group = Some(queue_group.to_string());
        self
    }

    /// Lets every instance answer each request: no queue group, unless an endpoint or a group names one.
    pub fn without_queue_group(mut self) -> Self {
        self.queue_group = None;
        self
    }

    /// Starts the instance.
    ///
    /// # Errors
    ///
    /// Those of [`ServiceExt::add_service`].
    pub async fn start<N: ToString, V: ToString>(self, name: N, version: V) -> Result<Service, crate::Error> {
        let config = Config {
            name: name.to_string(),
            version: version.to_string(),
            description: self.description,
            stats_handler: self.stats_handler,
            metadata: self.metadata,
            queue_group: None,
        };
        Service::start(self.client, config, self.queue_group).await
    }
}
