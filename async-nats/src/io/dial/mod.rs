//! The way to a server: a stream on which the protocol can begin.
//!
//! [`dial`] resolves the name of a server, connects to the first of its addresses that answers
//! (`localhost` at its usual address before any other), and puts on it what the address demands: TLS, a websocket. A stream of the user's own takes the
//! place of name and socket when there is a [`Dialer`]. TLS that the server asks for only once the
//! protocol has begun is added by whoever speaks the protocol, with [`tls::upgrade`].
//!
//! There is no time-out here: the caller bounds the whole, DNS and TLS included.

mod race;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::AtomicUsize;
use std::sync::Arc;

use super::tls::{self, TlsSettings};
use super::transport::{explained, io_failure, Dialer, Transport};
use super::{tcp, websocket};
use crate::client::error::{ConnectError, ConnectErrorKind};
use crate::proto::rng::Rng;
use crate::server_addr::ServerAddr;

/// How to reach servers. The default is by name and TCP, with TLS where the address says so.
#[derive(Clone, Default)]
pub(crate) struct DialSettings {
    /// Opens streams in the place of TCP connections.
    pub(crate) dialer: Option<Arc<dyn Dialer>>,
    /// The local address, and port unless 0, that TCP connections come from.
    pub(crate) local_address: Option<SocketAddr>,
    /// Whether the addresses of a name are tried in the order of the resolver, not in a random
    /// one.
    pub(crate) retain_order: bool,
    /// How to do TLS, and whether it comes before all else.
    pub(crate) tls: TlsSettings,
    /// Headers that are sent with the handshake of a websocket.
    pub(crate) websocket_headers: Vec<(String, String)>,
    /// The largest payload of the server that the client was last connected to; 0 before. It bounds
    /// the messages of a websocket.
    pub(crate) max_payload: Arc<AtomicUsize>,
}

impl fmt::Debug for DialSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The values of headers are often credentials.
        let headers = self.websocket_headers.iter().map(|(name, _)| name);
        f.debug_struct("DialSettings")
            .field("dialer", &self.dialer.is_some())
            .field("local_address", &self.local_address)
            .field("retain_order", &self.retain_order)
            .field("tls", &self.tls)
            .field("websocket_headers", &headers.collect::<Vec<_>>())
            .finish()
    }
}

/// Opens a stream to the server at `addr`.
///
/// `tls_name` is the name that the certificate of the server is checked against, in case that TLS
/// begins here: with `wss`, and when TLS comes first. It is not taken from the address, because a
/// server that was discovered by its IP address goes by the name of the one that told of it.
///
/// `rng` decides the order in which the addresses of a name are tried.
///
/// # Errors
///
/// * `Dns` when the name cannot be resolved, or to nothing.
/// * `Io` when no address can be connected to, the [`Dialer`] fails, or a handshake (TLS or
///   websocket) does.
/// * `Tls` when TLS cannot be set up: a file, the name, the configuration.
/// * `ServerParse` when the address cannot be used for a websocket.
///
/// # Cancellation
///
/// Dropping the future closes all that it opened.
pub(crate) async fn dial(
    addr: &ServerAddr,
    tls_name: &str,
    settings: &DialSettings,
    rng: &mut Rng,
) -> Result<Transport, ConnectError> {
    if addr.is_websocket() {
        websocket::check(addr)?;
    }
    let mut transport = match &settings.dialer {
        Some(dialer) => Transport::Stream(
            dialer
                .dial(addr)
                .await
                .map_err(|err| io_failure(format!("the dialer could not reach {}: {err}", addr.redacted()), err))?,
        ),
        None => Transport::Tcp(open(addr, settings, rng).await?),
    };
    let secure_websocket = addr.scheme() == "wss";
    if secure_websocket || settings.tls.first && !addr.is_websocket() {
        transport = tls::upgrade(transport, tls_name, &settings.tls).await?;
    }
    if addr.is_websocket() {
        transport = websocket::handshake(transport, addr, &settings.websocket_headers, &settings.max_payload).await?;
    }
    Ok(transport)
}

/// Opens a TCP connection to one of the addresses of a server.
async fn open(
    addr: &ServerAddr,
    settings: &DialSettings,
    rng: &mut Rng,
) -> Result<tokio::net::TcpStream, ConnectError> {
    let local = settings.local_address;
    let mut failed = None;
    if let Some(address) = without_resolver(addr, local) {
        match tcp::connect(address, local).await {
            Ok(stream) => return Ok(stream),
            Err(error) => failed = Some((address, error)),
        }
    }
    let resolved = match resolve(addr).await {
        Ok(resolved) => resolved,
        Err(error) => return Err(failed.map_or(error, |(address, error)| unreachable(addr, address, 1, error))),
    };
    let tried = failed.as_ref().map(|(address, _)| *address);
    let usable = resolved
        .into_iter()
        .filter(|address| local.is_none_or(|local| local.is_ipv4() == address.is_ipv4()))
        .filter(|address| Some(*address) != tried);
    let addresses = race::order(usable, settings.retain_order, rng);
    let count = addresses.len() + usize::from(failed.is_some());
    match race::race(addresses, |address| tcp::connect(address, local)).await {
        Ok(stream) => Ok(stream),
        Err(last) => match last.or(failed) {
            Some((address, err)) => Err(unreachable(addr, address, count, err)),
            None => Err(other_family(addr, local)),
        },
    }
}

/// The address to try before any resolver is asked: that of this machine, when it goes by its usual name. Asking takes a
/// thread and several files, and longer than all the rest. Whether somebody listens there is known at once, except on
/// Windows, which asks the port several times.
fn without_resolver(addr: &ServerAddr, local: Option<SocketAddr>) -> Option<SocketAddr> {
    let is_usual = cfg!(unix) && addr.host().eq_ignore_ascii_case("localhost");
    let usable = is_usual && local.is_none_or(|local| local.is_ipv4());
    usable.then(|| SocketAddr::from((Ipv4Addr::LOCALHOST, addr.port())))
}

/// All addresses of a server.
async fn resolve(addr: &ServerAddr) -> Result<Vec<SocketAddr>, ConnectError> {
    let host = addr.host();
    let resolved: Vec<_> = tokio::net::lookup_host((host, addr.port()))
        .await
        .map_err(|err| {
            let text = format!("could not resolve '{host}': {err}; check the name and the resolver of this machine");
            ConnectError::with_source(ConnectErrorKind::Dns, explained(text, err))
        })?
        .collect();
    if resolved.is_empty() {
        let text = format!("'{host}' resolves to no address");
        return Err(ConnectError::with_source(ConnectErrorKind::Dns, text));
    }
    Ok(resolved)
}

/// No address of a server could be connected to: the last one and why.
fn unreachable(addr: &ServerAddr, address: SocketAddr, count: usize, err: io::Error) -> ConnectError {
    let server = addr.redacted();
    let others = match count {
        1 => String::new(),
        count => format!(", the last of {count} addresses"),
    };
    let advice = match err.kind() {
        io::ErrorKind::ConnectionRefused => "; is a server running there, on this port?",
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::AddrInUse => {
            "; is the local address one of this machine, and its port free?"
        }
        _ => "; is the server reachable from this machine?",
    };
    let text = format!("could not connect to {server} at {address}{others}: {err}{advice}");
    io_failure(text, err)
}

/// A server has no address of the family of the local address.
fn other_family(addr: &ServerAddr, local: Option<SocketAddr>) -> ConnectError {
    let family = match local {
        Some(SocketAddr::V6(_)) => "IPv6",
        _ => "IPv4",
    };
    let text = format!(
        "{} has no {family} address, but the local address to connect from is {family}; set \
         another local address, or none",
        addr.redacted()
    );
    io_failure(text, io::ErrorKind::AddrNotAvailable.into())
}

#[cfg(test)]
mod tests;
