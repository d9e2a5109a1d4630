//! The authorities that the system trusts, loaded once in the life of the process.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::RootCertStore;
use tokio::sync::OnceCell;

/// Those of this process.
pub(super) static NATIVE: NativeRoots = NativeRoots::new(load);

/// What a system has to say about the authorities it trusts: certificates, and the text of each
/// error.
pub(super) type Loaded = (Vec<CertificateDer<'static>>, Vec<String>);

/// Trusted authorities that are loaded when they are first asked for.
pub(super) struct NativeRoots {
    loaded: OnceCell<Arc<RootCertStore>>,
    load: fn() -> Loaded,
}

impl NativeRoots {
    pub(super) const fn new(load: fn() -> Loaded) -> Self {
        Self {
            loaded: OnceCell::const_new(),
            load,
        }
    }

    /// The authorities. The first call loads them, away from the threads of the runtime, and
    /// others wait for it; a call that fails leaves it to the next one to try again.
    ///
    /// # Errors
    ///
    /// A text, when there are none. What cannot be read or understood beside good ones is left
    /// out.
    pub(super) async fn get(&self) -> Result<Arc<RootCertStore>, String> {
        let load = self.load;
        let loaded = self.loaded.get_or_try_init(|| async move {
            let store = tokio::task::spawn_blocking(move || store(load()));
            store.await.unwrap_or_else(|err| Err(err.to_string()))
        });
        loaded.await.cloned()
    }
}

fn store((certificates, errors): Loaded) -> Result<Arc<RootCertStore>, String> {
    let mut store = RootCertStore::empty();
    let found = certificates.len();
    let (added, ignored) = store.add_parsable_certificates(certificates);
    let errors = errors.join("; ");
    if added == 0 {
        let errors = match errors.as_str() {
            "" => String::new(),
            errors => format!(" ({errors})"),
        };
        return Err(format!(
            "the system has no certificates of authorities to trust, {found} were found and none \
             can be used{errors}; install them, or name a file with `add_root_certificates`"
        ));
    }
    if ignored > 0 || !errors.is_empty() {
        tracing::warn!(added, ignored, errors, "some system certificates are left out");
    }
    Ok(Arc::new(store))
}

fn load() -> Loaded {
    let result = rustls_native_certs::load_native_certs();
    let errors = result.errors.iter().map(ToString::to_string);
    (result.certs, errors.collect())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn authority() -> CertificateDer<'static> {
        let key = rcgen::KeyPair::generate().unwrap();
        let parameters = rcgen::CertificateParams::new(["authority".to_owned()]).unwrap();
        parameters.self_signed(&key).unwrap().der().clone()
    }

    #[tokio::test]
    async fn roots_are_loaded_once_and_shared() {
        static LOADS: AtomicUsize = AtomicUsize::new(0);
        static ROOTS: NativeRoots = NativeRoots::new(|| {
            LOADS.fetch_add(1, Ordering::Relaxed);
            (vec![authority()], vec![])
        });
        let (one, other) = tokio::join!(ROOTS.get(), ROOTS.get());
        let one = one.unwrap();
        assert!(Arc::ptr_eq(&one, &other.unwrap()));
        assert!(Arc::ptr_eq(&one, &ROOTS.get().await.unwrap()));
        assert_eq!(LOADS.load(Ordering::Relaxed), 1);
        assert_eq!(one.len(), 1);
    }

    #[tokio::test]
    async fn failure_is_not_kept() {
        static LOADS: AtomicUsize = AtomicUsize::new(0);
        static ROOTS: NativeRoots = NativeRoots::new(|| match LOADS.fetch_add(1, Ordering::Relaxed) {
            0 => (vec![], vec!["no such file".to_owned()]),
            _ => (vec![authority()], vec![]),
        });
        let error = ROOTS.get().await.unwrap_err();
        assert!(error.contains("no such file"), "{error}");
        assert!(error.contains("add_root_certificates"), "{error}");
        assert_eq!(ROOTS.get().await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn bad_ones_beside_good_ones_are_left_out() {
        let roots = NativeRoots::new(|| {
            let nonsense = CertificateDer::from(vec![1, 2, 3]);
            (vec![nonsense, authority()], vec!["unreadable".to_owned()])
        });
        assert_eq!(roots.get().await.unwrap().len(), 1);
        let roots = NativeRoots::new(|| (vec![CertificateDer::from(vec![1])], vec![]));
        let error = roots.get().await.unwrap_err();
        assert!(error.contains("1 were found"), "{error}");
    }
}
