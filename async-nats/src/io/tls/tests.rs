use std::error::Error as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use super::acceptor::Acceptor;
use super::authority::{Authority, Scratch};
use super::*;

/// More than a handshake, so that neither side waits for the other.
const PIPE_BYTES: usize = 64 * 1024;

fn trusting(scratch: &Scratch, authority: &Authority) -> TlsSettings {
    TlsSettings {
        root_certificates: vec![scratch.file("root.pem", authority.pem())],
        ..TlsSettings::default()
    }
}

/// A client that upgrades, and a server that answers one line in capitals.
async fn talk(acceptor: Acceptor, name: &str, settings: &TlsSettings) -> Result<String, ConnectError> {
    let (near, far) = tokio::io::duplex(PIPE_BYTES);
    let server = async {
        let mut stream = acceptor.accept(far).await?;
        let mut line = [0; 4];
        stream.read_exact(&mut line).await?;
        stream.write_all(&line.to_ascii_uppercase()).await?;
        stream.shutdown().await
    };
    let client = async {
        let mut stream = upgrade(Transport::Stream(Box::new(near)), name, settings).await?;
        stream.write_all(b"ping").await?;
        stream.flush().await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    };
    let (answer, _) = tokio::join!(client, server);
    answer
}

#[track_caller]
fn assert_error(error: &ConnectError, kind: ConnectErrorKind, parts: &[&str]) {
    let text = error.to_string();
    assert_eq!(error.kind(), kind, "{text}");
    for part in parts {
        assert!(text.contains(part), "'{part}' is not in: {text}");
    }
}

#[tokio::test]
async fn server_with_a_known_authority_and_the_right_name_is_trusted() {
    let (scratch, authority) = (Scratch::new(), Authority::new());
    let settings = trusting(&scratch, &authority);
    let names = ["localhost", "127.0.0.1", "::1"];
    for name in names {
        let acceptor = authority.server(&names);
        assert_eq!(talk(acceptor, name, &settings).await.unwrap(), "PING");
    }
}

#[tokio::test]
async fn server_with_another_name_is_refused() {
    let (scratch, authority) = (Scratch::new(), Authority::new());
    let settings = trusting(&scratch, &authority);
    for name in ["other.example.com", "127.0.0.2"] {
        let acceptor = authority.server(&["localhost", "127.0.0.1"]);
        let error = talk(acceptor, name, &settings).await.unwrap_err();
        let parts = [name, "connect by a name that the certificate is for"];
        assert_error(&error, ConnectErrorKind::Io, &parts);
    }
}

#[tokio::test]
async fn unknown_authority_is_refused_with_rustls_error_at_hand() {
    let (scratch, authority) = (Scratch::new(), Authority::new());
    let settings = trusting(&scratch, &Authority::new());
    let acceptor = authority.server(&["localhost"]);
    let error = talk(acceptor, "localhost", &settings).await.unwrap_err();
    assert_error(&error, ConnectErrorKind::Io, &["add_root_certificates"]);
    let explained = error.source().and_then(|err| err.source()).unwrap();
    let original = explained.downcast_ref::<io::Error>().unwrap();
    assert!(original.get_ref().unwrap().is::<rustls::Error>());
}

#[tokio::test]
async fn server_that_does_not_speak_tls_is_named_as_such() {
    let (scratch, authority) = (Scratch::new(), Authority::new());
    let settings = trusting(&scratch, &authority);
    let (near, mut far) = tokio::io::duplex(PIPE_BYTES);
    far.write_all(b"INFO {\"server_id\":\"x\"}\r\n").await.unwrap();
    let near = Transport::Stream(Box::new(near));
    let error = upgrade(near, "localhost", &settings).await.unwrap_err();
    assert_error(&error, ConnectErrorKind::Io, &["handshake_first"]);

    let (near, far): (DuplexStream, _) = tokio::io::duplex(PIPE_BYTES);
    drop(far);
    let near = Transport::Stream(Box::new(near));
    let error = upgrade(near, "localhost", &settings).await.unwrap_err();
    assert_error(&error, ConnectErrorKind::Io, &["TLS handshake with 'localhost'"]);
}

#[tokio::test]
async fn name_that_is_none_is_refused_before_anything_is_sent() {
    let (near, mut far) = tokio::io::duplex(PIPE_BYTES);
    let near = Transport::Stream(Box::new(near));
    let error = upgrade(near, "not a name", &TlsSettings::default()).await;
    let error = error.unwrap_err();
    assert_error(&error, ConnectErrorKind::Tls, &["'not a name'"]);
    let mut sent = Vec::new();
    far.read_to_end(&mut sent).await.unwrap();
    assert!(sent.is_empty());
}

#[tokio::test]
async fn client_certificate_is_shown_with_its_chain() {
    let (scratch, authority) = (Scratch::new(), Authority::new());
    let between = authority.subordinate();
    let issued = between.issue(&["derek"]);
    let chain = issued.certificate.pem() + &between.pem();
    let mut settings = trusting(&scratch, &authority);
    settings.client_certificate = Some(ClientCertificate {
        certificate: scratch.file("chain.pem", chain),
        key: scratch.file("key.pem", issued.key.serialize_pem()),
    });
    let acceptor = authority.strict_server(&["localhost"]);
    let answer = talk(acceptor, "localhost", &settings).await.unwrap();
    assert_eq!(answer, "PING");

    // Without one the same server says no, at the latest when it is spoken to.
    settings.client_certificate = None;
    let acceptor = authority.strict_server(&["localhost"]);
    assert!(talk(acceptor, "localhost", &settings).await.is_err());
}

#[tokio::test]
async fn certificate_and_key_may_share_a_file_and_must_fit() {
    let (scratch, authority) = (Scratch::new(), Authority::new());
    let issued = authority.issue(&["derek"]);
    let both = issued.key.serialize_pem() + &issued.certificate.pem();
    let both = scratch.file("both.pem", both);
    let mut settings = trusting(&scratch, &authority);
    settings.client_certificate = Some(ClientCertificate {
        certificate: both.clone(),
        key: both.clone(),
    });
    let acceptor = authority.strict_server(&["localhost"]);
    let answer = talk(acceptor, "localhost", &settings).await.unwrap();
    assert_eq!(answer, "PING");

    let other = authority.issue(&["ivan"]).key.serialize_pem();
    settings.client_certificate = Some(ClientCertificate {
        certificate: both,
        key: scratch.file("other.pem", other),
    });
    let error = talk(authority.server(&["localhost"]), "localhost", &settings).await;
    let error = error.unwrap_err();
    assert_error(&error, ConnectErrorKind::Tls, &["both.pem", "other.pem"]);
}

#[tokio::test]
async fn files_are_read_at_each_connect() {
    let (scratch, old, new) = (Scratch::new(), Authority::new(), Authority::new());
    let settings = trusting(&scratch, &old);
    let connect = |authority: &Authority| {
        let acceptor = authority.server(&["localhost"]);
        let settings = settings.clone();
        async move { talk(acceptor, "localhost", &settings).await }
    };
    connect(&old).await.unwrap();
    connect(&new).await.unwrap_err();
    scratch.file("root.pem", new.pem());
    connect(&new).await.unwrap();
    std::fs::remove_file(scratch.path("root.pem")).unwrap();
    let error = connect(&new).await.unwrap_err();
    assert_error(&error, ConnectErrorKind::Tls, &["could not read", "root.pem"]);
}

#[tokio::test]
async fn roots_of_the_system_are_loaded_only_where_nothing_else_is_given() {
    static LOADS: AtomicUsize = AtomicUsize::new(0);
    static NATIVE: NativeRoots = NativeRoots::new(|| {
        LOADS.fetch_add(1, Ordering::Relaxed);
        (vec![Authority::new().der()], vec![])
    });
    let (scratch, authority) = (Scratch::new(), Authority::new());
    let files = trusting(&scratch, &authority);
    let config = client_config(&files, &NATIVE).await.unwrap();
    let custom = TlsSettings {
        config: Some(config.clone()),
        ..TlsSettings::default()
    };
    let same = client_config(&custom, &NATIVE).await.unwrap();
    assert!(Arc::ptr_eq(&same, &config));
    assert_eq!(LOADS.load(Ordering::Relaxed), 0);

    let nothing = TlsSettings::default();
    client_config(&nothing, &NATIVE).await.unwrap();
    client_config(&nothing, &NATIVE).await.unwrap();
    assert_eq!(LOADS.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn missing_roots_of_the_system_are_an_error_of_tls() {
    static NATIVE: NativeRoots = NativeRoots::new(|| (vec![], vec![]));
    let error = client_config(&TlsSettings::default(), &NATIVE).await;
    let error = error.unwrap_err();
    assert_error(&error, ConnectErrorKind::Tls, &["add_root_certificates"]);
}

#[tokio::test]
async fn custom_configuration_is_used_as_it_is() {
    let (scratch, authority) = (Scratch::new(), Authority::new());
    let config = client_config(&trusting(&scratch, &authority), &roots::NATIVE).await;
    let settings = TlsSettings {
        // Not read, so not missed.
        root_certificates: vec![scratch.path("missing.pem")],
        config: Some(config.unwrap()),
        ..TlsSettings::default()
    };
    let acceptor = authority.server(&["localhost"]);
    let answer = talk(acceptor, "localhost", &settings).await.unwrap();
    assert_eq!(answer, "PING");
}

#[tokio::test]
async fn rsa_key_in_the_form_of_pkcs1_is_usable() {
    let (scratch, authority) = (Scratch::new(), Authority::new());
    let testdata = |name: &str| {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        root.join("src/io/tls/pem/testdata").join(name)
    };
    let mut settings = trusting(&scratch, &authority);
    settings.client_certificate = Some(ClientCertificate {
        certificate: testdata("rsa-certificate.pem"),
        key: testdata("rsa-pkcs1-key.pem"),
    });
    client_config(&settings, &roots::NATIVE).await.unwrap();
}

#[tokio::test]
async fn elliptic_key_in_the_form_of_sec1_is_usable() {
    let (scratch, authority) = (Scratch::new(), Authority::new());
    let issued = authority.issue(&["derek"]);
    let mut settings = trusting(&scratch, &authority);
    settings.client_certificate = Some(ClientCertificate {
        certificate: scratch.file("certificate.pem", issued.certificate.pem()),
        key: scratch.file("key.pem", issued.key_as_sec1()),
    });
    let acceptor = authority.strict_server(&["localhost"]);
    let answer = talk(acceptor, "localhost", &settings).await.unwrap();
    assert_eq!(answer, "PING");
}
