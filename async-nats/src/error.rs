//! The error type that every operation of the client returns: a kind to decide by, and the cause behind it.

use std::fmt::{self, Debug, Display};

/// What went wrong in one operation: a kind, and the error that caused it, when there is one.
///
/// Each operation has its own `Kind`, an enumeration to match on with [`Error::kind`]. The text is that of the kind,
/// followed by that of the cause.
///
/// ```
/// use async_nats::client::{PublishError, PublishErrorKind};
///
/// let error = PublishError::with_source(PublishErrorKind::Send, "the cable is out");
/// assert_eq!(error.kind(), PublishErrorKind::Send);
/// assert_eq!(error.to_string(), "failed to send message: the cable is out");
/// ```
#[derive(Debug)]
pub struct Error<Kind>
where
    Kind: Clone + Debug + Display + PartialEq,
{
    kind: Kind,
    source: Option<crate::Error>,
}

impl<Kind> Error<Kind>
where
    Kind: Clone + Debug + Display + PartialEq,
{
    /// An error of this kind, without a cause.
    pub fn new(kind: Kind) -> Self {
        Self { kind, source: None }
    }

    /// An error of this kind that was caused by another one, or by what a text describes.
    pub fn with_source<S>(kind: Kind, source: S) -> Self
    where
        S: Into<crate::Error>,
    {
        Self {
            kind,
            source: Some(source.into()),
        }
    }

    /// What kind of error this is.
    pub fn kind(&self) -> Kind {
        self.kind.clone()
    }
}

impl<Kind> Display for Error<Kind>
where
    Kind: Clone + Debug + Display + PartialEq,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Some(source) => write!(f, "{}: {source}", self.kind),
            None => write!(f, "{}", self.kind),
        }
    }
}

impl<Kind> std::error::Error for Error<Kind>
where
    Kind: Clone + Debug + Display + PartialEq,
{
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.source {
            Some(source) => Some(source.as_ref()),
            None => None,
        }
    }
}

impl<Kind> From<Kind> for Error<Kind>
where
    Kind: Clone + Debug + Display + PartialEq,
{
    fn from(kind: Kind) -> Self {
        Self::new(kind)
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    struct Broken;

    impl Display for Broken {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("broken")
        }
    }

    #[test]
    fn a_kind_alone() {
        for error in [Error::new(Broken), Error::from(Broken)] {
            assert_eq!(error.kind(), Broken);
            assert_eq!(error.to_string(), "broken");
            assert_eq!(format!("{error:?}"), "Error { kind: Broken, source: None }");
            assert!(error.source().is_none());
        }
    }

    #[test]
    fn a_kind_with_its_cause() {
        let error = Error::with_source(Broken, std::io::Error::other("disk"));
        assert_eq!(error.kind(), Broken);
        assert_eq!(error.to_string(), "broken: disk");
        let cause = error.source().expect("a cause was given");
        assert_eq!(cause.to_string(), "disk");
        assert!(cause.is::<std::io::Error>());

        let error = Error::with_source(Broken, "text");
        assert_eq!(format!("{error:?}"), r#"Error { kind: Broken, source: Some("text") }"#);
    }
}
