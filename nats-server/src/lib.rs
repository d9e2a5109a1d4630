//! Runs real NATS servers for tests.
//!
//! * [`run_server`] and its kin start one server, [`run_cluster`] starts three; [`Launch`] has all settings. The program
//!   is looked for as [`binary()`] says.
//! * A [`Server`] can be stopped, killed, paused and started again; it is gone, with all of its files, when dropped.
//! * [`proxy`] has a network in front of a server that delays, slices, cuts and swallows bytes.
//! * [`script`] has a peer that plays a server in a dialogue, byte by byte and on virtual time.
//! * [`tls`] makes certificates, [`auth`] keys and JWTs, and [`configs`] the texts of configurations that use them.
//!
//! The functions of this page block, and work inside and outside of an async runtime. They are made for tests, so those that start
//! something panic when it does not start, with the reason and the end of the server's log.
//!
//! ```no_run
//! let server = nats_server::run_basic_server();
//! println!("connect to {}", server.client_url());
//! ```

pub mod auth;
mod binary;
mod cluster;
mod config;
pub mod configs;
mod guard;
mod launch;
mod monitor;
mod ports;
mod process;
pub mod proxy;
mod random;
mod scratch;
pub mod script;
mod server;
mod tcp;
pub mod tls;

pub use binary::{binary, version, BinaryError};
pub use cluster::{run_cluster, run_cluster_with_config_text, Cluster};
pub use config::{Config, ConfigText, IntoConfig};
pub use launch::{Launch, StartError};
pub use ports::{free_port, is_port_available};
pub use server::Server;

/// Starts a server without configuration on a free port.
///
/// # Panics
///
/// When there is no `nats-server` to run, or when it does not start; the text says why.
#[track_caller]
pub fn run_basic_server() -> Server {
    Launch::new().start()
}

/// Starts a server on a free port, whatever port the configuration names.
///
/// `cfg` is the path of a configuration file, relative to the current folder; the empty one means none.
///
/// # Panics
///
/// When there is no `nats-server` to run, or when it does not start; the text says why, with the end of its log.
#[track_caller]
pub fn run_server(cfg: &str) -> Server {
    run_server_with_port(cfg, None)
}

/// Starts a server on the given port, or on a free one.
///
/// `cfg` is the path of a configuration file, relative to the current folder; the empty one means none.
///
/// # Panics
///
/// When `port` is no port number or is taken, and as [`run_server`] does.
#[track_caller]
pub fn run_server_with_port(cfg: &str, port: Option<&str>) -> Server {
    let launch = Launch::new().config_file(cfg);
    let launch = match port {
        None => launch,
        Some(text) => match text.parse() {
            Ok(port) => launch.port(port),
            Err(_) => panic!("{text:?} is no port number"),
        },
    };
    launch.start()
}

/// Starts a server on a free port, configured from text.
///
/// # Panics
///
/// As [`run_server`] does.
#[track_caller]
pub fn run_server_with_config_text(text: &str) -> Server {
    Launch::new().config_text(text).start()
}

/// Puts a server into lame duck mode; see [`Server::lame_duck`].
///
/// # Panics
///
/// When the server is stopped, and on systems without signals.
#[track_caller]
pub fn set_lame_duck_mode(s: &Server) {
    if let Err(error) = s.lame_duck() {
        panic!("{error}");
    }
}
