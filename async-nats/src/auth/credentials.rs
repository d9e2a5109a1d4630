//! Credentials files: a JWT and the seed of its key in one text.
//!
//! ```text
//! -----BEGIN NATS USER JWT-----
//! eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ…
//! ------END NATS USER JWT------
//!
//! any comment
//!
//! -----BEGIN USER NKEY SEED-----
//! SU…
//! ------END USER NKEY SEED------
//! ```
//!
//! The first two blocks of the text count, whatever their titles say. A block is a line between
//! two lines that begin and end with three dashes or more. Lines end in LF or CRLF, and may be
//! indented. Whatever stands around the blocks is a comment.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::nkey::KeyPair;
use super::secret::Secret;

/// The largest credentials file that is read. A JWT has a few kilobytes; whatever is larger than
/// this is another file, given by mistake.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// What a line has at least, at its beginning and at its end, to open or close a block.
const DASHES: &str = "---";

/// What a credentials text holds.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    /// Says who the user is, signed by its account.
    pub(crate) jwt: Secret,
    /// Proves that the JWT is the user's own.
    pub(crate) keys: Arc<KeyPair>,
}

/// Reads credentials from a text.
///
/// # Errors
///
/// [`ErrorKind::InvalidData`] when one of the two blocks is missing or the seed is not valid.
/// Nothing of the text is shown.
pub(crate) fn parse(text: &str) -> io::Result<Credentials> {
    let mut blocks = Blocks { lines: text.lines() };
    let jwt = blocks.next().ok_or_else(|| missing("JWT", "first"))?;
    let seed = blocks.next().ok_or_else(|| missing("seed", "second"))?;
    let keys = KeyPair::from_seed(seed).map_err(|err| {
        io::Error::new(
            ErrorKind::InvalidData,
            format!("the second block of the credentials is not a valid seed: {err}"),
        )
    })?;
    Ok(Credentials {
        jwt: jwt.into(),
        keys: Arc::new(keys),
    })
}

fn missing(what: &str, place: &str) -> io::Error {
    io::Error::new(
        ErrorKind::InvalidData,
        format!(
            "the credentials have no {what}: it is expected as the {place} block, one line \
             between two lines of dashes like -----BEGIN …----- and ------END …------"
        ),
    )
}

/// Reads a credentials file, away from the threads of the runtime.
///
/// # Errors
///
/// [`ErrorKind::Other`] with the path and what went wrong, which is the error's source.
pub(crate) async fn load(path: &Path) -> io::Result<Secret> {
    let owned = path.to_owned();
    let read = tokio::task::spawn_blocking(move || read(owned)).await;
    read.unwrap_or_else(|err| Err(io::Error::other(err))).map_err(|source| {
        io::Error::other(LoadError {
            path: path.to_owned(),
            source,
        })
    })
}

fn read(path: PathBuf) -> io::Result<Secret> {
    let file = File::open(path)?;
    let length = file.metadata()?.len().min(FILE_BYTES_MAX);
    // With room for all of it from the start, no shorter copy is left behind by growing.
    let mut text = String::with_capacity(length as usize + 1);
    file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(io::Error::new(
            ErrorKind::InvalidData,
            format!("it has more than {FILE_BYTES_MAX} bytes, so it holds no credentials"),
        ));
    }
    Ok(text.into())
}

/// A credentials file that could not be read.
#[derive(Debug)]
struct LoadError {
    path: PathBuf,
    source: io::Error,
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { path, source } = self;
        write!(f, "could not read the credentials file '{}': {source}", path.display())
    }
}

impl std::error::Error for LoadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// The contents of the blocks of a text, in order.
struct Blocks<'a> {
    lines: std::str::Lines<'a>,
}

impl<'a> Iterator for Blocks<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            let opening = self.lines.next()?.trim();
            if !is_dashes(opening) {
                continue;
            }
            let mut ahead = self.lines.clone();
            let content = ahead.next()?.trim();
            let closing = ahead.next()?.trim();
            let closes = closing.starts_with(DASHES) && is_dashes(closing);
            if is_content(content) && closes {
                self.lines = ahead;
                return Some(content);
            }
        }
    }
}

/// Whether a line opens or closes a block. What stands before the dashes is a comment.
fn is_dashes(line: &str) -> bool {
    line.strip_suffix(DASHES).is_some_and(|front| front.contains(DASHES))
}

/// Whether a line can be a JWT or a seed. A line of nothing but dashes is a rule.
fn is_content(line: &str) -> bool {
    !is_dashes(line)
        && !line.is_empty()
        && line
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-.=".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const JWT: &str = "eyJ0eXAiOiJKV1QifQ.eyJqdGkiOiJBIn0.c2ln-_naXR1cmU=";
    const SEED: &str = "SUAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4H776Y";
    const PUBLIC: &str = "UAB2CB576PHBBPQ5ODORRZ2LYCMWPZGWGCN2KDK7DXOIMZASKUY3RLKK";

    fn text() -> String {
        format!(
            "-----BEGIN NATS USER JWT-----\n{JWT}\n------END NATS USER JWT------\n\n\
             ************************* IMPORTANT *************************\n\
             Keep it to yourself.\n\n\
             -----BEGIN USER NKEY SEED-----\n{SEED}\n------END USER NKEY SEED------\n\n\
             *************************************************************\n"
        )
    }

    #[track_caller]
    fn accepted(text: &str) {
        let credentials = parse(text).unwrap();
        assert_eq!(credentials.jwt.expose(), JWT);
        assert_eq!(credentials.keys.public_key(), PUBLIC);
    }

    #[track_caller]
    fn refused(text: &str, part: &str) {
        let error = parse(text).expect_err("these are no credentials");
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        let shown = error.to_string();
        assert!(shown.contains(part), "{shown}");
        assert!(!shown.contains(&SEED[10..20]), "{shown}");
        assert!(!shown.contains(&JWT[10..20]), "{shown}");
    }

    #[test]
    fn jwt_and_seed_are_found() {
        accepted(&text());
    }

    #[test]
    fn line_ends_indentation_and_a_missing_last_line_end_do_not_matter() {
        accepted(&text().replace('\n', "\r\n"));
        accepted(&text().replace('\n', "\n  \t"));
        let end = text().rfind("------\n").unwrap() + 6;
        accepted(&text()[..end]);
    }

    #[test]
    fn titles_do_not_matter_but_the_order_does() {
        accepted(&format!("------\n{JWT}\n------\n---a---\n{SEED}\n---b---\n"));
        refused(
            &format!("---\u{2026}---\n{SEED}\n------\n------\n{JWT}\n------\n"),
            "not a valid seed",
        );
    }

    #[test]
    fn comments_of_any_shape_are_skipped() {
        accepted(&format!("------------\n-----------------\n\n{}", text()));
        accepted(&format!("-------\n-------\n-------\n{}", text()));
        accepted(&format!("# ---- my file ----\nsome words\n{}", text()));
        accepted(&format!("title: {}", text()));
        accepted(&format!("---\n{SEED}\n---\n{}", text()));
        accepted(&format!("------\n{SEED}\n|-------|\n{}", text()));
        accepted(&format!("------\n{SEED}\n| ------\n{}", text()));
    }

    #[test]
    fn missing_blocks_are_named() {
        refused("", "no JWT");
        refused(&format!("{JWT}\n{SEED}\n"), "no JWT");
        let seed = text().find("-----BEGIN USER").unwrap();
        refused(&text()[..seed], "no seed");
        let cut = text().find("------END USER").unwrap();
        refused(&text()[..cut], "no seed");
    }

    #[test]
    fn seed_that_is_not_valid_says_why() {
        refused(&text().replace("SUAAAAICAM", "SUAAAAICAN"), "not a valid seed");
        refused(&text().replace("SUAAAAICAM", "SUAAAAICAN"), "bad checksum");
    }

    #[test]
    fn debug_shows_the_public_key_only() {
        let shown = format!("{:?}", parse(&text()).unwrap());
        assert!(shown.contains(PUBLIC), "{shown}");
        assert!(!shown.contains(SEED) && !shown.contains(JWT), "{shown}");
    }

    #[tokio::test]
    async fn file_that_is_missing_is_named() {
        let path = std::env::temp_dir().join("there-is-no-such-directory/user.creds");
        let error = load(&path).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Other);
        assert!(error.to_string().contains("user.creds"), "{error}");
        let source = std::error::Error::source(&error).expect("the source is kept");
        let source = source.downcast_ref::<io::Error>().unwrap();
        assert_eq!(source.kind(), ErrorKind::NotFound);
    }

    #[tokio::test]
    async fn file_is_read_up_to_the_limit() {
        let directory = tests_directory();
        let path = directory.join("user.creds");
        std::fs::write(&path, text()).unwrap();
        assert_eq!(load(&path).await.unwrap().expose(), text());

        let largest = "x".repeat(FILE_BYTES_MAX as usize);
        std::fs::write(&path, &largest).unwrap();
        assert_eq!(load(&path).await.unwrap().expose().len(), largest.len());
        std::fs::write(&path, largest + "x").unwrap();
        let error = load(&path).await.unwrap_err().to_string();
        assert!(error.contains("more than 1048576 bytes"), "{error}");
        std::fs::remove_dir_all(directory).unwrap();
    }

    fn tests_directory() -> PathBuf {
        let name = format!("credentials-{}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&directory).unwrap();
        directory
    }
}
