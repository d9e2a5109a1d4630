//! `soak`: builds the package `soak` and runs it, with a server at hand.

use crate::project::{run as run_command, Project};
use crate::{nats_server, Outcome};

pub(crate) fn run(project: &Project, arguments: &[String]) -> Outcome {
    let mut command = project.cargo(["run", "--quiet", "--package", "soak", "--"]);
    nats_server::find(project)?.export(&mut command);
    run_command(command.args(arguments))
}
