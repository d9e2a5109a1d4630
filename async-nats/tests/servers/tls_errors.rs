//! TLS that cannot be: each error says what is wrong, and names the file or the server.

use std::path::{Path, PathBuf};
use std::time::Duration;

use async_nats::{ConnectError, ConnectErrorKind, ConnectOptions};
use nats_server::tls::{Certificates, Identity};
use nats_server::{configs, run_basic_server, run_server_with_config_text};

use crate::support::lacks;
use crate::tls::trusting;

/// Why these options do not connect; the error has all of these words in it.
async fn fails(options: ConnectOptions, url: &str, kinds: &[ConnectErrorKind], words: &[&str]) -> ConnectError {
    let error = options.connect(url).await.expect_err("it is not to connect");
    assert!(kinds.contains(&error.kind()), "{error:?}");
    for word in words {
        assert!(error.to_string().contains(word), "no {word:?} in {error}");
    }
    error
}

const HANDSHAKE: &[ConnectErrorKind] = &[ConnectErrorKind::Io];
const SETUP: &[ConnectErrorKind] = &[ConnectErrorKind::Tls];

async fn wrong_server(identity: &Identity, certificates: &Certificates, words: &[&str]) {
    let server = run_server_with_config_text(&configs::tls(identity));
    fails(trusting(certificates), &server.client_url(), HANDSHAKE, words).await;
}

#[tokio::test]
async fn a_server_of_an_unknown_authority_is_refused() {
    let certificates = Certificates::new();
    wrong_server(
        &certificates.untrusted_server,
        &certificates,
        &["localhost", "UnknownIssuer"],
    )
    .await;
    let server = run_server_with_config_text(&configs::tls(&certificates.server));
    // The system's authorities do not know it either; a machine without any says that.
    let error = ConnectOptions::new()
        .connect(server.client_url())
        .await
        .expect_err("nobody knows the authority");
    assert!(error.to_string().contains("add_root_certificates"), "{error}");
}

#[tokio::test]
async fn a_server_with_another_name_is_refused() {
    let certificates = Certificates::new();
    wrong_server(
        &certificates.misnamed_server,
        &certificates,
        &["localhost", "elsewhere.example"],
    )
    .await;
}

#[tokio::test]
async fn an_expired_server_is_refused() {
    let certificates = Certificates::new();
    wrong_server(&certificates.expired_server, &certificates, &["localhost", "expired"]).await;
}

#[tokio::test]
async fn a_client_without_a_certificate_is_told_what_is_missing() {
    let certificates = Certificates::new();
    let config = configs::tls_verify(&certificates.server, &certificates.ca);
    let server = run_server_with_config_text(&config);
    let words = &["localhost", "add_client_certificate"];
    fails(trusting(&certificates), &server.client_url(), HANDSHAKE, words).await;
}

#[tokio::test]
async fn a_client_with_a_bad_certificate_is_told_so() {
    let certificates = Certificates::new();
    let config = configs::tls_verify(&certificates.server, &certificates.ca);
    let server = run_server_with_config_text(&config);
    for Identity { certificate, key, .. } in [&certificates.untrusted_client, &certificates.expired_client] {
        let options = trusting(&certificates).add_client_certificate(certificate.clone(), key.clone());
        fails(
            options,
            &server.client_url(),
            HANDSHAKE,
            &["localhost", "add_client_certificate"],
        )
        .await;
    }
}

#[tokio::test]
async fn tls_with_a_plain_server_fails_and_says_why() {
    let server = run_basic_server();
    let port = server.client_port();
    let words = &["TLS", "localhost"];
    fails(
        ConnectOptions::new().require_tls(true),
        &server.client_url(),
        HANDSHAKE,
        words,
    )
    .await;
    fails(
        ConnectOptions::new(),
        &format!("tls://localhost:{port}"),
        HANDSHAKE,
        words,
    )
    .await;
    let words = &["TLS", "localhost", "tls_first"];
    fails(
        ConnectOptions::new().tls_first(),
        &server.client_url(),
        HANDSHAKE,
        words,
    )
    .await;
}

#[tokio::test]
async fn a_server_that_waits_for_tls_times_a_plain_client_out() {
    if lacks("handshake_first", (2, 10, 4)) {
        return;
    }
    let certificates = Certificates::new();
    let server = run_server_with_config_text(&configs::tls_first(&certificates.server));
    let options = trusting(&certificates).connection_timeout(Duration::from_millis(100));
    fails(
        options,
        &server.client_url(),
        &[ConnectErrorKind::TimedOut],
        &["timed out", "localhost", "100ms", "tls_first"],
    )
    .await;
}

#[tokio::test]
async fn tls_first_with_a_server_that_speaks_first_fails_and_says_why() {
    let certificates = Certificates::new();
    let server = run_server_with_config_text(&configs::tls(&certificates.server));
    let words = &["localhost", "tls_first"];
    fails(
        trusting(&certificates).tls_first(),
        &server.client_url(),
        HANDSHAKE,
        words,
    )
    .await;
}

/// A file with what it should not have in it.
fn garbage(certificates: &Certificates, name: &str, text: &str) -> PathBuf {
    let path = certificates.ca.with_file_name(name);
    std::fs::write(&path, text).expect("the folder is writable");
    path
}

#[tokio::test]
async fn files_that_cannot_be_used_are_named() {
    let certificates = Certificates::new();
    let server = run_server_with_config_text(&configs::tls(&certificates.server));
    let good = &certificates.client;
    let missing = certificates.ca.with_file_name("missing.pem");
    let empty = garbage(&certificates, "empty.pem", "");
    let nonsense = "-----BEGIN CERTIFICATE-----\nn0 base64 at all!\n-----END CERTIFICATE-----\n";
    let nonsense = garbage(&certificates, "nonsense.pem", nonsense);
    let other = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let other = garbage(&certificates, "other.pem", other);
    let folder = certificates.ca.parent().expect("it lies in a folder").to_path_buf();
    let name = |path: &Path| path.display().to_string();
    for bad in [&missing, &empty, &nonsense, &other, &folder] {
        let options = ConnectOptions::new().add_root_certificates(bad.clone());
        fails(options, &server.client_url(), SETUP, &[&name(bad)]).await;
        let options = trusting(&certificates).add_client_certificate(bad.clone(), good.key.clone());
        fails(options, &server.client_url(), SETUP, &[&name(bad)]).await;
        let options = trusting(&certificates).add_client_certificate(good.certificate.clone(), bad.clone());
        fails(options, &server.client_url(), SETUP, &[&name(bad)]).await;
    }
    // Swapped, and of two different clients.
    let options = trusting(&certificates).add_client_certificate(good.key.clone(), good.certificate.clone());
    fails(options, &server.client_url(), SETUP, &[&name(&good.key)]).await;
    let key = certificates.expired_client.key.clone();
    let options = trusting(&certificates).add_client_certificate(good.certificate.clone(), key.clone());
    fails(
        options,
        &server.client_url(),
        SETUP,
        &[&name(&good.certificate), &name(&key)],
    )
    .await;
}

/// A bad file is an error of the attempt, not of the client: it is read again at the next one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_read_again_at_each_attempt() {
    let certificates = Certificates::new();
    let server = run_server_with_config_text(&configs::tls(&certificates.server));
    let file = garbage(&certificates, "late.pem", "");
    let events = crate::support::Events::default();
    let options = ConnectOptions::new()
        .add_root_certificates(file.clone())
        .retry_on_initial_connect();
    let options = events
        .record(options)
        .reconnect_delay_callback(|_| Duration::from_millis(10));
    let client = options.connect(server.client_url()).await.expect("it returns at once");
    let is_told = |event: &async_nats::Event| event.to_string().contains("late.pem");
    events.find("the error with the file's name", is_told).await;
    std::fs::copy(&certificates.ca, &file).expect("the folder is writable");
    crate::support::connected(&client).await;
}
