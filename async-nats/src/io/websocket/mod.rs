//! Websockets as a stream of bytes.
//!
//! [`handshake`] asks a server to speak websocket on a stream, and gives a
//! [`Transport`](super::transport::Transport) on which the protocol runs as on TCP. Each batch that
//! is written is one binary message, bounded in size; of what is read, the bounds of messages do not
//! matter. Pings of the server are answered while reading. A close is the end of the stream, or an
//! error with the server's reason.
//!
//! Without the feature `websockets`, [`check`] and the handshake say that it is missing.

#[cfg(feature = "websockets")]
mod adapter;
#[cfg(feature = "websockets")]
mod opening;
#[cfg(all(test, feature = "websockets"))]
mod tests;

use crate::client::error::{ConnectError, ConnectErrorKind};
use crate::server_addr::ServerAddr;

#[cfg(not(feature = "websockets"))]
pub(super) use self::missing::{check, handshake};
#[cfg(feature = "websockets")]
pub(super) use self::opening::{check, handshake};

/// An address that no websocket can be opened with.
fn unusable(addr: &ServerAddr, why: &str) -> ConnectError {
    let text = format!("{} cannot be used: {why}", addr.redacted());
    ConnectError::with_source(ConnectErrorKind::ServerParse, text)
}

/// What stands in for websockets where there are none.
#[cfg(not(feature = "websockets"))]
mod missing {
    use std::sync::atomic::AtomicUsize;
    use std::sync::Arc;

    use super::super::transport::Transport;
    use super::{unusable, ConnectError, ServerAddr};

    pub(crate) fn check(addr: &ServerAddr) -> Result<(), ConnectError> {
        Err(unusable(
            addr,
            "this program was built without websockets; turn on the feature `websockets` of \
             async-nats, or give a nats:// or tls:// address",
        ))
    }

    pub(crate) async fn handshake(
        _: Transport,
        addr: &ServerAddr,
        _: &[(String, String)],
        _: &Arc<AtomicUsize>,
    ) -> Result<Transport, ConnectError> {
        Err(check(addr).err().unwrap_or_else(|| unusable(addr, "")))
    }
}
