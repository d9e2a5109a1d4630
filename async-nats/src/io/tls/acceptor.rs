//! The server's side of TLS, by the buffered interface of rustls, for tests.

use std::io::{self, Read, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{ready, Context, Poll};

use rustls::{ServerConfig, ServerConnection};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Makes servers' sides of TLS.
#[derive(Clone)]
pub(crate) struct Acceptor(pub(crate) Arc<ServerConfig>);

impl Acceptor {
    /// Does the handshake with a client at the other end of `inner`.
    pub(crate) async fn accept<S: AsyncRead + AsyncWrite + Unpin>(&self, inner: S) -> io::Result<ServerStream<S>> {
        let conn = ServerConnection::new(Arc::clone(&self.0)).map_err(io::Error::other)?;
        let mut stream = ServerStream { inner, conn };
        std::future::poll_fn(|cx| stream.poll_handshake(cx)).await?;
        Ok(stream)
    }
}

/// A server's side of TLS.
pub(crate) struct ServerStream<S> {
    pub(crate) inner: S,
    pub(crate) conn: ServerConnection,
}

/// A stream as rustls wants one.
struct Blocking<'a, 'b, S> {
    inner: &'a mut S,
    cx: &'a mut Context<'b>,
}

fn or_would_block<T>(poll: Poll<io::Result<T>>) -> io::Result<T> {
    match poll {
        Poll::Ready(result) => result,
        Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
    }
}

fn or_pending<T>(result: io::Result<T>) -> Poll<io::Result<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
        result => Poll::Ready(result),
    }
}

impl<S: AsyncRead + Unpin> Read for Blocking<'_, '_, S> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut buf = ReadBuf::new(buf);
        or_would_block(Pin::new(&mut *self.inner).poll_read(self.cx, &mut buf))?;
        Ok(buf.filled().len())
    }
}

impl<S: AsyncWrite + Unpin> Write for Blocking<'_, '_, S> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        or_would_block(Pin::new(&mut *self.inner).poll_write(self.cx, buf))
    }

    fn flush(&mut self) -> io::Result<()> {
        or_would_block(Pin::new(&mut *self.inner).poll_flush(self.cx))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> ServerStream<S> {
    fn poll_handshake(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.conn.is_handshaking() {
            ready!(self.poll_send(cx))?;
            if self.conn.is_handshaking() && ready!(self.poll_receive(cx))? == 0 {
                return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
            }
        }
        // Tickets, which are all that is left with TLS 1.3, go out with what follows.
        match self.poll_send(cx) {
            Poll::Pending if self.conn.protocol_version() == Some(rustls::ProtocolVersion::TLSv1_3) => {
                Poll::Ready(Ok(()))
            }
            sent => sent,
        }
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let inner = &mut self.inner;
        while self.conn.wants_write() {
            ready!(or_pending(self.conn.write_tls(&mut Blocking { inner, cx })))?;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let inner = &mut self.inner;
        let count = ready!(or_pending(self.conn.read_tls(&mut Blocking { inner, cx })))?;
        if let Err(error) = self.conn.process_new_packets() {
            let _ = self.poll_send(cx);
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, error)));
        }
        Poll::Ready(Ok(count))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for ServerStream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            let _ = self.poll_send(cx);
            match or_pending(self.conn.reader().read(buf.initialize_unfilled())) {
                Poll::Ready(count) => {
                    buf.advance(count?);
                    return Poll::Ready(Ok(()));
                }
                Poll::Pending => ready!(self.poll_receive(cx))?,
            };
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for ServerStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_send(cx))?;
        let count = self.conn.writer().write(buf)?;
        let _ = self.poll_send(cx);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.conn.send_close_notify();
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
