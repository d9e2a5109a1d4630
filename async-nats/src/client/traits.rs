//! What a client does, as traits: for code that is generic over clients, or that is tested without one.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;

use super::{Client, PublishError, Request, RequestError, SubscribeError};
use crate::message::{Message, OutboundMessage};
use crate::subject::ToSubject;

/// Publishes messages. Errors, cancellation and what a reconnect does are those of the client's own functions; so with the
/// other traits.
pub trait Publisher {
    /// Publishes a message and asks for answers on `reply`; see [`Client::publish_with_reply`].
    fn publish_with_reply<S, R>(
        &self,
        subject: S,
        reply: R,
        payload: Bytes,
    ) -> impl Future<Output = Result<(), PublishError>>
    where
        S: ToSubject,
        R: ToSubject;

    /// Publishes a message that is put together already; see [`Client::publish`].
    fn publish_message(&self, msg: OutboundMessage) -> impl Future<Output = Result<(), PublishError>>;
}

/// Subscribes to subjects.
pub trait Subscriber {
    /// Subscribes to a subject; see [`Client::subscribe`].
    fn subscribe<S>(&self, subject: S) -> impl Future<Output = Result<crate::Subscriber, SubscribeError>>
    where
        S: ToSubject;
}

/// Sends requests.
pub trait Requester {
    /// Sends a request and waits for its answer; see [`Client::send_request`].
    fn send_request<S>(&self, subject: S, request: Request) -> impl Future<Output = Result<Message, RequestError>>
    where
        S: ToSubject;
}

/// Knows how long a request may take.
pub trait TimeoutProvider {
    /// The time-out of requests that set none; see [`Client::timeout`].
    fn timeout(&self) -> Option<Duration>;
}

impl Publisher for Client {
    fn publish_with_reply<S, R>(
        &self,
        subject: S,
        reply: R,
        payload: Bytes,
    ) -> impl Future<Output = Result<(), PublishError>>
    where
        S: ToSubject,
        R: ToSubject,
    {
        Client::publish_with_reply(self, subject, reply, payload)
    }

    async fn publish_message(&self, msg: OutboundMessage) -> Result<(), PublishError> {
        self.publish_outgoing(&msg).await
    }
}

impl Subscriber for Client {
    fn subscribe<S>(&self, subject: S) -> impl Future<Output = Result<crate::Subscriber, SubscribeError>>
    where
        S: ToSubject,
    {
        Client::subscribe(self, subject)
    }
}

impl Requester for Client {
    fn send_request<S>(&self, subject: S, request: Request) -> impl Future<Output = Result<Message, RequestError>>
    where
        S: ToSubject,
    {
        Client::send_request(self, subject, request)
    }
}

impl TimeoutProvider for Client {
    fn timeout(&self) -> Option<Duration> {
        Client::timeout(self)
    }
}
