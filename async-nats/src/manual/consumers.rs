//! Which consumer do I need?
//!
//! A stream keeps messages; a consumer is the server's account of how far a reader has come. Which one fits depends on
//! two questions: who is responsible for a message that was not handled, and how many read.
//!
//! | I want to | use | the server remembers |
//! | --- | --- | --- |
//! | share work among processes, each job done at least once | a durable [pull consumer](crate::jetstream::consumer::pull), [`messages`](crate::jetstream::consumer::Consumer::messages) or [`stream`](crate::jetstream::consumer::Consumer::stream) | which messages were acked, for each consumer |
//! | take a few messages now and then | a pull consumer, [`fetch`](crate::jetstream::consumer::Consumer::fetch) (what is there) or [`batch`](crate::jetstream::consumer::Consumer::batch) (wait for as many) | the same |
//! | read a stream from one end to the other, in order | an [ordered consumer](crate::jetstream::consumer::push::OrderedConfig) | nothing: the client makes another one where it was |
//! | have the server send as fast as it can to one process | a [push consumer](crate::jetstream::consumer::push), with flow control | which messages were acked |
//! | know the last value of each key | a [bucket](crate::jetstream::kv), [`watch_with_options`](crate::jetstream::kv::Store::watch_with_options) | nothing |
//! | read one message | [`direct_get`](crate::jetstream::stream::Stream::direct_get), without a consumer | nothing |
//!
//! When in doubt, a durable pull consumer: the reader says how much it takes, so nothing overruns it, and any number of
//! processes may share it.
//!
//! # Pull
//!
//! [`stream`](crate::jetstream::consumer::Consumer::stream) asks for a batch, and for more once half of it has come, so
//! that there is always something on its way. Two numbers matter: the batch (or the bytes), which is what a reader that
//! dies leaves to be delivered again, and `ack_wait` of the consumer, which is how long that takes. A worker that needs
//! long for a message says so with [`AckKind::Progress`](crate::jetstream::AckKind::Progress).
//!
//! ```no_run
//! # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
//! use async_nats::jetstream::consumer::{pull, PullConsumer};
//! use futures_util::StreamExt;
//!
//! let stream = jetstream.get_stream("jobs").await?;
//! let consumer: PullConsumer = stream
//!     .get_or_create_consumer(
//!         "workers",
//!         pull::Config {
//!             durable_name: Some("workers".to_owned()),
//!             ..Default::default()
//!         },
//!     )
//!     .await?;
//! let mut jobs = consumer.stream().max_messages_per_batch(20).messages().await?;
//! while let Some(job) = jobs.next().await {
//!     let job = job?;
//!     println!("{:?}", job.payload);
//!     job.ack().await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Ordered
//!
//! An ordered consumer hands over contiguous messages: one that is missing, a server that is gone, or a new connection
//! is answered by a new consumer behind the last message that was handed over. There is nothing to ack. It costs the
//! server little and the program nothing, and it is what buckets and object stores are read with.
//!
//! # What goes wrong, and what you see
//!
//! | what | a pull or push stream | an ordered one |
//! | --- | --- | --- |
//! | the connection breaks | waits, and asks again | goes on with a new consumer |
//! | the server or the stream's leader is gone | an error that names the missing heartbeat, and goes on | goes on with a new consumer |
//! | the consumer was deleted | an error, and the end | goes on with a new consumer |
//! | the stream was deleted | an error, and the end | an error, and the end |
//! | the reader asks for more than the consumer allows | an error, and the end | asks for less |
