//! Which cryptography TLS uses.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;

/// What to do when there is no cryptography.
#[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
const NONE: &str = "there is no cryptography for TLS: turn on the feature `ring` or `aws-lc-rs` of \
                    async-nats, install a default provider of rustls for the process, or give a \
                    configuration with `tls_client_config`";

/// The provider of the features: `ring` before `aws-lc-rs`, except that `fips` means the validated
/// `aws-lc-rs`. With neither, the process's own.
///
/// The process's default is never set, and with one of the features on it is not looked at either.
///
/// # Errors
///
/// What to do, when there is none at all.
pub(super) fn choose() -> Result<Arc<CryptoProvider>, &'static str> {
    #[cfg(all(feature = "ring", not(feature = "fips")))]
    return Ok(Arc::new(rustls::crypto::ring::default_provider()));

    #[cfg(all(feature = "aws-lc-rs", any(feature = "fips", not(feature = "ring"))))]
    return Ok(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));

    #[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
    return CryptoProvider::get_default().cloned().ok_or(NONE);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
    #[test]
    fn provider_of_the_features_is_used_and_the_process_has_none() {
        let provider = choose().unwrap();
        assert!(!provider.cipher_suites.is_empty());
        assert!(CryptoProvider::get_default().is_none());
    }

    #[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
    #[test]
    fn without_features_the_default_of_the_process_is_used_or_missed() {
        assert_eq!(choose().is_ok(), CryptoProvider::get_default().is_some());
    }
}
