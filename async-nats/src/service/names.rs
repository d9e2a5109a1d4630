//! Which names and versions a service may have.

use std::io;

/// Letters, digits, dash and underscore, at least one.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// A version after [Semantic Versioning 2.0.0](https://semver.org/spec/v2.0.0.html).
fn is_version(version: &str) -> bool {
    let (version, build) = match version.split_once('+') {
        Some((version, build)) => (version, Some(build)),
        None => (version, None),
    };
    let (core, release) = match version.split_once('-') {
        Some((core, release)) => (core, Some(release)),
        None => (version, None),
    };
    core.split('.').count() == 3
        && core.split('.').all(is_number)
        && release.is_none_or(|release| release.split('.').all(is_release_part))
        && build.is_none_or(|build| build.split('.').all(is_part))
}

/// Digits, without a zero before others.
fn is_number(digits: &str) -> bool {
    let has_digits_only = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    has_digits_only && (digits == "0" || !digits.starts_with('0'))
}

fn is_part(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// A part that is a number is one without a zero before it.
fn is_release_part(part: &str) -> bool {
    is_part(part) && (is_number(part) || part.bytes().any(|byte| !byte.is_ascii_digit()))
}

fn invalid(text: String) -> crate::Error {
    io::Error::new(io::ErrorKind::InvalidInput, text).into()
}

/// The name of a service, checked.
pub(super) fn check_name(name: &str) -> Result<(), crate::Error> {
    if is_name(name) {
        return Ok(());
    }
    Err(invalid(format!(
        "{name:?} cannot be the name of a service: use letters, digits, '-' and '_' only"
    )))
}

/// The version of a service, checked.
pub(super) fn check_version(version: &str) -> Result<(), crate::Error> {
    if is_version(version) {
        return Ok(());
    }
    Err(invalid(format!(
        "{version:?} cannot be the version of a service: use a semantic version such as 1.0.0"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_letters_digits_dash_and_underscore() {
        for good in ["a", "Service-1_b", "-", "0"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "a.b", "a b", "a*", ">", "ä", "a\n"] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn versions_are_semantic() {
        for good in [
            "0.0.0",
            "1.20.300",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-0a.00a",
            "1.0.0-x-y-z.--",
            "1.0.0+001",
            "1.0.0-beta+exp.sha-5114f85",
            "1.0.0--",
        ] {
            assert!(is_version(good), "{good}");
        }
        for bad in [
            "",
            "1",
            "1.0",
            "1.0.0.1",
            "01.0.0",
            "1.0.0-",
            "1.0.0-01",
            "1.0.0-a..b",
            "1.0.0+",
            "1.0.0+a+b",
            "beta-1.0.0",
            "1.0.0-ä",
            "1.0.x",
            "-1.0.0",
            " 1.0.0",
            "1.0.0\n",
        ] {
            assert!(!is_version(bad), "{bad}");
        }
    }

    #[test]
    fn an_error_names_what_was_given() {
        let error = check_version("1.0").expect_err("not three numbers");
        assert!(error.to_string().contains("\"1.0\""), "{error}");
        let error = error.downcast::<io::Error>().expect("an error of input");
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert!(check_name("a.b").is_err() && check_name("a").is_ok() && check_version("1.0.0").is_ok());
    }
}
