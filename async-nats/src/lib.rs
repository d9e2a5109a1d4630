//! A NATS client.
