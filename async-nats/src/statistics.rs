//! Counters of what a client has sent and received.

use portable_atomic::AtomicU64;

/// What a client has sent and received since it was made, over all of its connections.
///
/// The counters are shared by all clones of the client and can be read at any time, from any thread. They never go
/// down. Work that is under way may be missing from them for a moment.
///
/// ```
/// use std::sync::atomic::Ordering;
///
/// let statistics = async_nats::Statistics::default();
/// assert_eq!(statistics.in_messages.load(Ordering::Relaxed), 0);
/// ```
#[derive(Default, Debug)]
pub struct Statistics {
    /// Bytes received, as the protocol has them: with control lines, and without what TLS and websockets add.
    pub in_bytes: AtomicU64,
    /// Bytes of the protocol that were sent: handshakes, and messages from their control lines to their ends.
    pub out_bytes: AtomicU64,
    /// Messages received.
    pub in_messages: AtomicU64,
    /// Messages sent.
    pub out_messages: AtomicU64,
    /// Connections that were established: the first one, and each reconnect.
    pub connects: AtomicU64,
}
