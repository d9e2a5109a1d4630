//! Tasks of this repository, run as `cargo xtask <command>`.
//!
//! Plain Rust without dependencies, so that it is built in a second or two on a fresh machine. Each command is one file
//! (or a folder beside it) and one line in [`COMMANDS`]. What several commands need stands below them: [`project`] knows
//! folders and starts processes, [`nats_server`] finds or installs the server, [`terminal`] knows colours and times.
//!
//! Exit status: 0 when the command did what was asked, 1 when it did not, 2 when it was not understood.

mod bench;
mod coverage;
mod json;
mod lowest;
mod nats_py;
mod nats_server;
mod project;
mod sim;
mod soak;
mod terminal;
mod test;
mod toml;
mod tour;

use std::process::ExitCode;

use project::Project;

/// How a command ends: the text is one clear sentence (or a few lines) for the person who ran it.
type Outcome = Result<(), String>;

/// A command: its name, its arguments, one line about it, and what it runs.
struct Command {
    name: &'static str,
    arguments: &'static str,
    about: &'static str,
    run: fn(&Project, &[String]) -> Outcome,
}

/// Every command, in the order in which `help` lists them.
const COMMANDS: &[Command] = &[
    Command {
        name: "tour",
        arguments: "[--url URL] [CHAPTER…]",
        about: "starts a private server and walks through what the client does, checking as it goes",
        run: tour::run,
    },
    Command {
        name: "test",
        arguments: "[--keep-going] [--list] [STEP…]",
        about: "everything that CI runs: formatting, lints, documentation, tests, features, interface",
        run: test::run,
    },
    Command {
        name: "bench",
        arguments: "[--quick] [--list] [FILTER…]",
        about: "compares the client with the published one and with a raw socket, in release builds",
        run: bench::run,
    },
    Command {
        name: "sim",
        arguments: "[--seeds N] [--from S] [--twice] [--trace]",
        about: "runs the whole client on virtual time against a model of a server, one run a seed",
        run: sim::run,
    },
    Command {
        name: "coverage",
        arguments: "[PATH] [OPTION…]",
        about: "compares the public interface with the recorded listing; see api/README.md",
        run: coverage::run,
    },
    Command {
        name: "soak",
        arguments: "[--minutes N] [--seed N]",
        about: "mixed traffic against a cluster under faults, for minutes; says what was promised and what was kept",
        run: soak::run,
    },
    Command {
        name: "lowest",
        arguments: "",
        about: "makes the lock file with the lowest versions that the manifest allows, and builds with it",
        run: lowest::run,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(name) = arguments.first() else {
        print_help();
        return ExitCode::SUCCESS;
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        print_help();
        return ExitCode::SUCCESS;
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        eprintln!("There is no command `{name}`; `cargo xtask help` lists them.");
        return ExitCode::from(2);
    };
    let outcome = Project::find().and_then(|project| (command.run)(&project, &arguments[1..]));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("{} {text}", terminal::red("error:"));
            ExitCode::FAILURE
        }
    }
}

fn print_help() {
    println!("cargo xtask <command>\n");
    for command in COMMANDS {
        println!("  {} {}", terminal::bold(command.name), command.arguments);
        println!("      {}", command.about);
    }
    println!("\nA nats-server is taken from NATS_SERVER_BIN, from PATH, or installed below the target folder.");
}
