//! [`Endpoint`]: the requests of one endpoint, as a stream.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{ready, Context, Poll};

use futures_core::Stream;

use crate::client::subscriber::Subscriber;
use crate::service::registry::{Entry, Registry};
use crate::service::request::Request;
use crate::sync::Mutex;
use crate::Client;

/// The requests that come to one endpoint of a service; see [`Service::endpoint`](crate::service::Service::endpoint).
///
/// The stream ends when the endpoint or its service is stopped, once what had come was handed out. Dropping it ends the
/// subscription; what it has counted stays with the service.
///
/// Requests that wait are bounded as messages of any subscription are; see
/// [`ConnectOptions::subscription_capacity`](crate::ConnectOptions::subscription_capacity).
///
/// # Examples
///
/// ```no_run
/// # async fn example(service: async_nats::service::Service) -> Result<(), async_nats::Error> {
/// use futures_util::StreamExt;
///
/// let mut prices = service.endpoint("prices").await?;
/// while let Some(request) = prices.next().await {
///     request.respond(Ok("12.50".into())).await?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Endpoint {
    requests: Subscriber,
    entry: Arc<Entry>,
    registry: Arc<Mutex<Registry>>,
    client: Client,
}

impl Endpoint {
    pub(super) fn new(requests: Subscriber, entry: Arc<Entry>, registry: Arc<Mutex<Registry>>, client: Client) -> Self {
        Endpoint {
            requests,
            entry,
            registry,
            client,
        }
    }

    /// Ends the subscription of this endpoint; the others of the service go on. What has come is still handed out.
    ///
    /// # Errors
    ///
    /// When the client is closed.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(mut endpoint: async_nats::service::endpoint::Endpoint) -> Result<(), async_nats::Error> {
    /// endpoint.stop().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn stop(&mut self) -> Result<(), io::Error> {
        self.requests
            .unsubscribe()
            .await
            .map_err(|error| io::Error::other(format!("the endpoint was not stopped: {error}")))
    }
}

impl Stream for Endpoint {
    type Item = Request;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let message = ready!(Pin::new(&mut self.requests).poll_next(cx));
        Poll::Ready(message.map(|message| Request::new(message, self.entry.clone(), self.client.clone())))
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.registry.lock().forget(self.requests.sid());
    }
}
