//! Streams: what they are, what is in them, and what can be done with them.
