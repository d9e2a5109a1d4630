//! A server that costs next to nothing, so that the client is the limit.
//!
//! It speaks as much of the protocol as the workloads need. What is published is skipped, not looked at; a flood is a
//! buffer made beforehand and written again and again; requests are answered with their own payload, and those to JetStream
//! with as much as the workloads need. PING is answered in its place among all that came before. A thread serves a connection with blocking calls, outside of the measured
//! process. What it does not understand ends the connection with a line on standard error, so that a run fails loudly.

mod certificates;
mod connection;
mod flood;
mod frames;
mod jetstream;
mod socket;
mod subscriptions;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::thread::JoinHandle;

use rustls::ServerConfig;

use certificates::Certificates;

/// A null server that runs until it is dropped.
pub(crate) struct NullServer {
    address: SocketAddr,
    certificates: Option<Certificates>,
    stops: Arc<AtomicBool>,
    listener: Option<JoinHandle<()>>,
}

impl NullServer {
    /// Starts one without TLS on a free port of the local address.
    pub(crate) fn plain() -> Result<Self, String> {
        Self::start(None)
    }

    /// Starts one that requires TLS, with a certificate made for this run.
    pub(crate) fn tls() -> Result<Self, String> {
        Self::start(Some(Certificates::make()?))
    }

    fn start(certificates: Option<Certificates>) -> Result<Self, String> {
        let explained = |error: std::io::Error| format!("the null server cannot listen: {error}");
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(explained)?;
        let address = listener.local_addr().map_err(explained)?;
        let stops = Arc::new(AtomicBool::new(false));
        let config = certificates.as_ref().map(Certificates::config);
        let told_to_stop = Arc::clone(&stops);
        let listener = std::thread::spawn(move || accept(&listener, config, &told_to_stop));
        Ok(Self {
            address,
            certificates,
            stops,
            listener: Some(listener),
        })
    }

    /// Where clients connect to.
    pub(crate) fn url(&self) -> String {
        let scheme = if self.certificates.is_some() { "tls" } else { "nats" };
        format!("{scheme}://localhost:{}", self.address.port())
    }

    /// The file with the certificate that clients must trust, when there is TLS.
    pub(crate) fn trusted(&self) -> Option<&Path> {
        self.certificates.as_ref().map(Certificates::file)
    }
}

impl Drop for NullServer {
    fn drop(&mut self) {
        self.stops.store(true, Ordering::Release);
        // Wakes the listener, so that it looks at the flag. Connections end when their clients do.
        let _ = TcpStream::connect(self.address);
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

fn accept(listener: &TcpListener, config: Option<Arc<ServerConfig>>, stops: &AtomicBool) {
    for stream in listener.incoming() {
        if stops.load(Ordering::Acquire) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let config = config.clone();
        std::thread::spawn(move || {
            if let Err(error) = connection::serve(stream, config) {
                eprintln!("null server: {error}");
            }
        });
    }
}
