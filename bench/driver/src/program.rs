//! Runs one measured program and reads its result.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bench_common::{Measured, Settings};

use crate::raw;

/// A program that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Ours,
    Theirs,
    /// A blocking socket, in this program but in a process of its own.
    Raw,
}

/// How long a program may take beyond what its settings say. Connecting, subscribing to a hundred thousand subjects and
/// waiting for memory to come to rest all fit well.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a running program is asked whether it has ended; far apart, so as not to be measured.
const LOOK: Duration = Duration::from_millis(10);

/// Runs a program with these settings and waits for its result.
pub(crate) fn run(side: Side, settings: &Settings) -> Result<Measured, String> {
    let mut child = command(side)?
        .args(settings.arguments())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{side:?} could not be started: {error}; `cargo xtask bench` builds it"))?;
    let limit = settings.seconds("warmup", 0.0)? + settings.seconds("seconds", 0.0)? + PATIENCE;
    if !ends_within(&mut child, limit) {
        // It may have ended just now; either way it is gone after this.
        let _ = child.kill();
        let _ = child.wait();
        return Err(format!("{side:?} did not end within {} s", limit.as_secs()));
    }
    let output = child
        .wait_with_output()
        .map_err(|error| format!("{side:?} is lost: {error}"))?;
    if !output.status.success() {
        return Err(format!("{side:?} ended with {}", output.status));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let measured = text.lines().next_back().and_then(Measured::parse);
    measured.ok_or_else(|| format!("{side:?} printed no result"))
}

fn command(side: Side) -> Result<Command, String> {
    let here = std::env::current_exe().map_err(|error| format!("this program does not know where it is: {error}"))?;
    let beside = |name: &str| -> PathBuf { here.with_file_name(name) };
    Ok(match side {
        Side::Ours => Command::new(beside("bench-ours")),
        Side::Theirs => Command::new(beside("bench-theirs")),
        Side::Raw => {
            let mut command = Command::new(&here);
            command.arg(raw::COMMAND);
            command
        }
    })
}

fn ends_within(child: &mut Child, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    while Instant::now() < deadline {
        // An error means that there is nothing to wait for.
        if !matches!(child.try_wait(), Ok(None)) {
            return true;
        }
        std::thread::sleep(LOOK);
    }
    false
}
