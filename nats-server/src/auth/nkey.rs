//! NKeys: Ed25519 keys in the text form that tells what they are for.

use std::fmt;

use ed25519_compact::{KeyPair, Seed};

use super::encoding::{base32, crc16};
use crate::random::Random;

/// The first byte of a seed's text form.
const SEED_PREFIX: u8 = 18 << 3;

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Signs accounts; the text of a public key begins with `O`.
    Operator,
    /// Signs users; `A`.
    Account,
    /// Connects; `U`.
    User,
}

impl Role {
    fn prefix(self) -> u8 {
        match self {
            Self::Operator => 14 << 3,
            Self::Account => 0,
            Self::User => 20 << 3,
        }
    }
}

/// A key pair; not a secret, since it is made from a number.
#[derive(Clone)]
pub struct NKey {
    role: Role,
    pair: KeyPair,
}

impl NKey {
    /// The key of this number, always the same.
    pub fn new(role: Role, number: u64) -> Self {
        let mut random = Random::new(number ^ u64::from(role.prefix()) << 56);
        let mut seed = [0; Seed::BYTES];
        for part in seed.chunks_mut(size_of::<u64>()) {
            part.copy_from_slice(&random.next().to_le_bytes());
        }
        Self {
            role,
            pair: KeyPair::from_seed(Seed::new(seed)),
        }
    }

    /// The text of the public key, which begins with a letter for its role.
    pub fn public(&self) -> String {
        let mut bytes = vec![self.role.prefix()];
        bytes.extend_from_slice(self.pair.pk.as_ref());
        with_checksum(bytes)
    }

    /// The text of the seed, which begins with `S` and the letter of its role.
    pub fn seed(&self) -> String {
        let prefix = self.role.prefix();
        let mut bytes = vec![SEED_PREFIX | prefix >> 5, (prefix & 31) << 3];
        bytes.extend_from_slice(self.pair.sk.seed().as_ref());
        with_checksum(bytes)
    }

    /// The signature of these bytes.
    pub fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.pair.sk.sign(bytes, None).to_vec()
    }

    /// Whether this is a signature of these bytes by this key.
    pub fn verifies(&self, bytes: &[u8], signature: &[u8]) -> bool {
        ed25519_compact::Signature::from_slice(signature)
            .is_ok_and(|signature| self.pair.pk.verify(bytes, &signature).is_ok())
    }
}

impl fmt::Debug for NKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NKey").field(&self.public()).finish()
    }
}

fn with_checksum(mut bytes: Vec<u8>) -> String {
    let checksum = crc16(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    base32(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_tell_what_a_key_is_for() {
        for (role, letter) in [(Role::Operator, 'O'), (Role::Account, 'A'), (Role::User, 'U')] {
            let key = NKey::new(role, 1);
            assert!(key.public().starts_with(letter), "{}", key.public());
            assert!(key.seed().starts_with(&format!("S{letter}")));
            assert_eq!(key.public().len(), 56);
            assert_eq!(key.seed().len(), 58);
        }
    }

    #[test]
    fn a_number_gives_its_key_again_and_no_other() {
        let key = |role, number| NKey::new(role, number).public();
        assert_eq!(key(Role::User, 1), key(Role::User, 1));
        assert_ne!(key(Role::User, 1), key(Role::User, 2));
        assert_ne!(key(Role::User, 1)[1..], key(Role::Account, 1)[1..]);
    }

    #[test]
    fn only_its_own_signatures_are_good() {
        let key = NKey::new(Role::User, 1);
        let signature = key.sign(b"nonce");
        assert!(key.verifies(b"nonce", &signature));
        assert!(!key.verifies(b"other", &signature));
        assert!(!NKey::new(Role::User, 2).verifies(b"nonce", &signature));
        assert!(!key.verifies(b"nonce", b"short"));
    }

    #[test]
    fn the_seed_is_not_printed() {
        let key = NKey::new(Role::User, 1);
        let text = format!("{key:?}");
        assert!(text.contains(&key.public()) && !text.contains(&key.seed()));
    }
}
