//! The ports of a server, as it writes them into its ports file, and free ports of this machine.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

/// The ports that a server listens on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ports {
    pub(crate) client: u16,
    /// Whether clients must use TLS.
    pub(crate) client_tls: bool,
    pub(crate) monitor: u16,
    pub(crate) websocket: Option<u16>,
    pub(crate) websocket_tls: bool,
}

impl Ports {
    /// Reads the only `*.ports` file of `folder`; `None` while it is not there or not written to its end.
    pub(crate) fn read(folder: &Path) -> Option<Self> {
        let file = std::fs::read_dir(folder)
            .ok()?
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|ext| ext == "ports"))?;
        Self::parse(&std::fs::read(file).ok()?)
    }

    fn parse(text: &[u8]) -> Option<Self> {
        let value: serde_json::Value = serde_json::from_slice(text).ok()?;
        let first = |list: &str| value[list][0].as_str();
        Some(Self {
            client: port_of(first("nats")?)?,
            client_tls: first("nats")?.starts_with("tls://"),
            monitor: port_of(first("monitoring")?)?,
            websocket: first("websocket").and_then(port_of),
            websocket_tls: first("websocket").is_some_and(|url| url.starts_with("wss://")),
        })
    }

    /// Removes what an earlier process has written.
    pub(crate) fn forget(folder: &Path) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|ext| ext == "ports") {
                // A file that stays is noticed: it names ports on which nothing answers.
                let _ = std::fs::remove_file(path);
            }
        }
    }
}

/// The port at the end of a URL or of `host:port`.
pub(crate) fn port_of(url: &str) -> Option<u16> {
    let authority = match url.split_once("://") {
        Some((_, rest)) => rest,
        None => url,
    };
    let authority = authority.split(['/', '?']).next()?;
    authority.rsplit_once(':')?.1.parse().ok()
}

/// Whether nothing listens on this port of the loopback address, so that a server can.
///
/// Another process may take the port right after the answer. 0 and numbers over 65 535 are no ports: `false`.
pub fn is_port_available(port: usize) -> bool {
    match u16::try_from(port) {
        Ok(0) | Err(_) => false,
        Ok(port) => TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok(),
    }
}

/// A port of the loopback address that is free now; for settings in which a server does not pick a port by itself, or
/// must keep it over restarts.
///
/// # Panics
///
/// When the system has no free port.
pub fn free_port() -> u16 {
    hold_port().1
}

/// A free port, kept from others until the listener is dropped.
pub(crate) fn hold_port() -> (TcpListener, u16) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .unwrap_or_else(|error| panic!("no free port on the loopback address: {error}"));
    let port = listener
        .local_addr()
        .unwrap_or_else(|error| panic!("a listener without an address: {error}"))
        .port();
    (listener, port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ports_file_is_read() {
        let ports = Ports::parse(
            br#"{"nats":["nats://127.0.0.1:1"],"monitoring":["http://127.0.0.1:2"],"cluster":["nats://127.0.0.1:3"],"websocket":["ws://127.0.0.1:4"]}"#,
        );
        let expected = Ports {
            client: 1,
            client_tls: false,
            monitor: 2,
            websocket: Some(4),
            websocket_tls: false,
        };
        assert_eq!(ports, Some(expected));
    }

    #[test]
    fn a_server_that_wants_tls_is_told_apart() {
        let ports = Ports::parse(br#"{"nats":["tls://127.0.0.1:1"],"monitoring":["http://127.0.0.1:2"]}"#)
            .expect("a good file");
        assert!(ports.client_tls);
        assert_eq!(ports.websocket, None);
    }

    #[test]
    fn a_file_that_is_not_complete_is_not_read() {
        assert_eq!(Ports::parse(b""), None);
        assert_eq!(Ports::parse(br#"{"nats":["nats://127.0.0.1:1"],"#), None);
        assert_eq!(Ports::parse(br#"{"nats":["nats://127.0.0.1:1"]}"#), None);
    }

    #[test]
    fn ports_are_found_in_urls() {
        assert_eq!(port_of("nats://user:pass@localhost:4222"), Some(4222));
        assert_eq!(port_of("tls://[::1]:4223/"), Some(4223));
        assert_eq!(port_of("127.0.0.1:1"), Some(1));
        assert_eq!(port_of("localhost"), None);
        assert_eq!(port_of("localhost:99999"), None);
    }

    #[test]
    fn a_port_is_available_until_something_listens() {
        let (listener, port) = hold_port();
        assert!(!is_port_available(port.into()));
        drop(listener);
        assert!(is_port_available(port.into()));
    }

    #[test]
    fn numbers_that_are_no_ports_are_not_available() {
        assert!(!is_port_available(0));
        assert!(!is_port_available(65_536));
    }
}
