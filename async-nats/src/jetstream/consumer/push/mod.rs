//! Push consumers: the server sends messages to a subject as they come.

mod config;
mod error;
mod listener;
mod messages;
mod ordered;
mod ordered_config;

pub use self::config::Config;
pub use self::error::{
    ConsumerRecreateError, ConsumerRecreateErrorKind, MessagesError, MessagesErrorKind, OrderedError, OrderedErrorKind,
};
pub use self::messages::Messages;
pub use self::ordered::Ordered;
pub use self::ordered_config::OrderedConfig;
