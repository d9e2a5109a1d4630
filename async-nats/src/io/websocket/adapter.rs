//! A websocket that reads and writes like any stream of bytes.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::task::{ready, Context, Poll};

use bytes::{Buf, Bytes, BytesMut};
use futures_core::Stream;
use futures_sink::Sink;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_websockets::{CloseCode, Error, Limits, Message, WebSocketStream};

use crate::io::transport::{explained, ByteStream};
use crate::proto::limits::message_limit;

/// The most bytes of a message that is sent, and about as many wait in memory before the socket
/// has to take them. It is a batch of small frames, and large enough that the header and the mask
/// of a message do not count.
pub(super) const WRITE_BYTES_MAX: usize = 64 * 1024;

/// The most bytes that a server keeps for a client by default, all of which it may put into one
/// message of the websocket behind a message of the protocol that is as large as can be.
const PENDING_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The most bytes of a message that is received, from a server with this `max_payload`.
pub(super) fn message_bytes_max(max_payload: usize) -> usize {
    PENDING_BYTES_MAX + message_limit(max_payload)
}

/// Answers to pings that may wait for a server which does not read them.
const PONGS_WAITING_MAX: usize = 64;

/// A websocket as a stream of bytes.
pub(super) struct WebSocket<S> {
    inner: WebSocketStream<S>,
    /// What the server has said to be its largest payload.
    max_payload: Arc<AtomicUsize>,
    /// What is left of the message that is being read.
    unread: Bytes,
    /// Pings received since all that is to be sent was last written.
    pongs_waiting: usize,
    /// Whether the server sends no more.
    ended: bool,
    /// Whether the closing message was sent.
    closing: bool,
}

impl<S: ByteStream> WebSocket<S> {
    pub(super) fn new(inner: WebSocketStream<S>, max_payload: Arc<AtomicUsize>) -> Self {
        Self {
            inner,
            max_payload,
            unread: Bytes::new(),
            pongs_waiting: 0,
            ended: false,
            closing: false,
        }
    }

    /// Waits for a message with bytes in it; `None` at the end of the stream.
    fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let max = message_bytes_max(self.max_payload.load(Ordering::Relaxed));
        *self.inner.limits_mut() = Limits::default().max_payload_len(Some(max));
        while !self.ended {
            match ready!(Pin::new(&mut self.inner).poll_next(cx)) {
                Some(Ok(message)) if message.is_binary() || message.is_text() => {
                    let bytes = Bytes::from(message.into_payload());
                    if !bytes.is_empty() {
                        return Poll::Ready(Some(Ok(bytes)));
                    }
                }
                Some(Ok(message)) if message.is_close() => {
                    self.end(cx);
                    return Poll::Ready(closed(&message).map(Err));
                }
                Some(Ok(message)) if message.is_ping() => self.note_ping(cx)?,
                Some(Ok(_)) => {}
                Some(Err(err)) => {
                    self.end(cx);
                    return Poll::Ready(Some(Err(broken(err))));
                }
                None => self.ended = true,
            }
        }
        Poll::Ready(None)
    }

    /// A ping has come, and the answer is in the queue. A server that sends pings and does not
    /// take the answers would fill the memory with them.
    fn note_ping(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        self.pongs_waiting += 1;
        let flushed = Pin::new(&mut self.inner).poll_flush(cx).map_err(broken)?;
        if flushed.is_ready() {
            self.pongs_waiting = 0;
        } else if self.pongs_waiting > PONGS_WAITING_MAX {
            self.ended = true;
            return Err(io::Error::other(format!(
                "the server sent more than {PONGS_WAITING_MAX} websocket pings without reading \
                 the answers"
            )));
        }
        Ok(())
    }

    /// The server has closed, or what it sends cannot be understood. The reply is in the queue and
    /// goes out if the socket takes it at once: nobody waits for it.
    fn end(&mut self, cx: &mut Context<'_>) {
        self.ended = true;
        let _ = Pin::new(&mut self.inner).poll_flush(cx);
    }

    /// Sends what `gather` puts into a buffer of at most so many bytes as one message.
    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        length: usize,
        gather: impl FnOnce(&mut BytesMut),
    ) -> Poll<io::Result<usize>> {
        if length == 0 {
            return Poll::Ready(Ok(0));
        }
        ready!(Pin::new(&mut self.inner).poll_ready(cx)).map_err(broken)?;
        let mut bytes = BytesMut::with_capacity(length.min(WRITE_BYTES_MAX));
        gather(&mut bytes);
        let sent = bytes.len();
        Pin::new(&mut self.inner)
            .start_send(Message::binary(bytes))
            .map_err(broken)?;
        Poll::Ready(Ok(sent))
    }
}

impl<S: ByteStream> AsyncRead for WebSocket<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        if self.unread.is_empty() {
            match ready!(self.poll_message(cx)) {
                Some(bytes) => self.unread = bytes?,
                None => return Poll::Ready(Ok(())),
            }
        }
        let length = self.unread.len().min(buf.remaining());
        buf.put_slice(&self.unread[..length]);
        self.unread.advance(length);
        Poll::Ready(Ok(()))
    }
}

impl<S: ByteStream> AsyncWrite for WebSocket<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_send(cx, buf.len(), |bytes| {
            bytes.extend_from_slice(&buf[..buf.len().min(WRITE_BYTES_MAX)]);
        })
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let length = bufs.iter().map(|buf| buf.len()).sum();
        self.poll_send(cx, length, |bytes| {
            for buf in bufs {
                let space = WRITE_BYTES_MAX - bytes.len();
                bytes.extend_from_slice(&buf[..buf.len().min(space)]);
            }
        })
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx).map_err(broken)
    }

    /// Says goodbye, and does not wait for the server to say it too.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.closing {
            self.closing = true;
            let goodbye = Message::close(Some(CloseCode::NORMAL_CLOSURE), "");
            match Pin::new(&mut self.inner).start_send(goodbye) {
                // The server was first.
                Ok(()) | Err(Error::AlreadyClosed) => {}
                Err(err) => return Poll::Ready(Err(broken(err))),
            }
        }
        ready!(self.as_mut().poll_flush(cx))?;
        Pin::new(self.inner.get_mut()).poll_shutdown(cx)
    }
}

/// What a closing message of the server means: nothing, or an error with its reason.
fn closed(message: &Message) -> Option<io::Error> {
    let (code, reason) = message.as_close()?;
    if [
        CloseCode::NORMAL_CLOSURE,
        CloseCode::GOING_AWAY,
        CloseCode::NO_STATUS_RECEIVED,
    ]
    .contains(&code)
    {
        return None;
    }
    let text = format!(
        "the server closed the websocket with code {} and the reason {reason:?}",
        u16::from(code)
    );
    Some(io::Error::new(io::ErrorKind::ConnectionAborted, text))
}

/// An error of the websocket as one of a stream.
fn broken(err: Error) -> io::Error {
    match err {
        Error::Io(err) => err,
        Error::AlreadyClosed => {
            let text = "the websocket was closed, nothing can be sent on it any more";
            explained(text.to_owned(), io::ErrorKind::BrokenPipe.into())
        }
        err => io::Error::new(io::ErrorKind::InvalidData, err),
    }
}
