//! See `async-nats/src/fuzzing/decoder.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| async_nats::fuzzing::check("decoder", input));
