//! See `async-nats/src/fuzzing/outbound.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| async_nats::fuzzing::check("outbound", input));
