//! How to test a program that uses this client.
//!
//! # With a real server
//!
//! The crate `nats-server`, in the repository of this one, starts servers for tests: on free ports, each with a folder
//! of its own, gone when they are dropped.
//!
//! ```no_run
//! # #[tokio::main]
//! # async fn main() -> Result<(), async_nats::Error> {
//! let mut server = nats_server::run_basic_server();
//! let client = async_nats::connect(server.client_url()).await?;
//! // ...
//! server.restart();
//! # Ok(())
//! # }
//! ```
//!
//! It also starts clusters, makes certificates and keys, puts a network in front of a server that delays and cuts
//! (`nats_server::proxy`), and plays a server by a script (`nats_server::script`).
//!
//! # Without a server, on virtual time
//!
//! A [`Dialer`](crate::Dialer) may hand out a stream in memory, and all time in the client is that of the runtime. With
//! tokio's clock paused, a test of a time-out of an hour takes no time:
//!
//! ```
//! use std::sync::Mutex;
//! use std::time::Duration;
//!
//! use async_nats::{ConnectOptions, RequestErrorKind, ServerAddr};
//! use nats_server::script::Script;
//!
//! #[tokio::main(flavor = "current_thread", start_paused = true)]
//! async fn main() -> Result<(), async_nats::Error> {
//!     let (stream, mut peer) = Script::pair();
//!     let stream = Mutex::new(Some(stream));
//!     let options = ConnectOptions::new().dialer(move |_: ServerAddr| {
//!         let stream = stream.lock().expect("nobody panics with it").take();
//!         async move { stream.ok_or(std::io::ErrorKind::ConnectionRefused.into()) }
//!     });
//!
//!     // The server's part of the handshake, beside the client's.
//!     let (client, _) = tokio::join!(options.connect("in.memory"), peer.handshake());
//!     let client = client?;
//!
//!     let request = async_nats::Request::new()
//!         .payload("anybody there?".into())
//!         .timeout(Some(Duration::from_secs(60 * 60)));
//!     peer.answer_pings(true);
//!     let (answer, _) = tokio::join!(client.send_request("service", request), async {
//!         // The peer hears the question, and keeps the connection alive without answering it.
//!         peer.expect_sub().await;
//!         peer.expect_pub().await;
//!         peer.expect_nothing_for(Duration::from_secs(60 * 60)).await;
//!     });
//!     assert_eq!(answer.expect_err("nobody answered").kind(), RequestErrorKind::TimedOut);
//!     Ok(())
//! }
//! ```
//!
//! The stream's other end can be anything that speaks the protocol; the script is one way.
//!
//! # Without a client
//!
//! Code that is generic over the traits in [`client::traits`](crate::client::traits) can be tested with a stand-in:
//!
//! ```
//! use std::sync::Mutex;
//!
//! use async_nats::client::traits::Publisher;
//! use async_nats::client::PublishError;
//! use async_nats::message::OutboundMessage;
//! use async_nats::ToSubject;
//! use bytes::Bytes;
//!
//! async fn report(publisher: &impl Publisher, value: u32) -> Result<(), PublishError> {
//!     let message = OutboundMessage {
//!         subject: "report".into(),
//!         reply: None,
//!         payload: value.to_string().into(),
//!         headers: None,
//!     };
//!     publisher.publish_message(message).await
//! }
//!
//! #[derive(Default)]
//! struct Recorder(Mutex<Vec<OutboundMessage>>);
//!
//! impl Publisher for Recorder {
//!     async fn publish_with_reply<S, R>(&self, subject: S, reply: R, payload: Bytes) -> Result<(), PublishError>
//!     where
//!         S: ToSubject,
//!         R: ToSubject,
//!     {
//!         let (subject, reply) = (subject.to_subject(), Some(reply.to_subject()));
//!         self.publish_message(OutboundMessage { subject, reply, payload, headers: None }).await
//!     }
//!
//!     async fn publish_message(&self, message: OutboundMessage) -> Result<(), PublishError> {
//!         self.0.lock().expect("nobody panics with it").push(message);
//!         Ok(())
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), async_nats::Error> {
//! let recorder = Recorder::default();
//! report(&recorder, 42).await?;
//! assert_eq!(recorder.0.lock().expect("nobody panics with it")[0].payload, "42");
//! # Ok(())
//! # }
//! ```
//!
//! # What to wait for
//!
//! Tests that sleep are slow on a quick machine and fail on a slow one. Wait for what you mean instead:
//!
//! | you want to know that | wait for |
//! | --- | --- |
//! | the server knows a subscription, or has handled a publish | [`flush_with_timeout`](crate::Client::flush_with_timeout) |
//! | there is, or is no, connection | [`watch_connection_state`](crate::Client::watch_connection_state) |
//! | the client has ended | [`closed`](crate::Client::closed) |
//! | a reader has fallen behind | the event, or [`Subscriber::dropped`](crate::Subscriber::dropped) |
