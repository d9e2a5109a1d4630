//! What can be relied on, and what not.
//!
//! NATS itself delivers at most once: a message that is published while nobody is subscribed, or that is on its way
//! when a connection breaks, may be gone. What follows says where the client draws its lines.
//!
//! # Publishing
//!
//! * **`Ok` from [`publish`](crate::Client::publish) means: the message is on its way.** It waits in memory, is written
//!   as soon as the connection takes it, and is kept for the next connection when there is none. An error means that
//!   nothing of the message was or will be sent.
//! * **`Ok` from [`flush`](crate::Client::flush) means: it was written.** All that was published before was handed to a
//!   socket. A flush waits for a connection when there is none. What is written to a socket may still be lost with it.
//!   A websocket, or a stream of a [`Dialer`](crate::Dialer), may break with messages that it took and did not pass on:
//!   that is an error of the calls that wait at this moment, and of the next one on each other clone of the client.
//! * **`Ok` from [`flush_with_timeout`](crate::Client::flush_with_timeout) means: a server confirmed it.** It answered
//!   a question that was asked behind all that was published before. What was written to a connection that broke before
//!   its server had confirmed it may be gone, and no other server can know of it. That is an error of the calls that
//!   wait at this moment, and of the next call on each other clone of the client: each handle is told once, so that none
//!   builds on what another was told. A clone begins with what its original was told. This is the promise to build on.
//! * **No message is sent twice, and none in part.** When a connection breaks, messages that were written whole are not
//!   sent again, whether they arrived or not. One that was written in part, and all behind it, go out whole on the next
//!   connection.
//! * **Order is kept.** Messages of one publisher to one subject go out in the order of its calls, across reconnects.
//!
//! # Receiving
//!
//! * **Order is kept.** A [`Subscriber`](crate::Subscriber) hands messages out in the order in which the server sent
//!   them. No message reaches a subscription twice, or one that it was not meant for.
//! * **Subscriptions survive.** After a reconnect the server is told of every subscription and its queue group, with
//!   what is left of an [`unsubscribe_after`](crate::Subscriber::unsubscribe_after), and of the inbox for answers. What
//!   is published while there is no connection is not delivered later.
//! * **Everything has a limit.** Each subscription keeps a number of messages and of bytes for its reader. What comes
//!   beyond is dropped, counted and reported; it never stops other subscriptions, and never the connection. See
//!   [`slow_consumers`](super::slow_consumers).
//! * **A message that is kept holds its own memory.** A small payload is copied out of the buffer that it was read
//!   into. A large one shares its buffer only when that is at most twice its size and 256 bytes.
//! * **A bad header spoils one message.** Headers come from whoever published the message. It is delivered with the
//!   headers that parse, and an [`Event::ClientError`](crate::Event::ClientError) names the first line that does not.
//!
//! # Requests
//!
//! * **Every request with a time-out ends by it**, with an answer or an error, with or without a connection.
//! * **A future that is dropped leaves nothing behind.** Its place is free at once; an answer that comes later is let
//!   go.
//! * A request that was written when its connection broke is not sent again, so that no service acts twice. It ends
//!   when its time is over.
//!
//! # Connections
//!
//! * **A dead link is noticed**, at the latest one more than
//!   [`max_pings_outstanding`](crate::ConnectOptions::max_pings_outstanding) times
//!   [`ping_interval`](crate::ConnectOptions::ping_interval) after the server's last sign of life, however much is
//!   being sent. With the defaults that is three minutes.
//! * **Nothing runs hot.** Attempts to reconnect wait longer each time, with a random part. See
//!   [`reconnecting`](super::reconnecting).
//! * **While there is no connection, everything goes on that can.** Publishes are kept up to a limit and then wait, or
//!   fail, as you choose. Subscribing, unsubscribing and draining work. See [`back_pressure`](super::back_pressure).
//!
//! # Events
//!
//! * **Events come in order, and none is lost.** The callback is called with one after the other. A slow callback
//!   delays later events and nothing else.
//! * [`Event::Closed`](crate::Event::Closed) is the last one of a client, whatever ended it.
//!
//! # Ending
//!
//! * **A drain loses nothing in silence.** [`Subscriber::drain`](crate::Subscriber::drain) tells the server, waits for
//!   what was on its way, and then ends the stream. [`Client::drain`](crate::Client::drain) does so with all
//!   subscriptions, writes what is pending, and waits until the server has confirmed it, for thirty seconds at the
//!   most. It fails when there was no confirmation, or when a connection broke and may have taken publishes with it:
//!   meanwhile, or before and untold to the handle that drains.
//! * **Dropping the last handle loses nothing that can be delivered.** When the last [`Client`](crate::Client) and the
//!   last `Subscriber` are gone, what is pending is still written, and the connection is closed when the server has
//!   confirmed it, or after thirty seconds. The runtime must live that long: a program that ends its runtime at once
//!   should drain before.
//! * **Dropping and cancelling are safe everywhere.** Handles, subscribers and futures may be dropped inside and
//!   outside of a runtime, at any await. None of it panics, and a future that is dropped has done its work wholly or
//!   not at all.
//!
//! # Safety
//!
//! * **What a server sends does no harm.** No sequence of bytes makes the client panic, hang, or allocate without
//!   bound. A server that breaks the protocol loses the connection, and an event says how.
//! * **What you send stays data.** No subject, reply subject, queue group, header or client name can become a command
//!   of the protocol: what would end its line is refused.
//! * **Secrets are not shown**, by no `Debug`, no error and no trace.
//! * **TLS checks the name that you gave.** For servers that a cluster told of, it is the name they were told with; for
//!   those that were told with a bare IP address, the name of the server that told of them.
//!
//! # What is not promised
//!
//! * That a message which was published arrives anywhere.
//! * An order between messages of different publishers, or to different subscriptions.
//! * That each message to a queue group is handled: a member may take it and fail.
