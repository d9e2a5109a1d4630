//! Keys that are paths.

use super::{CodecError, KeyCodec};

/// What stands for the slash at the beginning of a path.
const ROOT: &str = "_root_";

/// Paths as keys: `/etc/hosts` is the key `_root_.etc.hosts`, so that `/etc/*` are the files of a directory. A slash at the
/// end is left out, and a dot in a path comes back as a slash.
///
/// ```
/// use async_nats::jetstream::kv::codec::{KeyCodec, Path};
///
/// assert_eq!(Path.encode("/etc/hosts").unwrap(), "_root_.etc.hosts");
/// assert_eq!(Path.decode("_root_.etc.hosts").unwrap(), "/etc/hosts");
/// assert_eq!(Path.encode("etc/hosts/").unwrap(), "etc.hosts");
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Path;

impl KeyCodec for Path {
    fn encode(&self, key: &str) -> Result<String, CodecError> {
        if key == "/" {
            return Ok(ROOT.to_owned());
        }
        let key = key.strip_suffix('/').unwrap_or(key);
        Ok(match key.strip_prefix('/') {
            Some(below) => [ROOT, ".", &below.replace('/', ".")].concat(),
            None => key.replace('/', "."),
        })
    }

    fn decode(&self, key: &str) -> Result<String, CodecError> {
        let path = key.replace('.', "/");
        Ok(match path.strip_prefix(ROOT) {
            Some("") => "/".to_owned(),
            Some(below) if below.starts_with('/') => below.to_owned(),
            _ => path,
        })
    }

    fn encode_filter(&self, filter: &str) -> Result<String, CodecError> {
        self.encode(filter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_come_back() {
        for (path, key) in [
            ("/", "_root_"),
            ("/a", "_root_.a"),
            ("a/b", "a.b"),
            ("a", "a"),
            ("_root_b", "_root_b"),
            ("/a/b.c", "_root_.a.b.c"),
        ] {
            assert_eq!(Path.encode(path).unwrap(), key);
            let expected = path.replace('.', "/");
            assert_eq!(Path.decode(key).unwrap(), expected);
        }
        assert_eq!(Path.encode_filter("/a/*").unwrap(), "_root_.a.*");
        assert_eq!(Path.encode_filter("/a/>").unwrap(), "_root_.a.>");
    }
}
