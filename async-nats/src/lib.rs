//! A NATS client.

// What the rest of the crate uses has no user yet.
#![allow(dead_code, unused_imports)]

pub mod client {
    //! Types of the client.

    pub(crate) mod error;
    mod request_options;
    mod statistics;

    pub use error::{
        DrainError, FlushError, FlushErrorKind, PublishError, PublishErrorKind, ReconnectError,
        RequestError, RequestErrorKind, ServerPoolError, ServerPoolErrorKind, SetServerPoolError,
        SetServerPoolErrorKind, SubscribeError, SubscribeErrorKind,
    };
    pub use request_options::Request;
    pub use statistics::Statistics;
}
pub mod connection;
pub mod error;
mod event;
pub mod header;
pub mod message;
mod server_addr;
pub mod status;
pub mod subject;

mod proto {
    pub(crate) mod handshake;
}

pub use client::error::{ConnectError, ConnectErrorKind, UnsubscribeError};
pub use client::{
    PublishError, PublishErrorKind, Request, RequestError, RequestErrorKind, ServerPoolError,
    ServerPoolErrorKind, SetServerPoolError, SetServerPoolErrorKind, Statistics, SubscribeError,
    SubscribeErrorKind,
};
pub use event::{CallbackError, ClientError, Event, ServerError};
pub use header::{HeaderMap, HeaderName, HeaderValue};
pub use message::Message;
pub use proto::handshake::{ConnectInfo, Protocol, ServerInfo};
pub use server_addr::{ServerAddr, ToServerAddrs};
pub use status::StatusCode;
pub use subject::{Subject, SubjectError, ToSubject};

/// Any error: what callbacks and examples return, and what the errors of this crate keep as their cause.
pub type Error = Box<dyn std::error::Error + Send + Sync + 'static>;

/// The former name of [`message::OutboundMessage`].
#[deprecated(note = "renamed to `async_nats::message::OutboundMessage`")]
pub type PublishMessage = message::OutboundMessage;
