//! A certificate authority, servers that it vouches for, and files, all for tests.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig, SupportedProtocolVersion};

use super::acceptor::Acceptor;
use super::provider;
use crate::base64::Base64;

/// An authority that nobody trusts who was not told to.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate with its key.
pub(crate) struct Issued {
    pub(crate) certificate: rcgen::Certificate,
    pub(crate) key: KeyPair,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let issuer = CertifiedIssuer::self_signed(Self::parameters(), KeyPair::generate().unwrap());
        Self(issuer.unwrap())
    }

    /// An authority that this one vouches for.
    pub(crate) fn subordinate(&self) -> Self {
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::signed_by(Self::parameters(), key, &self.0).unwrap())
    }

    fn parameters() -> CertificateParams {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let mut parameters = CertificateParams::new([]).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let name = format!("authority {}", COUNT.fetch_add(1, Ordering::Relaxed));
        parameters.distinguished_name.push(rcgen::DnType::CommonName, name);
        parameters
    }

    pub(crate) fn der(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for these DNS names and IP addresses.
    pub(crate) fn issue(&self, names: &[&str]) -> Issued {
        let names: Vec<_> = names.iter().map(|name| name.to_string()).collect();
        let key = KeyPair::generate().unwrap();
        let parameters = CertificateParams::new(names).unwrap();
        let certificate = parameters.signed_by(&key, &self.0).unwrap();
        Issued { certificate, key }
    }

    /// The side of a server with these names.
    pub(crate) fn server(&self, names: &[&str]) -> Acceptor {
        self.acceptor(names, None)
    }

    /// The side of a server that wants a certificate of this authority from its clients.
    pub(crate) fn strict_server(&self, names: &[&str]) -> Acceptor {
        let mut roots = RootCertStore::empty();
        roots.add(self.der()).unwrap();
        self.acceptor(names, Some(roots))
    }

    fn acceptor(&self, names: &[&str], clients: Option<RootCertStore>) -> Acceptor {
        let provider = provider::choose().expect("tests of TLS have a provider");
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(roots) => {
                let roots = Arc::new(roots);
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
                builder.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let Issued { certificate, key } = self.issue(names);
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = builder.with_single_cert(vec![certificate.der().clone()], key);
        Acceptor(Arc::new(config.unwrap()))
    }
}

/// A client's side of one version, without a certificate.
pub(crate) fn trusting(roots: RootCertStore, version: &'static SupportedProtocolVersion) -> ClientConfig {
    let provider = provider::choose().expect("tests of TLS have a provider");
    ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

impl Issued {
    /// The key as PEM in the form of SEC1. The form of PKCS#8 holds it in an octet string, after a
    /// version and an algorithm.
    pub(crate) fn key_as_sec1(&self) -> String {
        let der = self.key.serialize_der();
        let (elements, _) = split_element(&der);
        let (_version, elements) = split_element(elements);
        let (_algorithm, elements) = split_element(elements);
        let (sec1, _) = split_element(elements);
        let body = Base64::Standard.encode(sec1);
        format!("-----BEGIN EC PRIVATE KEY-----\n{body}\n-----END EC PRIVATE KEY-----\n")
    }
}

/// The content of the element at the front of short DER, and what follows the element.
fn split_element(der: &[u8]) -> (&[u8], &[u8]) {
    let (header, length) = match der[1] {
        0x81 => (3, usize::from(der[2])),
        short => (2, usize::from(short)),
    };
    der[header..].split_at(length)
}

/// A directory of its own that is gone when it is dropped.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("async-nats-{}-{count}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&directory).unwrap();
        Self(directory)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file and gives its path.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        std::fs::remove_dir_all(Path::new(&self.0)).ok();
    }
}
