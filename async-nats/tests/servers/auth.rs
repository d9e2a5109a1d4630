//! The ways to say who a client is, with servers that ask for it.

use async_nats::{Auth, AuthError, ConnectError, ConnectErrorKind, ConnectOptions};
use nats_server::proxy::Proxy;
use nats_server::{configs, run_server_with_config_text, Server};

use crate::support::{connect_with, fenced};

/// The options are good enough to publish.
pub(crate) async fn accepted(options: ConnectOptions, server: &Server) {
    fenced(&connect_with(options, server).await).await;
}

/// The server refuses the options.
pub(crate) async fn refused(options: ConnectOptions, server: &Server) -> ConnectError {
    let refused = options.connect(server.client_url()).await;
    let error = refused.expect_err("the server is to refuse it");
    assert_eq!(error.kind(), ConnectErrorKind::AuthorizationViolation, "{error}");
    error
}

fn words(user: &str, password: &str) -> ConnectOptions {
    ConnectOptions::with_user_and_password(user.into(), password.into())
}

#[tokio::test]
async fn a_user_and_a_password_are_enough() {
    let server = run_server_with_config_text(&configs::user_password("derek", "s3cr3t"));
    accepted(words("derek", "s3cr3t"), &server).await;
    for options in [words("derek", "wrong"), words("", ""), ConnectOptions::new()] {
        let error = refused(options, &server).await;
        assert_eq!(
            error.to_string(),
            "authorization violation: nats: authorization violation"
        );
    }
}

#[tokio::test]
async fn a_token_is_enough() {
    let server = run_server_with_config_text(&configs::token("t0ken"));
    accepted(ConnectOptions::with_token("t0ken".into()), &server).await;
    refused(ConnectOptions::with_token("other".into()), &server).await;
    refused(words("t0ken", ""), &server).await;
}

#[tokio::test]
async fn a_user_and_a_password_may_stand_in_the_url() {
    let (user, password) = ("d:e/r@e", "s%3cr#t?&");
    let server = run_server_with_config_text(&configs::user_password(user, password));
    let client = async_nats::connect(server.client_url_with(user, password)).await;
    fenced(&client.expect("the credentials are good")).await;
    let error = async_nats::connect(server.client_url_with(user, "wrong"))
        .await
        .expect_err("a wrong password");
    assert_eq!(error.kind(), ConnectErrorKind::AuthorizationViolation);
    assert!(!error.to_string().contains("wrong"), "{error}");
}

#[tokio::test]
async fn a_token_may_stand_alone_in_the_url() {
    let server = run_server_with_config_text(&configs::token("t0:k@n"));
    let client = async_nats::connect(server.client_url_with_token("t0:k@n")).await;
    fenced(&client.expect("the token is good")).await;
    let error = async_nats::connect(server.client_url_with_token("other"))
        .await
        .expect_err("a wrong token");
    assert_eq!(error.kind(), ConnectErrorKind::AuthorizationViolation);
}

#[tokio::test]
async fn options_win_over_the_url() {
    let server = run_server_with_config_text(&configs::user_password("derek", "s3cr3t"));
    let url = server.client_url_with("derek", "wrong");
    let client = words("derek", "s3cr3t")
        .connect(url)
        .await
        .expect("the options are good");
    fenced(&client).await;
    let url = server.client_url_with("derek", "s3cr3t");
    let error = words("derek", "wrong")
        .connect(url)
        .await
        .expect_err("the options are not");
    assert_eq!(error.kind(), ConnectErrorKind::AuthorizationViolation);
}

/// A later connection has the credentials of its own URL.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_server_gets_the_credentials_of_its_own_url() {
    let one = run_server_with_config_text(&configs::user_password("one", "first"));
    let other = run_server_with_config_text(&configs::token("second"));
    let urls = vec![
        one.client_url_with("one", "first"),
        other.client_url_with_token("second"),
    ];
    let options = ConnectOptions::new().retain_servers_order();
    let client = options.connect(urls).await.expect("the first server takes it");
    assert_eq!(client.server_info().port, one.client_port());
    drop(one);
    crate::support::until("the second server", || client.server_info().port == other.client_port()).await;
    fenced(&client).await;
}

#[tokio::test]
async fn ways_can_be_combined_and_each_server_takes_the_one_it_wants() {
    let both = words("derek", "s3cr3t").token("t0ken".into());
    let server = run_server_with_config_text(&configs::user_password("derek", "s3cr3t"));
    accepted(both.clone(), &server).await;
    let server = run_server_with_config_text(&configs::token("t0ken"));
    accepted(both, &server).await;
}

#[tokio::test]
async fn a_callback_gives_the_credentials_and_nothing_else_is_sent() {
    let server = run_server_with_config_text(&configs::user_password("derek", "s3cr3t"));
    let callback = |password: &'static str| {
        ConnectOptions::with_auth_callback(move |_nonce| async move {
            let mut auth = Auth::new();
            auth.username = Some("derek".into());
            auth.password = Some(password.into());
            Ok(auth)
        })
    };
    accepted(callback("s3cr3t"), &server).await;
    refused(callback("wrong"), &server).await;
    refused(
        callback("wrong").user_and_password("derek".into(), "s3cr3t".into()),
        &server,
    )
    .await;
}

#[tokio::test]
async fn a_callback_that_fails_is_the_cause() {
    let server = run_server_with_config_text(&configs::token("t0ken"));
    let options = ConnectOptions::with_auth_callback(|_nonce| async { Err(AuthError::new("the vault is sealed")) });
    let error = options
        .connect(server.client_url())
        .await
        .expect_err("there is nothing to send");
    assert_eq!(error.kind(), ConnectErrorKind::Authentication);
    assert!(error.to_string().contains("the vault is sealed"), "{error}");
}

/// The client learns that it is refused on a reconnect as well, goes on trying, and is let in again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_on_a_reconnect_is_reported_and_tried_again() {
    use async_nats::{ClientError, Event};
    let events = crate::support::Events::default();
    let start = |password: &str| run_server_with_config_text(&configs::user_password("derek", password));
    let server = start("s3cr3t");
    let address = Proxy::in_front_of(&server);
    let options = events.record(words("derek", "s3cr3t"));
    let client = options.connect(address.url()).await.expect("the password is good");
    drop(server);
    let server = start("changed");
    address.set_target(server.client_address());
    let is_refusal = |event: &Event| match event {
        Event::ClientError(ClientError::Other(text)) => text.contains("authorization violation"),
        _ => false,
    };
    events.find("the refusal", is_refusal).await;
    drop(server);
    let server = start("s3cr3t");
    address.set_target(server.client_address());
    events
        .nth("the connection", 2, |event| *event == Event::Connected)
        .await;
    fenced(&client).await;
}
