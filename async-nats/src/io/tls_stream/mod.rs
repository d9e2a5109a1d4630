//! A stream with TLS, for clients.
//!
//! [`TlsStream`] carries a [`Session`] over any stream. It reads from the socket into one large buffer, whole records of
//! it are decrypted where they lie, and what is written becomes records as large as they may be, several in one write to
//! the socket.
//!
//! Guarantees:
//! * What a write reports as written lies in records that the stream below has taken whole. Of a record that it took in
//!   part a server cannot read a byte. So it is known exactly what of a broken connection may have arrived.
//! * In return, a write that was pending is to be called again with bytes that begin the same, as those are encrypted
//!   already. Whoever does not may only shut the stream down: then it ends without the rest of those records.
//! * A stream that ends without the goodbye of TLS is an error, [`io::ErrorKind::UnexpectedEof`].
//!
//! Which certificates are good, and what to advise when one is not, is the caller's.

mod input;
mod output;
mod session;
mod usage;

use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{ready, Context, Poll};

use rustls::pki_types::ServerName;
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use self::session::{Handshake, Session};

/// A client's side of TLS on a stream.
pub(crate) struct TlsStream<S> {
    inner: S,
    session: Session,
    /// Something of the protocol's own was given to the stream below, which may hold it in a buffer.
    unflushed: bool,
    /// The goodbye was made, or is not to be made any more.
    closing: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream<S> {
    /// Does the handshake with the server called `name`.
    ///
    /// # Errors
    ///
    /// `InvalidData` with a [`rustls::Error`] in it when it cannot be agreed on; `UnexpectedEof` when the stream ends;
    /// those of the stream.
    ///
    /// # Cancellation
    ///
    /// Dropping the future drops the stream.
    pub(crate) async fn connect(inner: S, config: Arc<ClientConfig>, name: ServerName<'static>) -> io::Result<Self> {
        let mut stream = TlsStream {
            inner,
            session: Session::new(config, name)?,
            unflushed: false,
            closing: false,
        };
        std::future::poll_fn(|cx| stream.poll_handshake(cx)).await?;
        Ok(stream)
    }

    /// The stream below.
    pub(crate) fn get_ref(&self) -> &S {
        &self.inner
    }

    fn poll_handshake(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let done = match self.session.handshake() {
                Ok(state) => state == Handshake::Done,
                Err(error) => return Poll::Ready(Err(self.failed(cx, error))),
            };
            ready!(self.poll_send(cx))?;
            ready!(self.poll_flush_inner(cx))?;
            if done {
                return Poll::Ready(Ok(()));
            }
            if ready!(self.poll_receive(cx))? == 0 {
                let text = "the server closed the connection during the TLS handshake";
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::UnexpectedEof, text)));
            }
        }
    }

    /// Reads from the stream below; 0 at its end.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut room = ReadBuf::new(self.session.room()?);
        ready!(Pin::new(&mut self.inner).poll_read(cx, &mut room))?;
        let count = room.filled().len();
        self.session.received(count);
        Poll::Ready(Ok(count))
    }

    /// Gives all that is encrypted to the stream below. On the way, what was written counts as sent record by record.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.session.unsent().is_empty() {
            match ready!(Pin::new(&mut self.inner).poll_write(cx, self.session.unsent()))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.session.sent(count),
            }
            self.unflushed = true;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_flush_inner(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.inner).poll_flush(cx))?;
        self.unflushed = false;
        Poll::Ready(Ok(()))
    }

    /// Sends what the protocol itself has to say: the end of a handshake, answers to updates of keys, an alert.
    ///
    /// Records of what is written are not sent from here: whoever writes is to hear of them, and only then.
    fn send_own(&mut self, cx: &mut Context<'_>) {
        if self.session.is_writing() {
            return;
        }
        // An error comes up again where somebody can be told: with the next read or write.
        if !self.session.unsent().is_empty() && !matches!(self.poll_send(cx), Poll::Ready(Ok(()))) {
            return;
        }
        if self.unflushed {
            let _ = self.poll_flush_inner(cx);
        }
    }

    /// The session is over: the server is told why, as far as it listens.
    fn failed(&mut self, cx: &mut Context<'_>, error: io::Error) -> io::Error {
        self.closing = true;
        self.send_own(cx);
        error
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for TlsStream<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        while buf.remaining() > 0 {
            if let Err(error) = this.session.read(buf) {
                return Poll::Ready(Err(this.failed(cx, error)));
            }
            this.send_own(cx);
            if buf.filled().len() > before || this.session.is_closed() {
                break;
            }
            match this.poll_receive(cx)? {
                Poll::Ready(0) => {
                    let text = "the server closed the connection without a goodbye of TLS";
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::UnexpectedEof, text)));
                }
                Poll::Ready(_) => {}
                Poll::Pending => {
                    this.session.idle();
                    return Poll::Pending;
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for TlsStream<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if bufs.iter().all(|buf| buf.is_empty()) {
            return Poll::Ready(Ok(0));
        }
        if !this.session.is_writing() {
            this.session.write(bufs)?;
        }
        let sent = this.poll_send(cx);
        match this.session.take_written() {
            // An error, or that there is no more room, comes up again with the next write.
            0 => match ready!(sent) {
                Ok(()) => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Err(error) => Poll::Ready(Err(error)),
            },
            written => Poll::Ready(Ok(written)),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// Everything that was reported as written was given to the stream below, so that this one is flushed.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.session.is_writing() {
            ready!(this.poll_send(cx))?;
        }
        this.poll_flush_inner(cx)
    }

    /// Says goodbye, unless a write was left undone: whoever began it counts what it holds as not sent.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.session.is_writing() {
            if !this.closing {
                this.closing = true;
                this.session.close()?;
            }
            ready!(this.poll_send(cx))?;
        }
        Pin::new(&mut this.inner).poll_shutdown(cx)
    }
}

impl<S> fmt::Debug for TlsStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsStream(..)")
    }
}

#[cfg(all(test, any(feature = "ring", feature = "aws-lc-rs")))]
mod tests;
