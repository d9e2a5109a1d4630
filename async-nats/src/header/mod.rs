//! Headers of messages: named values beside the payload.
//!
//! A [`HeaderMap`] keeps its lines in the order in which they were added or received. Names are compared with their
//! case, and one name may have several values. Names and values of up to 22 bytes, and the names in this module, need
//! no memory of their own.
//!
//! What cannot be written as a header is refused when the name or value is made, and once more before it is sent,
//! since [`HeaderName::from_static`] and deserialized values are taken as they are. Reading a block from the wire never
//! fails as a whole: lines that are not headers are left out.

mod known;
mod map;
mod name;
pub(crate) mod parse;
mod scan;
mod serial;
mod text;
mod value;
pub(crate) mod wire;

pub use known::*;
pub use map::{GetAll, HeaderMap};
pub use name::{HeaderName, IntoHeaderName, ParseHeaderNameError};
pub use value::{HeaderValue, IntoHeaderValue, ParseHeaderValueError};

pub(crate) use parse::parse;
