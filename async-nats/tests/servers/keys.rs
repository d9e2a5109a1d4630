//! Authentication by keys: nkeys, JWTs and credentials.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use async_nats::{Auth, AuthError, ConnectErrorKind, ConnectOptions, Event, ServerError};
use nats_server::auth::{Jwt, NKey, Role, User};
use nats_server::{configs, run_server_with_config_text};
use serde_json::json;

use crate::auth::{accepted, refused};
use crate::support::{connect_with, fenced, Events};

/// Options that sign with the key of a user in a callback, as a program does that keeps its keys elsewhere.
fn with_callback(user: User) -> ConnectOptions {
    let key = Arc::new(user.key);
    ConnectOptions::with_jwt(user.jwt, move |nonce| {
        let key = Arc::clone(&key);
        async move { Ok(key.sign(&nonce)) }
    })
}

#[tokio::test]
async fn an_nkey_is_enough() {
    let key = NKey::new(Role::User, 1);
    let server = run_server_with_config_text(&configs::nkey(&key.public()));
    accepted(ConnectOptions::with_nkey(key.seed()), &server).await;
    refused(ConnectOptions::with_nkey(NKey::new(Role::User, 2).seed()), &server).await;
    refused(ConnectOptions::new(), &server).await;
}

#[tokio::test]
async fn a_seed_that_is_none_fails_the_connection_and_is_not_shown() {
    let key = NKey::new(Role::User, 1);
    let server = run_server_with_config_text(&configs::nkey(&key.public()));
    let seed = key.seed().replace(['2', '3', '4'], "Z");
    let error = ConnectOptions::with_nkey(seed.clone())
        .connect(server.client_url())
        .await
        .expect_err("no seed");
    assert_eq!(error.kind(), ConnectErrorKind::Authentication);
    assert!(!format!("{error} {error:?}").contains(&seed[4..20]), "{error:?}");
}

#[tokio::test]
async fn a_callback_can_sign_the_nonce_of_an_nkey() {
    let key = NKey::new(Role::User, 1);
    let server = run_server_with_config_text(&configs::nkey(&key.public()));
    let key = Arc::new(key);
    let options = ConnectOptions::with_auth_callback(move |nonce| {
        let key = Arc::clone(&key);
        async move {
            let mut auth = Auth::new();
            auth.nkey = Some(key.public());
            auth.signature = Some(key.sign(&nonce));
            Ok(auth)
        }
    });
    accepted(options, &server).await;
}

#[tokio::test]
async fn a_jwt_is_signed_for_by_a_callback() {
    let jwt = Jwt::new();
    let server = run_server_with_config_text(&jwt.config());
    let user = jwt.user(1);
    accepted(with_callback(user.clone()), &server).await;
    let stranger = User {
        key: NKey::new(Role::User, 9),
        jwt: user.jwt.clone(),
    };
    refused(with_callback(stranger), &server).await;
    let options = ConnectOptions::with_jwt(user.jwt, |_nonce| async { Err(AuthError::new("the card is out")) });
    let error = options
        .connect(server.client_url())
        .await
        .expect_err("nothing is signed");
    assert_eq!(error.kind(), ConnectErrorKind::Authentication);
    assert!(error.to_string().contains("the card is out"), "{error}");
}

#[tokio::test]
async fn a_callback_can_give_a_jwt() {
    let jwt = Jwt::new();
    let server = run_server_with_config_text(&jwt.config());
    let user = Arc::new(jwt.user(1));
    let options = ConnectOptions::with_auth_callback(move |nonce| {
        let user = Arc::clone(&user);
        async move {
            let mut auth = Auth::new();
            auth.jwt = Some(user.jwt.clone());
            auth.signature = Some(user.key.sign(&nonce));
            Ok(auth)
        }
    });
    accepted(options, &server).await;
}

#[tokio::test]
async fn credentials_are_taken_as_text_and_as_a_file() {
    let jwt = Jwt::new();
    let server = run_server_with_config_text(&jwt.config());
    let user = jwt.user(1);
    accepted(
        ConnectOptions::with_credentials(&user.credentials()).expect("good text"),
        &server,
    )
    .await;
    let file = jwt.credentials_file(&user);
    accepted(
        ConnectOptions::with_credentials_file(&file).await.expect("a good file"),
        &server,
    )
    .await;
    accepted(ConnectOptions::new().credentials_file_each_connect(&file), &server).await;
}

#[tokio::test]
async fn credentials_that_cannot_be_read_name_the_file() {
    let jwt = Jwt::new();
    let server = run_server_with_config_text(&jwt.config());
    let file = jwt.credentials_file(&jwt.user(1)).with_file_name("missing.creds");
    let error = ConnectOptions::with_credentials_file(&file)
        .await
        .expect_err("there is no such file");
    assert!(error.to_string().contains("missing.creds"), "{error}");
    let options = ConnectOptions::new().credentials_file_each_connect(&file);
    let error = options
        .connect(server.client_url())
        .await
        .expect_err("there is no such file");
    assert_eq!(error.kind(), ConnectErrorKind::Authentication);
    assert!(error.to_string().contains("missing.creds"), "{error}");
    std::fs::write(&file, "nothing of use").expect("the folder is writable");
    let options = ConnectOptions::new().credentials_file_each_connect(&file);
    let error = options
        .connect(server.client_url())
        .await
        .expect_err("there is nothing in it");
    assert!(error.to_string().contains("missing.creds"), "{error}");
}

#[tokio::test]
async fn expired_credentials_are_refused() {
    let jwt = Jwt::new();
    let server = run_server_with_config_text(&jwt.config());
    refused(with_callback(jwt.expired_user(1)), &server).await;
}

/// The user ends while it is connected; the credentials that were renewed meanwhile are the ones of the next connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_credentials_file_is_read_again_at_each_connect() {
    let jwt = Jwt::new();
    let server = run_server_with_config_text(&jwt.config());
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("the clock is after 1970");
    let ending = jwt.user_with(1, json!({}), Some(now.as_secs() + 2));
    let file = jwt.credentials_file(&ending);
    let events = Events::default();
    let options = events.record(ConnectOptions::new().credentials_file_each_connect(&file));
    let client = connect_with(options, &server).await;
    std::fs::write(&file, jwt.user(2).credentials()).expect("the file is writable");
    let expired = ServerError::Other("User Authentication Expired".into());
    events
        .find("the end of the user", |event| {
            *event == Event::ServerError(expired.clone())
        })
        .await;
    events
        .nth("the next connection", 2, |event| *event == Event::Connected)
        .await;
    fenced(&client).await;
    let connz = server.monitor("/connz?auth=true").expect("the server answers");
    assert_eq!(connz["connections"][0]["authorized_user"], jwt.user(2).key.public());
}

/// All that is set is sent: the server with keys takes the key, the one with passwords the password.
#[tokio::test]
async fn keys_and_words_can_be_combined() {
    let key = NKey::new(Role::User, 1);
    let jwt = Jwt::new();
    let user = jwt.user(1);
    let words = ConnectOptions::with_user_and_password("derek".into(), "s3cr3t".into());
    let nkey = run_server_with_config_text(&configs::nkey(&key.public()));
    let password = run_server_with_config_text(&configs::user_password("derek", "s3cr3t"));
    let operator = run_server_with_config_text(&jwt.config());
    let with_key = words.clone().nkey(key.seed());
    accepted(with_key.clone(), &nkey).await;
    accepted(with_key, &password).await;
    let with_credentials = words.credentials(&user.credentials()).expect("good text");
    accepted(with_credentials.clone(), &operator).await;
    accepted(with_credentials, &password).await;
}
