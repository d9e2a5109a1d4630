//! What is left to clean up when this process ends without running destructors: after an abort, a kill, or with a server
//! in a `static`.
//!
//! A [`Guard`] is a shell that waits for the end of a pipe, which the system closes whatever happens; then it kills the
//! server and removes the folder.

#[cfg(unix)]
pub(crate) use unix::Guard;

#[cfg(not(unix))]
pub(crate) use other::Guard;

#[cfg(unix)]
mod unix {
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
        /// Watches over `folder`, and over no process yet.
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

    #[cfg(test)]
    impl Guard {
        /// Closes its input, as the end of this process does.
        pub(crate) fn close(&mut self) {
            drop(self.input.take());
        }
    }

    impl Drop for Guard {
        fn drop(&mut self) {
            // The end of its input lets it clean up and end; nothing is left for it when all was ended in order.
            drop(self.input.take());
            let _ = self.shell.wait();
        }
    }
}

#[cfg(not(unix))]
mod other {
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
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::process::{kill, wait_for_end};
    use std::path::PathBuf;
    use std::process::{Child, Command, Stdio};
    use std::time::Duration;

    const SOON: Duration = Duration::from_secs(20);

    fn sleeper() -> Child {
        Command::new("sleep")
            .arg("600")
            .stdin(Stdio::null())
            .spawn()
            .expect("every Unix has a sleep")
    }

    fn folder(label: &str) -> PathBuf {
        let name = format!("nats-guard-{label}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).expect("the temporary folder is writable");
        path
    }

    #[test]
    fn the_guard_kills_the_last_process_and_removes_the_folder() {
        let folder = folder("kill");
        let (mut spared, mut watched) = (sleeper(), sleeper());
        let mut guard = Guard::new(&folder).expect("every Unix has a shell");
        guard.watch(Some(spared.id())).expect("the shell reads");
        guard.watch(Some(watched.id())).expect("the shell reads");
        drop(guard);
        let ended = wait_for_end(&mut watched, SOON).expect("an own child");
        assert!(ended.is_some());
        assert!(!folder.exists());
        assert!(spared.try_wait().expect("an own child").is_none());
        kill(&mut spared);
    }

    #[test]
    fn the_guard_of_nothing_kills_nothing() {
        let folder = folder("spare");
        let mut spared = sleeper();
        let mut guard = Guard::new(&folder).expect("every Unix has a shell");
        guard.watch(Some(spared.id())).expect("the shell reads");
        guard.watch(None).expect("the shell reads");
        drop(guard);
        assert!(spared.try_wait().expect("an own child").is_none());
        kill(&mut spared);
    }
}
