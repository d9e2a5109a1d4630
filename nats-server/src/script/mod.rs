//! A scripted peer that plays a NATS server, for tests that read like a dialogue.
//!
//! A [`Peer`] speaks over anything that is `AsyncRead + AsyncWrite`: over [`Script::pair`] in memory and on virtual
//! time, or over TCP with [`Script::listen`]. Every expectation is bounded on tokio's clock (see
//! [`Peer::set_patience`]); one that fails panics with what was expected, what came instead, where the test asked for
//! it, and all that was said so far. Nothing is answered that the script does not answer, unless it asks for
//! [`Peer::answer_pings`].
//!
//! ```
//! use nats_server::script::{Info, Script};
//! use tokio::io::AsyncWriteExt;
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let (mut client, mut peer) = Script::pair();
//! client.write_all(b"CONNECT {\"lang\":\"rust\"}\r\nPING\r\nSUB a.b 1\r\n").await.unwrap();
//!
//! let connect = peer.handshake_with(Info::new().max_payload(1024)).await;
//! assert_eq!(connect["lang"], "rust");
//! let sub = peer.expect_sub().await;
//! peer.send_msg("a.b", sub.sid, None, "hello").await;
//! # });
//! ```

mod expect;
mod info;
mod listener;
mod pattern;
mod peer;
mod transcript;
mod wire;

pub use info::Info;
pub use listener::{Listener, Script};
pub use peer::Peer;
pub use wire::{Op, Pub, Sub, Unsub};
