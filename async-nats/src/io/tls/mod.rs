//! TLS over any transport.
//!
//! [`upgrade`] takes a stream on which both sides are ready for TLS and gives the encrypted one.
//! The name that it checks is the caller's to choose, and is to be the one that the user gave, or
//! that of the server which told of this one: never one that the network said before TLS.
//!
//! The cryptography is that of the crate's features, named explicitly (see [`provider`]), so that
//! a program may have any number of providers built in without one being the process's own.

#[cfg(test)]
pub(crate) mod acceptor;
#[cfg(test)]
pub(crate) mod authority;
mod cache;
mod pem;
mod provider;
mod roots;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;
use rustls::{AlertDescription, CertificateError, ClientConfig, RootCertStore};

use self::cache::{Configs, Origin};
use self::roots::NativeRoots;
use super::tls_stream::TlsStream;
use super::transport::{io_failure, Transport};
use crate::client::error::{ConnectError, ConnectErrorKind};

/// How to do TLS. The default trusts what the system trusts and shows no certificate.
#[derive(Clone, Default)]
pub(crate) struct TlsSettings {
    /// Whether a connection without TLS is out of the question.
    pub(crate) required: bool,
    /// Whether TLS begins before the server says anything.
    pub(crate) first: bool,
    /// PEM files of the authorities to trust, in the place of those of the system. Looked at at each
    /// connect.
    pub(crate) root_certificates: Vec<PathBuf>,
    /// PEM files of what the client shows. Looked at at each connect.
    pub(crate) client_certificate: Option<ClientCertificate>,
    /// A configuration in the place of all files. The system's authorities are not looked at then.
    pub(crate) config: Option<Arc<ClientConfig>>,
    /// Configurations that were built of the files and show a certificate.
    pub(crate) built: Arc<Configs>,
}

/// The files of a client's certificate. One file may be both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientCertificate {
    /// The certificate, and the chain that leads to its authority after it.
    pub(crate) certificate: PathBuf,
    /// The private key: PKCS#1, PKCS#8 or SEC1, not encrypted.
    pub(crate) key: PathBuf,
}

impl fmt::Debug for TlsSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsSettings")
            .field("required", &self.required)
            .field("first", &self.first)
            .field("root_certificates", &self.root_certificates)
            .field("client_certificate", &self.client_certificate)
            .field("config", &self.config.is_some())
            .finish()
    }
}

/// Begins TLS on `transport`, with a server whose certificate must be for `server_name`: a DNS
/// name, or an IP address without brackets.
///
/// # Errors
///
/// * `Tls` when the name is not one, or the settings do not make a configuration: a file, no
///   authorities, no cryptography.
/// * `Io` when the handshake fails, with rustls' error as the content of the source.
///
/// # Cancellation
///
/// Dropping the future closes the transport.
pub(crate) async fn upgrade(
    transport: Transport,
    server_name: &str,
    settings: &TlsSettings,
) -> Result<Transport, ConnectError> {
    let name = ServerName::try_from(server_name)
        .map_err(|err| {
            failure(format!(
                "the certificate of the server cannot be checked, because '{server_name}' is \
                 neither a DNS name nor an IP address: {err}"
            ))
        })?
        .to_owned();
    let config = client_config(settings, &roots::NATIVE).await?;
    let stream = TlsStream::connect(transport, config, name)
        .await
        .map_err(|err| handshake_failure(server_name, err))?;
    Ok(Transport::Tls(Box::new(stream)))
}

/// The configuration that the settings describe.
async fn client_config(settings: &TlsSettings, native: &NativeRoots) -> Result<Arc<ClientConfig>, ConnectError> {
    if let Some(config) = &settings.config {
        return Ok(config.clone());
    }
    let provider = provider::choose().map_err(|err| failure(err.to_owned()))?;
    let native = match settings.root_certificates.is_empty() {
        true => Some(native.get().await.map_err(failure)?),
        false => None,
    };
    let build = match (&native, &settings.client_certificate) {
        (Some(_), None) => return built(provider, native, settings).map_err(failure),
        _ => {
            let settings = settings.clone();
            // Files and the arithmetic of keys are no work for the threads of the runtime.
            tokio::task::spawn_blocking(move || built(provider, native, &settings))
        }
    };
    build.await.unwrap_or_else(|err| Err(err.to_string())).map_err(failure)
}

/// The configuration from these authorities, or from files, that was built before; or a new one.
fn built(
    provider: Arc<CryptoProvider>,
    native: Option<Arc<RootCertStore>>,
    settings: &TlsSettings,
) -> Result<Arc<ClientConfig>, String> {
    let (roots, client) = (&settings.root_certificates, settings.client_certificate.as_ref());
    let configs = match client {
        Some(_) => &*settings.built,
        None => &cache::SHARED,
    };
    let mut files: Vec<&Path> = roots.iter().map(PathBuf::as_path).collect();
    if let Some(client) = client {
        files.extend([&*client.certificate, &*client.key]);
    }
    let origin = Origin::new(native.clone(), files.into_iter())?;
    if let Some(config) = configs.get(&origin) {
        return Ok(config);
    }
    let roots = match native {
        Some(roots) => roots,
        None => Arc::new(pem::roots(roots)?),
    };
    Ok(configs.keep(origin, build(provider, roots, client)?))
}

fn build(
    provider: Arc<CryptoProvider>,
    roots: Arc<RootCertStore>,
    client: Option<&ClientCertificate>,
) -> Result<ClientConfig, String> {
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|err| format!("the cryptography provider cannot do TLS 1.2 or 1.3: {err}"))?
        .with_root_certificates(roots);
    let Some(ClientCertificate { certificate, key }) = client else {
        return Ok(builder.with_no_client_auth());
    };
    let chain = pem::certificates(certificate)?;
    builder
        .with_client_auth_cert(chain, pem::private_key(key)?)
        .map_err(|err| {
            format!(
                "the client certificate in '{}' and the key in '{}' cannot be used together: {err}",
                certificate.display(),
                key.display()
            )
        })
}

fn failure(text: String) -> ConnectError {
    ConnectError::with_source(ConnectErrorKind::Tls, text)
}

/// A handshake did not succeed: why, and what can be done where that is known.
fn handshake_failure(server_name: &str, err: io::Error) -> ConnectError {
    let advice = match advice(&err) {
        Some(advice) => advice,
        None if err.kind() == io::ErrorKind::UnexpectedEof => {
            "; the server closed the connection: does it expect TLS at this moment \
             (`handshake_first` in its configuration, `tls_first` here)?"
        }
        None => "",
    };
    let text = format!("TLS handshake with '{server_name}' failed: {err}{advice}");
    io_failure(text, err)
}

/// The first read or write after a handshake failed. With TLS 1.3 that is where a client hears that its certificate was
/// refused; other failures stay as they are.
pub(crate) fn failure_after_handshake(server_name: &str, err: io::Error) -> ConnectError {
    match advice(&err) {
        Some(_) => handshake_failure(server_name, err),
        None => err.into(),
    }
}

/// What can be done about an error of TLS; empty where that is not known, `None` when it is none of TLS.
pub(crate) fn advice(err: &io::Error) -> Option<&'static str> {
    let cause: &rustls::Error = err.get_ref()?.downcast_ref()?;
    Some(match cause {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "; if the authority that signed the certificate is one of your own, name its file with \
             `add_root_certificates`"
        }
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => "; connect by a name that the certificate is for",
        rustls::Error::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        ) => "; renew the certificate of the server, or set the clock of this machine",
        rustls::Error::InvalidMessage(_) => {
            "; what answered does not speak TLS at this moment: does the server have TLS, and \
             `handshake_first` if `tls_first` is used here?"
        }
        rustls::Error::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnknownCA
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown,
        ) => "; the server wants a client certificate that it trusts: `add_client_certificate`",
        _ => "",
    })
}

#[cfg(all(test, any(feature = "ring", feature = "aws-lc-rs")))]
mod tests;
