//! What is lost when.
//!
//! A table to look things up in. "Lost" means: nobody has it, and nobody is told. Where somebody is told, it says by
//! what.
//!
//! | what happens | core messages | with JetStream |
//! | --- | --- | --- |
//! | nobody is subscribed | lost | kept by the stream |
//! | the subscriber's program dies | those that it had not read are lost | delivered again after `ack_wait`, if they are acked explicitly |
//! | the publisher's program dies | what was not written is lost | the same; what was acked is kept |
//! | the connection breaks under a publisher | what was not written goes out on the next one; what was written may be gone: the next [`flush_with_timeout`](crate::Client::flush_with_timeout) fails | the [ack](crate::jetstream::context::PublishAckFuture) fails with a time-out; publish again with the same [message id](crate::jetstream::message::PublishMessage::message_id), and the stream keeps one |
//! | the connection breaks under a subscriber | what is published meanwhile is lost to it | the consumer delivers it afterwards |
//! | a reader does not keep up | the newest are dropped; [`Event::SlowConsumer`](crate::Event::SlowConsumer) tells | they wait in the stream |
//! | an ack is lost on its way | | the message is delivered again; [`double_ack`](crate::jetstream::Message::double_ack) knows |
//! | a server dies | what it had not passed on is lost | a stream with 3 replicas goes on; with 1, when the server is back |
//! | the disk of a server is gone | | what its stream had with 1 replica is lost |
//! | the stream is at a limit | | by its `discard`: the oldest go, or the publisher gets an error |
//! | a bucket's value is overwritten by two | | the later one wins; with [`update`](crate::jetstream::kv::Store::update) the second one gets an error |
//! | a put of an object breaks off | | nothing is left of it, and the object before it stays |
//! | an object was damaged | | the reader ends with an error, never with the wrong content |
//!
//! # Exactly once
//!
//! No network gives it, and two ends that work together come close: the publisher gives each message an id of its own
//! and publishes it again until it is acked; the stream keeps one of each id within its `duplicate_window`; the reader
//! acks with [`double_ack`](crate::jetstream::Message::double_ack), and what it does is done once its ack is confirmed.
//! What a reader did before its ack was lost is done again; so let it be something that can be.
//!
//! ```no_run
//! # async fn example(jetstream: async_nats::jetstream::Context) -> Result<(), async_nats::Error> {
//! use async_nats::jetstream::message::PublishMessage;
//!
//! let order = PublishMessage::build().message_id("order-4711").payload("one book".into());
//! loop {
//!     let ack = jetstream.send_publish("orders", order.clone()).await?;
//!     match ack.await {
//!         Ok(ack) => break println!("kept as {}, a duplicate: {}", ack.sequence, ack.duplicate),
//!         Err(error) => eprintln!("not known to be kept, once more: {error}"),
//!     }
//! }
//! # Ok(())
//! # }
//! ```
