//! What a [`Context`] does, as traits: for code that is generic over contexts, or that is tested without a server.
//!
//! Errors, cancellation and what a reconnect does are those of the context's own functions.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::Serialize;

use super::{Context, PublishAckFuture, PublishError, RequestError};
use crate::client;
use crate::jetstream::message::outbound::{OutboundMessage, PublishMessage};
use crate::message::Message;
use crate::subject::ToSubject;
use crate::Client;

/// Sends requests of the API and reads their answers.
pub trait Requester {
    /// Sends `payload` as JSON to a subject of the API, and reads the answer as JSON; see [`Context::request`].
    fn request<S, T, V>(&self, subject: S, payload: &T) -> impl Future<Output = Result<V, RequestError>>
    where
        S: ToSubject,
        T: ?Sized + Serialize,
        V: DeserializeOwned;
}

/// Sends requests of the API whose answers are read elsewhere.
pub trait RequestSender {
    /// Sends `request` to a subject of the API; see [`Context::send_request`].
    fn send_request<S: ToSubject>(
        &self,
        subject: S,
        request: client::Request,
    ) -> impl Future<Output = Result<(), client::PublishError>>;
}

/// Publishes messages that are to be stored.
pub trait Publisher {
    /// Publishes a message; see [`Context::publish`].
    fn publish<S>(&self, subject: S, payload: Bytes) -> impl Future<Output = Result<PublishAckFuture, PublishError>>
    where
        S: ToSubject;

    /// Publishes a message that is put together already; see [`Context::send_publish`].
    fn publish_message(&self, message: OutboundMessage)
        -> impl Future<Output = Result<PublishAckFuture, PublishError>>;
}

/// Has a client.
pub trait ClientProvider {
    /// The client; see [`Context::client`].
    fn client(&self) -> Client;
}

/// Knows how long things may take.
pub trait TimeoutProvider {
    /// How long a publish ack is waited for, and unless the client's requests have another time-out, a request of the
    /// API; see [`Context::set_timeout`].
    fn timeout(&self) -> Duration;
}

impl Requester for Context {
    fn request<S, T, V>(&self, subject: S, payload: &T) -> impl Future<Output = Result<V, RequestError>>
    where
        S: ToSubject,
        T: ?Sized + Serialize,
        V: DeserializeOwned,
    {
        Context::request(self, subject, payload)
    }
}

impl RequestSender for Context {
    fn send_request<S: ToSubject>(
        &self,
        subject: S,
        request: client::Request,
    ) -> impl Future<Output = Result<(), client::PublishError>> {
        Context::send_request(self, subject, request)
    }
}

impl Publisher for Context {
    fn publish<S>(&self, subject: S, payload: Bytes) -> impl Future<Output = Result<PublishAckFuture, PublishError>>
    where
        S: ToSubject,
    {
        Context::publish(self, subject, payload)
    }

    fn publish_message(
        &self,
        message: OutboundMessage,
    ) -> impl Future<Output = Result<PublishAckFuture, PublishError>> {
        let OutboundMessage {
            subject,
            payload,
            headers,
        } = message;
        self.send_publish(subject, PublishMessage::from_parts(payload, headers))
    }
}

impl ClientProvider for Context {
    fn client(&self) -> Client {
        Context::client(self)
    }
}

impl TimeoutProvider for Context {
    fn timeout(&self) -> Duration {
        self.timeout_or_default()
    }
}

impl client::traits::Requester for Context {
    fn send_request<S>(
        &self,
        subject: S,
        request: client::Request,
    ) -> impl Future<Output = Result<Message, client::RequestError>>
    where
        S: ToSubject,
    {
        self.client_ref().send_request(subject, request)
    }
}

impl client::traits::Publisher for Context {
    fn publish_with_reply<S, R>(
        &self,
        subject: S,
        reply: R,
        payload: Bytes,
    ) -> impl Future<Output = Result<(), client::PublishError>>
    where
        S: ToSubject,
        R: ToSubject,
    {
        self.client_ref().publish_with_reply(subject, reply, payload)
    }

    fn publish_message(
        &self,
        msg: crate::message::OutboundMessage,
    ) -> impl Future<Output = Result<(), client::PublishError>> {
        client::traits::Publisher::publish_message(self.client_ref(), msg)
    }
}
