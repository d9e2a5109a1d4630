//! The INFO that a scripted peer sends.

use std::fmt;

use serde_json::{json, Value};

/// The fields of an INFO, which starts as a recent server with headers would send it.
#[derive(Clone, Debug, PartialEq)]
pub struct Info {
    fields: Value,
}

impl Default for Info {
    fn default() -> Self {
        Self::new()
    }
}

impl Info {
    /// A server called `script`, with headers, 1 MiB of payload, and nothing asked of the client.
    pub fn new() -> Self {
        Self {
            fields: json!({
                "server_id": "SCRIPT",
                "server_name": "script",
                "version": "2.12.0",
                "go": "go1.25",
                "host": "127.0.0.1",
                "port": 4222,
                "headers": true,
                "proto": 1,
                "max_payload": 1_048_576,
                "client_id": 1,
                "client_ip": "127.0.0.1",
            }),
        }
    }

    /// An INFO of these fields and no others; the value is to be an object.
    pub fn from_value(fields: Value) -> Self {
        Self { fields }
    }

    /// Sets any field.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields[name] = value.into();
        self
    }

    /// Leaves a field out.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        if let Some(fields) = self.fields.as_object_mut() {
            fields.remove(name);
        }
        self
    }

    /// Whether the server takes and gives headers.
    #[must_use]
    pub fn headers(self, headers: bool) -> Self {
        self.with("headers", headers)
    }

    /// The largest payload, in bytes.
    #[must_use]
    pub fn max_payload(self, bytes: usize) -> Self {
        self.with("max_payload", bytes)
    }

    /// Whether clients must use TLS.
    #[must_use]
    pub fn tls_required(self, required: bool) -> Self {
        self.with("tls_required", required)
    }

    /// Whether clients can use TLS.
    #[must_use]
    pub fn tls_available(self, available: bool) -> Self {
        self.with("tls_available", available)
    }

    /// Whether clients must name themselves.
    #[must_use]
    pub fn auth_required(self, required: bool) -> Self {
        self.with("auth_required", required)
    }

    /// What clients are to sign.
    #[must_use]
    pub fn nonce(self, nonce: &str) -> Self {
        self.with("nonce", nonce)
    }

    /// Addresses of other servers, as `host:port`.
    #[must_use]
    pub fn connect_urls<I>(self, urls: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let urls: Vec<String> = urls.into_iter().map(Into::into).collect();
        self.with("connect_urls", urls)
    }

    /// Whether the server is about to leave.
    #[must_use]
    pub fn lame_duck(self, leaving: bool) -> Self {
        self.with("ldm", leaving)
    }

    /// The version of the server.
    #[must_use]
    pub fn version(self, version: &str) -> Self {
        self.with("version", version)
    }

    /// The name of the server.
    #[must_use]
    pub fn server_name(self, name: &str) -> Self {
        self.with("server_name", name)
    }
}

/// The line of the protocol, without its end.
impl fmt::Display for Info {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "INFO {}", self.fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_set_and_left_out() {
        let info = Info::new()
            .headers(false)
            .max_payload(7)
            .connect_urls(["a:1", "b:2"])
            .without("proto");
        let line = info.to_string();
        let fields: Value = serde_json::from_str(line.strip_prefix("INFO ").expect("an INFO")).expect("fields in JSON");
        assert_eq!(fields["headers"], false);
        assert_eq!(fields["max_payload"], 7);
        assert_eq!(fields["connect_urls"], json!(["a:1", "b:2"]));
        assert_eq!(fields.get("proto"), None);
        assert_eq!(fields["server_name"], "script");
    }

    #[test]
    fn an_info_can_be_bare() {
        assert_eq!(Info::from_value(json!({})).to_string(), "INFO {}");
    }
}
