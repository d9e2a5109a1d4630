//! The peer itself: its stream, what was read and not looked at yet, and all that it can say.

use std::future::Future;
use std::panic::Location;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{timeout_at, Instant};

use super::transcript::{shown, Side, Transcript};
use super::{Info, Op};

/// How long an expectation waits, unless a script says otherwise; far more than any client needs to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bytes that one read takes at most.
const READ_SIZE: usize = 64 * 1024;

/// A scripted server at its end of one connection; see the [module](super).
///
/// Its methods are not to be cancelled: one that is dropped before its end may have said a part of a line.
#[derive(Debug)]
pub struct Peer<S> {
    stream: S,
    /// Read and not looked at yet.
    pub(super) unread: Vec<u8>,
    pub(super) transcript: Transcript,
    pub(super) patience: Duration,
    pub(super) answer_pings: bool,
    /// Where the test called the method that runs.
    pub(super) called_at: &'static Location<'static>,
}

/// What a read has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    Bytes,
    /// The client has closed or reset its side.
    End,
    /// Nothing came by the deadline.
    Late,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Peer<S> {
    /// Plays the server on this stream.
    #[track_caller]
    pub fn new(stream: S) -> Self {
        Self {
            stream,
            unread: Vec::new(),
            transcript: Transcript::new(),
            patience: PATIENCE,
            answer_pings: false,
            called_at: Location::caller(),
        }
    }

    /// How long each expectation waits from now on, on tokio's clock; 30 s at first.
    ///
    /// On virtual time a long patience costs nothing, and is needed where the client waits by itself.
    pub fn set_patience(&mut self, patience: Duration) {
        self.patience = patience;
    }

    /// Whether PINGs are answered and passed over from now on, wherever something else is expected.
    ///
    /// With it on, a payload of just `PING` is taken for one by [`expect`](Self::expect).
    pub fn answer_pings(&mut self, answer: bool) {
        self.answer_pings = answer;
    }

    /// Sends bytes as they are.
    ///
    /// # Panics
    ///
    /// When the client has closed the connection, or does not read; so do all that send.
    #[track_caller]
    pub fn send_raw(&mut self, bytes: impl AsRef<[u8]>) -> impl Future<Output = ()> + Send + '_ {
        let bytes = bytes.as_ref().to_vec();
        self.called_at = Location::caller();
        async move { self.write(&bytes).await }
    }

    /// Sends an INFO.
    #[track_caller]
    pub fn send_info(&mut self, info: Info) -> impl Future<Output = ()> + Send + '_ {
        self.send_raw(format!("{info}\r\n"))
    }

    /// Sends `PING`.
    #[track_caller]
    pub fn send_ping(&mut self) -> impl Future<Output = ()> + Send + '_ {
        self.send_raw("PING\r\n")
    }

    /// Sends `PONG`.
    #[track_caller]
    pub fn send_pong(&mut self) -> impl Future<Output = ()> + Send + '_ {
        self.send_raw("PONG\r\n")
    }

    /// Sends `+OK`.
    #[track_caller]
    pub fn send_ok(&mut self) -> impl Future<Output = ()> + Send + '_ {
        self.send_raw("+OK\r\n")
    }

    /// Sends `-ERR` with this text in quotes.
    #[track_caller]
    pub fn send_err(&mut self, text: &str) -> impl Future<Output = ()> + Send + '_ {
        self.send_raw(format!("-ERR '{text}'\r\n"))
    }

    /// Sends a message.
    #[track_caller]
    pub fn send_msg(
        &mut self,
        subject: &str,
        sid: u64,
        reply: Option<&str>,
        payload: impl AsRef<[u8]>,
    ) -> impl Future<Output = ()> + Send + '_ {
        let payload = payload.as_ref();
        let reply = reply.map_or_else(String::new, |reply| format!(" {reply}"));
        let line = format!("MSG {subject} {sid}{reply} {}\r\n", payload.len());
        self.send_raw([line.as_bytes(), payload, b"\r\n"].concat())
    }

    /// Sends a message with headers.
    ///
    /// `status` follows the version on the first line, for instance `Some("503")` or `Some("100 Idle Heartbeat")`.
    #[track_caller]
    pub fn send_hmsg(
        &mut self,
        subject: &str,
        sid: u64,
        reply: Option<&str>,
        status: Option<&str>,
        headers: &[(&str, &str)],
        payload: impl AsRef<[u8]>,
    ) -> impl Future<Output = ()> + Send + '_ {
        let mut block = "NATS/1.0".to_owned();
        if let Some(status) = status {
            block.push(' ');
            block.push_str(status);
        }
        block.push_str("\r\n");
        for (name, value) in headers {
            block.push_str(&format!("{name}: {value}\r\n"));
        }
        block.push_str("\r\n");
        self.send_hmsg_raw(subject, sid, reply, block, payload)
    }

    /// Sends a message with a header block as it is.
    #[track_caller]
    pub fn send_hmsg_raw(
        &mut self,
        subject: &str,
        sid: u64,
        reply: Option<&str>,
        block: impl AsRef<[u8]>,
        payload: impl AsRef<[u8]>,
    ) -> impl Future<Output = ()> + Send + '_ {
        let (block, payload) = (block.as_ref(), payload.as_ref());
        let reply = reply.map_or_else(String::new, |reply| format!(" {reply}"));
        let line = format!(
            "HMSG {subject} {sid}{reply} {} {}\r\n",
            block.len(),
            block.len() + payload.len()
        );
        self.send_raw([line.as_bytes(), block, payload, b"\r\n"].concat())
    }

    /// Closes the direction to the client; what the client says is still read.
    #[track_caller]
    pub fn half_close(&mut self) -> impl Future<Output = ()> + Send + '_ {
        self.called_at = Location::caller();
        async move {
            self.transcript.note("the server closes its side");
            if let Err(error) = self.stream.shutdown().await {
                self.fail("the server's side can be closed", &error.to_string());
            }
        }
    }

    /// The stream, to go on with it as something else, for instance after a TLS handshake.
    ///
    /// # Panics
    ///
    /// When the client has said something that was read and not expected.
    #[track_caller]
    pub fn into_inner(mut self) -> S {
        self.called_at = Location::caller();
        if !self.unread.is_empty() {
            let unread = shown(&self.unread);
            self.fail("nothing is left to be looked at", &unread);
        }
        self.stream
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) {
        self.transcript.said(Side::Server, bytes);
        let deadline = Instant::now() + self.patience;
        let written = timeout_at(deadline, async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        });
        match written.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.fail("the client takes what was sent", &error.to_string()),
            Err(_) => self.fail("the client takes what was sent", "it does not read"),
        }
    }

    /// Reads once, at most until the deadline.
    pub(super) async fn read(&mut self, deadline: Instant) -> Read {
        let mut chunk = vec![0; READ_SIZE];
        match timeout_at(deadline, self.stream.read(&mut chunk)).await {
            Err(_) => Read::Late,
            // A client that leaves bytes unread closes with a reset.
            Ok(Ok(0) | Err(_)) => Read::End,
            Ok(Ok(length)) => {
                self.unread.extend_from_slice(&chunk[..length]);
                Read::Bytes
            }
        }
    }

    /// Takes bytes that were looked at, and writes them down.
    pub(super) fn take(&mut self, length: usize) -> Vec<u8> {
        let rest = self.unread.split_off(length);
        let taken = std::mem::replace(&mut self.unread, rest);
        self.transcript.said(Side::Client, &taken);
        taken
    }

    /// Ends the test with all that is known.
    pub(super) fn fail(&self, expected: &str, came: &str) -> ! {
        let unread = if self.unread.is_empty() {
            String::new()
        } else {
            format!("\nread and not looked at: {}", shown(&self.unread))
        };
        panic!(
            "{}: expected: {expected}\ncame: {came}\n{}{unread}",
            self.called_at, self.transcript
        );
    }

    pub(super) fn fail_with_op(&self, expected: &str, op: &Op) -> ! {
        self.fail(expected, &format!("{op:?}"))
    }
}

impl Peer<TcpStream> {
    /// Ends the connection with a TCP reset: the client sees an error, and loses what it has not read.
    pub fn reset(self) {
        crate::tcp::reset(self.stream);
    }
}
