//! Counts the crates that a program with the client is built from, default features: those that end up in it and those
//! that build scripts and macros need.
//!
//! The same count of the published client is [`PUBLISHED`]. More than [`TARGET`] is a note in the table, not a failure.

use std::collections::BTreeSet;

use crate::project::output;

use super::steps::Context;
use super::Note;

/// Crates below the published client, counted in the same way.
const PUBLISHED: usize = 134;

/// Half of them: what ours is meant to stay under.
const TARGET: usize = PUBLISHED / 2;

pub(crate) fn count(context: &Context<'_>) -> Result<Note, String> {
    let arguments = [
        "tree",
        "--package",
        "async-nats",
        "--edges",
        "normal,build",
        "--prefix",
        "none",
    ];
    let names = distinct(&output(&mut context.cargo(&arguments))?);
    let text = format!("{names} crates; the target is {TARGET}, the published client has {PUBLISHED}");
    Ok(if names <= TARGET {
        Note::With(text)
    } else {
        Note::Warning(text)
    })
}

/// Lines that differ, without the mark of those that were listed before.
fn distinct(tree: &str) -> usize {
    let lines: BTreeSet<&str> = tree
        .lines()
        .map(|line| line.trim_end_matches(" (*)").trim())
        .filter(|line| !line.is_empty())
        .collect();
    lines.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_that_is_used_twice_counts_once_and_its_versions_apart() {
        let tree = "a v1.0.0\nb v1.0.0\nc v0.1.0\nb v1.0.0 (*)\nb v2.0.0\n\n";
        assert_eq!(distinct(tree), 4);
    }
}
