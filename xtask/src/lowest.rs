//! `lowest`: makes the lock file with the lowest versions that the client's manifest allows, and builds the client with it.
//!
//! A manifest that says `1.48` and uses what came with 1.50 works for whoever has a new lock file, and for nobody else. The
//! lock file is committed, so that a release of another project changes nothing here; the step `lowest` of `test` builds
//! with it and asks whether it still is of the lowest versions. Those below the direct dependencies are not the lowest:
//! what other projects promise is theirs to keep.

use std::path::PathBuf;

use crate::project::{run as run_command, Project};
use crate::toml::{self, Toml};
use crate::Outcome;

/// The committed lock file.
const LOCK: &str = "xtask/lowest.lock";

pub(crate) fn run(project: &Project, _arguments: &[String]) -> Outcome {
    let folder = prepare(project)?;
    let lock = folder.join("Cargo.lock");
    let _there_may_be_none = std::fs::remove_file(&lock);
    let mut resolve = project.cargo(["generate-lockfile", "-Z", "direct-minimal-versions", "--manifest-path"]);
    // Only cargo's resolver is asked for what it has not made stable; nothing is compiled here.
    run_command(resolve.arg(folder.join("Cargo.toml")).env("RUSTC_BOOTSTRAP", "1"))?;
    std::fs::copy(&lock, project.root.join(LOCK)).map_err(|error| format!("{LOCK} cannot be written: {error}"))?;
    build(project).map(|direct| println!("{LOCK} is written, with {direct} direct dependencies"))
}

/// Builds the client with the committed lock file. Returns how many direct dependencies it has.
pub(crate) fn build(project: &Project) -> Result<usize, String> {
    let folder = prepare(project)?;
    let lock = std::fs::read_to_string(project.root.join(LOCK)).map_err(|error| format!("{LOCK}: {error}"))?;
    let manifest = read(project, "Cargo.toml")?;
    let requirements = requirements(&toml::parse(&manifest)?, &toml::parse(&read(project, CLIENT)?)?);
    if let Some(fault) = requirements
        .iter()
        .find_map(|(name, lowest)| higher(&lock, name, lowest))
    {
        return Err(format!("{fault}; `cargo xtask lowest` makes it anew"));
    }
    std::fs::write(folder.join("Cargo.lock"), lock).map_err(|error| error.to_string())?;
    let mut check = project.cargo(["check", "--quiet", "--locked", "--manifest-path"]);
    run_command(check.arg(folder.join("Cargo.toml"))).map_err(|why| {
        format!("{why}: a dependency's lowest version is too low, or {LOCK} is old: `cargo xtask lowest` makes it anew")
    })?;
    Ok(requirements.len())
}

const CLIENT: &str = "async-nats/Cargo.toml";

fn read(project: &Project, path: &str) -> Result<String, String> {
    std::fs::read_to_string(project.root.join(path)).map_err(|error| format!("{path} cannot be read: {error}"))
}

/// A workspace of the client alone: the same source, without what only tests need, which would raise versions.
fn prepare(project: &Project) -> Result<PathBuf, String> {
    let folder = project.target.join("lowest");
    let write = |path: PathBuf, text: String| {
        let parent = path.parent().unwrap_or(&path);
        std::fs::create_dir_all(parent)
            .and_then(|()| std::fs::write(&path, text))
            .map_err(|error| format!("{} cannot be written: {error}", path.display()))
    };
    let members = "members = [\"async-nats\"]";
    let workspace = read(project, "Cargo.toml")?;
    let workspace: Vec<&str> = workspace
        .lines()
        .map(|line| if line.starts_with("members = ") { members } else { line })
        .filter(|line| !line.starts_with("exclude = "))
        .collect();
    write(folder.join("Cargo.toml"), workspace.join("\n"))?;
    let client = read(project, CLIENT)?;
    let without_tests = client.split("\n[dev-dependencies]").next().unwrap_or_default();
    let library = project.root.join("async-nats/src/lib.rs");
    let client = format!("{without_tests}\n[lib]\npath = {:?}\n", library.display().to_string());
    write(folder.join("async-nats").join("Cargo.toml"), client)?;
    // The manifest names it; its text does not matter here.
    write(folder.join("README.md"), String::new())?;
    Ok(folder)
}

type Document = std::collections::BTreeMap<String, std::collections::BTreeMap<String, Toml>>;

/// The client's direct dependencies, with the versions that the workspace asks for.
fn requirements(workspace: &Document, client: &Document) -> Vec<(String, String)> {
    let versions = workspace.get("workspace.dependencies").cloned().unwrap_or_default();
    let dependencies = client.get("dependencies").cloned().unwrap_or_default();
    let names = dependencies.keys().map(|key| key.trim_end_matches(".workspace"));
    let version = |name: &str| {
        let value = versions.get(name)?;
        let version = value.text().or_else(|| value.get("version").and_then(Toml::text))?;
        Some((name.to_owned(), version.to_owned()))
    };
    names.filter_map(version).collect()
}

/// What is wrong when the lock file has no version of `name` that is the lowest one.
fn higher(lock: &str, name: &str, lowest: &str) -> Option<String> {
    let mut there = lock
        .split("[[package]]")
        .filter(|package| package.contains(&format!("\nname = \"{name}\"\n")))
        .filter_map(|package| package.lines().find_map(|line| line.strip_prefix("version = ")))
        .map(|version| version.trim_matches('"'))
        .peekable();
    let is_lowest = |version: &str| {
        let rest = version.strip_prefix(lowest);
        // What the manifest leaves out is zero in the lowest version.
        rest.is_some_and(|rest| rest.split('.').all(|number| number.is_empty() || number == "0"))
    };
    if there.peek().is_none() {
        return Some(format!("{LOCK} has no {name}"));
    }
    let found: Vec<&str> = there.collect();
    let fits = found.iter().any(|version| is_lowest(version));
    (!fits).then(|| {
        format!(
            "{LOCK} has {name} {}, and the manifest allows {lowest}",
            found.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_file_of_the_lowest_versions_passes_and_another_does_not() {
        let lock =
            "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.2.0\"\n\n[[package]]\nname = \"b\"\nversion \
                    = \"0.3.4\"\n[[package]]\nname = \"b\"\nversion = \"0.4.0\"\n";
        for (name, lowest) in [("a", "1.2"), ("a", "1.2.0"), ("b", "0.3.4"), ("b", "0.4")] {
            assert_eq!(higher(lock, name, lowest), None, "{name} {lowest}");
        }
        for (name, lowest) in [("a", "1"), ("a", "1.1"), ("b", "0.3"), ("c", "1")] {
            assert!(higher(lock, name, lowest).is_some(), "{name} {lowest}");
        }
    }

    #[test]
    fn requirements_are_those_of_the_workspace() {
        let workspace =
            "[workspace.dependencies]\na = \"1.2\"\nb = { version = \"3\", features = [\"x\"] }\nc = \"4\"\n";
        let client = "[dependencies]\na.workspace = true\nb = { workspace = true, optional = true }\n";
        let read = |text| toml::parse(text).expect("it is read");
        let expected = [("a", "1.2"), ("b", "3")].map(|(name, version)| (name.to_owned(), version.to_owned()));
        assert_eq!(requirements(&read(workspace), &read(client)), expected);
    }
}
