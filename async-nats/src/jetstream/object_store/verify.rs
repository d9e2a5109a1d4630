//! Whether what was read of an object is what was put.

use super::description::ObjectInfo;
use super::digest::Digest;

/// Counts and hashes the chunks of an object as they come.
pub(super) struct Verifier {
    expected: Expected,
    size: u64,
    chunks: usize,
    digest: Digest,
}

struct Expected {
    size: u64,
    chunks: usize,
    digest: Option<String>,
}

/// What is wrong with the content.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong(pub(super) String);

impl Verifier {
    pub(super) fn new(info: &ObjectInfo) -> Self {
        Verifier {
            expected: Expected {
                size: info.size as u64,
                chunks: info.chunks,
                digest: info.digest.clone(),
            },
            size: 0,
            chunks: 0,
            digest: Digest::new(),
        }
    }

    /// Whether another chunk is to come.
    pub(super) fn wants_more(&self) -> bool {
        self.chunks < self.expected.chunks
    }

    /// Takes the next chunk.
    pub(super) fn take(&mut self, chunk: &[u8]) -> Result<(), Wrong> {
        self.chunks += 1;
        self.size += chunk.len() as u64;
        self.digest.update(chunk);
        if self.size > self.expected.size {
            let Expected { size, .. } = self.expected;
            return Err(Wrong(format!(
                "the object has more than the {size} bytes that it is to have"
            )));
        }
        Ok(())
    }

    /// Whether it is all there and right, once all chunks have come.
    pub(super) fn finish(self) -> Result<(), Wrong> {
        let Expected { size, chunks, digest } = self.expected;
        if self.chunks != chunks || self.size != size {
            return Err(Wrong(format!(
                "the object has {} bytes in {} chunks, and is to have {size} in {chunks}",
                self.size, self.chunks
            )));
        }
        match digest {
            Some(digest) if digest == self.digest.finish() => Ok(()),
            Some(_) => Err(Wrong("wrong digest: the object is not what was put".to_owned())),
            None => Err(Wrong("the object has no digest, and cannot be checked".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(size: usize, chunks: usize, digest: Option<&str>) -> ObjectInfo {
        let text = format!(r#"{{"name":"a","bucket":"b","size":{size},"chunks":{chunks}}}"#);
        ObjectInfo {
            digest: digest.map(str::to_owned),
            ..serde_json::from_str(&text).expect("an object")
        }
    }

    const ABC: &str = "SHA-256=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0=";

    fn read(info: &ObjectInfo, chunks: &[&str]) -> Result<(), Wrong> {
        let mut verifier = Verifier::new(info);
        for chunk in chunks {
            verifier.take(chunk.as_bytes())?;
        }
        verifier.finish()
    }

    #[test]
    fn only_the_right_content_passes() {
        assert_eq!(read(&info(3, 2, Some(ABC)), &["ab", "c"]), Ok(()));
        for (info, chunks) in [
            (info(3, 2, Some(ABC)), &["ab", "d"][..]),
            (info(3, 1, Some(ABC)), &["ab", "c"]),
            (info(4, 2, Some(ABC)), &["ab", "c"]),
            (info(2, 2, Some(ABC)), &["ab", "c"]),
            (info(3, 2, None), &["ab", "c"]),
            (info(3, 2, Some("MD5=x")), &["ab", "c"]),
            (info(3, 2, Some(ABC)), &["ab"]),
        ] {
            assert!(read(&info, chunks).is_err(), "{info:?} {chunks:?}");
        }
    }

    #[test]
    fn an_empty_object_is_whole_at_once() {
        let empty = "SHA-256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=";
        let verifier = Verifier::new(&info(0, 0, Some(empty)));
        assert!(!verifier.wants_more());
        assert_eq!(verifier.finish(), Ok(()));
    }
}
