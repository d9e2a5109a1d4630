//! What client and server tell each other about themselves when they meet: INFO from the server, CONNECT from the
//! client, as JSON.
//!
//! Reading never fails but with an error that says what is wrong; writing gives one complete line. Which of the two
//! comes when, and what follows from what the server says, is left to the connection.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[cfg(test)]
mod tests;

/// What a server says about itself: when a connection is made, and again when something about it changes.
///
/// What a server leaves out is empty, zero or false here.
#[derive(Debug, Deserialize, Default, Clone, Eq, PartialEq)]
pub struct ServerInfo {
    /// The unique id of the server.
    #[serde(default)]
    pub server_id: String,
    /// The name of the server, chosen or generated.
    #[serde(default)]
    pub server_name: String,
    /// The host that the server listens on.
    #[serde(default)]
    pub host: String,
    /// The port that the server listens on.
    #[serde(default)]
    pub port: u16,
    /// The version of the server.
    #[serde(default)]
    pub version: String,
    /// Whether clients have to authenticate.
    #[serde(default)]
    pub auth_required: bool,
    /// Whether clients have to use TLS.
    #[serde(default)]
    pub tls_required: bool,
    /// How many bytes headers and payload of a message may have together.
    #[serde(default)]
    pub max_payload: usize,
    /// The version of the protocol that the server speaks.
    #[serde(default)]
    pub proto: i8,
    /// The number of this connection at the server; another one after a reconnect.
    #[serde(default)]
    pub client_id: u64,
    /// The version of Go that the server was built with.
    #[serde(default)]
    pub go: String,
    /// What clients that authenticate with a key have to sign.
    #[serde(default)]
    pub nonce: String,
    /// Addresses of the servers in the cluster that clients can connect to, as `host:port`.
    #[serde(default)]
    pub connect_urls: Vec<String>,
    /// The address of the client, as the server sees it.
    #[serde(default)]
    pub client_ip: String,
    /// Whether messages can have headers.
    #[serde(default)]
    pub headers: bool,
    /// Whether the server is about to shut down, and clients should move to another one.
    #[serde(default, rename = "ldm")]
    pub lame_duck_mode: bool,
    /// The name of the cluster that the server belongs to.
    #[serde(default)]
    pub cluster: Option<String>,
    /// The JetStream domain of the server.
    #[serde(default)]
    pub domain: Option<String>,
    /// Whether the server has JetStream.
    #[serde(default)]
    pub jetstream: bool,
}

impl ServerInfo {
    /// Reads the JSON that stands behind `INFO` on its line.
    pub(crate) fn parse(json: &[u8]) -> Result<ServerInfo, InvalidInfo> {
        serde_json::from_slice(json).map_err(InvalidInfo)
    }
}

/// An INFO line that cannot be read.
#[derive(Debug)]
pub(crate) struct InvalidInfo(serde_json::Error);

impl fmt::Display for InvalidInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the server's INFO cannot be read: {}; check that the address is that of a NATS server's client port",
            self.0
        )
    }
}

impl std::error::Error for InvalidInfo {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// What a client says about itself, and who it claims to be.
///
/// `Debug` shows that there are secrets, not what they are.
#[derive(Clone, Serialize)]
pub struct ConnectInfo {
    /// Whether the server shall confirm each operation.
    pub verbose: bool,
    /// Whether the server shall check subjects strictly.
    pub pedantic: bool,
    /// The JWT of the user.
    #[serde(rename = "jwt")]
    pub user_jwt: Option<String>,
    /// The public key of the user.
    pub nkey: Option<String>,
    /// The server's nonce, signed, as base64url.
    #[serde(rename = "sig")]
    pub signature: Option<String>,
    /// The name of the client, for people who look at the server.
    pub name: Option<String>,
    /// Whether the client wants to receive, on its own subscriptions, what it publishes.
    pub echo: bool,
    /// The language that the client is written in.
    pub lang: String,
    /// The version of the client.
    pub version: String,
    /// The version of the protocol that the client speaks.
    pub protocol: Protocol,
    /// Whether the client demands TLS.
    pub tls_required: bool,
    /// The name of the user.
    pub user: Option<String>,
    /// The password of the user.
    pub pass: Option<String>,
    /// A token, which stands for a user.
    pub auth_token: Option<String>,
    /// Whether the client understands headers.
    pub headers: bool,
    /// Whether the client wants to be told when nobody listens to a request.
    pub no_responders: bool,
}

impl ConnectInfo {
    /// Appends the whole CONNECT line.
    pub(crate) fn write_line(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"CONNECT ");
        // JSON escapes all control characters, so that nothing in a field can end the line.
        serde_json::to_writer(&mut *out, self)
            .expect("texts, flags and a number always have a JSON form, and memory takes all writes");
        out.extend_from_slice(b"\r\n");
    }
}

impl fmt::Debug for ConnectInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectInfo")
            .field("verbose", &self.verbose)
            .field("pedantic", &self.pedantic)
            .field("user_jwt", &hidden(&self.user_jwt))
            .field("nkey", &self.nkey)
            .field("signature", &hidden(&self.signature))
            .field("name", &self.name)
            .field("echo", &self.echo)
            .field("lang", &self.lang)
            .field("version", &self.version)
            .field("protocol", &self.protocol)
            .field("tls_required", &self.tls_required)
            .field("user", &self.user)
            .field("pass", &hidden(&self.pass))
            .field("auth_token", &hidden(&self.auth_token))
            .field("headers", &self.headers)
            .field("no_responders", &self.no_responders)
            .finish()
    }
}

/// A secret, to be printed.
fn hidden(secret: &Option<String>) -> Option<&'static str> {
    secret.as_ref().map(|_| "***")
}

/// Versions of the protocol between client and server.
#[derive(PartialEq, Eq, Debug, Clone, Copy)]
#[repr(u8)]
pub enum Protocol {
    /// The original protocol: the server sends INFO once.
    Original = 0,
    /// The server sends INFO again when its cluster changes, and before it shuts down.
    Dynamic = 1,
}

impl Serialize for Protocol {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(*self as u8)
    }
}

impl<'de> Deserialize<'de> for Protocol {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u8::deserialize(deserializer)? {
            0 => Ok(Protocol::Original),
            1 => Ok(Protocol::Dynamic),
            other => Err(serde::de::Error::custom(format_args!(
                "invalid value: {other}, expected 0 or 1"
            ))),
        }
    }
}
