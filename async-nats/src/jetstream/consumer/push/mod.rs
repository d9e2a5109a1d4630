//! Push consumers: the server sends messages to a subject as they come.

mod config;
mod ordered_config;

pub use self::config::Config;
pub use self::ordered_config::OrderedConfig;
