//! A blocking connection to a server of this protocol, plain or with TLS.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use bench_common::Settings;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// A connection on which the handshake is done.
pub(super) enum Stream {
    Plain(BufReader<TcpStream>),
    Tls(Box<BufReader<StreamOwned<ClientConnection, TcpStream>>>),
}

/// What a reader keeps before its buffer is drained; large reads pass it by.
const BUFFER: usize = 8 * 1024;

impl Stream {
    /// Connects, and returns when the server has answered a PING.
    pub(super) fn open(settings: &Settings) -> io::Result<Self> {
        let url = settings.text("url").unwrap_or_default();
        let address = url.split_once("://").map_or(url, |(_, address)| address);
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        let mut plain = BufReader::with_capacity(BUFFER, stream);
        let mut info = String::new();
        plain.read_line(&mut info)?;
        let mut stream = match settings.text("ca") {
            None => Self::Plain(plain),
            Some(file) => Self::Tls(Box::new(BufReader::with_capacity(
                BUFFER,
                secured(plain.into_inner(), file)?,
            ))),
        };
        stream.write_all(b"CONNECT {\"verbose\":false,\"protocol\":1,\"headers\":true}\r\nPING\r\n")?;
        stream.flush()?;
        match stream.read_line()?.as_str() {
            "PONG\r\n" => Ok(stream),
            other => Err(io::Error::other(format!("instead of PONG the server said: {other}"))),
        }
    }

    /// Reads a line, with its line break.
    pub(super) fn read_line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        match self {
            Self::Plain(stream) => stream.read_line(&mut line)?,
            Self::Tls(stream) => stream.read_line(&mut line)?,
        };
        Ok(line)
    }
}

fn secured(stream: TcpStream, file: &str) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
    let certificate = CertificateDer::from_pem_file(file).map_err(io::Error::other)?;
    let mut roots = RootCertStore::empty();
    roots.add(certificate).map_err(io::Error::other)?;
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
    let session = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    Ok(StreamOwned::new(session, stream))
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.get_mut().write(buffer),
            Self::Tls(stream) => stream.get_mut().write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.get_mut().flush(),
            Self::Tls(stream) => stream.get_mut().flush(),
        }
    }
}
