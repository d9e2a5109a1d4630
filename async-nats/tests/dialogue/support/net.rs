//! The network in memory: each dial of the client waits until the test answers it.

use std::io;
use std::time::Duration;

use async_nats::{Dialer, ServerAddr};
use nats_server::script::Script;
use tokio::io::DuplexStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::faulty::{Faults, Faulty};
use super::AT_LAST;

/// The scripted server at its end of a stream in memory.
pub(crate) type Peer = nats_server::script::Peer<DuplexStream>;

/// Bytes that a direction holds, where the test does not say.
pub(super) const CAPACITY: usize = 1024 * 1024;

/// What a dial is answered with.
type Answer = io::Result<Box<dyn async_nats::ByteStream>>;

/// All dials of one client, in order.
pub(crate) struct Net {
    sender: mpsc::UnboundedSender<Dial>,
    dials: mpsc::UnboundedReceiver<Dial>,
}

/// One dial, which waits for an answer.
pub(crate) struct Dial {
    /// Where the client wants to go.
    pub(crate) addr: ServerAddr,
    /// When it asked.
    pub(crate) at: Instant,
    answer: oneshot::Sender<Answer>,
}

impl Net {
    pub(crate) fn new() -> Self {
        let (sender, dials) = mpsc::unbounded_channel();
        Net { sender, dials }
    }

    /// The dialer for the options of the client.
    pub(crate) fn dialer(&self) -> impl Dialer + 'static {
        let sender = self.sender.clone();
        move |addr: ServerAddr| {
            let (answer, answered) = oneshot::channel();
            // A test that is at its end looks at no more dials.
            let _ = sender.send(Dial {
                addr,
                at: Instant::now(),
                answer,
            });
            async move {
                answered
                    .await
                    .unwrap_or_else(|_| Err(io::ErrorKind::ConnectionRefused.into()))
            }
        }
    }

    /// The next dial, whenever it comes.
    pub(crate) async fn dialed(&mut self) -> Dial {
        self.dialed_within(AT_LAST).await.expect("a dial was due")
    }

    /// The next dial, if it comes within this time.
    pub(crate) async fn dialed_within(&mut self, time: Duration) -> Option<Dial> {
        tokio::time::timeout(time, self.dials.recv()).await.ok().flatten()
    }

    /// Accepts the next dial.
    pub(crate) async fn accept(&mut self) -> Peer {
        self.dialed().await.accept()
    }

    /// Refuses all dials for this time; when they came, and where they went.
    pub(crate) async fn refuse_for(&mut self, time: Duration) -> Vec<(Instant, ServerAddr)> {
        let end = Instant::now() + time;
        let mut refused = Vec::new();
        while let Some(dial) = self.dialed_within(end - Instant::now()).await {
            refused.push((dial.at, dial.addr.clone()));
            dial.refuse();
        }
        refused
    }
}

impl Dial {
    /// The stream is there.
    pub(crate) fn accept(self) -> Peer {
        self.accept_with_capacity(CAPACITY)
    }

    /// The stream is there, and holds this many bytes in each direction.
    pub(crate) fn accept_with_capacity(self, bytes: usize) -> Peer {
        let (near, peer) = Script::pair_with_capacity(bytes);
        self.accept_stream(near);
        peer
    }

    /// The stream is there, and breaks or holds back as the test wants.
    pub(crate) fn accept_faulty(self, vectored: bool) -> (Peer, Faults) {
        let (near, peer) = Script::pair_with_capacity(CAPACITY);
        let (near, faults) = Faulty::new(near, vectored);
        self.accept_stream(near);
        (peer, faults)
    }

    /// This stream is there.
    pub(crate) fn accept_stream(self, stream: impl async_nats::ByteStream + 'static) {
        // A client that has given the dial up has dropped its end.
        let _ = self.answer.send(Ok(Box::new(stream)));
    }

    /// Nobody listens there.
    pub(crate) fn refuse(self) {
        let _ = self.answer.send(Err(io::Error::new(
            io::ErrorKind::ConnectionRefused,
            "nobody listens there",
        )));
    }
}
