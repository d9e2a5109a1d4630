//! Options about who the user is.
//!
//! Explicit credentials win over those in a URL. Several ways can be combined: all that are set are sent.

use std::future::Future;
#[cfg(feature = "nkeys")]
use std::{io, path::Path};

use super::ConnectOptions;
use crate::auth::{Auth, AuthError};

impl ConnectOptions {
    /// Asks `callback` for the credentials at each connect, with the nonce that the server sent (empty when it sent
    /// none). What it returns is sent and nothing else. An error of its fails the attempt with
    /// [`ConnectErrorKind::Authentication`](crate::ConnectErrorKind::Authentication). Its future is dropped when the
    /// [connection time-out](ConnectOptions::connection_timeout) has passed.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), async_nats::ConnectError> {
    /// let client = async_nats::ConnectOptions::with_auth_callback(|_nonce| async {
    ///     let mut auth = async_nats::Auth::new();
    ///     auth.token = Some(std::env::var("NATS_TOKEN").map_err(async_nats::AuthError::new)?);
    ///     Ok(auth)
    /// })
    /// .connect("localhost")
    /// .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_auth_callback<F, Fut>(callback: F) -> Self
    where
        F: Fn(Vec<u8>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Auth, AuthError>> + 'static + Send + Sync,
    {
        let mut options = ConnectOptions::new();
        options.authentication.set_callback(callback);
        options
    }

    /// Options with a token; see [`ConnectOptions::token`].
    ///
    /// # Examples
    ///
    /// ```
    /// let options = async_nats::ConnectOptions::with_token("t0k3n".into());
    /// ```
    pub fn with_token(token: String) -> Self {
        ConnectOptions::new().token(token)
    }

    /// Authenticates with a token.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = async_nats::ConnectOptions::new().token("t0k3n".into());
    /// ```
    pub fn token(mut self, token: String) -> Self {
        self.authentication.set_token(token);
        self
    }

    /// Options with a user and a password; see [`ConnectOptions::user_and_password`].
    ///
    /// # Examples
    ///
    /// ```
    /// let options = async_nats::ConnectOptions::with_user_and_password("derek".into(), "s3cr3t".into());
    /// ```
    pub fn with_user_and_password(user: String, pass: String) -> Self {
        ConnectOptions::new().user_and_password(user, pass)
    }

    /// Authenticates with a user and a password.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = async_nats::ConnectOptions::new().user_and_password("derek".into(), "s3cr3t".into());
    /// ```
    pub fn user_and_password(mut self, user: String, pass: String) -> Self {
        self.authentication.set_user_and_password(user, pass);
        self
    }

    /// Options with an nkey; see [`ConnectOptions::nkey`].
    ///
    /// # Examples
    ///
    /// ```
    /// let seed = "SUANQDPB2RUOE4ETUA26CNX7FUKE5ZZKFCQIIW63OX225F2CO7UEXTM7ZY";
    /// let options = async_nats::ConnectOptions::with_nkey(seed.into());
    /// ```
    #[cfg(feature = "nkeys")]
    pub fn with_nkey(seed: String) -> Self {
        ConnectOptions::new().nkey(seed)
    }

    /// Authenticates with the seed of an nkey, which signs the server's nonce and is never sent. A seed that does not
    /// decode fails each attempt with
    /// [`ConnectErrorKind::Authentication`](crate::ConnectErrorKind::Authentication).
    ///
    /// # Examples
    ///
    /// ```
    /// let seed = "SUANQDPB2RUOE4ETUA26CNX7FUKE5ZZKFCQIIW63OX225F2CO7UEXTM7ZY";
    /// let options = async_nats::ConnectOptions::new().nkey(seed.into());
    /// ```
    #[cfg(feature = "nkeys")]
    pub fn nkey(mut self, seed: String) -> Self {
        self.authentication.set_nkey(seed);
        self
    }

    /// Options with a JWT; see [`ConnectOptions::jwt`].
    ///
    /// # Examples
    ///
    /// ```
    /// let options = async_nats::ConnectOptions::with_jwt("eyJ0…".into(), |_nonce| async {
    ///     Err(async_nats::AuthError::new("no key at hand"))
    /// });
    /// ```
    #[cfg(feature = "nkeys")]
    pub fn with_jwt<F, Fut>(jwt: String, sign_cb: F) -> Self
    where
        F: Fn(Vec<u8>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Vec<u8>, AuthError>> + 'static + Send + Sync,
    {
        ConnectOptions::new().jwt(jwt, sign_cb)
    }

    /// Authenticates with a user's JWT. `sign_cb` is given the server's nonce and returns its ed25519 signature, 64 bytes
    /// that are not encoded; it is called at each connect.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = async_nats::ConnectOptions::new().jwt("eyJ0…".into(), |_nonce| async {
    ///     Err(async_nats::AuthError::new("no key at hand"))
    /// });
    /// ```
    #[cfg(feature = "nkeys")]
    pub fn jwt<F, Fut>(mut self, jwt: String, sign_cb: F) -> Self
    where
        F: Fn(Vec<u8>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Vec<u8>, AuthError>> + 'static + Send + Sync,
    {
        self.authentication.set_jwt(jwt, sign_cb);
        self
    }

    /// Options with a credentials file; see [`ConnectOptions::credentials_file`].
    ///
    /// # Errors
    ///
    /// Those of [`ConnectOptions::credentials_file`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example() -> std::io::Result<()> {
    /// let options = async_nats::ConnectOptions::with_credentials_file("user.creds").await?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "nkeys")]
    pub async fn with_credentials_file(path: impl AsRef<Path>) -> io::Result<Self> {
        ConnectOptions::new().credentials_file(path).await
    }

    /// Authenticates with a credentials file (a JWT and the seed that goes with it), which is read now, once.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or does not hold both blocks; the error names the file.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example() -> std::io::Result<()> {
    /// let options = async_nats::ConnectOptions::new().credentials_file("user.creds").await?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "nkeys")]
    pub async fn credentials_file(mut self, path: impl AsRef<Path>) -> io::Result<Self> {
        self.authentication.load_credentials_file(path.as_ref()).await?;
        Ok(self)
    }

    /// Authenticates with a credentials file that is read anew at each connect, so that credentials which are renewed
    /// while the program runs are used from the next reconnect on. A file that cannot be used fails the attempt with
    /// [`ConnectErrorKind::Authentication`](crate::ConnectErrorKind::Authentication).
    ///
    /// # Examples
    ///
    /// ```
    /// let options = async_nats::ConnectOptions::new().credentials_file_each_connect("user.creds");
    /// ```
    #[cfg(feature = "nkeys")]
    pub fn credentials_file_each_connect(mut self, path: impl AsRef<Path>) -> Self {
        self.authentication.set_credentials_file(path.as_ref().to_owned());
        self
    }

    /// Options with the text of a credentials file; see [`ConnectOptions::credentials`].
    ///
    /// # Errors
    ///
    /// Those of [`ConnectOptions::credentials`].
    #[cfg(feature = "nkeys")]
    pub fn with_credentials(creds: &str) -> io::Result<Self> {
        ConnectOptions::new().credentials(creds)
    }

    /// Authenticates with the text of a credentials file: a JWT and the seed that goes with it.
    ///
    /// # Errors
    ///
    /// When one of the blocks is missing or does not decode. The error does not show what is in them.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(async_nats::ConnectOptions::new().credentials("nothing of use").is_err());
    /// ```
    #[cfg(feature = "nkeys")]
    pub fn credentials(mut self, creds: &str) -> io::Result<Self> {
        self.authentication.set_credentials(creds)?;
        Ok(self)
    }
}
