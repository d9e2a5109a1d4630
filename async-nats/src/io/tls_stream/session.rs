//! The session of a client: bytes of the socket in, bytes of the program out, and the other way round.
//!
//! It is a machine without a socket, around the interface of rustls in which the buffers are the caller's. It knows no
//! waiting: what it wants it says, by [`Handshake`], [`Session::unsent`], or by reading nothing.

use std::io;
use std::io::IoSlice;
use std::sync::Arc;

use rustls::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls::pki_types::ServerName;
use rustls::unbuffered::{ConnectionState, UnbufferedStatus};
use rustls::ClientConfig;
use tokio::io::ReadBuf;

use super::input::Input;
use super::output::Output;

/// How far a handshake is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Handshake {
    /// Send what is unsent, then receive more.
    Wanting,
    /// Send what is unsent, then it is done.
    Done,
}

/// What a step of rustls came to.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// Something was done, and there may be more to do.
    Went,
    /// Records were decrypted.
    Data,
    /// The handshake is over, and more input is needed to go on.
    Ready,
    /// More input is needed to go on with the handshake.
    Blocked,
}

/// A TLS session.
pub(super) struct Session {
    conn: UnbufferedClientConnection,
    input: Input,
    output: Output,
    decrypted: Decrypted,
    /// The last step decrypted records: rustls holds on to nothing of the input, and there may be more records in it.
    ///
    /// Otherwise it has looked at all of the input, and may hold on to the beginning of a message of its own.
    between_records: bool,
    failed: Option<rustls::Error>,
}

/// What was decrypted and did not fit into the reader's buffer.
#[derive(Default)]
struct Decrypted {
    bytes: Vec<u8>,
    read: usize,
    /// The server said goodbye.
    closed: bool,
}

impl Session {
    /// A session with a server called `name`, before its handshake.
    ///
    /// # Errors
    ///
    /// When the configuration is of no use.
    pub(super) fn new(config: Arc<ClientConfig>, name: ServerName<'static>) -> io::Result<Self> {
        Ok(Session {
            conn: UnbufferedClientConnection::new(config, name).map_err(invalid)?,
            input: Input::default(),
            output: Output::default(),
            decrypted: Decrypted::default(),
            between_records: false,
            failed: None,
        })
    }

    /// Room for what comes from the socket.
    ///
    /// # Errors
    ///
    /// When the server sent more than can be of use.
    pub(super) fn room(&mut self) -> io::Result<&mut [u8]> {
        self.input.room()
    }

    /// `count` bytes came into the room.
    pub(super) fn received(&mut self, count: usize) {
        self.input.received(count);
    }

    /// What is to be sent.
    pub(super) fn unsent(&self) -> &[u8] {
        self.output.unsent()
    }

    /// The first `count` bytes of it are sent.
    pub(super) fn sent(&mut self, count: usize) {
        self.output.sent(count);
    }

    /// Whether something of a [`Session::write`] is not sent, or is and was not told.
    pub(super) fn is_writing(&self) -> bool {
        self.output.is_writing()
    }

    /// Bytes of a [`Session::write`] that were sent since the last call: those of whole records.
    pub(super) fn take_written(&mut self) -> usize {
        self.output.take_written()
    }

    /// Whether the server has said that it sends no more, and everything that it sent is read.
    pub(super) fn is_closed(&self) -> bool {
        self.decrypted.closed && self.decrypted.is_empty()
    }

    /// Nothing is there to read: large buffers are let go.
    pub(super) fn idle(&mut self) {
        self.input.idle();
        self.output.idle();
        self.decrypted.idle();
    }

    /// Goes on with the handshake.
    ///
    /// # Errors
    ///
    /// When it cannot be agreed on; what is unsent then tells the server so.
    pub(super) fn handshake(&mut self) -> io::Result<Handshake> {
        loop {
            match self.step(&mut ReadBuf::new(&mut []))? {
                Step::Went => {}
                Step::Blocked => return Ok(Handshake::Wanting),
                // A server may send before it has heard the last of the handshake.
                Step::Data | Step::Ready => return Ok(Handshake::Done),
            }
        }
    }

    /// Decrypts into `buf` as much as is there and fits. Nothing is read when more has to be received first, or when the
    /// server has closed.
    ///
    /// # Errors
    ///
    /// When the server broke the protocol or gave up; what is unsent then tells it so.
    pub(super) fn read(&mut self, buf: &mut ReadBuf<'_>) -> io::Result<()> {
        let before = buf.filled().len();
        self.decrypted.read_into(buf);
        while buf.remaining() > 0 && !self.decrypted.closed {
            // A record that does not fit waits for the next buffer, rather than be copied once more.
            let has_some = buf.filled().len() > before;
            if has_some && self.between_records && !self.fits_next(buf) {
                break;
            }
            match self.step(buf) {
                Ok(Step::Went | Step::Data) => {}
                Ok(Step::Ready | Step::Blocked) => break,
                // What came before it is good, and the error comes up again.
                Err(_) if self.failed.is_some() && buf.filled().len() > before => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether all of the next record is sure to fit into `buf`.
    fn fits_next(&self, buf: &ReadBuf<'_>) -> bool {
        self.input.record_len().is_some_and(|len| len <= buf.remaining())
    }

    /// Encrypts the first bytes of `bufs`, of all when it is not too much. Only when nothing is being written, and after
    /// the handshake. [`Session::take_written`] says later how far it is.
    ///
    /// # Errors
    ///
    /// When the session has failed, or its keys are used up.
    pub(super) fn write(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<()> {
        debug_assert!(!self.is_writing(), "the last write is to be told of first");
        self.when_ready(|output, traffic| output.encrypt(traffic, bufs))
    }

    /// Says goodbye: nothing can be written any more.
    ///
    /// # Errors
    ///
    /// When the session has failed.
    pub(super) fn close(&mut self) -> io::Result<()> {
        self.when_ready(|output, traffic| output.goodbye(traffic))
    }

    fn when_ready(
        &mut self,
        act: impl FnOnce(&mut Output, &mut rustls::unbuffered::WriteTraffic<'_, ClientConnectionData>) -> io::Result<()>,
    ) -> io::Result<()> {
        loop {
            self.check()?;
            // Behind a record there may be others, which would come first.
            let input = match self.between_records {
                true => &mut [],
                false => self.input.bytes(),
            };
            let UnbufferedStatus { discard, state, .. } = self.conn.process_tls_records(input);
            let step = match state {
                Ok(ConnectionState::WriteTraffic(mut traffic)) => {
                    let result = act(&mut self.output, &mut traffic);
                    self.input.discard(discard);
                    return result;
                }
                Ok(ConnectionState::Closed) => return Err(io::ErrorKind::BrokenPipe.into()),
                Ok(state) => self
                    .decrypted
                    .settle(state, &mut self.output, &mut ReadBuf::new(&mut [])),
                Err(error) => Err(Failure::Tls(error)),
            };
            match self.after(step, discard)? {
                Step::Went => {}
                Step::Data => self.between_records = true,
                Step::Ready | Step::Blocked => return Err(io::ErrorKind::NotConnected.into()),
            }
        }
    }

    /// Has rustls look at the input, and does what it asks for.
    fn step(&mut self, buf: &mut ReadBuf<'_>) -> io::Result<Step> {
        self.check()?;
        let UnbufferedStatus { discard, state, .. } = self.conn.process_tls_records(self.input.bytes());
        let step = match state {
            Ok(state) => self.decrypted.settle(state, &mut self.output, buf),
            Err(error) => Err(Failure::Tls(error)),
        };
        let step = self.after(step, discard)?;
        self.between_records = step == Step::Data;
        Ok(step)
    }

    fn after(&mut self, step: Result<(Step, usize), Failure>, discard: usize) -> io::Result<Step> {
        self.input.discard(discard);
        match step {
            Ok((step, more)) => {
                self.input.discard(more);
                Ok(step)
            }
            Err(Failure::Io(error)) => Err(error),
            Err(Failure::Tls(error)) => {
                self.last_words();
                self.failed = Some(error.clone());
                Err(invalid(error))
            }
        }
    }

    fn check(&self) -> io::Result<()> {
        match &self.failed {
            Some(error) => Err(invalid(error.clone())),
            None => Ok(()),
        }
    }

    /// What rustls has to say to a server that it breaks with.
    fn last_words(&mut self) {
        // Beyond that, rustls would look at the input again.
        while self.conn.wants_write() {
            let UnbufferedStatus { discard, state, .. } = self.conn.process_tls_records(self.input.bytes());
            let said = match state {
                Ok(ConnectionState::EncodeTlsData(data)) => self.output.encode(data).is_ok(),
                _ => false,
            };
            self.input.discard(discard);
            if !said {
                return;
            }
        }
    }
}

/// Why a step was not made.
enum Failure {
    Tls(rustls::Error),
    Io(io::Error),
}

impl Decrypted {
    fn is_empty(&self) -> bool {
        self.read == self.bytes.len()
    }

    fn idle(&mut self) {
        if self.is_empty() {
            self.bytes = Vec::new();
            self.read = 0;
        }
    }

    fn read_into(&mut self, buf: &mut ReadBuf<'_>) {
        if self.bytes.is_empty() {
            return;
        }
        let unread = &self.bytes[self.read..];
        let count = unread.len().min(buf.remaining());
        buf.put_slice(&unread[..count]);
        self.read += count;
        if self.is_empty() {
            self.bytes.clear();
            self.read = 0;
        }
    }

    fn push(&mut self, record: &[u8], buf: &mut ReadBuf<'_>) {
        let count = match self.is_empty() {
            true => record.len().min(buf.remaining()),
            false => 0,
        };
        buf.put_slice(&record[..count]);
        self.bytes.extend_from_slice(&record[count..]);
    }

    /// Does what a state asks for. What is decrypted goes into `buf` as far as it fits. Returns also what of the input is
    /// used up beyond what rustls said at first.
    fn settle(
        &mut self,
        state: ConnectionState<'_, '_, ClientConnectionData>,
        output: &mut Output,
        buf: &mut ReadBuf<'_>,
    ) -> Result<(Step, usize), Failure> {
        let mut discard = 0;
        let step = match state {
            ConnectionState::ReadTraffic(mut traffic) => {
                while let Some(record) = traffic.next_record() {
                    let record = record.map_err(Failure::Tls)?;
                    self.push(record.payload, buf);
                    discard += record.discard;
                }
                Step::Data
            }
            ConnectionState::EncodeTlsData(data) => {
                output.encode(data).map_err(Failure::Io)?;
                Step::Went
            }
            ConnectionState::TransmitTlsData(data) => {
                // It is in the output, which is sent in order.
                data.done();
                Step::Went
            }
            ConnectionState::PeerClosed => {
                self.closed = true;
                Step::Went
            }
            ConnectionState::Closed => {
                self.closed = true;
                Step::Ready
            }
            ConnectionState::WriteTraffic(_) => Step::Ready,
            ConnectionState::BlockedHandshake => Step::Blocked,
            // Early data is what clients send, and servers alone receive.
            _ => {
                let text = "rustls is in a state that this client does not know";
                return Err(Failure::Io(io::Error::other(text)));
            }
        };
        Ok((step, discard))
    }
}

/// A failure of the protocol as an error of a stream.
fn invalid(error: rustls::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
