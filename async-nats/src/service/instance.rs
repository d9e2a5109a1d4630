//! [`Service`]: one running instance of a service.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::task::JoinHandle;

use super::answers::{self, Info};
use super::config::Config;
use super::endpoint::builder::EndpointBuilder;
use super::endpoint::{self, Endpoint};
use super::group::Group;
use super::registry::Registry;
use super::{names, verbs};
use crate::sync::Mutex;
use crate::{datetime, Client};

/// One running instance of a service; see [`ServiceExt`](super::ServiceExt).
///
/// It answers what is asked about it in a task of its own, until it is [stopped](Service::stop) or the client is
/// closed; dropping the handle does not end it. Across a reconnect it goes on as all subscriptions do.
#[derive(Debug)]
pub struct Service {
    client: Client,
    info: Info,
    registry: Arc<Mutex<Registry>>,
    /// All endpoints are made by it.
    root: Group,
    /// The subscriptions for what is asked about the service.
    verbs: Vec<u64>,
    answering: JoinHandle<()>,
}

impl Service {
    pub(super) async fn start(
        client: Client,
        config: Config,
        queue_group: Option<String>,
    ) -> Result<Service, crate::Error> {
        names::check_version(&config.version)?;
        names::check_name(&config.name)?;
        let info = Info {
            kind: answers::INFO.to_owned(),
            name: config.name,
            id: client.unique_name(),
            description: config.description.unwrap_or_default(),
            version: config.version,
            metadata: config.metadata.unwrap_or_default(),
            endpoints: Vec::new(),
        };
        let registry = Arc::new(Mutex::new(Registry::default()));
        let subscriptions = verbs::subscribe(&client, &info).await?;
        let verbs = subscriptions.iter().map(|(_, subscriber)| subscriber.sid()).collect();
        let speaker = verbs::Speaker {
            client: client.clone(),
            info: info.clone(),
            started: datetime::now(),
            registry: registry.clone(),
            stats_handler: config.stats_handler,
        };
        Ok(Service {
            root: Group::of_service(client.clone(), registry.clone(), queue_group),
            answering: tokio::spawn(speaker.answer(subscriptions)),
            client,
            info,
            registry,
            verbs,
        })
    }

    /// Adds an endpoint that answers `subject`.
    ///
    /// # Errors
    ///
    /// When the subject is not one that can be subscribed to, or when the client is closed.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(service: async_nats::service::Service) -> Result<(), async_nats::Error> {
    /// let products = service.endpoint("products").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn endpoint<S: ToString>(&self, subject: S) -> Result<Endpoint, crate::Error> {
        self.root.endpoint(subject).await
    }

    /// A builder for an endpoint with a name, metadata or queue group of its own.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(service: async_nats::service::Service) -> Result<(), async_nats::Error> {
    /// let products = service.endpoint_builder().name("api").add("products").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn endpoint_builder(&self) -> EndpointBuilder {
        self.root.endpoint_builder()
    }

    /// A group of endpoints whose subjects begin with `prefix`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(service: async_nats::service::Service) -> Result<(), async_nats::Error> {
    /// let products = service.group("v1").endpoint("products").await?; // v1.products
    /// # Ok(())
    /// # }
    /// ```
    pub fn group<S: ToString>(&self, prefix: S) -> Group {
        self.root.group(prefix)
    }

    /// A group of endpoints whose subjects begin with `prefix`, with a queue group of its own.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(service: async_nats::service::Service) -> Result<(), async_nats::Error> {
    /// let products = service.group_with_queue_group("v1", "readers").endpoint("products").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn group_with_queue_group<S: ToString, Z: ToString>(&self, prefix: S, queue_group: Z) -> Group {
        self.root.group_with_queue_group(prefix, queue_group)
    }

    /// What this instance is and what it offers, as it answers `$SRV.INFO`.
    pub async fn info(&self) -> Info {
        Info {
            endpoints: self.registry.lock().infos(),
            ..self.info.clone()
        }
    }

    /// What the endpoints have counted, by their names; an endpoint that was given no name is found by its subject.
    pub async fn stats(&self) -> HashMap<String, endpoint::Stats> {
        self.registry.lock().stats()
    }

    /// Counts from zero again.
    pub async fn reset(&mut self) {
        self.registry.lock().reset();
    }

    /// Ends this instance: nothing new is asked of it, and its endpoints' streams end once the requests that had been
    /// sent to it were handed out. Other instances of the service go on.
    ///
    /// # Errors
    ///
    /// None at present.
    ///
    /// # Cancellation
    ///
    /// The instance ends even when the future is dropped after its first poll.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(service: async_nats::service::Service) -> Result<(), async_nats::Error> {
    /// service.stop().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn stop(self) -> Result<(), crate::Error> {
        for sid in self.verbs {
            self.client.unsubscribe_sid(sid);
        }
        let endpoints = self.registry.lock().stop();
        for sid in endpoints {
            self.client.drain_sid(sid);
        }
        // A task that panicked, in the program's stats handler, answers nothing either.
        let _ = self.answering.await;
        Ok(())
    }
}
