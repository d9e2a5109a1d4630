//! Every limit of the protocol layer, with its reason.

/// Longest control line that is accepted from a server.
///
/// A server's own default for lines from clients is 4 KiB, and what it sends holds no more than two subjects and a few
/// numbers. INFO is longer: it lists a cluster's addresses. Past this, the peer does not speak the protocol.
pub(crate) const MAX_CONTROL_LINE: usize = 32 * 1024;

/// Longest INFO or -ERR line that is accepted from a server: some thousand cluster addresses.
pub(crate) const MAX_INFO_LINE: usize = 1024 * 1024;

/// Largest message (headers and payload) that a server may send, unless it says that it takes larger ones from clients.
/// Headers have no limit of their own: any publisher could break the connections of all subscribers with longer ones.
/// Reading them is bounded by itself.
///
/// A length above it is a broken or hostile peer. Memory is set aside as the bytes come, not as they are announced.
pub(crate) const MAX_MESSAGE: usize = 64 * 1024 * 1024;

/// Largest `max_payload` of a server that is believed: servers keep it as a number of 32 bits with a sign.
pub(crate) const MAX_PAYLOAD: usize = i32::MAX as usize;

/// What a server may add to a message that is as long as it takes: headers that say where a stored message comes from.
pub(crate) const MAX_ADDED: usize = 64 * 1024;

/// The payload limit that is assumed until a server has said its own: the server's default.
pub(crate) const DEFAULT_MAX_PAYLOAD: usize = 1024 * 1024;

/// Payloads of at least this many bytes are sent by reference in a vectored write; smaller ones are copied.
pub(crate) const PAYLOAD_BY_REFERENCE: usize = 8 * 1024;

/// Full size of one outbound segment. Frames are copied into segments; a segment never grows.
pub(crate) const SEGMENT: usize = 64 * 1024;

/// Size of the first outbound segment after an idle time, so that an idle connection holds next to nothing.
pub(crate) const FIRST_SEGMENT: usize = 1024;

/// Bytes that may wait for the socket while connected before publishers wait. Few enough that the buffers stay in a cache of
/// the processor, and enough for several writes.
pub(crate) const PENDING_WHILE_CONNECTED: usize = 256 * 1024;

/// Bytes that may wait while disconnected before publishers wait or fail, unless the user sets another limit.
pub(crate) const PENDING_WHILE_DISCONNECTED: usize = 8 * 1024 * 1024;

/// PONGs that may be owed at once. A peer that sends more PINGs than this without reading is answered this often.
pub(crate) const MAX_PONGS_OWED: u32 = 1024;

/// Messages that a subscription keeps for its reader unless the user sets another limit.
pub(crate) const SUBSCRIPTION_MESSAGES: usize = 64 * 1024;

/// Bytes that a subscription keeps for its reader unless the user sets another limit.
pub(crate) const SUBSCRIPTION_BYTES: usize = 256 * 1024 * 1024;

/// Subscriptions that can be open at once: the index part of a sid.
pub(crate) const MAX_SUBSCRIPTIONS: usize = 1 << 24;

/// Requests that can be in flight at once: the index part of a reply token.
pub(crate) const MAX_REQUESTS: usize = 1 << 24;

/// Servers that a pool takes from INFO lines.
pub(crate) const MAX_DISCOVERED_SERVERS: usize = 4096;
