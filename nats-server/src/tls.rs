//! Certificates for tests, made at run time: good ones, and ones with one thing wrong each.
//!
//! They lie as PEM files in a folder of their own, gone when [`Certificates`] is dropped. [`configs`](crate::configs)
//! has the configurations of servers that use them.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use rcgen::{
    date_time_ymd, BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};

use crate::scratch::Scratch;

/// The names that the server certificates are for.
const SERVER_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// The name that [`Certificates::misnamed_server`] is for.
const OTHER_NAME: &str = "elsewhere.example";

/// The first and last day of what is valid; far enough for the clock of any machine.
const VALID_YEARS: (i32, i32) = (2020, 2120);

/// The first and last day of what has expired.
const EXPIRED_YEARS: (i32, i32) = (2000, 2001);

/// The files of a certificate and of its key.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate, in PEM.
    pub certificate: PathBuf,
    /// Its private key, in PEM (PKCS #8).
    pub key: PathBuf,
    /// Both in one file.
    pub both: PathBuf,
}

/// Two authorities and what they have signed; the files are gone when it is dropped.
#[derive(Debug)]
pub struct Certificates {
    /// The certificate of the authority that clients and servers are to trust.
    pub ca: PathBuf,
    /// A server called localhost, 127.0.0.1 and ::1.
    pub server: Identity,
    /// A client.
    pub client: Identity,
    /// A server with the same names, whose certificate has expired.
    pub expired_server: Identity,
    /// A client whose certificate has expired.
    pub expired_client: Identity,
    /// A server with another name.
    pub misnamed_server: Identity,
    /// The certificate of an authority that nobody is to trust.
    pub untrusted_ca: PathBuf,
    /// A server with the right names, signed by the untrusted authority.
    pub untrusted_server: Identity,
    /// A client, signed by the untrusted authority.
    pub untrusted_client: Identity,
    _scratch: Scratch,
}

impl Default for Certificates {
    fn default() -> Self {
        Self::new()
    }
}

impl Certificates {
    /// Makes new keys and certificates, and writes them down.
    ///
    /// # Panics
    ///
    /// When the temporary folder cannot be written to.
    pub fn new() -> Self {
        let scratch = Scratch::new("tls");
        let maker = Maker { folder: scratch.path() };
        maker
            .make_all()
            .unwrap_or_else(|error| panic!("certificates for a test cannot be made: {error}"))
            .held_by(scratch)
    }
}

type Error = Box<dyn std::error::Error>;
type Authority = CertifiedIssuer<'static, KeyPair>;

/// All files, without the folder that they lie in.
struct Made {
    ca: PathBuf,
    untrusted_ca: PathBuf,
    identities: [Identity; 7],
}

impl Made {
    fn held_by(self, scratch: Scratch) -> Certificates {
        let [server, client, expired_server, expired_client, misnamed_server, untrusted_server, untrusted_client] =
            self.identities;
        Certificates {
            ca: self.ca,
            server,
            client,
            expired_server,
            expired_client,
            misnamed_server,
            untrusted_ca: self.untrusted_ca,
            untrusted_server,
            untrusted_client,
            _scratch: scratch,
        }
    }
}

#[derive(Clone, Copy)]
enum Role {
    Server,
    Client,
}

struct Maker<'a> {
    folder: &'a Path,
}

impl Maker<'_> {
    fn make_all(&self) -> Result<Made, Error> {
        let good = authority("Test authority")?;
        let other = authority("Authority that nobody trusts")?;
        let (server, client) = (Role::Server, Role::Client);
        let (valid, expired) = (VALID_YEARS, EXPIRED_YEARS);
        let names: &[&str] = &SERVER_NAMES;
        Ok(Made {
            ca: self.write("ca.pem", &good.pem())?,
            untrusted_ca: self.write("untrusted-ca.pem", &other.pem())?,
            identities: [
                self.identity("server", &good, server, names, valid)?,
                self.identity("client", &good, client, &[], valid)?,
                self.identity("expired-server", &good, server, names, expired)?,
                self.identity("expired-client", &good, client, &[], expired)?,
                self.identity("misnamed-server", &good, server, &[OTHER_NAME], valid)?,
                self.identity("untrusted-server", &other, server, names, valid)?,
                self.identity("untrusted-client", &other, client, &[], valid)?,
            ],
        })
    }

    fn identity(
        &self,
        label: &str,
        authority: &Authority,
        role: Role,
        names: &[&str],
        years: (i32, i32),
    ) -> Result<Identity, Error> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name.push(DnType::CommonName, label);
        set_validity(&mut params, years);
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![match role {
            Role::Server => ExtendedKeyUsagePurpose::ServerAuth,
            Role::Client => ExtendedKeyUsagePurpose::ClientAuth,
        }];
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, authority)?;
        let (certificate, key) = (certificate.pem(), key.serialize_pem());
        let mut both = certificate.clone();
        write!(both, "{key}")?;
        Ok(Identity {
            certificate: self.write(&format!("{label}.pem"), &certificate)?,
            key: self.write(&format!("{label}-key.pem"), &key)?,
            both: self.write(&format!("{label}-both.pem"), &both)?,
        })
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf, Error> {
        let path = self.folder.join(name);
        std::fs::write(&path, text)?;
        Ok(path)
    }
}

fn authority(name: &str) -> Result<Authority, Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, name);
    set_validity(&mut params, VALID_YEARS);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::CrlSign,
    ];
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}

fn set_validity(params: &mut CertificateParams, (first, last): (i32, i32)) {
    params.not_before = date_time_ymd(first, 1, 1);
    params.not_after = date_time_ymd(last, 1, 1);
}
