//! `tour`: builds the package `tour` and runs it, with a server at hand.

use crate::project::{run as run_command, Project};
use crate::{nats_server, Outcome};

pub(crate) fn run(project: &Project, arguments: &[String]) -> Outcome {
    let mut command = project.cargo(["run", "--quiet", "--package", "tour", "--"]);
    command.args(arguments);
    let own_server = arguments.iter().any(|argument| argument.starts_with("--url"));
    if !own_server {
        nats_server::find(project)?.export(&mut command);
    }
    run_command(&mut command)
}
