//! Addresses of servers, and what can be turned into a list of them.
//!
//! A [`ServerAddr`] is a URL with one of four schemes. It may carry credentials, which are never printed: `Debug`, the
//! errors here and [`ServerAddr::redacted`] leave them out. Resolving names and connecting is left to the I/O layer.

use std::fmt;
use std::io;
use std::iter;
use std::net::SocketAddr;
use std::option;
use std::slice;
use std::str::FromStr;
use std::vec;

use url::{Host, Url};

#[cfg(test)]
mod tests;

/// The port of a server when the address has none and the scheme is `nats` or `tls`.
const DEFAULT_PORT: u16 = 4222;

/// What is shown in place of a password or a token.
const HIDDEN: &str = "***";

/// What to do about a URL that is not accepted.
const EXPECTED: &str = "expected [scheme://][user:password@]host[:port] with one of the schemes nats, tls, ws, wss";

/// The address of a server.
///
/// Parsed from text such as `nats://host:4222`. The scheme is `nats` (TLS when the server asks for it), `tls` (TLS
/// always), `ws` or `wss` (websockets); without one it is `nats`. Ports by default are 4222, and 80 and 443 for
/// websockets. A user and a password, or a token alone, may stand before the host: `user:password@host`, `token@host`.
/// Characters with a meaning in URLs are to be percent-encoded there.
///
/// ```
/// use async_nats::ServerAddr;
///
/// let addr: ServerAddr = "demo.nats.io".parse()?;
/// assert_eq!((addr.scheme(), addr.host(), addr.port()), ("nats", "demo.nats.io", 4222));
///
/// let addr: ServerAddr = "tls://[::1]:7000".parse()?;
/// assert_eq!((addr.host(), addr.port()), ("::1", 7000));
/// assert!(addr.tls_required());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ServerAddr(Url);

impl FromStr for ServerAddr {
    type Err = io::Error;

    /// Parses an address; without a scheme it is `nats://`.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::InvalidInput`] when the text is not a URL, or has a scheme that is not one of NATS. The text
    /// of the error names the address without its credentials.
    fn from_str(input: &str) -> Result<Self, Self::Err> {
        let parsed = if input.contains("://") {
            Url::parse(input)
        } else {
            Url::parse(&format!("nats://{input}"))
        };
        match parsed {
            Ok(url) => Self::from_url(url),
            Err(error) => Err(invalid(format!(
                "NATS server URL is invalid: {error}: {:?}: {EXPECTED}",
                without_credentials(input)
            ))),
        }
    }
}

impl ServerAddr {
    /// Takes a URL as the address of a server.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::InvalidInput`] when the scheme is not one of `nats`, `tls`, `ws` and `wss`.
    pub fn from_url(url: Url) -> io::Result<Self> {
        match url.scheme() {
            "nats" | "tls" | "ws" | "wss" => Ok(Self(url)),
            scheme => Err(invalid(format!(
                "invalid scheme for NATS server URL: {scheme}: {:?}: {EXPECTED}",
                without_credentials(url.as_str())
            ))),
        }
    }

    /// The address as a URL, credentials and all.
    pub fn into_inner(self) -> Url {
        self.0
    }

    /// Whether the address demands TLS: its scheme is `tls`.
    pub fn tls_required(&self) -> bool {
        self.scheme() == "tls"
    }

    /// Whether there is a user name, or a token, in the address.
    pub fn has_user_pass(&self) -> bool {
        !self.0.username().is_empty()
    }

    /// The scheme: `nats`, `tls`, `ws` or `wss`.
    pub fn scheme(&self) -> &str {
        self.0.scheme()
    }

    /// The name or the IP address of the host, without the brackets of IPv6; empty when there is none.
    pub fn host(&self) -> &str {
        let host = self.0.host_str().unwrap_or("");
        match self.0.host() {
            Some(Host::Ipv6(_)) => host.trim_start_matches('[').trim_end_matches(']'),
            _ => host,
        }
    }

    /// Whether the address is for websockets.
    pub fn is_websocket(&self) -> bool {
        matches!(self.scheme(), "ws" | "wss")
    }

    /// The port: that of the address, or the one by default.
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or(DEFAULT_PORT)
    }

    /// The address as the text of a URL. It shows the password, when there is one.
    pub fn as_url_str(&self) -> &str {
        self.0.as_str()
    }

    /// The user name as it stands in the URL, or the token when there is no password.
    pub fn username(&self) -> Option<&str> {
        Some(self.0.username()).filter(|user| !user.is_empty())
    }

    /// The password as it stands in the URL.
    pub fn password(&self) -> Option<&str> {
        self.0.password()
    }

    /// Looks the host up, and returns the addresses to connect to.
    ///
    /// # Errors
    ///
    /// When the name cannot be resolved. There is no time-out but that of the resolver.
    pub async fn socket_addrs(&self) -> io::Result<impl Iterator<Item = SocketAddr> + '_> {
        tokio::net::lookup_host((self.host(), self.port())).await
    }

    /// The address for logs and errors: scheme, user, host and port.
    pub(crate) fn redacted(&self) -> impl fmt::Display + '_ {
        Redacted(self)
    }

    /// The address of another server of the same cluster, named by its `host:port`: it has the scheme and the credentials
    /// of this one.
    pub(crate) fn sibling(&self, host_and_port: &str) -> io::Result<ServerAddr> {
        let text = match host_and_port.split_once("://") {
            Some((_, rest)) => rest,
            None => host_and_port,
        };
        let mut sibling: ServerAddr = format!("{}://{text}", self.scheme()).parse()?;
        let refused = |()| invalid(format!("{host_and_port:?} cannot carry credentials"));
        sibling.0.set_username(self.0.username()).map_err(refused)?;
        sibling.0.set_password(self.0.password()).map_err(refused)?;
        Ok(sibling)
    }

    /// The credentials in the address, as they are meant: without percent-encoding.
    pub(crate) fn credentials(&self) -> Option<UrlCredentials> {
        let user = self.username().map(decoded);
        match (user, self.password().map(decoded)) {
            (Some(token), None) => Some(UrlCredentials::Token(token)),
            (user, Some(password)) => Some(UrlCredentials::UserAndPassword {
                user: user.unwrap_or_default(),
                password,
            }),
            (None, None) => None,
        }
    }
}

/// Credentials that came with an address. Not `Debug`: they are secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum UrlCredentials {
    /// `user:password@host`
    UserAndPassword {
        /// Who.
        user: String,
        /// The secret.
        password: String,
    },
    /// `token@host`
    Token(String),
}

impl fmt::Debug for ServerAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerAddr({})", self.redacted())
    }
}

struct Redacted<'a>(&'a ServerAddr);

impl fmt::Display for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = &self.0 .0;
        write!(f, "{}://", url.scheme())?;
        match (url.username(), url.password()) {
            ("", None) => {}
            // Alone, what stands in the place of the user is a token.
            (_, None) => write!(f, "{HIDDEN}@")?,
            (user, Some(_)) => write!(f, "{user}:{HIDDEN}@")?,
        }
        // With its brackets, unlike `ServerAddr::host`. No path: it means nothing here, and a password with a `/` in
        // it that was not encoded would end there.
        f.write_str(url.host_str().unwrap_or(""))?;
        match url.port() {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

/// A text that may be a URL, with everything hidden that may be a credential: nobody knows where it ends in a text
/// that does not parse.
fn without_credentials(input: &str) -> String {
    let (scheme, rest) = match input.split_once("://") {
        Some((scheme, rest)) if !scheme.contains(['@', ':']) => (Some(scheme), rest),
        _ => (None, input),
    };
    let shown = match rest.rsplit_once('@') {
        Some((_, host)) => format!("{HIDDEN}@{host}"),
        None => rest.to_owned(),
    };
    match scheme {
        Some(scheme) => format!("{scheme}://{shown}"),
        None => shown,
    }
}

/// A part of a URL without its percent-encoding. What is encoded wrongly, or is not text, is taken as it stands.
fn decoded(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let encoded = match *after {
            [high, low, ..] if first == b'%' => hex(high).zip(hex(low)),
            _ => None,
        };
        match encoded {
            Some((high, low)) => {
                bytes.push(high << 4 | low);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| part.to_owned())
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

fn invalid(text: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, text)
}

/// What can be turned into addresses of servers: an address or its text, or several of either.
///
/// ```
/// use async_nats::{ServerAddr, ToServerAddrs};
///
/// let addrs: Vec<ServerAddr> = ["one.example.com", "tls://two.example.com:7000"]
///     .to_server_addrs()?
///     .collect();
/// assert_eq!(addrs.len(), 2);
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait ToServerAddrs {
    /// The addresses, in the order in which they were given.
    type Iter: Iterator<Item = ServerAddr>;

    /// Parses what is to be parsed, and returns all addresses.
    ///
    /// # Errors
    ///
    /// When one of them is not valid: see [`ServerAddr`].
    fn to_server_addrs(&self) -> io::Result<Self::Iter>;
}

impl ToServerAddrs for ServerAddr {
    type Iter = option::IntoIter<ServerAddr>;

    fn to_server_addrs(&self) -> io::Result<Self::Iter> {
        Ok(Some(self.clone()).into_iter())
    }
}

impl ToServerAddrs for str {
    type Iter = option::IntoIter<ServerAddr>;

    fn to_server_addrs(&self) -> io::Result<Self::Iter> {
        self.parse().map(|addr| Some(addr).into_iter())
    }
}

impl ToServerAddrs for String {
    type Iter = option::IntoIter<ServerAddr>;

    fn to_server_addrs(&self) -> io::Result<Self::Iter> {
        self.as_str().to_server_addrs()
    }
}

impl<T: AsRef<str>> ToServerAddrs for [T] {
    type Iter = vec::IntoIter<ServerAddr>;

    fn to_server_addrs(&self) -> io::Result<Self::Iter> {
        let addrs: io::Result<Vec<_>> = self.iter().map(|text| text.as_ref().parse()).collect();
        addrs.map(Vec::into_iter)
    }
}

impl<T: AsRef<str>> ToServerAddrs for Vec<T> {
    type Iter = vec::IntoIter<ServerAddr>;

    fn to_server_addrs(&self) -> io::Result<Self::Iter> {
        self.as_slice().to_server_addrs()
    }
}

impl<'a> ToServerAddrs for &'a [ServerAddr] {
    type Iter = iter::Cloned<slice::Iter<'a, ServerAddr>>;

    fn to_server_addrs(&self) -> io::Result<Self::Iter> {
        Ok(self.iter().cloned())
    }
}

impl ToServerAddrs for Vec<ServerAddr> {
    type Iter = vec::IntoIter<ServerAddr>;

    fn to_server_addrs(&self) -> io::Result<Self::Iter> {
        Ok(self.clone().into_iter())
    }
}

impl<T: ToServerAddrs + ?Sized> ToServerAddrs for &T {
    type Iter = T::Iter;

    fn to_server_addrs(&self) -> io::Result<Self::Iter> {
        (**self).to_server_addrs()
    }
}
