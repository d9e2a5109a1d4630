//! What a server answers a published message with.
