//! Certificates and keys from PEM files.
//!
//! Every error names the file and what is wrong with it, and none shows what the file holds.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use rustls::pki_types::{pem, CertificateDer, PrivateKeyDer};
use rustls::RootCertStore;
use rustls_pki_types::pem::PemObject;

use crate::auth::secret;

/// The largest file that is read. All public authorities together have a quarter of a megabyte;
/// whatever is larger than this is another file, given by mistake.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The authorities in several files.
pub(super) fn roots(paths: &[PathBuf]) -> Result<RootCertStore, String> {
    let mut store = RootCertStore::empty();
    for path in paths {
        for (place, certificate) in certificates(path)?.into_iter().enumerate() {
            store.add(certificate).map_err(|err| {
                format!(
                    "certificate {} in '{}' cannot be trusted as an authority: {err}",
                    place + 1,
                    path.display()
                )
            })?;
        }
    }
    Ok(store)
}

/// All certificates of a file, in order.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = read(path)?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let certificates = certificates.map_err(|err| malformed(path, &err))?;
    if certificates.is_empty() {
        return Err(format!(
            "there is no certificate in '{}': PEM with -----BEGIN CERTIFICATE----- is expected",
            path.display()
        ));
    }
    Ok(certificates)
}

/// The first private key of a file.
pub(super) fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, String> {
    let mut text = read(path)?;
    let key = PrivateKeyDer::from_pem_slice(&text);
    secret::wipe(&mut text);
    key.map_err(|err| match err {
        pem::Error::NoItemsFound => format!(
            "there is no private key in '{}': PEM with -----BEGIN PRIVATE KEY-----, or RSA or EC \
             PRIVATE KEY, is expected, not encrypted",
            path.display()
        ),
        err => malformed(path, &err),
    })
}

/// The library's own texts may hold a line of the file.
fn malformed(path: &Path, err: &pem::Error) -> String {
    let wrong = match err {
        pem::Error::MissingSectionEnd { .. } => "a section has no END line",
        pem::Error::IllegalSectionStart { .. } => "a BEGIN line does not end in five dashes",
        pem::Error::Base64Decode(_) => "a section is not base64",
        _ => "it cannot be taken apart",
    };
    format!("'{}' is not well-formed PEM: {wrong}", path.display())
}

/// What a file holds.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes))
        .map_err(|err| format!("could not read '{}': {err}", path.display()))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(format!(
            "'{}' has more than {FILE_BYTES_MAX} bytes, so it is no file of certificates or keys",
            path.display()
        ));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
