//! From an address to a connection that is ready: dial, INFO, TLS, CONNECT, PONG.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::dial::{self, DialSettings};
use super::tls;
use super::transport::Transport;
use crate::auth::Authentication;
use crate::client::error::{ConnectError, ConnectErrorKind};
use crate::event::reason::Reason;
use crate::event::ServerError;
use crate::proto::decode::{Decoder, Frame, Step};
use crate::proto::handshake::{ConnectInfo, Protocol, ServerInfo};
use crate::proto::rng::Rng;
use crate::proto::server_pool::Target;

/// Room for what comes during the handshake. An INFO line is some hundred bytes.
const HANDSHAKE_BUFFER: usize = 2048;

/// What the user chose for each connection.
#[derive(Clone, Debug)]
pub(crate) struct ConnectSettings {
    pub(crate) dial: DialSettings,
    pub(crate) authentication: Authentication,
    pub(crate) name: Option<String>,
    pub(crate) echo: bool,
    /// Bounds everything up to the PONG.
    pub(crate) timeout: Duration,
}

/// A connection whose handshake is done.
#[derive(Debug)]
pub(crate) struct Established {
    pub(crate) transport: Transport,
    pub(crate) info: Arc<ServerInfo>,
    pub(crate) target: Target,
    /// What came behind the PONG already.
    pub(crate) unread: BytesMut,
    /// Bytes until now: received, with what is unread, and sent; without those of TLS.
    pub(crate) handshake_bytes: (u64, u64),
}

/// Connects to one server.
///
/// # Errors
///
/// `TimedOut` when the whole of it takes longer than the settings allow; those of [`dial::dial`]; `Authentication` when
/// the credentials cannot be made; `AuthorizationViolation` when the server refuses them; `Io` for all else.
///
/// # Cancellation
///
/// Dropping the future closes what it opened.
pub(crate) async fn connect(
    target: Target,
    settings: &ConnectSettings,
    rng: &mut Rng,
) -> Result<Established, ConnectError> {
    let addr = target.addr.clone();
    match tokio::time::timeout(settings.timeout, handshake(target, settings, rng)).await {
        Ok(result) => result,
        Err(_elapsed) => {
            let (server, timeout) = (addr.redacted(), settings.timeout);
            let text = format!(
                "{server} was not ready within {timeout:?}; is the server reachable from this machine, and does it wait \
                 for TLS (`tls_first`)?"
            );
            Err(ConnectError::with_source(ConnectErrorKind::TimedOut, text))
        }
    }
}

async fn handshake(target: Target, settings: &ConnectSettings, rng: &mut Rng) -> Result<Established, ConnectError> {
    let tls = &settings.dial.tls;
    let transport = dial::dial(&target.addr, &target.tls_name, &settings.dial, rng).await?;
    let mut wire = Wire {
        transport,
        buffer: BytesMut::with_capacity(HANDSHAKE_BUFFER),
        decoder: Decoder::new(),
        server_name: target.tls_name.clone(),
        received: 0,
        sent: 0,
    };
    let mut info = wire.info().await?;
    let websocket = target.addr.is_websocket();
    if !tls.first && !websocket && (tls.required || info.tls_required || target.addr.tls_required()) {
        if wire.buffer.has_remaining() {
            // Whoever sits in between could put words into the server's mouth.
            return Err(io(
                "the server sent more than INFO before TLS; the connection cannot be trusted",
            ));
        }
        // So could they send the client to servers of theirs. What the server says of its cluster inside TLS counts.
        info.connect_urls.clear();
        wire.transport = tls::upgrade(wire.transport, &target.tls_name, tls).await?;
    }
    let connect = connect_info(&info, &target, settings).await?;
    let mut lines = Vec::with_capacity(512);
    connect.write_line(&mut lines);
    lines.extend_from_slice(b"PING\r\n");
    let sent = wire.send(&lines).await;
    // A server that refuses a client may close before it has read everything. Why it does is there to be read all the same.
    let info = wire.pong(info).await?;
    sent?;
    Ok(Established {
        handshake_bytes: (wire.received, wire.sent),
        transport: wire.transport,
        info: Arc::new(info),
        target,
        unread: wire.buffer,
    })
}

async fn connect_info(
    info: &ServerInfo,
    target: &Target,
    settings: &ConnectSettings,
) -> Result<ConnectInfo, ConnectError> {
    let answer = settings
        .authentication
        .answer(&info.nonce, &target.addr)
        .await
        .map_err(|error| ConnectError::with_source(ConnectErrorKind::Authentication, error))?;
    let mut connect = ConnectInfo {
        verbose: false,
        pedantic: false,
        user_jwt: None,
        nkey: None,
        signature: None,
        name: settings.name.clone(),
        echo: settings.echo,
        lang: "rust".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        protocol: Protocol::Dynamic,
        tls_required: settings.dial.tls.required || target.addr.tls_required(),
        user: None,
        pass: None,
        auth_token: None,
        headers: true,
        no_responders: true,
    };
    answer.fill(&mut connect);
    Ok(connect)
}

/// The stream during the handshake.
struct Wire {
    transport: Transport,
    buffer: BytesMut,
    decoder: Decoder,
    /// The name that TLS checks.
    server_name: String,
    received: u64,
    sent: u64,
}

/// A frame of the handshake, taken out of the buffer.
enum Word {
    Info(Box<ServerInfo>),
    Error(String),
    Ping,
    Pong,
    Other,
}

impl Wire {
    async fn word(&mut self) -> Result<Word, ConnectError> {
        loop {
            match self.decoder.next(&self.buffer, 0).map_err(protocol)? {
                Step::Frame { frame, end } => {
                    let bytes = self.buffer.split_to(end);
                    return Ok(match frame {
                        Frame::Info { at, len } => {
                            Word::Info(Box::new(ServerInfo::parse(&bytes[at..at + len]).map_err(protocol)?))
                        }
                        Frame::Error { at, len } => {
                            Word::Error(String::from_utf8_lossy(&bytes[at..at + len]).into_owned())
                        }
                        Frame::Ping => Word::Ping,
                        Frame::Pong => Word::Pong,
                        Frame::Ok | Frame::Message(_) => Word::Other,
                    });
                }
                Step::NeedMore | Step::NeedBody { .. } => {
                    self.buffer.reserve(HANDSHAKE_BUFFER / 2);
                    let read = self.transport.read_buf(&mut self.buffer).await;
                    let count = read.map_err(|error| tls::failure_after_handshake(&self.server_name, error))?;
                    self.received += count as u64;
                    if count == 0 {
                        return Err(io("the server closed the connection during the handshake"));
                    }
                }
            }
        }
    }

    async fn info(&mut self) -> Result<ServerInfo, ConnectError> {
        match self.word().await? {
            Word::Info(info) => Ok(*info),
            Word::Error(text) => Err(refused(&text)),
            _ => Err(io("expected INFO first; is this the address of a NATS server?")),
        }
    }

    async fn send(&mut self, lines: &[u8]) -> Result<(), ConnectError> {
        self.transport.write_all(lines).await?;
        self.sent += lines.len() as u64;
        Ok(self.transport.flush().await?)
    }

    /// Waits for the PONG; returns the last INFO that came until then.
    async fn pong(&mut self, mut info: ServerInfo) -> Result<ServerInfo, ConnectError> {
        loop {
            match self.word().await? {
                Word::Pong => return Ok(info),
                Word::Error(text) => return Err(refused(&text)),
                Word::Info(newer) => info = *newer,
                Word::Ping => self.send(b"PONG\r\n").await?,
                Word::Other => {}
            }
        }
    }
}

fn io(text: &'static str) -> ConnectError {
    ConnectError::with_source(ConnectErrorKind::Io, text)
}

fn protocol(error: impl std::error::Error + Send + Sync + 'static) -> ConnectError {
    ConnectError::with_source(ConnectErrorKind::Io, error)
}

/// The server said `-ERR` in place of PONG.
fn refused(text: &str) -> ConnectError {
    let kind = match Reason::from_err_line(text).is_authentication() {
        true => ConnectErrorKind::AuthorizationViolation,
        false => ConnectErrorKind::Io,
    };
    ConnectError::with_source(kind, ServerError::from_err_line(text))
}
