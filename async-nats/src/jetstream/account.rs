//! What an account may use of JetStream, and what it uses.
