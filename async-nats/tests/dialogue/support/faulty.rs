//! A stream that breaks, or holds back, where the test wants it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::Arc;
use std::task::{ready, Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

/// What the test can do to a [`Faulty`] stream.
#[derive(Clone)]
pub(crate) struct Faults(Arc<State>);

struct State {
    /// Bytes that may still be written before the stream breaks.
    writable: AtomicUsize,
    /// A flush does not end.
    holds_flush: AtomicBool,
    /// A shutdown does not end.
    holds_shutdown: AtomicBool,
}

/// The client's end of a stream in memory, with faults.
pub(crate) struct Faulty {
    inner: DuplexStream,
    faults: Faults,
    vectored: bool,
}

impl Faulty {
    /// Without faults so far; with vectored writes or without.
    pub(crate) fn new(inner: DuplexStream, vectored: bool) -> (Self, Faults) {
        let state = State {
            writable: AtomicUsize::new(usize::MAX),
            holds_flush: AtomicBool::new(false),
            holds_shutdown: AtomicBool::new(false),
        };
        let faults = Faults(Arc::new(state));
        (
            Faulty {
                inner,
                faults: faults.clone(),
                vectored,
            },
            faults,
        )
    }
}

impl Faults {
    /// The stream breaks after this many more bytes are written.
    pub(crate) fn break_after(&self, bytes: usize) {
        self.0.writable.store(bytes, Ordering::Relaxed);
    }

    /// A shutdown does not end from now on.
    pub(crate) fn hold_shutdown(&self) {
        self.0.holds_shutdown.store(true, Ordering::Relaxed);
    }

    /// Flushes do not end from now on; what is written passes.
    pub(crate) fn hold_flush(&self) {
        self.0.holds_flush.store(true, Ordering::Relaxed);
    }
}

impl AsyncRead for Faulty {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl AsyncWrite for Faulty {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let writable = self.faults.0.writable.load(Ordering::Relaxed);
        if writable == 0 && !buf.is_empty() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let len = buf.len().min(writable);
        let written = ready!(Pin::new(&mut self.inner).poll_write(cx, &buf[..len]))?;
        self.faults.break_after(writable.saturating_sub(written));
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let bytes: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
        self.poll_write(cx, &bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.vectored
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.faults.0.holds_flush.load(Ordering::Relaxed) {
            return Poll::Pending;
        }
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.faults.0.holds_shutdown.load(Ordering::Relaxed) {
            return Poll::Pending;
        }
        // It holds back what is not flushed to the end.
        ready!(self.as_mut().poll_flush(cx))?;
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
