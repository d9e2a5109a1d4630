//! What happens when messages come faster than they are read.
//!
//! The client reads from the server as fast as it can, because everything comes over one connection: a reader that
//! could stop it would stop all others, the answers to requests, and the signs of life. So each subscription has a
//! queue, and the queue has limits.
//!
//! # The limits
//!
//! | limit | default | for all subscriptions | for one |
//! | --- | --- | --- | --- |
//! | messages | 65 536 | [`subscription_capacity`](crate::ConnectOptions::subscription_capacity) | [`max_pending_messages`](crate::client::SubscribeOptions::max_pending_messages) |
//! | bytes | 256 MiB | [`subscription_byte_capacity`](crate::ConnectOptions::subscription_byte_capacity) | [`max_pending_bytes`](crate::client::SubscribeOptions::max_pending_bytes) |
//!
//! Bytes are those of subjects, headers and payloads. A single message larger than the limit is kept when the queue has
//! no other bytes in it.
//!
//! # What is dropped
//!
//! When a queue is at one of its limits, the newest messages for it are dropped. Those that are queued stay, in order.
//! Other subscriptions do not notice.
//!
//! # How it is told
//!
//! [`Event::SlowConsumer`](crate::Event::SlowConsumer) is emitted when an episode begins, and again each time that the
//! number of messages which were dropped in it has doubled: a flood of a million dropped messages is told of some
//! twenty times. The episode ends when something arrives and the queue is half empty.
//! [`Subscriber::dropped`](crate::Subscriber::dropped) has the exact number, over all episodes;
//! [`pending_messages`](crate::Subscriber::pending_messages) and [`pending_bytes`](crate::Subscriber::pending_bytes)
//! say how much waits.
//!
//! ```no_run
//! use async_nats::client::SubscribeOptions;
//! use futures_util::StreamExt;
//!
//! # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
//! let options = SubscribeOptions::new().max_pending_messages(1000);
//! let mut prices = client.subscribe_with_options("prices.>", options).await?;
//! let mut dropped = 0;
//! while let Some(price) = prices.next().await {
//!     println!("{}", price.subject);
//!     let now = prices.dropped();
//!     if now > dropped {
//!         eprintln!("{} prices were missed", now - dropped);
//!         dropped = now;
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The number in the event is the subscription's id on the wire, which the `Debug` of a `Subscriber` shows.
//!
//! # What to do about it
//!
//! * Read in one task and work in others. A reader that awaits something slow for each message is the usual cause.
//! * Share the work: members of a [queue group](crate::Client::queue_subscribe) get a part of the messages each.
//! * Allow more, where bursts are short and memory is there.
//! * Allow less, where only new values are worth something: with small limits old ones do not pile up in front of them.
//!   Note that it is the newest that are dropped.
//! * Use a stream of the server's where nothing may be missed: at-most-once delivery is what subscriptions are.
//!
//! # The other slow consumer
//!
//! A server too keeps a queue for each client. When a whole client does not read fast enough, the server drops the
//! connection, and the client reconnects. A client of this crate reads at all times, so that means a machine or a
//! network that is too slow.
