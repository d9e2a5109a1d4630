//! Consumers: the servers' view of how far a reader has come, and the ways to read.
