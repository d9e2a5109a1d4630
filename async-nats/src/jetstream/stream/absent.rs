//! Which values of a stream's data are left out of its JSON.

/// Whether this is what the server takes when nothing is said.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
