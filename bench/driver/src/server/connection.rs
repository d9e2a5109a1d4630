//! One connection: reads, answers, floods.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use bench_common::{Settings, SILENT};
use rustls::ServerConfig;

use super::flood::{Flood, Next};
use super::frames::{Frame, Reading};
use super::jetstream::{message, JetStream, NO_INBOX};
use super::socket::Socket;
use super::subscriptions::Subscriptions;

/// Bytes that are read at a time: few system calls, and still in the processor's cache.
const CHUNK: usize = 256 * 1024;

/// Serves a client until it goes away.
pub(super) fn serve(mut stream: TcpStream, config: Option<Arc<ServerConfig>>) -> Result<(), String> {
    let prepared = stream
        .set_nodelay(true)
        .and_then(|()| stream.write_all(info(config.is_some()).as_bytes()));
    // A client that looks at the port and goes away again, as one does to see whether it is open, is no error.
    let Ok(socket) = prepared.and_then(|()| Socket::open(stream, config)) else {
        return Ok(());
    };
    Connection::new(socket).run()
}

struct Connection {
    socket: Socket,
    reading: Reading,
    subscriptions: Subscriptions,
    /// Answers to what one read brought; written together.
    answers: Vec<u8>,
    flood: Option<Flood>,
    /// How many messages were skipped before the flood began: those after it are its credits.
    before_flood: u64,
    jetstream: JetStream,
}

impl Connection {
    fn new(socket: Socket) -> Self {
        Self {
            socket,
            reading: Reading::default(),
            subscriptions: Subscriptions::default(),
            answers: Vec::new(),
            flood: None,
            before_flood: 0,
            jetstream: JetStream::default(),
        }
    }

    fn run(&mut self) -> Result<(), String> {
        let mut buffer = vec![0; CHUNK];
        let mut filled = 0;
        loop {
            // A client that cannot be written to, or read from, is gone, however it went.
            if self.write_flood().and_then(|()| self.write_pushed()).is_err() {
                return Ok(());
            }
            if filled == buffer.len() {
                buffer.resize(2 * filled, 0);
            }
            match self.socket.read(&mut buffer[filled..]) {
                Ok(0) => return Ok(()),
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Ok(()),
            }
            let mut at = 0;
            while at < filled {
                let Some((frame, length)) = self.reading.next(&buffer[at..filled])? else {
                    break;
                };
                self.act(frame)?;
                at += length;
            }
            buffer.copy_within(at..filled, 0);
            filled -= at;
            if self.send_answers().is_err() {
                return Ok(());
            }
        }
    }

    fn act(&mut self, frame: Frame<'_>) -> Result<(), String> {
        match frame {
            Frame::Nothing => {}
            Frame::Ping => self.answers.extend_from_slice(b"PONG\r\n"),
            Frame::Subscribe { subject, sid } => self.subscriptions.add(sid, subject),
            Frame::Unsubscribe { sid } => self.subscriptions.remove(sid),
            Frame::Request { subject, .. } if subject == SILENT.as_bytes() => {}
            Frame::Request {
                subject,
                reply,
                payload,
            } => {
                let request = (subject, reply, payload);
                if !self
                    .jetstream
                    .request(request, &self.subscriptions, &mut self.answers)?
                {
                    let sid = self.subscriptions.matching(reply).ok_or(NO_INBOX)?;
                    message(&mut self.answers, reply, sid, payload);
                }
            }
            Frame::FlowControl => {
                if let Some(pushed) = &mut self.jetstream.pushed {
                    pushed.answered();
                }
            }
            Frame::Flood { settings } => {
                let words = String::from_utf8_lossy(settings).into_owned();
                let settings = Settings::parse(words.split_whitespace().map(str::to_owned))?;
                self.flood = Some(Flood::make(&settings, &self.subscriptions)?);
                self.before_flood = self.reading.skipped;
            }
        }
        Ok(())
    }

    /// Writes as much of a flood as may be written now. Nothing is read meanwhile: what the client sends waits in the
    /// socket, and a flood without pace and end ends with its client.
    fn write_flood(&mut self) -> io::Result<()> {
        let Some(flood) = &mut self.flood else { return Ok(()) };
        let credits = self.reading.skipped - self.before_flood;
        while let Next::Write(block) = flood.next(credits) {
            self.socket.write_all(block)?;
        }
        self.socket.flush()
    }

    /// Writes what a consumer may push now; what the client answers meanwhile waits in the socket.
    fn write_pushed(&mut self) -> io::Result<()> {
        let Some(pushed) = &mut self.jetstream.pushed else {
            return Ok(());
        };
        while let Some(block) = pushed.next(&self.subscriptions) {
            self.socket.write_all(block)?;
        }
        self.socket.flush()
    }

    fn send_answers(&mut self) -> io::Result<()> {
        if !self.answers.is_empty() {
            self.socket.write_all(&self.answers)?;
            self.socket.flush()?;
            self.answers.clear();
        }
        Ok(())
    }
}

fn info(tls: bool) -> String {
    format!(
        "INFO {{\"server_id\":\"NULL\",\"server_name\":\"null\",\"version\":\"2.15.1\",\"go\":\"none\",\
         \"host\":\"127.0.0.1\",\"port\":4222,\"headers\":true,\"max_payload\":8388608,\"proto\":1,\"client_id\":1,\
         \"client_ip\":\"127.0.0.1\",\"tls_required\":{tls}}}\r\n"
    )
}
