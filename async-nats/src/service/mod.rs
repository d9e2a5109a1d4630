//! Services: programs that answer requests under a name, with a version, and tell about themselves when asked.
//!
//! [`ServiceExt::service_builder`] makes a [`Service`]; its [`endpoint`](Service::endpoint)s are streams of
//! [`Request`]s. Every instance answers `$SRV.PING`, `$SRV.INFO` and `$SRV.STATS`, alone, by its name and by its id.
//! [`Discovery`] is the other side: who is there, with what endpoints, and how they fare.
//!
//! ```no_run
//! # #[tokio::main]
//! # async fn main() -> Result<(), async_nats::Error> {
//! use async_nats::service::ServiceExt;
//! use futures_util::StreamExt;
//!
//! let client = async_nats::connect("localhost").await?;
//! let service = client.service_builder().start("greeter", "1.0.0").await?;
//! let mut greetings = service.endpoint("greet").await?;
//! while let Some(request) = greetings.next().await {
//!     request.respond(Ok("hello".into())).await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Source: [ADR-32](https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-32.md).

mod answers;
mod builder;
mod config;
mod discovery;
pub mod endpoint;
pub mod error;
mod group;
mod instance;
mod names;
mod registry;
mod request;
mod serve;
mod verbs;

pub use self::answers::{Info, PingResponse, Stats};
pub use self::builder::{ServiceBuilder, ServiceExt};
pub use self::config::{Config, StatsHandler};
pub use self::discovery::Discovery;
pub use self::endpoint::builder::EndpointBuilder;
pub use self::group::Group;
pub use self::instance::Service;
pub use self::request::{Request, NATS_SERVICE_ERROR, NATS_SERVICE_ERROR_CODE};
pub use self::verbs::Verb;
