//! A client for [NATS](https://nats.io): publish and subscribe, requests and replies, with nothing lost in silence.
//!
//! ```no_run
//! # #[tokio::main]
//! # async fn main() -> Result<(), async_nats::Error> {
//! use futures_util::StreamExt;
//!
//! let client = async_nats::connect("localhost").await?;
//!
//! let mut greetings = client.subscribe("greetings.*").await?;
//! client.publish("greetings.world", "hello".into()).await?;
//! if let Some(message) = greetings.next().await {
//!     println!("{}: {:?}", message.subject, message.payload);
//! }
//!
//! client.drain().await?;
//! # Ok(())
//! # }
//! ```
//!
//! [`connect`] makes a [`Client`], which is cheap to clone and reconnects by itself. [`ConnectOptions`] has everything
//! that can be chosen about it. [`Client::subscribe`] returns a [`Subscriber`], a stream of [`Message`]s.
//!
//! What holds when connections break, readers are slow or programs end is in the handbook: [`manual`].

mod auth;
#[allow(dead_code, reason = "each feature uses another part of it")]
mod base64;
mod callbacks;
pub mod client;
mod connect;
pub mod connection;
#[cfg(any(feature = "jetstream", feature = "service"))]
pub mod datetime;
pub mod error;
mod event;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
pub mod header;
mod io;
#[cfg(feature = "jetstream")]
pub mod jetstream;
pub mod manual;
pub mod message;
#[cfg(any(feature = "jetstream", feature = "service"))]
mod nanos;
mod options;
mod proto;
mod server_addr;
#[cfg(feature = "service")]
pub mod service;
mod statistics;
pub mod status;
pub mod subject;
mod sync;

pub use rustls;

pub use auth::{Auth, AuthError};
pub use callbacks::ReconnectToServer;
pub use client::error::{ConnectError, ConnectErrorKind, UnsubscribeError};
pub use client::subscriber::Subscriber;
pub use client::{
    Client, PublishError, PublishErrorKind, Request, RequestError, RequestErrorKind, ServerPoolError,
    ServerPoolErrorKind, SetServerPoolError, SetServerPoolErrorKind, Statistics, SubscribeError, SubscribeErrorKind,
};
pub use connect::{connect, connect_with_options};
pub use event::{CallbackError, ClientError, Event, ServerError};
pub use header::{HeaderMap, HeaderName, HeaderValue};
pub use io::{ByteStream, DialFuture, Dialer};
pub use message::Message;
pub use options::{ConnectOptions, WhenFull};
pub use proto::handshake::{ConnectInfo, Protocol, ServerInfo};
pub use proto::server_pool::Server;
pub use server_addr::{ServerAddr, ToServerAddrs};
pub use status::StatusCode;
pub use subject::{Subject, SubjectError, ToSubject};

/// Any error: what callbacks and examples return, and what the errors of this crate keep as their cause.
pub type Error = Box<dyn std::error::Error + Send + Sync + 'static>;

/// A message to be published, by its old name.
#[deprecated(since = "0.44.0", note = "use `async_nats::message::OutboundMessage` instead")]
pub type PublishMessage = message::OutboundMessage;
