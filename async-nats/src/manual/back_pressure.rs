//! What happens when a program publishes faster than the network, or the server, takes it.
//!
//! A publish appends to a buffer in memory, which one writer empties. The buffer has a limit. When it is full,
//! [`publish`](crate::Client::publish) waits, so that a program is slowed down to the pace of its connection and its
//! memory stays bounded.
//!
//! # The limits
//!
//! | state | what may wait to be written | then |
//! | --- | --- | --- |
//! | connected | 256 KiB | publishes wait |
//! | not connected | [`reconnect_buffer`](crate::ConnectOptions::reconnect_buffer), 8 MiB by default | publishes wait, or fail with [`WhenFull::Fail`](crate::WhenFull::Fail) |
//! | always | [`client_capacity`](crate::ConnectOptions::client_capacity) messages, when it is set | the same |
//!
//! Bytes count as they go on the wire. A single message larger than a limit is let in when nothing else is pending.
//!
//! Those who wait are served in the order in which they came, whatever the size of their messages. Once somebody waits,
//! room is given out again when half of it is free, so a saturated connection wakes its publishers seldom.
//!
//! # Cancellation
//!
//! A publish that waits has appended nothing. Dropping its future, by a time-out or a `select!`, publishes nothing and
//! gives the place in the queue to the next:
//!
//! ```no_run
//! use std::time::Duration;
//! use tokio::time::timeout;
//!
//! # async fn example(client: async_nats::Client) -> Result<(), async_nats::Error> {
//! match timeout(Duration::from_millis(50), client.publish("metrics", "42".into())).await {
//!     Ok(result) => result?,
//!     Err(_) => eprintln!("the connection is busy; this value is left out"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Failing rather than waiting
//!
//! With [`WhenFull::Fail`](crate::WhenFull::Fail) a publish without a connection fails when the buffer is full, with
//! [`PublishErrorKind::Send`](crate::PublishErrorKind::Send); so does one that was waiting for room when the connection
//! was lost. While there is a connection, publishes still wait. A program for which old values are worth nothing may
//! want a small buffer:
//!
//! ```
//! use async_nats::{ConnectOptions, WhenFull};
//!
//! let options = ConnectOptions::new().reconnect_buffer(64 * 1024, WhenFull::Fail);
//! ```
//!
//! # Requests and sinks
//!
//! A request waits for room like a publish, and its time-out runs meanwhile. As a
//! [`Sink`](https://docs.rs/futures-sink/latest/futures_sink/trait.Sink.html) a client waits in `poll_ready`; several
//! handles that are ready at once may pass the limit by a message each. Its `poll_flush` and `poll_close` wait as
//! [`flush`](crate::Client::flush) does, and leave the client open.
//!
//! # What does not wait
//!
//! Subscribing and unsubscribing add their lines whether there is room or not, and answers to the server's pings go
//! ahead of everything that is pending.
//!
//! # Knowing how far it is
//!
//! [`flush`](crate::Client::flush) ends when all that was published before is written. It need not be called for
//! messages to go out: the writer is woken by the first publish that finds it asleep. Call it where you want to know,
//! not after each message.
