//! A string that never prints.
//!
//! Passwords, tokens, seeds and JWTs are held in a [`Secret`] from the moment the user hands them
//! over: no `Debug` of a type that contains one shows it, and its memory is overwritten when it is
//! dropped. Safe code cannot promise the second: copies that were made before (by the user, by a
//! moved `String`, in a socket's buffer) stay where they are.

use std::fmt;

/// A string that is shown only to those who ask for it by [`expose`](Secret::expose).
#[derive(Clone, Default)]
pub(crate) struct Secret(String);

impl Secret {
    /// The text itself. What it is used for must not print it.
    #[cfg(any(feature = "nkeys", test))]
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Gives the text away, to be wiped by nobody.
    pub(crate) fn into_string(mut self) -> String {
        std::mem::take(&mut self.0)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not even the length, which says something about a password.
        f.write_str("[secret]")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.0).into_bytes();
        // The spare capacity too: it may hold the end of a longer text.
        bytes.clear();
        bytes.resize(bytes.capacity(), 0);
        wiped(&mut bytes);
    }
}

/// Sets `bytes` to zero, in a way that the compiler has no leave to skip although nothing reads
/// them again.
pub(crate) fn wipe(bytes: &mut [u8]) {
    bytes.fill(0);
    wiped(bytes);
}

/// Makes the compiler believe that somebody looks at the zeros.
fn wiped(bytes: &mut [u8]) {
    std::hint::black_box(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_the_text() {
        let secret = Secret::from("hunter2");
        assert_eq!(format!("{secret:?}"), "[secret]");
        assert_eq!(format!("{:?}", Some(secret.clone())), "Some([secret])");
        assert_eq!(secret.expose(), "hunter2");
        assert_eq!(secret.into_string(), "hunter2");
    }

    #[test]
    fn wipe_leaves_zeros() {
        let mut bytes = *b"hunter2";
        wipe(&mut bytes);
        assert_eq!(bytes, [0; 7]);
    }
}
