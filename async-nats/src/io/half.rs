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
