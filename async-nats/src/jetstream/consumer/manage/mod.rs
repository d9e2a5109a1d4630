//! Consumers as things on the server: creating, finding, pausing, resetting, listing and deleting them.
//!
//! The functions belong to [`Context`](crate::jetstream::Context) and to
//! [`Stream`](crate::jetstream::stream::Stream); their types have public paths there. How messages are read is left to
//! `pull` and `push`.

mod create;
mod error;
mod info_error;
mod listing;
mod lookup;
mod on_stream;
#[cfg(feature = "server_2_11")]
mod pause;
#[cfg(feature = "server_2_14")]
mod reset;

pub(super) use self::create::recreate;
pub use self::error::{
    ConsumerCreateStrictError, ConsumerCreateStrictErrorKind, ConsumerError, ConsumerErrorKind, ConsumerUpdateError,
    ConsumerUpdateErrorKind,
};
pub use self::info_error::{ConsumerInfoError, ConsumerInfoErrorKind};
pub use self::listing::{ConsumerNames, Consumers, ConsumersError, ConsumersErrorKind};
pub(super) use self::lookup::{delete_subject, info};
#[cfg(feature = "server_2_11")]
pub use self::pause::PauseResponse;
#[cfg(feature = "server_2_14")]
pub(super) use self::reset::reset;
#[cfg(feature = "server_2_14")]
pub use self::reset::{ConsumerResetError, ConsumerResetErrorKind, ConsumerResetResponse};
