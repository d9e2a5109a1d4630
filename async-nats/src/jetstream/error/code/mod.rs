//! The numbers by which servers name what went wrong, one constant each.
//!
//! Source: the server's
//! [`errors.json`](https://github.com/nats-io/nats-server/blob/main/server/errors.json).

use serde::{Deserialize, Serialize};

/// A number that names the cause of an [`Error`](super::Error).
///
/// ```
/// use async_nats::jetstream::ErrorCode;
///
/// assert_eq!(ErrorCode(10059), ErrorCode::STREAM_NOT_FOUND);
/// ```
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct ErrorCode(pub u64);

/// Defines the constants of one topic.
macro_rules! codes {
    ($($(#[$docs:meta])+ $name:ident = $number:literal,)*) => {
        impl ErrorCode {
            $(
                $(#[$docs])+
                pub const $name: ErrorCode = ErrorCode($number);
            )*
        }

        #[cfg(test)]
        pub(super) const CODES: &[(&str, ErrorCode)] = &[$((stringify!($name), ErrorCode::$name)),*];
    };
}

mod consumers;
mod messages;
mod requests;
mod sources;
mod streams;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_the_listing() {
        let listing = concat!(env!("CARGO_MANIFEST_DIR"), "/../api/async-nats-0.49.1.constants.txt");
        let listing = std::fs::read_to_string(listing).expect("the listing is in the repository");
        let mut listed: Vec<_> = listing
            .lines()
            .filter_map(|line| line.strip_prefix("async_nats::jetstream::ErrorCode::"))
            .map(|line| {
                let (name, value) = line.split_once(": ErrorCode = ").expect("a constant");
                (name, ErrorCode(value.parse().expect("a number")))
            })
            .collect();
        let modules = [
            consumers::CODES,
            messages::CODES,
            requests::CODES,
            sources::CODES,
            streams::CODES,
        ];
        let mut ours = modules.concat();
        listed.sort_unstable_by_key(|(name, _)| *name);
        ours.sort_unstable_by_key(|(name, _)| *name);
        assert_eq!(ours.len(), 222);
        assert_eq!(ours, listed);
    }

    #[test]
    fn as_json() {
        let code: ErrorCode = serde_json::from_str("10071").expect("a number");
        assert_eq!(code, ErrorCode::STREAM_WRONG_LAST_SEQUENCE);
        assert_eq!(serde_json::to_string(&code).expect("a number"), "10071");
        assert_eq!(ErrorCode::default(), ErrorCode(0));
    }
}
