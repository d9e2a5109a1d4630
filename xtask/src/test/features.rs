//! Checks that the client's library builds, without warnings, with every feature alone, with none, and with all.
//!
//! The list comes from the package's manifest, so that a new feature is checked without a change here. Only the library
//! is checked, and by clippy: its arguments reach the client alone, so dependencies are built once for each set of their
//! features and shared by all combinations.

use std::time::Instant;

use crate::project::run;
use crate::terminal::duration;

use super::steps::Context;
use super::Note;

const MANIFEST: &str = "async-nats/Cargo.toml";

/// Needs a Go toolchain and CMake, which a machine for Rust does not have.
const LEFT_OUT: &str = "fips";

pub(crate) fn check(context: &Context<'_>) -> Result<Note, String> {
    let path = context.project.root.join(MANIFEST);
    let manifest = std::fs::read_to_string(path).map_err(|error| format!("{MANIFEST} cannot be read: {error}"))?;
    let sets = combinations(&names(&manifest));
    for set in &sets {
        let begin = Instant::now();
        let arguments = [
            "clippy",
            "--quiet",
            "--package",
            "async-nats",
            "--lib",
            "--no-default-features",
        ];
        let mut command = context.cargo(&arguments);
        command.args(["--features", set, "--", "-D", "warnings"]);
        let shown = if set.is_empty() { "(none)" } else { set };
        run(&mut command).map_err(|_| format!("the library does not pass with the features {shown} alone"))?;
        println!("   {:>8}  {shown}", duration(begin.elapsed()));
    }
    Ok(Note::With(format!("{} combinations", sets.len())))
}

/// None, each alone, all.
fn combinations(names: &[String]) -> Vec<String> {
    let mut sets = vec![String::new()];
    sets.extend(names.iter().cloned());
    sets.push(names.join(","));
    sets
}

/// The features that a manifest declares, in its order, without `default` and the one that is left out.
fn names(manifest: &str) -> Vec<String> {
    let section = manifest.lines().skip_while(|line| line.trim() != "[features]").skip(1);
    section
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name.trim().trim_matches('"').to_owned())
        .filter(|name| name != "default" && name != LEFT_OUT)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_read_from_the_manifest() {
        let manifest = "[package]\nname = \"x\"\n\n[features]\ndefault = [\n    \"a\",\n]\na = []\nb = [\"a\"]\n\
                        fips = [\"b\"]\n\n[dependencies]\nc = \"1\"\n";
        assert_eq!(names(manifest), ["a", "b"]);
    }

    #[test]
    fn none_comes_first_and_all_come_last() {
        assert_eq!(combinations(&["a".to_owned(), "b".to_owned()]), ["", "a", "b", "a,b"]);
    }
}
