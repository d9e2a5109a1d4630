//! Keys and JWTs for tests: what operators, accounts and users of a server sign with and are known by.
//!
//! All are made from small numbers, so that a test has the same ones every time. They are no secrets.

mod encoding;
mod jwt;
mod nkey;

pub use jwt::{Jwt, User};
pub use nkey::{NKey, Role};
