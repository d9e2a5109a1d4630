//! Looks through the committed text for what belongs to one machine: folders of its users, hosts of package registries.
//!
//! Such a line works for whoever wrote it and for nobody else. Lock files may name the registry in the one form that cargo
//! writes everywhere, and nothing else.

use std::fmt::Write as _;

use crate::project::output;

use super::steps::Context;
use super::Note;

/// Folders that exist on one machine only. They are searched where a path begins: not after a letter, a digit, or a
/// character that may stand in the middle of a path or an address.
const FOLDERS: &[&[&str]] = &[
    &["/ro", "ot/"],
    &["/ho", "me/"],
    &["/wo", "rk/"],
    &["/Use", "rs/"],
    &["C:\\Use", "rs\\"],
];

/// Hosts that packages are fetched from. In parts, so that this file does not hold what it looks for.
const HOSTS: &[&[&str]] = &[
    &["static.", "crates.io"],
    &["index.", "crates.io"],
    &["py", "pi.org"],
    &["python", "hosted.org"],
    &["registry.", "npmjs.org"],
    &["deb.", "debian.org"],
    &["proxy.", "golang.org"],
];

/// The source of every package in a lock file.
const LOCKED_SOURCE: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";

pub(crate) fn check(context: &Context<'_>) -> Result<Note, String> {
    let mut git = context.project.command("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let Ok(files) = output(&mut git) else {
        return Ok(Note::Warning("not looked at: this is not a git checkout".to_owned()));
    };
    let (mut looked_at, mut found) = (0, String::new());
    for file in files.split('\0').filter(|file| !file.is_empty()) {
        // A file that is not text, or was deleted and not yet committed, has no lines to look at.
        let Ok(text) = std::fs::read_to_string(context.project.root.join(file)) else {
            continue;
        };
        looked_at += 1;
        for (at, line) in text.lines().enumerate() {
            if let Some(what) = offence(file, line) {
                let _ = write!(found, "\n  {file}:{}: {what}", at + 1);
            }
        }
    }
    if found.is_empty() {
        Ok(Note::With(format!("{looked_at} files")))
    } else {
        Err(format!("text that belongs to one machine:{found}"))
    }
}

/// What in a line does not belong into the repository.
fn offence(file: &str, line: &str) -> Option<String> {
    for parts in FOLDERS {
        let folder = parts.concat();
        if line.match_indices(&folder).any(|(at, _)| begins_a_path(&line[..at])) {
            return Some(format!("a path below {folder}"));
        }
    }
    if let Some(parts) = HOSTS.iter().find(|parts| line.contains(&parts.concat())) {
        return Some(format!("the host {}", parts.concat()));
    }
    let locked = file.ends_with("Cargo.lock") && line.starts_with("source = ");
    (locked && line != LOCKED_SOURCE).then(|| format!("another {line}"))
}

fn begins_a_path(before: &str) -> bool {
    !before.ends_with(|last: char| last.is_alphanumeric() || "._-~/*>$}{:".contains(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> bool {
        offence("some/file.rs", line).is_some()
    }

    #[test]
    fn paths_of_a_user_are_found_where_a_path_begins() {
        let home = FOLDERS[1].concat();
        assert!(found(&format!("{home}someone/x.creds")));
        assert!(found(&format!("open(\"{home}someone/x.creds\")")));
        assert!(!found(&format!("https://example.com{home}page")));
        assert!(!found("src/io/tcp.rs"));
    }

    #[test]
    fn hosts_of_registries_are_found_and_the_name_of_the_registry_is_not() {
        assert!(found(&format!("fetch https://{}/simple", HOSTS[2].concat())));
        assert!(!found("[patch.crates-io]"));
        assert!(!found("published on crates.io"));
    }

    #[test]
    fn a_lock_file_names_one_source() {
        assert!(offence("Cargo.lock", LOCKED_SOURCE).is_none());
        assert!(offence(
            "fuzz/Cargo.lock",
            "source = \"registry+https://mirror.example.com/index\""
        )
        .is_some());
    }
}
