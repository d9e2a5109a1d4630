//! `sim`: builds the package `sim`, optimised and with all assertions, and runs seeds with it.

use crate::project::{run as run_command, Project};
use crate::Outcome;

pub(crate) fn run(project: &Project, arguments: &[String]) -> Outcome {
    let mut command = project.cargo(["run", "--quiet", "--profile", "sim", "--package", "sim", "--"]);
    run_command(command.args(arguments))
}
