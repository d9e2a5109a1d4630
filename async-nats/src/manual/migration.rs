//! Coming from the published `async-nats` 0.49.1.
//!
//! A program that uses that crate compiles and runs without a change:
//!
//! ```toml
//! [dependencies]
//! async-nats = "0.49.1"
//!
//! [patch.crates-io]
//! async-nats = { path = "../path/to/this/repository/async-nats" }
//! ```
//!
//! # What is the same
//!
//! * Paths, signatures, trait implementations, error kinds and their texts, header names, status codes and serde forms.
//! * Defaults: 5 s to connect, a PING after 60 s of silence and two outstanding, 10 s for a request, 65 536 messages a
//!   subscription, `_INBOX`, reconnects without end.
//! * [`max_reconnects`](crate::ConnectOptions::max_reconnects) counts attempts over all servers, and zero means no
//!   limit.
//! * Refused credentials are tried again, with the usual waits.
//! * The newest messages are dropped when a reader does not keep up.
//! * [`Subscriber::unsubscribe_after`](crate::Subscriber::unsubscribe_after) counts from the beginning of the
//!   subscription.
//!
//! # What was mended
//!
//! Look here when a program depends on how the published crate behaved.
//!
//! | in 0.49.1 | here |
//! | --- | --- |
//! | [`Client::drain`](crate::Client::drain) returned at once | it waits until the server has confirmed that all is handled, for 30 s at the most, and fails when it did not, or when a connection broke that may have taken publishes with it; [`drain_with_timeout`](crate::Client::drain_with_timeout) sets another bound |
//! | dropping the last handle could drop what was pending | what is pending is still written, and the server's confirmation is waited for, for 30 s at the most |
//! | what had been published when a connection broke was dropped, and a flush said Ok | what was not written goes out on the next connection, and a [`flush`](crate::Client::flush) waits for that |
//! | an event for each message that a slow consumer lost | one when an episode begins, and one each time that the number has doubled; see [`slow_consumers`](super::slow_consumers) |
//! | a subscription was bounded by messages | by bytes too, 256 MiB by default |
//! | 2048 commands could be pending | 1 MiB can; with [`client_capacity`](crate::ConnectOptions::client_capacity) the number counts too |
//! | without a connection, 2048 commands were accepted and none was served | publishes are kept up to 8 MiB ([`reconnect_buffer`](crate::ConnectOptions::reconnect_buffer)); subscriptions, drains and the pool work |
//! | a bad header ended the connection | the message is delivered with the headers that parse, and an event says so |
//! | events were dropped when 128 were waiting | none is dropped |
//! | no `Closed` when reconnects were used up | [`Event::Closed`](crate::Event::Closed) is the last event of every client |
//! | a dead link stayed unnoticed while the program was publishing | only what the server sends is a sign of life |
//! | credentials in the URL were not used | they are, where the options have none: `nats://user:password@host`, and `nats://token@host` |
//! | `ConnectInfo` and `ServerAddr` showed passwords in `Debug` | they do not |
//! | dropping a `Subscriber` outside of a runtime panicked | it works anywhere |
//! | a kept message of a few bytes held the whole buffer of a read | it holds what it needs |
//! | only lame duck was read from a later INFO | limits and servers too; discovered servers that are gone leave the pool |
//! | discovered servers lost scheme and credentials | they have those of the connection |
//! | a TLS configuration of your own still loaded the system's certificates | it does not |
//! | the default port stood in the Host header of websockets | it does not |
//! | a future of a publish ack that was dropped kept its ack in flight in silence | its place is free when the ack came, or `ack_timeout` passed |
//! | [`fetch`](crate::jetstream::consumer::Consumer::fetch)'s priority overwrote the batch | both are sent |
//! | a batch could stall after a heartbeat | it is woken |
//! | ack subjects of 11 tokens and more were refused | they are read |
//! | a missing heartbeat was told while messages were buffered | those are handed over first |
//! | a pull that asked for more than the consumer allows asked again for ever | it ends with an error; what was not set is capped to the consumer's limits |
//! | ordered consumers left many others behind | each is named after the first and deletes the one before it |
//! | limits of an ordered pull consumer were sent as 0 | they are left to the server when they are not set |
//! | the time-out of a context bounded some requests | it bounds every request of the API |
//! | account information of tiered accounts did not parse | it does |
//! | a time to live was sent in whole seconds, rounded down, and could not be `never` | it is rounded up; `Duration::MAX` is never |
//! | `keys` and `history` of a bucket hung when nothing came | they end |
//! | `create_with_ttl` over a deleted key lost the time to live | it has it |
//! | a bucket with sources had no keys of its own, and the sources' under other names | it has both |
//! | an object without a digest, or with another number of chunks, was read as if it were right | it is an error of the reader |
//! | `info()` of an object asked the leader | it reads directly where the store allows it. It still returns deleted objects, with [`deleted`](crate::jetstream::object_store::ObjectInfo::deleted) set |
//! | chunks of an object were as large as a read | they are filled |
//! | renaming an object deleted it before it was there under its new name | the other way round; metadata and headers are changed too |
//! | a question to a service without a reply subject ended the task that answers them | it is let go |
//! | `Service::stop` failed without endpoints, `Service::info` had none | both work |
//! | an error of a service showed code and status the wrong way round | each in its place |
//!
//! Headers keep the order in which they were added, on the wire too. The texts of causes, behind those of the kinds,
//! are other ones: they say what was tried and what can be done.
//!
//! # What is new
//!
//! | for | there is |
//! | --- | --- |
//! | knowing that the server has what was published | [`Client::flush_with_timeout`](crate::Client::flush_with_timeout), [`Client::rtt`](crate::Client::rtt) |
//! | ending | [`Client::drain_with_timeout`](crate::Client::drain_with_timeout), [`Client::closed`](crate::Client::closed) |
//! | watching the connection | [`Client::watch_connection_state`](crate::Client::watch_connection_state) |
//! | limits of one subscription | [`Client::subscribe_with_options`](crate::Client::subscribe_with_options) |
//! | a subscription that the server does not permit | [`Subscriber::take_refusal`](crate::Subscriber::take_refusal), [`Subscriber::next_or_refused`](crate::Subscriber::next_or_refused) |
//! | how a reader keeps up | [`Subscriber::dropped`](crate::Subscriber::dropped), [`pending_messages`](crate::Subscriber::pending_messages), [`pending_bytes`](crate::Subscriber::pending_bytes) |
//! | being disconnected | [`ConnectOptions::reconnect_buffer`](crate::ConnectOptions::reconnect_buffer), [`reconnect_jitter`](crate::ConnectOptions::reconnect_jitter), [`max_pings_outstanding`](crate::ConnectOptions::max_pings_outstanding) |
//! | credentials that are renewed | [`ConnectOptions::credentials_file_each_connect`](crate::ConnectOptions::credentials_file_each_connect) (with the feature `nkeys`) |
//! | other ways to a server | [`ConnectOptions::dialer`](crate::ConnectOptions::dialer), [`websocket_header`](crate::ConnectOptions::websocket_header) |
//! | JetStream of 2.11 to 2.14 beyond 0.49.1 | `unpin_consumer`, `priority_timeout`, the states of priority groups, [`datetime`](crate::datetime) and the feature `chrono` |
//! | watching a bucket | [`watch_with_options`](crate::jetstream::kv::Store::watch_with_options), [`keys_with_filters`](crate::jetstream::kv::Store::keys_with_filters), [`purge_deletes`](crate::jetstream::kv::Store::purge_deletes), [codecs](crate::jetstream::kv::codec) |
//! | what there is | [`key_values`](crate::jetstream::Context::key_values), [`key_value_names`](crate::jetstream::Context::key_value_names), [`object_store_names`](crate::jetstream::Context::object_store_names) |
//! | files | [`put_file`](crate::jetstream::object_store::ObjectStore::put_file), [`get_file`](crate::jetstream::object_store::ObjectStore::get_file), [`get_from`](crate::jetstream::object_store::ObjectStore::get_from), [`into_chunks`](crate::jetstream::object_store::Object::into_chunks) |
//! | services | [`serve`](crate::service::endpoint::Endpoint::serve), [`Discovery`](crate::service::Discovery), endpoints without a queue group |
