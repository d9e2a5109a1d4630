//! Configurations that were built once and are used again.
//!
//! To build one takes time, and it remembers the sessions of its connections: with the same configuration, the next
//! handshake with a server is shorter. One is the same as another when it came from the same authorities, certificates and
//! keys. Files may change between two connects, so it is what they hold that counts.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::{ClientConfig, RootCertStore};

use super::pem;
use crate::auth::secret;
use crate::sync::Mutex;

/// Configurations that are kept. A program has one, or one for each of a few authorities.
const KEPT: usize = 8;

/// Those of the process that show no certificate. Those that do belong to their client, and go with it.
pub(super) static SHARED: Configs = Configs(Mutex::new(Vec::new()));

/// Configurations, the one that was used last at the end.
#[derive(Debug, Default)]
pub(crate) struct Configs(Mutex<Vec<(Origin, Arc<ClientConfig>)>>);

/// What a configuration was built from.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    /// The authorities of the system, if it trusts them.
    native: Option<Arc<RootCertStore>>,
    /// What the files held.
    files: u128,
}

impl Origin {
    /// That of these authorities and files. Looks at the files, and keeps nothing of them.
    ///
    /// # Errors
    ///
    /// A text, when a file cannot be read.
    pub(super) fn new<'a>(
        native: Option<Arc<RootCertStore>>,
        files: impl Iterator<Item = &'a Path>,
    ) -> Result<Self, String> {
        // Two hashes with keys that nobody knows: long enough that other contents never have the same.
        static KEYS: OnceLock<[RandomState; 2]> = OnceLock::new();
        let mut hashers = KEYS
            .get_or_init(Default::default)
            .each_ref()
            .map(RandomState::build_hasher);
        for file in files {
            let mut bytes = pem::read(file)?;
            for hasher in &mut hashers {
                hasher.write_usize(bytes.len());
                hasher.write(&bytes);
            }
            secret::wipe(&mut bytes);
        }
        let [high, low] = hashers.map(|hasher| u128::from(hasher.finish()));
        Ok(Origin {
            native,
            files: high << 64 | low,
        })
    }

    fn is_same(&self, other: &Origin) -> bool {
        let same_roots = match (&self.native, &other.native) {
            (None, None) => true,
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        };
        same_roots && self.files == other.files
    }
}

impl Configs {
    /// The configuration from `origin`, if it is kept.
    pub(super) fn get(&self, origin: &Origin) -> Option<Arc<ClientConfig>> {
        let mut configs = self.0.lock();
        let place = configs.iter().position(|(other, _)| other.is_same(origin))?;
        let found = configs.remove(place);
        let config = Arc::clone(&found.1);
        configs.push(found);
        Some(config)
    }

    /// Keeps a configuration, unless another one from the same origin came first: returns the one to use.
    pub(super) fn keep(&self, origin: Origin, config: ClientConfig) -> Arc<ClientConfig> {
        if let Some(first) = self.get(&origin) {
            return first;
        }
        let config = Arc::new(config);
        let mut configs = self.0.lock();
        let oldest = (configs.len() == KEPT).then(|| configs.remove(0));
        configs.push((origin, Arc::clone(&config)));
        drop(configs);
        drop(oldest);
        config
    }
}

#[cfg(all(test, any(feature = "ring", feature = "aws-lc-rs")))]
mod tests {
    use super::super::authority::Scratch;
    use super::*;

    fn config() -> ClientConfig {
        ClientConfig::builder_with_provider(super::super::provider::choose().unwrap())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth()
    }

    #[test]
    fn a_configuration_is_used_again_as_long_as_its_origin_is_the_same() {
        let (scratch, configs) = (Scratch::new(), Configs::default());
        let files = [scratch.file("a", "one"), scratch.file("b", "two")];
        let origin = |native: Option<&Arc<RootCertStore>>| {
            Origin::new(native.cloned(), files.iter().map(|file| file.as_path())).unwrap()
        };
        let first = configs.keep(origin(None), config());
        assert!(Arc::ptr_eq(&first, &configs.get(&origin(None)).unwrap()));
        assert!(Arc::ptr_eq(&first, &configs.keep(origin(None), config())));
        let native = Arc::new(RootCertStore::empty());
        assert!(configs.get(&origin(Some(&native))).is_none());
        configs.keep(origin(Some(&native)), config());
        assert!(configs.get(&origin(Some(&native))).is_some());
        assert!(configs.get(&origin(Some(&Arc::new(RootCertStore::empty())))).is_none());

        // The same bytes in other files are not the same.
        scratch.file("a", "onet");
        scratch.file("b", "wo");
        assert!(configs.get(&origin(None)).is_none());
        std::fs::remove_file(&files[1]).unwrap();
        assert!(Origin::new(None, files.iter().map(|file| file.as_path())).is_err());
    }

    #[test]
    fn few_are_kept_and_those_that_were_used_last() {
        let (scratch, configs) = (Scratch::new(), Configs::default());
        let origin = |number: usize| {
            let file = scratch.file("a", number.to_string());
            Origin::new(None, [file.as_path()].into_iter()).unwrap()
        };
        for number in 0..KEPT + 1 {
            configs.keep(origin(number), config());
            assert!(configs.get(&origin(0)).is_some());
        }
        assert!(configs.get(&origin(1)).is_none());
        assert!(configs.get(&origin(2)).is_some());
    }
}
