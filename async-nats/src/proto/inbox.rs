//! Names that nobody else has: inboxes.

use super::rng::Rng;

/// Characters of a unique name.
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Length of a unique name: 131 bits of chance.
const LENGTH: usize = 22;

/// A name of 22 letters and digits.
pub(crate) fn unique(rng: &mut Rng) -> String {
    (0..LENGTH)
        .map(|_| char::from(ALPHABET[rng.below(ALPHABET.len() as u64) as usize]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_subject_tokens_and_differ() {
        let mut rng = Rng::from_seed(1);
        let (one, other) = (unique(&mut rng), unique(&mut rng));
        assert_ne!(one, other);
        assert!(one.len() == LENGTH && one.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
}
