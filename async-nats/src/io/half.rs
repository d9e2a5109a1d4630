//! The writing half of a TCP connection: the writer's, and for a lone frame that of whoever sends it.
//!
//! A request on an idle connection is written by its caller, which saves waking the writer, and often another thread with
//! it. When that is allowed, and what happens to a frame of which the socket took only a part, is for
//! [`Outbound`](crate::proto::outbound) to say.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::task::{ready, Context, Poll, Waker};

use tokio::io::AsyncWrite;
use tokio::net::tcp::OwnedWriteHalf;

use super::core::Core;
use crate::proto::limits::PAYLOAD_BY_REFERENCE;
use crate::proto::outbound::Frame;

/// The half of the current connection, and the connection's number. It keeps nothing open: the writer's does.
#[derive(Debug, Default)]
pub(crate) struct CurrentHalf {
    half: Weak<OwnedWriteHalf>,
    link: u64,
}

/// The writer's hold on the half. When it is dropped, the writing direction is closed.
#[derive(Debug)]
pub(super) struct SharedHalf(Arc<OwnedWriteHalf>);

impl SharedHalf {
    /// The half of a connection that was announced; from here on callers may write to it too.
    pub(super) fn new(core: &Core, half: OwnedWriteHalf) -> Self {
        let shared = SharedHalf(Arc::new(half));
        let link = core.outbound.lock().link();
        *core.half.lock() = CurrentHalf {
            half: Arc::downgrade(&shared.0),
            link,
        };
        shared
    }

    fn poll_io(
        &self,
        cx: &mut Context<'_>,
        write: impl Fn(&OwnedWriteHalf) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.as_ref().as_ref().poll_write_ready(cx))?;
            match write(&self.0) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return Poll::Ready(result),
            }
        }
    }
}

impl AsyncWrite for SharedHalf {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_io(cx, |half| half.try_write(bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_io(cx, |half| half.try_write_vectored(slices))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Dropping the half does it.
        Poll::Ready(Ok(()))
    }
}

impl Core {
    /// Writes a published frame to the socket at once, when the connection is idle and of TCP alone; whether it did. What
    /// the socket did not take is left to the writer.
    pub(crate) fn write_alone(&self, frame: Frame<'_>) -> bool {
        if frame.len() > PAYLOAD_BY_REFERENCE {
            return false;
        }
        let (half, link) = {
            let current = self.half.lock();
            (current.half.upgrade(), current.link)
        };
        let Some(half) = half else { return false };
        let Some(direct) = self.outbound.lock().begin_direct(frame.len(), link) else {
            return false;
        };
        let parts = [
            frame.head.bytes(),
            frame.headers,
            frame.payload.map_or(&[], |payload| &payload[..]),
            b"\r\n",
        ];
        let written = match frame.payload {
            None if frame.headers.is_empty() => half.try_write(parts[0]),
            None => half.try_write_vectored(&[parts[0], parts[1]].map(IoSlice::new)),
            Some(_) => half.try_write_vectored(&parts.map(IoSlice::new)),
        };
        let mut wake = Vec::new();
        let (messages, bytes) = {
            let mut outbound = self.outbound.lock();
            // Whatever went wrong, the writer finds it out too.
            outbound.end_direct(direct, frame, written.unwrap_or(0), &mut wake);
            outbound.take_unreported()
        };
        wake.into_iter().for_each(Waker::wake);
        self.statistics.out_messages.fetch_add(messages, Ordering::Relaxed);
        self.statistics.out_bytes.fetch_add(bytes, Ordering::Relaxed);
        true
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;
    use crate::io::events::Events;
    use crate::options::ConnectOptions;
    use crate::proto::encode::{self, Line};
    use crate::proto::server_pool::ServerPool;

    /// A client with a connection, the writer's hold on it, and the other end.
    async fn connected() -> (Arc<Core>, SharedHalf, TcpStream) {
        let options = ConnectOptions::new();
        let pool = ServerPool::new(std::iter::empty(), false, false);
        let limits = options.outbound_limits();
        let core = Core::new(options.settings(), limits, pool, options.rng(), Events::new(None));
        core.outbound.lock().link_up(b"", &mut Vec::new());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it listens");
        let (stream, peer) = tokio::join!(TcpStream::connect(address), listener.accept());
        // The reading half is of no use here, and dropping it closes nothing.
        let (_, half) = stream.expect("it listens").into_split();
        let shared = SharedHalf::new(&core, half);
        (Arc::new(core), shared, peer.expect("it was asked").0)
    }

    fn write(core: &Core, headers: &[u8], payload: &Bytes) -> bool {
        let mut line = Line::new();
        let header_len = (!headers.is_empty()).then_some(headers.len());
        encode::publish(&mut line, "a", None, header_len, payload.len());
        core.write_alone(Frame {
            head: &line,
            headers,
            payload: Some(payload),
        })
    }

    #[tokio::test]
    async fn a_lone_frame_is_written_by_its_caller_and_counted() {
        let (core, half, mut peer) = connected().await;
        assert!(write(&core, b"", &Bytes::from_static(b"text")));
        assert!(write(&core, b"NATS/1.0\r\n\r\n", &Bytes::from_static(b"more")));
        assert!(!core.outbound.lock().is_pending(), "nothing is left for the writer");
        let expected = b"PUB a 4\r\ntext\r\nHPUB a 12 16\r\nNATS/1.0\r\n\r\nmore\r\n";
        let mut read = vec![0; expected.len()];
        peer.read_exact(&mut read).await.expect("it was written");
        assert_eq!(read, expected);
        assert_eq!(core.statistics.out_messages.load(Ordering::Relaxed), 2);
        let bytes = core.statistics.out_bytes.load(Ordering::Relaxed);
        assert_eq!(bytes, expected.len() as u64);
        drop(half);
        assert!(!write(&core, b"", &Bytes::new()), "the writer is gone");
    }

    #[tokio::test]
    async fn a_frame_that_is_not_alone_or_is_large_is_left_to_the_writer() {
        let (core, _half, _peer) = connected().await;
        assert!(!write(&core, b"", &Bytes::from(vec![0; PAYLOAD_BY_REFERENCE])));
        let writer = core.outbound.lock().append_control(b"SUB a 1\r\n");
        assert!(writer.is_none(), "none has asked yet");
        assert!(!write(&core, b"", &Bytes::new()));
    }

    #[tokio::test]
    async fn the_half_of_an_earlier_connection_is_not_written_to() {
        let (core, _half, _peer) = connected().await;
        {
            let mut outbound = core.outbound.lock();
            drop(outbound.link_lost(None, &mut Vec::new()));
            outbound.link_up(b"", &mut Vec::new());
        }
        assert!(!write(&core, b"", &Bytes::new()));
    }

    #[tokio::test]
    async fn the_writer_waits_for_a_full_socket_and_goes_on() {
        let (_core, mut half, mut peer) = connected().await;
        let sent: Vec<u8> = (0..8_000_000u32).map(|at| (at % 251) as u8).collect();
        let expected = sent.clone();
        let writing = async move {
            half.write_all(&sent).await.expect("the peer reads");
            half.flush().await.expect("there is no buffer");
        };
        let mut read = Vec::new();
        let (_, result) = tokio::join!(writing, peer.read_to_end(&mut read));
        result.expect("dropping the half ends the stream");
        assert!(read == expected);
    }
}
