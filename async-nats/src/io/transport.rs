//! The stream that a connection runs on, and the door for streams of the user's own.
//!
//! [`Transport`] is what dialling gives: a TCP socket, which its owner may split, or any other
//! stream behind one pointer. [`Dialer`] lets a program open the stream by itself: through a proxy,
//! over a unix socket, to a server in the same process.

use std::fmt;
use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::tls_stream::TlsStream;
use crate::client::error::{ConnectError, ConnectErrorKind};
use crate::server_addr::ServerAddr;

/// A stream of bytes that a connection can run on.
///
/// Every type that reads and writes asynchronously in Tokio's way, and can move between threads,
/// is one. There is nothing to implement.
///
/// The client writes many small pieces at once where the stream has vectored writes of its own
/// ([`AsyncWrite::is_write_vectored`]), and flushes after each batch.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + ?Sized> ByteStream for T {}

/// What a [`Dialer`] returns: a stream, in its own time.
pub type DialFuture<'a> = Pin<Box<dyn Future<Output = io::Result<Box<dyn ByteStream>>> + Send + 'a>>;

/// Opens the stream to a server, in the place of the client's own TCP connection.
///
/// For a way through a proxy, a unix socket, or a server in the same process. The client does the
/// rest on the stream as on TCP: TLS where the address, the options or the server demand it, the
/// websocket handshake for `ws` and `wss`, and the protocol itself. Names are not resolved and no
/// local address is bound: both are the dialer's.
///
/// A function or a closure that takes a [`ServerAddr`] and returns a future of a stream is a
/// `Dialer`:
///
/// ```
/// # #[cfg(unix)]
/// # {
/// use async_nats::{Dialer, ServerAddr};
/// use tokio::net::UnixStream;
///
/// fn is_dialer(_: impl Dialer) {}
///
/// is_dialer(|_addr: ServerAddr| UnixStream::connect("/run/nats.sock"));
/// # }
/// ```
///
/// A type of its own can be one too:
///
/// ```
/// use async_nats::{ByteStream, DialFuture, Dialer, ServerAddr};
/// use tokio::net::TcpStream;
///
/// struct Tunnel {
///     entrance: std::net::SocketAddr,
/// }
///
/// impl Dialer for Tunnel {
///     fn dial<'a>(&'a self, addr: &'a ServerAddr) -> DialFuture<'a> {
///         Box::pin(async move {
///             let stream = TcpStream::connect(self.entrance).await?;
///             println!("through the tunnel to {}:{}", addr.host(), addr.port());
///             Ok(Box::new(stream) as Box<dyn ByteStream>)
///         })
///     }
/// }
/// ```
///
/// # Reconnecting
///
/// The dialer is asked at every connect and reconnect, one server at a time.
///
/// # Cancellation
///
/// The future is dropped when the connection time-out has passed or the client is gone.
pub trait Dialer: Send + Sync {
    /// Opens a stream to the server at `addr`.
    ///
    /// # Errors
    ///
    /// An error counts as a failed attempt at this server, with the error as its cause.
    fn dial<'a>(&'a self, addr: &'a ServerAddr) -> DialFuture<'a>;
}

impl<F, Fut, S> Dialer for F
where
    F: Fn(ServerAddr) -> Fut + Send + Sync,
    Fut: Future<Output = io::Result<S>> + Send + 'static,
    S: ByteStream + 'static,
{
    fn dial<'a>(&'a self, addr: &'a ServerAddr) -> DialFuture<'a> {
        let dialing = self(addr.clone());
        Box::pin(async move {
            let stream = dialing.await?;
            Ok(Box::new(stream) as Box<dyn ByteStream>)
        })
    }
}

/// The stream under a connection.
pub(crate) enum Transport {
    /// A plain TCP connection, apart from the rest so that its halves can be split.
    Tcp(TcpStream),
    /// TLS on one of the others.
    Tls(Box<TlsStream<Transport>>),
    /// A websocket, or a stream of the user's.
    Stream(Box<dyn ByteStream>),
}

impl Transport {
    /// Whether what was written to it is in a socket. Otherwise it may be held back until it is flushed.
    pub(crate) fn writes_to_socket(&self) -> bool {
        match self {
            Self::Tcp(_) => true,
            Self::Tls(stream) => stream.get_ref().writes_to_socket(),
            Self::Stream(_) => false,
        }
    }

    fn stream(self: Pin<&mut Self>) -> Pin<&mut dyn ByteStream> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream),
            Self::Tls(stream) => Pin::new(stream.as_mut()),
            Self::Stream(stream) => Pin::new(stream.as_mut()),
        }
    }
}

impl AsyncRead for Transport {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_read(cx, buf)
    }
}

impl AsyncWrite for Transport {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.stream().poll_write(cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream().poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Tcp(stream) => stream.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
            Self::Stream(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_shutdown(cx)
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(stream) => f.debug_tuple("Tcp").field(stream).finish(),
            Self::Tls(_) => f.write_str("Tls(..)"),
            Self::Stream(_) => f.write_str("Stream(..)"),
        }
    }
}

/// A failure of the connection itself: what was tried and what can be done, with the kind of the
/// I/O error that caused it and the error as the source.
pub(crate) fn io_failure(text: String, source: io::Error) -> ConnectError {
    ConnectError::with_source(ConnectErrorKind::Io, explained(text, source))
}

/// An I/O error of the same kind as its source, with a text of its own.
pub(crate) fn explained(text: String, source: io::Error) -> io::Error {
    io::Error::new(source.kind(), Explained { text, source })
}

#[derive(Debug)]
struct Explained {
    text: String,
    source: io::Error,
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Explained {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    async fn tcp_pair() -> (Transport, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (client, server) = tokio::join!(TcpStream::connect(address), listener.accept());
        (Transport::Tcp(client.unwrap()), server.unwrap().0)
    }

    async fn talk(mut near: Transport, mut far: impl ByteStream) {
        near.write_all(b"PING").await.unwrap();
        let slices = [IoSlice::new(b"a"), IoSlice::new(b"b")];
        let mut written = near.write_vectored(&slices).await.unwrap();
        while written < 2 {
            written += near.write(&b"ab"[written..]).await.unwrap();
        }
        near.flush().await.unwrap();
        let mut heard = [0; 6];
        far.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"PINGab");

        far.write_all(b"PONG").await.unwrap();
        let mut heard = [0; 4];
        near.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"PONG");

        near.shutdown().await.unwrap();
        assert_eq!(far.read(&mut heard).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn bytes_pass_both_ways() {
        let (near, far) = tcp_pair().await;
        talk(near, far).await;
        let (near, far) = tokio::io::duplex(64);
        talk(Transport::Stream(Box::new(near)), far).await;
    }

    /// A stream that takes all that is written, and has vectored writes or not.
    struct Sink {
        vectored: bool,
    }

    impl AsyncRead for Sink {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncWrite for Sink {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(buf.len()))
        }

        fn poll_write_vectored(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bufs: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(bufs.iter().map(|buf| buf.len()).sum()))
        }

        fn is_write_vectored(&self) -> bool {
            self.vectored
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn vectored_writes_reach_the_stream_whole() {
        assert!(tcp_pair().await.0.is_write_vectored());
        for vectored in [true, false] {
            let mut transport = Transport::Stream(Box::new(Sink { vectored }));
            assert_eq!(transport.is_write_vectored(), vectored);
            let slices = [IoSlice::new(b"ab"), IoSlice::new(b"cde")];
            // Taken apart, the first slice alone would be written.
            assert_eq!(transport.write_vectored(&slices).await.unwrap(), 5);
        }
    }

    #[tokio::test]
    async fn closure_is_a_dialer() {
        let (near, far) = tokio::io::duplex(64);
        let near = std::sync::Mutex::new(Some(near));
        let dialer = move |addr: ServerAddr| {
            assert_eq!(addr.host(), "example.com");
            let near = near.lock().unwrap().take();
            async move { near.ok_or_else(|| io::Error::other("used up")) }
        };
        let dialer: std::sync::Arc<dyn Dialer> = std::sync::Arc::new(dialer);
        let addr = "nats://example.com".parse().unwrap();
        let stream = dialer.dial(&addr).await.unwrap();
        talk(Transport::Stream(stream), far).await;
        let again = dialer.dial(&addr).await.err().unwrap();
        assert_eq!(again.to_string(), "used up");
    }

    #[test]
    fn failure_keeps_kind_and_source() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        let failure = io_failure("could not connect to a".into(), refused);
        assert_eq!(failure.kind(), ConnectErrorKind::Io);
        assert_eq!(failure.to_string(), "IO error: could not connect to a");
        let source = failure.source().unwrap().downcast_ref::<io::Error>();
        let source = source.expect("an I/O error, as programs expect");
        assert_eq!(source.kind(), io::ErrorKind::ConnectionRefused);
        let cause = source.source().unwrap().downcast_ref::<io::Error>();
        assert_eq!(cause.unwrap().kind(), io::ErrorKind::ConnectionRefused);
    }
}
