//! Options about TLS.

use std::path::PathBuf;
use std::sync::Arc;

use super::ConnectOptions;
use crate::io::tls::ClientCertificate;

impl ConnectOptions {
    /// Trusts the authorities in a PEM file, in place of those of the system. The file is read at each connect; an error
    /// that names it comes from there.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), async_nats::ConnectError> {
    /// let client = async_nats::ConnectOptions::new()
    ///     .add_root_certificates("ca.pem".into())
    ///     .connect("tls://localhost")
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn add_root_certificates(mut self, path: PathBuf) -> ConnectOptions {
        self.dial.tls.root_certificates = vec![path];
        self
    }

    /// Shows the server a certificate: PEM files of the certificate (with its chain) and of its private key, read at each
    /// connect.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), async_nats::ConnectError> {
    /// let client = async_nats::ConnectOptions::new()
    ///     .add_client_certificate("client.pem".into(), "client-key.pem".into())
    ///     .connect("tls://localhost")
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn add_client_certificate(mut self, cert: PathBuf, key: PathBuf) -> ConnectOptions {
        self.dial.tls.client_certificate = Some(ClientCertificate { certificate: cert, key });
        self
    }

    /// Whether a connection without TLS is out of the question. Without this, TLS is used when the URL or the server
    /// demands it.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = async_nats::ConnectOptions::new().require_tls(true);
    /// ```
    pub fn require_tls(mut self, is_required: bool) -> ConnectOptions {
        self.dial.tls.required = is_required;
        self
    }

    /// Begins TLS before the server says anything, for servers with `handshake_first`. Requires TLS.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = async_nats::ConnectOptions::new().tls_first();
    /// ```
    pub fn tls_first(mut self) -> ConnectOptions {
        self.dial.tls.first = true;
        self.dial.tls.required = true;
        self
    }

    /// Uses this TLS configuration as it is, in place of all files and of the system's authorities, which are not even
    /// loaded.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_nats::rustls::{ClientConfig, RootCertStore};
    /// use std::sync::Arc;
    ///
    /// # #[cfg(feature = "ring")]
    /// # fn main() -> Result<(), async_nats::Error> {
    /// let provider = Arc::new(async_nats::rustls::crypto::ring::default_provider());
    /// let config = ClientConfig::builder_with_provider(provider)
    ///     .with_safe_default_protocol_versions()?
    ///     .with_root_certificates(RootCertStore::empty())
    ///     .with_no_client_auth();
    /// let options = async_nats::ConnectOptions::new().tls_client_config(config);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "ring"))]
    /// # fn main() {}
    /// ```
    pub fn tls_client_config(mut self, config: rustls::ClientConfig) -> ConnectOptions {
        self.dial.tls.config = Some(Arc::new(config));
        self
    }
}
