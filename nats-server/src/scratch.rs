//! A folder of its own below the system's temporary folder, gone when dropped, or when this process ends in whatever way.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::guard::Guard;

/// How many names are tried before the temporary folder is declared unusable.
const ATTEMPTS: u32 = 100;

/// A private folder; dropping it removes it and all that is in it.
#[derive(Debug)]
pub(crate) struct Scratch {
    path: PathBuf,
    guard: Guard,
}

impl Scratch {
    /// Makes a new folder whose name has `label` in it.
    ///
    /// # Panics
    ///
    /// When the temporary folder cannot be written to, or there is no shell to guard it.
    pub(crate) fn new(label: &str) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let clock = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.subsec_nanos());
        let parent = std::env::temp_dir();
        let mut last_error = None;
        for _ in 0..ATTEMPTS {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let process = std::process::id();
            let path = parent.join(format!("nats-{label}-{process}-{number}-{clock:08x}"));
            match create_private(&path) {
                Ok(()) => return Self::guarded(path),
                Err(error) => last_error = Some(error),
            }
        }
        panic!(
            "no folder could be made in {} for a test: {}",
            parent.display(),
            last_error.expect("every attempt that did not return left its error")
        );
    }

    fn guarded(path: PathBuf) -> Self {
        match Guard::new(&path) {
            Ok(guard) => Self { path, guard },
            Err(error) => panic!("the folder of a test cannot be guarded: {error}"),
        }
    }

    /// Kills this process too when this one ends without dropping the folder; `None`: no longer.
    pub(crate) fn watch(&mut self, process: Option<u32>) {
        // A guard that is gone leaves something behind only if this process does not end in order either.
        let _ = self.guard.watch(process);
    }

    /// Closes the pipe to the guard, as the end of this process does.
    #[cfg(all(test, unix))]
    pub(crate) fn close_guard(&mut self) {
        self.guard.close();
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A folder that cannot be removed is no reason to fail a test that has passed.
        let _ = fs::remove_dir_all(&self.path);
    }
}

#[cfg(unix)]
fn create_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> std::io::Result<()> {
    fs::create_dir(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_differ_and_are_gone_after_drop() {
        let one = Scratch::new("test");
        let two = Scratch::new("test");
        assert_ne!(one.path(), two.path());
        fs::write(one.path().join("file"), b"x").expect("the folder is writable");
        let path = one.path().to_path_buf();
        assert!(path.is_dir());
        drop(one);
        assert!(!path.exists());
        assert!(two.path().is_dir());
    }
}
