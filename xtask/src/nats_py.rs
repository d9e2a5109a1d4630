//! Finds the other client of the tests on interoperability, the Python package `nats-py`, or installs it below the target
//! folder. Without it those tests say so, and are left out: it is nothing that a machine must have.

use std::path::PathBuf;

use crate::project::{output, python, Project};

/// The variable that names the folder of the package, for the tests.
pub(crate) const VARIABLE: &str = "NATS_PY";

const REQUIREMENT: &str = "nats-py>=2.9,<3";

/// The folder of the package.
pub(crate) fn find(project: &Project) -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(VARIABLE).filter(|named| !named.is_empty()) {
        return Some(named.into());
    }
    let folder = project.target.join("nats-py");
    if folder.join("nats").is_dir() {
        return Some(folder);
    }
    match install(project, &folder) {
        Ok(()) => Some(folder),
        Err(why) => {
            eprintln!("The tests with another client are left out: {REQUIREMENT} is not to be had ({why}).");
            None
        }
    }
}

/// Has pip put the package into a folder of its own, which gets its name when it is whole.
fn install(project: &Project, folder: &PathBuf) -> Result<(), String> {
    let python = python(project)?;
    let part = project.target.join(format!("nats-py-{}", std::process::id()));
    let mut command = project.command(python);
    command.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        "--no-deps",
    ]);
    let installed = output(command.arg("--target").arg(&part).arg(REQUIREMENT)).map(drop);
    let put = installed.and_then(|()| std::fs::rename(&part, folder).map_err(|error| error.to_string()));
    // What is left of an installation that failed is of no use.
    let _ = std::fs::remove_dir_all(&part);
    put
}
