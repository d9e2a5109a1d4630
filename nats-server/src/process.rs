//! A server process: signalled, waited for, and ended.

use std::io;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

/// How often a condition is looked at while something is waited for.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(2);

/// How long a child that was paused may take until the last of its threads stands still.
const STILL_WITHIN: Duration = Duration::from_secs(5);

/// The signals that the harness sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Shut down in order.
    Terminate,
    /// Stop being scheduled.
    Pause,
    /// Go on being scheduled.
    Resume,
    /// Enter lame duck mode.
    LameDuck,
}

impl Signal {
    #[cfg(unix)]
    fn name(self) -> &'static str {
        match self {
            Self::Terminate => "INT",
            Self::Pause => "STOP",
            Self::Resume => "CONT",
            Self::LameDuck => "USR2",
        }
    }
}

/// Sends `signal` to a child that was not waited for yet, so that its id is still its own.
#[cfg(unix)]
pub(crate) fn send(child: &Child, signal: Signal) -> io::Result<()> {
    use std::process::{Command, Stdio};
    // The shell's own `kill`: there is a shell everywhere, but not always a program of that name.
    let output = Command::new("sh")
        .arg("-c")
        .arg(format!("kill -s {} {}", signal.name(), child.id()))
        .stdin(Stdio::null())
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "signal {} could not be sent to process {}: {}",
        signal.name(),
        child.id(),
        String::from_utf8_lossy(&output.stderr).trim()
    )))
}

/// There are no such signals on this system.
#[cfg(not(unix))]
pub(crate) fn send(_child: &Child, signal: Signal) -> io::Result<()> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        format!("a server can be sent {signal:?} on Unix only"),
    ))
}

/// Pauses a child, and returns when none of its threads runs any more: the signal alone lets those go on for a moment that
/// are on a processor. Where the system does not show threads, that moment is left to the caller.
pub(crate) fn pause(child: &Child) -> io::Result<()> {
    send(child, Signal::Pause)?;
    let deadline = Instant::now() + STILL_WITHIN;
    while !is_still(child.id()) && Instant::now() < deadline {
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

/// Whether all threads of a process are stopped, for as far as the system shows them.
fn is_still(id: u32) -> bool {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{id}/task")) else {
        return true;
    };
    threads.flatten().all(|thread| {
        let stat = std::fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        // The name of the program stands before the state, in brackets, and may hold anything.
        let state = stat.rsplit(") ").next().unwrap_or_default();
        state.is_empty() || state.starts_with('T')
    })
}

/// Waits until the child has ended; `None` when it has not by then.
pub(crate) fn wait_for_end(child: &mut Child, within: Duration) -> io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + within;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// Ends the child at once and collects it; also one that is paused.
pub(crate) fn kill(child: &mut Child) {
    // It fails only for a child that has ended already.
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    fn sleeper() -> Child {
        Command::new("sleep")
            .arg("600")
            .stdin(Stdio::null())
            .spawn()
            .expect("every Unix has a sleep")
    }

    const SOON: Duration = Duration::from_secs(20);

    #[test]
    fn a_signal_reaches_the_child() {
        let mut child = sleeper();
        send(&child, Signal::Pause).expect("an own child can be signalled");
        send(&child, Signal::Resume).expect("an own child can be signalled");
        send(&child, Signal::Terminate).expect("an own child can be signalled");
        let status = wait_for_end(&mut child, SOON).expect("an own child can be waited for");
        assert!(!status.expect("the signal ends it").success());
    }

    #[test]
    fn a_paused_child_is_still() {
        let mut child = sleeper();
        pause(&child).expect("an own child can be signalled");
        assert!(is_still(child.id()));
        send(&child, Signal::Resume).expect("an own child can be signalled");
        kill(&mut child);
    }

    #[test]
    fn a_paused_child_can_be_killed() {
        let mut child = sleeper();
        send(&child, Signal::Pause).expect("an own child can be signalled");
        kill(&mut child);
        assert!(child.try_wait().expect("it was collected").is_some());
    }

    #[test]
    fn a_child_that_goes_on_is_reported_as_such() {
        let mut child = sleeper();
        let waited = wait_for_end(&mut child, Duration::ZERO).expect("an own child");
        assert!(waited.is_none());
        kill(&mut child);
    }
}
