//! Counts the crates that a program with the client is built from, default features: those that end up in it and those
//! that build scripts and macros need. What each of them is there for stands in CONTRIBUTING.md.
//!
//! More than [`LIMIT`] fail: whoever needs one more raises it, with the reason in that table. The published client, counted
//! in the same way, has [`PUBLISHED`]; more than [`AIM`] is a note.

use std::collections::BTreeSet;

use crate::project::output;

use super::steps::Context;
use super::Note;

/// As many as there are.
const LIMIT: usize = 81;

/// Crates below the published client.
const PUBLISHED: usize = 134;

/// Half of them.
const AIM: usize = PUBLISHED / 2;

/// Unicode tables for host names, which `url` brings. A program may choose smaller ones: `cargo update -p idna_adapter`.
const UNICODE_TABLES: &[&str] = &[
    "icu_",
    "zero",
    "yoke",
    "tinystr",
    "litemap",
    "writeable",
    "potential_utf",
];

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
    let tree = output(&mut context.cargo(&arguments))?;
    let crates = distinct(&tree);
    let is_table = |line: &&&str| UNICODE_TABLES.iter().any(|beginning| line.starts_with(beginning));
    let tables = crates.iter().filter(is_table).count();
    let number = crates.len();
    let text = format!(
        "{number} crates, {tables} of them Unicode tables below `url`; the limit is {LIMIT}, the aim {AIM}, the \
         published client has {PUBLISHED}"
    );
    if number > LIMIT {
        return Err(format!("{text}. A new one needs a reason, in CONTRIBUTING.md"));
    }
    Ok(match number <= AIM {
        true => Note::With(text),
        false => Note::Warning(text),
    })
}

/// Lines that differ, without the mark of those that were listed before.
fn distinct(tree: &str) -> BTreeSet<&str> {
    tree.lines()
        .map(|line| line.trim_end_matches(" (*)").trim())
        .filter(|line| !line.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_that_is_used_twice_counts_once_and_its_versions_apart() {
        let tree = "a v1.0.0\nb v1.0.0\nc v0.1.0\nb v1.0.0 (*)\nb v2.0.0\n\n";
        assert_eq!(distinct(tree).len(), 4);
    }
}
