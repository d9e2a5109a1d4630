//! What a program answers when it is asked for credentials: [`Auth`] and [`AuthError`].

use std::fmt;

use super::secret::Secret;

/// The credentials that an authentication callback hands to the client for one connect.
///
/// Fill in what the server expects and leave the rest at `None`. `Debug` never shows a secret.
///
/// # Examples
///
/// ```
/// use async_nats::Auth;
///
/// let mut auth = Auth::new();
/// auth.username = Some("derek".to_string());
/// auth.password = Some("s3cr3t".to_string());
/// assert!(!format!("{auth:?}").contains("s3cr3t"));
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Auth {
    /// The user's JWT. The server also wants [`signature`](Auth::signature) with it, unless the
    /// JWT is a bearer token.
    pub jwt: Option<String>,
    /// The public key of the user, as text that begins with `U`. The server also wants
    /// [`signature`](Auth::signature) with it.
    pub nkey: Option<String>,
    /// The ed25519 signature of the nonce that the callback received: 64 bytes, not encoded.
    pub signature: Option<Vec<u8>>,
    /// The name of the user.
    pub username: Option<String>,
    /// The password of the user.
    pub password: Option<String>,
    /// The token, where the server knows its users by a token.
    pub token: Option<String>,
}

impl Auth {
    /// Credentials with nothing filled in.
    pub fn new() -> Auth {
        Auth::default()
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn hidden<T>(field: &Option<T>) -> Option<Secret> {
            field.as_ref().map(|_| Secret::default())
        }
        f.debug_struct("Auth")
            .field("jwt", &hidden(&self.jwt))
            // A public key by right, but a seed by mistake.
            .field("nkey", &hidden(&self.nkey))
            .field("signature", &hidden(&self.signature))
            .field("username", &self.username)
            .field("password", &hidden(&self.password))
            .field("token", &hidden(&self.token))
            .finish()
    }
}

/// Why credentials could not be given, in words.
///
/// The text becomes part of the error of the connect that failed, so it should hold no secret.
///
/// # Examples
///
/// ```
/// use async_nats::AuthError;
///
/// let error = AuthError::new("the vault is sealed");
/// assert_eq!(error.to_string(), "AuthError(the vault is sealed)");
/// ```
#[derive(Clone, PartialEq)]
pub struct AuthError(String);

impl AuthError {
    /// An error with this text.
    pub fn new(s: impl ToString) -> Self {
        Self(s.to_string())
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthError({})", self.0)
    }
}

impl fmt::Debug for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for AuthError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_of_auth_shows_what_is_there_but_no_secret() {
        let mut auth = Auth::new();
        auth.username = Some("derek".into());
        auth.nkey = Some("hidden-0".into());
        auth.jwt = Some("hidden-1".into());
        auth.password = Some("hidden-2".into());
        auth.token = Some("hidden-3".into());
        auth.signature = Some(b"hidden-4".to_vec());
        let shown = format!("{auth:?}");
        assert!(shown.contains("derek"), "{shown}");
        // The signature would show as numbers.
        assert!(!shown.contains("hidden") && !shown.contains("104"));
        assert_eq!(shown.matches("[secret]").count(), 5);
        assert_eq!(format!("{:?}", Auth::new()).matches("None").count(), 6);
    }

    #[test]
    fn auth_error_shows_its_text() {
        let error = AuthError::new(17);
        assert_eq!(error.to_string(), "AuthError(17)");
        assert_eq!(format!("{error:?}"), "AuthError(17)");
        assert_eq!(error.clone(), error);
    }
}
