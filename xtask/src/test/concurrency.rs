//! Runs the tests of `async-nats/src/io/concurrency/`, which are built with a scheduler that tries many orders of threads.
//!
//! The flag that brings the scheduler in concerns every crate, so these builds have a folder of their own.

use crate::project::{output, run};

use super::steps::Context;
use super::Note;

const TESTS: &str = "io::concurrency";

pub(crate) fn check(context: &Context<'_>) -> Result<Note, String> {
    let flags = std::env::var("RUSTFLAGS").unwrap_or_default();
    let cargo = |words: &[&str]| {
        let mut command = context.cargo(words);
        command
            .args(["--quiet", "--package", "async-nats", "--lib"])
            .env("RUSTFLAGS", format!("{flags} --cfg shuttle"))
            .env("CARGO_TARGET_DIR", context.project.target.join("concurrency"))
            // It says that it knows no weak memory, each time; so does the text at the head of the tests.
            .env("SHUTTLE_SILENCE_WARNINGS", "1");
        command
    };
    // What is built with the flag alone is not seen by the step of lints.
    run(cargo(&["clippy", "--profile", "test"]).args(["--tests", "--", "-D", "warnings"]))?;
    let tests = output(cargo(&["test"]).args(["--", TESTS, "--list"]))?;
    let tests = tests.lines().filter(|line| line.ends_with(": test")).count();
    if tests == 0 {
        return Err(format!("there are no tests of {TESTS}: the flag did not reach them"));
    }
    run(cargo(&["test"]).args(["--", TESTS]))?;
    Ok(Note::With(format!("{tests} tests")))
}
