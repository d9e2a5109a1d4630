//! Where the `nats-server` program is found.
//!
//! Looked for in this order: the variable `NATS_SERVER_BIN`, the folders of `PATH`, and the copy that `cargo xtask`
//! keeps in a target folder (`<target>/nats-server/bin/nats-server`). Nothing is downloaded here.

use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The environment variable that names the program to run.
const VARIABLE: &str = "NATS_SERVER_BIN";

/// Where `xtask` puts its copy, below a target folder.
const INSTALLED: [&str; 2] = ["nats-server", "bin"];

#[cfg(windows)]
const PROGRAM: &str = "nats-server.exe";
#[cfg(not(windows))]
const PROGRAM: &str = "nats-server";

/// Why there is no `nats-server` to run; its text says what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BinaryError {
    message: String,
}

impl BinaryError {
    fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }
}

impl fmt::Display for BinaryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for BinaryError {}

/// The path of the `nats-server` program that this crate runs.
///
/// # Errors
///
/// When `NATS_SERVER_BIN` names no executable file, or when nothing is found in `PATH` and `cargo xtask` has installed
/// no copy. The answer is kept for the life of the process.
///
/// ```no_run
/// match nats_server::binary() {
///     Ok(path) => println!("servers are started from {}", path.display()),
///     Err(error) => println!("tests with a server are skipped: {error}"),
/// }
/// ```
pub fn binary() -> Result<PathBuf, BinaryError> {
    static FOUND: OnceLock<Result<PathBuf, BinaryError>> = OnceLock::new();
    FOUND
        .get_or_init(|| {
            locate(
                env::var_os(VARIABLE).as_deref(),
                env::var_os("PATH").as_deref(),
                &target_folders(),
            )
        })
        .clone()
}

/// Major, minor and patch version of the `nats-server` program that this crate runs.
///
/// Meant for tests that need a feature of newer servers:
///
/// ```no_run
/// if nats_server::version() < (2, 11, 0) {
///     println!("skipped: message TTLs need nats-server 2.11");
///     return;
/// }
/// ```
///
/// # Panics
///
/// When there is no program (see [`binary`]), or when it does not say its version.
pub fn version() -> (u64, u64, u64) {
    static VERSION: OnceLock<(u64, u64, u64)> = OnceLock::new();
    *VERSION.get_or_init(|| {
        let path = binary().unwrap_or_else(|error| panic!("{error}"));
        ask_version(&path).unwrap_or_else(|error| panic!("{error}"))
    })
}

fn ask_version(path: &Path) -> Result<(u64, u64, u64), BinaryError> {
    let output = Command::new(path)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| BinaryError::new(format!("{} cannot be run: {error}", path.display())))?;
    let text = String::from_utf8_lossy(&output.stdout);
    parse_version(&text).ok_or_else(|| {
        BinaryError::new(format!(
            "{} does not say its version like a nats-server does: {text:?}",
            path.display()
        ))
    })
}

/// Reads `nats-server: v2.15.1`, with or without something after a `-` or `+`.
fn parse_version(text: &str) -> Option<(u64, u64, u64)> {
    let version = text.trim().rsplit(' ').next()?.trim_start_matches('v');
    let release = version.split(['-', '+']).next()?;
    let mut numbers = release.split('.').map(str::parse::<u64>);
    let mut next = || numbers.next()?.ok();
    Some((next()?, next()?, next()?))
}

fn locate(variable: Option<&OsStr>, path: Option<&OsStr>, targets: &[PathBuf]) -> Result<PathBuf, BinaryError> {
    if let Some(named) = variable.filter(|value| !value.is_empty()) {
        let named = PathBuf::from(named);
        return if is_executable(&named) {
            Ok(named)
        } else {
            Err(BinaryError::new(format!(
                "{VARIABLE} is set to {}, which is not an executable file: correct or unset it",
                named.display()
            )))
        };
    }
    let in_path = path
        .into_iter()
        .flat_map(env::split_paths)
        .map(|folder| folder.join(PROGRAM));
    let installed = targets.iter().map(|target| installed_in(target));
    in_path
        .chain(installed)
        .find(|candidate| is_executable(candidate))
        .ok_or_else(|| {
            BinaryError::new(format!(
                "no nats-server was found: run `cargo xtask test`, which installs one, put one into PATH, \
                 or set {VARIABLE} to the path of one"
            ))
        })
}

fn installed_in(target: &Path) -> PathBuf {
    let mut path = target.to_path_buf();
    path.extend(INSTALLED);
    path.join(PROGRAM)
}

/// Every folder that may be the target folder of this process or of this workspace.
fn target_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = env::var_os("CARGO_TARGET_DIR")
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
        .into_iter()
        .collect();
    // A test program lies inside its target folder.
    if let Ok(program) = env::current_exe() {
        folders.extend(program.ancestors().skip(1).map(Path::to_path_buf));
    }
    let packages = [
        env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from),
        Some(PathBuf::from(env!("CARGO_MANIFEST_DIR"))),
    ];
    for package in packages.iter().flatten() {
        folders.extend(package.ancestors().map(|folder| folder.join("target")));
    }
    folders
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[cfg(unix)]
    fn put_program(folder: &Path, mode: u32) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        std::fs::create_dir_all(folder).expect("a folder in the scratch folder");
        let path = folder.join(PROGRAM);
        std::fs::write(&path, "#!/bin/sh\n").expect("a file in the scratch folder");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("the mode of an own file");
        path
    }

    #[test]
    fn versions_of_releases_and_previews_are_read() {
        assert_eq!(parse_version("nats-server: v2.15.1\n"), Some((2, 15, 1)));
        assert_eq!(parse_version("nats-server: v2.9.10"), Some((2, 9, 10)));
        assert_eq!(parse_version("nats-server: v2.12.0-RC.3"), Some((2, 12, 0)));
        assert_eq!(parse_version("nats-server version unknown"), None);
        assert_eq!(parse_version("nats-server: v2.15"), None);
        assert_eq!(parse_version(""), None);
    }

    #[cfg(unix)]
    #[test]
    fn the_variable_goes_before_path_and_path_before_the_installed_copy() {
        let scratch = Scratch::new("binary");
        let named = put_program(&scratch.path().join("named"), 0o755);
        let in_path = put_program(&scratch.path().join("path"), 0o755);
        let target = scratch.path().join("target");
        let installed = put_program(&target.join("nats-server").join("bin"), 0o755);
        let path = in_path.parent().expect("it was put into a folder").as_os_str();
        let targets = [scratch.path().join("elsewhere"), target];

        assert_eq!(
            locate(Some(named.as_os_str()), Some(path), &targets).as_ref(),
            Ok(&named)
        );
        assert_eq!(locate(None, Some(path), &targets).as_ref(), Ok(&in_path));
        assert_eq!(
            locate(Some(OsStr::new("")), Some(OsStr::new("")), &targets).as_ref(),
            Ok(&installed)
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_cannot_be_executed_is_passed_over() {
        let scratch = Scratch::new("binary");
        let plain = put_program(&scratch.path().join("path"), 0o644);
        let path = plain.parent().expect("it was put into a folder").as_os_str();
        let error = locate(None, Some(path), &[]).expect_err("nothing is there to run");
        let text = error.to_string();
        assert!(text.contains("cargo xtask test"), "{text}");
        assert!(text.contains(VARIABLE), "{text}");
    }

    #[test]
    fn a_variable_that_names_nothing_is_an_error_and_not_passed_over() {
        let error = locate(Some(OsStr::new("/no/such/program")), None, &[]).expect_err("the file does not exist");
        assert!(error.to_string().contains("/no/such/program"), "{error}");
    }
}
