//! Status codes: the number in the first line of a message's headers, by which the server speaks to the client.

use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The input is not a status code: not a number from 100 to 999.
pub struct InvalidStatusCode {}

impl fmt::Debug for InvalidStatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InvalidStatusCode")
    }
}

impl fmt::Display for InvalidStatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid status code")
    }
}

impl std::error::Error for InvalidStatusCode {}

/// A status code, 100 to 999, in the manner of HTTP: the first digit names the class.
///
/// ```
/// use async_nats::StatusCode;
///
/// let status: StatusCode = "503".parse()?;
/// assert_eq!(status, StatusCode::NO_RESPONDERS);
/// assert_eq!(status, 503);
/// assert!(status.is_server_error());
/// # Ok::<(), async_nats::status::InvalidStatusCode>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StatusCode(NonZeroU16);

impl StatusCode {
    /// A sign of life, or a request for an answer to flow control, from a consumer.
    pub const IDLE_HEARTBEAT: StatusCode = StatusCode::known(100);
    /// All is well.
    pub const OK: StatusCode = StatusCode::known(200);
    /// There is no such message, or none that is waiting.
    pub const NOT_FOUND: StatusCode = StatusCode::known(404);
    /// A pull request ended by its expiry.
    pub const TIMEOUT: StatusCode = StatusCode::known(408);
    /// Nobody listens on the subject of a request.
    pub const NO_RESPONDERS: StatusCode = StatusCode::known(503);
    /// A pull request was ended by the server, for the reason in the description.
    pub const REQUEST_TERMINATED: StatusCode = StatusCode::known(409);
    /// 423: the request to a consumer names another client than the one that it is pinned to.
    pub const PIN_ID_MISMATCH: StatusCode = StatusCode::known(423);

    const fn known(code: u16) -> StatusCode {
        StatusCode(NonZeroU16::new(code).expect("known codes are not zero"))
    }

    /// The status code of a number.
    ///
    /// # Errors
    ///
    /// When the number is below 100 or above 999.
    ///
    /// ```
    /// use async_nats::StatusCode;
    ///
    /// assert!(StatusCode::from_u16(404).is_ok());
    /// assert!(StatusCode::from_u16(99).is_err());
    /// assert!(StatusCode::from_u16(1000).is_err());
    /// ```
    #[inline]
    pub fn from_u16(src: u16) -> Result<StatusCode, InvalidStatusCode> {
        match NonZeroU16::new(src) {
            Some(code) if (100..=999).contains(&src) => Ok(StatusCode(code)),
            _ => Err(InvalidStatusCode {}),
        }
    }

    /// The status code that three digits spell.
    ///
    /// # Errors
    ///
    /// When there are more or fewer bytes than three, when one is not a digit, or when the first is `0`.
    #[inline]
    pub fn from_bytes(src: &[u8]) -> Result<StatusCode, InvalidStatusCode> {
        match *src {
            [a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9'] => {
                let digit = |byte: u8| u16::from(byte - b'0');
                StatusCode::from_u16(digit(a) * 100 + digit(b) * 10 + digit(c))
            }
            _ => Err(InvalidStatusCode {}),
        }
    }

    /// The code as a number.
    ///
    /// ```
    /// assert_eq!(async_nats::StatusCode::OK.as_u16(), 200);
    /// ```
    #[inline]
    pub fn as_u16(&self) -> u16 {
        self.0.get()
    }

    /// Whether the code is one of 100 to 199.
    #[inline]
    pub fn is_informational(&self) -> bool {
        self.as_u16() / 100 == 1
    }

    /// Whether the code is one of 200 to 299.
    #[inline]
    pub fn is_success(&self) -> bool {
        self.as_u16() / 100 == 2
    }

    /// Whether the code is one of 300 to 399.
    #[inline]
    pub fn is_redirection(&self) -> bool {
        self.as_u16() / 100 == 3
    }

    /// Whether the code is one of 400 to 499.
    #[inline]
    pub fn is_client_error(&self) -> bool {
        self.as_u16() / 100 == 4
    }

    /// Whether the code is one of 500 to 599.
    #[inline]
    pub fn is_server_error(&self) -> bool {
        self.as_u16() / 100 == 5
    }
}

impl fmt::Debug for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl Default for StatusCode {
    /// [`StatusCode::OK`].
    #[inline]
    fn default() -> StatusCode {
        StatusCode::OK
    }
}

impl PartialEq<u16> for StatusCode {
    #[inline]
    fn eq(&self, other: &u16) -> bool {
        self.as_u16() == *other
    }
}

impl PartialEq<StatusCode> for u16 {
    #[inline]
    fn eq(&self, other: &StatusCode) -> bool {
        other == self
    }
}

impl From<StatusCode> for u16 {
    #[inline]
    fn from(status: StatusCode) -> u16 {
        status.as_u16()
    }
}

impl<'a> From<&'a StatusCode> for StatusCode {
    #[inline]
    fn from(status: &'a StatusCode) -> Self {
        *status
    }
}

impl FromStr for StatusCode {
    type Err = InvalidStatusCode;

    #[inline]
    fn from_str(s: &str) -> Result<StatusCode, InvalidStatusCode> {
        StatusCode::from_bytes(s.as_bytes())
    }
}

impl<'a> TryFrom<&'a [u8]> for StatusCode {
    type Error = InvalidStatusCode;

    #[inline]
    fn try_from(bytes: &'a [u8]) -> Result<Self, Self::Error> {
        StatusCode::from_bytes(bytes)
    }
}

impl<'a> TryFrom<&'a str> for StatusCode {
    type Error = InvalidStatusCode;

    #[inline]
    fn try_from(text: &'a str) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl TryFrom<u16> for StatusCode {
    type Error = InvalidStatusCode;

    #[inline]
    fn try_from(code: u16) -> Result<Self, Self::Error> {
        StatusCode::from_u16(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_three_digits_are_a_status() {
        for code in 0..=u16::MAX {
            let valid = (100..=999).contains(&code);
            assert_eq!(StatusCode::from_u16(code).is_ok(), valid, "{code}");
            let text = code.to_string();
            let parsed = text.parse::<StatusCode>();
            assert_eq!(parsed.is_ok(), valid, "{code}");
            if let Ok(status) = parsed {
                assert_eq!((status.as_u16(), status.to_string()), (code, text));
            }
        }
        for bad in [
            "", "1", "10", "1000", "099", "000", "+10", "1 0", " 200", "2O0", "²00", "20\0",
        ] {
            assert!(bad.parse::<StatusCode>().is_err(), "{bad:?}");
            assert!(StatusCode::try_from(bad.as_bytes()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn classes() {
        for code in 100..=999 {
            let status = StatusCode::from_u16(code).expect("in range");
            let classes = [
                status.is_informational(),
                status.is_success(),
                status.is_redirection(),
                status.is_client_error(),
                status.is_server_error(),
            ];
            let expected = [1, 2, 3, 4, 5].map(|class| code / 100 == class);
            assert_eq!(classes, expected, "{code}");
        }
    }

    #[test]
    fn texts_and_shapes() {
        let status = StatusCode::NOT_FOUND;
        assert_eq!(format!("{status} {status:?}"), "404 404");
        assert_eq!(serde_json::to_string(&status).unwrap(), "404");
        assert_eq!(serde_json::from_str::<StatusCode>("404").unwrap(), 404);
        assert!(serde_json::from_str::<StatusCode>("0").is_err());
        assert!(serde_json::from_str::<StatusCode>(r#""404""#).is_err());
        assert_eq!(InvalidStatusCode {}.to_string(), "invalid status code");
        assert_eq!(format!("{:?}", InvalidStatusCode {}), "InvalidStatusCode");
        assert_eq!(StatusCode::default(), StatusCode::OK);
        assert!(StatusCode::OK < StatusCode::TIMEOUT);
        assert_eq!(408, StatusCode::TIMEOUT);
    }
}
