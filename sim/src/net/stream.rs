//! The client's end of a link, as the stream that its dialer hands out.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::world::Sim;

/// One stream.
pub(crate) struct SimStream {
    sim: Arc<Sim>,
    link: usize,
    is_vectored: bool,
}

impl SimStream {
    pub(crate) fn new(sim: Arc<Sim>, link: usize, is_vectored: bool) -> Self {
        SimStream { sim, link, is_vectored }
    }
}

impl AsyncRead for SimStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.sim.lock().client_read(self.link, buf, cx)
    }
}

impl AsyncWrite for SimStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.sim.lock().client_write(self.link, buf, cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut world = self.sim.lock();
        let most = world.plan.network.slice.min(world.plan.network.window);
        let mut bytes = Vec::new();
        for slice in slices {
            bytes.extend_from_slice(&slice[..slice.len().min(most - bytes.len())]);
        }
        world.client_write(self.link, &bytes, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.is_vectored
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.sim.lock().client_flush(self.link, cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.sim.lock().client_shutdown(self.link)
    }
}

impl Drop for SimStream {
    fn drop(&mut self) {
        self.sim.lock().client_dropped(self.link);
    }
}
