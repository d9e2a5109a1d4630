//! Properties that hold for every input, one a file. Each is a function of bytes, so that a fuzzer can look for an input
//! for which it fails (the workspace `fuzz/`), and tests can try the committed inputs and some thousand random ones.
//!
//! Nothing of this is there in a build of a user's.

mod address;
#[cfg(feature = "nkeys")]
mod credentials;
mod decoder;
mod encoder;
mod fences;
mod headers;
mod inbound;
mod info;
mod input;
mod outbound;
mod pool;
mod requests;
mod server;
mod subscriptions;
#[cfg(test)]
mod tests;
mod woken;

/// A property: its name, which is that of the fuzzer's target and of its folder of inputs, and what checks it.
#[derive(Clone, Copy, Debug)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// Panics when the property does not hold for an input.
    pub check: fn(&[u8]),
}

/// Every property.
pub const PROPERTIES: &[Property] = &[
    property("address", address::check),
    #[cfg(feature = "nkeys")]
    property("credentials", credentials::check),
    property("decoder", decoder::check),
    property("encoder", encoder::check),
    property("fences", fences::check),
    property("headers", headers::check),
    property("inbound", inbound::check),
    property("info", info::check),
    property("outbound", outbound::check),
    property("pool", pool::check),
    property("requests", requests::check),
    property("subscriptions", subscriptions::check),
];

const fn property(name: &'static str, check: fn(&[u8])) -> Property {
    Property { name, check }
}

/// Checks the property with this name.
///
/// # Panics
///
/// When there is none, and when it does not hold for `input`.
pub fn check(name: &str, input: &[u8]) {
    let property = PROPERTIES.iter().find(|property| property.name == name);
    let property = property.unwrap_or_else(|| panic!("there is no property {name}"));
    (property.check)(input);
}
