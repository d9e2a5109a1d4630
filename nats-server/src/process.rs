//! A server process: started, signalled, waited for, and never left behind.
//!
//! A [`Guard`] outlives the test process if that ends without running destructors (an abort, a kill, a server in a
//! `static`): it is a shell that waits for the end of a pipe, kills the server and removes its folder.

use std::io;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

/// How often a condition is looked at while something is waited for.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(2);

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

#[cfg(unix)]
pub(crate) use guard::Guard;

#[cfg(unix)]
mod guard {
    use std::io::{self, Write};
    use std::path::Path;
    use std::process::{Child, ChildStdin, Command, Stdio};

    /// Reads process ids, one a line (an empty line: none), and acts on the last when its input ends.
    const SCRIPT: &str = "trap '' HUP INT TERM\n\
        pid=\n\
        while read -r line; do pid=$line; done\n\
        if [ -n \"$pid\" ]; then kill -s KILL \"$pid\"; fi\n\
        rm -rf -- \"$1\"\n";

    /// Cleans up after this process, should it end without doing so itself.
    #[derive(Debug)]
    pub(crate) struct Guard {
        shell: Child,
        input: Option<ChildStdin>,
    }

    impl Guard {
        /// Watches over `folder`, and over no server yet.
        pub(crate) fn new(folder: &Path) -> io::Result<Self> {
            let mut shell = Command::new("sh")
                .args(["-c", SCRIPT, "nats-server-guard"])
                .arg(folder)
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()?;
            let input = shell.stdin.take();
            Ok(Self { shell, input })
        }

        /// Watches over this process from now on, or over none.
        pub(crate) fn watch(&mut self, process: Option<u32>) -> io::Result<()> {
            let line = process.map_or_else(|| "\n".to_owned(), |id| format!("{id}\n"));
            match &mut self.input {
                Some(input) => input.write_all(line.as_bytes()),
                None => Ok(()),
            }
        }
    }

    impl Guard {
        /// Closes its input, as the end of this process does.
        pub(crate) fn let_go(&mut self) {
            drop(self.input.take());
        }
    }

    impl Drop for Guard {
        fn drop(&mut self) {
            // The end of its input lets it clean up and end; nothing is left for it when the server ended in order.
            drop(self.input.take());
            let _ = self.shell.wait();
        }
    }
}

#[cfg(not(unix))]
pub(crate) use no_guard::Guard;

#[cfg(not(unix))]
mod no_guard {
    use std::io;
    use std::path::Path;

    /// There is no shell to keep watch on this system.
    #[derive(Debug)]
    pub(crate) struct Guard;

    impl Guard {
        pub(crate) fn new(_folder: &Path) -> io::Result<Self> {
            Ok(Self)
        }

        pub(crate) fn watch(&mut self, _process: Option<u32>) -> io::Result<()> {
            Ok(())
        }

        pub(crate) fn let_go(&mut self) {}
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
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

    #[test]
    fn the_guard_kills_the_last_process_and_removes_the_folder() {
        let scratch = Scratch::new("guard");
        let (mut spared, mut watched) = (sleeper(), sleeper());
        let mut guard = Guard::new(scratch.path()).expect("every Unix has a shell");
        guard.watch(Some(spared.id())).expect("the shell reads");
        guard.watch(Some(watched.id())).expect("the shell reads");
        drop(guard);
        let ended = wait_for_end(&mut watched, SOON).expect("an own child");
        assert!(ended.is_some());
        assert!(!scratch.path().exists());
        assert!(spared.try_wait().expect("an own child").is_none());
        kill(&mut spared);
    }

    #[test]
    fn the_guard_of_nothing_kills_nothing() {
        let scratch = Scratch::new("guard");
        let mut spared = sleeper();
        let mut guard = Guard::new(scratch.path()).expect("every Unix has a shell");
        guard.watch(Some(spared.id())).expect("the shell reads");
        guard.watch(None).expect("the shell reads");
        drop(guard);
        assert!(spared.try_wait().expect("an own child").is_none());
        kill(&mut spared);
    }
}
