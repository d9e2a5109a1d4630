//! A client and a server of TLS, with a pipe between them that cuts what passes as it likes.

use std::collections::VecDeque;
use std::future::Future;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use super::*;
use crate::io::tls::acceptor::{Acceptor, ServerStream};
use crate::io::tls::authority::{trusting, Authority};
use crate::proto::testing::Wakes;

mod broken;

const VERSIONS: [&SupportedProtocolVersion; 2] = [&rustls::version::TLS12, &rustls::version::TLS13];

fn name() -> ServerName<'static> {
    ServerName::try_from("localhost").unwrap()
}

/// The two sides of a version of TLS.
fn sides(version: &'static SupportedProtocolVersion) -> (Arc<ClientConfig>, Acceptor) {
    let authority = Authority::new();
    let mut roots = RootCertStore::empty();
    roots.add(authority.der()).unwrap();
    (Arc::new(trusting(roots, version)), authority.server(&["localhost"]))
}

/// A stream that reads and writes no more than so many bytes at once, and is pending before each other time.
struct Sliced<S> {
    inner: S,
    at_once: usize,
    read_next: bool,
    write_next: bool,
    /// Bytes that may still be written, if there is a bound.
    left: Option<usize>,
}

impl<S> Sliced<S> {
    fn new(inner: S, at_once: usize) -> Self {
        Sliced {
            inner,
            at_once,
            read_next: false,
            write_next: false,
            left: None,
        }
    }
}

/// Ready each other time.
fn each_other(next: &mut bool, cx: &mut Context<'_>) -> Poll<()> {
    *next = !*next;
    if *next {
        cx.waker().wake_by_ref();
        return Poll::Pending;
    }
    Poll::Ready(())
}

impl<S: AsyncRead + Unpin> AsyncRead for Sliced<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        ready!(each_other(&mut self.read_next, cx));
        let count = buf.remaining().min(self.at_once);
        let mut part = ReadBuf::new(buf.initialize_unfilled_to(count));
        ready!(Pin::new(&mut self.inner).poll_read(cx, &mut part))?;
        let read = part.filled().len();
        buf.advance(read);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Sliced<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        ready!(each_other(&mut self.write_next, cx));
        let mut count = buf.len().min(self.at_once);
        if let Some(left) = self.left {
            if left == 0 {
                return Poll::Pending;
            }
            count = count.min(left);
        }
        let written = ready!(Pin::new(&mut self.inner).poll_write(cx, &buf[..count]))?;
        self.left = self.left.map(|left| left - written);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

type Client = TlsStream<Sliced<DuplexStream>>;
type Server = ServerStream<DuplexStream>;

/// A client and a server after the handshake.
async fn connected(version: &'static SupportedProtocolVersion, at_once: usize, pipe: usize) -> (Client, Server) {
    let (config, acceptor) = sides(version);
    let (near, far) = tokio::io::duplex(pipe);
    let client = TlsStream::connect(Sliced::new(near, at_once), config, name());
    let (client, server) = tokio::join!(client, acceptor.accept(far));
    (client.unwrap(), server.unwrap())
}

/// Bytes that are different in each place.
fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at * 7 + at / 251) as u8).collect()
}

/// Writes all of it as slices of so many bytes, as whoever writes a batch does.
async fn write_slices(client: &mut (impl AsyncWrite + Unpin), mut bytes: &[u8], slice: usize) -> io::Result<()> {
    while !bytes.is_empty() {
        let slices: Vec<_> = bytes.chunks(slice).take(64).map(IoSlice::new).collect();
        let written = client.write_vectored(&slices).await?;
        assert!(written > 0);
        bytes = &bytes[written..];
    }
    client.flush().await
}

#[tokio::test]
async fn bytes_pass_whole_and_in_order_at_any_slicing() {
    for version in VERSIONS {
        for (at_once, pipe) in [(1, 7), (3, 64), (1000, 4096), (100_000, 300_000)] {
            let len = if at_once == 1 { 3000 } else { 150_000 };
            for slice in [10, 5000, 100_000] {
                let (client, server) = connected(version, at_once, pipe).await;
                let (mut near_in, mut near_out) = tokio::io::split(client);
                let (mut far_in, mut far_out) = tokio::io::split(server);
                let sent = pattern(len);
                let (mut here, mut there) = (vec![0; len], vec![0; len]);
                // Both ways at once.
                let (a, b, c, d) = tokio::join!(
                    write_slices(&mut near_out, &sent, slice),
                    async {
                        far_out.write_all(&sent).await?;
                        far_out.flush().await
                    },
                    near_in.read_exact(&mut here),
                    far_in.read_exact(&mut there),
                );
                a.and(b).unwrap();
                c.and(d).unwrap();
                assert!(here == sent && there == sent, "{at_once} {pipe} {slice}");
            }
        }
    }
}

#[tokio::test]
async fn large_transfers_are_read_into_buffers_of_any_size() {
    let (mut client, mut server) = connected(&rustls::version::TLS13, 70_000, 200_000).await;
    let sent = pattern(400_000);
    let reading = async {
        let mut got = Vec::new();
        for size in [1, 16, 500, 17_000, 65_536].into_iter().cycle() {
            let mut buf = vec![0; size];
            let count = client.read(&mut buf).await.unwrap();
            assert!(count > 0);
            got.extend_from_slice(&buf[..count]);
            if got.len() == sent.len() {
                return got;
            }
        }
        unreachable!()
    };
    let (got, ()) = tokio::join!(reading, async {
        for part in sent.chunks(9000) {
            server.write_all(part).await.unwrap();
            server.flush().await.unwrap();
        }
    });
    assert!(got == sent);
}

/// What a reader of the server's side gets until nothing more comes.
fn readable(server: &mut Server) -> Vec<u8> {
    let cx = &mut Context::from_waker(std::task::Waker::noop());
    let mut got = Vec::new();
    let mut part = [0; 4096];
    loop {
        let mut buf = ReadBuf::new(&mut part);
        match Pin::new(&mut *server).poll_read(cx, &mut buf) {
            Poll::Ready(Ok(())) if !buf.filled().is_empty() => got.extend_from_slice(buf.filled()),
            _ => return got,
        }
    }
}

/// Cut after any byte: what the write says is what the server can read, neither more nor less.
#[tokio::test]
async fn what_is_reported_as_written_is_what_the_server_can_read() -> io::Result<()> {
    for version in VERSIONS {
        let sent = pattern(40_000);
        for cut in (0..41_000).step_by(997).chain(16_380..16_420) {
            let (mut client, mut server) = connected(version, 100_000, 300_000).await;
            client.inner.left = Some(cut);
            let cx = &mut Context::from_waker(std::task::Waker::noop());
            let mut reported = 0;
            let mut tries = 0;
            while reported < sent.len() && tries < 5 {
                match Pin::new(&mut client).poll_write(cx, &sent[reported..]) {
                    Poll::Ready(count) => reported += count.unwrap(),
                    Poll::Pending => tries += 1,
                }
            }
            // Neither reading nor the end makes more of it, although there is room again.
            client.inner.left = None;
            for _ in 0..4 {
                let mut nothing = [0; 10];
                let mut nothing = ReadBuf::new(&mut nothing);
                assert!(Pin::new(&mut client).poll_read(cx, &mut nothing).is_pending());
            }
            while Pin::new(&mut client).poll_flush(cx)?.is_pending() {}
            while reported < sent.len() && Pin::new(&mut client).poll_shutdown(cx)?.is_pending() {}
            let got = readable(&mut server);
            assert_eq!(got.len(), reported, "cut at {cut}");
            assert!(got == sent[..reported]);
        }
    }
    Ok(())
}

#[tokio::test]
async fn goodbyes_are_said_and_understood() {
    for version in VERSIONS {
        let (mut client, mut server) = connected(version, 50, 100_000).await;
        client.write_all(b"last").await.unwrap();
        client.shutdown().await.unwrap();
        let mut heard = Vec::new();
        server.read_to_end(&mut heard).await.expect("with a goodbye");
        assert_eq!(heard, b"last");
        // The other way is still open.
        server.write_all(b"words").await.unwrap();
        server.shutdown().await.unwrap();
        let mut heard = Vec::new();
        client.read_to_end(&mut heard).await.expect("with a goodbye");
        assert_eq!(heard, b"words");
        assert_eq!(client.read(&mut [0; 9]).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn keys_are_updated_in_the_middle_of_everything() {
    let (client, mut server) = connected(&rustls::version::TLS13, 777, 100_000).await;
    let (mut near_in, mut near_out) = tokio::io::split(client);
    let sent = pattern(60_000);
    for _ in 0..5 {
        server.conn.refresh_traffic_keys().unwrap();
        let mut got = vec![0; sent.len()];
        let (a, b) = tokio::join!(write_slices(&mut near_out, &sent, 400), server.read_exact(&mut got));
        a.unwrap();
        b.unwrap();
        assert!(got == sent);
        server.write_all(&sent).await.unwrap();
        let (a, b) = tokio::join!(server.flush(), near_in.read_exact(&mut got));
        a.unwrap();
        b.unwrap();
        assert!(got == sent);
    }
}

/// A client whose records are smaller than what it writes at once.
#[tokio::test]
async fn records_are_as_small_as_the_configuration_wants_them() {
    let (config, acceptor) = sides(&rustls::version::TLS13);
    let mut config = (*config).clone();
    config.max_fragment_size = Some(64);
    let (near, far) = tokio::io::duplex(500_000);
    let sent = pattern(50_000);
    let client = async {
        let mut client = TlsStream::connect(near, Arc::new(config), name()).await.unwrap();
        write_slices(&mut client, &sent, 3000).await.unwrap();
        client
    };
    let server = async {
        let mut server = acceptor.accept(far).await.unwrap();
        let mut got = vec![0; sent.len()];
        server.read_exact(&mut got).await.unwrap();
        got
    };
    let (_client, got) = tokio::join!(client, server);
    assert!(got == sent);
}

/// The session of the first connection is taken up by the second: no certificate is shown again.
#[tokio::test]
async fn a_session_is_taken_up_again_by_the_next_connection() {
    for version in VERSIONS {
        let (config, acceptor) = sides(version);
        let mut kinds = VecDeque::new();
        for _ in 0..2 {
            let (near, far) = tokio::io::duplex(100_000);
            let client = async {
                let mut client = TlsStream::connect(near, Arc::clone(&config), name()).await.unwrap();
                client.write_all(b"x").await.unwrap();
                client.read_exact(&mut [0; 1]).await.unwrap();
            };
            let server = async {
                let mut server = acceptor.accept(far).await.unwrap();
                server.read_exact(&mut [0; 1]).await.unwrap();
                server.write_all(b"y").await.unwrap();
                server.flush().await.unwrap();
                server.conn.handshake_kind().unwrap()
            };
            kinds.push_back(tokio::join!(client, server).1);
        }
        assert_eq!(kinds, [rustls::HandshakeKind::Full, rustls::HandshakeKind::Resumed]);
    }
}

/// Dropped futures of reads and flushes take nothing with them, and a write that goes on after a pending one does too.
#[tokio::test]
async fn cancelled_reads_and_writes_lose_nothing() {
    let (mut client, mut server) = connected(&rustls::version::TLS13, 10, 64).await;
    let sent = pattern(3000);
    let (wakes, waker) = Wakes::new();
    let cx = &mut Context::from_waker(&waker);
    let mut written = 0;
    let mut got = Vec::new();
    let mut echoed = 0;
    let mut back = Vec::new();
    while back.len() < sent.len() {
        // Tokio's pipes want their turn to end now and then.
        tokio::task::yield_now().await;
        // Each future is polled once and dropped.
        let mut pending = std::pin::pin!(client.write(&sent[written..]));
        if let Poll::Ready(count) = pending.as_mut().poll(cx) {
            written += count.unwrap();
        }
        let mut part = [0; 50];
        let mut pending = std::pin::pin!(client.read(&mut part));
        if let Poll::Ready(count) = pending.as_mut().poll(cx) {
            let count = count.unwrap();
            back.extend_from_slice(&part[..count]);
        }
        let _ = std::pin::pin!(client.flush()).as_mut().poll(cx);
        got.extend(readable(&mut server));
        if let Poll::Ready(count) = Pin::new(&mut server).poll_write(cx, &got[echoed..]) {
            echoed += count.unwrap();
        }
        let _ = Pin::new(&mut server).poll_flush(cx);
    }
    assert!(got == sent && back == sent);
    wakes.take();
}
