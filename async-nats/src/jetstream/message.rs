//! Messages as JetStream delivers and takes them.
