//! Texts of configurations that tests need again and again.
//!
//! They go into [`run_server_with_config_text`](crate::run_server_with_config_text), alone or several put together:
//!
//! ```no_run
//! use nats_server::{configs, tls::Certificates};
//!
//! let certificates = Certificates::new();
//! let text = configs::tls(&certificates.server) + &configs::user_password("derek", "s3cr3t");
//! let server = nats_server::run_server_with_config_text(&text);
//! assert!(server.client_url().starts_with("tls://"));
//! ```
//!
//! Names and secrets must not have quotes or backslashes in them.

use std::path::Path;

use crate::tls::Identity;

/// Seconds for handshakes and authentication; long, because a machine may be busy with other tests.
const PATIENCE: u32 = 20;

/// JetStream, with limits that suit a test.
pub fn jetstream() -> String {
    "jetstream { max_mem_store: 256MB, max_file_store: 1GB }\n".to_owned()
}

/// Clients must give this user and password.
pub fn user_password(user: &str, password: &str) -> String {
    format!("authorization {{ user: \"{user}\", password: \"{password}\", timeout: {PATIENCE} }}\n")
}

/// Clients must give this token.
pub fn token(token: &str) -> String {
    format!("authorization {{ token: \"{token}\", timeout: {PATIENCE} }}\n")
}

/// Clients must sign with the key of this public user key; see [`auth`](crate::auth).
pub fn nkey(public: &str) -> String {
    format!("authorization {{ users: [ {{ nkey: {public} }} ], timeout: {PATIENCE} }}\n")
}

/// Clients must use TLS.
pub fn tls(server: &Identity) -> String {
    tls_block(server, "")
}

/// Clients must use TLS with a certificate that this authority has signed.
pub fn tls_verify(server: &Identity, ca: &Path) -> String {
    tls_block(server, &verify(ca))
}

/// Clients must begin with the TLS handshake, before the server has said anything. Needs nats-server 2.10.
pub fn tls_first(server: &Identity) -> String {
    tls_block(server, ", handshake_first: true")
}

/// Clients may begin with the TLS handshake; those that have not after `wait`, such as `300ms`, are told to.
/// Needs nats-server 2.10.
pub fn tls_first_or_after(server: &Identity, wait: &str) -> String {
    tls_block(server, &format!(", handshake_first: \"{wait}\""))
}

/// Clients may use a websocket, on a free port; see [`Server::websocket_url`](crate::Server::websocket_url).
pub fn websocket() -> String {
    websocket_on(-1)
}

/// Clients may use a websocket on this port, which stays the same over restarts; see
/// [`free_port`](crate::free_port).
pub fn websocket_with_port(port: u16) -> String {
    websocket_on(port.into())
}

/// Clients may use a websocket with TLS, on a free port.
pub fn websocket_tls(server: &Identity) -> String {
    let tls = tls_block(server, "");
    format!("websocket {{\n  listen: \"127.0.0.1:-1\"\n  {tls}}}\n")
}

/// Clients may use a websocket with TLS and a certificate that this authority has signed, on a free port.
pub fn websocket_tls_verify(server: &Identity, ca: &Path) -> String {
    let tls = tls_block(server, &verify(ca));
    format!("websocket {{\n  listen: \"127.0.0.1:-1\"\n  {tls}}}\n")
}

fn websocket_on(port: i32) -> String {
    format!("websocket {{ listen: \"127.0.0.1:{port}\", no_tls: true }}\n")
}

fn verify(ca: &Path) -> String {
    format!(", ca_file: \"{}\", verify: true", quoted(ca))
}

fn tls_block(server: &Identity, more: &str) -> String {
    format!(
        "tls {{ cert_file: \"{}\", key_file: \"{}\", timeout: {PATIENCE}{more} }}\n",
        quoted(&server.certificate),
        quoted(&server.key)
    )
}

/// A path that can stand in quotes; in them a backslash would begin something else.
fn quoted(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_windows_can_be_quoted() {
        assert_eq!(quoted(Path::new(r"C:\temp\a.pem")), "C:/temp/a.pem");
    }
}
