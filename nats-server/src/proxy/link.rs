//! One connection through the proxy: two lanes between two sockets, and the handle that a test has of it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use tokio::net::TcpStream;

use super::lane::{Ending, Lane};
use super::plan::{Direction, Fault, Plan};

/// Bytes that are read away at once before a socket is closed.
const DRAIN_SIZE: usize = 64 * 1024;

/// A connection through a proxy, open or not; clones are the same connection.
#[derive(Clone, Debug)]
pub struct Connection {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    to_server: Lane,
    to_client: Lane,
    open: AtomicBool,
}

impl Connection {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            inner: Arc::new(Inner {
                to_server: Lane::new(plan.steps(Direction::ToServer)),
                to_client: Lane::new(plan.steps(Direction::ToClient)),
                open: AtomicBool::new(true),
            }),
        }
    }

    fn lane(&self, direction: Direction) -> &Lane {
        match direction {
            Direction::ToServer => &self.inner.to_server,
            Direction::ToClient => &self.inner.to_client,
        }
    }

    /// Whether the proxy still holds its sockets.
    pub fn is_open(&self) -> bool {
        self.inner.open.load(Ordering::Acquire)
    }

    /// Bytes that were passed on in a direction.
    pub fn bytes(&self, direction: Direction) -> u64 {
        self.lane(direction).passed()
    }

    /// Bytes that were read and not passed on because of a fault.
    pub fn swallowed(&self, direction: Direction) -> u64 {
        self.lane(direction).swallowed()
    }

    /// Lets a fault happen now.
    pub fn apply(&self, direction: Direction, fault: Fault) {
        if matches!(fault, Fault::Cut | Fault::Reset) {
            // These end both directions, so neither may pass on a byte after this.
            self.inner.to_server.apply(fault);
            self.inner.to_client.apply(fault);
        } else {
            self.lane(direction).apply(fault);
        }
    }

    /// Lets a paused direction go on.
    pub fn resume(&self, direction: Direction) {
        self.lane(direction).resume();
    }

    /// Closes the connection on both sides.
    pub fn cut(&self) {
        self.apply(Direction::ToClient, Fault::Cut);
    }

    /// Ends the connection with a reset on both sides.
    pub fn reset(&self) {
        self.apply(Direction::ToClient, Fault::Reset);
    }

    /// Connects to the target and passes bytes on until the end of the connection.
    pub(super) async fn run(&self, client: TcpStream, target: SocketAddr) {
        // Marks the connection as closed also when the proxy stops in the middle.
        let _closed = CloseOnDrop(&self.inner.open);
        let Ok(server) = TcpStream::connect(target).await else {
            crate::tcp::reset(client);
            return;
        };
        self.pass_on(client, server).await;
    }

    async fn pass_on(&self, mut client: TcpStream, mut server: TcpStream) {
        for stream in [&client, &server] {
            // Without it, small slices would wait for each other.
            let _ = stream.set_nodelay(true);
        }
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let ended = tokio::try_join!(
            self.inner.to_server.run(from_client, to_server),
            self.inner.to_client.run(from_server, to_client),
        );
        match ended {
            Err(Ending::Reset) => {
                crate::tcp::reset(client);
                crate::tcp::reset(server);
            }
            Err(Ending::Close) | Ok(_) => {
                read_away(&client);
                read_away(&server);
            }
        }
    }
}

/// A socket that is closed with unread bytes is reset instead.
fn read_away(stream: &TcpStream) {
    let mut bytes = vec![0; DRAIN_SIZE];
    while matches!(stream.try_read(&mut bytes), Ok(length) if length > 0) {}
}

struct CloseOnDrop<'a>(&'a AtomicBool);

impl Drop for CloseOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}
