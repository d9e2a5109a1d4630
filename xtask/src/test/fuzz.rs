//! Builds the fuzzer's targets and runs each for a moment, on the committed inputs and on new ones. It shows that they
//! work; to look for faults, run one for longer: `cargo +nightly fuzz run decoder`.
//!
//! That needs a nightly toolchain and cargo-fuzz. Without them this is left out, and the same properties are tried by the
//! step `tests` alone.

use std::process::{Command, Stdio};

use crate::project::run;

use super::steps::Context;
use super::Note;

const TARGETS: &str = "fuzz/fuzz_targets";

/// Seconds for each target.
const MOMENT: &str = "-max_total_time=1";

pub(crate) fn check(context: &Context<'_>) -> Result<Note, String> {
    let mut probe = fuzzer(context, "--version");
    probe.stdout(Stdio::null()).stderr(Stdio::null());
    if !probe.status().is_ok_and(|status| status.success()) {
        return Ok(Note::Warning(
            "left out: it needs a nightly toolchain and cargo-fuzz".to_owned(),
        ));
    }
    let targets = targets(context)?;
    // No sanitizer: there is hardly any unsafe code, and building is what takes time here.
    run(fuzzer(context, "build").args(["--fuzz-dir", "fuzz", "--sanitizer", "none"]))?;
    for target in &targets {
        // What it finds on its way goes here, not among the committed inputs.
        let found = context.project.target.join("fuzz-found").join(target);
        std::fs::create_dir_all(&found).map_err(|error| format!("{}: {error}", found.display()))?;
        let mut command = fuzzer(context, "run");
        command.args(["--fuzz-dir", "fuzz", "--sanitizer", "none", target]);
        command.arg(found).arg(format!("fuzz/corpus/{target}"));
        command.args(["--", MOMENT, "-verbosity=0"]).stderr(Stdio::null());
        run(&mut command).map_err(|why| format!("{why}; `cargo +nightly fuzz run {target}` shows the input"))?;
    }
    Ok(Note::With(format!("{} targets", targets.len())))
}

/// A command of cargo-fuzz, on the toolchain that it needs.
fn fuzzer(context: &Context<'_>, command: &str) -> Command {
    let mut fuzzer = context.project.command("rustup");
    fuzzer.args(["run", "nightly", "cargo", "fuzz", command]);
    fuzzer.env("CARGO_TARGET_DIR", context.project.target.join("fuzz"));
    fuzzer
}

/// The targets by their names, sorted.
fn targets(context: &Context<'_>) -> Result<Vec<String>, String> {
    let folder = context.project.root.join(TARGETS);
    let files = std::fs::read_dir(&folder).map_err(|error| format!("{TARGETS} cannot be read: {error}"))?;
    let names = files.filter_map(|file| {
        let path = file.ok()?.path();
        let is_target = path.extension().is_some_and(|extension| extension == "rs");
        is_target.then(|| path.file_stem().map(|name| name.to_string_lossy().into_owned()))?
    });
    let mut names: Vec<String> = names.collect();
    names.sort();
    Ok(names)
}
