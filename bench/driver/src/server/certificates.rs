//! A certificate for `localhost`, made for one run, and the file by which clients trust it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::ServerConfig;

/// A certificate that signs itself. Its file is removed when this is dropped.
pub(super) struct Certificates {
    config: Arc<ServerConfig>,
    file: PathBuf,
}

impl Certificates {
    pub(super) fn make() -> Result<Self, String> {
        let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])
            .map_err(|error| format!("no certificate could be made: {error}"))?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                builder
                    .with_no_client_auth()
                    .with_single_cert(vec![certified.cert.der().clone()], key)
            })
            .map_err(|error| format!("the certificate cannot be used: {error}"))?;
        let file = free_path();
        std::fs::write(&file, certified.cert.pem())
            .map_err(|error| format!("the certificate cannot be written to {}: {error}", file.display()))?;
        Ok(Self {
            config: Arc::new(config),
            file,
        })
    }

    pub(super) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }

    pub(super) fn file(&self) -> &Path {
        &self.file
    }
}

impl Drop for Certificates {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
    }
}

fn free_path() -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("nats-bench-{}-{number}.pem", std::process::id()))
}
