//! The opening handshake: an HTTP request to go on as a websocket.

use std::io;
use std::pin::Pin;
use std::sync::atomic::AtomicUsize;
use std::sync::Arc;
use std::task::{ready, Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_websockets::{ClientBuilder, Config, Error, Limits};

use super::adapter::{self, WebSocket};
use super::unusable;
use crate::client::error::{ConnectError, ConnectErrorKind};
use crate::io::tls;
use crate::io::transport::{explained, io_failure, Transport};
use crate::server_addr::ServerAddr;

/// The most bytes of an answer to the handshake. Servers and proxies send a few hundred.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// Whether a websocket can be opened with an address, before anything is connected.
///
/// # Errors
///
/// `ServerParse` when the address makes no URI for HTTP.
pub(crate) fn check(addr: &ServerAddr) -> Result<(), ConnectError> {
    builder(addr).map(drop)
}

/// Opens a websocket on `transport`, with these further `headers`: pairs of a name and a value.
/// Values of the same name are joined by commas, as HTTP has it. `max_payload` is what the server
/// says later to be its largest one.
///
/// # Errors
///
/// * `ServerParse` when the address makes no URI for HTTP.
/// * `Io` when a header cannot be sent, the stream fails, or the server does not agree.
///
/// # Cancellation
///
/// Dropping the future closes the transport.
pub(crate) async fn handshake(
    transport: Transport,
    addr: &ServerAddr,
    headers: &[(String, String)],
    max_payload: &Arc<AtomicUsize>,
) -> Result<Transport, ConnectError> {
    let mut builder = builder(addr)?;
    for (place, (name, _)) in headers.iter().enumerate() {
        let same = |(other, _): &&(String, String)| other.eq_ignore_ascii_case(name);
        if headers[..place].iter().any(|header| same(&header)) {
            continue;
        }
        let values = headers[place..].iter().filter(same);
        let values: Vec<_> = values.map(|(_, value)| value.as_str()).collect();
        let name_sent = name.parse().map_err(|_| header_failure(name, "its name"))?;
        let value = values.join(", ");
        let value = value.parse().map_err(|_| header_failure(name, "its value"))?;
        builder = builder
            .add_header(name_sent, value)
            .map_err(|_| header_failure(name, "the handshake sets it by itself; it"))?;
    }
    let bounded = Bounded {
        inner: transport,
        left: Some(ANSWER_BYTES_MAX),
    };
    let (mut stream, _) = builder.connect_on(bounded).await.map_err(|err| refused(addr, err))?;
    stream.get_mut().left = None;
    Ok(Transport::Stream(Box::new(WebSocket::new(
        stream,
        Arc::clone(max_payload),
    ))))
}

/// What asks for the path and the query of the address, at its host.
///
/// The host is named with its port unless that is the scheme's own, 80 or 443: with it, servers
/// that know themselves by name alone would not feel addressed. User and password are left out,
/// since they are for the protocol.
fn builder(addr: &ServerAddr) -> Result<ClientBuilder<'static>, ConnectError> {
    let url = addr.clone().into_inner();
    let host = url.host_str().unwrap_or_default();
    let mut uri = format!("{}://{host}", url.scheme());
    if let Some(port) = url.port() {
        uri.push_str(&format!(":{port}"));
    }
    uri.push_str(url.path());
    if let Some(query) = url.query() {
        uri.push('?');
        uri.push_str(query);
    }
    let config = Config::default()
        .frame_size(adapter::WRITE_BYTES_MAX)
        .flush_threshold(adapter::WRITE_BYTES_MAX);
    let limits = Limits::default().max_payload_len(Some(adapter::message_bytes_max(0)));
    let builder = ClientBuilder::new().uri(&uri);
    let builder = builder.map_err(|err| unusable(addr, &format!("it is no URI of HTTP: {err}")))?;
    Ok(builder.config(config).limits(limits))
}

fn header_failure(name: &str, part: &str) -> ConnectError {
    // The value may be a credential.
    let text = format!("the websocket header '{name}' cannot be sent: {part} is not allowed");
    ConnectError::with_source(ConnectErrorKind::Io, io::Error::new(io::ErrorKind::InvalidInput, text))
}

/// The handshake did not succeed: why, and what can be done.
fn refused(addr: &ServerAddr, err: Error) -> ConnectError {
    let advice = match &err {
        // With TLS 1.3, a client hears only here that its certificate was refused.
        Error::Io(err) => tls::advice(err).unwrap_or_default(),
        _ => "; is this the websocket port of a NATS server, and the path that of a proxy to it?",
    };
    let text = format!("websocket handshake with {} failed: {err}{advice}", addr.redacted());
    match err {
        Error::Io(err) => io_failure(text, err),
        err => io_failure(text, io::Error::new(io::ErrorKind::InvalidData, err)),
    }
}

/// A transport that ends the handshake of a server that talks too much.
pub(super) struct Bounded {
    inner: Transport,
    /// Bytes that may still be read; `None` when there is no bound any more.
    left: Option<usize>,
}

impl AsyncRead for Bounded {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Some(left) = self.left else {
            return Pin::new(&mut self.inner).poll_read(cx, buf);
        };
        if left == 0 {
            let text = format!("the answer has more than {ANSWER_BYTES_MAX} bytes");
            let kind = io::ErrorKind::InvalidData;
            return Poll::Ready(Err(explained(text, kind.into())));
        }
        let most = left.min(buf.remaining());
        let mut part = ReadBuf::new(buf.initialize_unfilled_to(most));
        ready!(Pin::new(&mut self.inner).poll_read(cx, &mut part))?;
        let read = part.filled().len();
        buf.advance(read);
        self.left = Some(left - read);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Bounded {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
