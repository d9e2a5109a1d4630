//! Servers that ask who a client is, and the keys that answer.

mod common;

use std::time::{SystemTime, UNIX_EPOCH};

use common::{wait_until, Client};
use nats_server::auth::{Jwt, NKey, Role, User};
use nats_server::{configs, run_server_with_config_text, Server};
use serde_json::{json, Value};

const REFUSED: &str = "-ERR 'Authorization Violation'";

fn refused(server: &Server, fields: &Value) -> String {
    match Client::try_connect(server.client_port(), fields) {
        Ok(_) => panic!("the server takes {fields}"),
        Err(error) => error.to_string(),
    }
}

fn base64_url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits: Vec<u8> = bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1))
        .collect();
    bits.chunks(6)
        .map(|digit| {
            let value = (0..6).fold(0, |sum, bit| sum << 1 | digit.get(bit).copied().unwrap_or(0));
            char::from(DIGITS[usize::from(value)])
        })
        .collect()
}

#[test]
fn a_user_and_a_password_are_asked_for() {
    let server = run_server_with_config_text(&configs::user_password("derek", "s3cr3t"));
    let good = json!({ "user": "derek", "pass": "s3cr3t" });
    assert!(Client::try_connect(server.client_port(), &good).is_ok());
    let bad = json!({ "user": "derek", "pass": "other" });
    assert_eq!(refused(&server, &bad), REFUSED);
}

#[test]
fn a_token_is_asked_for() {
    let server = run_server_with_config_text(&configs::token("t0ken"));
    let good = json!({ "auth_token": "t0ken" });
    assert!(Client::try_connect(server.client_port(), &good).is_ok());
    assert_eq!(refused(&server, &json!({})), REFUSED);
}

/// Connects with the key's signature of the nonce, and what `fields` adds.
fn sign_in(server: &Server, key: &NKey, fields: &Value) -> Result<Client, String> {
    let signed = |info: &Value| {
        let nonce = info["nonce"].as_str().expect("the server wants a signature");
        let mut fields = fields.clone();
        fields["sig"] = base64_url(&key.sign(nonce.as_bytes())).into();
        fields
    };
    Client::connect_with(server.client_port(), signed).map_err(|error| error.to_string())
}

#[test]
fn a_signature_is_asked_for() {
    let key = NKey::new(Role::User, 1);
    let other = NKey::new(Role::User, 2);
    let server = run_server_with_config_text(&configs::nkey(&key.public()));
    let as_user = json!({ "nkey": key.public() });
    assert!(sign_in(&server, &key, &as_user).is_ok());
    assert_eq!(sign_in(&server, &other, &as_user).err().as_deref(), Some(REFUSED));
}

fn sign_in_with_jwt(server: &Server, user: &User) -> Result<Client, String> {
    sign_in(server, &user.key, &json!({ "jwt": user.jwt }))
}

#[test]
fn users_of_an_operator_are_known_by_their_jwt() {
    let jwt = Jwt::new();
    let server = run_server_with_config_text(&(jwt.config() + &configs::jetstream()));
    let mut client = sign_in_with_jwt(&server, &jwt.user(1)).expect("a good user");
    let made = client.jetstream("STREAM.CREATE.S", &json!({ "name": "S", "subjects": ["s"] }));
    assert_eq!(made["config"]["name"], "S", "{made}");

    let refused = sign_in_with_jwt(&server, &jwt.expired_user(2)).err();
    assert!(refused.is_some(), "it has expired");
    let stranger = User {
        key: NKey::new(Role::User, 9),
        jwt: jwt.user(1).jwt,
    };
    assert_eq!(sign_in_with_jwt(&server, &stranger).err().as_deref(), Some(REFUSED));
}

#[test]
fn a_user_can_have_limits_and_an_end() {
    let jwt = Jwt::new();
    let server = run_server_with_config_text(&jwt.config());
    let denied = jwt.user_with(1, json!({ "pub": { "deny": ["secret"] } }), None);
    let mut client = sign_in_with_jwt(&server, &denied).expect("a good user");
    client.send("PUB secret 0\r\n\r\n").expect("the server reads");
    let answer = client.answer().expect("the server answers");
    assert!(answer.starts_with("-ERR 'Permissions Violation"), "{answer}");

    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("the clock is after 1970");
    let ending = jwt.user_with(2, json!({}), Some(now.as_secs() + 4));
    let mut client = sign_in_with_jwt(&server, &ending).expect("it has not ended yet");
    let mut told = String::new();
    wait_until("the user has ended", || match client.answer() {
        Ok(line) => {
            told = line;
            told.starts_with("-ERR")
        }
        Err(_) => true,
    });
    assert_eq!(told, "-ERR 'User Authentication Expired'");
}
