//! [`Group`]: endpoints below one prefix.

use std::sync::Arc;

use super::endpoint::builder::EndpointBuilder;
use super::endpoint::Endpoint;
use super::registry::Registry;
use crate::sync::Mutex;
use crate::Client;

/// Endpoints whose subjects begin alike; see [`Service::group`](super::Service::group).
///
/// # Examples
///
/// ```no_run
/// # async fn example(service: async_nats::service::Service) -> Result<(), async_nats::Error> {
/// let v1 = service.group("v1");
/// let products = v1.endpoint("products").await?; // v1.products
/// let admin = v1.group("admin").endpoint("reload").await?; // v1.admin.reload
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Group {
    client: Client,
    registry: Arc<Mutex<Registry>>,
    /// Nothing for the service itself.
    prefix: Option<String>,
    queue_group: Option<String>,
}

impl Group {
    /// The group of a whole service, without a prefix.
    pub(super) fn of_service(client: Client, registry: Arc<Mutex<Registry>>, queue_group: Option<String>) -> Self {
        Group {
            client,
            registry,
            prefix: None,
            queue_group,
        }
    }

    /// A group below this one, with its queue group.
    pub fn group<S: ToString>(&self, prefix: S) -> Group {
        let prefix = match &self.prefix {
            Some(above) => format!("{above}.{}", prefix.to_string()),
            None => prefix.to_string(),
        };
        Group {
            prefix: Some(prefix),
            ..self.clone()
        }
    }

    /// A group below this one, with a queue group of its own.
    pub fn group_with_queue_group<S: ToString, Z: ToString>(&self, prefix: S, queue_group: Z) -> Group {
        Group {
            queue_group: Some(queue_group.to_string()),
            ..self.group(prefix)
        }
    }

    /// A group below this one in which every instance answers each request: no queue group.
    pub fn group_without_queue_group<S: ToString>(&self, prefix: S) -> Group {
        Group {
            queue_group: None,
            ..self.group(prefix)
        }
    }

    /// Adds an endpoint on `subject`, behind the prefix of this group.
    ///
    /// # Errors
    ///
    /// When the subject is not one that can be subscribed to, when the service was stopped, or when the client is closed.
    pub async fn endpoint<S: ToString>(&self, subject: S) -> Result<Endpoint, crate::Error> {
        self.endpoint_builder().add(subject).await
    }

    /// A builder for an endpoint of this group.
    pub fn endpoint_builder(&self) -> EndpointBuilder {
        EndpointBuilder::new(
            self.client.clone(),
            self.registry.clone(),
            self.prefix.clone(),
            self.queue_group.clone(),
        )
    }
}
