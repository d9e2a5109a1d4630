//! [`EndpointBuilder`]: an endpoint with a name, metadata or queue group of its own.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Endpoint, Info};
use crate::service::registry::Registry;
use crate::sync::Mutex;
use crate::Client;

/// Makes an [`Endpoint`] that differs from the default; see
/// [`Service::endpoint_builder`](crate::service::Service::endpoint_builder).
///
/// # Examples
///
/// ```no_run
/// # async fn example(service: async_nats::service::Service) -> Result<(), async_nats::Error> {
/// let products = service.endpoint_builder().name("products").add("shop.products").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct EndpointBuilder {
    client: Client,
    registry: Arc<Mutex<Registry>>,
    prefix: Option<String>,
    name: Option<String>,
    metadata: HashMap<String, String>,
    queue_group: Option<String>,
}

impl EndpointBuilder {
    pub(in crate::service) fn new(
        client: Client,
        registry: Arc<Mutex<Registry>>,
        prefix: Option<String>,
        queue_group: Option<String>,
    ) -> Self {
        EndpointBuilder {
            client,
            registry,
            prefix,
            name: None,
            metadata: HashMap::new(),
            queue_group,
        }
    }

    /// Names the endpoint; without a name, it has that of its subject.
    pub fn name<S: ToString>(mut self, name: S) -> EndpointBuilder {
        self.name = Some(name.to_string());
        self
    }

    /// Adds what else is to be known about the endpoint.
    pub fn metadata(mut self, metadata: HashMap<String, String>) -> EndpointBuilder {
        self.metadata = metadata;
        self
    }

    /// Lets each request be answered by one endpoint of this group, instead of the group of the service.
    pub fn queue_group<S: ToString>(mut self, queue_group: S) -> EndpointBuilder {
        self.queue_group = Some(queue_group.to_string());
        self
    }

    /// Lets every instance answer each request: no queue group.
    pub fn without_queue_group(mut self) -> EndpointBuilder {
        self.queue_group = None;
        self
    }

    /// Adds the endpoint to the service, on `subject` behind the prefix of its group.
    ///
    /// # Errors
    ///
    /// When `subject` or the queue group is not one that can be subscribed to, when the service was stopped, or when the
    /// client is closed.
    ///
    /// # Cancellation
    ///
    /// Does not wait: a future that is dropped was never polled, and did nothing.
    pub async fn add<S: ToString>(self, subject: S) -> Result<Endpoint, crate::Error> {
        let subject = match self.prefix {
            Some(prefix) => format!("{prefix}.{}", subject.to_string()),
            None => subject.to_string(),
        };
        let requests = match &self.queue_group {
            Some(group) => self.client.queue_subscribe(subject.clone(), group.clone()).await?,
            None => self.client.subscribe(subject.clone()).await?,
        };
        let key = self.name.clone().unwrap_or_else(|| subject.clone());
        let info = Info {
            name: self.name.unwrap_or_else(|| subject.replace('.', "-")),
            subject,
            queue_group: self.queue_group.unwrap_or_default(),
            metadata: self.metadata,
        };
        let (entry, stopped) = self.registry.lock().add(key, info, requests.sid());
        if stopped {
            return Err("the service was stopped: an endpoint cannot be added".into());
        }
        Ok(Endpoint::new(requests, entry, self.registry, self.client))
    }
}
