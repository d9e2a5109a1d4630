//! Pull consumers: clients ask for messages, each for as many as it has room for.

mod config;
mod ordered_config;
mod request;

pub use self::config::Config;
pub use self::ordered_config::OrderedConfig;
pub use self::request::BatchConfig;
