//! Keys of the server's own kind: an ed25519 key as base32 text with a type and a checksum.
//!
//! A [`KeyPair`] comes from a seed, the private half as text, and signs the nonce of a server. The
//! seed is checked wholly before anything is signed, an error says what is wrong with it, and
//! neither an error nor `Debug` shows it.

use std::fmt;

use ed25519_compact as ed25519;

use super::{encoding, secret};

/// Characters of a seed: two bytes of prefix, 32 of key, two of checksum, five bits a character.
const SEED_CHARACTERS: usize = 58;

/// Bytes of a decoded seed.
const SEED_BYTES: usize = 36;

/// Characters of a public key, named here only to recognise one that was given as a seed.
const PUBLIC_CHARACTERS: usize = 56;

/// The five bits that every seed begins with: the letter `S`.
const PREFIX_SEED: u8 = 18 << 3;

/// The type of X25519 keys, which encrypt and cannot sign: the letter `X`.
const PREFIX_CURVE: u8 = 23 << 3;

/// The types of keys that sign: account, cluster, module, server, operator, user and service,
/// by their letters `A C M N O U V`.
const PREFIXES_SIGNING: [u8; 7] = [0, 2 << 3, 12 << 3, 13 << 3, 14 << 3, 20 << 3, 21 << 3];

/// A key that signs.
pub(crate) struct KeyPair {
    keys: ed25519::KeyPair,
    public: String,
}

/// What is wrong with a seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SeedError {
    /// It has another number of characters than a seed.
    Length(usize),
    /// A character is outside of the alphabet, at this place counted from 1.
    Character(usize),
    /// A character was changed: the checksum does not match.
    Checksum,
    /// It is not a seed: it does not begin with `S`.
    NotSeed,
    /// The type of the key, its second letter, is unknown.
    Type,
    /// It is the seed of a key that encrypts and cannot sign.
    Curve,
    /// All bytes of the key are zero.
    Zero,
}

impl KeyPair {
    /// Reads a seed. White space around it is left out.
    ///
    /// # Errors
    ///
    /// A [`SeedError`] that says what is wrong with the text, without showing it.
    pub(crate) fn from_seed(seed: &str) -> Result<Self, SeedError> {
        let text = seed.trim().as_bytes();
        if text.len() != SEED_CHARACTERS {
            return Err(SeedError::Length(text.len()));
        }
        let mut decoded = [0; SEED_BYTES];
        let pair = encoding::decode_base32(text, &mut decoded)
            .map_err(|place| SeedError::Character(place + 1))
            .and_then(|()| Self::from_decoded(&decoded));
        secret::wipe(&mut decoded);
        pair
    }

    fn from_decoded(decoded: &[u8; SEED_BYTES]) -> Result<Self, SeedError> {
        let (content, checksum) = decoded.split_at(SEED_BYTES - 2);
        if encoding::crc16(content).to_le_bytes() != checksum {
            return Err(SeedError::Checksum);
        }
        let (prefix, key) = content.split_at(2);
        if prefix[0] & 0b1111_1000 != PREFIX_SEED {
            return Err(SeedError::NotSeed);
        }
        let key_type = (prefix[0] & 0b111) << 5 | prefix[1] >> 3;
        if key_type == PREFIX_CURVE {
            return Err(SeedError::Curve);
        }
        if !PREFIXES_SIGNING.contains(&key_type) {
            return Err(SeedError::Type);
        }
        // The library refuses such a key by a panic.
        if key.iter().all(|&byte| byte == 0) {
            return Err(SeedError::Zero);
        }
        let mut seed = ed25519::Seed::from_slice(key).expect("36 bytes less prefix and checksum are 32");
        let keys = ed25519::KeyPair::from_seed(seed);
        seed.wipe_mut();

        let mut public = vec![key_type];
        public.extend_from_slice(&*keys.pk);
        public.extend_from_slice(&encoding::crc16(&public).to_le_bytes());
        let public = encoding::base32(&public);
        Ok(Self { keys, public })
    }

    /// The public key as text, which the server knows the user by.
    pub(crate) fn public_key(&self) -> &str {
        &self.public
    }

    /// The signature of `message`, the same each time.
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        *self.keys.sk.sign(message, None)
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyPair").field(&self.public).finish()
    }
}

impl fmt::Display for SeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the nkey seed cannot be used: ")?;
        match self {
            Self::Length(PUBLIC_CHARACTERS) => write!(
                f,
                "it has {PUBLIC_CHARACTERS} characters, like a public key; give the seed, which \
                 begins with S and has {SEED_CHARACTERS}"
            ),
            Self::Length(found) => write!(
                f,
                "wrong length, it has {found} characters instead of {SEED_CHARACTERS}"
            ),
            Self::Character(place) => write!(
                f,
                "character {place} is not one of A to Z and 2 to 7; was it copied whole?"
            ),
            Self::Checksum => f.write_str("bad checksum, a character was changed; copy it again from its source"),
            Self::NotSeed => f.write_str("wrong prefix, a seed begins with S"),
            Self::Type => f.write_str(
                "wrong prefix, its second letter is none of the types of key that sign; the seed \
                 of a user begins with SU",
            ),
            Self::Curve => f.write_str(
                "wrong prefix, SX is the seed of a curve key, which encrypts and cannot sign; the \
                 seed of a user begins with SU",
            ),
            Self::Zero => f.write_str("all bytes of its key are zero"),
        }
    }
}

impl std::error::Error for SeedError {}

#[cfg(test)]
mod tests {
    use super::*;

    // The keys of the bytes 0 to 31, computed with another implementation of ed25519.
    const USER_SEED: &str = "SUAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4H776Y";
    const USER_PUBLIC: &str = "UAB2CB576PHBBPQ5ODORRZ2LYCMWPZGWGCN2KDK7DXOIMZASKUY3RLKK";
    const ACCOUNT_SEED: &str = "SAAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4HYMHI";
    const ACCOUNT_PUBLIC: &str = "AAB2CB576PHBBPQ5ODORRZ2LYCMWPZGWGCN2KDK7DXOIMZASKUY3QPZV";
    const SIGNATURE: &str = "rTV4ycp8zBY6ZL2aa32p_U8HTUdIwKEt83QHohIQdRIdXiNhIsx7f0MV_cRL-rZQYjpLYjtciQDjbzoemzSXBA";

    fn refused(seed: &str) -> SeedError {
        let error = KeyPair::from_seed(seed).expect_err("the seed is not valid");
        let text = error.to_string();
        assert!(!text.contains(&seed[..12.min(seed.len())]), "{text}");
        error
    }

    #[test]
    fn seed_gives_public_key_and_signature() {
        let user = KeyPair::from_seed(USER_SEED).unwrap();
        assert_eq!(user.public_key(), USER_PUBLIC);
        let signature = user.sign(b"nonce-of-the-server");
        assert_eq!(crate::base64::Base64::Url.encode(&signature), SIGNATURE);

        let account = KeyPair::from_seed(ACCOUNT_SEED).unwrap();
        assert_eq!(account.public_key(), ACCOUNT_PUBLIC);
    }

    #[test]
    fn white_space_around_is_left_out() {
        let user = KeyPair::from_seed(&format!(" {USER_SEED}\r\n")).unwrap();
        assert_eq!(user.public_key(), USER_PUBLIC);
    }

    #[test]
    fn lengths_just_beside_are_refused() {
        assert_eq!(refused(&USER_SEED[1..]), SeedError::Length(57));
        assert_eq!(refused(&format!("{USER_SEED}A")), SeedError::Length(59));
        assert_eq!(
            KeyPair::from_seed("").unwrap_err(),
            SeedError::Length(0),
            "nothing at all"
        );
        let public = refused(USER_PUBLIC);
        assert_eq!(public, SeedError::Length(56));
        assert!(public.to_string().contains("like a public key"));
    }

    #[test]
    fn any_changed_character_is_noticed() {
        for place in 2..SEED_CHARACTERS {
            let mut changed = USER_SEED.to_owned().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(KeyPair::from_seed(&changed).is_err(), "place {place}");
        }
        let changed = USER_SEED.replacen("SUAAAA", "SUAAAB", 1);
        assert_eq!(refused(&changed), SeedError::Checksum);
    }

    #[test]
    fn characters_outside_of_the_alphabet_are_named_by_place() {
        assert_eq!(refused(&USER_SEED.to_lowercase()), SeedError::Character(1));
        assert_eq!(refused(&USER_SEED.replacen('H', "1", 1)), SeedError::Character(16));
    }

    #[test]
    fn prefixes_other_than_those_of_signing_keys_are_refused() {
        let not_seed = "UAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB6IBFFU";
        let curve = "SXAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4H74KM";
        let unknown = "SZAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4H5QEE";
        assert_eq!(refused(not_seed), SeedError::NotSeed);
        assert_eq!(refused(curve), SeedError::Curve);
        assert_eq!(refused(unknown), SeedError::Type);
    }

    #[test]
    fn key_of_zeros_is_refused() {
        let zero = "SUAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEQ";
        assert_eq!(refused(zero), SeedError::Zero);
    }

    #[test]
    fn debug_shows_the_public_key_only() {
        let user = KeyPair::from_seed(USER_SEED).unwrap();
        assert_eq!(format!("{user:?}"), format!("KeyPair({USER_PUBLIC:?})"));
    }
}
