//! All that a scripted peer can expect of its client.
//!
//! Each waits for as long as the peer's patience goes, and panics with the dialogue so far when something else comes.

use std::future::Future;
use std::panic::Location;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::pattern::captures;
use super::peer::Read;
use super::transcript::shown;
use super::wire::{self, Op, Pub, Sub, Unsub};
use super::{Info, Peer};

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Peer<S> {
    /// The next operation, whatever it is.
    #[track_caller]
    pub fn expect_op(&mut self) -> impl Future<Output = Op> + Send + '_ {
        self.called_at = Location::caller();
        self.op("an operation")
    }

    /// The next operation, or `None` when the client closes the connection first; what it said of one in part is lost.
    #[track_caller]
    pub fn next_op(&mut self) -> impl Future<Output = Option<Op>> + Send + '_ {
        self.called_at = Location::caller();
        async move {
            let expected = "an operation, or the end of the connection";
            let deadline = Instant::now() + self.patience;
            loop {
                match wire::op(&self.unread) {
                    Ok(Some((op, length))) => {
                        self.take(length);
                        return Some(op);
                    }
                    Ok(None) => {}
                    Err(what) => self.fail(expected, &what),
                }
                match self.read(deadline).await {
                    Read::Bytes => {}
                    Read::End => {
                        self.transcript.note("the client has closed");
                        return None;
                    }
                    Read::Late => self.fail(expected, &self.nothing()),
                }
            }
        }
    }

    /// CONNECT, whose fields it returns.
    #[track_caller]
    pub fn expect_connect(&mut self) -> impl Future<Output = Value> + Send + '_ {
        self.called_at = Location::caller();
        async move {
            match self.op("CONNECT").await {
                Op::Connect(fields) => fields,
                other => self.fail_with_op("CONNECT", &other),
            }
        }
    }

    /// INFO, then CONNECT and PING from the client, then PONG; returns the fields of the CONNECT.
    #[track_caller]
    pub fn handshake(&mut self) -> impl Future<Output = Value> + Send + '_ {
        self.handshake_with(Info::new())
    }

    /// Like [`handshake`](Self::handshake), with an INFO of the script's own.
    #[track_caller]
    pub fn handshake_with(&mut self, info: Info) -> impl Future<Output = Value> + Send + '_ {
        self.called_at = Location::caller();
        async move {
            self.write(format!("{info}\r\n").as_bytes()).await;
            let expected = "CONNECT of a handshake";
            let fields = match self.op(expected).await {
                Op::Connect(fields) => fields,
                other => self.fail_with_op(expected, &other),
            };
            self.ping_of("PING of a handshake").await;
            self.write(b"PONG\r\n").await;
            fields
        }
    }

    /// PING; it is for the script to answer.
    #[track_caller]
    pub fn expect_ping(&mut self) -> impl Future<Output = ()> + Send + '_ {
        self.called_at = Location::caller();
        self.ping_of("PING")
    }

    /// PONG.
    #[track_caller]
    pub fn expect_pong(&mut self) -> impl Future<Output = ()> + Send + '_ {
        self.called_at = Location::caller();
        async move {
            match self.op("PONG").await {
                Op::Pong => {}
                other => self.fail_with_op("PONG", &other),
            }
        }
    }

    /// SUB.
    #[track_caller]
    pub fn expect_sub(&mut self) -> impl Future<Output = Sub> + Send + '_ {
        self.called_at = Location::caller();
        async move {
            match self.op("SUB").await {
                Op::Sub(sub) => sub,
                other => self.fail_with_op("SUB", &other),
            }
        }
    }

    /// UNSUB.
    #[track_caller]
    pub fn expect_unsub(&mut self) -> impl Future<Output = Unsub> + Send + '_ {
        self.called_at = Location::caller();
        async move {
            match self.op("UNSUB").await {
                Op::Unsub(unsub) => unsub,
                other => self.fail_with_op("UNSUB", &other),
            }
        }
    }

    /// PUB or HPUB.
    #[track_caller]
    pub fn expect_pub(&mut self) -> impl Future<Output = Pub> + Send + '_ {
        self.called_at = Location::caller();
        async move {
            match self.op("PUB or HPUB").await {
                Op::Pub(message) => message,
                other => self.fail_with_op("PUB or HPUB", &other),
            }
        }
    }

    /// One line, or several with CR LF between them, each as it stands on the wire.
    ///
    /// `{}` in a line stands for one word or a part of one, `{..}` for any text; what they stood for is returned, in
    /// order. A payload is a line too: `"PUB a 5\r\nhello"`.
    #[track_caller]
    pub fn expect<'a>(&'a mut self, lines: &'a str) -> impl Future<Output = Vec<String>> + Send + 'a {
        self.called_at = Location::caller();
        async move {
            let mut found = Vec::new();
            for pattern in lines.split("\r\n") {
                let line = self.line(pattern).await;
                match captures(pattern, &line) {
                    Some(words) => found.extend(words),
                    None => self.fail(pattern, &line),
                }
            }
            found
        }
    }

    /// As many bytes as given, whatever they are.
    #[track_caller]
    pub fn expect_bytes(&mut self, count: usize) -> impl Future<Output = Vec<u8>> + Send + '_ {
        self.called_at = Location::caller();
        async move {
            let expected = format!("{count} bytes");
            let deadline = Instant::now() + self.patience;
            while self.unread.len() < count {
                self.more(&expected, deadline).await;
            }
            self.take(count)
        }
    }

    /// The end of the connection, with nothing said before.
    #[track_caller]
    pub fn expect_eof(&mut self) -> impl Future<Output = ()> + Send + '_ {
        self.called_at = Location::caller();
        async move {
            let expected = "the end of the connection";
            let deadline = Instant::now() + self.patience;
            loop {
                if self.answer_pings && self.answer_one_ping().await {
                    continue;
                }
                if !self.unread.is_empty() {
                    self.fail(expected, &shown(&self.unread));
                }
                match self.read(deadline).await {
                    Read::Bytes => {}
                    Read::End => break self.transcript.note("the client has closed"),
                    Read::Late => self.fail(expected, &self.nothing()),
                }
            }
        }
    }

    /// Reads and throws away all that the client says until it closes the connection; returns what it was.
    #[track_caller]
    pub fn read_to_end(&mut self) -> impl Future<Output = Vec<u8>> + Send + '_ {
        self.called_at = Location::caller();
        async move {
            let deadline = Instant::now() + self.patience;
            loop {
                match self.read(deadline).await {
                    Read::Bytes => {}
                    Read::End => break self.take(self.unread.len()),
                    Read::Late => self.fail("the end of the connection", &self.nothing()),
                }
            }
        }
    }

    /// Nothing for as long, on tokio's clock, and no end of the connection either.
    #[track_caller]
    pub fn expect_nothing_for(&mut self, duration: Duration) -> impl Future<Output = ()> + Send + '_ {
        self.called_at = Location::caller();
        async move {
            let expected = format!("nothing for {duration:?}");
            let deadline = Instant::now() + duration;
            loop {
                if self.answer_pings && self.answer_one_ping().await {
                    continue;
                }
                if !self.unread.is_empty() {
                    self.fail(&expected, &shown(&self.unread));
                }
                match self.read(deadline).await {
                    Read::Bytes => {}
                    Read::End => self.fail(&expected, "the end of the connection"),
                    Read::Late => break,
                }
            }
        }
    }

    async fn ping_of(&mut self, expected: &str) {
        // A ping that is asked for is not passed over.
        let answer_pings = std::mem::replace(&mut self.answer_pings, false);
        match self.op(expected).await {
            Op::Ping => self.answer_pings = answer_pings,
            other => self.fail_with_op(expected, &other),
        }
    }

    async fn op(&mut self, expected: &str) -> Op {
        let deadline = Instant::now() + self.patience;
        loop {
            match wire::op(&self.unread) {
                Ok(Some((op, length))) => {
                    self.take(length);
                    if self.answer_pings && op == Op::Ping {
                        self.write(b"PONG\r\n").await;
                        continue;
                    }
                    return op;
                }
                Ok(None) => self.more(expected, deadline).await,
                Err(what) => self.fail(expected, &what),
            }
        }
    }

    async fn line(&mut self, expected: &str) -> String {
        let deadline = Instant::now() + self.patience;
        loop {
            if self.answer_pings && expected != "PING" && self.answer_one_ping().await {
                continue;
            }
            match wire::line(&self.unread) {
                Ok(Some((line, length))) => {
                    let line = line.to_owned();
                    self.take(length);
                    return line;
                }
                Ok(None) => self.more(expected, deadline).await,
                Err(what) => self.fail(expected, &what),
            }
        }
    }

    async fn answer_one_ping(&mut self) -> bool {
        const PING: &[u8] = b"PING\r\n";
        let is_ping = self.unread.starts_with(PING);
        if is_ping {
            self.take(PING.len());
            self.write(b"PONG\r\n").await;
        }
        is_ping
    }

    async fn more(&mut self, expected: &str, deadline: Instant) {
        match self.read(deadline).await {
            Read::Bytes => {}
            Read::End => self.fail(expected, "the end of the connection"),
            Read::Late => self.fail(expected, &self.nothing()),
        }
    }

    fn nothing(&self) -> String {
        format!("nothing more within {:?}", self.patience)
    }
}
