//! Headers.
/// x
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HeaderMap;
impl HeaderMap {
    /// x
    pub fn new() -> Self {
        Self
    }
    /// x
    pub fn insert(&mut self, _a: &str, _b: &str) {}
}
