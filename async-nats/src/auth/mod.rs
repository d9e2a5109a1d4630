//! Who the client is: what it answers when a server asks for credentials.
//!
//! [`Authentication`] is plain data that the options fill and every connect reads. Its one
//! operation, [`answer`](Authentication::answer), turns the nonce of a server into the fields of
//! the CONNECT that concern the user. It is asked anew at each connect and reconnect, so a callback
//! or a credentials file may give other credentials each time.
//!
//! No secret is printed: not by `Debug`, not in an error. Sending the answer, and deciding what
//! follows when the server does not like it, is left to those who connect.

mod callback;
#[cfg(feature = "nkeys")]
pub(crate) mod credentials;
#[cfg(feature = "nkeys")]
pub(crate) mod encoding;
#[cfg(feature = "nkeys")]
pub(crate) mod nkey;
pub(crate) mod secret;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
#[cfg(feature = "nkeys")]
use std::{
    io,
    path::{Path, PathBuf},
};

#[cfg(feature = "nkeys")]
use self::credentials::Credentials;
#[cfg(feature = "nkeys")]
use self::nkey::KeyPair;
use self::secret::Secret;
use crate::base64::Base64;
use crate::proto::handshake::ConnectInfo;
use crate::server_addr::{ServerAddr, UrlCredentials};

pub use self::callback::{Auth, AuthError};

/// A function of the user's that is given the nonce of the server and answers in its own time.
type NonceCallback<T> =
    Arc<dyn Fn(Vec<u8>) -> Pin<Box<dyn Future<Output = Result<T, AuthError>> + Send>> + Send + Sync>;

/// All that the user gave to prove who it is. The default is nothing.
#[derive(Clone, Default)]
pub(crate) struct Authentication {
    username: Option<Secret>,
    password: Option<Secret>,
    token: Option<Secret>,
    #[cfg(feature = "nkeys")]
    nkey_seed: Option<Secret>,
    #[cfg(feature = "nkeys")]
    jwt: Option<Jwt>,
    callback: Option<NonceCallback<Auth>>,
}

/// Where a JWT, and the signature that goes with it, come from.
#[cfg(feature = "nkeys")]
#[derive(Clone)]
enum Jwt {
    Callback {
        jwt: Secret,
        sign: NonceCallback<Vec<u8>>,
    },
    Credentials(Credentials),
    /// A file that is read at each connect.
    File(PathBuf),
}

/// The fields of CONNECT that say who the user is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    /// `user`
    pub(crate) user: Option<Secret>,
    /// `pass`
    pub(crate) pass: Option<Secret>,
    /// `auth_token`
    pub(crate) auth_token: Option<Secret>,
    /// `nkey`, the public key
    pub(crate) nkey: Option<Secret>,
    /// `sig`, in base64url
    pub(crate) sig: Option<Secret>,
    /// `jwt`
    pub(crate) jwt: Option<Secret>,
}

impl Authentication {
    /// Sets a name and a password, in the place of those set before.
    pub(crate) fn set_user_and_password(&mut self, user: String, password: String) {
        self.username = Some(user.into());
        self.password = Some(password.into());
    }

    /// Sets a token, in the place of one set before.
    pub(crate) fn set_token(&mut self, token: String) {
        self.token = Some(token.into());
    }

    /// Sets the seed of a key that signs the nonce. It is read when a server asks.
    #[cfg(feature = "nkeys")]
    pub(crate) fn set_nkey(&mut self, seed: String) {
        self.nkey_seed = Some(seed.into());
    }

    /// Sets a JWT and a function that signs the nonce for it, in the place of a JWT or of
    /// credentials set before.
    #[cfg(feature = "nkeys")]
    pub(crate) fn set_jwt<F, Fut>(&mut self, jwt: String, sign: F)
    where
        F: Fn(Vec<u8>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Vec<u8>, AuthError>> + Send + 'static,
    {
        self.jwt = Some(Jwt::Callback {
            jwt: jwt.into(),
            sign: Arc::new(move |nonce| Box::pin(sign(nonce))),
        });
    }

    /// Sets credentials from the text of a credentials file, in the place of a JWT or of
    /// credentials set before.
    ///
    /// # Errors
    ///
    /// Those of [`credentials::parse`].
    #[cfg(feature = "nkeys")]
    pub(crate) fn set_credentials(&mut self, text: &str) -> io::Result<()> {
        self.jwt = Some(Jwt::Credentials(credentials::parse(text)?));
        Ok(())
    }

    /// Reads a credentials file, once and now, and sets what it holds, in the place of a JWT or of
    /// credentials set before.
    ///
    /// # Errors
    ///
    /// Those of [`credentials::load`] and [`credentials::parse`].
    #[cfg(feature = "nkeys")]
    pub(crate) async fn load_credentials_file(&mut self, path: &Path) -> io::Result<()> {
        let text = credentials::load(path).await?;
        self.set_credentials(text.expose())
    }

    /// Sets a credentials file that is read anew at each connect, in the place of a JWT or of
    /// credentials set before. Nothing is read yet.
    #[cfg(feature = "nkeys")]
    pub(crate) fn set_credentials_file(&mut self, path: PathBuf) {
        self.jwt = Some(Jwt::File(path));
    }

    /// Sets a function that gives all credentials. What else is set is not sent then.
    pub(crate) fn set_callback<F, Fut>(&mut self, callback: F)
    where
        F: Fn(Vec<u8>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Auth, AuthError>> + Send + 'static,
    {
        self.callback = Some(Arc::new(move |nonce| Box::pin(callback(nonce))));
    }

    /// Whether the user set nothing, so that the credentials of a URL count.
    pub(crate) fn is_empty(&self) -> bool {
        #[cfg(feature = "nkeys")]
        let keys = self.nkey_seed.is_some() || self.jwt.is_some();
        #[cfg(not(feature = "nkeys"))]
        let keys = false;
        let words = self.username.is_some() || self.password.is_some() || self.token.is_some();
        !(keys || words || self.callback.is_some())
    }

    /// What to tell the server at `addr`, which sent `nonce` (empty when it sent none).
    ///
    /// * With a callback, the answer is what the callback gave and nothing else.
    /// * Else user, password, token and the signature of the nkey are all sent that are set; a JWT
    ///   is sent beside them, and then the signature is the JWT's.
    /// * When nothing is set, the credentials in the URL of the server are used: a name and a
    ///   password, or a token alone.
    ///
    /// # Errors
    ///
    /// What a callback gave as its error, or why a seed or a file cannot be used. Another attempt
    /// may succeed, since callbacks and files are asked again.
    ///
    /// # Cancellation
    ///
    /// Dropping the future drops that of the user's callback. Nothing is kept from it.
    pub(crate) async fn answer(&self, nonce: &str, addr: &ServerAddr) -> Result<Answer, AuthError> {
        if let Some(callback) = &self.callback {
            return Ok(callback(nonce.as_bytes().to_vec()).await?.into());
        }
        if self.is_empty() {
            return Ok(addr.credentials().map(Answer::from).unwrap_or_default());
        }
        #[allow(unused_mut)]
        let mut answer = Answer {
            user: self.username.clone(),
            pass: self.password.clone(),
            auth_token: self.token.clone(),
            ..Answer::default()
        };
        #[cfg(feature = "nkeys")]
        {
            if let Some(seed) = &self.nkey_seed {
                let keys = KeyPair::from_seed(seed.expose()).map_err(AuthError::new)?;
                answer.nkey = Some(keys.public_key().into());
                answer.sig = Some(signature(&keys.sign(nonce.as_bytes())));
            }
            if let Some(jwt) = &self.jwt {
                let (jwt, sig) = jwt.answer(nonce).await?;
                answer.jwt = Some(jwt);
                answer.sig = Some(sig);
            }
        }
        Ok(answer)
    }
}

impl fmt::Debug for Authentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Authentication");
        shown
            .field("username", &self.username)
            .field("password", &self.password)
            .field("token", &self.token);
        #[cfg(feature = "nkeys")]
        shown
            .field("nkey_seed", &self.nkey_seed)
            .field("jwt", &self.jwt.is_some());
        shown.field("callback", &self.callback.is_some()).finish()
    }
}

#[cfg(feature = "nkeys")]
impl Jwt {
    /// The JWT and the signature of `nonce` that goes with it.
    async fn answer(&self, nonce: &str) -> Result<(Secret, Secret), AuthError> {
        let nonce = nonce.as_bytes();
        match self {
            Self::Callback { jwt, sign } => {
                let signed = sign(nonce.to_vec()).await?;
                Ok((jwt.clone(), signature(&signed)))
            }
            Self::Credentials(Credentials { jwt, keys }) => Ok((jwt.clone(), signature(&keys.sign(nonce)))),
            Self::File(path) => {
                let text = credentials::load(path).await.map_err(AuthError::new)?;
                let Credentials { jwt, keys } = credentials::parse(text.expose())
                    .map_err(|err| AuthError::new(format_args!("in the file '{}': {err}", path.display())))?;
                Ok((jwt, signature(&keys.sign(nonce))))
            }
        }
    }
}

/// A signature as the server reads it.
fn signature(bytes: &[u8]) -> Secret {
    Base64::Url.encode(bytes).into()
}

impl Answer {
    /// Puts the answer into a CONNECT. Fields that are not a part of the answer are emptied.
    pub(crate) fn fill(self, connect: &mut ConnectInfo) {
        connect.user = self.user.map(Secret::into_string);
        connect.pass = self.pass.map(Secret::into_string);
        connect.auth_token = self.auth_token.map(Secret::into_string);
        connect.nkey = self.nkey.map(Secret::into_string);
        connect.signature = self.sig.map(Secret::into_string);
        connect.user_jwt = self.jwt.map(Secret::into_string);
    }
}

impl From<UrlCredentials> for Answer {
    fn from(credentials: UrlCredentials) -> Self {
        let mut answer = Self::default();
        match credentials {
            UrlCredentials::Token(token) => answer.auth_token = Some(token.into()),
            UrlCredentials::UserAndPassword { user, password } => {
                answer.user = Some(user.into());
                answer.pass = Some(password.into());
            }
        }
        answer
    }
}

impl From<Auth> for Answer {
    fn from(auth: Auth) -> Self {
        Self {
            user: auth.username.map(Secret::from),
            pass: auth.password.map(Secret::from),
            auth_token: auth.token.map(Secret::from),
            nkey: auth.nkey.map(Secret::from),
            sig: auth.signature.as_deref().map(signature),
            jwt: auth.jwt.map(Secret::from),
        }
    }
}

#[cfg(test)]
mod tests;
