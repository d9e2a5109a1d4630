//! Runs real NATS servers for tests.
