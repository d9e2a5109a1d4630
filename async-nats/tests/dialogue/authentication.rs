//! Who the client says it is: credentials of the options, of the URL, of files and of callbacks.

use std::error::Error as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use async_nats::{Auth, AuthError, ConnectErrorKind, ConnectOptions, Event};
use nats_server::auth::{Jwt, NKey, Role};
use nats_server::script::Info;
use serde_json::{json, Value};

use crate::support::*;

/// The nonce that the scripted server sends.
const NONCE: &str = "a-nonce_of the server's";

/// The fields of the CONNECT of a client with these options.
async fn connect_of(addr: &str, options: ConnectOptions) -> Value {
    let mut net = Net::new();
    let mut said = Value::Null;
    let info = Info::new().auth_required(true).nonce(NONCE);
    let client = connect_to(&mut net, addr, options, |mut peer| async {
        said = peer.handshake_with(info).await;
        peer
    });
    client.await.expect("the handshake was good");
    said
}

/// The fields that concern the user, without those that are null.
async fn user_of(addr: &str, options: ConnectOptions) -> Value {
    let mut connect = connect_of(addr, options).await;
    let fields = connect.as_object_mut().expect("CONNECT has fields");
    fields.retain(|name, value| {
        ["user", "pass", "auth_token", "jwt", "nkey", "sig"].contains(&name.as_str()) && !value.is_null()
    });
    connect
}

/// The bytes of a signature in base64url.
fn decoded(signature: &Value) -> Vec<u8> {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0u32, 0);
    for digit in signature.as_str().expect("a signature").bytes() {
        let value = digits
            .iter()
            .position(|known| *known == digit)
            .expect("base64url without padding");
        bits = bits << 6 | value as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

#[tokio::test(start_paused = true)]
async fn options_say_who_the_user_is() {
    let named = options().user_and_password("derek".into(), "s3cr3t".into());
    assert_eq!(
        user_of("one", named.clone()).await,
        json!({ "user": "derek", "pass": "s3cr3t" })
    );
    assert_eq!(
        user_of("one", options().token("t0k3n".into())).await,
        json!({ "auth_token": "t0k3n" })
    );
    let both = named.token("t0k3n".into());
    assert_eq!(
        user_of("one", both).await,
        json!({ "user": "derek", "pass": "s3cr3t", "auth_token": "t0k3n" })
    );
    assert_eq!(user_of("one", options()).await, json!({}));
}

/// Credentials in the URL were not used.
#[tokio::test(start_paused = true)]
async fn a_url_says_who_the_user_is() {
    let table = [
        ("nats://derek:s3cr3t@one", json!({ "user": "derek", "pass": "s3cr3t" })),
        ("derek:s3cr3t@one:7000", json!({ "user": "derek", "pass": "s3cr3t" })),
        ("nats://t0k3n@one", json!({ "auth_token": "t0k3n" })),
        ("nats://d%40e:p%3A%2F%25@one", json!({ "user": "d@e", "pass": "p:/%" })),
        ("nats://%74oken%0d%0aPUB@one", json!({ "auth_token": "token\r\nPUB" })),
    ];
    for (addr, user) in table {
        assert_eq!(user_of(addr, options()).await, user, "{addr}");
    }
}

#[tokio::test(start_paused = true)]
async fn options_win_over_the_url() {
    let named = options().user_and_password("other".into(), "word".into());
    assert_eq!(
        user_of("nats://derek:s3cr3t@one", named).await,
        json!({ "user": "other", "pass": "word" })
    );
    let token = options().token("t0k3n".into());
    assert_eq!(
        user_of("nats://derek:s3cr3t@one", token).await,
        json!({ "auth_token": "t0k3n" })
    );
}

/// Each server of a list gets the credentials of its own URL.
#[tokio::test(start_paused = true)]
async fn credentials_go_to_the_server_whose_url_they_are_in() {
    let mut net = Net::new();
    let options = options().retain_servers_order().dialer(net.dialer());
    let connecting = options.connect(vec!["nats://a:first@one", "nats://two"]);
    let (client, _peer) = tokio::join!(connecting, async {
        net.dialed().await.refuse();
        let mut peer = net.accept().await;
        let connect = peer.handshake().await;
        assert_eq!((&connect["user"], &connect["pass"]), (&Value::Null, &Value::Null));
        peer
    });
    client.expect("the second server answered");
}

#[tokio::test(start_paused = true)]
async fn an_nkey_signs_the_nonce() {
    let key = NKey::new(Role::User, 7);
    let said = user_of("one", options().nkey(key.seed())).await;
    assert_eq!(said["nkey"], key.public());
    assert!(key.verifies(NONCE.as_bytes(), &decoded(&said["sig"])));
    assert_eq!(said.as_object().map(serde_json::Map::len), Some(2), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_callback_signs_the_nonce_for_a_jwt() {
    let key = Arc::new(NKey::new(Role::User, 7));
    let signer = Arc::clone(&key);
    let options = options().jwt("the.j.wt".into(), move |nonce| {
        let key = Arc::clone(&signer);
        async move {
            tokio::time::sleep(secs(2)).await;
            Ok(key.sign(&nonce))
        }
    });
    let said = user_of("one", options).await;
    assert_eq!(said["jwt"], "the.j.wt");
    assert!(key.verifies(NONCE.as_bytes(), &decoded(&said["sig"])));
}

#[tokio::test(start_paused = true)]
async fn credentials_in_a_text_give_jwt_and_signature() {
    let jwt = Jwt::new();
    let user = jwt.user(3);
    let options = options().credentials(&user.credentials()).expect("good credentials");
    let said = user_of("one", options).await;
    assert_eq!(said["jwt"], user.jwt);
    assert!(user.key.verifies(NONCE.as_bytes(), &decoded(&said["sig"])));
}

/// A file that is renewed while the program runs counts from the next connection on.
#[tokio::test(start_paused = true)]
async fn a_credentials_file_is_read_at_each_connect() {
    let jwt = Jwt::new();
    let (first, second) = (jwt.user(3), jwt.user(4));
    let path = jwt.credentials_file(&first);
    let options = options().credentials_file_each_connect(&path);
    let mut net = Net::new();
    let (options, mut events) = Events::record(options);
    let connecting = options.dialer(net.dialer()).connect(SERVER);
    let (client, peer) = tokio::join!(connecting, async {
        let mut peer = net.accept().await;
        let said = peer.handshake_with(Info::new().nonce(NONCE)).await;
        assert_eq!(said["jwt"], first.jwt);
        peer
    });
    let _client = client.expect("the handshake was good");

    std::fs::write(&path, second.credentials()).expect("the file can be written to");
    drop(peer);
    let mut peer = net.accept().await;
    let said = peer.handshake_with(Info::new().nonce("another")).await;
    assert_eq!(said["jwt"], second.jwt);
    assert!(second.key.verifies(b"another", &decoded(&said["sig"])));

    // Without the file the client says so, and goes on when there is one again.
    std::fs::remove_file(&path).expect("the file is there");
    drop(peer);
    let mut peer = net.accept().await;
    peer.send_info(Info::new().nonce(NONCE)).await;
    peer.expect_eof().await;
    std::fs::write(&path, first.credentials()).expect("the file can be written to");
    let said = net.accept().await.handshake_with(Info::new().nonce(NONCE)).await;
    assert_eq!(said["jwt"], first.jwt);
    let seen = events.so_far();
    let told = seen
        .iter()
        .any(|event| matches!(event, Event::ClientError(error) if error.to_string().contains("nonce")));
    assert!(told, "{seen:?}");
}

/// What the callback gives is all that is sent, and it is asked at each connect with the nonce of that server.
#[tokio::test(start_paused = true)]
async fn an_auth_callback_is_asked_at_each_connect() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let options = ConnectOptions::with_auth_callback(move |nonce| {
        let count = counter.fetch_add(1, Ordering::Relaxed);
        async move {
            let mut auth = Auth::new();
            auth.username = Some(format!("user {count}"));
            auth.password = Some(String::from_utf8(nonce).expect("the script sends text"));
            auth.signature = Some(vec![0xfb; 64]);
            Ok(auth)
        }
    });
    let mut net = Net::new();
    let connecting = options
        .token("not sent".into())
        .dialer(net.dialer())
        .connect("nats://a:b@one");
    let (client, peer) = tokio::join!(connecting, async {
        let mut peer = net.accept().await;
        let said = peer.handshake_with(Info::new().nonce("n0")).await;
        assert_eq!(
            (&said["user"], &said["pass"], &said["auth_token"]),
            (&json!("user 0"), &json!("n0"), &Value::Null)
        );
        assert_eq!(decoded(&said["sig"]), vec![0xfb; 64]);
        peer
    });
    let _client = client.expect("the handshake was good");
    drop(peer);
    let said = net.accept().await.handshake_with(Info::new().without("nonce")).await;
    assert_eq!((&said["user"], &said["pass"]), (&json!("user 1"), &json!("")));
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn credentials_that_cannot_be_made_are_an_error_and_nothing_is_sent() {
    let refuses = ConnectOptions::with_auth_callback(|_| async { Err(AuthError::new("the vault is sealed")) });
    let bad_seed = options().nkey("SUA nonsense".into());
    let no_file = options().credentials_file_each_connect("/nowhere/at/all.creds");
    let bad_signer = options().jwt("the.j.wt".into(), |_| async {
        Err(AuthError::new("no key in the token"))
    });
    for options in [refuses, bad_seed, no_file, bad_signer] {
        let mut net = Net::new();
        let result = connect_to(&mut net, SERVER, options, |mut peer| async {
            peer.send_info(Info::new().nonce(NONCE)).await;
            peer.expect_eof().await;
            peer
        });
        let error = error_of(result.await);
        assert_eq!(error.kind(), ConnectErrorKind::Authentication, "{error}");
        assert!(
            error.source().is_some() && !error.to_string().contains("nonsense"),
            "{error}"
        );
    }
}

/// A callback that never answers is bounded by the time-out of the connection.
#[tokio::test(start_paused = true)]
async fn a_callback_that_hangs_is_given_up() {
    let options = ConnectOptions::with_auth_callback(|_| async { std::future::pending().await });
    let mut net = Net::new();
    let result = connect_to(&mut net, SERVER, options, |mut peer| async {
        peer.send_info(Info::new().nonce(NONCE)).await;
        peer.expect_eof().await;
        peer
    });
    assert_eq!(error_of(result.await).kind(), ConnectErrorKind::TimedOut);
}

/// The server ends a connection whose credentials have expired: the event says why, and the client comes back.
#[tokio::test(start_paused = true)]
async fn expired_credentials_are_told_and_the_client_comes_back() {
    let mut session = Session::start().await;
    session.peer.send_err("User Authentication Expired").await;
    session.reconnect_with(Info::new()).await;
    let seen = session.events.until(Event::Connected).await;
    let expired = async_nats::ServerError::Other("User Authentication Expired".into());
    assert_eq!(
        seen,
        [Event::ServerError(expired), Event::Disconnected, Event::Connected]
    );
}

/// Refused for good at a reconnect: the attempts go on, ever slower, and each is told.
#[tokio::test(start_paused = true)]
async fn refusals_at_a_reconnect_are_told_and_slow_down() {
    let mut session = Session::start().await;
    drop(std::mem::replace(&mut session.peer, nobody()));
    let start = tokio::time::Instant::now();
    let mut attempts = 0;
    while start.elapsed() < secs(600) {
        let mut peer = session.net.accept().await;
        peer.send_info(Info::new()).await;
        peer.expect_connect().await;
        peer.expect_ping().await;
        peer.send_err("Authorization Violation").await;
        peer.expect_eof().await;
        attempts += 1;
    }
    assert!((100..200).contains(&attempts), "{attempts} attempts in ten minutes");
    let seen = session.events.so_far();
    let told = seen
        .iter()
        .filter(|event| event.to_string().contains("authorization violation"))
        .count();
    assert!(told >= attempts - 1, "{told} of {attempts}");
}
