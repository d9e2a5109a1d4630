//! Writes what is pending: the far end of [`Outbound`](crate::proto::outbound::Outbound).

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::Arc;
use std::task::{ready, Context, Poll, Waker};

use tokio::io::AsyncWrite;

use super::core::Core;
use crate::proto::outbound::{Batch, Next};

/// Pieces of one vectored write.
const SLICES: usize = 64;

/// The writing side of one connection.
#[derive(Debug)]
pub(super) struct Writer {
    core: Arc<Core>,
    batch: Option<Batch>,
    /// What the stream takes is in a socket: it holds nothing back until it is flushed.
    to_socket: bool,
    /// Nothing was pending when it was looked at last.
    idle: bool,
    wake: Vec<Waker>,
}

impl Writer {
    pub(super) fn new(core: &Arc<Core>, to_socket: bool) -> Self {
        Writer {
            core: Arc::clone(core),
            batch: None,
            to_socket,
            idle: false,
            wake: Vec::new(),
        }
    }

    /// What is not written, when the connection is over.
    pub(super) fn into_unfinished(self) -> Option<Batch> {
        self.batch
    }

    /// The stream holds nothing back of what it took.
    pub(super) fn flushed(&mut self) {
        if let Some(batch) = &mut self.batch {
            batch.flushed();
        }
    }

    /// Writes until nothing is pending or the stream takes no more. Ready when the connection is to end, or has failed.
    ///
    /// # Errors
    ///
    /// Those of the stream.
    pub(super) fn poll<W: AsyncWrite + Unpin + ?Sized>(
        &mut self,
        stream: &mut W,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            if self.batch.is_none() {
                match ready!(self.poll_batch(cx)) {
                    Some(batch) => self.batch = Some(batch),
                    None => return Poll::Ready(Ok(())),
                }
            }
            match self.poll_write_batch(stream, cx) {
                Poll::Ready(Ok(())) => self.finish(),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return self.core.outbound.lock().poll_stop(cx).map(Ok),
            }
        }
    }

    fn poll_batch(&mut self, cx: &mut Context<'_>) -> Poll<Option<Batch>> {
        let mut outbound = self.core.outbound.lock();
        if std::mem::take(&mut self.idle) && outbound.is_pending() {
            // Others that are ready to run have their turn first: what they append goes with the same write. A writer that
            // is woken by the first of a hundred requests would make a system call for it alone.
            drop(outbound);
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let Poll::Ready(next) = outbound.poll_next(cx) else {
            self.idle = true;
            return Poll::Pending;
        };
        let (messages, bytes) = outbound.take_unreported();
        drop(outbound);
        let statistics = &self.core.statistics;
        statistics.out_messages.fetch_add(messages, Ordering::Relaxed);
        statistics.out_bytes.fetch_add(bytes, Ordering::Relaxed);
        Poll::Ready(match next {
            Next::Write(batch) => Some(batch),
            Next::Stop => None,
        })
    }

    fn poll_write_batch<W: AsyncWrite + Unpin + ?Sized>(
        &mut self,
        stream: &mut W,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let Some(batch) = &mut self.batch else {
            return Poll::Ready(Ok(()));
        };
        while !batch.is_written() {
            let mut slices = [IoSlice::new(&[]); SLICES];
            let used = batch.slices(&mut slices);
            let mut stream = Pin::new(&mut *stream);
            let written = if used > 1 && stream.is_write_vectored() {
                stream.as_mut().poll_write_vectored(cx, &slices[..used])
            } else {
                stream.as_mut().poll_write(cx, &slices[0])
            };
            let Poll::Ready(count) = written else {
                // What it took may stay with it for long: the sooner that it is in a socket, the less is in doubt.
                if batch.has_unflushed() && stream.poll_flush(cx)?.is_ready() {
                    batch.flushed();
                }
                return Poll::Pending;
            };
            let count = count?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            batch.advance(count);
            if !self.to_socket {
                batch.held_back(count);
            }
            self.core.outbound.lock().wrote(count, &mut self.wake);
            self.wake.drain(..).for_each(Waker::wake);
        }
        Pin::new(stream).poll_flush(cx)
    }

    fn finish(&mut self) {
        if let Some(mut batch) = self.batch.take() {
            self.core.outbound.lock().batch_written(&mut batch, &mut self.wake);
            self.wake.drain(..).for_each(Waker::wake);
        }
    }
}
