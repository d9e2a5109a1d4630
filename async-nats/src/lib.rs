//! A NATS client.

pub mod client {
    //! Types of the client.

    mod error;
    mod request_options;
    mod statistics;

    pub use error::{
        ConnectError, ConnectErrorKind, DrainError, FlushError, FlushErrorKind, PublishError,
        PublishErrorKind, ReconnectError, RequestError, RequestErrorKind, ServerPoolError,
        ServerPoolErrorKind, SetServerPoolError, SetServerPoolErrorKind, SubscribeError,
        SubscribeErrorKind, UnsubscribeError,
    };
    pub use request_options::Request;
    pub use statistics::Statistics;
}
#[allow(dead_code)]
mod auth;
pub mod connection;
pub mod error;
mod event;
pub mod header;
#[allow(dead_code)]
mod io;
pub mod message;
mod server_addr;
pub mod status;
pub mod subject;

mod proto {
    pub(crate) mod handshake;
    #[allow(dead_code)]
    pub(crate) mod rng;
}

pub use auth::{Auth, AuthError};
pub use client::{
    ConnectError, ConnectErrorKind, PublishError, PublishErrorKind, Request, RequestError,
    RequestErrorKind, ServerPoolError, ServerPoolErrorKind, SetServerPoolError,
    SetServerPoolErrorKind, Statistics, SubscribeError, SubscribeErrorKind, UnsubscribeError,
};
pub use event::{CallbackError, ClientError, Event, ServerError};
pub use io::{ByteStream, DialFuture, Dialer};
pub use server_addr::{ServerAddr, ToServerAddrs};
pub use status::StatusCode;
pub use subject::{Subject, SubjectError, ToSubject};

/// Any error: what callbacks and examples return, and what the errors of this crate keep as their cause.
pub type Error = Box<dyn std::error::Error + Send + Sync + 'static>;
