//! The digest of an object's content.
//!
//! The hash is that of the TLS library's provider, which uses the CPU's instructions; without a provider among the
//! features, a portable one.

#[cfg(any(not(any(feature = "ring", feature = "aws-lc-rs")), test))]
mod portable;

use crate::base64::Base64;

/// What comes before the digest in an object's description.
const ALGORITHM: &str = "SHA-256=";

/// A digest that grows with the content.
pub(super) struct Digest {
    hash: Hash,
}

#[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
type Hash = Box<dyn rustls::crypto::hash::Context>;

#[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
type Hash = portable::Sha256;

impl Digest {
    /// Of no content yet.
    pub(super) fn new() -> Self {
        Digest { hash: start() }
    }

    /// Takes the next bytes of the content.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
    }

    /// The digest as it stands in a description.
    pub(super) fn finish(self) -> String {
        let digest = self.hash.finish();
        [ALGORITHM, &Base64::UrlPadded.encode(digest.as_ref())].concat()
    }
}

#[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
fn start() -> Hash {
    #[cfg(not(feature = "ring"))]
    use rustls::crypto::aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256;
    #[cfg(feature = "ring")]
    use rustls::crypto::ring::cipher_suite::TLS13_AES_128_GCM_SHA256;

    let suite = TLS13_AES_128_GCM_SHA256
        .tls13()
        .expect("a suite of TLS 1.3, as its name says");
    suite.common.hash_provider.start()
}

#[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
fn start() -> Hash {
    portable::Sha256::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_of_known_contents() {
        assert_eq!(
            Digest::new().finish(),
            "SHA-256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU="
        );
        let mut digest = Digest::new();
        digest.update(b"a");
        digest.update(b"bc");
        assert_eq!(digest.finish(), "SHA-256=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0=");
    }

    #[test]
    fn the_portable_hash_gives_the_same() {
        let content: Vec<u8> = (0..1000u32).map(|number| number.wrapping_mul(31) as u8).collect();
        for len in [0, 1, 55, 56, 63, 64, 65, 119, 128, 1000] {
            let mut digest = Digest::new();
            digest.update(&content[..len]);
            let mut portable = portable::Sha256::new();
            for part in content[..len].chunks(37) {
                portable.update(part);
            }
            let portable = [ALGORITHM, &Base64::UrlPadded.encode(&portable.finish())].concat();
            assert_eq!(digest.finish(), portable, "{len}");
        }
    }
}
