//! What happens when a connection breaks, and what you can choose about it.
//!
//! The client reconnects by itself, for as long as it is allowed to. Programs need not do anything about it; those that
//! want to know have [events](#being-told).
//!
//! # How it is noticed
//!
//! The system reports it, the server closes the connection, or the server is silent: after
//! [`ping_interval`](crate::ConnectOptions::ping_interval) without a byte from it (a minute by default) the client asks
//! for a sign of life, again after each further interval, and gives the connection up when
//! [`max_pings_outstanding`](crate::ConnectOptions::max_pings_outstanding) (two by default) stay unanswered for an
//! interval. Anything that comes from the server counts as a sign of life; what is sent does not.
//!
//! # Where to
//!
//! The pool has the servers that you gave and, unless you [ignore
//! them](crate::ConnectOptions::ignore_discovered_servers), those that the servers of a cluster tell of. Given servers
//! stay in the pool; discovered ones leave it when they are not told of any more. Discovered ones are connected to with
//! the scheme and the credentials of the connection that told of them.
//!
//! The pool is gone through in rounds: in random order, servers that failed less often first; or in the given order
//! with [`retain_servers_order`](crate::ConnectOptions::retain_servers_order). A callback may
//! [choose](crate::ConnectOptions::reconnect_to_server_callback) the server instead.
//! [`set_server_pool`](crate::Client::set_server_pool) replaces the pool, and
//! [`force_reconnect`](crate::Client::force_reconnect) leaves the connection now.
//!
//! # When
//!
//! After the loss of a connection that lasted ten seconds or more, the first attempt waits for nothing. Before each
//! later one, to whichever server, the client waits 2 ms, 4 ms and so on, up to four seconds, plus a random time of up
//! to 100 ms, or a second with TLS ([`reconnect_jitter`](crate::ConnectOptions::reconnect_jitter)). Each connection in
//! a row that lasted less than ten seconds counts for these waits like an attempt that failed, so that a server which
//! drops every connection at once is not dialled in a hot loop.
//! [`reconnect_delay_callback`](crate::ConnectOptions::reconnect_delay_callback) takes the place of all this. Each
//! attempt is bounded by [`connection_timeout`](crate::ConnectOptions::connection_timeout) (five seconds by default),
//! name resolution and TLS included.
//!
//! [`max_reconnects`](crate::ConnectOptions::max_reconnects) counts attempts in a row over all servers, not rounds and
//! not attempts at one server. When they are used up, the client ends with
//! [`ClientError::MaxReconnects`](crate::ClientError::MaxReconnects) and [`Event::Closed`](crate::Event::Closed), and
//! every call fails from then on. By default there is no limit.
//!
//! Refused credentials are tried again like any other failure, with the same waits: they may be renewed meanwhile.
//! Callbacks and [`credentials_file_each_connect`](crate::ConnectOptions::credentials_file_each_connect) are asked anew
//! at each attempt. Only a round ends early: when a server refuses the credentials, the round's other servers are not
//! tried before the next one.
//!
//! # What happens to
//!
//! | what | while there is no connection, and after |
//! | --- | --- |
//! | publishes that were written whole | are not sent again |
//! | a publish that was written in part, and all behind it | go out on the next connection, whole and in order |
//! | new publishes | are kept up to [`reconnect_buffer`](crate::ConnectOptions::reconnect_buffer), then wait or fail |
//! | subscriptions, queue groups | are made again, ahead of everything else |
//! | [`unsubscribe_after`](crate::Subscriber::unsubscribe_after) | goes on with what is left of it |
//! | messages that were received already | are still handed out |
//! | messages that are published by others meanwhile | are missed |
//! | requests | wait for their answer until their time is over; what was written is not sent again |
//! | [`flush`](crate::Client::flush), [`rtt`](crate::Client::rtt) | wait for the next connection; a flush fails when a websocket, or a stream of a [`Dialer`](crate::Dialer), broke with messages in it that it had not flushed |
//! | [`flush_with_timeout`](crate::Client::flush_with_timeout) | fails when publishes were written and not confirmed; else waits for the next connection, within its time |
//! | a [`drain`](crate::Subscriber::drain) of a subscription | ends: the server that would have sent more is gone |
//! | a [`drain`](crate::Client::drain) of the client | goes on with the next server, within its time; fails at its end when publishes were written and not confirmed |
//! | a subscription that the server refused | is asked for again, and may be refused again |
//!
//! # The first connection
//!
//! [`connect`](crate::connect()) tries each server once and returns the error of the last attempt. With
//! [`retry_on_initial_connect`](crate::ConnectOptions::retry_on_initial_connect) it returns at once, and the client
//! connects in the background, as after a loss.
//!
//! # Lame duck
//!
//! A server that is about to shut down says so ([`Event::LameDuckMode`](crate::Event::LameDuckMode)). If there is
//! another server in the pool, the client writes what is pending, waits until the server has confirmed it, and connects
//! to another; the one it left is tried last.
//!
//! # Being told
//!
//! ```no_run
//! use async_nats::{ConnectOptions, Event};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), async_nats::Error> {
//! let client = ConnectOptions::new()
//!     .event_callback(|event| async move {
//!         match event {
//!             Event::Disconnected => eprintln!("the connection is lost"),
//!             Event::Connected => eprintln!("there is a connection"),
//!             Event::Closed => eprintln!("this client has ended"),
//!             other => eprintln!("{other}"),
//!         }
//!     })
//!     .connect("localhost")
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! [`watch_connection_state`](crate::Client::watch_connection_state) gives the state to wait for,
//! [`closed`](crate::Client::closed) ends with the client, and [`statistics`](crate::Client::statistics) counts the
//! connections.
