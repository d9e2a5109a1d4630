//! `bench`: builds the workspace `bench/` in release mode and runs its driver.
//!
//! The two client programs are built one after the other, so that neither gets features of a dependency that only the
//! other one asked for.

use crate::project::{run as run_command, Project};
use crate::{nats_server, Outcome};

/// What is built, in this order; the last one is the program that is run.
const PACKAGES: &[&str] = &["bench-ours", "bench-theirs", "bench-driver"];

pub(crate) fn run(project: &Project, arguments: &[String]) -> Outcome {
    let manifest = project.root.join("bench").join("Cargo.toml");
    for package in PACKAGES {
        eprintln!("building {package}");
        let mut build = project.cargo(["build", "--quiet", "--release", "--package", package, "--manifest-path"]);
        run_command(build.arg(&manifest))?;
    }
    let mut driver = project.command(project.target.join("release").join("bench-driver"));
    driver.args(arguments);
    // Rows against a real server are left out by the driver when there is none.
    match nats_server::find(project) {
        Ok(server) => server.export(&mut driver),
        Err(why) => eprintln!("{why}"),
    }
    run_command(&mut driver)
}
