//! Where things are in this checkout, and how processes are started in it.
//!
//! All builds go to one target folder: the one that `xtask` itself was built in. So whatever chose it (the default,
//! `CARGO_TARGET_DIR`, a user's configuration) chooses it for every command.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The checkout that `xtask` belongs to.
pub(crate) struct Project {
    /// The folder with the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// The folder for everything that is built or installed.
    pub(crate) target: PathBuf,
}

impl Project {
    /// Finds the checkout and its target folder.
    pub(crate) fn find() -> Result<Self, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .ok_or("xtask was built in a folder without a parent; run it with `cargo xtask`.")?
            .to_path_buf();
        if !root.join("Cargo.toml").is_file() {
            return Err(format!(
                "xtask was built for a checkout in {}, which is gone; run it with `cargo xtask`.",
                root.display()
            ));
        }
        let target = target_folder().unwrap_or_else(|| root.join("target"));
        Ok(Self { root, target })
    }

    /// A cargo command in the root of the checkout, with the shared target folder.
    pub(crate) fn cargo<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = self.command(cargo);
        command.args(arguments).env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// A command in the root of the checkout. It reads nothing, so that no step waits for a person.
    ///
    /// What cargo tells `xtask` of its own package is not handed on: build scripts look at these variables, and dependencies
    /// would be built again whenever cargo is run by hand and by `xtask` in turns.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(describes_a_package) {
                command.env_remove(name);
            }
        }
        command
    }
}

/// Whether cargo sets this variable to tell a program which package it belongs to.
fn describes_a_package(variable: &str) -> bool {
    [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_BIN_",
        "CARGO_CRATE_NAME",
        "CARGO_PRIMARY_PACKAGE",
    ]
    .iter()
    .any(|beginning| variable.starts_with(beginning))
}

/// The folder that cargo marked as its target folder, above this program.
fn target_folder() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let folder = program
        .ancestors()
        .find(|folder| folder.join("CACHEDIR.TAG").is_file())?;
    Some(folder.to_path_buf())
}

/// A command as a person would type it, for messages.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_stem().unwrap_or(program.as_os_str());
    let mut line = name.to_string_lossy().into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}

/// Runs a command, its output going where ours goes.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|error| not_started(command, &error))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{}` ended with {status}", shown(command)))
    }
}

/// Runs a command and returns what it wrote to standard output; what it wrote to standard error goes into the error.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| not_started(command, &error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("it said nothing");
    Err(format!("`{}` ended with {}: {last}", shown(command), output.status))
}

fn not_started(command: &Command, error: &std::io::Error) -> String {
    let reason = match error.kind() {
        ErrorKind::NotFound => "it is not installed".to_owned(),
        _ => error.to_string(),
    };
    format!("`{}` could not be started: {reason}", shown(command))
}

/// The first Python 3 that runs.
pub(crate) fn python(project: &Project) -> Result<&'static str, String> {
    ["python3", "python"]
        .into_iter()
        .find(|name| {
            let probe = "import sys; sys.exit(sys.version_info < (3, 8))";
            let mut command = project.command(name);
            command.args(["-c", probe]).stdout(Stdio::null()).stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        })
        .ok_or_else(|| "Python 3.8 or later is needed and was found neither as `python3` nor as `python`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_without_the_folder_of_its_program() {
        let mut command = Command::new("/somewhere/bin/cargo");
        command.args(["check", "--lib"]);
        assert_eq!(shown(&command), "cargo check --lib");
    }

    #[test]
    fn what_users_set_for_cargo_is_handed_on_and_what_describes_xtask_is_not() {
        assert!(["CARGO_PKG_NAME", "CARGO_MANIFEST_DIR"]
            .iter()
            .all(|name| describes_a_package(name)));
        assert!(!["CARGO", "CARGO_HOME", "CARGO_TARGET_DIR", "CARGO_NET_OFFLINE"]
            .iter()
            .any(|name| describes_a_package(name)));
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = run(&mut Command::new("surely-no-such-program")).expect_err("there is no such program");
        assert_eq!(
            error,
            "`surely-no-such-program` could not be started: it is not installed"
        );
    }
}
