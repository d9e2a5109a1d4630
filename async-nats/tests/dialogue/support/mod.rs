//! What all dialogues share: a network in memory, the record of events, and waits that end.
//!
//! Clocks are virtual: a wait costs nothing, so every wait here is bounded by an hour of the clock and ends a test that
//! would hang.

#[cfg(feature = "jetstream")]
pub(crate) mod consumers;
mod events;
mod faulty;
mod net;
#[cfg(feature = "jetstream")]
mod stream;

use std::fmt::Debug;
use std::future::{poll_fn, Future};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use async_nats::{Client, ConnectError, ConnectOptions};
use nats_server::script::Info;

pub(crate) use self::events::Events;
pub(crate) use self::faulty::Faults;
pub(crate) use self::net::{Net, Peer};
#[cfg(feature = "jetstream")]
pub(crate) use self::stream::Stream;

/// A server address that nobody resolves: the network in memory stands behind it.
pub(crate) const SERVER: &str = "nats://one:4222";

/// Longer than any client needs; the end of a test that would hang.
const AT_LAST: Duration = Duration::from_secs(60 * 60);

/// Seconds, in a word.
pub(crate) fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Milliseconds, in a word.
pub(crate) fn millis(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// What the future gives, or the end of the test when it gives nothing.
#[track_caller]
pub(crate) fn at_last<T>(future: impl Future<Output = T>) -> impl Future<Output = T> {
    let at = std::panic::Location::caller();
    async move {
        match tokio::time::timeout(AT_LAST, future).await {
            Ok(value) => value,
            Err(_) => panic!("{at}: nothing came of it in {AT_LAST:?}"),
        }
    }
}

/// Polls once: what a future has done before it is dropped, or its value.
pub(crate) async fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    poll_fn(|cx| match pin!(&mut *future).poll(cx) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// Lets every task do what it can without the clock moving.
pub(crate) async fn settle() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}

/// A client that has just shaken hands, and all around it.
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) peer: Peer,
    pub(crate) net: Net,
    pub(crate) events: Events,
}

impl Session {
    /// With the default options.
    pub(crate) async fn start() -> Self {
        Self::with(options()).await
    }

    /// With these options.
    pub(crate) async fn with(options: ConnectOptions) -> Self {
        Self::to(SERVER, options, Info::new()).await
    }

    /// With these addresses, these options, and a server that says this of itself.
    pub(crate) async fn to(addrs: impl async_nats::ToServerAddrs, options: ConnectOptions, info: Info) -> Self {
        Self::over(addrs, options, info, net::CAPACITY).await
    }

    /// Over a stream that holds this many bytes in each direction.
    pub(crate) async fn with_capacity(options: ConnectOptions, bytes: usize) -> Self {
        Self::over(SERVER, options, Info::new(), bytes).await
    }

    async fn over(addrs: impl async_nats::ToServerAddrs, options: ConnectOptions, info: Info, bytes: usize) -> Self {
        let mut net = Net::new();
        let (options, mut events) = Events::record(options);
        let (client, peer) = tokio::join!(options.dialer(net.dialer()).connect(addrs), async {
            let mut peer = net.dialed().await.accept_with_capacity(bytes);
            peer.handshake_with(info).await;
            peer
        });
        events.expect(async_nats::Event::Connected).await;
        Session {
            client: client.expect("the handshake was good"),
            peer,
            net,
            events,
        }
    }

    /// Over a stream that can be broken.
    pub(crate) async fn faulty(options: ConnectOptions, vectored: bool) -> (Self, Faults) {
        let mut net = Net::new();
        let (options, mut events) = Events::record(options);
        let (client, (peer, faults)) = tokio::join!(options.dialer(net.dialer()).connect(SERVER), async {
            let (mut peer, faults) = net.dialed().await.accept_faulty(vectored);
            peer.handshake().await;
            (peer, faults)
        });
        events.expect(async_nats::Event::Connected).await;
        let client = client.expect("the handshake was good");
        let session = Session {
            client,
            peer,
            net,
            events,
        };
        (session, faults)
    }

    /// The server closes the connection, and the client comes back and shakes hands. The events are the caller's.
    pub(crate) async fn reconnect_with(&mut self, info: Info) {
        drop(std::mem::replace(&mut self.peer, nobody()));
        self.peer = self.net.accept().await;
        self.peer.handshake_with(info).await;
    }

    /// The server closes the connection, and the client comes back and shakes hands.
    pub(crate) async fn reconnect(&mut self) {
        self.reconnect_with(Info::new()).await;
        self.events.expect(async_nats::Event::Disconnected).await;
        self.events.expect(async_nats::Event::Connected).await;
    }
}

/// A peer that nobody talks to, in the place of one that is dropped.
pub(crate) fn nobody() -> Peer {
    Peer::new(tokio::io::duplex(1).0)
}

/// Options whose random choices are the same each time.
pub(crate) fn options() -> ConnectOptions {
    ConnectOptions::new().entropy_seed(7)
}

/// Connects over `net` with a script for the one connection that is made; what became of it.
pub(crate) async fn connect_to<F, Fut>(
    net: &mut Net,
    addrs: impl async_nats::ToServerAddrs,
    options: ConnectOptions,
    script: F,
) -> Result<Client, ConnectError>
where
    F: FnOnce(Peer) -> Fut,
    Fut: Future<Output = Peer>,
{
    let connecting = options.dialer(net.dialer()).connect(addrs);
    let (client, _peer) = at_last(async { tokio::join!(connecting, async { script(net.accept().await).await }) }).await;
    client
}

/// Fails unless the two differ by less than a millisecond: the resolution of tokio's clock.
#[track_caller]
pub(crate) fn assert_about(left: Duration, right: Duration) {
    assert!(left.abs_diff(right) <= millis(2), "{left:?} is not about {right:?}");
}

/// The error and its text, for a look at both.
#[track_caller]
pub(crate) fn error_of<T: Debug, E>(result: Result<T, E>) -> E {
    match result {
        Ok(value) => panic!("an error was due and {value:?} came"),
        Err(error) => error,
    }
}
