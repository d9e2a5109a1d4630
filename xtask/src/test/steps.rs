//! The steps of `test`: the table, and those that are a cargo command or two.

use std::process::{Command, Stdio};

use crate::nats_server::NatsServer;
use crate::project::{run, Project};

use super::{concurrency, crates, features, fuzz, interface, supply, text, Note};
use crate::{lowest, nats_py};

/// What every step may use.
pub(crate) struct Context<'a> {
    pub(crate) project: &'a Project,
    /// There when one of the steps that run needs it.
    pub(crate) server: Option<NatsServer>,
}

impl Context<'_> {
    /// A cargo command with a server at hand.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = self.project.cargo(arguments);
        if let Some(server) = &self.server {
            server.export(&mut command);
        }
        command
    }
}

/// A step: its name on the command line, one line about it, and what it runs.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// Whether a `nats-server` must be at hand.
    pub(crate) needs_server: bool,
    pub(crate) run: Run,
}

/// Every step, the quick ones first: what fails most often and is cheapest to ask comes before what takes minutes.
pub(crate) const STEPS: &[Step] = &[
    step("format", "the sources are formatted", format),
    step(
        "text",
        "no committed text names a path of one machine or a host of a registry",
        text::check,
    ),
    step(
        "crates",
        "how many crates a program with the client is built from",
        crates::count,
    ),
    step(
        "supply",
        "licenses, sources and the oldest Rust of all that is built in",
        supply::check,
    ),
    step("lints", "clippy, all targets, without warnings", lints),
    step("docs", "the documentation is built without warnings", docs),
    with_server("tests", "unit and integration tests", tests),
    step("sim", "a thousand seeds of the simulation, each run twice", sim),
    with_server("doctests", "the examples in the documentation", doctests),
    with_server("tour", "the tour holds, from chapter to chapter", tour),
    step(
        "features",
        "each feature alone, none, and all but fips",
        features::check,
    ),
    step(
        "concurrency",
        "what tasks share, in many orders of their steps",
        concurrency::check,
    ),
    step("fuzz", "the targets of the fuzzer, a moment each", fuzz::check),
    step(
        "lowest",
        "the client builds with the lowest versions that its manifest allows",
        lowest_versions,
    ),
    step(
        "interface",
        "the public interface is that of the recorded listings",
        interface::check,
    ),
];

type Run = fn(&Context<'_>) -> Result<Note, String>;

const fn step(name: &'static str, about: &'static str, run: Run) -> Step {
    Step {
        name,
        about,
        needs_server: false,
        run,
    }
}

const fn with_server(name: &'static str, about: &'static str, run: Run) -> Step {
    Step {
        name,
        about,
        needs_server: true,
        run,
    }
}

/// A workspace of this repository, by its manifest, and the packages of it that are looked at; none stands for all.
struct Workspace {
    manifest: &'static str,
    linted: &'static [&'static str],
    tested: &'static [&'static str],
}

/// The client's comes first. Of the benchmarks, the program with the published client is left out: it is built from the
/// same source as the one with ours, and a second client takes a minute to build. The measured programs have no tests.
const WORKSPACES: &[Workspace] = &[
    Workspace {
        manifest: "Cargo.toml",
        linted: &[],
        tested: &[],
    },
    Workspace {
        manifest: "bench/Cargo.toml",
        linted: &["bench-common", "bench-driver", "bench-ours"],
        tested: &["bench-common", "bench-driver"],
    },
];

/// A cargo command on packages of a workspace.
fn on(context: &Context<'_>, words: &[&str], workspace: &Workspace, packages: &'static [&'static str]) -> Command {
    let mut command = context.cargo(words);
    command.args(["--manifest-path", workspace.manifest]);
    if packages.is_empty() {
        command.arg("--workspace");
    }
    for package in packages {
        command.args(["--package", package]);
    }
    command
}

fn format(context: &Context<'_>) -> Result<Note, String> {
    for Workspace { manifest, .. } in WORKSPACES {
        run(&mut context.cargo(&["fmt", "--all", "--check", "--manifest-path", manifest, "--", "-l"]))?;
    }
    run(&mut context.cargo(&["fmt", "--check", "--manifest-path", "fuzz/Cargo.toml", "--", "-l"]))?;
    Ok(Note::Fine)
}

fn lints(context: &Context<'_>) -> Result<Note, String> {
    for workspace in WORKSPACES {
        let mut clippy = on(context, &["clippy", "--all-targets"], workspace, workspace.linted);
        run(clippy.args(["--", "-D", "warnings"]))?;
    }
    Ok(Note::Fine)
}

fn docs(context: &Context<'_>) -> Result<Note, String> {
    let mut command = context.cargo(&["doc", "--no-deps", "--workspace", "--features", "async-nats/chrono"]);
    run(command.env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(Note::Fine)
}

/// A test that hangs is ended by nextest; this file says when.
const NEXTEST_CONFIGURATION: &str = "xtask/nextest.toml";

fn tests(context: &Context<'_>) -> Result<Note, String> {
    let nextest = has_nextest(context);
    let other_client = nats_py::find(context.project);
    for workspace in WORKSPACES {
        let mut command = if nextest {
            let mut command = on(
                context,
                &["nextest", "run", "--no-fail-fast"],
                workspace,
                workspace.tested,
            );
            command.args(["--config-file", NEXTEST_CONFIGURATION]);
            command
        } else {
            let mut command = on(context, &["test", "--no-fail-fast"], workspace, workspace.tested);
            command.args(["--lib", "--bins", "--tests", "--examples"]);
            command
        };
        if let Some(folder) = &other_client {
            command.env(nats_py::VARIABLE, folder);
        }
        run(&mut command)?;
    }
    let runner = if nextest { "cargo nextest" } else { "cargo test" };
    Ok(Note::With(format!("run by {runner}")))
}

fn has_nextest(context: &Context<'_>) -> bool {
    let mut probe = context.cargo(&["nextest", "--version"]);
    probe.stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

fn lowest_versions(context: &Context<'_>) -> Result<Note, String> {
    let direct = lowest::build(context.project)?;
    Ok(Note::With(format!("{direct} direct dependencies")))
}

fn tour(context: &Context<'_>) -> Result<Note, String> {
    run(&mut context.cargo(&["run", "--quiet", "--package", "tour"]))?;
    Ok(Note::Fine)
}

fn sim(context: &Context<'_>) -> Result<Note, String> {
    let seeds = ["--seeds", "1000", "--twice"].map(ToOwned::to_owned);
    crate::sim::run(context.project, &seeds)?;
    Ok(Note::Fine)
}

fn doctests(context: &Context<'_>) -> Result<Note, String> {
    run(&mut context.cargo(&["test", "--workspace", "--doc"]))?;
    Ok(Note::Fine)
}
