//! `coverage`: passes its arguments to `api/coverage`, on the client and in the shared target folder unless told otherwise.

use crate::project::{python, run as run_command, Project};
use crate::Outcome;

pub(crate) fn run(project: &Project, arguments: &[String]) -> Outcome {
    let python = python(project)?;
    let mut command = project.command(python);
    command.arg("api/coverage");
    // A path comes first, as in the tool's own help; without one the client is meant.
    if arguments.first().is_none_or(|first| first.starts_with('-')) {
        command.arg("async-nats");
    }
    command.args(arguments);
    if !arguments.iter().any(|argument| argument.starts_with("--target-dir")) {
        command.arg("--target-dir").arg(&project.target);
    }
    run_command(&mut command)
}
