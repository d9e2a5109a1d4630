//! Services: requests with a name, a version and counts.
//!
//! A [service](crate::service) is a subscription that can be found: whoever is connected may ask who is there, what it
//! offers and how it fares. Several instances share the requests by a queue group, `q` unless told otherwise.
//!
//! | I want to | use |
//! | --- | --- |
//! | answer requests one after the other | the [`Endpoint`](crate::service::endpoint::Endpoint) as a stream, and [`respond`](crate::service::Request::respond) |
//! | answer several at a time, and no more than so many | [`serve`](crate::service::endpoint::Endpoint::serve) |
//! | say that a request cannot be fulfilled | an [`error::Error`](crate::service::error::Error) as the answer, which callers find in the headers |
//! | let every instance answer | [`without_queue_group`](crate::service::ServiceBuilder::without_queue_group) |
//! | find services and their counts | [`Discovery`](crate::service::Discovery), or `nats micro` on the command line |
//! | end | [`stop`](crate::service::Service::stop): what had been sent to the instance is still handed out |
//!
//! Requests that wait for a handler are bounded like the messages of any subscription; see
//! [`slow_consumers`](super::slow_consumers). A caller whose request was dropped, or whose service died, learns by its
//! time-out: requests are not repeated by the client, because only the caller knows whether that does harm.
