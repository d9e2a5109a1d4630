//! Where TLS begins: before anything that is secret or could be anybody's.

use std::sync::Arc;

use async_nats::rustls::{crypto::CryptoProvider, ClientConfig, RootCertStore};
use async_nats::{ConnectErrorKind, ConnectOptions};
use nats_server::script::Info;

use crate::support::*;

/// A configuration that trusts nobody: the certificates of the machine, which take real time to load, stay out of it.
fn trusting_nobody(options: ConnectOptions) -> ConnectOptions {
    #[cfg(feature = "ring")]
    let provider: CryptoProvider = async_nats::rustls::crypto::ring::default_provider();
    #[cfg(not(feature = "ring"))]
    let provider: CryptoProvider = async_nats::rustls::crypto::aws_lc_rs::default_provider();
    let config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .expect("the provider has them")
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    options.tls_client_config(config)
}

/// I16: what was said in plain text before TLS could be anybody's.
#[tokio::test(start_paused = true)]
async fn more_than_info_in_plain_text_before_tls_ends_the_handshake() {
    let info = Info::new().tls_required(true);
    for extra in ["PING\r\n", "PONG\r\n", "+OK\r\n", "INFO {}\r\n", "P"] {
        let mut net = Net::new();
        let result = connect_to(&mut net, SERVER, options(), |mut peer| async {
            peer.send_raw(format!("{info}\r\n{extra}")).await;
            // Neither the credentials nor a TLS handshake.
            peer.expect_eof().await;
            peer
        });
        let error = error_of(result.await);
        assert_eq!(error.kind(), ConnectErrorKind::Io, "{extra:?}");
        assert!(error.to_string().contains("TLS"), "{error}");
    }
}

/// I16: nothing but TLS follows the INFO of a server that demands it, or when the user does.
#[tokio::test(start_paused = true)]
async fn credentials_are_not_sent_before_tls() {
    let cases = [
        ("nats://one", options(), true),
        ("tls://one", options(), false),
        ("nats://one", options().require_tls(true), false),
    ];
    for (addr, options, by_server) in cases {
        let mut net = Net::new();
        let options = trusting_nobody(options).user_and_password("derek".into(), "s3cr3t".into());
        let result = connect_to(&mut net, addr, options, |mut peer| async {
            peer.send_info(Info::new().tls_required(by_server)).await;
            let hello = peer.expect_bytes(3).await;
            assert_eq!(&hello[..2], [0x16, 3], "the first record of a TLS handshake");
            peer.send_raw("PING\r\nwhat is this?\r\n").await;
            let rest = peer.read_to_end().await;
            assert!(!rest.windows(6).any(|bytes| bytes == b"s3cr3t"));
            peer
        });
        let error = error_of(result.await);
        assert!(
            matches!(error.kind(), ConnectErrorKind::Io | ConnectErrorKind::Tls),
            "{addr}: {error}"
        );
    }
}

/// With TLS first nothing is said in plain text, and nothing is waited for.
#[tokio::test(start_paused = true)]
async fn tls_first_waits_for_no_info() {
    let mut net = Net::new();
    let result = connect_to(
        &mut net,
        SERVER,
        trusting_nobody(options()).tls_first(),
        |mut peer| async {
            let hello = peer.expect_bytes(3).await;
            assert_eq!(&hello[..2], [0x16, 3], "the first record of a TLS handshake");
            peer.send_info(Info::new()).await;
            peer.read_to_end().await;
            peer
        },
    );
    let error = error_of(result.await);
    assert!(
        matches!(error.kind(), ConnectErrorKind::Io | ConnectErrorKind::Tls),
        "{error}"
    );
}

/// A server that offers TLS and does not demand it is talked to as the user wants.
#[tokio::test(start_paused = true)]
async fn tls_that_is_only_offered_is_not_taken() {
    let session = Session::to(SERVER, options(), Info::new().tls_available(true)).await;
    assert!(!session.client.server_info().tls_required);
}

/// A TLS handshake that never ends is bounded by the time-out of the connection.
#[tokio::test(start_paused = true)]
async fn a_tls_handshake_that_hangs_is_given_up() {
    let mut net = Net::new();
    let start = tokio::time::Instant::now();
    let options = trusting_nobody(options()).connection_timeout(secs(3));
    let result = connect_to(&mut net, "tls://one", options, |mut peer| async {
        peer.send_info(Info::new()).await;
        peer.read_to_end().await;
        peer
    });
    assert_eq!(error_of(result.await).kind(), ConnectErrorKind::TimedOut);
    assert_about(start.elapsed(), secs(3));
}
